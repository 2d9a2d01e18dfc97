/// Mixed precision: products of float32 computed in bfloat16. What lies between them stays float32; the casts become parts of
/// the kernels around the products.
module internal Functional.Torch.NarrowProducts

open Functional

/// Whether the primitive is a product of float32, which is computed in bfloat16.
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

/// Whether the primitive is an attention without a mask, or its gradient: on a GPU libtorch's kernels keep the logarithms of
/// its sums in float32, and hand them from the one to the other.
let private isPlainAttention op (args: Signature list) =
    match op with
    | Op.Attention _ -> args.Length = 3 && args |> List.forall (fun x -> x.DType = Float32)
    | Op.AttentionGradient _ -> args.Length = 6 && args |> List.forall (fun x -> x.DType = Float32)
    | _ -> false

/// A float32 in bfloat16: what it was made of, where it was one.
let private narrowed (b: Rewrite.Builder) (x: Ref) : Ref =
    match b.Source x with
    | Some(Op.Cast Float32, [ source ]) when (b.Signature source).DType = BFloat16 -> source
    | _ -> b.Apply(Op.Cast BFloat16, [ x ])

/// The graph with its products in bfloat16, those in the bodies of loops too; on a GPU with its attentions as well.
let rec apply (isCuda: bool) (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun b node ->
        match node with
        | Node.Compute(Op.Scan scan, args, results) ->
            let body = apply isCuda scan.Body
            let node = b.Add(Node.Compute(Op.Scan { scan with Body = body; Source = body }, args, results))
            Some(results |> List.mapi (fun i _ -> { node with Result = i }))
        | Node.Compute(op, args, results) ->
            let given = List.map b.Signature args

            if isNarrowed op given || (isCuda && isPlainAttention op given) then
                let first = b.Apply(op, List.map (narrowed b) args)
                Some(results |> List.mapi (fun i _ -> b.Apply(Op.Cast Float32, [ { first with Result = i } ])))
            else
                None
        | Node.Input _
        | Node.Constant _ -> None)
