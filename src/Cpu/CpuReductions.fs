/// Reductions of axes, arg-extremes and running sums.
module internal Functional.CpuReductions

open System
open System.Numerics
open Functional
open Functional.Kernels

/// The argument as contiguous [outer, n, inner], where n is the size of the reduced axes, which are neighbours.
let private joined (axes: int list) (x: CpuBuffer) : struct (CpuBuffer * int * int * int) =
    match axes with
    | [] -> struct (x.Packed(), x.Size, 1, 1)
    | first :: _ ->
        let last = List.last axes
        let mutable outer = 1
        let mutable n = 1
        let mutable inner = 1

        for i in 0 .. x.Lengths.Length - 1 do
            if i < first then outer <- outer * x.Lengths[i]
            elif i <= last then n <- n * x.Lengths[i]
            else inner <- inner * x.Lengths[i]

        struct (x.Packed(), outer, n, inner)

/// Whether each of the axes stands next to the one before it.
let rec private areNeighbours (axes: int list) =
    match axes with
    | first :: (second :: _ as rest) -> second = first + 1 && areNeighbours rest
    | _ -> true

let private reduceNeighbours reduction axes (x: CpuBuffer) (y: CpuBuffer) =
    let struct (x, outer, n, inner) = joined axes x

    let kind =
        match reduction with
        | Reduction.Max -> ReduceKind.Max
        | Reduction.Min -> ReduceKind.Min
        | Reduction.Sum
        | Reduction.All
        | Reduction.Any -> ReduceKind.Sum

    match x, y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) ->
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) ->
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
    | (:? CpuBuffer<int> as x), (:? CpuBuffer<int> as y) -> ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
    | (:? CpuBuffer<int64> as x), (:? CpuBuffer<int64> as y) ->
        ReduceKernels.Apply(kind, x.Span, outer, n, inner, y.Target)
    | (:? CpuBuffer<bool> as x), (:? CpuBuffer<bool> as y) ->
        if reduction = Reduction.All then
            ReduceKernels.All(x.Span, outer, n, inner, y.Target)
        else
            ReduceKernels.Any(x.Span, outer, n, inner, y.Target)
    | x, _ ->
        Fail.dtypes
            (ShapeInference.name (Op.Reduce(reduction, axes)))
            [ "the argument", x.DType ]
            "has no kernel for this type"

/// Reduces the axes at once where they are neighbours, else the last one first.
let rec reduce reduction axes (x: CpuBuffer) (y: CpuBuffer) =
    if areNeighbours axes then
        reduceNeighbours reduction axes x y
    else
        let before, last = List.splitAt (axes.Length - 1) axes
        let signature = { Shape = List.removeAt last.Head (List.ofArray x.Lengths); DType = x.DType }
        let shorter = CpuBuffer.allocate x.Backend signature
        reduceNeighbours reduction last x shorter
        reduce reduction before shorter y

let private extreme<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T>>
    largest
    (x: CpuBuffer<'T>)
    axis
    (y: CpuBuffer<int>)
    =
    let struct (outer, n, inner) = CpuDataMovement.around axis x.Lengths

    if largest then
        ArgKernels.ArgMax(x.Span, outer, n, inner, y.Target)
    else
        ArgKernels.ArgMin(x.Span, outer, n, inner, y.Target)

/// The index of the largest element along the axis, or of the smallest.
let argExtreme largest axis (x: CpuBuffer) (y: CpuBuffer) =
    let y = y :?> CpuBuffer<int>

    match x.Packed() with
    | :? CpuBuffer<float32> as x -> extreme largest x axis y
    | :? CpuBuffer<float> as x -> extreme largest x axis y
    | :? CpuBuffer<int> as x -> extreme largest x axis y
    | :? CpuBuffer<int64> as x -> extreme largest x axis y
    | x -> Fail.dtypes "argmax" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"

let private running<'T
    when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T>>
    axis
    (x: CpuBuffer<'T>)
    (y: CpuBuffer)
    =
    let struct (outer, n, inner) = CpuDataMovement.around axis x.Lengths
    ScanKernels.CumSum(x.Span, outer, n, inner, (y :?> CpuBuffer<'T>).Target)

let cumsum axis (x: CpuBuffer) (y: CpuBuffer) =
    match x.Packed() with
    | :? CpuBuffer<float32> as x -> running axis x y
    | :? CpuBuffer<float> as x -> running axis x y
    | :? CpuBuffer<int> as x -> running axis x y
    | :? CpuBuffer<int64> as x -> running axis x y
    | x -> Fail.dtypes "cumsum" [ "the argument", x.DType ] "takes numbers; cast it with Tensor.cast"
