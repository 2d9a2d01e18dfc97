/// Plans by the structure of their graphs: a function that is traced again, from wherever, finds the plan it had.
module internal Functional.PlanCache

open System
open System.Runtime.InteropServices
open System.Threading
open Functional

/// Constants of at most this many bytes are told apart by their elements, larger ones by reference: elements never
/// change, so that equal references mean equal elements.
let private comparedBytes = 65536

/// Capacity of one table of plans in bytes: those of their constants, and for each node about the size of its compiled
/// kernel. (A training step of a small network takes 400 KB.)
let private capacity = 64L * 1024L * 1024L

let private nodeBytes = 4096L

/// The loop that a primitive is, if it is one.
let private loopOf op : Scan voption =
    match OpClass.ofOp op with
    | OpClass.Loop scan -> ValueSome scan
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _ -> ValueNone

/// The elements of a constant, as far as they are compared.
[<CustomEquality; NoComparison>]
type private ConstantKey =
    { Signature: Signature
      Uniform: float voption
      Elements: byte[]
      Buffer: Buffer }

    override a.Equals other =
        match other with
        | :? ConstantKey as b ->
            obj.ReferenceEquals(a.Buffer, b.Buffer)
            || (a.Signature = b.Signature
                && not (isNull a.Elements)
                && not (isNull b.Elements)
                && a.Uniform.IsSome = b.Uniform.IsSome
                && a.Elements.AsSpan().SequenceEqual(b.Elements.AsSpan()))
        | _ -> false

    override me.GetHashCode() =
        if isNull me.Elements then
            hash me.Signature
        else
            let mutable code = HashCode()
            code.Add(hash me.Signature)
            code.AddBytes(ReadOnlySpan me.Elements)
            code.ToHashCode()

let private bytesOf (signature: Signature) = int64 (Shape.size signature.Shape) * int64 signature.DType.Size

let private constantKey (buffer: Buffer) : ConstantKey =
    let uniform = buffer.Uniform

    let elements =
        match uniform with
        | ValueSome value -> BitConverter.GetBytes value
        | ValueNone when bytesOf buffer.Signature <= int64 comparedBytes ->
            let elements = buffer.ToArray()
            let length = elements.Length * buffer.DType.Size
            MemoryMarshal.CreateReadOnlySpan(&MemoryMarshal.GetArrayDataReference elements, length).ToArray()
        | ValueNone -> null

    { Signature = buffer.Signature; Uniform = uniform; Elements = elements; Buffer = buffer }

/// A graph as a key: two graphs are equal if they compute the same in the same way. Loops count by their bodies.
[<CustomEquality; NoComparison>]
type private GraphKey =
    { Graph: Graph
      Constants: ConstantKey[]
      Bodies: GraphKey[]
      Hash: int }

    override me.GetHashCode() = me.Hash

    override a.Equals other =
        match other with
        | :? GraphKey as b ->
            a.Hash = b.Hash
            && a.Graph.Inputs = b.Graph.Inputs
            && a.Graph.Outputs = b.Graph.Outputs
            && a.Graph.Nodes.Length = b.Graph.Nodes.Length
            && Array.forall2 GraphKey.SameNode a.Graph.Nodes b.Graph.Nodes
            && a.Constants = b.Constants
            && a.Bodies = b.Bodies
        | _ -> false

    /// Whether two nodes are alike, but for the elements of constants and the bodies of loops.
    static member private SameNode (a: Node) (b: Node) =
        match a, b with
        | Node.Input(i, s), Node.Input(j, t) -> i = j && s = t
        | Node.Constant s, Node.Constant t -> s.Signature = t.Signature
        | Node.Compute(op, args, results), Node.Compute(other, otherArgs, otherResults) ->
            args = otherArgs && results = otherResults && GraphKey.SameOp op other
        | (Node.Input _ | Node.Constant _ | Node.Compute _), _ -> false

    static member private SameOp (a: Op) (b: Op) =
        match loopOf a, loopOf b with
        | ValueSome a, ValueSome b ->
            a.Carries = b.Carries && a.Sequences = b.Sequences && a.Length = b.Length && a.Reverse = b.Reverse
        | ValueNone, ValueNone -> a.Equals b
        | ValueSome _, ValueNone
        | ValueNone, ValueSome _ -> false

