namespace Functional

/// Options of `Tensor.dotProductAttentionWith`, with the names of Keras's `ops.dot_product_attention`.
type DotProductAttentionOptions =
    {
        /// Flags (bool) that broadcast to [batch...; heads; n; m]: whether a query sees a key. None by default: all see all.
        Mask: Tensor option
        /// Numbers that broadcast to [batch...; heads; n; m] and are added to the scaled scores. None by default.
        Bias: Tensor option
        /// The factor of the products of queries and keys; 1/sqrt(d) by default.
        Scale: float option
        /// Whether query i of n sees the keys up to i + m - n of m alone; false by default. With as many queries as keys no
        /// query sees a later key; a single query is the last one.
        IsCausal: bool
    }

    /// Keras's defaults.
    static member defaults = { Mask = None; Bias = None; Scale = None; IsCausal = false }

/// Scaled dot-product attention.
[<AutoOpen>]
module TensorAttention =
    let private operation = "dotProductAttention"

    let private demandPositions (q: Tensor) (k: Tensor) (v: Tensor) =
        if q.Rank < 3 || k.Rank <> q.Rank || v.Rank <> q.Rank then
            Fail.shapes
                operation
                [ "query", q.Shape; "key", k.Shape; "value", v.Shape ]
                "takes [batch...; positions; heads; width] thrice, with as many axes each."

    /// The mask with all of its axes, for the primitive, which does not broadcast by itself; they take no memory.
    let private wholeMask (q: Tensor) (k: Tensor) (mask: Tensor) =
        let batch, last = List.splitAt (q.Rank - 3) q.Shape
        let shape = batch @ [ last[1]; last[0]; k.Shape[k.Rank - 3] ]

        if Core.broadcastShape operation shape mask.Shape <> shape then
            Fail.shapes
                operation
                [ "mask", mask.Shape; "scores", shape ]
                "a mask broadcasts to the scores [batch...; heads; n; m]."

        Tensor.broadcastTo shape mask

    /// Functions on tensors.
    module Tensor =

        /// Scaled dot-product attention with options; see `dotProductAttention`. With a bias all scores are held at a time.
        let dotProductAttentionWith (options: DotProductAttentionOptions) (q: Tensor) (k: Tensor) (v: Tensor) : Tensor =
            demandPositions q k v

            let scale =
                options.Scale |> Option.defaultWith (fun () -> 1.0 / sqrt (float (max 1 q.Shape[q.Rank - 1])))

            let form: AttentionForm = { Scale = scale; Causal = options.IsCausal }
            let mask = options.Mask |> Option.map (wholeMask q k)
            let args = [ q; k; v ] @ Option.toList mask

            match options.Bias with
            | None -> Core.applyMany (Op.Attention form) args |> List.head
            | Some bias ->
                ShapeInference.signatures (Op.Attention form) (args |> List.map _.Signature) |> ignore
                let scores = AttentionComposition.scores form q k + bias
                let visible = AttentionComposition.visible form mask q k
                AttentionComposition.weighted (AttentionComposition.probabilities scores visible) v

        /// softmax(q·kᵀ/sqrt(d))·v by head: q [batch...; n; heads; d], k [batch...; m; key heads; d], v [batch...; m; key
        /// heads; e] to [batch...; n; heads; e], as Keras's `ops.dot_product_attention`; PyTorch's
        /// `scaled_dot_product_attention` has heads in front of positions. Heads are a multiple of the key heads, which they
        /// share in order (grouped-query attention).
        ///
        /// Scores are computed a block at a time, forward and backward, so that memory grows with n + m and not with their
        /// product; forward mode and second derivatives hold all of them. A query that sees no key gives 0. One type of
        /// floats; shapes that do not fit are an error. (Vaswani et al. 2017, "Attention is all you need"; Dao et al. 2022,
        /// "FlashAttention".)
        let dotProductAttention (q: Tensor) (k: Tensor) (v: Tensor) : Tensor =
            dotProductAttentionWith DotProductAttentionOptions.defaults q k v
