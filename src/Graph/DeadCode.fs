/// Dead-code elimination, loops included: results of a loop that nothing reads are no longer computed in its steps.
module internal Functional.DeadCode

/// Keeps the values whose flag is set.
let pick (flags: bool list) (values: 'a list) = List.zip flags values |> List.filter fst |> List.map snd

/// Removes the inputs whose flag is not set, which nothing may read.
let withInputs (keep: bool[]) (graph: Graph) : Graph =
    let count = Array.scan (fun n kept -> if kept then n + 1 else n) 0
    let index = count keep

    let stays =
        graph.Nodes
        |> Array.map (function
            | Node.Input(i, _) -> keep[i]
            | Node.Constant _
            | Node.Compute _ -> true)

    let position = count stays
    let move (r: Ref) = { r with Node = position[r.Node] }

    let moved node =
        match node with
        | Node.Input(i, signature) -> Node.Input(index[i], signature)
        | Node.Constant _ -> node
        | Node.Compute(op, args, signatures) -> Node.Compute(op, List.map move args, signatures)

    { Nodes = Array.zip stays graph.Nodes |> Array.filter fst |> Array.map (snd >> moved)
      Inputs = pick (List.ofArray keep) graph.Inputs
      Outputs = List.map move graph.Outputs }

/// The live inputs: for each whether some node or output reads it.
let readInputs (graph: Graph) =
    let read = Array.create graph.Inputs.Length false

    let mark (r: Ref) =
        match graph.Nodes[r.Node] with
        | Node.Input(i, _) -> read[i] <- true
        | Node.Constant _
        | Node.Compute _ -> ()

    graph.Nodes |> Array.iter (Graph.arguments >> List.iter mark)
    List.iter mark graph.Outputs
    read

/// The inputs that these values depend on.
let private inputsBehind (graph: Graph) (values: Ref list) = Graph.prune { graph with Outputs = values } |> readInputs

/// The loop without its dead results, the flags of the arguments that it still takes, and those of the results that it
/// still gives; None where all results are live.
let private tryWithoutDeadResults (scan: Scan) (needed: bool list) =
    let ofCarries, ofGiven = List.splitAt scan.Carries scan.Source.Outputs
    let neededCarries, neededGiven = List.splitAt scan.Carries needed

    // a carry is needed for its last value, or for what a later step makes of it
    let rec liveCarries carries =
        let values = pick carries ofCarries @ pick neededGiven ofGiven
        let read = inputsBehind scan.Source values
        let next = carries |> List.mapi (fun i flag -> flag || read[i])
        if next = carries then carries, read else liveCarries next

    let carries, read = liveCarries neededCarries
    let keep = read |> Array.mapi (fun i isRead -> isRead || (i < scan.Carries && carries[i]))
    let results = carries @ neededGiven

    if List.forall id results || not (Array.exists id keep) then
        None
    else
        let fewer (graph: Graph) =
            Graph.prune { graph with Outputs = pick results graph.Outputs } |> withInputs keep

        let source = fewer scan.Source
        let isPlain = obj.ReferenceEquals(scan.Source, scan.Body)
        let count flags = flags |> Seq.filter id |> Seq.length

        Some(
            { scan with
                Source = source
                Body = if isPlain then source else fewer scan.Body
                Carries = count carries
                Sequences = keep |> Seq.skip scan.Carries |> Seq.take scan.Sequences |> count },
            List.ofArray keep,
            results
        )

/// A node without its dead results, its live arguments, and the flags of the results that are left.
let private withoutDeadResults node (needed: bool list) : struct (Node * Ref list * bool list) =
    match node with
    | Node.Compute(Op.Scan scan, args, signatures) ->
        match tryWithoutDeadResults scan needed with
        | Some(scan, keep, results) ->
            let args = pick keep args
            struct (Node.Compute(Op.Scan scan, args, pick results signatures), args, results)
        | None -> struct (node, args, needed |> List.map (fun _ -> true))
    | Node.Compute _
    | Node.Input _
    | Node.Constant _ -> struct (node, Graph.arguments node, needed |> List.map (fun _ -> true))

/// Removes the nodes that no output depends on, and the results of loops that none depends on. Inputs stay.
let prune (graph: Graph) : Graph =
    let graph = Graph.prune graph
    let needed = graph.Nodes |> Array.map (fun node -> Array.create (Graph.results node).Length false)
    let need (r: Ref) = needed[r.Node][r.Result] <- true
    // the new position of each result of a node
    let positions = needed |> Array.map (fun results -> Array.init results.Length id)
    let changed = Array.copy graph.Nodes
    List.iter need graph.Outputs

    for i in graph.Nodes.Length - 1 .. -1 .. 0 do
        if Array.exists id needed[i] then
            let struct (node, args, left) = withoutDeadResults graph.Nodes[i] (List.ofArray needed[i])
            changed[i] <- node
            positions[i] <- left |> List.scan (fun n isLeft -> if isLeft then n + 1 else n) 0 |> Array.ofList
            List.iter need args

    let move (r: Ref) = { r with Result = positions[r.Node][r.Result] }

    let moved node =
        match node with
        | Node.Compute(op, args, signatures) -> Node.Compute(op, List.map move args, signatures)
        | Node.Input _
        | Node.Constant _ -> node

    // arguments that loops no longer read may leave nodes behind
    Graph.prune { graph with Nodes = Array.map moved changed; Outputs = List.map move graph.Outputs }
