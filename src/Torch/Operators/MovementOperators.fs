/// Primitives that move elements, as operators of ATen: most are views.
module internal Functional.Torch.MovementOperators

open Functional
open Functional.Torch.Steps

/// The ranges of the axes: views.
let slice (c: ICaller<'v>) (ranges: Range list) (shape: Shape) (x: 'v) : 'v =
    (x, List.indexed (List.zip ranges shape))
    ||> List.fold (fun x (axis, (range, length)) ->
        if range.Start = 0 && range.Count = length then x
        elif range.Count = 0 then narrow c axis 0 0 x
        elif range.Step = 1 then narrow c axis range.Start range.Count x
        else slice c axis range.Start range.Stop range.Step x)

/// `between` numbers after each element of an axis but the last.
let private spread (c: ICaller<'v>) (shape: Shape) axis between value (x: 'v) : 'v =
    let n = shape[axis]
    let margins = List.init (shape.Length + 1) (fun i -> if i = axis + 1 then 0, between else 0, 0)
    let apart = unsqueeze c (axis + 1) x |> pad c margins value
    let joined = reshape c (List.updateAt axis (n * (between + 1)) shape) apart
    narrow c axis 0 (n * (between + 1) - between) joined

/// Whether libtorch takes the value of a padding, which is a float to it, for elements of this type.
let private isPlain (dtype: DType) (value: float) = dtype.IsFloat || abs value < 2147483648.0

let private padPlain (c: ICaller<'v>) (paddings: Padding list) (shape: Shape) value (x: 'v) : 'v =
    let step (shape: Shape, x) (axis, (padding: Padding)) =
        if padding.Interior > 0 && shape[axis] > 1 then
            let n = shape[axis]
            let longer = n + (n - 1) * padding.Interior
            List.updateAt axis longer shape, spread c shape axis padding.Interior value x
        else
            shape, x

    let _, apart = ((shape, x), List.indexed paddings) ||> List.fold step

    if paddings |> List.forall (fun p -> p.Low = 0 && p.High = 0) then
        apart
    else
        pad c (paddings |> List.map (fun p -> p.Low, p.High)) value apart

/// A number around and between the elements.
let padded
    (c: ICaller<'v>)
    (paddings: Padding list)
    (value: float)
    (x: Signature)
    (result: Signature)
    (tensor: 'v)
    : 'v =
    if isPlain x.DType value then
        let value = (ElementArrays.ofNumber x.DType value |> ElementArrays.toFloats)[0]
        padPlain c paddings x.Shape value tensor
    else
        // integers that libtorch would not take from a float: chosen by where the elements are
        let isElement = filled c { x with DType = Bool } 1.0 |> padPlain c paddings x.Shape 0.0
        where c isElement (padPlain c paddings x.Shape 0.0 tensor) (filled c result value)

/// Slices along an axis at indices of any shape.
let gather (c: ICaller<'v>) axis (result: Signature) (x: 'v) (indices: 'v) : 'v =
    let flat = reshape c [ -1 ] indices

    one c "index_select" "" [ Argument.Tensor x; Argument.Int(int64 axis); Argument.Tensor flat ]
    |> reshape c result.Shape

/// Half types are summed in float32, and rounded once.
let private inWide (c: ICaller<'v>) (dtype: DType) (tensors: 'v list) (f: 'v list -> 'v) : 'v =
    if dtype.IsHalf then
        f (tensors |> List.map (convert c Float32)) |> convert c dtype
    else
        f tensors

let private addAt c axis (x: 'v) (indices: 'v) (updates: 'v) : 'v =
    let arguments =
        [ Argument.Tensor x; Argument.Int(int64 axis); Argument.Tensor indices; Argument.Tensor updates ]

    one c "scatter_add" "" arguments

/// x plus slices at their indices along an axis.
let scatterAdd (c: ICaller<'v>) axis (x: Signature) (indices: Signature) (tensor: 'v) (at: 'v) (updates: 'v) : 'v =
    let count = Shape.size indices.Shape
    // the slices one behind the other along the axis
    let shape = List.updateAt axis count x.Shape
    let ones = List.mapi (fun i _ -> if i = axis then count else 1) x.Shape
    let everywhere = convert c Int64 at |> reshape c ones |> expand c shape

    if count = 0 then
        tensor
    else
        inWide c x.DType [ tensor; reshape c shape updates ] (fun tensors ->
            addAt c axis tensors[0] everywhere tensors[1])

/// The elements of images at the places where a pooling found them.
let poolGather (c: ICaller<'v>) (x: Signature) (result: Signature) (image: 'v) (indices: 'v) : 'v =
    match x.Shape, result.Shape with
    | [ n; h; w; channels ], [ _; oh; ow; _ ] ->
        let flat = reshape c [ n; h * w; channels ] image
        let at = convert c Int64 indices |> reshape c [ n; oh * ow; channels ]
        let arguments = [ Argument.Tensor flat; Argument.Int 1L; Argument.Tensor at; Argument.Bool false ]
        one c "gather" "" arguments |> reshape c result.Shape
    | shape, _ -> Fail.shapes "poolGather" [ "image", shape ] "has not four axes."

/// Sums of elements at the places of images where a pooling found them.
let poolScatter (c: ICaller<'v>) (y: Signature) (result: Signature) (values: 'v) (indices: 'v) : 'v =
    match result.Shape, y.Shape with
    | [ n; h; w; channels ], [ _; oh; ow; _ ] ->
        let at = convert c Int64 indices |> reshape c [ n; oh * ow; channels ]

        inWide c y.DType [ reshape c [ n; oh * ow; channels ] values ] (fun values ->
            let dtype = if y.DType.IsHalf then Float32 else y.DType
            let zeros = filled c { Shape = [ n; h * w; channels ]; DType = dtype } 0.0
            addAt c 1 zeros at values.Head)
        |> reshape c result.Shape
    | shape, _ -> Fail.shapes "poolScatter" [ "image", shape ] "has not four axes."
