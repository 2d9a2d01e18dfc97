/// Reverse mode through a loop: a forward loop that also stacks the residuals, and a loop in the opposite direction
/// that carries the cotangents. What the steps contribute to the cotangent of a constant is summed in one product or
/// one reduction after the loop wherever it can be.
module internal Functional.ScanVjp

open System.Collections.Generic
open Functional
open Core
open Functional.ScanResiduals

/// A computation of the sum over all steps of a value of the backward pass.
[<RequireQualifiedAccess>]
type private SumOverSteps =
    /// Of products of two matrices: one product over all steps.
    | Products of left: Ref * right: Ref
    /// Of reductions over these axes: one reduction over all steps.
    | Reductions of axes: int list * Ref
    /// Of a linear primitive's results: the primitive of the sum of its arguments.
    | Linear of Op * SumOverSteps
    /// Of sums of two values: the sum of two sums.
    | Addition of SumOverSteps * SumOverSteps
    /// Of any other value: the backward loop accumulates it in a carry, unless the value is stacked anyway.
    | Accumulation of Ref

let rec private sumOverSteps (graph: Graph) (r: Ref) =
    match graph.Nodes[r.Node] with
    | Node.Compute(Op.MatMul, [ a; b ], _) -> SumOverSteps.Products(a, b)
    | Node.Compute(Op.Reduce(Reduction.Sum, axes), [ a ], _) -> SumOverSteps.Reductions(axes, a)
    | Node.Compute((Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.Broadcast _ | Op.Pad(_, 0.0)) as op,
                   [ a ],
                   _)
    | Node.Compute(Op.Unary Unary.Neg as op, [ a ], _) -> SumOverSteps.Linear(op, sumOverSteps graph a)
    | Node.Compute(Op.Binary Binary.Add, [ a; b ], _) ->
        SumOverSteps.Addition(sumOverSteps graph a, sumOverSteps graph b)
    | Node.Compute _
    | Node.Constant _
    | Node.Input _ -> SumOverSteps.Accumulation r

/// The value of which this is the transpose (of its last two axes), if it is one.
let private untransposed (graph: Graph) (r: Ref) =
    match graph.Nodes[r.Node] with
    | Node.Compute(Op.Transpose perm, [ a ], _) ->
        let rank = perm.Length

        if rank >= 2 && perm = [ 0 .. rank - 3 ] @ [ rank - 1; rank - 2 ] then
            Some a
        else
            None
    | Node.Compute _
    | Node.Constant _
    | Node.Input _ -> None

/// The values of each step that the sum is computed from after the loop.
let rec private stackedFor graph sum =
    match sum with
    | SumOverSteps.Products(a, b) -> [ untransposed graph a |> Option.defaultValue a; b ]
    | SumOverSteps.Reductions(_, a) -> [ a ]
    | SumOverSteps.Linear(_, sum) -> stackedFor graph sum
    | SumOverSteps.Addition(a, b) -> stackedFor graph a @ stackedFor graph b
    | SumOverSteps.Accumulation _ -> []

let rec private accumulatedFor sum =
    match sum with
    | SumOverSteps.Accumulation r -> [ r ]
    | SumOverSteps.Products _
    | SumOverSteps.Reductions _ -> []
    | SumOverSteps.Linear(_, sum) -> accumulatedFor sum
    | SumOverSteps.Addition(a, b) -> accumulatedFor a @ accumulatedFor b

/// [time, batch.., m, k], its axes first permuted, as [batch.., time * m, k]: the matrices of all steps above each
/// other.
let private stackRows (perm: int list) (x: Tensor) =
    let moved = if perm = [ 0 .. x.Rank - 1 ] then x else apply (Op.Transpose perm) [ x ]
    let batch, rest = List.splitAt (x.Rank - 3) moved.Shape
    apply (Op.Reshape(batch @ [ rest[0] * rest[1]; rest[2] ])) [ moved ]

let private swapLast (x: Tensor) = apply (Op.Transpose([ 0 .. x.Rank - 3 ] @ [ x.Rank - 1; x.Rank - 2 ])) [ x ]

/// The sum over all steps. `stackOf` gives the stack of a value along time, `accumulated` the sum of one.
let rec private compute graph (stackOf: Ref -> Tensor) (accumulated: Ref -> Tensor) sum =
    match sum with
    | SumOverSteps.Products(a, b) ->
        let rank = (Graph.signature graph b).Shape.Length
        let batch = [ 1 .. rank - 2 ]

        // a_0 b_0 + a_1 b_1 + ... is [a_0 a_1 ...] times [b_0; b_1; ...]
        let left =
            match untransposed graph a with
            | Some a -> stackRows (batch @ [ 0; rank - 1; rank ]) (stackOf a)
            | None -> stackRows (batch @ [ 0; rank; rank - 1 ]) (stackOf a)

        apply Op.MatMul [ swapLast left; stackRows (batch @ [ 0; rank - 1; rank ]) (stackOf b) ]
    | SumOverSteps.Reductions(axes, a) -> apply (Op.Reduce(Reduction.Sum, 0 :: List.map ((+) 1) axes)) [ stackOf a ]
    | SumOverSteps.Linear(op, sum) -> apply op [ compute graph stackOf accumulated sum ]
    | SumOverSteps.Addition(a, b) -> compute graph stackOf accumulated a + compute graph stackOf accumulated b
    | SumOverSteps.Accumulation r -> accumulated r

