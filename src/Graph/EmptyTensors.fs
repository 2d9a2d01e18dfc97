/// Empty tensors: what has no elements, or is computed of none, becomes a constant, so that no kernel meets an empty
/// value.
module internal Functional.EmptyTensors

open Functional

let private isEmpty (s: Signature) = List.contains 0 s.Shape

/// What a primitive with an empty argument gives where its result has elements, said without that argument. `number`
/// makes a constant of a signature whose elements are all one number.
let private withoutEmpty number (b: Rewrite.Builder) op (args: Ref list) (result: Signature) : Ref option =
    let all value = Some(b.Add(number result value))

    match op with
    // sums of no terms
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _
    | Op.PoolScatter _ -> all 0.0
    | Op.Reduce(reduction, _) ->
        match reduction with
        | Reduction.Sum
        | Reduction.Any -> all 0.0
        | Reduction.All -> all 1.0
        // the shape rule refuses them
        | Reduction.Max
        | Reduction.Min -> None
    | Op.Pad(_, value) -> all value
    | Op.Concat axis ->
        match args |> List.filter (fun r -> not (isEmpty (b.Signature r))) with
        | [ x ] -> Some x
        | rest -> Some(b.Apply(Op.Concat axis, rest))
    | Op.ScatterAdd _ -> Some args.Head
    // a loop runs with empty values among others
    | Op.Scan _ -> None
    // these have as many elements as some argument, or none if one has none
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
    | Op.Gather _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.MaxPool _
    | Op.PoolGather _
    | Op.Sort _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient
    | Op.Barrier _
    | Op.Custom _ -> None

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
    match op with
    | Op.Gather _
    | Op.ScatterAdd _ -> not (isEmpty (b.Signature args[1]))
    | Op.Unary _
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Pad _
    | Op.Flip _
    | Op.Concat _
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
    | Op.StopGradient
    | Op.Barrier _
    | Op.Custom _
    | Op.Scan _ -> false

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
