/// Clusters as fused programs: which instructions a kernel runs, and over which operands.
module internal Functional.ClusterLowering

open System.Collections.Generic
open Functional
open Functional.Kernels
open Program
open FusedInstructions
open StorageTables
open StridedViews
open Fusion

/// The strides of an argument over the whole domain: as they are for elements, along the leading axes for rows.
let private overDomain (domain: int[]) part (v: View) =
    match part with
    | Part.Row -> Array.append v.Strides[.. domain.Length - 2] [| 0 |]
    | Part.Element
    | Part.Total -> v.Strides

/// The strides over the whole domain of a sum over axes: those of the axes that are kept, and 0 along the others.
let private sumStrides (domain: int[]) (axes: int list) =
    let isKept i = not (List.contains i axes)
    let kept = [| 0 .. domain.Length - 1 |] |> Array.filter isKept
    let steps = rowMajor (kept |> Array.map (fun i -> domain[i]))
    let strides = Array.zeroCreate domain.Length
    kept |> Array.iteri (fun position i -> strides[i] <- steps[position])
    strides

/// The strides over the whole domain of what a member stores; `source` is how its argument takes part.
let private storedOver (domain: int[]) part op (source: Part) =
    match part, reductionOf op with
    | Part.Total, Some(struct (_, axes)) when source = Part.Row || axes.Length = domain.Length ->
        Array.zeroCreate domain.Length
    | Part.Total, Some(struct (_, axes)) -> sumStrides domain axes
    | Part.Row, _ -> Array.append (rowMajor domain[.. domain.Length - 2]) [| 0 |]
    | (Part.Element | Part.Total), _ -> rowMajor domain

