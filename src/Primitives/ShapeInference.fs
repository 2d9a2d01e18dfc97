/// The shape rule: the signatures of what a primitive gives, or the error that says why it cannot be applied.
module internal Functional.ShapeInference

// Names are spelled out: the text that F# itself gives of a case is found by reflection, which every start of a program
// would pay for.
let private nameOfReduction reduction =
    match reduction with
    | Reduction.Sum -> "sum"
    | Reduction.Max -> "max"
    | Reduction.Min -> "min"
    | Reduction.All -> "all"
    | Reduction.Any -> "any"

/// The name of a primitive in errors and printed graphs.
let name op =
    match op with
    | Op.Unary u -> (ElementwiseOperations.ofUnary u).Name
    | Op.Binary b -> (ElementwiseOperations.ofBinary b).Name
    | Op.Compare c -> (ElementwiseOperations.ofComparison c).Name
    | Op.Where -> "where"
    | Op.Cast _ -> "cast"
    | Op.Broadcast _ -> "broadcast"
    | Op.Reshape _ -> "reshape"
    | Op.Transpose _ -> "transpose"
    | Op.Slice _ -> "slice"
    | Op.Pad _ -> "pad"
    | Op.Flip _ -> "flip"
    | Op.Concat _ -> "concat"
    | Op.Gather _ -> "gather"
    | Op.ScatterAdd _ -> "scatterAdd"
    | Op.Reduce(r, _) -> nameOfReduction r
    | Op.ArgMax _ -> "argmax"
    | Op.ArgMin _ -> "argmin"
    | Op.CumSum _ -> "cumsum"
    | Op.MatMul -> "matmul"
    | Op.Sort _ -> "sort"
    | Op.Convolution _ -> "conv2d"
    | Op.ConvolutionInput _ -> "conv2dTranspose"
    | Op.ConvolutionKernel _ -> "conv2dKernel"
    | Op.MaxPool _ -> "maxPool2d"
    | Op.PoolGather _ -> "poolGather"
    | Op.PoolScatter _ -> "poolScatter"
    | Op.Attention _ -> "attention"
    | Op.AttentionGradient _ -> "attentionGradient"
    | Op.KeySplit _ -> "Key.split"
    | Op.KeyFold -> "Key.fold"
    | Op.RandomUniform _ -> "Random.uniform"
    | Op.RandomNormal _ -> "Random.normal"
    | Op.RandomBits _ -> "Random.bits"
    | Op.StopGradient -> "stopGradient"
    | Op.Barrier _ -> "barrier"
    | Op.Custom f -> f.Name
    | Op.Scan _ -> "scan"

/// The error of a primitive that was given too many arguments, or too few.
let wrongCount op count =
    Fail.argument (name op) "arguments" (count: int) "is not the number of arguments that it takes."

/// The error of an argument whose type is not among those that `accepted` holds for; `takes` names these.
let private demand op accepted takes (a: Signature) =
    if not (accepted a.DType) then
        Fail.dtypes (name op) [ "the argument", a.DType ] $"takes {takes}; cast it with Tensor.cast"

let private demandNumbers op (a: Signature) = demand op (fun dtype -> dtype <> Bool) "numbers" a

let private demandBool op (a: Signature) = demand op ((=) Bool) "bool" a

let private demandAccepted op (accepts: ElementwiseOperations.Accepted) (a: Signature) =
    if not (accepts.Fits a.DType) then
        demand op accepts.Fits accepts.Description a

let private demandOneType op (a: Signature) (b: Signature) =
    if a.DType <> b.DType then
        Fail.dtypes
            (name op)
            [ "the left", a.DType; "the right", b.DType ]
            "both sides must have one type; cast one with Tensor.cast, for example Tensor.cast Float32 x"

let private demandOneShape op (a: Signature) (b: Signature) =
    if a.Shape <> b.Shape then
        Fail.shapes (name op) [ "left", a.Shape; "right", b.Shape ] "the shapes differ; broadcast one to the other."

let private unary op u (a: Signature) =
    demandAccepted op (ElementwiseOperations.ofUnary u).Accepts a
    a

let private binary op b (x: Signature) (y: Signature) =
    demandOneType op x y
    demandOneShape op x y
    demandAccepted op (ElementwiseOperations.ofBinary b).Accepts x
    x

let private compare op c (x: Signature) (y: Signature) =
    demandOneType op x y
    demandOneShape op x y
    demandAccepted op (ElementwiseOperations.ofComparison c).Accepts x
    { x with DType = Bool }

let private where op (condition: Signature) (x: Signature) (y: Signature) =
    if condition.DType <> Bool then
        Fail.dtypes (name op) [ "the condition", condition.DType ] "the condition must be bool; compare first"

    demandOneType op x y
    demandOneShape op x y
    demandOneShape op condition x
    x

