/// DiffSharp's operations by its names, as expressions of the library's own.
module Functional.Tests.Conformance.DiffSharpOperations

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

/// The options of an operation.
type Options(options: JsonElement option) =
    member _.Find name = options |> Option.bind (property name)

    member me.Whole(name, fallback) = me.Find name |> Option.map _.GetInt32() |> Option.defaultValue fallback

    member me.TryWhole name = me.Find name |> Option.map _.GetInt32()

    member me.Wholes name : int list =
        match me.Find name with
        | Some values -> numbers values |> Array.map int |> List.ofArray
        | None -> []

    /// A number; the infinite ones are texts.
    member me.Number(name, fallback) =
        match me.Find name with
        | Some value when value.ValueKind = JsonValueKind.String ->
            if value.GetString() = "-inf" then -infinity else infinity
        | Some value -> value.GetDouble()
        | None -> fallback

    member me.Flag(name, fallback) = me.Find name |> Option.map _.GetBoolean() |> Option.defaultValue fallback

    member me.Word(name, fallback) =
        me.Find name |> Option.map (fun value -> string (value.GetString())) |> Option.defaultValue fallback

let private numberLike (x: Tensor) value = Tensor.scalarOf x.DType value

/// A reduction of all elements, or along the axis of the option "dim", which stays with "keepDim".
let private reduced (o: Options) (x: Tensor) all over keep =
    match o.TryWhole "dim" with
    | None -> all x
    | Some axis when o.Flag("keepDim", false) -> keep [ axis ] x
    | Some axis -> over [ axis ] x

let private variance (o: Options) (x: Tensor) =
    let ddof = if o.Flag("unbiased", true) then 1 else 0
    let ofAxes axes keep = Tensor.varianceOf ddof axes keep x

    reduced o x (fun x -> ofAxes [ 0 .. x.Rank - 1 ] false) (fun axes _ -> ofAxes axes false) (fun axes _ ->
        ofAxes axes true)

/// PyTorch's norms of the orders 0 (how many differ from 0), 1, 2 and ±infinity.
let private norm (o: Options) (x: Tensor) =
    let order = o.Number("order", 2.0)
    let keptLater axes (y: Tensor) = List.fold (fun y axis -> Tensor.expandDims axis y) y axes

    let over axes (x: Tensor) =
        if order = 0.0 then
            Tensor.sumOver axes (Tensor.cast x.DType (Tensor.notEqual x (Tensor.zerosLike x)))
        elif order = -infinity then
            Tensor.minOver axes (Tensor.abs x)
        else
            Tensor.normPOver order axes x

    reduced o x (fun x -> over [ 0 .. x.Rank - 1 ] x) over (fun axes x -> keptLater axes (over axes x))

let private argOf pick (o: Options) (x: Tensor) =
    match o.TryWhole "dim" with
    | Some axis ->
        let y: Tensor = pick axis x
        if o.Flag("keepDim", false) then Tensor.expandDims axis y else y
    | None ->
        let flat = Tensor.toInt (pick 0 (Tensor.flatten x))

        let _, indices =
            ((flat, []), List.rev x.Shape) ||> List.fold (fun (rest, found) n -> rest / n, rest % n :: found)

        Tensor.ofInts [ x.Rank ] (Array.ofList indices)

let private sumToSize (shape: Shape) (x: Tensor) =
    let front = [ 0 .. x.Rank - shape.Length - 1 ]
    let y = Tensor.sumOver front x

    let single =
        [ for axis, n in List.indexed shape do
              if n = 1 && y.Shape[axis] <> 1 then
                  axis ]

    Tensor.sumKeep single y

let private expanded (shape: Shape) (x: Tensor) =
    let missing = shape.Length - x.Rank
    Tensor.broadcastTo (shape |> List.mapi (fun i n -> if n = -1 then x.Shape[i - missing] else n)) x

/// Zeros between the elements of each axis.
let private dilated (factors: int list) (x: Tensor) =
    (x, List.indexed factors)
    ||> List.fold (fun x (axis, factor) ->
        let n = x.Shape[axis]
        let apart = Tensor.expandDims (axis + 1) x
        let paddings = List.init apart.Rank (fun i -> 0, (if i = axis + 1 then factor - 1 else 0))

        Tensor.pad paddings apart
        |> Tensor.reshape (List.updateAt axis (n * factor) x.Shape)
        |> Tensor.sliceAxis axis 0 ((n - 1) * factor + 1) 1)

