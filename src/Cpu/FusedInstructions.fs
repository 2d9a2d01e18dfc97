/// Primitives as the instructions of fused kernels.
module internal Functional.FusedInstructions

open Functional
open Functional.Kernels

/// A type of elements as kernels name it.
let elementType dtype =
    match dtype with
    | Float32 -> ElementType.Float32
    | Float64 -> ElementType.Float64
    | Int32 -> ElementType.Int32
    | Bool -> ElementType.Bool

/// The instruction for an elementwise primitive, or for a reduction of rows; fusion takes no others.
let fusedOp op =
    match op, ElementwiseOperations.instruction op with
    | _, ValueSome instruction -> instruction
    | Op.Reduce(reduction, _), ValueNone ->
        match reduction with
        | Reduction.Sum -> FusedOp.RowSum
        | Reduction.Max -> FusedOp.RowMax
        | Reduction.Min -> FusedOp.RowMin
        | Reduction.All
        | Reduction.Any -> invalidOp "fusion takes no reduction of bools"
    | op, ValueNone -> invalidOp $"fusion takes no {ShapeInference.name op}"
