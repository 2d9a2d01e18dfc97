/// The shape rule: the signatures of what a primitive gives, or the error that says why it cannot be applied.
module internal Functional.ShapeInference

// Spelled out: the text that F# itself gives of a case is found by reflection, which every start of a program would pay
// for.
let private nameOfUnary x =
    match x with
    | Unary.Neg -> "neg"
    | Unary.Abs -> "abs"
    | Unary.Sign -> "sign"
    | Unary.Floor -> "floor"
    | Unary.Ceil -> "ceil"
    | Unary.Round -> "round"
    | Unary.Exp -> "exp"
    | Unary.Expm1 -> "expm1"
    | Unary.Log -> "log"
    | Unary.Log1p -> "log1p"
    | Unary.Sqrt -> "sqrt"
    | Unary.Rsqrt -> "rsqrt"
    | Unary.Sin -> "sin"
    | Unary.Cos -> "cos"
    | Unary.Tan -> "tan"
    | Unary.Asin -> "asin"
    | Unary.Acos -> "acos"
    | Unary.Atan -> "atan"
    | Unary.Sinh -> "sinh"
    | Unary.Cosh -> "cosh"
    | Unary.Tanh -> "tanh"
    | Unary.Sigmoid -> "sigmoid"
    | Unary.Softplus -> "softplus"
    | Unary.Erf -> "erf"
    | Unary.Relu -> "relu"
    | Unary.Not -> "not"

let private nameOfBinary x =
    match x with
    | Binary.Add -> "add"
    | Binary.Sub -> "sub"
    | Binary.Mul -> "mul"
    | Binary.Div -> "div"
    | Binary.FloorDiv -> "floorDiv"
    | Binary.Pow -> "pow"
    | Binary.Maximum -> "maximum"
    | Binary.Minimum -> "minimum"
    | Binary.And -> "and"
    | Binary.Or -> "or"

let private nameOfReduction x =
    match x with
    | Reduction.Sum -> "sum"
    | Reduction.Max -> "max"
    | Reduction.Min -> "min"
    | Reduction.All -> "all"
    | Reduction.Any -> "any"

/// The name of a primitive in errors and printed graphs.
let rec name op =
    match op with
    | Op.Unary u -> nameOfUnary u
    | Op.Binary b -> nameOfBinary b
    | Op.Compare c ->
        match c with
        | Comparison.Equal -> "equal"
        | Comparison.NotEqual -> "notEqual"
        | Comparison.Less -> "less"
        | Comparison.LessEqual -> "lessEqual"
        | Comparison.Greater -> "greater"
        | Comparison.GreaterEqual -> "greaterEqual"
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

let private castHint = "cast one with Tensor.cast, for example Tensor.cast Float32 x"

let private isNumber dtype = dtype <> Bool

let private demand op accepted takes (a: Signature) =
    if not (accepted a.DType) then
        Fail.dtypes (name op) [ "the argument", a.DType ] $"takes {takes}; cast it with Tensor.cast"

let private sameTypes op (a: Signature) (b: Signature) =
    if a.DType <> b.DType then
        Fail.dtypes (name op) [ "the left", a.DType; "the right", b.DType ] $"both sides must have one type; {castHint}"

let private sameShapes op (a: Signature) (b: Signature) =
    if a.Shape <> b.Shape then
        Fail.shapes (name op) [ "left", a.Shape; "right", b.Shape ] "the shapes differ; broadcast one to the other."

let private unary op u (a: Signature) =
    match u with
    | Unary.Not -> demand op ((=) Bool) "bool" a
    | Unary.Neg
    | Unary.Abs
    | Unary.Sign
    | Unary.Relu -> demand op isNumber "numbers" a
    | Unary.Floor
    | Unary.Ceil
    | Unary.Round
    | Unary.Exp
    | Unary.Expm1
    | Unary.Log
    | Unary.Log1p
    | Unary.Sqrt
    | Unary.Rsqrt
    | Unary.Sin
    | Unary.Cos
    | Unary.Tan
    | Unary.Asin
    | Unary.Acos
    | Unary.Atan
    | Unary.Sinh
    | Unary.Cosh
    | Unary.Tanh
    | Unary.Sigmoid
    | Unary.Softplus
    | Unary.Erf -> demand op _.IsFloat "float32 or float64" a

    a

let private binary op b (x: Signature) (y: Signature) =
    sameTypes op x y
    sameShapes op x y

    match b with
    | Binary.And
    | Binary.Or -> demand op ((=) Bool) "bool" x
    | Binary.Div -> demand op _.IsFloat "float32 or float64 (integers have floorDiv)" x
    | Binary.Add
    | Binary.Sub
    | Binary.Mul
    | Binary.FloorDiv
    | Binary.Pow
    | Binary.Maximum
    | Binary.Minimum -> demand op isNumber "numbers" x

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

let private checkNonNegative op shape = checkShape (name op) shape