let private checkAxis op shape axis = Fail.checkAxis (name op) shape axis |> ignore

/// An error, in the name of `operation`, for a shape with a negative length or more elements than one array can hold.
let checkShape operation (shape: Shape) =
    if shape |> List.exists (fun n -> n < 0) then
        Fail.argument operation "shape" shape "has a negative length; every axis has 0 or more elements."

    let size = (1.0, shape) ||> List.fold (fun size n -> size * float n)

    if size > float System.Array.MaxLength then
        Fail.argument
            operation
            "shape"
            shape
            $"would have {Fail.grouped size} elements; one tensor holds at most {Fail.mostElements}."

/// The length of an axis that was computed in 64 bits; more than 2^31 - 1 elements are an error.
let private axisLength op (n: int64) : int =
    if n > int64 System.Int32.MaxValue then
        Fail.argument
            (name op)
            "length"
            (Fail.grouped (float n))
            $"is too long for an axis; it has at most {Fail.grouped (float System.Int32.MaxValue)} elements."

    int n

let private broadcast op (target: Shape) (a: Signature) =
    checkShape (name op) target
    let missing = target.Length - a.Shape.Length

    let fits = missing >= 0 && List.forall2 (fun n m -> n = m || n = 1) a.Shape (List.skip missing target)

    if not fits then
        Fail.shapes
            (name op)
            [ "from", a.Shape; "to", target ]
            "counted from the last axis, lengths must be equal or 1 in the one that is repeated."

    { a with Shape = target }

let private reshape op (shape: Shape) (a: Signature) =
    checkShape (name op) shape

    if Shape.size shape <> Shape.size a.Shape then
        Fail.shapes
            (name op)
            [ "from", a.Shape; "to", shape ]
            $"{Shape.size a.Shape} elements cannot take a shape of {Shape.size shape}."

    { a with Shape = shape }

let private transpose op perm (a: Signature) =
    if List.sort perm <> [ 0 .. a.Shape.Length - 1 ] then
        Fail.shapes (name op) [ "tensor", a.Shape; "order", perm ] "the order must name each axis of the tensor once."

    { a with Shape = perm |> List.map (fun i -> a.Shape[i]) }

let private slice op (ranges: Range list) (a: Signature) =
    if ranges.Length <> a.Shape.Length then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"{ranges.Length} ranges were given; give one for each axis."

    (ranges, a.Shape)
    ||> List.iteri2 (fun i r n ->
        if r.Start < 0 || r.Stop < r.Start || r.Stop > n || r.Step < 1 then
            Fail.shapes
                (name op)
                [ "tensor", a.Shape ]
                $"the range %d{r.Start}..%d{r.Stop} by %d{r.Step} does not lie in axis {i}, of length {n}.")

    { a with Shape = ranges |> List.map _.Count }

let private pad op (paddings: Padding list) (a: Signature) =
    if paddings.Length <> a.Shape.Length then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"{paddings.Length} paddings were given; give one for each axis."

    for p in paddings do
        if p.Low < 0 || p.High < 0 || p.Interior < 0 then
            Fail.argument
                (name op)
                "padding"
                $"({string p.Low}, {string p.High})"
                "is negative; use a slice to cut elements away."

    { a with
        Shape =
            (paddings, a.Shape)
            ||> List.map2 (fun p n ->
                int64 p.Low + int64 p.High + int64 n + int64 p.Interior * int64 (max 0 (n - 1)) |> axisLength op) }

let private flip op axes (a: Signature) =
    axes |> List.iter (checkAxis op a.Shape)
    a

let private concat op axis (args: Signature list) =
    if args.IsEmpty then
        wrongCount op 0

    let first = args.Head
    checkAxis op first.Shape axis

    for other in args.Tail do
        demandOneType op first other

        let fits =
            other.Shape.Length = first.Shape.Length
            && List.forall id (List.mapi2 (fun i n m -> i = axis || n = m) first.Shape other.Shape)

        if not fits then
            Fail.shapes
                (name op)
                [ "first", first.Shape; "other", other.Shape ]
                $"all shapes must agree but for axis {axis}, along which they are joined."

    { first with
        Shape =
            first.Shape
            |> List.updateAt axis (args |> List.sumBy (fun a -> int64 a.Shape[axis]) |> axisLength op) }

/// The shape with the axis replaced by the axes of the indices.
let private gathered axis (shape: Shape) (indices: Shape) = List.take axis shape @ indices @ List.skip (axis + 1) shape

let private demandIndices op (indices: Signature) =
    if indices.DType <> Int32 then
        Fail.dtypes
            (name op)
            [ "the indices' type", indices.DType ]
            "indices must be int32; cast them with Tensor.cast Int32"

let private gather op axis (a: Signature) (indices: Signature) =
    checkAxis op a.Shape axis
    demandIndices op indices
    { a with Shape = gathered axis a.Shape indices.Shape }