let private hashOp op =
    match loopOf op with
    | ValueSome scan -> HashCode.Combine(scan.Carries, scan.Sequences, scan.Length, scan.Reverse)
    | ValueNone -> hash op

let private hashNode node =
    match node with
    | Node.Input(i, signature) -> HashCode.Combine(i, hash signature)
    | Node.Constant buffer -> hash buffer.Signature
    | Node.Compute(op, args, _) ->
        let mutable code = HashCode()
        code.Add(hashOp op)

        for arg in args do
            code.Add(arg.Node)
            code.Add(arg.Result)

        code.ToHashCode()

let rec private keyOf (graph: Graph) : GraphKey =
    let constants =
        graph.Nodes
        |> Array.choose (fun node ->
            match node with
            | Node.Constant buffer -> Some(constantKey buffer)
            | Node.Input _
            | Node.Compute _ -> None)

    let bodies =
        graph.Nodes
        |> Array.choose (fun node ->
            match node with
            | Node.Compute(Op.Scan scan, _, _) -> Some(keyOf scan.Body)
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> None)

    let mutable code = HashCode()
    graph.Nodes |> Array.iter (fun node -> code.Add(hashNode node))

    for constant in constants do
        code.Add constant

    for body in bodies do
        code.Add body.Hash

    { Graph = graph; Constants = constants; Bodies = bodies; Hash = code.ToHashCode() }

/// The graph with its barriers numbered in order: they are told apart by numbers that are new at each trace.
let private withNumberedBarriers (graph: Graph) : Graph =
    let isBarrier node =
        match node with
        | Node.Compute(Op.Barrier _, _, _) -> true
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> false

    if Array.exists isBarrier graph.Nodes then
        let numbers = Collections.Generic.Dictionary<int64, int64>()

        let numbered node =
            match node with
            | Node.Compute(Op.Barrier number, args, results) ->
                if not (numbers.ContainsKey number) then
                    numbers[number] <- int64 numbers.Count

                Node.Compute(Op.Barrier numbers[number], args, results)
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> node

        { graph with Nodes = Array.map numbered graph.Nodes }
    else
        graph

/// The bytes that a compiled graph takes, about.
let rec private weigh (graph: Graph) : int64 =
    graph.Nodes
    |> Array.sumBy (fun node ->
        match node with
        | Node.Constant buffer -> if buffer.Uniform.IsSome then nodeBytes else bytesOf buffer.Signature
        | Node.Compute(op, _, _) ->
            match loopOf op with
            | ValueSome scan -> nodeBytes + weigh scan.Body
            | ValueNone -> nodeBytes
        | Node.Input _ -> 0L)

/// A plan and its weight. It is compiled by the first who asks, and the others wait.
type private Entry = { Plan: Lazy<Plan>; Weight: int64 }

let private plans =
    LeastRecentlyUsed<struct (Backend * GraphKey), Entry>(capacity, (fun entry -> entry.Weight))

let mutable private count = 0L

/// The number of graphs compiled since the program began.
let compilations () = Volatile.Read &count

let private compile (backend: Backend) (graph: Graph) : Plan =
    Interlocked.Increment &count |> ignore
    backend.Prepare(Placement.constants backend graph)

/// The plan of a graph: that of an equal one, or a new one.
let get (backend: Backend) (graph: Graph) : Plan =
    let key = keyOf (withNumberedBarriers graph)

    let entry =
        plans.GetOrAdd(
            struct (backend, key),
            fun () -> { Plan = lazy (compile backend key.Graph); Weight = weigh key.Graph }
        )

    try
        entry.Plan.Force()
    with _ ->
        plans.Remove(struct (backend, key))
        reraise ()

/// A table of plans under other keys, of bounded weight.
let table<'key when 'key: equality> () = LeastRecentlyUsed<'key, Plan>(capacity, (fun plan -> weigh plan.Graph))
