namespace Functional

/// The score of a query and a key in `attention`.
[<RequireQualifiedAccess>]
type AttentionScore =
    /// Their product: Luong's attention, the default.
    | Dot
    /// The sum of tanh(query + key), times a learned weight.
    | Concat

/// Options of `attentionWith` and `additiveAttentionWith`, with Keras's names and defaults.
type AttentionOptions =
    {
        /// Whether scores have a learned factor. Keras: false for Attention, true for AdditiveAttention.
        UseScale: bool
        /// The score of `attentionWith`; the product by default.
        ScoreMode: AttentionScore
        /// The share of scores that are zero while training; 0 by default.
        Dropout: float
        /// Whether a query sees no later key; false by default. Keras: the argument use_causal_mask of a call.
        UseCausalMask: bool
    }

    /// The defaults of Keras's Attention.
    static member defaults =
        { UseScale = false; ScoreMode = AttentionScore.Dot; Dropout = 0.0; UseCausalMask = false }

    /// The defaults of Keras's AdditiveAttention.
    static member additive = { AttentionOptions.defaults with UseScale = true }

/// Attention without projections: what a query sees of values is weighted by scores of the query and the keys.
[<AutoOpen>]
module AttentionLayers =
    let private attentionKind, private additiveKind = "attention", "additive_attention"

    /// Query, value and key of the tensors that a layer is given.
    let private roles kind (xs: 'T list) =
        match xs with
        | [ query; value ] -> query, value, value
        | [ query; value; key ] -> query, value, key
        | xs -> Fail.argument kind "inputs" xs.Length "is not the number of tensors: query, value, and possibly key."

    let private shapes kind returnsScores (given: Shape list) : Shape list =
        let query, value, key = roles kind given
        let front (shape: Shape) = List.take (shape.Length - 2) shape
        let named = [ "query", query; "value", value; "key", key ]

        if List.min [ query.Length; value.Length; key.Length ] < 2 then
            Fail.shapes kind named "takes sequences [time; features]."

        let n, m = query[query.Length - 2], key[key.Length - 2]

        if
            front query <> front key
            || front value <> front key
            || value[value.Length - 2] <> m
            || List.last query <> List.last key
        then
            Fail.shapes kind named "query and key have as many features, key and value as many steps."

        let scores = front query @ [ n; m ]
        (front query @ [ n; List.last value ]) :: (if returnsScores then [ scores ] else [])

    /// The mask of the values over scores [batch...; n; m].
    let private visible (options: AttentionOptions) (run: Run) (query: Tensor) (key: Tensor) : Tensor option =
        let n, m = query.Shape[query.Rank - 2], key.Shape[key.Rank - 2]

        let ofValue =
            Run.mask 1 run
            |> Option.map (fun mask -> Tensor.reshape (mask.Shape[0] :: List.replicate (query.Rank - 2) 1 @ [ m ]) mask)

        let causal =
            if options.UseCausalMask then
                Core.beside query (fun () ->
                    let column = Tensor.reshape [ n; 1 ] (Tensor.arangeInt 0 n)
                    Some(Tensor.lessEqual (Tensor.arangeInt 0 m) column))
            else
                None

        match ofValue, causal with
        | Some a, Some b -> Some(Tensor.logicalAnd a b)
        | a, None -> a
        | None, b -> b

    let private dropped (options: AttentionOptions) (run: Run) (weights: Tensor) =
        if run.Training && options.Dropout > 0.0 then
            let flags =
                Core.beside weights (fun () -> Random.bernoulli (1.0 - options.Dropout) run.Key weights.Shape)

            Tensor.where flags (weights * (1.0 / (1.0 - options.Dropout))) (Tensor.zerosLike weights)
        else
            weights

    /// Zeros for queries that are padding.
    let private ofSeenQueries (run: Run) (y: Tensor) =
        match Run.mask 0 run with
        | Some mask ->
            let flags = Tensor.reshape (mask.Shape @ List.replicate (y.Rank - mask.Rank) 1) mask
            Tensor.where flags y (Tensor.zerosLike y)
        | None -> y

    /// The result by blocks of scores, where they are products: one head.
    let private byBlocks (visible: Tensor option) (query: Tensor) (key: Tensor) (value: Tensor) =
        let oneHead x = Tensor.expandDims -2 x

        let options =
            { DotProductAttentionOptions.defaults with
                Mask = visible |> Option.map (fun mask -> if mask.Rank > 2 then Tensor.expandDims -3 mask else mask)
                Scale = Some 1.0 }

        Tensor.dotProductAttentionWith options (oneHead query) (oneHead key) (oneHead value)
        |> Tensor.squeezeAxes [ -2 ]

    let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

    /// A layer of scores: `products` are the query and the key whose product they are, else `scored` gives them.
    let private layer
        kind
        (options: AttentionOptions)
        settings
        returnsScores
        parameters
        products
        scored
        : Layer<Tensor list, Tensor list> =
        if not (options.Dropout >= 0.0 && options.Dropout < 1.0) then
            Fail.argument kind "dropout" options.Dropout "is not a share to drop; give 0 or more, and less than 1."

        let build (given: Shape list) : Blueprint =
            let outputs = shapes kind returnsScores given
            { Parameters = Tree.ofList (parameters given); State = Tree.empty; Outputs = outputs }

        let apply (variables: Variables) (run: Run) (xs: Tensor list) =
            let query, value, key = roles kind (List.map floats xs)
            let seen = visible options run query key

            match products variables query with
            | Some query when not returnsScores && not (run.Training && options.Dropout > 0.0) ->
                [ byBlocks seen query key value |> ofSeenQueries run ], variables
            | _ ->
                let scores: Tensor = scored variables query key
                let weights = AttentionComposition.probabilities scores seen |> dropped options run
                let y = Tensor.matmul weights value |> ofSeenQueries run
                (if returnsScores then [ y; weights ] else [ y ]), variables

        Layer.stage kind settings build apply |> Layer.ofStage

    /// Sums over the features of a function of each query and each key: [...; n; m].
    let private summedPairs (f: Tensor -> Tensor) (query: Tensor) (key: Tensor) =
        Tensor.sumOver [ -1 ] (f (Tensor.expandDims -2 query + Tensor.expandDims -3 key))

    let private settings (options: AttentionOptions) returnsScores own =
        [ "use_scale", Setting.Flag options.UseScale ]
        @ own
        @ [ "dropout", Setting.Number options.Dropout
            "use_causal_mask", Setting.Flag options.UseCausalMask
            "return_attention_scores", Setting.Flag returnsScores ]

    let private one = Layer.start [] (fun _ -> Tensor.ones [])

    let private modes = [ AttentionScore.Dot, "dot"; AttentionScore.Concat, "concat" ]

    let private dotLayer (options: AttentionOptions) returnsScores =
        let parameters _ =
            [ if options.UseScale then
                  "scale", one
              if options.ScoreMode = AttentionScore.Concat then
                  "concat_score_weight", one ]

        let scaled (variables: Variables) (x: Tensor) =
            if options.UseScale then x * variables.Parameters["scale"] else x

        let products variables query =
            match options.ScoreMode with
            | AttentionScore.Dot -> Some(scaled variables query)
            | AttentionScore.Concat -> None

        let scored (variables: Variables) (query: Tensor) (key: Tensor) =
            match options.ScoreMode with
            | AttentionScore.Dot -> Tensor.matmul (scaled variables query) (Tensor.swapAxes -1 -2 key)
            | AttentionScore.Concat ->
                summedPairs (scaled variables >> Tensor.tanh) query key
                * variables.Parameters["concat_score_weight"]

        let mode = modes |> List.find (fst >> (=) options.ScoreMode) |> snd
        let settings = settings options returnsScores [ "score_mode", Setting.Text mode ]
        layer attentionKind options settings returnsScores parameters products scored

    let private additiveLayer (options: AttentionOptions) returnsScores =
        let parameters (given: Shape list) =
            let width = [ List.last given.Head ]

            [ if options.UseScale then
                  "scale", Layer.start width (fun key -> Initializer.glorotUniform.Draw key width) ]

        let scored (variables: Variables) (query: Tensor) (key: Tensor) =
            let weighted x =
                if options.UseScale then
                    Tensor.tanh x * variables.Parameters["scale"]
                else
                    Tensor.tanh x

            summedPairs weighted query key

        layer additiveKind options (settings options returnsScores []) returnsScores parameters (fun _ _ -> None) scored

    let private single (layer: Layer<Tensor list, Tensor list>) : Layer<Tensor list, Tensor> =
        Layer.ofStage layer.Network.Nodes.Head.Stage

    /// `attention` with options.
    let attentionWith (options: AttentionOptions) : Layer<Tensor list, Tensor> = single (dotLayer options false)

    /// Dot-product attention without projections and heads (Luong's): of [query; value] or [query; value; key] to
    /// softmax(query·keyᵀ)·value. Query [batch...; n; features], value [batch...; m; width], key [batch...; m; features],
    /// which is the value where it is not given; to [batch...; n; width]. Scores are not scaled by the width. Options are
    /// those of Keras's Attention: a learned factor "scale", scores by tanh with "concat_score_weight", dropout, a causal
    /// mask. The mask of the value hides keys; a query that is padding, or sees no key, gives zeros (Keras gives a mean of
    /// hidden values for the latter). (Luong et al. 2015, "Effective approaches to attention-based neural machine
    /// translation".)
    let attention: Layer<Tensor list, Tensor> = attentionWith AttentionOptions.defaults

    /// `attentionWith` that also gives the scores [batch...; n; m] (Keras: return_attention_scores).
    let attentionWithScores (options: AttentionOptions) : Layer<Tensor list, Tensor list> = dotLayer options true

    /// `additiveAttention` with options, of which ScoreMode has no meaning here.
    let additiveAttentionWith (options: AttentionOptions) : Layer<Tensor list, Tensor> =
        single (additiveLayer options false)

    /// Additive attention (Bahdanau's): `attention` with scores Σ scale·tanh(query + key), where "scale" [features] is
    /// learned and starts by glorot uniform. All sums of queries and keys are held at a time, [batch...; n; m; features].
    /// (Bahdanau et al. 2014, "Neural machine translation by jointly learning to align and translate".)
    let additiveAttention: Layer<Tensor list, Tensor> = additiveAttentionWith AttentionOptions.additive

    /// `additiveAttentionWith` that also gives the scores [batch...; n; m] (Keras: return_attention_scores).
    let additiveAttentionWithScores (options: AttentionOptions) : Layer<Tensor list, Tensor list> =
        additiveLayer options true

    let private optionsOf (source: Settings.Source) mode : AttentionOptions =
        { UseScale = Settings.flag source "use_scale"
          ScoreMode = mode
          Dropout = Settings.number source "dropout"
          UseCausalMask = Settings.flag source "use_causal_mask" }

    /// The layer of settings.
    let internal attentionOf (source: Settings.Source) : Layer<Tensor list, Tensor list> =
        let text = Settings.text source "score_mode"

        match modes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) -> dotLayer (optionsOf source mode) (Settings.flag source "return_attention_scores")
        | None -> Fail.argument source.Owner "score_mode" $"'{text}'" "is none of dot, concat."

    /// The layer of settings.
    let internal additiveAttentionOf (source: Settings.Source) : Layer<Tensor list, Tensor list> =
        additiveLayer (optionsOf source AttentionScore.Dot) (Settings.flag source "return_attention_scores")
