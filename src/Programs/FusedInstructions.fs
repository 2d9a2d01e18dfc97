/// Primitives as the instructions of fused kernels.
module internal Functional.FusedInstructions

open Functional
open Functional.Kernels

/// A type of elements as fused kernels name it.
let elementType dtype =
    match dtype with
    | Float32 -> ElementType.Float32
    | Float64 -> ElementType.Float64
    | Int32 -> ElementType.Int32
    | Bool -> ElementType.Bool
    | Float16 -> ElementType.Float16
    | BFloat16 -> ElementType.BFloat16
    | Int64 -> ElementType.Int64

/// The instruction for an elementwise primitive, or for a reduction of rows; fusion takes no others.
let fusedOp op =
    match OpClass.ofOp op with
    | OpClass.Elementwise instruction -> instruction
    | OpClass.Reduction(reduction, _) ->
        match reduction with
        | Reduction.Sum -> FusedOp.RowSum
        | Reduction.Max -> FusedOp.RowMax
        | Reduction.Min -> FusedOp.RowMin
        | Reduction.All
        | Reduction.Any -> invalidOp "fusion takes no reduction of bools"
    | OpClass.View _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> invalidOp $"fusion takes no {ShapeInference.name op}"
