/// Arguments that a program reads in products alone, so that they may be rows of something larger, known by their numbers.
module internal Functional.NumberedRows

open Functional
open Functional.Kernels
open Program

/// Whether a product takes so many rows as its left operand, each of them whole, or their transpose. What is reshaped to other
/// rows has no numbers.
let private takes count (storage: Storage) (step: Step) =
    let fits isTransposed (left: Operand) (right: Operand) =
        let m, k, n = left.Lengths[0], left.Lengths[1], right.Lengths[1]

        match storage.DType with
        | Float32 -> MatMul.TakesRows<float32>(isTransposed, m, n, k)
        | Float64 -> MatMul.TakesRows<float>(isTransposed, m, n, k)
        | Float16
        | BFloat16
        | Int32
        | Int64
        | Bool -> false

    match List.truncate step.Arguments step.Reads with
    | [ left; right ] when left.Lengths.Length = 2 && left.Offset = 0 && Array.min left.Lengths > 1 ->
        let m, k = left.Lengths[0], left.Lengths[1]

        (m = count && left.Strides = [| k; 1 |] && fits false left right)
        || (k = count && left.Strides = [| 1; m |] && fits true left right)
    | _ -> false

/// For each argument of the program, whether its rows may be given by number.
let arguments (program: Program) : bool[] =
    let reads storage (step: Step) = step.Reads |> List.filter (fun read -> read.Storage = storage)

    let isTakenBy count storage (step: Step) =
        match reads storage step, step.Work with
        | [], _ -> true
        | [ read ], Work.Primitive(Op.MatMul, _) ->
            obj.ReferenceEquals(read, step.Reads.Head) && takes count program.Storages[storage] step
        | _, (Work.Primitive _ | Work.Fused _) -> false

    let takes (signature: Signature) storage =
        match signature.Shape with
        | [] -> false
        | count :: _ ->
            not (Array.contains storage program.Outputs)
            && program.Storages[storage].Size > 0
            && program.Steps |> Array.forall (isTakenBy count storage)

    Array.map2 takes (Array.ofList program.Graph.Inputs) program.Inputs
