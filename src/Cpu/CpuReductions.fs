/// Primitives that join elements along axes.
module internal Functional.CpuReductions

open System
open System.Numerics
open Functional
open Functional.Kernels

let private product (lengths: int seq) = Seq.fold (*) 1 lengths

/// The argument as contiguous [outer, n, inner], where n counts the elements that are joined: in place where the axes are
/// neighbours, else moved to the end first.
let private joined axes (x: CpuBuffer) : struct (CpuBuffer * int * int * int) =
    match axes with
    | [] -> struct (x.Packed(), x.Size, 1, 1)
    | axes when axes = [ List.head axes .. List.last axes ] ->
        let first, last = List.head axes, List.last axes

        struct (x.Packed(),
                product x.Lengths[.. first - 1],
                product x.Lengths[first..last],
                product x.Lengths[last + 1 ..])
    | axes ->
        let kept = [ 0 .. x.Lengths.Length - 1 ] |> List.filter (fun i -> not (List.contains i axes))
        let order = kept @ axes

        let moved =
            CpuViews.transpose order x { Shape = order |> List.map (fun i -> x.Lengths[i]); DType = x.DType }

        let count is = product (is |> List.map (fun i -> x.Lengths[i]))
        struct (moved.Packed(), count kept, count axes, 1)

let reduce backend reduction axes (x: CpuBuffer) result : CpuBuffer =
    let struct (x, outer, n, inner) = joined axes x

    let kind =
        match reduction with
        | Reduction.Max -> ReduceKind.Max
        | Reduction.Min -> ReduceKind.Min
        | Reduction.Sum
        | Reduction.All
        | Reduction.Any -> ReduceKind.Sum

    match x with
    | :? CpuBuffer<float32> as x ->
        let y = CpuBuffer<float32>.Allocate(backend, result)
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
        y
    | :? CpuBuffer<float> as x ->
        let y = CpuBuffer<float>.Allocate(backend, result)
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
        y
    | :? CpuBuffer<int> as x ->
        let y = CpuBuffer<int>.Allocate(backend, result)
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
        y
    | :? CpuBuffer<bool> as x ->
        let y = CpuBuffer<bool>.Allocate(backend, result)

        if reduction = Reduction.All then
            ReduceKernels.All(x.Span, outer, n, inner, y.Target)
        else
            ReduceKernels.Any(x.Span, outer, n, inner, y.Target)

        y
    | x ->
        Fail.dtypes (Infer.name (Op.Reduce(reduction, axes))) [ "the argument", x.DType ] "has no kernel for this type"

let private extreme<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T>>
    largest
    (x: CpuBuffer<'T>)
    axis
    (y: CpuBuffer<int>)
    =
    let outer, n, inner = CpuMoving.around axis x.Lengths

    if largest then
        ScanKernels.ArgMax(x.Span, outer, n, inner, y.Target)
    else
        ScanKernels.ArgMin(x.Span, outer, n, inner, y.Target)

/// The index of the largest element along the axis, or of the smallest.
let argExtreme backend largest axis (x: CpuBuffer) result : CpuBuffer =
    let y = CpuBuffer<int>.Allocate(backend, result)

    match x.Packed() with
    | :? CpuBuffer<float32> as x -> extreme largest x axis y
    | :? CpuBuffer<float> as x -> extreme largest x axis y
    | :? CpuBuffer<int> as x -> extreme largest x axis y
    | x -> Fail.dtypes "argmax" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"

    y

let private running<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T>>
    backend
    axis
    (x: CpuBuffer<'T>)
    result
    : CpuBuffer =
    let outer, n, inner = CpuMoving.around axis x.Lengths
    let y = CpuBuffer<'T>.Allocate(backend, result)
    ScanKernels.CumSum(x.Span, outer, n, inner, y.Target)
    y

let cumsum backend axis (x: CpuBuffer) result : CpuBuffer =
    match x.Packed() with
    | :? CpuBuffer<float32> as x -> running backend axis x result
    | :? CpuBuffer<float> as x -> running backend axis x result
    | :? CpuBuffer<int> as x -> running backend axis x result
    | x -> Fail.dtypes "cumsum" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"