let private undilated (factors: int list) (x: Tensor) =
    (x, List.indexed factors)
    ||> List.fold (fun x (axis, factor) -> Tensor.sliceAxis axis 0 x.Shape[axis] factor x)

let private picked (o: Options) (x: Tensor) =
    let picks =
        [ for pick in (o.Find "picks").Value.EnumerateArray() -> List.ofSeq (pick.EnumerateArray()) ]

    let bound (element: JsonElement) fallback =
        if element.ValueKind = JsonValueKind.Null then fallback else element.GetInt32()

    let step (x: Tensor, gone) (axis, pick: JsonElement list) =
        match string (pick.Head.GetString()) with
        | "at" ->
            let i = pick[1].GetInt32()
            let i = if i < 0 then i + x.Shape[axis] else i
            Tensor.sliceAxis axis i (i + 1) 1 x, axis :: gone
        // the last index is included
        | "span" -> Tensor.sliceAxis axis (bound pick[1] 0) (bound pick[2] (x.Shape[axis] - 1) + 1) 1 x, gone
        | _ -> x, gone

    let x, gone = List.fold step (x, []) (List.indexed picks)
    Tensor.squeezeAxes gone x

let private diagonal (offset: int) (x: Tensor) =
    if offset >= 0 then
        Tensor.diagonal (Tensor.sliceAxis 1 offset x.Shape[1] 1 x)
    else
        Tensor.diagonal (Tensor.sliceAxis 0 -offset x.Shape[0] 1 x)

/// The values at the indices along the axis of a tensor of zeros: what `takeAlong` pulls back.
let private scattered axis (shape: Shape) (indices: Tensor) (values: Tensor) =
    snd (vjp (Tensor.takeAlong axis indices) (Tensor.zerosOf values.DType shape)) values

/// PyTorch's cov, with weights that count samples and weights of their importance.
let private cov correction (counts: Tensor option) (importance: Tensor option) (x: Tensor) =
    let rows = if x.Rank < 2 then Tensor.reshape [ 1; x.Size ] x else x

    let real =
        Option.map (Tensor.cast Float64) >> Option.defaultValue (Tensor.onesOf Float64 [ rows.Shape[1] ])

    let weights = real counts * real importance
    let total = Tensor.sum weights
    let centred = rows - Tensor.sumKeep [ 1 ] (rows * weights) / total

    let divisor =
        match importance with
        | None -> total - correction
        | Some importance -> total - correction * Tensor.sum (weights * Tensor.cast Float64 importance) / total

    let c = Tensor.matmul (centred * weights) (Tensor.transpose centred) / divisor
    if rows.Shape[0] = 1 then Tensor.reshape [] c else c

let private corrcoef (x: Tensor) =
    let c = cov 1.0 None None x
    let deviations = Tensor.sqrt (Tensor.diagonal c)
    c / (Tensor.expandDims 1 deviations * Tensor.expandDims 0 deviations)

let private negativeLogLikelihood (o: Options) (weight: Tensor option) (target: Tensor) (logs: Tensor) =
    let classes = logs.Shape[1]
    let right = Tensor.oneHotOf Float64 classes (Tensor.cast Int32 target)
    let weight = weight |> Option.defaultValue (Tensor.onesOf Float64 [ classes ])
    let weights = Tensor.sumOver [ -1 ] (right * weight)
    let losses = -(Tensor.sumOver [ -1 ] (Tensor.moveAxis 1 -1 logs * right)) * weights

    match o.Word("reduction", "mean") with
    | "none" -> losses
    | "sum" -> Tensor.sum losses
    | _ -> Tensor.sum losses / Tensor.sum weights

let private ofElements (o: Options) (losses: Tensor) =
    match o.Word("reduction", "mean") with
    | "none" -> losses
    | "sum" -> Tensor.sum losses
    | _ -> Tensor.mean losses

/// One number for each of the spatial axes, from an option for all of them or one for each.
let private each (o: Options) axes name fallback : int list =
    match o.Wholes(name + "s") with
    | [] -> List.replicate axes (o.Whole(name, fallback))
    | values -> values

/// Images with the channels last, sequences as images of one row.
let private toImage (x: Tensor) =
    if x.Rank = 3 then
        x |> Tensor.permute [ 0; 2; 1 ] |> Tensor.expandDims 1
    else
        Tensor.permute [ 0; 2; 3; 1 ] x

