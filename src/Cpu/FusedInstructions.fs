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

let private unaryOp u =
    match u with
    | Unary.Neg -> FusedOp.Neg
    | Unary.Abs -> FusedOp.Abs
    | Unary.Sign -> FusedOp.Sign
    | Unary.Floor -> FusedOp.Floor
    | Unary.Ceil -> FusedOp.Ceil
    | Unary.Round -> FusedOp.Round
    | Unary.Exp -> FusedOp.Exp
    | Unary.Expm1 -> FusedOp.Expm1
    | Unary.Log -> FusedOp.Log
    | Unary.Log1p -> FusedOp.Log1p
    | Unary.Sqrt -> FusedOp.Sqrt
    | Unary.Rsqrt -> FusedOp.Rsqrt
    | Unary.Sin -> FusedOp.Sin
    | Unary.Cos -> FusedOp.Cos
    | Unary.Tan -> FusedOp.Tan
    | Unary.Asin -> FusedOp.Asin
    | Unary.Acos -> FusedOp.Acos
    | Unary.Atan -> FusedOp.Atan
    | Unary.Sinh -> FusedOp.Sinh
    | Unary.Cosh -> FusedOp.Cosh
    | Unary.Tanh -> FusedOp.Tanh
    | Unary.Sigmoid -> FusedOp.Sigmoid
    | Unary.Softplus -> FusedOp.Softplus
    | Unary.Erf -> FusedOp.Erf
    | Unary.Relu -> FusedOp.Relu
    | Unary.Not -> FusedOp.Not

let private binaryOp b =
    match b with
    | Binary.Add -> FusedOp.Add
    | Binary.Sub -> FusedOp.Sub
    | Binary.Mul -> FusedOp.Mul
    | Binary.Div -> FusedOp.Div
    | Binary.FloorDiv -> FusedOp.FloorDiv
    | Binary.Mod -> FusedOp.Mod
    | Binary.Pow -> FusedOp.Pow
    | Binary.Maximum -> FusedOp.Maximum
    | Binary.Minimum -> FusedOp.Minimum
    | Binary.And -> FusedOp.And
    | Binary.Or -> FusedOp.Or

let private comparisonOp c =
    match c with
    | Comparison.Equal -> FusedOp.Equal
    | Comparison.NotEqual -> FusedOp.NotEqual
    | Comparison.Less -> FusedOp.Less
    | Comparison.LessEqual -> FusedOp.LessEqual
    | Comparison.Greater -> FusedOp.Greater
    | Comparison.GreaterEqual -> FusedOp.GreaterEqual

/// What the instruction for an elementwise primitive computes, or for a reduction of rows; fusion takes no others.
let fusedOp op =
    match op with
    | Op.Unary u -> unaryOp u
    | Op.Binary b -> binaryOp b
    | Op.Compare c -> comparisonOp c
    | Op.Where -> FusedOp.Where
    | Op.Cast _ -> FusedOp.Cast
    | Op.Reduce(Reduction.Max, _) -> FusedOp.RowMax
    | Op.Reduce(Reduction.Min, _) -> FusedOp.RowMin
    | _ -> FusedOp.RowSum
