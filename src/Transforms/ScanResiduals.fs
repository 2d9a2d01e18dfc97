/// Reverse mode through one step of a loop: the step and the cotangents of its inputs as one graph, and which values of
/// the step are to be kept for the way back.
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

/// A step together with its way back.
type Linear =
    {
        /// Its inputs are those of the step, then one cotangent for each value of the step.
        Graph: Graph
        /// What the step gives.
        Values: Ref list
        /// Which of these depend on the inputs that are differentiated.
        Depend: bool list
        /// The cotangent of each input of the step, where there is one.
        Pulled: Ref option list
        /// The nodes of the step proper, in order: the same ones whichever cotangents are given.
        Step: int[]
    }

/// The nodes that some of the values need, in order.
let private behind (graph: Graph) (values: Ref list) =
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

/// The step with its way back from the values for which `given` holds (of those that depend on the flagged inputs).
let linearize (vjp: Vjp) (source: Graph) (flags: bool list) (given: bool list) : Linear =
    let depend = ref []
    let pulled = ref []
    let cotangents = source.Outputs |> List.map (Graph.signature source)

    let both all =
        let inputs, cts = List.splitAt source.Inputs.Length all
        let values, depends, pull = vjp (Trace.run source) inputs flags
        let chosen = List.map2 (&&) given depends
        let back = pull (List.map2 (fun chosen ct -> if chosen then Some ct else None) chosen cts)
        depend.Value <- depends
        pulled.Value <- List.map Option.isSome back
        values @ List.choose id back

    let graph, _ = Trace.traceWhole both (source.Inputs @ cotangents)
    let values, back = List.splitAt source.Outputs.Length graph.Outputs

    { Graph = graph
      Values = values
      Depend = depend.Value
      Pulled = ScanTracing.spread pulled.Value back
      Step = behind graph values }

/// Elementwise functions that cost less than reading their values back from memory, and what only moves elements.
let private isCheap op =
    match op with
    | Op.Unary u -> ElementwiseOperations.isCheap (ElementwiseOperations.ofUnary u).Instruction
    | Op.Binary b -> ElementwiseOperations.isCheap (ElementwiseOperations.ofBinary b).Instruction
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Flip _
    | Op.StopGradient
    | Op.Barrier _ -> true
    | Op.Pad _
    | Op.Concat _
    | Op.Gather _
    | Op.ScatterAdd _
    | Op.Reduce _
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
    | Op.Scan _ -> false

/// The values of the step to keep for the way back: those it reads, as few as possible. Slices of the sequences and
/// constants are there again on the way back, and what costs little is computed again from what is there.
let kept (carries: int) (linear: Linear) : Ref list =
    let graph = linear.Graph
    let ofStep = HashSet linear.Step
    let wanted = HashSet<Ref>()

    // what only repeats or rearranges another value is found again from that one
    let rec want (r: Ref) =
        match graph.Nodes[r.Node] with
        | Node.Compute((Op.Broadcast _ | Op.Reshape _ | Op.Transpose _), [ a ], _) -> want a
        | Node.Compute _
        | Node.Constant _
        | Node.Input _ -> wanted.Add r |> ignore

    let back = List.choose id linear.Pulled

    for node in behind graph back do
        if not (ofStep.Contains node) then
            for r in Graph.arguments graph.Nodes[node] do
                if ofStep.Contains r.Node then
                    want r

    for r in back do
        if ofStep.Contains r.Node then
            want r

    let keep = HashSet<Ref>()
    let there = Dictionary<Ref, bool>()

    let rec isThere (r: Ref) =
        keep.Contains r
        || match there.TryGetValue r with
           | true, known -> known
           | _ ->
               let known =
                   match graph.Nodes[r.Node] with
                   | Node.Input(i, _) -> i >= carries
                   | Node.Constant _ -> true
                   | Node.Compute(op, args, _) -> isCheap op && List.forall isThere args

               there[r] <- known
               known

    for r in wanted |> Seq.sortBy (fun r -> r.Node, r.Result) do
        if not (isThere r) then
            keep.Add r |> ignore
            // what was not there without it may be there now
            there.Clear()

    keep |> Seq.sortBy (fun r -> r.Node, r.Result) |> List.ofSeq