let private ofImage axes (y: Tensor) =
    if axes = 1 then
        y |> Tensor.squeezeAxes [ 1 ] |> Tensor.permute [ 0; 2; 1 ]
    else
        Tensor.permute [ 0; 3; 1; 2 ] y

let private toKernel (k: Tensor) =
    if k.Rank = 3 then
        k |> Tensor.permute [ 2; 1; 0 ] |> Tensor.expandDims 0
    else
        Tensor.permute [ 2; 3; 1; 0 ] k

/// What is done along the rows and along the columns: nothing along the single row of a sequence.
let private alongBoth (single: 'T) (values: 'T list) =
    match values with
    | [ x ] -> single, x
    | [ y; x ] -> y, x
    | _ -> unsupported "images of three dimensions"

let private windowOf (o: Options) axes : Window =
    let axis stride dilation padding = { Stride = stride; Dilation = dilation; Before = padding; After = padding }

    let y, x =
        List.map3 axis (each o axes "stride" 1) (each o axes "dilation" 1) (each o axes "padding" 0)
        |> alongBoth Window.plain.Y

    { Y = y; X = x; Groups = 1 }

let private convolved (o: Options) axes (x: Tensor) (kernel: Tensor) =
    ofImage axes (Tensor.conv2d (windowOf o axes) (toKernel kernel) (toImage x))

let private transposedConvolution (o: Options) axes (x: Tensor) (kernel: Tensor) =
    let window = windowOf o axes
    let image, kernel = toImage x, toKernel kernel

    let size (axis: WindowAxis) n k = (n - 1) * axis.Stride - 2 * axis.Before + axis.Dilation * (k - 1) + 1

    let rows = size window.Y image.Shape[1] kernel.Shape[0]
    let columns = size window.X image.Shape[2] kernel.Shape[1]
    ofImage axes (Tensor.conv2dTranspose window (rows, columns) kernel image)

let private poolOf (o: Options) axes padded : Pool =
    let sizes = each o axes "kernelSize" 1

    let axis size stride padding = { Size = size; Stride = stride; Before = padding; After = padding }

    let strides = if (o.Find "stride").IsSome then each o axes "stride" 1 else sizes
    let paddings = if padded then each o axes "padding" 0 else List.replicate axes 0

    let y, x =
        List.map3 axis sizes strides paddings |> alongBoth { Size = 1; Stride = 1; Before = 0; After = 0 }

    { Y = y; X = x }

let private averagePool (o: Options) axes (x: Tensor) =
    // PyTorch counts what lies outside as zeros
    let paddings = [ 0, 0; 0, 0 ] @ [ for n in each o axes "padding" 0 -> n, n ]
    let pool = poolOf o axes false
    ofImage axes (Tensor.averagePool2d pool (toImage (Tensor.pad paddings x)))

let private unpooled (o: Options) axes (x: Tensor) (indices: Tensor) =
    let pool = poolOf o axes true

    let size (axis: PoolAxis) n = (n - 1) * axis.Stride - 2 * axis.Before + axis.Size

    let shape =
        match o.Wholes "outputSize" with
        | [] when axes = 1 -> [ x.Shape[0]; x.Shape[1]; size pool.X x.Shape[2] ]
        | [] -> [ x.Shape[0]; x.Shape[1]; size pool.Y x.Shape[2]; size pool.X x.Shape[3] ]
        | shape -> shape

    let rows = x.Shape[0] * x.Shape[1]
    let flat (t: Tensor) = Tensor.reshape [ rows; t.Size / rows ] t

    if pool.X.Stride < pool.X.Size then
        unsupported "unpooling where windows overlap"

    scattered 1 [ rows; Shape.size shape / rows ] (flat indices) (flat x) |> Tensor.reshape shape

let private creation name (o: Options) : Tensor option =
    let number option fallback = o.Number(option, fallback)

    match name with
    | "full" -> Some(Tensor.fullOf Float64 (o.Wholes "shape") (number "value" 0.0))
    | "zeros" -> Some(Tensor.zerosOf Float64 (o.Wholes "shape"))
    | "ones" -> Some(Tensor.onesOf Float64 (o.Wholes "shape"))
    | "onehot" -> Some(Tensor.oneHotOf Float64 (o.Whole("length", 1)) (Tensor.ofInts [] [| o.Whole("hot", 0) |]))
    | "arange" -> Some(Tensor.arangeOf Float64 (number "startVal" 0.0) (number "endVal" 0.0) (number "step" 1.0))
    | "linspace" -> Some(Tensor.linspaceOf Float64 (number "startVal" 0.0) (number "endVal" 1.0) (o.Whole("size", 1)))
    | "logspace" ->
        let exponents =
            Tensor.linspaceOf Float64 (number "startVal" 0.0) (number "endVal" 1.0) (o.Whole("size", 1))

        Some(Tensor.pow (Tensor.scalarOf Float64 10.0) exponents)
    | "eye" -> Some(Tensor.eyeOf Float64 (o.Whole("rows", 1)) (o.Whole("cols", o.Whole("rows", 1))))
    | _ -> None

