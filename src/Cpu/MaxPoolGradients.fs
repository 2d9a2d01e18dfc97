/// Gradients of max poolings: masks and sums of them run at the size of the pooling's result, not at that of its image.
module internal Functional.MaxPoolGradients

open Functional

/// The value, or what it is another shape of.
let private unshaped (b: Rewrite.Builder) (r: Ref) =
    match b.Source r with
    | Some(Op.Reshape _, [ x ]) -> x
    | _ -> r

/// Matches the scatter of a max-pool gradient: (operation, cotangent, indices, image).
let private tryScatter (b: Rewrite.Builder) (r: Ref) =
    match b.Source r with
    | Some(Op.PoolScatter(pool, _) as op, [ given; indices ]) ->
        match b.Node indices with
        | Node.Compute(Op.MaxPool same, [ image ], _) when same = pool && indices.Result = 1 ->
            Some(struct (op, given, indices, image))
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None
    | _ -> None

/// Moves a mask in front of the scatter: a scattered gradient that is kept only where the image compares so with a
/// number, as the derivative of relu does. A window's cotangent goes to its largest element, which is the pooling's
/// result, so the result tells which cotangents are kept, NaN and infinities included, and overlapping windows add up
/// the same terms in the same order. Elsewhere both give zeros.
let private tryMask number (b: Rewrite.Builder) (condition: Ref) (x: Ref) : Ref option =
    match b.Source condition, tryScatter b (unshaped b x) with
    | Some(Op.Compare comparison, [ left; right ]), Some(struct (op, given, indices, image)) ->
        let compared =
            match b.Uniform left, b.Uniform right with
            | _, ValueSome value when unshaped b left = unshaped b image -> Some(struct (true, value))
            | ValueSome value, _ when unshaped b right = unshaped b image -> Some(struct (false, value))
            | _ -> None

        compared
        |> Option.map (fun (struct (isLeft, value)) ->
            let signature = b.Signature given
            let largest = { indices with Result = 0 }
            let number (value: float) = b.Add(number signature value)
            let args = if isLeft then [ largest; number value ] else [ number value; largest ]
            let kept = b.Apply(Op.Compare comparison, args)
            let small = b.Apply(Op.Where, [ kept; given; number 0.0 ])
            let large = b.Apply(op, [ small; indices ])
            let shape = (b.Signature x).Shape

            if (b.Signature large).Shape = shape then
                large
            else
                b.Apply(Op.Reshape shape, [ large ]))
    | _ -> None

/// Sums cotangents in place of their scatter: each window holds an element, so that no term is lost.
let private trySum (b: Rewrite.Builder) (axes: int list) (x: Ref) : Ref option =
    match tryScatter b (unshaped b x) with
    | Some(struct (_, given, _, _)) ->
        let shape = (b.Signature x).Shape
        let small = (b.Signature given).Shape
        let channels = List.last small

        if unshaped b x = x && List.contains 1 axes && List.contains 2 axes then
            Some(b.Apply(Op.Reduce(Reduction.Sum, axes), [ given ]))
        elif axes = [ 0 .. shape.Length - 2 ] && List.last shape = channels then
            Some(b.Apply(Op.Reduce(Reduction.Sum, [ 0; 1; 2 ]), [ given ]))
        else
            None
    | None -> None

/// The graph with masks of gradients, and sums of them, at the size of a pooling's result. `number` makes a constant of
/// a signature whose elements are all one number. Sums are taken in another order; otherwise each element stays what it
/// was, but for the sign of a zero.
let shrink (number: Signature -> float -> Node) (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(Op.Where, [ condition; x; zero ], _) when b.Uniform zero = ValueSome 0.0 ->
            tryMask number b condition x |> Option.map List.singleton
        | Node.Compute(Op.Reduce(Reduction.Sum, axes), [ x ], _) -> trySum b axes x |> Option.map List.singleton
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None)