let private zeros (s: Signature) = Tensor.zerosOf s.DType s.Shape

/// A value of the step proper, named by the position of its node among those of the step. A position means the same in
/// every linearization of the step, whichever cotangents it is for.
let private positionInStep (linear: LinearizedStep) (r: Ref) =
    { r with Node = System.Array.BinarySearch(linear.StepNodes, r.Node) }

let private atPosition (linear: LinearizedStep) (r: Ref) = { r with Node = linear.StepNodes[r.Node] }

/// The values of a graph's inputs, by their index.
let private inputs (graph: Graph) =
    graph.Nodes
    |> Array.indexed
    |> Array.choose (fun (at, node) ->
        match node with
        | Node.Input(i, _) -> Some(i, { Node = at; Result = 0 })
        | Node.Constant _
        | Node.Compute _ -> None)
    |> Array.sortBy fst
    |> Array.map snd

/// Tensors by the value of the graph that each one stands for.
let private bind (pairs: (Ref * Tensor) list) =
    let known = Dictionary<Ref, Tensor>()

    for r, value in pairs do
        known[r] <- value

    known

/// What the backward loop reads, writes and carries. The inputs of the linearized step are its carries, slices and
/// constants, then the cotangents of its new carries and of its outputs.
type private BackwardLoop =
    {
        Linear: LinearizedStep
        Scan: Scan
        Args: Tensor list
        Inputs: Ref[]
        /// Which carries have a cotangent.
        CarryFlags: bool list
        /// The stacks that it reads a slice of in each step: residuals, sequences, and cotangents of outputs.
        Read: (Ref * Tensor) list
        /// The sum that is the cotangent of each constant; None for zero.
        Sums: SumOverSteps option list
        /// The values that it stacks, each once.
        Stacked: Ref list
        /// The values that it accumulates from step to step.
        Accumulated: Ref list
    }

    /// The carries that have a cotangent.
    member loop.Carried = List.indexed loop.CarryFlags |> List.filter snd |> List.map fst

let private planBackward (linear: LinearizedStep) flags (scan: Scan) (args: Tensor list) residuals outputCotangents =
    let graph = linear.Graph
    let input = inputs graph
    let _, sequences, _ = ScanTracing.splitArguments scan args
    let _, ofSequences, ofConstants = ScanTracing.splitArguments scan linear.InputCotangents
    let outputCotangent i = input[args.Length + scan.Carries + i]

    let read =
        (residuals |> List.map (fun (position, stack: Tensor) -> atPosition linear position, stack))
        @ (sequences |> List.mapi (fun i x -> input[scan.Carries + i], x))
        @ (List.indexed outputCotangents
           |> List.choose (fun (i, ct) -> ct |> Option.map (fun ct -> outputCotangent i, ct)))

    let isRead = bind read
    let sums = ofConstants |> List.map (Option.map (sumOverSteps graph))

    let stacked =
        List.choose id ofSequences @ List.collect (stackedFor graph) (List.choose id sums)
        |> List.filter (fun r -> not (isRead.ContainsKey r))
        |> List.distinct

    // a value that is stacked anyway is summed after the loop
    let accumulated =
        List.choose id sums
        |> List.collect accumulatedFor
        |> List.filter (fun r -> not (isRead.ContainsKey r || List.contains r stacked))
        |> List.distinct

    { Linear = linear
      Scan = scan
      Args = args
      Inputs = input
      CarryFlags = flags
      Read = read
      Sums = sums
      Stacked = stacked
      Accumulated = accumulated }

/// One step backward: from the cotangents of the new carries and the sums so far to the cotangents of the carries, the
/// sums with this step's values added, and the values to be stacked.
let private backwardStep (loop: BackwardLoop) (state: Tensor list) slices constants =
    let linear, scan, carried = loop.Linear, loop.Scan, loop.Carried
    let cotangents, sums = List.splitAt carried.Length state

    let known =
        bind (
            List.map2 (fun i ct -> loop.Inputs[loop.Args.Length + i], ct) carried cotangents
            @ List.map2 (fun (r, _) slice -> r, slice) loop.Read slices
            @ List.mapi (fun i x -> loop.Inputs[scan.Carries + scan.Sequences + i], x) constants
        )

    let ofCarries = carried |> List.map (fun i -> linear.InputCotangents[i])

    let values =
        Trace.evaluate linear.Graph known (List.choose id ofCarries @ loop.Accumulated @ loop.Stacked)

    let pulled, rest = values |> List.splitAt (ofCarries |> List.choose id |> List.length)
    let added, stacked = rest |> List.splitAt loop.Accumulated.Length

    let newCotangents =
        ScanTracing.unpick (ofCarries |> List.map Option.isSome) pulled
        |> List.map2 (fun (ct: Tensor) pulled -> pulled |> Option.defaultWith (fun () -> zeros ct.Signature)) cotangents

    newCotangents @ List.map2 (+) sums added, stacked