let private broadcast op (target: Shape) (a: Signature) =
    checkNonNegative op target
    let missing = target.Length - a.Shape.Length

    let fits = missing >= 0 && List.forall2 (fun n m -> n = m || n = 1) a.Shape (List.skip missing target)

    if not fits then
        Fail.shapes
            (name op)
            [ "from", a.Shape; "to", target ]
            "counted from the last axis, lengths must be equal or 1 in the one that is repeated."

    { a with Shape = target }

let private slice op (ranges: Range list) (a: Signature) =
    if ranges.Length <> a.Shape.Length then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"{ranges.Length} ranges were given; give one for each axis."

    (ranges, a.Shape)
    ||> List.iteri2 (fun i r n ->
        if r.Start < 0 || r.Stop < r.Start || r.Stop > n || r.Step < 1 then
            Fail.shapes
                (name op)
                [ "tensor", a.Shape ]
                $"the range {r.Start}..{r.Stop} by {r.Step} does not lie in axis {i}, of length {n}.")

    { a with Shape = ranges |> List.map _.Count }

let private pad op (paddings: Padding list) (a: Signature) =
    if paddings.Length <> a.Shape.Length then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"{paddings.Length} paddings were given; give one for each axis."

    for p in paddings do
        if p.Low < 0 || p.High < 0 || p.Interior < 0 then
            Fail.argument (name op) "padding" $"({p.Low}, {p.High})" "is negative; use a slice to cut elements away."

    { a with
        Shape = (paddings, a.Shape) ||> List.map2 (fun p n -> p.Low + p.High + n + p.Interior * max 0 (n - 1)) }

let private concat op axis (args: Signature list) =
    let first = args.Head
    checkAxis op first.Shape axis

    for other in args.Tail do
        sameTypes op first other

        let fits =
            other.Shape.Length = first.Shape.Length
            && List.forall id (List.mapi2 (fun i n m -> i = axis || n = m) first.Shape other.Shape)

        if not fits then
            Fail.shapes
                (name op)
                [ "first", first.Shape; "other", other.Shape ]
                $"all shapes must agree but for axis {axis}, along which they are joined."

    { first with
        Shape = first.Shape |> List.updateAt axis (args |> List.sumBy (fun a -> a.Shape[axis])) }

let private gathered axis (shape: Shape) (indices: Shape) = List.take axis shape @ indices @ List.skip (axis + 1) shape

let private demandIndices op (indices: Signature) =
    if indices.DType <> Int32 then
        Fail.dtypes
            (name op)
            [ "the indices' type", indices.DType ]
            "indices must be int32; cast them with Tensor.cast Int32"

let private reduce op reduction axes (a: Signature) =
    axes |> List.iter (checkAxis op a.Shape)

    match reduction with
    | Reduction.Sum -> demand op isNumber "numbers" a
    | Reduction.Max
    | Reduction.Min ->
        demand op isNumber "numbers" a

        if axes |> List.exists (fun i -> a.Shape[i] = 0) then
            Fail.shapes (name op) [ "tensor", a.Shape ] "there is no extreme of no elements; reduce a non-empty axis."
    | Reduction.All
    | Reduction.Any -> demand op ((=) Bool) "bool" a

    { a with
        Shape = a.Shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes)) |> List.map snd }

let private argExtreme op axis (a: Signature) =
    checkAxis op a.Shape axis
    demand op isNumber "numbers" a

    if a.Shape[axis] = 0 then
        Fail.shapes (name op) [ "tensor", a.Shape ] $"axis {axis} has no elements; there is no extreme of none."

    { Shape = List.removeAt axis a.Shape; DType = Int32 }

let private matmul op (a: Signature) (b: Signature) =
    let shapes = [ "left", a.Shape; "right", b.Shape ]
    sameTypes op a b
    demand op isNumber "numbers" a
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

let private random op (shape: Shape) dtype key =
    checkNonNegative op shape

    { Shape = keyBatch op key @ shape; DType = dtype }

let private demandFloatType op (dtype: DType) =
    if not dtype.IsFloat then
        Fail.dtypes (name op) [ "the wanted type", dtype ] "gives float32 or float64"

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

