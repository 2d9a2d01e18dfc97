/// Products with one-hot rows become gathers of rows of the other side; those with their transpose become scatter-adds.
module internal Functional.OneHotToGather

open Functional

let private last (shape: Shape) = List.last shape
let private allButLast (shape: Shape) = List.take (shape.Length - 1) shape

/// The fewest columns of one-hot rows that are gathered: fewer cost less as a product.
let private fewest = 8

/// Whether the value counts 0, 1, 2, ... along its last axis.
let private isCount (b: Rewrite.Builder) r =
    match b.Node r with
    | Node.Constant buffer when buffer.DType = Int32 && not buffer.Shape.IsEmpty ->
        let compact = buffer.Compact

        Shape.size compact.Shape = last buffer.Shape
        && (compact.ToArray() :?> int[] |> Array.indexed |> Array.forall (fun (i, x) -> i = x))
    | Node.Constant _
    | Node.Input _
    | Node.Compute _ -> false

/// Whether the value is the identity matrix.
let private isIdentity (b: Rewrite.Builder) r =
    match b.Node r with
    | Node.Constant buffer when buffer.DType.IsFloat ->
        match buffer.Shape with
        | [ n; m ] when n = m ->
            buffer.ToArray()
            |> Seq.cast<obj>
            |> Seq.map System.Convert.ToDouble
            |> Seq.indexed
            |> Seq.forall (fun (i, x) -> x = (if i % (n + 1) = 0 then 1.0 else 0.0))
        | _ -> false
    | Node.Constant _
    | Node.Input _
    | Node.Compute _ -> false

/// Matches a value [..., n] of one-hot rows: the indices [...], and whether they are known to be in range, as those of
/// gathered rows of the identity are.
let rec private tryNumbers (b: Rewrite.Builder) (r: Ref) : struct (Ref * bool) option =
    let shape = (b.Signature r).Shape

    match b.Source r with
    | Some(Op.Cast dtype, [ same ]) when dtype.IsFloat ->
        match b.Source same with
        | Some(Op.Compare Comparison.Equal, [ x; y ]) ->
            let column r =
                match b.Source r with
                | Some(Op.Broadcast _, [ narrow ]) when
                    (b.Signature narrow).Shape = allButLast shape @ [ 1 ] && (b.Signature narrow).DType = Int32
                    ->
                    Some(struct (b.Apply(Op.Reshape(allButLast shape), [ narrow ]), false))
                | _ -> None

            if isCount b y then column x
            elif isCount b x then column y
            else None
        | _ -> None
    | Some(Op.Reshape shape, [ x ]) when
        not shape.IsEmpty && not (b.Signature x).Shape.IsEmpty && last shape = last (b.Signature x).Shape
        ->
        tryNumbers b x
        |> Option.map (fun (struct (r, inRange)) -> struct (b.Apply(Op.Reshape(allButLast shape), [ r ]), inRange))
    | Some(Op.Transpose perm, [ x ]) when List.last perm = perm.Length - 1 ->
        tryNumbers b x
        |> Option.map (fun (struct (r, inRange)) -> struct (b.Apply(Op.Transpose(allButLast perm), [ r ]), inRange))
    | Some(Op.Gather 0, [ rows; ids ]) when isIdentity b rows -> Some(struct (ids, true))
    | _ -> None

/// The indices, with n in place of those outside of 0 .. n - 1, whose rows are zero.
let private within (number: Signature -> float -> Node) (b: Rewrite.Builder) n r =
    let signature = b.Signature r
    let all value = b.Add(number signature (float value))
    let above = b.Apply(Op.Compare Comparison.GreaterEqual, [ r; all 0 ])
    let below = b.Apply(Op.Compare Comparison.Less, [ r; all n ])
    let inside = b.Apply(Op.Binary Binary.And, [ above; below ])
    b.Apply(Op.Where, [ inside; r; all n ])

/// The graph with products of one-hot rows, and of their transpose, as a gather and a sum by number. Where the other
/// side holds NaN or an infinity, rows that are not picked no longer spread it.
let gather number (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(Op.MatMul, [ x; w ], [ result ]) when result.Shape.Length = 2 ->
            let depth = last (b.Signature x).Shape

            match (if depth >= fewest then tryNumbers b x else None) with
            | Some(struct (rows, true)) -> Some [ b.Apply(Op.Gather 0, [ w; rows ]) ]
            | Some(struct (rows, false)) ->
                let none = { Low = 0; High = 0; Interior = 0 }
                let padded = b.Apply(Op.Pad([ { none with High = 1 }; none ], 0.0), [ w ])
                Some [ b.Apply(Op.Gather 0, [ padded; within number b depth rows ]) ]
            | None ->
                match b.Source x with
                | Some(Op.Transpose [ 1; 0 ], [ inner ]) when last (b.Signature inner).Shape >= fewest ->
                    tryNumbers b inner
                    |> Option.map (fun (struct (rows, inRange)) ->
                        let depth, columns = result.Shape[0], result.Shape[1]
                        let kept = if inRange then depth else depth + 1
                        let zeros = b.Add(number { result with Shape = [ kept; columns ] } 0.0)
                        let rows = if inRange then rows else within number b depth rows
                        let sums = b.Apply(Op.ScatterAdd 0, [ zeros; rows; w ])
                        let whole n = { Start = 0; Stop = n; Step = 1 }

                        [ if inRange then
                              sums
                          else
                              b.Apply(Op.Slice [ whole depth; whole columns ], [ sums ]) ])
                | _ -> None
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None)
