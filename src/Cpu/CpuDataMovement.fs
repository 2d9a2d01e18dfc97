/// Primitives that move elements: padding, joining, gathering, scattering, sorting.
module internal Functional.CpuDataMovement

#nowarn "9" // strides on the stack

open System
open System.Numerics
open FSharp.NativeInterop
open Functional.Numerics
open Functional
open Functional.Kernels

/// A shape as [outer, n, inner] round one axis.
let around axis (lengths: int[]) =
    let mutable outer = 1
    let mutable inner = 1

    for i in 0 .. axis - 1 do
        outer <- outer * lengths[i]

    for i in axis + 1 .. lengths.Length - 1 do
        inner <- inner * lengths[i]

    struct (outer, lengths[axis], inner)

let private noKernel operation (x: CpuBuffer) =
    Fail.dtypes operation [ "the argument", x.DType ] "has no kernel for this type"

let private copyTyped<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (x: CpuBuffer<'T>)
    (y: CpuBuffer)
    offset
    (steps: ReadOnlySpan<int>)
    =
    if x.Size > 0 then
        let view = x.Operand
        StridedKernels.Copy(ReadOnlySpan x.Lengths, &view, (y :?> CpuBuffer<'T>).Target, offset, steps)
        GC.KeepAlive x
        GC.KeepAlive y

/// The elements of x into those of y that begin at `offset` and follow these steps.
let private copyTo (x: CpuBuffer) (y: CpuBuffer) offset (steps: ReadOnlySpan<int>) =
    match x with
    | :? CpuBuffer<float32> as x -> copyTyped x y offset steps
    | :? CpuBuffer<float> as x -> copyTyped x y offset steps
    | :? CpuBuffer<Half> as x -> copyTyped x y offset steps
    | :? CpuBuffer<BFloat16> as x -> copyTyped x y offset steps
    | :? CpuBuffer<int> as x -> copyTyped x y offset steps
    | :? CpuBuffer<int64> as x -> copyTyped x y offset steps
    | :? CpuBuffer<bool> as x -> copyTyped x y offset steps
    | x -> noKernel "copy" x

/// The elements of any view in row-major order.
let copy (x: CpuBuffer) (y: CpuBuffer) = copyTo x y 0 (ReadOnlySpan y.Strides)

let pad (paddings: Padding list) (value: float) (x: CpuBuffer) (y: CpuBuffer) =
    let mutable offset = 0
    let steps = Span<int>(NativePtr.toVoidPtr (NativePtr.stackalloc<int> 32), x.Lengths.Length)
    let mutable rest = paddings

    for i in 0 .. x.Lengths.Length - 1 do
        offset <- offset + rest.Head.Low * y.Strides[i]
        steps[i] <- (rest.Head.Interior + 1) * y.Strides[i]
        rest <- rest.Tail

    y.Accept
        { new ICpuBufferVisitor with
            member _.Visit(y: CpuBuffer<'T>) = StridedKernels.Fill(y.Target, CastKernels.FromDouble<'T> value) }

    copyTo x y offset (Span.op_Implicit steps)

let concat axis (args: CpuBuffer list) (y: CpuBuffer) =
    let mutable start = 0

    for x in args do
        copyTo x y (start * y.Strides[axis]) (ReadOnlySpan y.Strides)
        start <- start + x.Lengths[axis]

let private checkIndices operation axis n (indices: CpuBuffer<int>) =
    match GatherKernels.FirstOutside(indices.Span, n) with
    | -1 -> ()
    | i -> Fail.argument operation "index" indices.Span[i] $"is outside axis {axis}, of length {n}."

let gather axis (x: CpuBuffer) (indices: CpuBuffer) (y: CpuBuffer) =
    let struct (outer, n, inner) = around axis x.Lengths
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "gather" axis n indices

    x.Packed().Accept
        { new ICpuBufferVisitor with
            member _.Visit(x: CpuBuffer<'T>) =
                GatherKernels.Gather(x.Span, outer, n, inner, indices.Span, (y :?> CpuBuffer<'T>).Target) }

let private addAt<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumberBase<'T>>
    axis
    (x: CpuBuffer<'T>)
    (indices: CpuBuffer<int>)
    (updates: CpuBuffer)
    (y: CpuBuffer)
    =
    let struct (outer, n, inner) = around axis x.Lengths
    let y = y :?> CpuBuffer<'T>

    // a plan may let the sums replace the values
    if x.Address = 0n || x.Address <> y.Address then
        let view = x.Operand
        StridedKernels.Copy(ReadOnlySpan x.Lengths, &view, y.Target)

    let updates = (updates :?> CpuBuffer<'T>).PackedElements
    GatherKernels.ScatterAdd(y.Target, outer, n, inner, indices.Span, updates.Span)

let scatterAdd axis (x: CpuBuffer) (indices: CpuBuffer) (updates: CpuBuffer) (y: CpuBuffer) =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "scatterAdd" axis x.Lengths[axis] indices

    match x with
    | :? CpuBuffer<float32> as x -> addAt axis x indices updates y
    | :? CpuBuffer<float> as x -> addAt axis x indices updates y
    | :? CpuBuffer<int> as x -> addAt axis x indices updates y
    | :? CpuBuffer<int64> as x -> addAt axis x indices updates y
    | x -> Fail.dtypes "scatterAdd" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"

let sort descending (x: CpuBuffer) (y: CpuBuffer) (indices: CpuBuffer) =
    let n = Array.last x.Lengths
    let rows = if n = 0 then 0 else x.Size / n
    let at = indices :?> CpuBuffer<int>

    match x.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) ->
        SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) ->
        SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) ->
        SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
    | (:? CpuBuffer<int64> as x), (:? CpuBuffer<int64> as y) ->
        Int64Kernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) ->
        SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
    | x, _ -> noKernel "sort" x
