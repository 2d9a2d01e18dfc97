/// Half types in compiled programs: a value of 16 bits is widened to float32 where it enters, everything is computed in
/// float32, and rounded where it leaves: at the results, and where the program itself casts. What lies between is rounded less
/// often than operation by operation, so it is at least as accurate, and it fuses.
module internal Functional.WidenHalves

open Functional

let private wideSignature (s: Signature) = if s.DType.IsHalf then { s with DType = Float32 } else s

/// A value rounded to a half type, as a float32.
let private rounded (b: Rewrite.Builder) dtype (wide: Ref) =
    b.Apply(Op.Cast Float32, [ b.Apply(Op.Cast dtype, [ wide ]) ])

let private wideConstant (b: Rewrite.Builder) (buffer: Buffer) =
    let result = wideSignature buffer.Signature
    b.Add(Node.Constant(buffer.Backend.Evaluate(Op.Cast Float32, [ buffer ], [ result ]).Head))

/// Whether a value of the graph, or of the body of one of its loops, is of a half type.
let rec private hasHalves (graph: Graph) =
    graph.Nodes
    |> Array.exists (fun node ->
        Graph.results node |> List.exists _.DType.IsHalf
        || (match node with
            | Node.Compute(Op.Scan scan, _, _) -> hasHalves scan.Body
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> false))

/// The primitive of a node whose half types have been widened.
let rec private wideOp op (given: Signature list) =
    match op, given with
    | Op.Pad(paddings, value), x :: _ when x.DType.IsHalf ->
        let value = (ElementArrays.ofNumber x.DType value |> ElementArrays.toFloats)[0]
        Op.Pad(paddings, value)
    | Op.Scan scan, _ ->
        let body = rewrite false scan.Body
        Op.Scan { scan with Body = body; Source = body }
    | op, _ -> op

/// The values of a computed node, widened.
and private compute (b: Rewrite.Builder) op (args: Ref list) (given: Signature list) (results: Signature list) =
    match op, given, results with
    | Op.Cast dtype, [ x ], _ when dtype.IsHalf -> [ if x.DType = dtype then args.Head else rounded b dtype args.Head ]
    // numbers drawn are those of the half type, whatever is computed with them
    | (Op.RandomUniform(_, dtype) | Op.RandomNormal(_, dtype)), _, _ when dtype.IsHalf ->
        [ b.Apply(Op.Cast Float32, [ b.Apply(op, args) ]) ]
    | _ ->
        let first = b.Apply(wideOp op given, args)
        results |> List.mapi (fun i _ -> { first with Result = i })

/// The graph in float32; `isWhole` for one whose arguments and results keep their types, else they are float32 too.
and private rewrite isWhole (graph: Graph) : Graph =
    let b = Rewrite.Builder()
    let wide: Ref list[] = Array.create graph.Nodes.Length []
    let moved (r: Ref) = List.item r.Result wide[r.Node]

    graph.Nodes
    |> Array.iteri (fun i node ->
        wide[i] <-
            match node with
            | Node.Input(_, s) when isWhole && s.DType.IsHalf -> [ b.Apply(Op.Cast Float32, [ b.Add node ]) ]
            | Node.Input(index, s) -> [ b.Add(Node.Input(index, wideSignature s)) ]
            | Node.Constant buffer when buffer.DType.IsHalf -> [ wideConstant b buffer ]
            | Node.Constant _ -> [ b.Add node ]
            | Node.Compute(op, args, results) ->
                compute b op (List.map moved args) (args |> List.map (Graph.signature graph)) results)

    let output r =
        let dtype = (Graph.signature graph r).DType
        if isWhole && dtype.IsHalf then b.Apply(Op.Cast dtype, [ moved r ]) else moved r

    let outputs = List.map output graph.Outputs

    { Nodes = b.Nodes.ToArray()
      Inputs = if isWhole then graph.Inputs else List.map wideSignature graph.Inputs
      Outputs = outputs }

/// The graph with its half types widened; the same graph where it has none.
let apply (graph: Graph) : Graph = if hasHalves graph then rewrite true graph else graph
