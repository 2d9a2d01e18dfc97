/// Max pooling as operators of ATen.
module internal Functional.Torch.PoolingOperators

open Functional
open Functional.Torch.Steps

let private pairs (f: PoolAxis -> int) (pool: Pool) = Argument.Ints [ int64 (f pool.Y); int64 (f pool.X) ]

/// Whether libtorch's own pooling has these margins: equal ones, of half a window at most.
let private isNative (pool: Pool) =
    let fits (axis: PoolAxis) = axis.Before = axis.After && 2 * axis.Before <= axis.Size
    fits pool.Y && fits pool.X

let private native (c: ICaller<'v>) (pool: Pool) (x: 'v) : 'v list =
    let arguments =
        [ Argument.Tensor(permute c [ 0; 3; 1; 2 ] x)
          pairs _.Size pool
          pairs _.Stride pool
          pairs _.Before pool
          Argument.Ints [ 1L; 1L ]
          Argument.Bool false ]

    let last x = permute c [ 0; 2; 3; 1 ] x

    match c.Call("max_pool2d_with_indices", "", arguments, 2) with
    | [ values; indices ] -> [ last values; convert c Int32 (last indices) ]
    | results -> Fail.argument "maxPool2d" "results" results.Length "came from libtorch, which gives two."

/// The windows of an image [n; h; w; c], as [n; oh; ow; c; elements of a window].
let private windows (c: ICaller<'v>) (pool: Pool) (result: Signature) (value: float) (x: 'v) : 'v =
    let along axis (window: PoolAxis) x =
        one
            c
            "unfold"
            ""
            [ Argument.Tensor x
              Argument.Int axis
              Argument.Int(int64 window.Size)
              Argument.Int(int64 window.Stride) ]

    pad c [ 0, 0; pool.Y.Before, pool.Y.After; pool.X.Before, pool.X.After; 0, 0 ] value x
    |> along 1L pool.Y
    |> along 2L pool.X
    |> reshape c (result.Shape @ [ pool.Y.Size * pool.X.Size ])

/// Any margins: the windows side by side, their elements' places in the image beside them.
let private composed (c: ICaller<'v>) (pool: Pool) (x: Signature) (result: Signature) (tensor: 'v) : 'v list =
    let h, w = x.Shape[1], x.Shape[2]
    let places = reshape c [ 1; h; w; 1 ] (iota c (h * w)) |> expand c x.Shape |> windows c pool result -1.0
    let elements = windows c pool result -infinity tensor
    let isInside = binary c "ge" places (c.Number(Int64, 0.0))

    let first (values: 'v) =
        one c "argmax" "" [ Argument.Tensor values; Argument.Some(Argument.Int 4L); Argument.Bool true ]

    // where all is minus infinity, the first that is no margin
    let largest = first elements

    let pick (source: 'v) (at: 'v) =
        one c "gather" "" [ Argument.Tensor source; Argument.Int 4L; Argument.Tensor at; Argument.Bool false ]

    let isLowest = binary c "eq" (pick elements largest) (c.Number(x.DType, -infinity))
    let at = where c isLowest (first (convert c Int32 isInside)) largest
    let values = pick elements at |> reshape c result.Shape
    [ values; pick places at |> reshape c result.Shape |> convert c Int32 ]

/// The largest element of each window of images [n; h; w; c], and where it stands.
let maxPool (c: ICaller<'v>) (pool: Pool) (x: Signature) (result: Signature) (tensor: 'v) : 'v list =
    if isNative pool then native c pool tensor else composed c pool x result tensor
