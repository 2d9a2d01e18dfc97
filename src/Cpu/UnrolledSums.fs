/// Sums of a few elements along axes in the middle: additions of slices, which run as part of the kernels around them.
module internal Functional.UnrolledSums

open Functional

/// The most elements that are added one by one; more are a reduction of their own.
let private most = 16

/// Fewer elements than this side by side are not worth a row of a kernel.
let private narrowest = 8

/// Neighbours among ascending axes, together.
let private neighbours (axes: int list) =
    (axes, [])
    ||> List.foldBack (fun axis groups ->
        match groups with
        | group :: rest when List.head group = axis + 1 -> (axis :: group) :: rest
        | groups -> [ axis ] :: groups)

let private without (axes: int list) (shape: Shape) =
    shape |> List.indexed |> List.filter (fun (i, _) -> not (List.contains i axes)) |> List.map snd

/// x with these axes at one position each, and gone.
let private slice (b: Rewrite.Builder) (axes: int list) (positions: int list) (x: Ref) =
    let shape = (b.Signature x).Shape
    let at = List.zip axes positions |> Map.ofList

    let ranges =
        shape
        |> List.mapi (fun i n ->
            match Map.tryFind i at with
            | Some position -> { Start = position; Stop = position + 1; Step = 1 }
            | None -> { Start = 0; Stop = n; Step = 1 })

    b.Apply(Op.Reshape(without axes shape), [ b.Apply(Op.Slice ranges, [ x ]) ])

/// All positions within axes of these lengths, in row-major order.
let rec private positions (lengths: int list) : int list list =
    match lengths with
    | [] -> [ [] ]
    | n :: rest -> List.allPairs [ 0 .. n - 1 ] (positions rest) |> List.map (fun (i, others) -> i :: others)

/// The sum over axes that are neither the first nor the last, as additions, where that pays.
let private additions (b: Rewrite.Builder) (axes: int list) (x: Ref) : Ref option =
    let shape = (b.Signature x).Shape
    let lengths = axes |> List.map (fun axis -> shape[axis])
    let count = Shape.size lengths
    let inner = shape |> List.skip (List.last axes + 1) |> Shape.size

    if axes.Head > 0 && count >= 1 && count <= most && inner >= narrowest then
        positions lengths
        |> List.map (fun at -> slice b axes at x)
        |> List.reduce (fun sum next -> b.Apply(Op.Binary Binary.Add, [ sum; next ]))
        |> Some
    else
        None

/// The sum over axes of which none is the last. A reduction wants its elements along neighbouring axes: of several
/// groups of them the last one goes first.
let private sum (b: Rewrite.Builder) (axes: int list) (x: Ref) : Ref option =
    match additions b axes x, neighbours axes with
    | Some sum, _ -> Some sum
    | None, ([] | [ _ ]) -> None
    | None, groups ->
        (x, List.rev groups)
        ||> List.fold (fun x group ->
            additions b group x
            |> Option.defaultWith (fun () -> b.Apply(Op.Reduce(Reduction.Sum, group), [ x ])))
        |> Some

/// The graph with sums over axes in the middle as additions where they are few, and one after another where the axes
/// are not neighbours. Sums are taken in another order.
let unroll (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(Op.Reduce(Reduction.Sum, axes), [ x ], [ result ]) when
            result.DType.IsFloat && not axes.IsEmpty && List.last axes < (b.Signature x).Shape.Length - 1
            ->
            sum b axes x |> Option.map List.singleton
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None)
