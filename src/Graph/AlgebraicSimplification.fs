/// Algebraic simplification: each node in its simplest form. Every rule keeps the value of each element, but for the
/// sign of a zero (x + 0) and the order in which a sum is taken (a broadcast that is summed again becomes a product).
module internal Functional.AlgebraicSimplification

open Functional

let private shapeOf (b: Rewrite.Builder) r = (b.Signature r).Shape

/// Whether a transposition keeps the elements in their order, because it moves axes of length 1 only.
let private keepsOrder (perm: int list) (shape: Shape) =
    let long = perm |> List.filter (fun i -> shape[i] <> 1)
    long = List.sort long

/// The other argument, where one of them is the operation's identity.
let private withoutIdentity (b: Rewrite.Builder) op x y =
    let row = ElementwiseOperations.ofBinary op
    let isAll (identity: float voption) r = identity.IsSome && b.Uniform r = identity

    if isAll row.RightIdentity y then Some x
    elif isAll row.LeftIdentity x then Some y
    else None

/// Sums and differences of negated values: x + (-y) and (-x) + y are differences, x - (-y) is a sum.
let private withoutNegation (b: Rewrite.Builder) op x y =
    match op with
    | Binary.Add ->
        match b.Source x, b.Source y with
        | _, Some(Op.Unary Unary.Neg, [ y ]) -> Some(b.Apply(Op.Binary Binary.Sub, [ x; y ]))
        | Some(Op.Unary Unary.Neg, [ x ]), _ -> Some(b.Apply(Op.Binary Binary.Sub, [ y; x ]))
        | _ -> PadAddToConcat.tryConcat b x y
    | Binary.Sub ->
        match b.Source y with
        | Some(Op.Unary Unary.Neg, [ y ]) -> Some(b.Apply(Op.Binary Binary.Add, [ x; y ]))
        | _ -> None
    | Binary.Mul
    | Binary.Div
    | Binary.FloorDiv
    | Binary.Mod
    | Binary.Pow
    | Binary.Maximum
    | Binary.Minimum
    | Binary.And
    | Binary.Or -> None

let private trySimplifyBinary (b: Rewrite.Builder) op x y =
    withoutIdentity b op x y |> Option.orElseWith (fun () -> withoutNegation b op x y)

/// The sum over `axes` of x repeated to `shape`: repeated axes are counted, the others are summed.
let private sumOfBroadcast (b: Rewrite.Builder) (shape: Shape) (axes: int list) x =
    let inner = shapeOf b x
    let missing = shape.Length - inner.Length
    let length i = if i < missing then 1 else inner[i - missing]
    let repeated = axes |> List.filter (fun i -> length i <> shape[i])

    if repeated.IsEmpty || not (b.Signature x).DType.IsFloat then
        None
    else
        let count = repeated |> List.fold (fun n i -> n * float shape[i]) 1.0
        let kept = [ 0 .. shape.Length - 1 ] |> List.filter (fun i -> not (List.contains i repeated))
        let shorter = b.Apply(Op.Reshape(kept |> List.map length), [ x ])
        let wide = b.Apply(Op.Broadcast(kept |> List.map (fun i -> shape[i])), [ shorter ])

        let rest = kept |> List.indexed |> List.filter (fun (_, i) -> List.contains i axes) |> List.map fst

        let summed = if rest.IsEmpty then wide else b.Apply(Op.Reduce(Reduction.Sum, rest), [ wide ])
        Some(summed, count)

/// A choice of one side only, or between equal values.
let private trySimplifyWhere (b: Rewrite.Builder) condition x y =
    match b.Uniform condition with
    | ValueSome 0.0 -> Some y
    | ValueSome _ -> Some x
    | ValueNone -> if x = y then Some x else None

/// A broadcast to its argument's own shape, or of a broadcast.
let private trySimplifyBroadcast (b: Rewrite.Builder) shape x =
    match b.Source x with
    | _ when shapeOf b x = shape -> Some x
    | Some(Op.Broadcast _, [ x ]) -> Some(b.Apply(Op.Broadcast shape, [ x ]))
    | _ -> None

