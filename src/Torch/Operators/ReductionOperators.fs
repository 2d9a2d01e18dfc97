/// Primitives that join or order elements, as operators of ATen.
module internal Functional.Torch.ReductionOperators

open Functional
open Functional.Torch.Steps

/// Joins the elements of axes.
let reduce (c: ICaller<'v>) (reduction: Reduction) (axes: int list) (dtype: DType) (x: 'v) : 'v =
    let over name overload lead =
        // libtorch takes no axes for all axes
        if axes.IsEmpty then
            x
        else
            one c name overload (Argument.Tensor x :: lead @ [ Argument.Bool false ])

    let list = Argument.Ints(axes |> List.map int64)

    match reduction with
    | Reduction.Sum -> sum c axes false dtype x
    | Reduction.Max -> over "amax" "" [ list ]
    | Reduction.Min -> over "amin" "" [ list ]
    | Reduction.All -> over "all" "dims" [ Argument.Some list ]
    | Reduction.Any -> over "any" "dims" [ Argument.Some list ]

/// The first index of the extreme along an axis, by "argmax" or "argmin".
let argExtreme (c: ICaller<'v>) name axis (x: 'v) : 'v =
    one c name "" [ Argument.Tensor x; Argument.Some(Argument.Int(int64 axis)); Argument.Bool false ]
    |> convert c Int32

/// Running sums along an axis.
let cumSum (c: ICaller<'v>) axis (dtype: DType) (x: 'v) : 'v =
    one c "cumsum" "" [ Argument.Tensor x; Argument.Int(int64 axis); Argument.Some(Argument.Type dtype) ]

/// The last axis in order, stably, and the indices in the argument.
let sort (c: ICaller<'v>) descending (x: 'v) : 'v list =
    let arguments =
        [ Argument.Tensor x; Argument.Some(Argument.Bool true); Argument.Int -1L; Argument.Bool descending ]

    match c.Call("sort", "stable", arguments, 2) with
    | [ values; indices ] -> [ values; convert c Int32 indices ]
    | results -> Fail.argument "sort" "results" results.Length "came from libtorch, which gives two."