/// Builds the fused program of one cluster: its operands, the instructions over them, and the stores of what is read
/// from memory afterwards.
type private ProgramBuilder(fused: Fused, storages: StorageTable, cluster: Cluster) =
    let graph = fused.Graph
    let domain = cluster.Domain
    let fusedOperands = List<FusedOperand>()
    let operands = List<Operand>()
    let instructions = List<FusedInstruction>()
    let stores = List<FusedStore>()
    // the number of an operand by storage, offset and strides
    let known = Dictionary<struct (int * int * string), int>()
    // the instruction that loads each operand, and the one that computes each member
    let loads = Dictionary<int, int>()
    let values = Dictionary<int, int>()
    let parts = Dictionary<int, Part>()

    let rootOf r = (StridedViews.find graph fused.Views r).Root.Node

    let addOperand (dtype: DType) (operand: Operand) =
        fusedOperands.Add(FusedOperand(elementType dtype, Array.map int64 operand.Strides))
        operands.Add operand
        operands.Count - 1

    let operandOf (v: View) part =
        let operand = { storages.Operand v with Lengths = domain; Strides = overDomain domain part v }
        let key = struct (operand.Storage, operand.Offset, String.concat "," (Array.map string operand.Strides))

        match known.TryGetValue key with
        | true, i -> i
        | false, _ ->
            let i = addOperand (Graph.signature graph v.Root).DType operand
            known[key] <- i
            i

    let add instruction =
        instructions.Add instruction
        instructions.Count - 1

    let load dtype from =
        match loads.TryGetValue from with
        | true, i -> i
        | false, _ ->
            let i = add (FusedInstruction(FusedOp.Load, elementType dtype, from))
            loads[from] <- i
            i

    /// The instruction whose value this is: a member's, a number's, or that of a load.
    let valueOf part (r: Ref) =
        let v = StridedViews.find graph fused.Views r

        match values.TryGetValue v.Root.Node with
        | true, i -> i
        | false, _ ->
            let dtype = (Graph.signature graph v.Root).DType

            let uniform =
                match graph.Nodes[v.Root.Node] with
                | Node.Constant buffer -> buffer.Uniform
                | Node.Input _
                | Node.Compute _ -> ValueNone

            match uniform with
            | ValueSome number -> add (FusedInstruction(FusedOp.Constant, elementType dtype, Value = number))
            | ValueNone -> load dtype (operandOf v part)

    /// Adds the instruction of one member. A sum over axes has none: its argument is summed as it is stored.
    let compute i part =
        match graph.Nodes[i] with
        | Node.Compute(op, args, signatures) ->
            let readAs = if part = Part.Row && (reductionOf op).IsNone then Part.Row else Part.Element
            let given = args |> List.map (valueOf readAs) |> Array.ofList
            let argument k = if k < given.Length then given[k] else -1
            parts[i] <- part

            values[i] <-
                match part with
                | Part.Total -> argument 0
                | Part.Element
                | Part.Row ->
                    let dtype = elementType signatures.Head.DType
                    add (FusedInstruction(fusedOp op, dtype, argument 0, argument 1, argument 2))
        | Node.Input _
        | Node.Constant _ -> ()

    /// The primitive of a member, and how its first argument takes part: elements, if it is no member.
    let source i =
        match graph.Nodes[i] with
        | Node.Compute(op, args, _) ->
            match parts.TryGetValue(rootOf args.Head) with
            | true, part -> struct (op, part)
            | false, _ -> struct (op, Part.Element)
        | Node.Input _
        | Node.Constant _ -> struct (Op.StopGradient, Part.Element)

    /// Stores the value of one member, within a concatenation where it is a part of one.
    let store i part =
        let struct (op, argumentPart) = source i
        let root = { Node = i; Result = 0 }

        let operand =
            match storages.Within.TryGetValue i with
            | true, struct (joined, offset, strides) ->
                { Storage = storages.Of joined; Offset = offset; Lengths = domain; Strides = strides }
            | false, _ ->
                { Storage = storages.Of root
                  Offset = 0
                  Lengths = domain
                  Strides = storedOver domain part op argumentPart }

        let kind =
            match part, argumentPart with
            | Part.Total, Part.Row -> FusedStoreKind.SumRows
            | Part.Total, (Part.Element | Part.Total) -> FusedStoreKind.Sum
            | (Part.Element | Part.Row), _ -> FusedStoreKind.Write

        stores.Add(FusedStore(values[i], addOperand (Graph.signature graph root).DType operand, kind))

    /// The program, what it reads and what it writes. `first` is an operand that it is to have anyway, in front.
    member _.Build(first: View option) =
        first |> Option.iter (fun v -> operandOf v Part.Element |> ignore)

        for struct (i, part) in cluster.Members do
            compute i part

        let reads = operands.Count

        for struct (i, part) in cluster.Members do
            if fused.Stored[i] then
                store i part

        let program = FusedProgram(domain, fusedOperands.ToArray(), instructions.ToArray(), stores.ToArray())

        let all = List.ofSeq operands
        struct (program, List.take reads all, List.skip reads all)

/// A cluster as a fused program, with the operands that it reads and those that it writes; `first` is an operand that
/// it is to have anyway, in front.
let program (fused: Fused) (storages: StorageTable) (cluster: Cluster) (first: View option) =
    ProgramBuilder(fused, storages, cluster).Build first

/// The pairs that may share memory: a store of every element over an operand that is read at the very same places only.
let overwrites (storages: StorageTable) (program: FusedProgram) (reads: Operand list) (writes: Operand list) =
    if program.HasRowReductions then
        []
    else
        let identity (o: Operand) = o.Offset = 0 && sameSteps o.Lengths o.Strides (rowMajor o.Lengths)
        let size (o: Operand) = Array.fold (*) 1 o.Lengths

        [ for write in writes do
              for storage, uses in reads |> List.groupBy _.Storage do
                  let stored = storages.All[storage]

                  if
                      identity write
                      && List.forall identity uses
                      && stored.DType = storages.All[write.Storage].DType
                      && stored.Size = size write
                  then
                      struct (storage, write.Storage) ]
