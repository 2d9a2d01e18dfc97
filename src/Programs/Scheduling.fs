/// Scheduling: nodes run close to where their values are used, so that values die soon and nodes that can fuse are
/// neighbours.
module internal Functional.Scheduling

open System.Collections.Generic
open Functional

/// Whether a node runs as a kernel that fusion cannot take.
let private isHeavy node =
    match node with
    | Node.Compute(op, _, _) ->
        match OpClass.ofOp op with
        | OpClass.View _
        | OpClass.Elementwise _
        | OpClass.Reduction _ -> false
        | OpClass.AlongAxis
        | OpClass.Movement _
        | OpClass.ScatterAdd _
        | OpClass.Product _
        | OpClass.Pooling _
        | OpClass.Attention _
        | OpClass.Random
        | OpClass.Custom _
        | OpClass.Loop _ -> true
    | Node.Input _
    | Node.Constant _ -> false

/// For each node the number of heavy nodes on the longest path to it, itself included.
let private heavyDepths (graph: Graph) : int[] =
    let depth = Array.zeroCreate graph.Nodes.Length

    graph.Nodes
    |> Array.iteri (fun i node ->
        let behind = (0, Graph.arguments node) ||> List.fold (fun most r -> max most depth[r.Node])
        depth[i] <- behind + (if isHeavy node then 1 else 0))

    depth

/// For each node whether it depends on scalars alone, and gives scalars.
let private scalarNodes (graph: Graph) : bool[] =
    let isScalar = Array.create graph.Nodes.Length false

    graph.Nodes
    |> Array.iteri (fun i node ->
        isScalar[i] <-
            Graph.results node |> List.forall (fun s -> Shape.size s.Shape <= 1)
            && Graph.arguments node |> List.forall (fun r -> isScalar[r.Node]))

    isScalar

/// Emits nodes, each once and after its arguments.
type private Schedule(graph: Graph, depth: int[]) =
    let emitted = List<int>(graph.Nodes.Length)
    let visited = Array.create graph.Nodes.Length false
    // a node is on the stack twice: to push its arguments, then to be emitted after them
    let stack = Stack<struct (int * bool)>()

    let expand i =
        if not visited[i] then
            visited[i] <- true
            stack.Push(struct (i, true))

            // the last one pushed is emitted first
            for r in Graph.arguments graph.Nodes[i] |> List.sortBy (fun r -> depth[r.Node]) do
                if not visited[r.Node] then
                    stack.Push(struct (r.Node, false))

    /// Emits a node, after those of its arguments that are not emitted yet. No recursion: graphs are deep.
    member _.Visit i =
        stack.Push(struct (i, false))

        while stack.Count > 0 do
            let struct (i, isReady) = stack.Pop()

            if isReady then emitted.Add i else expand i

    /// The graph with the nodes that were emitted, in their order.
    member _.Graph: Graph =
        let position = Array.create graph.Nodes.Length -1
        emitted |> Seq.iteri (fun at i -> position[i] <- at)
        let move (r: Ref) = { r with Node = position[r.Node] }

        { graph with
            Nodes =
                [| for i in emitted ->
                       match graph.Nodes[i] with
                       | Node.Compute(op, args, signatures) -> Node.Compute(op, List.map move args, signatures)
                       | Node.Input _
                       | Node.Constant _ as node -> node |]
            Outputs = List.map move graph.Outputs }

/// Orders the nodes: first those that depend on scalars alone, then the outputs by the number of heavy nodes (products
/// and the like) on the longest path to them, each after its arguments. Of a node's arguments the one with the longest
/// such path comes first, so that cheap ones run right before their use.
let schedule (graph: Graph) : Graph =
    let depth = heavyDepths graph
    let isScalar = scalarNodes graph
    let order = Schedule(graph, depth)

    graph.Nodes
    |> Array.iteri (fun i node ->
        match node with
        | Node.Input _ -> order.Visit i
        | Node.Constant _
        | Node.Compute _ ->
            if isScalar[i] then
                order.Visit i)

    // the gradient of a convolution's kernel comes before that of its images, which then finds the memory of the images
    // free, and in a cache
    let kernels =
        [ for i in 0 .. graph.Nodes.Length - 1 do
              match graph.Nodes[i] with
              | Node.Compute(Op.ConvolutionKernel _, _, _) -> struct (depth[i], 0, i)
              | Node.Compute _
              | Node.Input _
              | Node.Constant _ -> () ]

    let outputs = graph.Outputs |> List.map (fun r -> struct (depth[r.Node], 1, r.Node))

    for struct (_, _, i) in kernels @ outputs |> List.sortBy (fun (struct (depth, kind, _)) -> struct (depth, kind)) do
        order.Visit i

    order.Graph
