namespace Functional.Tests.Naive

open System.Diagnostics
open Functional

/// Running graphs: node by node, as the backend evaluates primitives.
module private Interpretation =
    let private one (backend: Backend) op (args: Buffer list) : Buffer =
        let signatures = ShapeInference.signatures op (args |> List.map _.Signature)
        backend.Evaluate(op, args, signatures) |> List.head

    let rec run (backend: Backend) (graph: Graph) (args: Buffer list) : Buffer list =
        let args = Array.ofList args
        let values: Buffer list[] = Array.create graph.Nodes.Length []
        let read (r: Ref) = List.item r.Result values[r.Node]

        graph.Nodes
        |> Array.iteri (fun i node ->
            values[i] <-
                match node with
                | Node.Input(index, _) -> [ args[index] ]
                | Node.Constant buffer -> [ buffer ]
                | Node.Compute(Op.Scan scan, args, results) -> loop backend scan (List.map read args) results
                | Node.Compute(op, args, results) -> backend.Evaluate(op, List.map read args, results))

        List.map read graph.Outputs

    and private loop backend (scan: Scan) (args: Buffer list) (results: Signature list) : Buffer list =
        let carries, rest = List.splitAt scan.Carries args
        let sequences, constants = List.splitAt scan.Sequences rest

        let slice t (x: Buffer) =
            let whole (n: int) = { Start = 0; Stop = n; Step = 1 }
            let ranges = { Start = t; Stop = t + 1; Step = 1 } :: List.map whole x.Shape.Tail
            one backend (Op.Reshape x.Shape.Tail) [ one backend (Op.Slice ranges) [ x ] ]

        let steps = [ 0 .. scan.Length - 1 ]

        let given, last =
            (carries, (if scan.Reverse then List.rev steps else steps))
            ||> List.mapFold (fun carries t ->
                let values = run backend scan.Body (carries @ List.map (slice t) sequences @ constants)
                let next, given = List.splitAt scan.Carries values
                given, next)

        let inOrder = if scan.Reverse then List.rev given else given

        let stack i (result: Signature) =
            match inOrder |> List.map (List.item i) with
            | [] -> Placement.filled backend result 0.0
            | slices ->
                slices
                |> List.map (fun y -> one backend (Op.Reshape(1 :: y.Shape)) [ y ])
                |> one backend (Op.Concat 0)

        last @ (List.skip scan.Carries results |> List.mapi stack)

/// Values that outlive runs: buffers, which are never written to, so that a slot takes another one.
[<Sealed>]
type NaiveStore(backend: Backend, values: Buffer list) =
    inherit Store(backend, [| for value in values -> value.Signature |])
    let slots = Array.ofList values

    override _.Get slot = slots[slot]
    override _.Set(slot, value) = slots[slot] <- value
    override _.Number slot = (NaiveBuffer.ofBuffer slots[slot]).Floats[0]

/// A plan over the values of a store.
[<Sealed>]
type NaiveSession(plan: Plan, store: Store, bindings: Binding list) =
    inherit Session()
    let args: Buffer[] = Array.zeroCreate plan.Graph.Inputs.Length
    let mutable results: Buffer[] = [||]

    override _.Set(argument, buffer) = args[argument] <- buffer

    override _.Write(argument, elements) =
        args[argument] <- plan.Backend.OfArray(elements.ToArray(), (List.item argument plan.Graph.Inputs).Shape)

    override _.Release() = System.Array.Clear args

    override _.Run() =
        for binding in bindings do
            args[binding.Argument] <- store.Get binding.Slot

        results <- plan.Run(List.ofArray args) |> Array.ofList

        for binding in bindings do
            match binding.Result with
            | ValueSome result -> store.Set(binding.Slot, results[result])
            | ValueNone -> ()

    override _.Get result = results[result]

    override _.Read(result, elements) =
        System.Span.op_Implicit(System.Span(results[result].ToArray() :?> float32[])).CopyTo elements

    override _.Number result = (NaiveBuffer.ofBuffer results[result]).Floats[0]
    override _.Describe() = plan.Describe()

    override me.Profile() =
        let clock = Stopwatch.StartNew()
        me.Run()

        [ { Kernel = "graph"
            Began = 0.0
            Microseconds = clock.Elapsed.TotalMicroseconds
            Flops = 0.0
            Bytes = 0.0 } ]

/// A graph, run node by node.
[<Sealed>]
type NaivePlan(backend: Backend, graph: Graph) =
    inherit Plan(backend, graph)
    override _.Run args = Interpretation.run backend graph args
    override _.Describe() = Graph.describe graph
    override me.Bind(store, bindings) = NaiveSession(me, store, bindings)