let private elementwise: Map<string, Tensor -> Tensor> =
    Map.ofList
        [ "neg", Tensor.neg
          "abs", Tensor.abs
          "sign", Tensor.sign
          "floor", Tensor.floor
          "ceil", Tensor.ceil
          "round", Tensor.round
          "relu", Tensor.relu
          "leakyRelu", Activation.leakyRelu 0.01
          "sigmoid", Tensor.sigmoid
          "softplus", Tensor.softplus
          "exp", Tensor.exp
          "log", Tensor.log
          "log10", (fun x -> Tensor.log x / log 10.0)
          "sqrt", Tensor.sqrt
          "sin", Tensor.sin
          "cos", Tensor.cos
          "tan", Tensor.tan
          "sinh", Tensor.sinh
          "cosh", Tensor.cosh
          "tanh", Tensor.tanh
          "asin", Tensor.asin
          "acos", Tensor.acos
          "atan", Tensor.atan
          "isinf", Tensor.isInf
          "isnan", Tensor.isNan
          "squeeze", Tensor.squeeze
          "trace", Tensor.trace
          "normalize", (fun x -> (x - Tensor.min x) / (Tensor.max x - Tensor.min x))
          "standardize", (fun x -> (x - Tensor.mean x) / Tensor.sqrt (Tensor.varianceOf 1 [ 0 .. x.Rank - 1 ] false x)) ]

let private ofTwo: Map<string, Tensor -> Tensor -> Tensor> =
    Map.ofList
        [ "add", Tensor.add
          "sub", Tensor.sub
          "mul", Tensor.mul
          "div", Tensor.div
          "pow", Tensor.pow
          "lt", Tensor.less
          "le", Tensor.lessEqual
          "gt", Tensor.greater
          "ge", Tensor.greaterEqual
          "eq", Tensor.equal
          "ne", Tensor.notEqual
          "max", Tensor.maximum
          "min", Tensor.minimum
          "matmul", Tensor.matmul
          "bmm", Tensor.matmul
          "dot", Tensor.dot
          "outer", (fun a b -> Tensor.expandDims -1 a * Tensor.expandDims -2 b)
          "expandAs", (fun a b -> expanded b.Shape a)
          "viewAs", (fun a b -> Tensor.reshape b.Shape a) ]

let private reductions: Map<string, Options -> Tensor -> Tensor> =
    Map.ofList
        [ "sum", (fun o x -> reduced o x Tensor.sum Tensor.sumOver Tensor.sumKeep)
          "mean", (fun o x -> reduced o x Tensor.mean Tensor.meanOver Tensor.meanKeep)
          "max", (fun o x -> reduced o x Tensor.max Tensor.maxOver Tensor.maxKeep)
          "min", (fun o x -> reduced o x Tensor.min Tensor.minOver Tensor.minKeep)
          "logsumexp", (fun o x -> reduced o x Tensor.logSumExp Tensor.logSumExpOver Tensor.logSumExpKeep)
          "var", variance
          "std", (fun o x -> Tensor.sqrt (variance o x))
          "norm", norm
          "argmax", argOf Tensor.argmax
          "argmin", argOf Tensor.argmin
          "softmax", (fun o x -> Tensor.softmax (o.Whole("dim", -1)) x)
          "logsoftmax", (fun o x -> Tensor.logSoftmax (o.Whole("dim", -1)) x) ]

