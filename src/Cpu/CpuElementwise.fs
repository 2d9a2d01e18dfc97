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

let unary u (x: CpuBuffer) (y: CpuBuffer) =
    let op = (ElementwiseOperations.ofUnary u).Instruction

    match x.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> UnaryKernels.Apply(op, x.Span, y.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> UnaryKernels.Apply(op, x.Span, y.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) -> UnaryKernels.Apply(op, x.Span, y.Target)
    | (:? CpuBuffer<int64> as x), (:? CpuBuffer<int64> as y) -> UnaryKernels.Apply(op, x.Span, y.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) -> UnaryKernels.Apply(op, x.Span, y.Target)
    | x, _ -> notOf (Op.Unary u) x

/// z = x op y, for elements of one type.
let private pairs op (x: CpuBuffer<'T>) (y: CpuBuffer<'T>) (z: CpuBuffer<'T>) =
    let a = x.Operand
    let b = y.Operand
    BinaryKernels.Apply(op, ReadOnlySpan z.Lengths, &a, &b, z.Target)

let binary b (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    let op = (ElementwiseOperations.ofBinary b).Instruction

    match x, y, z with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as z) -> pairs op x y z
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as z) -> pairs op x y z
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y), (:? CpuBuffer<int> as z) -> pairs op x y z
    | (:? CpuBuffer<int64> as x), (:? CpuBuffer<int64> as y), (:? CpuBuffer<int64> as z) -> pairs op x y z
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y), (:? CpuBuffer<bool> as z) -> pairs op x y z
    | x, _, _ -> notOf (Op.Binary b) x

let private comparePairs op (x: CpuBuffer<'T>) (y: CpuBuffer<'T>) (z: CpuBuffer) =
    let z = z :?> CpuBuffer<bool>
    let a = x.Operand
    let b = y.Operand
    BinaryKernels.Compare(op, ReadOnlySpan z.Lengths, &a, &b, z.Target)

let compare c (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    let op = (ElementwiseOperations.ofComparison c).Instruction

    match x, y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> comparePairs op x y z
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> comparePairs op x y z
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) -> comparePairs op x y z
    | (:? CpuBuffer<int64> as x), (:? CpuBuffer<int64> as y) -> comparePairs op x y z
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) -> comparePairs op x y z
    | x, _ -> notOf (Op.Compare c) x

/// Elements of x where the condition holds, of y elsewhere; of any type.
let where (condition: CpuBuffer) (x: CpuBuffer) (y: CpuBuffer) (z: CpuBuffer) =
    match condition with
    | :? CpuBuffer<bool> as condition ->
        x.Accept
            { new ICpuBufferVisitor with
                member _.Visit(x: CpuBuffer<'T>) =
                    let y, z = y :?> CpuBuffer<'T>, z :?> CpuBuffer<'T>
                    let c = condition.Operand
                    let a = x.Operand
                    let b = y.Operand
                    WhereKernels.Apply(ReadOnlySpan z.Lengths, &c, &a, &b, z.Target) }
    | condition -> notOf Op.Where condition

/// y = x in the other type.
let cast (x: CpuBuffer) (y: CpuBuffer) = CpuWidening.cast x y
