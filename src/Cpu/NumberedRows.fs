/// Arguments that a program reads in products alone, so that they may be rows of something larger, known by their numbers.
module internal Functional.NumberedRows

open Functional
open Functional.Kernels
open Program

/// Whether a product takes its left operand as rows of a matrix, or as the transpose of such rows.
let private takes (storage: Storage) (step: Step) =
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
        let stands lengths strides = left.Lengths = lengths && left.Strides = strides
        let rows, width = left.Lengths[0], left.Lengths[1]

        (stands [| rows; width |] [| width; 1 |] && fits false left right)
        || (stands [| rows; width |] [| 1; rows |] && fits true left right)
    | _ -> false

/// For each argument of the program, whether its rows may be given by number.
let arguments (program: Program) : bool[] =
    let reads storage (step: Step) = step.Reads |> List.filter (fun read -> read.Storage = storage)

    let isTakenBy storage (step: Step) =
        match reads storage step, step.Work with
        | [], _ -> true
        | [ read ], Work.Primitive(Op.MatMul, _) ->
            obj.ReferenceEquals(read, step.Reads.Head) && takes program.Storages[storage] step
        | _, (Work.Primitive _ | Work.Fused _) -> false

    program.Inputs
    |> Array.map (fun storage ->
        not (Array.contains storage program.Outputs)
        && program.Storages[storage].Size > 0
        && program.Steps |> Array.forall (isTakenBy storage))
