namespace Functional

/// Options of transformer blocks, with KerasHub's names and defaults.
type TransformerOptions =
    {
        /// The share of values that are dropped while training: of scores, and behind attention and feed-forward; 0 by
        /// default. PyTorch: 0.1.
        Dropout: float
        /// The activation between both dense layers; relu by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor>
        /// Added to the variance of the normalizations; 0.00001 by default, as in PyTorch.
        LayerNormEpsilon: float
        /// The initializer of all kernels: glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of all biases: zeros by default.
        BiasInitializer: Initializer
        /// Whether normalization comes before attention and feed-forward (pre-norm) or behind their sums (post-norm); false
        /// by default. Pre-norm trains deeper stacks; put a `layerNorm` behind the last block.
        NormalizeFirst: bool
        /// Rotary position embeddings in attention to the sequence itself; none by default. Not an option of KerasHub's.
        Rotary: RotaryOptions option
    }

    /// KerasHub's defaults.
    static member defaults =
        { Dropout = 0.0
          Activation = relu
          LayerNormEpsilon = 1e-5
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          NormalizeFirst = false
          Rotary = None }

/// Encoder and decoder blocks of transformers: attention and two dense layers, each with a residual connection and layer
/// normalization.
[<AutoOpen>]
module TransformerLayers =
    /// A block: its sizes, and whether it is a decoder's.
    type private Block =
        { Kind: string; IntermediateDim: int; Heads: int; IsDecoder: bool; Options: TransformerOptions }

    let private attentionPart (block: Block) causal features : Network =
        let options =
            { MultiHeadAttentionOptions.defaults with
                Dropout = block.Options.Dropout
                UseCausalMask = causal
                Rotary = (if causal || not block.IsDecoder then block.Options.Rotary else None)
                KernelInitializer = block.Options.KernelInitializer
                BiasInitializer = block.Options.BiasInitializer }

        (multiHeadAttentionWith options block.Heads (max 1 (features / block.Heads))).Network

    /// The layers inside, by KerasHub's names, for sequences of so many features.
    let private parts (block: Block) hasEncoder features : (string * Network) list =
        let options = block.Options
        let norm = (layerNormWith { LayerNormOptions.defaults with Epsilon = options.LayerNormEpsilon }).Network

        let denseOf activation units =
            (denseWith
                { DenseOptions.defaults with
                    Activation = activation
                    KernelInitializer = options.KernelInitializer
                    BiasInitializer = options.BiasInitializer }
                units)
                .Network

        [ "self_attention_layer", attentionPart block block.IsDecoder features
          "self_attention_layer_norm", norm
          if hasEncoder then
              "cross_attention_layer", attentionPart block false features
              "cross_attention_layer_norm", norm
          "feedforward_layer_norm", norm
          "feedforward_intermediate_dense", denseOf (Some options.Activation) block.IntermediateDim
          "feedforward_output_dense", denseOf None features ]

    let private demandShapes (block: Block) (given: Shape list) =
        let sequence (shape: Shape) =
            match shape with
            | [ _; features ] -> features
            | shape -> Fail.shapes block.Kind [ "sample", shape ] "a sample must be a sequence [time; features]."

        let most = if block.IsDecoder then 2 else 1

        if given.IsEmpty || given.Length > most then
            Fail.argument
                block.Kind
                "inputs"
                given.Length
                $"is not the number of sequences that it takes, at most {most}."

        let features = sequence given.Head
        given.Tail |> List.iter (sequence >> ignore)

        if features % block.Heads <> 0 then
            Fail.shapes
                block.Kind
                [ "sample", given.Head ]
                $"{features} features cannot be shared evenly by {block.Heads} heads; give a multiple."

        features

    /// The names under which a network of one layer keeps its variables.
    let private ownName (network: Network) = fst (Network.namedStages network).Head

    /// Parts as they run in a block: each with its variables under its name.
    type private Parts(parts: (string * Network) list) =
        let all = dict parts

        member _.Blueprint(shapesOf: string -> Shape list) : Tree<VariableStart> * Tree<VariableStart> =
            let built =
                parts
                |> List.mapi (fun i (name, network) ->
                    let blueprint = Network.blueprint (shapesOf name) network

                    let inside tree =
                        let own =
                            match tree with
                            | Node [ _, branch ] -> branch
                            | tree -> tree

                        own |> Tree.map (fun (start: VariableStart) -> { start with Draw = Key.fold i >> start.Draw })

                    (name, inside blueprint.Parameters), (name, inside blueprint.State))

            let state = built |> List.map snd |> List.filter (fun (_, tree) -> Tree.count tree > 0)
            Node(List.map fst built), Node state

        /// The result of a part, and its state that follows.
        member _.Apply
            (name: string, variables: Variables, run: Run, xs: Tensor list)
            : Tensor * (string * Tree<Tensor>) option =
            let network = all[name]
            let own = ownName network
            let inside tree = Node [ own, Tree.tryFind name tree |> Option.defaultValue Tree.empty ]
            let own = Variables.ofTrees (inside variables.Parameters) (inside variables.State)
            let ys, next = Network.apply own run xs network

            let after =
                match next.State with
                | Node [ _, branch ] when Tree.count branch > 0 -> Some(name, branch)
                | _ -> None

            ys.Head, after

    let private dropped (block: Block) (run: Run) (place: int) (x: Tensor) =
        if run.Training && block.Options.Dropout > 0.0 then
            let layer = dropout block.Options.Dropout
            let own = { run with Key = Key.fold place run.Key; Masks = [] }
            fst (layer.Apply (Network.noVariables layer.Network) own x)
        else
            x

    /// A block for a batch: attention, for a decoder attention to the encoder's sequence, and feed-forward.
    let private applyBlock (block: Block) (parts: Parts) (variables: Variables) (run: Run) (xs: Tensor list) =
        let states = ResizeArray<string * Tree<Tensor>>()

        let part place name masks xs =
            let own = { run with Key = Key.fold place run.Key; Masks = masks }
            let y, state = parts.Apply(name, variables, own, xs)
            state |> Option.iter states.Add
            y

        /// x + f x with the normalization before or behind.
        let sublayer place norm (f: Tensor -> Tensor) x =
            let normal x = part place norm [] [ x ]

            if block.Options.NormalizeFirst then
                x + dropped block run (place + 1) (f (normal x))
            else
                normal (x + dropped block run (place + 1) (f x))

        let own, ofEncoder = Run.mask 0 run, Run.mask 1 run
        let attend x = part 2 "self_attention_layer" [ own ] [ x ]

        let feed x =
            part 8 "feedforward_intermediate_dense" [] [ x ]
            |> fun x -> part 9 "feedforward_output_dense" [] [ x ]

        let afterSelf = sublayer 0 "self_attention_layer_norm" attend xs.Head

        let afterCross =
            match xs.Tail with
            | [ encoded ] ->
                let look x = part 5 "cross_attention_layer" [ own; ofEncoder ] [ x; encoded ]
                sublayer 3 "cross_attention_layer_norm" look afterSelf
            | _ -> afterSelf

        let y = sublayer 6 "feedforward_layer_norm" feed afterCross
        let state = if states.Count = 0 then variables.State else Node(List.ofSeq states)
        [ y ], { variables with State = state }

    let private settings (block: Block) =
        let options = block.Options

        [ "intermediate_dim", Setting.Whole block.IntermediateDim
          "num_heads", Setting.Whole block.Heads
          "dropout", Setting.Number options.Dropout
          "layer_norm_epsilon", Setting.Number options.LayerNormEpsilon
          "kernel_initializer", Initializer.toSetting options.KernelInitializer
          "bias_initializer", Initializer.toSetting options.BiasInitializer
          "normalize_first", Setting.Flag options.NormalizeFirst
          match options.Rotary with
          | Some rotary -> "rotary", Setting.Group(Rotary.settings rotary)
          | None -> () ]

    /// The stage; `change` makes of each part what runs.
    let private stageOf (block: Block) (change: Network -> Network) : Stage =
        let partsOf hasEncoder features =
            Parts(parts block hasEncoder features |> List.map (fun (name, network) -> name, change network))

        let build (given: Shape list) : Blueprint =
            let features = demandShapes block given
            let own = [ given.Head ]

            let shapesOf name =
                match name with
                | "feedforward_output_dense" -> [ [ given.Head.Head; block.IntermediateDim ] ]
                | "cross_attention_layer" -> given
                | _ -> own

            let parameters, state = (partsOf (given.Length = 2) features).Blueprint shapesOf
            { Parameters = parameters; State = state; Outputs = own }

        let apply variables run (xs: Tensor list) =
            let parts = partsOf (xs.Length = 2) (List.last xs.Head.Shape)
            applyBlock block parts variables run xs

        { Layer.stage block.Kind (settings block) build apply with
            Inner = [ block.Options.Activation.Network ] }

    let private stage (block: Block) : Stage =
        let demand name (value: int) =
            if value < 1 then
                Fail.argument block.Kind name value "is below 1."

        demand "intermediate_dim" block.IntermediateDim
        demand "num_heads" block.Heads
        let whole = stageOf block id

        if block.IsDecoder then
            { whole with Stepwise = Some(fun sizes -> stageOf block (Stepping.network sizes)) }
        else
            whole

    let private encoder options intermediateDim heads =
        stage
            { Kind = "transformer_encoder"
              IntermediateDim = intermediateDim
              Heads = heads
              IsDecoder = false
              Options = options }

    let private decoder options intermediateDim heads =
        stage
            { Kind = "transformer_decoder"
              IntermediateDim = intermediateDim
              Heads = heads
              IsDecoder = true
              Options = options }

    /// `transformerEncoder` with options.
    let transformerEncoderWith
        (options: TransformerOptions)
        (intermediateDim: int)
        (heads: int)
        : Layer<Tensor, Tensor> =
        Layer.ofStage (encoder options intermediateDim heads)

    /// A block of a transformer's encoder: attention of `heads` heads of a sequence to itself, then two dense layers of
    /// `intermediateDim` and of as many units as the sequence has features; each is added to what it was given and
    /// normalized. [batch; time; features] to the same shape; the heads divide the features. The mask of the steps hides
    /// padding, and flows on. Parameters have KerasHub's names: "self_attention_layer/query/kernel",
    /// "feedforward_intermediate_dense/kernel" and so on. PyTorch's TransformerEncoderLayer drops 0.1 by default.
    let transformerEncoder (intermediateDim: int) (heads: int) : Layer<Tensor, Tensor> =
        transformerEncoderWith TransformerOptions.defaults intermediateDim heads

    /// `transformerDecoder` with options.
    let transformerDecoderWith
        (options: TransformerOptions)
        (intermediateDim: int)
        (heads: int)
        : Layer<Tensor, Tensor> =
        Layer.ofStage (decoder options intermediateDim heads)

    /// A block of a decoder-only transformer: `transformerEncoder` in which no step sees a later one. Models of these blocks
    /// generate step by step with a cache of keys and values: see `Generate`.
    let transformerDecoder (intermediateDim: int) (heads: int) : Layer<Tensor, Tensor> =
        transformerDecoderWith TransformerOptions.defaults intermediateDim heads

    /// `transformerCrossDecoder` with options.
    let transformerCrossDecoderWith
        (options: TransformerOptions)
        (intermediateDim: int)
        (heads: int)
        : Layer<Tensor list, Tensor> =
        Layer.ofStage (decoder options intermediateDim heads)

    /// A block of an encoder-decoder's decoder: of [sequence; encoder's sequence], causal attention of the sequence to
    /// itself, attention to the encoder's sequence, and feed-forward. Parameters as in `transformerDecoder`, and
    /// "cross_attention_layer/...", "cross_attention_layer_norm/...". KerasHub: TransformerDecoder called with both.
    let transformerCrossDecoder (intermediateDim: int) (heads: int) : Layer<Tensor list, Tensor> =
        transformerCrossDecoderWith TransformerOptions.defaults intermediateDim heads

    /// The block of settings, and of the activation inside.
    let internal transformerOf
        (source: Settings.Source)
        (activation: Layer<Tensor, Tensor>)
        : Layer<Tensor list, Tensor list> =
        let options =
            { Dropout = Settings.number source "dropout"
              Activation = activation
              LayerNormEpsilon = Settings.number source "layer_norm_epsilon"
              KernelInitializer = Initializer.ofSetting (Settings.find source "kernel_initializer")
              BiasInitializer = Initializer.ofSetting (Settings.find source "bias_initializer")
              NormalizeFirst = Settings.flag source "normalize_first"
              Rotary =
                Settings.tryFind source "rotary" |> Option.map (Settings.ofGroup source.Owner >> Rotary.ofSettings) }

        let intermediateDim, heads = Settings.whole source "intermediate_dim", Settings.whole source "num_heads"
        let make = if source.Owner = "transformer_decoder" then decoder else encoder
        Layer.ofStage (make options intermediateDim heads)
