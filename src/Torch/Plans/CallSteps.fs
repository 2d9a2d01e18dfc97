/// Primitives as prepared calls: what the eager backend would call, recorded once, written into the plan's own memory where
/// an operator can.
module internal Functional.Torch.CallSteps

open System.Collections.Generic
open Functional
open Functional.Torch.Interop
open Functional.Program

/// The shape and type of an operand.
let signatureOf (storages: Storage[]) (operand: Operand) : Signature =
    { Shape = List.ofArray operand.Lengths; DType = storages[operand.Storage].DType }

let private hostFactors = System.Collections.Concurrent.ConcurrentDictionary<float, TensorHandle>()

/// A factor as libtorch's products of lists take it.
let private hostFactor (factor: float) : TensorHandle =
    hostFactors.GetOrAdd(
        factor,
        fun factor -> Tensors.ofArray TorchDevice.Cpu { Shape = [ 1 ]; DType = Int64 } [| int64 factor |]
    )

/// Turns what was recorded for one primitive into steps.
type private Preparation
    (memory: RunMemory, recorder: Recorder, reads: Operand list, writes: Operand list, given: int list) =
    let calls = Array.ofList recorder.Calls
    let table = memory.Table
    let slots = Dictionary<int, int>()
    // the call after which a register is read no more
    let last = Dictionary<int, int>()
    let results = HashSet given

    let slot register =
        match slots.TryGetValue register with
        | true, slot -> slot
        | _ ->
            let slot = table.AddResult()
            slots[register] <- slot
            slot

    /// The tensor of the plan that a register is written into at once, if the call that gives it can do so.
    let target (call: RecordedCall) : int voption =
        match call.Results with
        | [ register ] when
            results.Contains register
            && (List.filter ((=) register) given).Length = 1
            && not (last.ContainsKey register)
            ->
            if (OutVariants.tryFind call.Operator call.Overload).IsSome then
                ValueSome(memory.View(List.item (List.findIndex ((=) register) given) writes))
            else
                ValueNone
        | _ -> ValueNone

    /// The results of calls that are dead after this one.
    let dying index (call: RecordedCall) : int[] =
        [| for register in List.distinct call.Reads do
               if last[register] = index && register >= reads.Length && slots.ContainsKey register then
                   if
                       not (results.Contains register)
                       && not (recorder.Numbers |> List.exists (fun (r, _, _) -> r = register))
                   then
                       slots[register] |]

    let rec prepared (argument: Argument<int>) : PreparedArgument =
        match argument with
        | Argument.Tensor register -> PreparedArgument.Tensor(slot register)
        | Argument.Tensors registers -> PreparedArgument.Tensors(registers |> List.map slot |> Array.ofList)
        | Argument.Int n -> PreparedArgument.Value(CallStack.Int n)
        | Argument.Ints ns -> PreparedArgument.List(ns |> List.map CallStack.Int |> Array.ofList)
        | Argument.Float x -> PreparedArgument.Value(CallStack.Float x)
        | Argument.Bool b -> PreparedArgument.Value(CallStack.Bool b)
        | Argument.Bools bs -> PreparedArgument.List(bs |> List.map CallStack.Bool |> Array.ofList)
        | Argument.Type dtype -> PreparedArgument.Value(CallStack.Int(int64 (ElementTypes.code dtype)))
        | Argument.Text text -> PreparedArgument.Text text
        | Argument.None -> PreparedArgument.Value CallStack.None
        | Argument.Some value -> (prepared value).AsOptional()

    let addition index (call: RecordedCall) a b factor : PlanStep =
        let ones =
            struct (EagerCaller.Number(memory.Device, Int32, 1.0), EagerCaller.Number(memory.Device, Int64, 1.0))

        let result = slot call.Results.Head

        PlanSteps.addition
            (PreparedAddition(memory.Device.IsCuda, slot a, slot b, factor, result, ones, hostFactor factor))
            (dying index call)

    let step index (call: RecordedCall) : PlanStep =
        match call.Operator, call.Arguments with
        | "functional::add", [ Argument.Tensor a; Argument.Tensor b; Argument.Float factor ] ->
            addition index call a b factor
        | _ ->
            let arguments = call.Arguments |> List.map prepared
            let operator overload = TorchOperator.Of("aten::" + call.Operator, overload)

            match target call with
            | ValueSome write ->
                let out = (OutVariants.tryFind call.Operator call.Overload).Value
                let arguments = Array.ofList (arguments @ [ PreparedArgument.Tensor write ])
                PlanSteps.call (PreparedCall(operator out, arguments, [| -1 |])) (dying index call)
            | ValueNone ->
                let kept =
                    [| for register in call.Results ->
                           if last.ContainsKey register || results.Contains register then
                               slot register
                           else
                               -1 |]

                PlanSteps.call (PreparedCall(operator call.Overload, Array.ofList arguments, kept)) (dying index call)

    /// Whether a register's memory is its own: that of the result of a call, or a view of one.
    let rec isOwn register =
        match calls |> Array.tryFind (fun call -> List.contains register call.Results) with
        | None -> false
        | Some call when call.Operator = "to" -> false
        | Some call when OutVariants.isView call.Operator -> isOwn call.Reads.Head
        | Some _ -> true

    /// The step that brings a result to where it is to stand.
    let toResult register (write: Operand) isLast : PlanStep =
        let isWhole =
            write.Offset = 0
            && Array.fold (*) 1 write.Lengths = memory.Storages[write.Storage].Size
            && StridedViews.sameSteps write.Lengths write.Strides (StridedViews.rowMajor write.Lengths)

        if isWhole && isLast && isOwn register && memory.IsAdoptable write.Storage then
            memory.Adopted.Add(struct (slot register, write.Storage))
            PlanSteps.adopt (slot register) (memory.View write) write.Storage
        else
            let isMade = calls |> Array.exists (fun call -> List.contains register call.Results)
            PlanSteps.copy (slot register) (memory.View write) (if isMade && isLast then [| slot register |] else [||])

    /// The steps in order, then the copies of results that were not written in place.
    member _.Steps() : PlanStep list =
        reads |> List.iteri (fun i operand -> slots[i] <- memory.View operand)

        for register, dtype, value in recorder.Numbers do
            slots[register] <- table.AddHeld(EagerCaller.Number(memory.Device, dtype, value))

        calls
        |> Array.iteri (fun i call ->
            for register in call.Reads do
                last[register] <- i)

        let targets = calls |> Array.map target
        let steps = calls |> Array.mapi step |> List.ofArray

        let written =
            HashSet(
                [ for i in 0 .. calls.Length - 1 do
                      if targets[i].IsSome then
                          calls[i].Results.Head ]
            )

        let copies =
            [ for register, write in List.zip given writes do
                  if not (written.Contains register) then
                      toResult register write ((List.filter ((=) register) given).Length = 1) ]

        steps @ copies

/// The steps of a primitive, no loop, that reads and writes these operands.
let prepare (memory: RunMemory) (storages: Storage[]) op (reads: Operand list) (writes: Operand list) : PlanStep list =
    let recorder = Recorder(memory.Device.IsCuda, reads.Length)
    let args = reads |> List.mapi (fun i operand -> i, signatureOf storages operand)
    let given = Operators.emit recorder op args (writes |> List.map (signatureOf storages))
    Preparation(memory, recorder, reads, writes, given).Steps()
