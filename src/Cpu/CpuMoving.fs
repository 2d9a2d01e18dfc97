/// Primitives that move elements: padding, joining, gathering, scattering, sorting.
module internal Functional.CpuMoving

open System
open System.Numerics
open Functional
open Functional.Kernels

/// What the middle axis of [outer, n, inner] makes of a shape.
let around axis (lengths: int[]) =
    let product = Array.fold (*) 1
    product lengths[.. axis - 1], lengths[axis], product lengths[axis + 1 ..]

/// One function for each type of elements, as one function of any buffer.
[<AbstractClass>]
type PerType() =
    abstract Run<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> :
        CpuBuffer<'T> -> CpuBuffer

    member me.Of(x: CpuBuffer) =
        match x with
        | :? CpuBuffer<float32> as x -> me.Run x
        | :? CpuBuffer<float> as x -> me.Run x
        | :? CpuBuffer<int> as x -> me.Run x
        | :? CpuBuffer<bool> as x -> me.Run x
        | x -> Fail.dtypes "tensor" [ "the argument", x.DType ] "has no kernel for this type"

let pad backend (paddings: Padding list) (value: float) (x: CpuBuffer) result =
    let strides = Strides.rowMajor result.Shape
    let offset = List.sum (List.mapi (fun i p -> p.Low * strides[i]) paddings)
    let steps = Array.ofList (List.mapi (fun i p -> (p.Interior + 1) * strides[i]) paddings)

    let place (x: CpuBuffer<'T>) (value: 'T) : CpuBuffer =
        let y = CpuBuffer<'T>.Allocate(backend, result)
        StridedKernels.Fill(y.Target, value)

        if x.Size > 0 then
            let view = x.Operand
            StridedKernels.Copy(ReadOnlySpan x.Lengths, &view, y.Target, offset, ReadOnlySpan steps)

        y

    match x with
    | :? CpuBuffer<float32> as x -> place x (float32 value)
    | :? CpuBuffer<float> as x -> place x value
    | :? CpuBuffer<int> as x -> place x (int value)
    | :? CpuBuffer<bool> as x -> place x (value <> 0.0)
    | x -> Fail.dtypes "pad" [ "the argument", x.DType ] "has no kernel for this type"

let concat backend axis (args: CpuBuffer list) (result: Signature) =
    let strides = Strides.rowMajor result.Shape

    { new PerType() with
        override _.Run(_: CpuBuffer<'T>) =
            let y = CpuBuffer<'T>.Allocate(backend, result)
            let mutable start = 0

            for arg in args do
                let x = arg :?> CpuBuffer<'T>

                if x.Size > 0 then
                    let view = x.Operand

                    StridedKernels.Copy(
                        ReadOnlySpan x.Lengths,
                        &view,
                        y.Target,
                        start * strides[axis],
                        ReadOnlySpan strides
                    )

                start <- start + x.Lengths[axis]

            y }
        .Of
        args.Head

let private checkIndices operation axis n (indices: CpuBuffer<int>) =
    match GatherKernels.FirstOutside(indices.Span, n) with
    | -1 -> ()
    | i -> Fail.argument operation "index" indices.Span[i] $"is outside axis {axis}, of length {n}."

let gather backend axis (x: CpuBuffer) (indices: CpuBuffer) result =
    let outer, n, inner = around axis x.Lengths
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "gather" axis n indices

    { new PerType() with
        override _.Run(x: CpuBuffer<'T>) =
            let y = CpuBuffer<'T>.Allocate(backend, result)
            GatherKernels.Gather(x.PackedElements.Span, outer, n, inner, indices.Span, y.Target)
            y }
        .Of
        x

let private addAt<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumberBase<'T>>
    backend
    axis
    (x: CpuBuffer<'T>)
    (indices: CpuBuffer<int>)
    (updates: CpuBuffer)
    result
    : CpuBuffer =
    let outer, n, inner = around axis x.Lengths
    let y = CpuBuffer<'T>.Allocate(backend, result)
    let view = x.Operand
    StridedKernels.Copy(ReadOnlySpan x.Lengths, &view, y.Target)
    let updates = (updates :?> CpuBuffer<'T>).PackedElements
    GatherKernels.ScatterAdd(y.Target, outer, n, inner, indices.Span, updates.Span)
    y

let scatterAdd backend axis (x: CpuBuffer) (indices: CpuBuffer) (updates: CpuBuffer) result =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "scatterAdd" axis x.Lengths[axis] indices

    match x with
    | :? CpuBuffer<float32> as x -> addAt backend axis x indices updates result
    | :? CpuBuffer<float> as x -> addAt backend axis x indices updates result
    | :? CpuBuffer<int> as x -> addAt backend axis x indices updates result
    | x -> Fail.dtypes "scatterAdd" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"

let sort backend descending (x: CpuBuffer) (values: Signature) (indices: Signature) : CpuBuffer list =
    let n = Array.last x.Lengths
    let rows = if n = 0 then 0 else x.Size / n
    let at = CpuBuffer<int>.Allocate(backend, indices)

    let sorted: CpuBuffer =
        match x.Packed() with
        | :? CpuBuffer<float32> as x ->
            let y = CpuBuffer<float32>.Allocate(backend, values)
            SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
            y
        | :? CpuBuffer<float> as x ->
            let y = CpuBuffer<float>.Allocate(backend, values)
            SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
            y
        | :? CpuBuffer<int> as x ->
            let y = CpuBuffer<int>.Allocate(backend, values)
            SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
            y
        | :? CpuBuffer<bool> as x ->
            let y = CpuBuffer<bool>.Allocate(backend, values)
            SortKernels.Sort(x.Span, rows, n, descending, y.Target, at.Target)
            y
        | x -> Fail.dtypes "sort" [ "the argument", x.DType ] "has no kernel for this type"

    [ sorted; at ]
