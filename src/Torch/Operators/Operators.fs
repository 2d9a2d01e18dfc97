/// Every primitive as calls of libtorch's operators.
module internal Functional.Torch.Operators

open Functional
open Functional.Torch.Steps

let private isEmpty (s: Signature) = List.contains 0 s.Shape

let private ints (shape: Shape) : Argument<'v> = Argument.Ints(shape |> List.map int64)

let private random c kind (key: 'v) rest : 'v list = [ one c "functional::random" kind (Argument.Tensor key :: rest) ]

/// How many keys there are.
let private keys (key: Signature) : Argument<'v> = Argument.Int(int64 (Shape.size key.Shape / 2))

let private wrongCount op (args: ('v * Signature) list) : 'v list = ShapeInference.wrongCount op args.Length

let private ofOne (c: ICaller<'v>) op (x: 'v) (s: Signature) (results: Signature list) : 'v list =
    let result = results.Head

    match op with
    | Op.Unary u -> [ ElementwiseOperators.unary c u s.DType x ]
    | Op.Cast dtype -> [ ElementwiseOperators.cast c s.DType dtype x ]
    | Op.Broadcast shape -> [ expand c shape x ]
    | Op.Reshape shape -> [ reshape c shape x ]
    | Op.Transpose axes -> [ permute c axes x ]
    | Op.Slice ranges -> [ MovementOperators.slice c ranges s.Shape x ]
    | Op.Pad(paddings, value) -> [ MovementOperators.padded c paddings value s result x ]
    | Op.Flip axes -> [ (if axes.IsEmpty then x else one c "flip" "" [ Argument.Tensor x; ints axes ]) ]
    | Op.Concat _ -> [ x ]
    | Op.Reduce(reduction, axes) -> [ ReductionOperators.reduce c reduction axes s.DType x ]
    | Op.ArgMax axis -> [ ReductionOperators.argExtreme c "argmax" axis x ]
    | Op.ArgMin axis -> [ ReductionOperators.argExtreme c "argmin" axis x ]
    | Op.CumSum axis -> [ ReductionOperators.cumSum c axis s.DType x ]
    | Op.MaxPool pool -> PoolingOperators.maxPool c pool s result x
    | Op.Sort descending -> ReductionOperators.sort c descending x
    | Op.KeySplit _ -> random c "split" x [ ints result.Shape ]
    | Op.RandomUniform(_, dtype) -> random c "uniform" x [ ints result.Shape; Argument.Type dtype; keys s ]
    | Op.RandomNormal(_, dtype) -> random c "normal" x [ ints result.Shape; Argument.Type dtype; keys s ]
    | Op.RandomBits _ -> random c "bits" x [ ints result.Shape; keys s ]
    | Op.StopGradient
    | Op.Barrier _ -> [ x ]
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Gather _
    | Op.ScatterAdd _
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _
    | Op.PoolGather _
    | Op.PoolScatter _
    | Op.Attention _
    | Op.AttentionGradient _
    | Op.KeyFold
    | Op.Custom _
    | Op.Scan _ -> wrongCount op [ x, s ]

let private ofTwo (c: ICaller<'v>) op (x: 'v, s: Signature) (y: 'v, t: Signature) (result: Signature) : 'v list =
    match op with
    | Op.Binary b -> [ ElementwiseOperators.binary c b s.DType x y ]
    | Op.Compare comparison -> [ ElementwiseOperators.compare c comparison x y ]
    | Op.Concat axis -> [ concat c axis [ x; y ] ]
    | Op.Gather axis -> [ MovementOperators.gather c axis result x y ]
    | Op.MatMul -> [ ProductOperators.matMul c s t result x y ]
    | Op.Convolution window -> [ ProductOperators.convolution c window x y ]
    | Op.ConvolutionInput(window, size) -> [ ProductOperators.convolutionInput c window size t x y ]
    | Op.ConvolutionKernel(window, _) -> [ ProductOperators.convolutionKernel c window result x y ]
    | Op.PoolGather _ -> [ MovementOperators.poolGather c s result x y ]
    | Op.PoolScatter _ -> [ MovementOperators.poolScatter c s result x y ]
    | Op.KeyFold -> random c "fold" x [ ints result.Shape; Argument.Tensor y ]
    | Op.Unary _
    | Op.Where
    | Op.Cast _
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Pad _
    | Op.Flip _
    | Op.ScatterAdd _
    | Op.Reduce _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.MaxPool _
    | Op.Attention _
    | Op.AttentionGradient _
    | Op.Sort _
    | Op.KeySplit _
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient
    | Op.Barrier _
    | Op.Custom _
    | Op.Scan _ -> wrongCount op [ x, s; y, t ]

let private ofMany (c: ICaller<'v>) op (args: ('v * Signature) list) (results: Signature list) : 'v list =
    match op, args with
    | Op.Where, [ condition, _; x, _; y, _ ] -> [ where c condition x y ]
    | Op.ScatterAdd axis, [ x, s; indices, t; updates, _ ] ->
        [ MovementOperators.scatterAdd c axis s t x indices updates ]
    | Op.Concat axis, _ -> [ concat c axis (List.map fst args) ]
    | Op.Attention form, _ -> AttentionOperators.forward c form args results
    | Op.AttentionGradient form, _ -> AttentionOperators.gradient c form args results
    | op, _ -> wrongCount op args

/// Whether the primitive gives zeros where an argument has no elements.
let private isSumOfProducts op =
    match OpClass.ofOp op with
    | OpClass.Product _ -> true
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// What a primitive gives, as calls; never of `Op.Custom` or `Op.Scan`. Indices are within their axes. A result may be an
/// argument itself, or share memory with one: nobody writes to either.
let emit (c: ICaller<'v>) op (args: ('v * Signature) list) (results: Signature list) : 'v list =
    let constants () = results |> List.map (fun result -> filled c result 0.0)

    if results |> List.forall isEmpty then
        constants ()
    elif isSumOfProducts op && args |> List.exists (snd >> isEmpty) then
        constants ()
    else
        match args with
        | [ x, s ] -> ofOne c op x s results
        | [ x; y ] -> ofTwo c op x y results.Head
        | _ -> ofMany c op args results