/// A reshape to its argument's own shape, or of a reshape.
let private trySimplifyReshape (b: Rewrite.Builder) shape x =
    match b.Source x with
    | _ when shapeOf b x = shape -> Some x
    | Some(Op.Reshape _, [ inner ]) ->
        Some(if shapeOf b inner = shape then inner else b.Apply(Op.Reshape shape, [ inner ]))
    | _ -> None

/// A transposition that moves no element, or of a transposition.
let private trySimplifyTranspose (b: Rewrite.Builder) perm x =
    let shape = shapeOf b x

    if keepsOrder perm shape then
        let moved = perm |> List.map (fun i -> shape[i])
        Some(if moved = shape then x else b.Apply(Op.Reshape moved, [ x ]))
    else
        match b.Source x with
        | Some(Op.Transpose first, [ x ]) ->
            let both = perm |> List.map (fun i -> first[i])
            Some(if both = List.sort both then x else b.Apply(Op.Transpose both, [ x ]))
        | _ -> None

/// A reduction of axes of length 1, or the sum of a broadcast.
let private trySimplifyReduce (number: Signature -> float -> Node) (b: Rewrite.Builder) reduction (axes: int list) x =
    let shape = shapeOf b x

    if axes |> List.forall (fun i -> shape[i] = 1) then
        let kept = shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes))
        Some(if axes.IsEmpty then x else b.Apply(Op.Reshape(List.map snd kept), [ x ]))
    else
        match reduction, b.Source x with
        | Reduction.Sum, Some(Op.Broadcast wide, [ inner ]) ->
            sumOfBroadcast b wide axes inner
            |> Option.map (fun (summed, count) ->
                let factor = b.Add(number (b.Signature summed) count)
                b.Apply(Op.Binary Binary.Mul, [ summed; factor ]))
        | _ -> None

/// A simpler form of a primitive's application, if a rule applies.
let private trySimplify (number: Signature -> float -> Node) (b: Rewrite.Builder) op (args: Ref list) : Ref option =
    match op, args with
    | Op.Binary op, [ x; y ] -> trySimplifyBinary b op x y
    | Op.Unary op, [ x ] when (ElementwiseOperations.ofUnary op).IsInvolution ->
        match b.Source x with
        | Some(Op.Unary inner, [ x ]) when inner = op -> Some x
        | _ -> None
    | Op.Where, [ condition; x; y ] -> trySimplifyWhere b condition x y
    | Op.Cast dtype, [ x ] when (b.Signature x).DType = dtype -> Some x
    | Op.Broadcast shape, [ x ] -> trySimplifyBroadcast b shape x
    | Op.Reshape shape, [ x ] -> trySimplifyReshape b shape x
    | Op.Transpose perm, [ x ] -> trySimplifyTranspose b perm x
    | Op.Slice ranges, [ x ] when
        List.forall2 (fun (r: Range) n -> r.Start = 0 && r.Stop = n && r.Step = 1) ranges (shapeOf b x)
        ->
        Some x
    | Op.Pad(paddings, _), [ x ] when paddings |> List.forall (fun p -> p.Low = 0 && p.High = 0 && p.Interior = 0) ->
        Some x
    | Op.Concat _, [ x ] -> Some x
    | Op.Flip [], [ x ] -> Some x
    | Op.Reduce(reduction, axes), [ x ] -> trySimplifyReduce number b reduction axes x
    | Op.StopGradient, [ x ] -> Some x
    | _ -> None

/// Simplifies every node. `number` makes a constant of a signature whose elements are all one number.
let apply number (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun builder node ->
        match node with
        | Node.Compute(op, args, _) ->
            // what a rule gives may itself be simplified further
            let rec again (r: Ref) =
                match builder.Source r with
                | Some(op, args) ->
                    match trySimplify number builder op args with
                    | Some simpler when simpler <> r -> again simpler
                    | _ -> r
                | None -> r

            trySimplify number builder op args |> Option.map (fun r -> [ again r ])
        | Node.Input _
        | Node.Constant _ -> None)
