/// Elementwise primitives: each picks the kernel of its elements' type.
module internal Functional.CpuElementwise

open System
open Functional
open Functional.Kernels

let private notOf op (x: CpuBuffer) =
    Fail.dtypes
        (ShapeInference.name op)
        [ "the argument", x.DType ]
        "has no kernel for this type; cast it with Tensor.cast"

let private unaryKind u =
    match u with
    | Unary.Neg -> UnaryKind.Neg
    | Unary.Abs -> UnaryKind.Abs
    | Unary.Sign -> UnaryKind.Sign
    | Unary.Floor -> UnaryKind.Floor
    | Unary.Ceil -> UnaryKind.Ceil
    | Unary.Round -> UnaryKind.Round
    | Unary.Exp -> UnaryKind.Exp
    | Unary.Expm1 -> UnaryKind.Expm1
    | Unary.Log -> UnaryKind.Log
    | Unary.Log1p -> UnaryKind.Log1p
    | Unary.Sqrt -> UnaryKind.Sqrt
    | Unary.Rsqrt -> UnaryKind.Rsqrt
    | Unary.Sin -> UnaryKind.Sin
    | Unary.Cos -> UnaryKind.Cos
    | Unary.Tan -> UnaryKind.Tan
    | Unary.Asin -> UnaryKind.Asin
    | Unary.Acos -> UnaryKind.Acos
    | Unary.Atan -> UnaryKind.Atan
    | Unary.Sinh -> UnaryKind.Sinh
    | Unary.Cosh -> UnaryKind.Cosh
    | Unary.Tanh -> UnaryKind.Tanh
    | Unary.Sigmoid -> UnaryKind.Sigmoid
    | Unary.Softplus -> UnaryKind.Softplus
    | Unary.Erf -> UnaryKind.Erf
    | Unary.Relu -> UnaryKind.Relu
    // the one that is not of numbers has a kernel of its own
    | Unary.Not -> Fail.argument "not" "argument" "numbers" "are not bool; compare first."

let unary u (x: CpuBuffer) (y: CpuBuffer) =
    match x.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> UnaryKernels.Apply(unaryKind u, x.Span, y.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> UnaryKernels.Apply(unaryKind u, x.Span, y.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) -> UnaryKernels.Apply(unaryKind u, x.Span, y.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) -> UnaryKernels.Not(x.Span, y.Target)
    | x, _ -> notOf (Op.Unary u) x

let private binaryKind b =
    match b with
    | Binary.Add -> BinaryKind.Add
    | Binary.Sub -> BinaryKind.Sub
    | Binary.Mul -> BinaryKind.Mul
    | Binary.Div -> BinaryKind.Div
    | Binary.FloorDiv -> BinaryKind.FloorDiv
    | Binary.Mod -> BinaryKind.Mod
    | Binary.Pow -> BinaryKind.Pow
    | Binary.Maximum -> BinaryKind.Maximum
    | Binary.Minimum -> BinaryKind.Minimum
    // those of masks have kernels of their own
    | Binary.And
    | Binary.Or -> Fail.argument "and" "argument" "numbers" "are not bool; compare first."

let binary op (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    match x, y, z with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as z) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Apply(binaryKind op, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as z) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Apply(binaryKind op, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y), (:? CpuBuffer<int> as z) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Apply(binaryKind op, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y), (:? CpuBuffer<bool> as z) ->
        let a = x.Operand
        let b = y.Operand

        if op = Binary.And then
            BinaryKernels.And(ReadOnlySpan z.Lengths, &a, &b, z.Target)
        else
            BinaryKernels.Or(ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | x, _, _ -> notOf (Op.Binary op) x

let private compareKind c =
    match c with
    | Comparison.Equal -> CompareKind.Equal
    | Comparison.NotEqual -> CompareKind.NotEqual
    | Comparison.Less -> CompareKind.Less
    | Comparison.LessEqual -> CompareKind.LessEqual
    | Comparison.Greater -> CompareKind.Greater
    | Comparison.GreaterEqual -> CompareKind.GreaterEqual

let compare c (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    let z = z :?> CpuBuffer<bool>
    let kind = compareKind c

    match x, y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Compare(kind, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Compare(kind, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Compare(kind, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) ->
        let a = x.Operand
        let b = y.Operand
        BinaryKernels.Compare(kind, ReadOnlySpan z.Lengths, &a, &b, z.Target)
    | x, _ -> notOf (Op.Compare c) x

let private choose<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (condition: CpuBuffer<bool>)
    (x: CpuBuffer<'T>)
    (y: CpuBuffer<'T>)
    (z: CpuBuffer)
    =
    let z = z :?> CpuBuffer<'T>
    let c = condition.Operand
    let a = x.Operand
    let b = y.Operand
    WhereKernels.Apply(ReadOnlySpan z.Lengths, &c, &a, &b, z.Target)

let where (condition: CpuBuffer) (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    match condition, x, y with
    | (:? CpuBuffer<bool> as c), (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> choose c x y z
    | (:? CpuBuffer<bool> as c), (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> choose c x y z
    | (:? CpuBuffer<bool> as c), (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) -> choose c x y z
    | (:? CpuBuffer<bool> as c), (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) -> choose c x y z
    | _ -> notOf Op.Where x

let private castFloat32 (x: CpuBuffer<float32>) (y: CpuBuffer) =
    match y with
    | :? CpuBuffer<float> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<int> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<bool> as y -> CastKernels.Apply(x.Span, y.Target)
    | y -> notOf (Op.Cast y.DType) x

let private castFloat64 (x: CpuBuffer<float>) (y: CpuBuffer) =
    match y with
    | :? CpuBuffer<float32> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<int> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<bool> as y -> CastKernels.Apply(x.Span, y.Target)
    | y -> notOf (Op.Cast y.DType) x

let private castInt32 (x: CpuBuffer<int>) (y: CpuBuffer) =
    match y with
    | :? CpuBuffer<float32> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<float> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<bool> as y -> CastKernels.Apply(x.Span, y.Target)
    | y -> notOf (Op.Cast y.DType) x

let private castBool (x: CpuBuffer<bool>) (y: CpuBuffer) =
    match y with
    | :? CpuBuffer<float32> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<float> as y -> CastKernels.Apply(x.Span, y.Target)
    | :? CpuBuffer<int> as y -> CastKernels.Apply(x.Span, y.Target)
    | y -> notOf (Op.Cast y.DType) x

let cast (x: CpuBuffer) (y: CpuBuffer) =
    match x.Packed() with
    | :? CpuBuffer<float32> as x -> castFloat32 x y
    | :? CpuBuffer<float> as x -> castFloat64 x y
    | :? CpuBuffer<int> as x -> castInt32 x y
    | :? CpuBuffer<bool> as x -> castBool x y
    | x -> notOf (Op.Cast y.DType) x