let private scatterAdd op axis (a: Signature) (indices: Signature) (updates: Signature) =
    checkAxis op a.Shape axis
    demandIndices op indices
    demandOneType op a updates
    demandNumbers op a
    let expected = gathered axis a.Shape indices.Shape

    if updates.Shape <> expected then
        Fail.shapes
            (name op)
            [ "tensor", a.Shape; "indices", indices.Shape; "updates", updates.Shape; "expected", expected ]
            "the updates' shape is the tensor's with the axis replaced by the indices' shape."

    a

let private reduce op reduction axes (a: Signature) =
    axes |> List.iter (checkAxis op a.Shape)

    match reduction with
    | Reduction.Sum -> demandNumbers op a
    | Reduction.Max
    | Reduction.Min ->
        demandNumbers op a

        if axes |> List.exists (fun i -> a.Shape[i] = 0) then
            Fail.shapes (name op) [ "tensor", a.Shape ] "there is no extreme of no elements; reduce a non-empty axis."
    | Reduction.All
    | Reduction.Any -> demandBool op a

    { a with
        Shape = a.Shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes)) |> List.map snd }

let private argExtreme op axis (a: Signature) =
    checkAxis op a.Shape axis
    demandNumbers op a

    if a.Shape[axis] = 0 then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"axis {axis} has no elements; there is no extreme of none."

    { Shape = List.removeAt axis a.Shape; DType = Int32 }

let private cumsum op axis (a: Signature) =
    checkAxis op a.Shape axis
    demandNumbers op a
    a

let private sort op (a: Signature) =
    if a.Shape.IsEmpty then
        Fail.axis (name op) -1 a.Shape

    [ a; { a with DType = Int32 } ]

let private matmul op (a: Signature) (b: Signature) =
    let shapes = [ "left", a.Shape; "right", b.Shape ]
    demandOneType op a b
    demandNumbers op a
    let r = a.Shape.Length

    if r < 2 || b.Shape.Length <> r then
        Fail.shapes (name op) shapes "both sides need the same number of axes, two or more."

    if List.take (r - 2) a.Shape <> List.take (r - 2) b.Shape then
        Fail.shapes (name op) shapes "the batch axes (all but the last two) differ."

    if a.Shape[r - 1] <> b.Shape[r - 2] then
        Fail.shapes
            (name op)
            shapes
            $"the left has {a.Shape[r - 1]} columns but the right has {b.Shape[r - 2]} rows; they must be equal."

    { a with Shape = List.updateAt (r - 1) b.Shape[r - 1] a.Shape }

let private keyBatch op (key: Signature) =
    match List.rev key.Shape with
    | 2 :: batch when key.DType = Int32 -> List.rev batch
    | _ ->
        Fail.shapes
            (name op)
            [ "key", key.Shape ]
            "a key is an int32 tensor of shape [..., 2]; make one with Key.ofInt."

let private keySplit op n (key: Signature) =
    if n < 0 then
        Fail.argument (name op) "n" n "is negative; ask for 0 keys or more."

    { key with Shape = keyBatch op key @ [ n; 2 ] }

let private keyFold op (key: Signature) (data: Signature) =
    if data.DType <> Int32 || data.Shape <> keyBatch op key then
        Fail.shapes (name op) [ "key", key.Shape; "data", data.Shape ] "the data is one int32 number for each key."

    key

let private randomBits op (shape: Shape) (key: Signature) =
    checkShape (name op) shape
    { Shape = keyBatch op key @ shape; DType = Int32 }

let private randomFloats op (shape: Shape) (dtype: DType) (key: Signature) =
    if not dtype.IsFloat then
        Fail.dtypes (name op) [ "the wanted type", dtype ] "gives float32, float64, float16 or bfloat16"

    { randomBits op shape key with DType = dtype }

let private outputSignature (graph: Graph) (r: Ref) =
    match graph.Nodes[r.Node] with
    | Node.Input(_, signature) -> signature
    | Node.Constant buffer -> buffer.Signature
    | Node.Compute(_, _, signatures) -> signatures[r.Result]

let private scan op (scan: Scan) (args: Signature list) =
    let body = scan.Body

    if args.Length <> body.Inputs.Length || args.Length < scan.Carries + scan.Sequences then
        wrongCount op args.Length

    (body.Inputs, List.indexed args)
    ||> List.iter2 (fun input (i, arg) ->
        let isSequence = i >= scan.Carries && i < scan.Carries + scan.Sequences
        let expected = if isSequence then scan.Length :: input.Shape else input.Shape

        if arg.Shape <> expected || arg.DType <> input.DType then
            Fail.shapes
                (name op)
                [ $"argument {i}", arg.Shape; "expected", expected ]
                $"the step was written for {input.DType} of this shape; the argument is {arg.DType}.")

    let results = body.Outputs |> List.map (fun r -> outputSignature body r)
    let carries, given = List.splitAt scan.Carries results

    List.zip carries (List.take scan.Carries args)
    |> List.iteri (fun i (after, before) ->
        if after <> before then
            Fail.shapes
                (name op)
                [ $"carry {i} before a step", before.Shape; "after it", after.Shape ]
                $"a carry keeps its shape and type ({before.DType}; after a step it is {after.DType}).")

    carries @ (given |> List.map (fun g -> { g with Shape = scan.Length :: g.Shape }))

