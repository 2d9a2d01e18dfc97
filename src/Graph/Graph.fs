/// Functions on graphs: signatures, arguments, pruning, printing.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Functional.Graph

/// The signature of each result of a node.
let results node =
    match node with
    | Node.Input(_, signature) -> [ signature ]
    | Node.Constant buffer -> [ buffer.Signature ]
    | Node.Compute(_, _, signatures) -> signatures

/// The signature of one value.
let signature (graph: Graph) (r: Ref) = (results graph.Nodes[r.Node])[r.Result]

/// The values that a node reads.
let arguments node =
    match node with
    | Node.Compute(_, args, _) -> args
    | Node.Input _
    | Node.Constant _ -> []

/// Removes the nodes that no output depends on. Inputs stay, so that the graph is called in the same way.
let prune (graph: Graph) : Graph =
    let needed = Array.create graph.Nodes.Length false

    for r in graph.Outputs do
        needed[r.Node] <- true

    for i in graph.Nodes.Length - 1 .. -1 .. 0 do
        match graph.Nodes[i] with
        | Node.Input _ -> needed[i] <- true
        | Node.Constant _ -> ()
        | Node.Compute(_, args, _) ->
            if needed[i] then
                for r in args do
                    needed[r.Node] <- true

    let position = needed |> Array.scan (fun count kept -> if kept then count + 1 else count) 0

    let move (r: Ref) = { r with Node = position[r.Node] }

    let moved node =
        match node with
        | Node.Compute(op, args, signatures) -> Node.Compute(op, List.map move args, signatures)
        | Node.Input _
        | Node.Constant _ -> node

    { graph with
        Nodes = Array.zip needed graph.Nodes |> Array.filter fst |> Array.map (snd >> moved)
        Outputs = List.map move graph.Outputs }

/// One line a node: its number, what it computes, from which, and the shapes.
let describe (graph: Graph) =
    let reference (r: Ref) = if r.Result = 0 then $"%%{r.Node}" else $"%%{r.Node}.{r.Result}"

    let line i node =
        let what =
            match node with
            | Node.Input(index, _) -> $"input {index}"
            | Node.Constant _ -> "constant"
            | Node.Compute(op, args, _) -> ShapeInference.name op + " " + String.concat " " (List.map reference args)

        let shapes =
            results node |> List.map (fun s -> $"{s.DType}{Shape.toString s.Shape}") |> String.concat ", "

        $"%%{i} = {what} : {shapes}"

    let outputs = graph.Outputs |> List.map reference |> String.concat " "

    String.concat "\n" (Array.toList (Array.mapi line graph.Nodes) @ [ "return " + outputs ])
