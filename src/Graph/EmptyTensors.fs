/// Empty tensors: what has no elements, or is computed of none, becomes a constant, so that no kernel meets an empty
/// value.
module internal Functional.EmptyTensors

open Functional

let private isEmpty (s: Signature) = List.contains 0 s.Shape

/// The result of a reduction of no elements; none where the shape rule refuses it.
let private emptyReduction reduction =
    match reduction with
    | Reduction.Sum
    | Reduction.Any -> Some 0.0
    | Reduction.All -> Some 1.0
    | Reduction.Max
    | Reduction.Min -> None

/// The result of a primitive with an empty argument, where it has elements, without that argument. `number` makes a
/// constant of a signature whose elements are all one number.
let private withoutEmpty number (b: Rewrite.Builder) op (args: Ref list) (result: Signature) : Ref option =
    let all value = Some(b.Add(number result value))

    match OpClass.ofOp op with
    | OpClass.Product _ -> all 0.0
    | OpClass.Reduction(reduction, _) -> emptyReduction reduction |> Option.bind all
    | OpClass.Movement movement ->
        match movement with
        | MovementKind.Pad(_, value) -> all value
        | MovementKind.Concat axis ->
            match args |> List.filter (fun r -> not (isEmpty (b.Signature r))) with
            | [ x ] -> Some x
            | rest -> Some(b.Apply(Op.Concat axis, rest))
        | MovementKind.Gather _ -> None
    | OpClass.ScatterAdd _ -> Some args.Head
    | OpClass.Pooling pooling ->
        match pooling with
        | PoolKind.Scatter -> all 0.0
        | PoolKind.MaxPool
        | PoolKind.Gather -> None
    // a loop runs with empty values among others, and so does the gradient of an attention of no queries
    | OpClass.Loop _
    | OpClass.Attention _ -> None
    // these have as many elements as some argument, or none if one has none
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.AlongAxis
    | OpClass.Random
    | OpClass.Custom _ -> None

/// A loop of no steps: the carries as they came, and empty stacks.
let private withoutSteps
    number
    (b: Rewrite.Builder)
    (scan: Scan)
    (args: Ref list)
    (results: Signature list)
    : Ref list =
    List.take scan.Carries args
    @ (List.skip scan.Carries results |> List.map (fun s -> b.Add(number s 0.0)))

/// Whether a primitive checks indices, of which there are some, although it gives no elements.
let private checksIndices (b: Rewrite.Builder) op (args: Ref list) =
    let hasIndices () = not (isEmpty (b.Signature args[1]))

    match OpClass.ofOp op with
    | OpClass.ScatterAdd _ -> hasIndices ()
    | OpClass.Movement movement ->
        match movement with
        | MovementKind.Gather _ -> hasIndices ()
        | MovementKind.Pad _
        | MovementKind.Concat _ -> false
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// The graph in which empty values are constants. Only loops still read them.
let eliminate (number: Signature -> float -> Node) (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(op, args, results) when List.forall isEmpty results && not (checksIndices b op args) ->
            results |> List.map (fun s -> b.Add(number s 0.0)) |> Some
        | Node.Compute(Op.Scan scan, args, results) when scan.Length = 0 ->
            Some(withoutSteps number b scan args results)
        | Node.Compute(op, args, [ result ]) when
            not (isEmpty result) && args |> List.exists (fun r -> isEmpty (b.Signature r))
            ->
            withoutEmpty number b op args result |> Option.map List.singleton
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None)
