/// The plan that any backend can offer: the graph's primitives evaluated one after the other, each value dropped after its last use.
module internal Functional.Replay

/// For each node, the nodes whose results nobody reads after it.
let private lastUses (graph: Graph) =
    let last = Array.create graph.Nodes.Length -1

    graph.Nodes
    |> Array.iteri (fun i node ->
        for r in Graph.arguments node do
            last[r.Node] <- i)

    for r in graph.Outputs do
        last[r.Node] <- graph.Nodes.Length

    let dying = Array.create graph.Nodes.Length []

    last
    |> Array.iteri (fun node i ->
        if i >= 0 && i < dying.Length then
            dying[i] <- node :: dying[i])

    dying

/// A session that keeps its arguments and results as buffers.
let session (backend: Backend) (plan: Plan) (carried: (int * int) list) : Session =
    let arguments: Buffer[] = Array.zeroCreate plan.Graph.Inputs.Length
    let mutable results: Buffer[] = [||]

    { new Session() with
        override _.Set(argument, buffer) = arguments[argument] <- buffer

        override _.Run() =
            results <- Array.ofList (plan.Run(List.ofArray arguments))

            for result, argument in carried do
                arguments[argument] <- results[result]

        override me.Write(argument, elements) =
            let signature = List.item argument plan.Graph.Inputs
            me.Set(argument, backend.OfArray(elements.ToArray(), signature.Shape))

        override _.Read(result, elements) = System.ReadOnlySpan(results[result].ToArray() :?> float32[]).CopyTo elements

        override _.Describe() = plan.Describe()

        override me.Profile() =
            let watch = System.Diagnostics.Stopwatch.StartNew()
            me.Run()

            [ { Kernel = "all"
                Began = 0.0
                Microseconds = watch.Elapsed.TotalMicroseconds
                Flops = 0.0
                Bytes = 0.0 } ]

        override _.Get result = results[result]
        override _.Number result = System.Convert.ToDouble(results[result].ToArray().GetValue 0) }

/// A plan that calls `backend.Evaluate` for every node in order.
let plan (backend: Backend) (graph: Graph) : Plan =
    let dying = lastUses graph

    { new Plan(graph) with
        override _.Describe() = Graph.describe graph
        override me.Start carried = session backend me carried

        override _.Run inputs =
            let inputs = Array.ofList inputs
            let memory: Buffer list[] = Array.create graph.Nodes.Length []
            let read (r: Ref) = List.item r.Result memory[r.Node]

            graph.Nodes
            |> Array.iteri (fun i node ->
                memory[i] <-
                    match node with
                    | Node.Input(index, _) -> [ inputs[index] ]
                    | Node.Constant buffer -> [ buffer ]
                    | Node.Compute(op, args, signatures) -> backend.Evaluate(op, List.map read args, signatures)

                for node in dying[i] do
                    memory[node] <- [])

            List.map read graph.Outputs }
