/// Reverse mode through a loop: a loop forward that also stacks what the way back needs, and a loop in the opposite
/// direction that carries the cotangents. What the steps give to the cotangent of a constant is summed in one product
/// or one sum after the loop wherever it is one.
module internal Functional.ScanVjp

open System.Collections.Generic
open Functional
open Core
open Functional.ScanResiduals

/// The sum over all steps of a value of the way back, as it is to be computed.
type private Total =
    /// Of a product of two values: one product over all steps.
    | Products of left: Ref * right: Ref
    /// Of a value summed over these axes.
    | Sums of axes: int list * Ref
    /// A linear primitive of another total.
    | Linearly of Op * Total
    /// Two totals added.
    | Both of Total * Total
    /// Of any other value: added up from step to step.
    | Running of Ref

let rec private totalOf (graph: Graph) (r: Ref) =
    match graph.Nodes[r.Node] with
    | Node.Compute(Op.MatMul, [ a; b ], _) -> Products(a, b)
    | Node.Compute(Op.Reduce(Reduction.Sum, axes), [ a ], _) -> Sums(axes, a)
    | Node.Compute((Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.Broadcast _ | Op.Pad(_, 0.0)) as op,
                   [ a ],
                   _)
    | Node.Compute(Op.Unary Unary.Neg as op, [ a ], _) -> Linearly(op, totalOf graph a)
    | Node.Compute(Op.Binary Binary.Add, [ a; b ], _) -> Both(totalOf graph a, totalOf graph b)
    | Node.Compute _
    | Node.Constant _
    | Node.Input _ -> Running r

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

/// The values that a total is made of, one for every step.
let rec private stacked graph total =
    match total with
    | Products(a, b) -> [ untransposed graph a |> Option.defaultValue a; b ]
    | Sums(_, a) -> [ a ]
    | Linearly(_, total) -> stacked graph total
    | Both(a, b) -> stacked graph a @ stacked graph b
    | Running _ -> []

let rec private running total =
    match total with
    | Running r -> [ r ]
    | Products _
    | Sums _ -> []
    | Linearly(_, total) -> running total
    | Both(a, b) -> running a @ running b

/// [time, batch.., m, k] as [batch.., time * m, k], its axes taken in this order first.
let private laidEndToEnd (perm: int list) (x: Tensor) =
    let moved = if perm = [ 0 .. x.Rank - 1 ] then x else apply (Op.Transpose perm) [ x ]
    let batch, rest = List.splitAt (x.Rank - 3) moved.Shape
    apply (Op.Reshape(batch @ [ rest[0] * rest[1]; rest[2] ])) [ moved ]

let private swapLast (x: Tensor) = apply (Op.Transpose([ 0 .. x.Rank - 3 ] @ [ x.Rank - 1; x.Rank - 2 ])) [ x ]

/// The sum over all steps, from the stacks of what it is made of.
let rec private sum graph (stackOf: Ref -> Tensor) (runningSum: Ref -> Tensor) total =
    match total with
    | Products(a, b) ->
        let rank = (Graph.signature graph b).Shape.Length
        let batch = [ 1 .. rank - 2 ]

        // a_0 b_0 + a_1 b_1 + ... is [a_0 a_1 ...] times [b_0; b_1; ...]
        let left =
            match untransposed graph a with
            | Some a -> laidEndToEnd (batch @ [ 0; rank - 1; rank ]) (stackOf a)
            | None -> laidEndToEnd (batch @ [ 0; rank; rank - 1 ]) (stackOf a)

        apply Op.MatMul [ swapLast left; laidEndToEnd (batch @ [ 0; rank - 1; rank ]) (stackOf b) ]
    | Sums(axes, a) -> apply (Op.Reduce(Reduction.Sum, 0 :: List.map ((+) 1) axes)) [ stackOf a ]
    | Linearly(op, total) -> apply op [ sum graph stackOf runningSum total ]
    | Both(a, b) -> sum graph stackOf runningSum a + sum graph stackOf runningSum b
    | Running r -> runningSum r

let private zeros (s: Signature) = Tensor.zerosOf s.DType s.Shape

/// A value of the step by its place among the nodes of the step, which does not depend on the cotangents that are
/// given.
let private place (linear: Linear) (r: Ref) = { r with Node = System.Array.BinarySearch(linear.Step, r.Node) }

let private atPlace (linear: Linear) (r: Ref) = { r with Node = linear.Step[r.Node] }

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

/// Tensors under the values of a graph that they stand for.
let private bind (pairs: (Ref * Tensor) list) =
    let known = Dictionary<Ref, Tensor>()

    for r, value in pairs do
        known[r] <- value

    known