let inline private one ([<InlineIfLambda>] rule: Signature -> Signature) op args =
    match args with
    | [ a ] -> [ rule a ]
    | _ -> wrongCount op (List.length args)

let inline private two ([<InlineIfLambda>] rule: Signature -> Signature -> Signature) op args =
    match args with
    | [ a; b ] -> [ rule a b ]
    | _ -> wrongCount op (List.length args)

let inline private three ([<InlineIfLambda>] rule: Signature -> Signature -> Signature -> Signature) op args =
    match args with
    | [ a; b; c ] -> [ rule a b c ]
    | _ -> wrongCount op (List.length args)

/// The primitives of two results.
let private pair (rule: Signature -> Signature list) op args =
    match args with
    | [ a ] -> rule a
    | _ -> wrongCount op (List.length args)

let private maxPool op pool x =
    let values = ConvolutionShapes.pooled (name op) pool x
    [ values; { values with DType = Int32 } ]

let private infer op (args: Signature list) : Signature list =
    match op with
    | Op.Unary u -> one (fun a -> unary op u a) op args
    | Op.Binary b -> two (fun x y -> binary op b x y) op args
    | Op.Compare c -> two (fun x y -> compare op c x y) op args
    | Op.Where -> three (fun condition x y -> where op condition x y) op args
    | Op.Cast dtype -> one (fun a -> { a with DType = dtype }) op args
    | Op.Broadcast shape -> one (fun a -> broadcast op shape a) op args
    | Op.Reshape shape -> one (fun a -> reshape op shape a) op args
    | Op.Transpose perm -> one (fun a -> transpose op perm a) op args
    | Op.Slice ranges -> one (fun a -> slice op ranges a) op args
    | Op.Pad(paddings, _) -> one (fun a -> pad op paddings a) op args
    | Op.Flip axes -> one (fun a -> flip op axes a) op args
    | Op.Concat axis -> [ concat op axis args ]
    | Op.Gather axis -> two (fun a indices -> gather op axis a indices) op args
    | Op.ScatterAdd axis -> three (fun a indices updates -> scatterAdd op axis a indices updates) op args
    | Op.Reduce(reduction, axes) -> one (fun a -> reduce op reduction axes a) op args
    | Op.ArgMax axis
    | Op.ArgMin axis -> one (fun a -> argExtreme op axis a) op args
    | Op.CumSum axis -> one (fun a -> cumsum op axis a) op args
    | Op.MatMul -> two (fun a b -> matmul op a b) op args
    | Op.Convolution window -> two (fun x k -> ConvolutionShapes.convolution (name op) window x k) op args
    | Op.ConvolutionInput(window, size) ->
        two (fun y k -> ConvolutionShapes.convolutionInput (name op) window size y k) op args
    | Op.ConvolutionKernel(window, size) ->
        two (fun x y -> ConvolutionShapes.convolutionKernel (name op) window size x y) op args
    | Op.MaxPool pool -> pair (maxPool op pool) op args
    | Op.PoolGather pool -> two (fun x indices -> ConvolutionShapes.poolGather (name op) pool x indices) op args
    | Op.PoolScatter(pool, size) ->
        two (fun y indices -> ConvolutionShapes.poolScatter (name op) pool size y indices) op args
    | Op.Sort _ -> pair (sort op) op args
    | Op.Attention _ -> AttentionShapes.forward (name op) args
    | Op.AttentionGradient _ -> AttentionShapes.gradient (name op) args
    | Op.KeySplit n -> one (fun key -> keySplit op n key) op args
    | Op.KeyFold -> two (fun key data -> keyFold op key data) op args
    | Op.RandomUniform(shape, dtype)
    | Op.RandomNormal(shape, dtype) -> one (fun key -> randomFloats op shape dtype key) op args
    | Op.RandomBits shape -> one (fun key -> randomBits op shape key) op args
    | Op.StopGradient
    | Op.Barrier _ -> one (fun a -> a) op args
    | Op.Custom _ ->
        Fail.argument (name op) "backend" "the primitive" "runs functions of the core only, never on a backend."
    | Op.Scan s -> scan op s args

/// The signatures of the results of `op`.
let signatures op (args: Signature list) : Signature list =
    let results = infer op args

    for result in results do
        checkShape (name op) result.Shape

    results
