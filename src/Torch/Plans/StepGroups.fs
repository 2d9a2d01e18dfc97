/// Groups of fused steps that follow each other and do not depend on each other, so that one kernel can run them side by side:
/// the updates of all parameters, above all.
module internal Functional.Torch.StepGroups

open System.Collections.Generic
open Functional
open Functional.Program
open Functional.MemoryPlanning

/// A kernel takes some kilobytes of arguments at most.
let private mostOperands = 400

let private isUpdate (read: HashSet<int>) (program: Program) (step: Step) =
    let isOutput (o: Operand) =
        match program.Storages[o.Storage].Kind with
        | Kind.Output _ -> not (read.Contains o.Storage)
        | Kind.Input _
        | Kind.Constant _
        | Kind.Temporary -> false

    match step.Work with
    | Work.Fused _ -> List.forall isOutput step.Writes
    | Work.Primitive _ -> false

/// The program with the fused steps that only give results at its end, where they stand side by side.
let updatesLast (program: Program) : Program =
    let read = HashSet(program.Steps |> Seq.collect _.Reads |> Seq.map _.Storage)
    let updates, others = program.Steps |> Array.partition (isUpdate read program)
    { program with Steps = Array.append others updates }

/// Whether two storages share memory.
let private overlap (program: Program) (memory: MemoryPlan) a b =
    let at, other = memory.OffsetOf a, memory.OffsetOf b

    if at >= 0L && other >= 0L then
        at < other + program.Storages[b].Bytes && other < at + program.Storages[a].Bytes
    else
        memory.Owner[a] = memory.Owner[b]

/// Whether what the first step writes is touched by the second one.
let private disturbs program memory (first: Step) (second: Step) =
    let touched = second.Reads @ second.Writes |> List.map _.Storage |> List.distinct

    first.Writes
    |> List.exists (fun write -> touched |> List.exists (overlap program memory write.Storage))

let private isGroupable (step: Step) =
    match step.Work with
    | Work.Fused fused -> not fused.HasSums
    | Work.Primitive _ -> false

/// The steps by number, in order: alone, or as a group of several.
let find (program: Program) (memory: MemoryPlan) : int[][] =
    let groups = List<int[]>()
    let group = List<int>()
    let mutable operands = 0

    let close () =
        if group.Count > 0 then
            groups.Add(group.ToArray())
            group.Clear()
            operands <- 0

    for i in 0 .. program.Steps.Length - 1 do
        let step = program.Steps[i]
        let count = step.Reads.Length + step.Writes.Length

        let fits =
            isGroupable step
            && operands + count <= mostOperands
            && group.TrueForAll(fun j ->
                let other = program.Steps[j]
                not (disturbs program memory other step || disturbs program memory step other))

        if not fits then
            close ()

        if isGroupable step then
            group.Add i
            operands <- operands + count
        else
            groups.Add [| i |]

    close ()
    groups.ToArray()