/// Runs the backward loop, with the cotangents of the last carries: the cotangents of the arguments.
let private runBackward (loop: BackwardLoop) (carryCotangents: Tensor option list) =
    let linear, scan, carried = loop.Linear, loop.Scan, loop.Carried
    let graph = linear.Graph
    let carries, _, constants = ScanTracing.splitArguments scan loop.Args
    let _, ofSequences, _ = ScanTracing.splitArguments scan linear.InputCotangents

    let starts =
        carried
        |> List.map (fun i -> carryCotangents[i] |> Option.defaultWith (fun () -> zeros carries[i].Signature))

    let traced =
        ScanTracing.prepare
            (not scan.Reverse)
            scan.Length
            (backwardStep loop)
            (starts @ (loop.Accumulated |> List.map (Graph.signature graph >> zeros)))
            (List.map snd loop.Read)
            constants

    let last, stacks = ScanTracing.apply traced |> List.splitAt traced.Scan.Carries
    let lastCotangents, lastSums = last |> List.splitAt carried.Length
    let stackOf = bind (loop.Read @ List.zip loop.Stacked stacks)
    let sumOf = bind (List.zip loop.Accumulated lastSums)

    let accumulated r =
        match sumOf.TryGetValue r with
        | true, value -> value
        | _ -> apply (Op.Reduce(Reduction.Sum, [ 0 ])) [ stackOf[r] ]

    ScanTracing.unpick loop.CarryFlags lastCotangents
    @ (ofSequences |> List.map (Option.map (fun r -> stackOf[r])))
    @ (loop.Sums |> List.map (Option.map (compute graph (fun r -> stackOf[r]) accumulated)))

/// Runs the scan with the residuals stacked beside its outputs: its results, and the residuals by their position in the
/// step.
let private forward (linear: LinearizedStep) (scan: Scan) (args: Tensor list) =
    let residuals = residuals scan.Carries linear
    let carries, sequences, constants = ScanTracing.splitArguments scan args

    // a residual that is an output is not stacked twice
    let outputs = List.skip scan.Carries linear.Results
    let others = residuals |> List.filter (fun r -> not (List.contains r outputs))

    let step carries slices constants =
        let known =
            List.zip (inputs linear.Graph |> List.ofArray |> List.take args.Length) (carries @ slices @ constants)

        Trace.evaluate linear.Graph (bind known) (linear.Results @ others) |> List.splitAt scan.Carries

    let results, stacks =
        ScanTracing.prepare scan.Reverse scan.Length step carries sequences constants
        |> ScanTracing.apply
        |> List.splitAt linear.Results.Length

    let stackOf = bind (List.zip outputs (List.skip scan.Carries results) @ List.zip others stacks)
    results, residuals |> List.map (fun r -> positionInStep linear r, stackOf[r])

/// The results of the scan, which of them depend on the arguments that are flagged, and the function that carries
/// cotangents of the results (None for zero) back to the arguments.
let record (vjp: Vjp) (scan: Scan) (args: Tensor list) (flags: bool list) =
    let carryFlags, otherFlags = List.splitAt scan.Carries flags
    let all = scan.Source.Outputs |> List.map (fun _ -> true)

    let linear, carryFlags =
        ScanTracing.fixedPoint carryFlags (fun carryFlags ->
            let linear = linearize vjp scan.Source (carryFlags @ otherFlags) all
            linear, List.take scan.Carries linear.Depends)

    let results, residuals = forward linear scan args

    let back (cotangents: Tensor option list) =
        let ofCarries, ofOutputs = List.splitAt scan.Carries cotangents
        let outputFlags = List.map Option.isSome ofOutputs

        // a carry's cotangent reaches other carries on the way back: those have one too
        let linear, cotangentFlags =
            ScanTracing.fixedPoint (List.map Option.isSome ofCarries) (fun cotangentFlags ->
                let wanted = cotangentFlags @ outputFlags

                let linear =
                    if List.map2 (&&) wanted linear.Depends = linear.Depends then
                        linear
                    else
                        linearize vjp scan.Source (carryFlags @ otherFlags) wanted

                linear, List.take scan.Carries linear.InputCotangents |> List.map Option.isSome)

        runBackward (planBackward linear cotangentFlags scan args residuals ofOutputs) ofCarries

    results, linear.Depends, back
