namespace Functional

/// Options of `multiHeadAttentionWith` and `groupedQueryAttentionWith`, with Keras's names and defaults.
type MultiHeadAttentionOptions =
    {
        /// The width of a head of values; that of queries and keys by default.
        ValueDim: int option
        /// The share of scores that are zero while training; 0 by default. With dropout all scores are held at a time.
        Dropout: float
        /// Whether the projections add biases; true by default.
        UseBias: bool
        /// The axes of the result in place of the query's last one: `Some [ 8 ]`. As many features as the query by default.
        OutputShape: int list option
        /// The axes that attend, with the batch axis as 0; all between batch and features by default.
        AttentionAxes: int list option
        /// Whether a query sees no later key; false by default. Keras: the argument use_causal_mask of a call.
        UseCausalMask: bool
        /// Rotary position embeddings of queries and keys; none by default. Not an option of Keras's layer.
        Rotary: RotaryOptions option
        /// The initializer of the kernels: glorot uniform by default. As in Keras its fans are those of a kernel [features;
        /// heads; width]: features·heads and features·width.
        KernelInitializer: Initializer
        /// The initializer of the biases: zeros by default.
        BiasInitializer: Initializer
        /// The regularizer of the kernels; none by default.
        KernelRegularizer: Regularizer option
        /// The regularizer of the biases; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernels; none by default.
        KernelConstraint: Constraint option
        /// The constraint of the biases; none by default.
        BiasConstraint: Constraint option
    }

    /// Keras's defaults.
    static member defaults =
        { ValueDim = None
          Dropout = 0.0
          UseBias = true
          OutputShape = None
          AttentionAxes = None
          UseCausalMask = false
          Rotary = None
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None }

