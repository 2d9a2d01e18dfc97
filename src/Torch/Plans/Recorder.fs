namespace Functional.Torch

open System.Collections.Generic
open Functional

/// A call noted down: its tensors are registers.
type internal RecordedCall =
    {
        Operator: string
        Overload: string
        Arguments: Argument<int> list
        /// The registers of its results.
        Results: int list
    }

    /// The registers that it reads.
    member me.Reads: int list =
        let rec registers argument =
            match argument with
            | Argument.Tensor r -> [ r ]
            | Argument.Tensors rs -> rs
            | Argument.Some value -> registers value
            | Argument.Int _
            | Argument.Ints _
            | Argument.Float _
            | Argument.Bool _
            | Argument.Bools _
            | Argument.Type _
            | Argument.Text _
            | Argument.None -> []

        me.Arguments |> List.collect registers

/// Notes calls down instead of making them. The first registers are the arguments of what is recorded.
[<Sealed>]
type internal Recorder(isCuda: bool, arguments: int) =
    let calls = List<RecordedCall>()
    let numbers = Dictionary<struct (DType * float), int>()
    let mutable next = arguments

    let fresh count =
        next <- next + count
        [ next - count .. next - 1 ]

    /// The calls, in order.
    member _.Calls: RecordedCall list = List.ofSeq calls

    /// The numbers among the registers.
    member _.Numbers: (int * DType * float) list =
        [ for KeyValue(struct (dtype, value), register) in numbers -> register, dtype, value ]

    interface ICaller<int> with
        member _.IsCuda = isCuda

        member me.Call(operator, overload, arguments, results) =
            match operator, arguments with
            | "functional::random", Argument.Tensor key :: rest when isCuda -> [ Philox.emit me overload key rest ]
            | _ ->
                let given = fresh results

                calls.Add { Operator = operator; Overload = overload; Arguments = arguments; Results = given }

                given

        member _.Number(dtype, value) =
            // NaN is never found again: each is a register of its own
            match numbers.TryGetValue(struct (dtype, value)) with
            | true, register -> register
            | _ ->
                let register = List.head (fresh 1)
                numbers[struct (dtype, value)] <- register
                register