let private infer op (args: Signature list) : Signature list =
    match op, args with
    | Op.Unary u, [ a ] -> [ unary op u a ]
    | Op.Binary b, [ x; y ] -> [ binary op b x y ]
    | Op.Compare c, [ x; y ] ->
        sameTypes op x y
        sameShapes op x y

        match c with
        | Comparison.Equal
        | Comparison.NotEqual -> ()
        | Comparison.Less
        | Comparison.LessEqual
        | Comparison.Greater
        | Comparison.GreaterEqual -> demand op isNumber "numbers" x

        [ { x with DType = Bool } ]
    | Op.Where, [ condition; x; y ] ->
        if condition.DType <> Bool then
            Fail.dtypes (name op) [ "the condition", condition.DType ] "the condition must be bool; compare first"

        sameTypes op x y
        sameShapes op x y
        sameShapes op condition x
        [ x ]
    | Op.Cast dtype, [ a ] -> [ { a with DType = dtype } ]
    | Op.Broadcast shape, [ a ] -> [ broadcast op shape a ]
    | Op.Reshape shape, [ a ] ->
        checkNonNegative op shape

        if Shape.size shape <> Shape.size a.Shape then
            Fail.shapes
                (name op)
                [ "from", a.Shape; "to", shape ]
                $"{Shape.size a.Shape} elements cannot take a shape of {Shape.size shape}."

        [ { a with Shape = shape } ]
    | Op.Transpose perm, [ a ] ->
        if List.sort perm <> [ 0 .. a.Shape.Length - 1 ] then
            Fail.shapes
                (name op)
                [ "tensor", a.Shape; "order", perm ]
                "the order must name each axis of the tensor once."

        [ { a with Shape = perm |> List.map (fun i -> a.Shape[i]) } ]
    | Op.Slice ranges, [ a ] -> [ slice op ranges a ]
    | Op.Pad(paddings, _), [ a ] -> [ pad op paddings a ]
    | Op.Flip axes, [ a ] ->
        axes |> List.iter (checkAxis op a.Shape)
        [ a ]
    | Op.Concat axis, _ :: _ -> [ concat op axis args ]
    | Op.Gather axis, [ a; indices ] ->
        checkAxis op a.Shape axis
        demandIndices op indices

        [ { a with Shape = gathered axis a.Shape indices.Shape } ]
    | Op.ScatterAdd axis, [ a; indices; updates ] ->
        checkAxis op a.Shape axis
        demandIndices op indices
        sameTypes op a updates
        demand op isNumber "numbers" a
        let expected = gathered axis a.Shape indices.Shape

        if updates.Shape <> expected then
            Fail.shapes
                (name op)
                [ "tensor", a.Shape; "indices", indices.Shape; "updates", updates.Shape; "expected", expected ]
                "the updates' shape is the tensor's with the axis replaced by the indices' shape."

        [ a ]
    | Op.Reduce(reduction, axes), [ a ] -> [ reduce op reduction axes a ]
    | (Op.ArgMax axis | Op.ArgMin axis), [ a ] -> [ argExtreme op axis a ]
    | Op.CumSum axis, [ a ] ->
        checkAxis op a.Shape axis
        demand op isNumber "numbers" a
        [ a ]
    | Op.MatMul, [ a; b ] -> [ matmul op a b ]
    | Op.Convolution window, [ x; kernel ] -> [ ConvolutionShapes.convolution (name op) window x kernel ]
    | Op.ConvolutionInput(window, size), [ y; kernel ] ->
        [ ConvolutionShapes.convolutionInput (name op) window size y kernel ]
    | Op.ConvolutionKernel(window, size), [ x; y ] -> [ ConvolutionShapes.convolutionKernel (name op) window size x y ]
    | Op.MaxPool pool, [ x ] ->
        let values = ConvolutionShapes.pooled (name op) pool x
        [ values; { values with DType = Int32 } ]
    | Op.PoolGather pool, [ x; indices ] -> [ ConvolutionShapes.poolGather (name op) pool x indices ]
    | Op.PoolScatter(pool, size), [ y; indices ] -> [ ConvolutionShapes.poolScatter (name op) pool size y indices ]
    | Op.Sort _, [ a ] ->
        if a.Shape.IsEmpty then
            Fail.axis (name op) -1 a.Shape

        [ a; { a with DType = Int32 } ]
    | Op.KeySplit n, [ key ] ->
        if n < 0 then
            Fail.argument (name op) "n" n "is negative; ask for 0 keys or more."

        [ { key with Shape = keyBatch op key @ [ n; 2 ] } ]
    | Op.KeyFold, [ key; data ] ->
        let batch = keyBatch op key

        if data.DType <> Int32 || data.Shape <> batch then
            Fail.shapes (name op) [ "key", key.Shape; "data", data.Shape ] "the data is one int32 number for each key."

        [ key ]
    | Op.RandomUniform(shape, dtype), [ key ]
    | Op.RandomNormal(shape, dtype), [ key ] ->
        demandFloatType op dtype
        [ random op shape dtype key ]
    | Op.RandomBits shape, [ key ] -> [ random op shape Int32 key ]
    | (Op.StopGradient | Op.Barrier _), [ a ] -> [ a ]
    | Op.Custom _, _ ->
        Fail.argument (name op) "backend" "the primitive" "runs functions of the core only, never on a backend."
    | Op.Scan s, _ -> scan op s args
    | (Op.Unary _ | Op.Binary _ | Op.Compare _ | Op.Where | Op.Cast _ | Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Pad _ | Op.Flip _ | Op.Concat _ | Op.Gather _ | Op.ScatterAdd _ | Op.Reduce _ | Op.ArgMax _ | Op.ArgMin _ | Op.CumSum _ | Op.MatMul | Op.Sort _ | Op.KeySplit _ | Op.KeyFold | Op.RandomUniform _ | Op.RandomNormal _ | Op.RandomBits _ | Op.StopGradient | Op.Barrier _),
      _ -> wrongCount op args.Length
    | (Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _ | Op.MaxPool _ | Op.PoolGather _ | Op.PoolScatter _),
      _ -> wrongCount op args.Length

/// The signatures of the results of `op`.
let signatures op (args: Signature list) : Signature list =
    let results = infer op args

    for result in results do
        checkShape (name op) result.Shape

    results