/// Attention of several heads.
[<AutoOpen>]
module MultiHeadAttentionLayers =
    let private optional name setting value = value |> Option.map (fun v -> name, setting v) |> Option.toList

    let private kernelOf (options: MultiHeadAttentionOptions) : VariableOptions =
        { Initializer = options.KernelInitializer
          Regularizer = options.KernelRegularizer
          Constraint = options.KernelConstraint }

    let private biasOf (options: MultiHeadAttentionOptions) : VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

    let private settings (options: MultiHeadAttentionOptions) returnsScores own =
        own
        @ optional "value_dim" Setting.Whole options.ValueDim
        @ [ "dropout", Setting.Number options.Dropout; "use_bias", Setting.Flag options.UseBias ]
        @ optional "output_shape" Settings.ofWholes options.OutputShape
        @ optional "attention_axes" Settings.ofWholes options.AttentionAxes
        @ [ "use_causal_mask", Setting.Flag options.UseCausalMask
            "return_attention_scores", Setting.Flag returnsScores ]
        @ optional "rotary" (Rotary.settings >> Setting.Group) options.Rotary
        @ VariableOptions.settings "kernel" (kernelOf options)
        @ VariableOptions.settings "bias" (biasOf options)

    let private stage kind own (options: MultiHeadAttentionOptions) returnsScores heads keyHeads keyDim =
        for length in Option.defaultValue [] options.OutputShape do
            if length < 1 then
                Fail.argument kind "output_shape" length "has a length below 1."

        MultiHead.stage
            { Kind = kind
              Heads = heads
              KeyHeads = keyHeads
              KeyDim = keyDim
              ValueDim = Option.defaultValue keyDim options.ValueDim
              OutputShape = options.OutputShape
              AttentionAxes = options.AttentionAxes
              Causal = options.UseCausalMask
              Dropout = options.Dropout
              UseBias = options.UseBias
              Rotary = options.Rotary
              ReturnsScores = returnsScores
              Settings = settings options returnsScores own
              Kernel = kernelOf options
              Bias = biasOf options }

    let private multiHeadStage options returnsScores heads keyDim =
        let own = [ "num_heads", Setting.Whole heads; "key_dim", Setting.Whole keyDim ]
        stage "multi_head_attention" own options returnsScores heads heads keyDim

    /// `multiHeadAttention` with options.
    let multiHeadAttentionWith
        (options: MultiHeadAttentionOptions)
        (heads: int)
        (keyDim: int)
        : Layer<Tensor list, Tensor> =
        Layer.ofStage (multiHeadStage options false heads keyDim)

    /// Attention of `heads` heads, whose queries and keys have `keyDim` columns: of [query; value], [query; value; key] or
    /// [query; value; key; mask] to a sequence like the query. Query [batch; n; features], value and key [batch; m; ...],
    /// mask Bool [batch; n; m] or [batch; heads; n; m], true where a query sees a key. Masks of steps that flow with value
    /// and key hide their padding; that of the query flows on. A query that sees no key gives the bias of the output.
    ///
    /// Parameters: "query/kernel" [features; heads; keyDim], "query/bias" [heads; keyDim], "key/..." and "value/..." alike,
    /// "attention_output/kernel" [heads; valueDim; features], "attention_output/bias" [features]. Scores are computed a
    /// block at a time (see `Tensor.dotProductAttention`), unless dropout or a result of scores wants all of them. Sizes
    /// below 1 are an error. PyTorch's MultiheadAttention keeps the three kernels transposed in `in_proj_weight`. (Vaswani
    /// et al. 2017, "Attention is all you need".)
    let multiHeadAttention (heads: int) (keyDim: int) : Layer<Tensor list, Tensor> =
        multiHeadAttentionWith MultiHeadAttentionOptions.defaults heads keyDim

    /// `multiHeadAttentionWith` that also gives the scores [batch; heads; n; m] (Keras: return_attention_scores).
    let multiHeadAttentionWithScores
        (options: MultiHeadAttentionOptions)
        (heads: int)
        (keyDim: int)
        : Layer<Tensor list, Tensor list> =
        Layer.ofStage (multiHeadStage options true heads keyDim)

    /// `multiHeadAttentionWith` of a sequence to itself: [batch; n; features] to the same shape.
    let multiHeadSelfAttentionWith
        (options: MultiHeadAttentionOptions)
        (heads: int)
        (keyDim: int)
        : Layer<Tensor, Tensor> =
        Layer.ofStage (multiHeadStage options false heads keyDim)

    /// `multiHeadAttention` of a sequence to itself: [batch; n; features] to the same shape.
    let multiHeadSelfAttention (heads: int) (keyDim: int) : Layer<Tensor, Tensor> =
        multiHeadSelfAttentionWith MultiHeadAttentionOptions.defaults heads keyDim

    let private groupedStage options returnsScores headDim queryHeads keyValueHeads =
        let own =
            [ "head_dim", Setting.Whole headDim
              "num_query_heads", Setting.Whole queryHeads
              "num_key_value_heads", Setting.Whole keyValueHeads ]

        stage "group_query_attention" own options returnsScores queryHeads keyValueHeads headDim

    /// `groupedQueryAttention` with options.
    let groupedQueryAttentionWith
        (options: MultiHeadAttentionOptions)
        (headDim: int)
        (queryHeads: int)
        (keyValueHeads: int)
        : Layer<Tensor list, Tensor> =
        Layer.ofStage (groupedStage options false headDim queryHeads keyValueHeads)

    /// `multiHeadAttention` in which several heads of queries share one head of keys and values: of [query; value], [query;
    /// value; key] or [query; value; key; mask]. Parameters are named as there; keys and values have `keyValueHeads` heads,
    /// which must divide `queryHeads`. Its cache is smaller by that factor. (Ainslie et al. 2023, "GQA".)
    let groupedQueryAttention (headDim: int) (queryHeads: int) (keyValueHeads: int) : Layer<Tensor list, Tensor> =
        groupedQueryAttentionWith MultiHeadAttentionOptions.defaults headDim queryHeads keyValueHeads

    /// `groupedQueryAttentionWith` that also gives the scores [batch; heads; n; m].
    let groupedQueryAttentionWithScores
        (options: MultiHeadAttentionOptions)
        (headDim: int)
        (queryHeads: int)
        (keyValueHeads: int)
        : Layer<Tensor list, Tensor list> =
        Layer.ofStage (groupedStage options true headDim queryHeads keyValueHeads)

    /// `groupedQueryAttentionWith` of a sequence to itself.
    let groupedQuerySelfAttentionWith
        (options: MultiHeadAttentionOptions)
        (headDim: int)
        (queryHeads: int)
        (keyValueHeads: int)
        : Layer<Tensor, Tensor> =
        Layer.ofStage (groupedStage options false headDim queryHeads keyValueHeads)

    let private optionsOf (source: Settings.Source) : MultiHeadAttentionOptions =
        let tryFind name read = Settings.tryFind source name |> Option.map (fun _ -> read source name)
        let kernel, bias = VariableOptions.ofSettings source "kernel", VariableOptions.ofSettings source "bias"

        { ValueDim = tryFind "value_dim" Settings.whole
          Dropout = Settings.number source "dropout"
          UseBias = Settings.flag source "use_bias"
          OutputShape = tryFind "output_shape" Settings.wholes
          AttentionAxes = tryFind "attention_axes" Settings.wholes
          UseCausalMask = Settings.flag source "use_causal_mask"
          Rotary = Settings.tryFind source "rotary" |> Option.map (Settings.ofGroup source.Owner >> Rotary.ofSettings)
          KernelInitializer = kernel.Initializer
          BiasInitializer = bias.Initializer
          KernelRegularizer = kernel.Regularizer
          BiasRegularizer = bias.Regularizer
          KernelConstraint = kernel.Constraint
          BiasConstraint = bias.Constraint }

    /// The layer of settings.
    let internal multiHeadAttentionOf (source: Settings.Source) : Layer<Tensor list, Tensor list> =
        let whole = Settings.whole source

        multiHeadStage
            (optionsOf source)
            (Settings.flag source "return_attention_scores")
            (whole "num_heads")
            (whole "key_dim")
        |> Layer.ofStage

    /// The layer of settings.
    let internal groupedQueryAttentionOf (source: Settings.Source) : Layer<Tensor list, Tensor list> =
        let whole = Settings.whole source
        let returnsScores = Settings.flag source "return_attention_scores"

        groupedStage
            (optionsOf source)
            returnsScores
            (whole "head_dim")
            (whole "num_query_heads")
            (whole "num_key_value_heads")
        |> Layer.ofStage
