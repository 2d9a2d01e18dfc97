/// Reverse mode through one step of a loop: the step and the cotangents of its inputs as one graph, and the residuals,
/// which are the values of the step that the backward pass needs.
module internal Functional.ScanResiduals

open System.Collections.Generic
open Functional

/// How a function is run in reverse: its values at a point, which of them depend on the inputs that are flagged, and
/// what carries cotangents (None for zero) back to these inputs.
type Vjp =
    (Tensor list -> Tensor list)
        -> Tensor list
        -> bool list
        -> Tensor list * bool list * (Tensor option list -> Tensor option list)

/// A step together with its backward pass.
type LinearizedStep =
    {
        /// Its inputs are those of the step, then one cotangent for each result of the step.
        Graph: Graph
        /// The results of the step: new carries, then outputs.
        Results: Ref list
        /// Which results depend on the inputs that are differentiated.
        Depends: bool list
        /// The cotangent of each input of the step; None for zero.
        InputCotangents: Ref option list
        /// The nodes of the step proper, in order: the same ones whichever cotangents are given.
        StepNodes: int[]
    }

/// The nodes that the values depend on, in order.
let private ancestors (graph: Graph) (values: Ref list) =
    let needed = Array.create graph.Nodes.Length false

    for r in values do
        needed[r.Node] <- true

    for i in graph.Nodes.Length - 1 .. -1 .. 0 do
        if needed[i] then
            for r in Graph.arguments graph.Nodes[i] do
                needed[r.Node] <- true

    [| for i in 0 .. needed.Length - 1 do
           if needed[i] then
               i |]

/// The step with its backward pass from the results that `hasCotangent` flags (of those that depend on the inputs that
/// `isDifferentiated` flags).
let linearize (vjp: Vjp) (source: Graph) (isDifferentiated: bool list) (hasCotangent: bool list) : LinearizedStep =
    let depends = ref []
    let hasInputCotangent = ref []
    let cotangentSignatures = source.Outputs |> List.map (Graph.signature source)

    let forwardAndBackward all =
        let inputs, cotangents = List.splitAt source.Inputs.Length all
        let results, resultDepends, pull = vjp (Trace.run source) inputs isDifferentiated
        let isPulled = List.map2 (&&) hasCotangent resultDepends

        let inputCotangents =
            pull (List.map2 (fun isPulled ct -> if isPulled then Some ct else None) isPulled cotangents)

        depends.Value <- resultDepends
        hasInputCotangent.Value <- List.map Option.isSome inputCotangents
        results @ List.choose id inputCotangents

    let graph, _ = Trace.traceWhole forwardAndBackward (source.Inputs @ cotangentSignatures)
    let results, inputCotangents = List.splitAt source.Outputs.Length graph.Outputs

    { Graph = graph
      Results = results
      Depends = depends.Value
      InputCotangents = ScanTracing.unpick hasInputCotangent.Value inputCotangents
      StepNodes = ancestors graph results }

/// Whether computing the primitive again costs less than reading its result back from memory.
let private isCheap op =
    match OpClass.ofOp op with
    | OpClass.Elementwise instruction -> ElementwiseOperations.isCheap instruction
    | OpClass.View _ -> true
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// The values of the step that its backward pass reads. Of a value that only repeats or rearranges another one, that
/// other one.
let private readByBackward (linear: LinearizedStep) : Ref list =
    let graph = linear.Graph
    let ofStep = HashSet linear.StepNodes
    let read = HashSet<Ref>()

    let rec add (r: Ref) =
        match graph.Nodes[r.Node] with
        | Node.Compute((Op.Broadcast _ | Op.Reshape _ | Op.Transpose _), [ a ], _) -> add a
        | Node.Compute _
        | Node.Constant _
        | Node.Input _ -> read.Add r |> ignore

    let cotangents = List.choose id linear.InputCotangents

    for node in ancestors graph cotangents do
        if not (ofStep.Contains node) then
            for r in Graph.arguments graph.Nodes[node] do
                if ofStep.Contains r.Node then
                    add r

    for r in cotangents do
        if ofStep.Contains r.Node then
            add r

    read |> Seq.sortBy (fun r -> r.Node, r.Result) |> List.ofSeq

/// The residuals: as few values of the step as its backward pass needs. Slices of the sequences and constants are
/// available there anyway, and what is cheap is computed again from what is available.
let residuals (carries: int) (linear: LinearizedStep) : Ref list =
    let graph = linear.Graph
    let saved = HashSet<Ref>()
    let known = Dictionary<Ref, bool>()

    let rec isAvailable (r: Ref) =
        saved.Contains r
        || match known.TryGetValue r with
           | true, isAvailable -> isAvailable
           | _ ->
               let result =
                   match graph.Nodes[r.Node] with
                   | Node.Input(i, _) -> i >= carries
                   | Node.Constant _ -> true
                   | Node.Compute(op, args, _) -> isCheap op && List.forall isAvailable args

               known[r] <- result
               result

    for r in readByBackward linear do
        if not (isAvailable r) then
            saved.Add r |> ignore
            // a value that depends on this one may be available from now on
            known.Clear()

    saved |> Seq.sortBy (fun r -> r.Node, r.Result) |> List.ofSeq
