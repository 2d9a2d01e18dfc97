/// The order in which nodes run: close to where their values are used, so that values die soon and what can be one kernel
/// stands together.
module internal Functional.Scheduling

open System.Collections.Generic
open Functional

/// Whether a node does work of another kind than an elementwise kernel.
let private isHeavy node =
    match node with
    | Node.Compute(op, _, _) ->
        match op with
        | Op.Unary _
        | Op.Binary _
        | Op.Compare _
        | Op.Where
        | Op.Cast _
        | Op.Broadcast _
        | Op.Reshape _
        | Op.Transpose _
        | Op.Slice _
        | Op.Flip _
        | Op.Reduce _
        | Op.StopGradient
        | Op.Barrier _ -> false
        | Op.Pad _
        | Op.Concat _
        | Op.Gather _
        | Op.ScatterAdd _
        | Op.ArgMax _
        | Op.ArgMin _
        | Op.CumSum _
        | Op.MatMul
        | Op.Convolution _
        | Op.ConvolutionInput _
        | Op.ConvolutionKernel _
        | Op.MaxPool _
        | Op.PoolGather _
        | Op.PoolScatter _
        | Op.Sort _
        | Op.KeySplit _
        | Op.KeyFold
        | Op.RandomUniform _
        | Op.RandomNormal _
        | Op.RandomBits _
        | Op.Custom _
        | Op.Scan _ -> true
    | Node.Input _
    | Node.Constant _ -> false

/// The graph with its nodes in an order that runs well: first what depends on scalars alone, then the outputs, those first
/// that need the fewest products and other heavy nodes before them, each after all it needs. Of the arguments of a node the
/// ones with the most work behind them come first, so that cheap ones stand next to where they are used.
let nodes (graph: Graph) : Graph =
    let count = graph.Nodes.Length
    let depth = Array.zeroCreate count
    let small = Array.create count false

    graph.Nodes
    |> Array.iteri (fun i node ->
        let args = Graph.arguments node
        let behind = (0, args) ||> List.fold (fun most r -> max most depth[r.Node])
        depth[i] <- behind + (if isHeavy node then 1 else 0)

        small[i] <-
            Graph.results node |> List.forall (fun s -> Shape.size s.Shape <= 1)
            && args |> List.forall (fun r -> small[r.Node]))

    let emitted = List<int>(count)
    let visited = Array.create count false
    // a node is on the stack twice: to push its arguments, then to be emitted after them
    let stack = Stack<struct (int * bool)>()

    let visit i =
        stack.Push(struct (i, false))

        while stack.Count > 0 do
            let struct (i, ready) = stack.Pop()

            if ready then
                emitted.Add i
            elif not visited[i] then
                visited[i] <- true
                stack.Push(struct (i, true))

                for r in Graph.arguments graph.Nodes[i] |> List.sortBy (fun r -> depth[r.Node]) do
                    if not visited[r.Node] then
                        stack.Push(struct (r.Node, false))

    graph.Nodes
    |> Array.iteri (fun i node ->
        match node with
        | Node.Input _ -> visit i
        | Node.Constant _
        | Node.Compute _ ->
            if small[i] then
                visit i)

    // the gradient of a convolution's kernel comes before that of its images, which then finds the memory of the images
    // free, and near
    let kernels =
        [ for i in 0 .. count - 1 do
              match graph.Nodes[i] with
              | Node.Compute(Op.ConvolutionKernel _, _, _) -> struct (depth[i], 0, i)
              | Node.Compute _
              | Node.Input _
              | Node.Constant _ -> () ]

    let outputs = graph.Outputs |> List.map (fun r -> struct (depth[r.Node], 1, r.Node))

    for struct (_, _, i) in kernels @ outputs |> List.sortBy (fun (struct (depth, kind, _)) -> struct (depth, kind)) do
        visit i

    let position = Array.create count -1
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