/// The loop back, with the cotangents `cts` of the results: the cotangents of the arguments.
let private backward
    (linear: Linear)
    (flags: bool list)
    (scan: Scan)
    (args: Tensor list)
    kept
    (cts: Tensor option list)
    =
    let graph = linear.Graph
    let input = inputs graph
    let carries, sequences, constants = ScanTracing.parts scan args
    let ctCarries, ctGiven = List.splitAt scan.Carries cts
    let pulledCarries, pulledSequences, pulledConstants = ScanTracing.parts scan linear.Pulled
    let ofSequence i = input[scan.Carries + i]
    let ofConstant i = input[scan.Carries + scan.Sequences + i]
    let ofCarryCt i = input[args.Length + i]
    let ofGivenCt i = input[args.Length + scan.Carries + i]

    // what the loop back reads: kept values, the sequences themselves, and the cotangents of what the steps gave
    let read =
        (kept |> List.map (fun (at, stack: Tensor) -> atPlace linear at, stack))
        @ (sequences |> List.mapi (fun i x -> ofSequence i, x))
        @ (ctGiven |> List.indexed |> List.choose (fun (i, ct) -> ct |> Option.map (fun ct -> ofGivenCt i, ct)))

    let isRead = bind read
    let totals = pulledConstants |> List.map (Option.map (totalOf graph))

    // what it writes, each value once
    let written =
        List.choose id pulledSequences @ List.collect (stacked graph) (List.choose id totals)
        |> List.filter (fun r -> not (isRead.ContainsKey r))
        |> List.distinct

    // what is stacked anyway is summed after the loop
    let isStacked r = isRead.ContainsKey r || List.contains r written

    let sums =
        List.choose id totals |> List.collect running |> List.filter (isStacked >> not) |> List.distinct

    let carried = List.indexed flags |> List.filter snd |> List.map fst

    let starts =
        carried
        |> List.map (fun i -> ctCarries[i] |> Option.defaultWith (fun () -> zeros carries[i].Signature))

    let step (state: Tensor list) slices fixedValues =
        let cts, sofar = List.splitAt carried.Length state

        let known =
            bind (
                List.map2 (fun i ct -> ofCarryCt i, ct) carried cts
                @ List.map2 (fun (r, _) slice -> r, slice) read slices
                @ List.mapi (fun i x -> ofConstant i, x) fixedValues
            )

        let pulled = carried |> List.map (fun i -> pulledCarries[i])
        let values = Trace.evaluate graph known (List.choose id pulled @ sums @ written)
        let back, rest = values |> List.splitAt (pulled |> List.choose id |> List.length)
        let added, given = rest |> List.splitAt sums.Length

        let back =
            List.map2 (fun (ct: Tensor) value -> value |> Option.defaultWith (fun () -> zeros ct.Signature)) cts
            <| ScanTracing.spread (pulled |> List.map Option.isSome) back

        back @ List.map2 (+) sofar added, given

    let loop =
        ScanTracing.prepare
            (not scan.Reverse)
            scan.Length
            step
            (starts @ (sums |> List.map (Graph.signature graph >> zeros)))
            (List.map snd read)
            constants

    let results = ScanTracing.apply loop
    let last, stacks = results |> List.splitAt loop.Scan.Carries
    let lastCts, lastSums = last |> List.splitAt carried.Length
    let found = bind (read @ List.zip written stacks)
    let stackOf r = found[r]
    let summed = bind (List.zip sums lastSums)

    let runningSum r =
        match summed.TryGetValue r with
        | true, value -> value
        | _ -> apply (Op.Reduce(Reduction.Sum, [ 0 ])) [ stackOf r ]

    ScanTracing.spread flags lastCts
    @ (pulledSequences |> List.map (Option.map stackOf))
    @ (totals |> List.map (Option.map (sum graph stackOf runningSum)))

/// The results of the scan, which of them depend on the arguments that are flagged, and what carries cotangents of
/// those (None for zero) back to these arguments.
let record (vjp: Vjp) (scan: Scan) (args: Tensor list) (flags: bool list) =
    let carried, others = List.splitAt scan.Carries flags
    let all = scan.Source.Outputs |> List.map (fun _ -> true)

    let linear, carried =
        ScanTracing.settle carried (fun carried ->
            let linear = linearize vjp scan.Source (carried @ others) all
            linear, List.take scan.Carries linear.Depend)

    let kept = kept scan.Carries linear
    let carries, sequences, constants = ScanTracing.parts scan args

    // a value that the step gives anyway is not stacked twice
    let given = List.skip scan.Carries linear.Values
    let besides = kept |> List.filter (fun r -> not (List.contains r given))

    let step carries slices constants =
        let known =
            List.zip (inputs linear.Graph |> List.ofArray |> List.take args.Length) (carries @ slices @ constants)

        Trace.evaluate linear.Graph (bind known) (linear.Values @ besides) |> List.splitAt scan.Carries

    let results =
        ScanTracing.prepare scan.Reverse scan.Length step carries sequences constants |> ScanTracing.apply

    let results, stacks = results |> List.splitAt linear.Values.Length
    let stackOf = bind (List.zip given (List.skip scan.Carries results) @ List.zip besides stacks)
    let kept = kept |> List.map (fun r -> place linear r, stackOf[r])

    let back (cts: Tensor option list) =
        let isGiven = List.map Option.isSome cts
        let ctCarries, ctGiven = List.splitAt scan.Carries isGiven

        let way, flags =
            ScanTracing.settle ctCarries (fun flags ->
                let wanted = flags @ ctGiven

                let way =
                    if List.map2 (&&) wanted linear.Depend = linear.Depend then
                        linear
                    else
                        linearize vjp scan.Source (carried @ others) wanted

                way, List.take scan.Carries way.Pulled |> List.map Option.isSome)

        backward way flags scan args kept cts

    results, linear.Depend, back