let private shaping: Map<string, Options -> Tensor -> Tensor> =
    Map.ofList
        [ "view", (fun o x -> Tensor.reshape (o.Wholes "shape") x)
          "sumToSize", (fun o x -> sumToSize (o.Wholes "shape") x)
          "expand", (fun o x -> expanded (o.Wholes "newShape") x)
          "index", picked
          "diagonal", (fun o x -> diagonal (o.Whole("offset", 0)) x)
          "permute", (fun o x -> Tensor.permute (o.Wholes "permutation") x)
          "unsqueeze", (fun o x -> Tensor.expandDims (o.Whole("dim", 0)) x)
          "flip", (fun o x -> Tensor.flip (o.Wholes "dims") x)
          "pad", (fun o x -> Tensor.pad [ for n in o.Wholes "paddings" -> n, n ] x)
          "dilate", (fun o x -> dilated (o.Wholes "dilations") x)
          "undilate", (fun o x -> undilated (o.Wholes "dilations") x)
          "transpose",
          (fun o x ->
              match o.TryWhole "dim0", o.TryWhole "dim1" with
              | Some i, Some j -> Tensor.swapAxes i j x
              | _ -> Tensor.transpose x)
          "clamp", (fun o x -> Tensor.clamp (o.Number("low", -infinity)) (o.Number("high", infinity)) x)
          "safelog", (fun o x -> Tensor.log (Tensor.maximum x (numberLike x (o.Number("epsilon", 1e-12))))) ]

/// The operations of windows, by the number of spatial axes.
let private windows: Map<string, Options -> int -> Tensor list -> Tensor list> =
    let two f o axes (xs: Tensor list) = [ f o axes xs[0] xs[1] ]

    let maxPool o axes (xs: Tensor list) =
        let values, indices = Tensor.maxPool2dWithIndices (poolOf o axes true) (toImage xs.Head)
        [ ofImage axes values; ofImage axes indices ]

    Map.ofList
        [ "conv", two convolved
          "convTranspose", two transposedConvolution
          "maxpool", maxPool
          "maxunpool", two unpooled
          "avgpool", (fun o axes xs -> [ averagePool o axes xs.Head ]) ]

/// The kind of an operation of windows, and its number of spatial axes: "conv" and 1 of "conv1d".
let private windowName (name: string) =
    match name.IndexOfAny [| '1'; '2'; '3' |] with
    | i when i > 0 && windows.ContainsKey(name.Substring(0, i)) -> Some(name.Substring(0, i), int name[i] - int '0')
    | _ -> None

let private several name (o: Options) (named: string -> Tensor option) (xs: Tensor list) : Tensor list =
    let axis = o.Whole("dim", 0)

    match name with
    | "stack" -> [ Tensor.stack axis xs ]
    | "cat" -> [ Tensor.concat axis xs ]
    | "split" -> Tensor.split axis (o.Wholes "sizes") xs.Head
    | "unstack" -> Tensor.unstack axis xs.Head
    | "addSlice" ->
        let x, part = xs[0], xs[1]
        let location = o.Wholes "location"
        let paddings = List.map3 (fun start n m -> start, m - start - n) location part.Shape x.Shape
        [ x + Tensor.pad paddings part ]
    | "gather" -> [ Tensor.takeAlong axis (named "indices").Value xs.Head ]
    | "scatter" -> [ scattered axis (o.Wholes "destinationShape") (named "indices").Value xs.Head ]
    | "cov" -> [ cov (o.Number("correction", 1.0)) (named "fweights") (named "aweights") xs.Head ]
    | "corrcoef" -> [ corrcoef xs.Head ]
    | "nllLoss" -> [ negativeLogLikelihood o (named "weight") (named "target").Value xs.Head ]
    | "crossEntropyLoss" ->
        [ negativeLogLikelihood o (named "weight") (named "target").Value (Tensor.logSoftmax 1 xs.Head) ]
    | "mseLoss" -> [ ofElements o (Tensor.square (xs.Head - (named "target").Value)) ]
    | "bceLoss" ->
        let y, p = (named "target").Value, xs.Head
        [ ofElements o (-(y * Tensor.log p + (1.0 - y) * Tensor.log (1.0 - p))) ]
    | name -> unsupported $"no %s{name}"

/// The results of an operation, from its options, its named arguments and its others.
let apply (name: string) (o: Options) (named: string -> Tensor option) (xs: Tensor list) : Tensor list =
    match creation name o, xs with
    | Some made, _ -> [ made ]
    | None, [ x ] when elementwise.ContainsKey name -> [ elementwise[name] x ]
    | None, [ a; b ] when ofTwo.ContainsKey name -> [ ofTwo[name] a b ]
    | None, [ x ] when reductions.ContainsKey name -> [ reductions[name] o x ]
    | None, [ x ] when shaping.ContainsKey name -> [ shaping[name] o x ]
    | None, xs ->
        match windowName name with
        | Some(_, 3) -> unsupported "images of three dimensions"
        | Some(kind, axes) -> windows[kind] o axes xs
        | None -> several name o named xs
