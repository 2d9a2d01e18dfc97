/// Mixed precision: products of float32 computed in bfloat16. What lies between them stays float32; the casts become parts of
/// the kernels around the products.
module internal Functional.Torch.NarrowProducts

open Functional

/// Whether the primitive is computed in bfloat16. Attention is not: the logarithms of its sums need more bits.
let isNarrowed op (args: Signature list) =
    (match OpClass.ofOp op with
     | OpClass.Product _ -> true
     | OpClass.View _
     | OpClass.Elementwise _
     | OpClass.Reduction _
     | OpClass.AlongAxis
     | OpClass.Movement _
     | OpClass.ScatterAdd _
     | OpClass.Pooling _
     | OpClass.Attention _
     | OpClass.Random
     | OpClass.Custom _
     | OpClass.Loop _ -> false)
    && args |> List.forall (fun x -> x.DType = Float32)

/// The graph with its products in bfloat16, those in the bodies of loops too.
let rec apply (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(Op.Scan scan, args, results) ->
            let body = apply scan.Body
            let node = b.Add(Node.Compute(Op.Scan { scan with Body = body; Source = body }, args, results))
            Some(results |> List.mapi (fun i _ -> { node with Result = i }))
        | Node.Compute(op, args, _) when isNarrowed op (List.map b.Signature args) ->
            let narrow = args |> List.map (fun x -> b.Apply(Op.Cast BFloat16, [ x ]))
            Some [ b.Apply(Op.Cast Float32, [ b.Apply(op, narrow) ]) ]
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None)
