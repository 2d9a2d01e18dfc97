/// Graphs on libtorch, node by node; each value is freed after its last use.
module internal Functional.Torch.GraphRun

open System.Collections.Generic
open Functional
open Functional.Torch.Interop

/// For each node the nodes whose values nobody reads after it.
let private lastUses (graph: Graph) : int list[] =
    let last = Array.init graph.Nodes.Length id

    graph.Nodes
    |> Array.iteri (fun i node ->
        for r in Graph.arguments node do
            last[r.Node] <- i)

    let outputs = HashSet(graph.Outputs |> List.map _.Node)
    let dying = Array.create graph.Nodes.Length []

    graph.Nodes
    |> Array.iteri (fun i node ->
        match node with
        | Node.Compute _ when not (outputs.Contains i) -> dying[last[i]] <- i :: dying[last[i]]
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> ())

    dying

/// A graph that was made ready to be run.
type Prepared =
    {
        Graph: Graph
        /// For each node the nodes whose values are freed after it.
        Dying: int list[]
        /// The bodies of the loops, by the node.
        Bodies: Dictionary<int, Prepared>
    }

/// Makes a graph ready.
let rec prepare (graph: Graph) : Prepared =
    let bodies = Dictionary<int, Prepared>()

    graph.Nodes
    |> Array.iteri (fun i node ->
        match node with
        | Node.Compute(Op.Scan scan, _, _) -> bodies[i] <- prepare scan.Body
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> ())

    { Graph = graph; Dying = lastUses graph; Bodies = bodies }

/// Frees the tensor of a buffer.
let free (buffer: Buffer) = (TorchBuffer.OfBuffer buffer).Tensor.Dispose()

let private one (backend: Backend) (op: Op) (args: Buffer list) : Buffer =
    let signatures = ShapeInference.signatures op (args |> List.map _.Signature)
    backend.Evaluate(op, args, signatures) |> List.head

/// A step's part of a sequence: a view without the axis of time.
let private slice (backend: Backend) t (x: Buffer) : Buffer =
    let whole (n: int) = { Start = 0; Stop = n; Step = 1 }
    let ranges = { Start = t; Stop = t + 1; Step = 1 } :: List.map whole x.Shape.Tail
    let row = one backend (Op.Slice ranges) [ x ]
    let part = one backend (Op.Reshape x.Shape.Tail) [ row ]
    free row
    part

/// What steps gave, along a new first axis.
let private stack (backend: Backend) (result: Signature) (slices: Buffer list) : Buffer =
    match slices with
    | [] -> Placement.filled backend result 0.0
    | slices ->
        let rows = slices |> List.map (fun y -> one backend (Op.Reshape(1 :: y.Shape)) [ y ])
        let all = one backend (Op.Concat 0) rows
        List.iter free rows
        all

/// Another buffer of the same tensor, which is freed by itself.
let share (buffer: Buffer) : Buffer =
    let x = TorchBuffer.OfBuffer buffer
    TorchBuffer(x.Backend, x.Location, x.Signature, new TensorHandle(x.Tensor.Duplicate(), 0L), x.Uniform)

/// What the graph gives. Each result is a buffer of its own.
let rec run (backend: Backend) (prepared: Prepared) (args: Buffer list) : Buffer list =
    let graph = prepared.Graph
    let args = Array.ofList args
    let values: Buffer list[] = Array.create graph.Nodes.Length []
    let read (r: Ref) = List.item r.Result values[r.Node]

    graph.Nodes
    |> Array.iteri (fun i node ->
        values[i] <-
            match node with
            | Node.Input(index, _) -> [ args[index] ]
            | Node.Constant buffer -> [ buffer ]
            | Node.Compute(Op.Scan scan, args, results) ->
                loop backend prepared.Bodies[i] scan (List.map read args) results
            | Node.Compute(op, args, results) -> backend.Evaluate(op, List.map read args, results)

        for dead in prepared.Dying[i] do
            List.iter free values[dead]
            values[dead] <- [])

    let results = graph.Outputs |> List.map (read >> share)
    let outputs = HashSet(graph.Outputs |> List.map _.Node)

    for i in outputs do
        match graph.Nodes[i] with
        | Node.Compute _ -> List.iter free values[i]
        | Node.Input _
        | Node.Constant _ -> ()

    results

/// A loop: its body in turn over the slices of its sequences.
and private loop backend body (scan: Scan) (args: Buffer list) (results: Signature list) : Buffer list =
    let initial, rest = List.splitAt scan.Carries args
    let sequences, constants = List.splitAt scan.Sequences rest

    let times =
        if scan.Reverse then
            [ scan.Length - 1 .. -1 .. 0 ]
        else
            [ 0 .. scan.Length - 1 ]

    let step carries t =
        let slices = sequences |> List.map (slice backend t)
        let values = run backend body (carries @ slices @ constants)
        List.iter free slices
        List.iter free carries
        let next, given = List.splitAt scan.Carries values
        given, next

    let given, last = List.mapFold step (List.map share initial) times
    let inOrder = if scan.Reverse then List.rev given else given

    let stacked =
        List.skip scan.Carries results
        |> List.mapi (fun i result -> inOrder |> List.map (List.item i) |> stack backend result)

    List.iter (List.iter free) given
    last @ stacked
