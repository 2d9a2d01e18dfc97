namespace Functional

/// Options of `tokenAndPositionEmbeddingWith`, with KerasHub's names and defaults.
type TokenAndPositionOptions =
    {
        /// The initializer of both tables; uniform in ±0.05 by default.
        EmbeddingsInitializer: Initializer
        /// Whether the id 0 is padding, whose steps are masked for the layers behind; false by default.
        MaskZero: bool
    }

    /// KerasHub's defaults.
    static member defaults = { EmbeddingsInitializer = Initializer.randomUniform -0.05 0.05; MaskZero = false }

/// Layers that tell the positions of a sequence apart. Those of learned and of sinusoidal positions give the vectors of the
/// positions alone, as in KerasHub: `residual (positionEmbedding 128)` adds them to a sequence.
[<AutoOpen>]
module PositionLayers =
    let private sequence kind (shapes: Shape list) =
        match Layer.single kind shapes with
        | [ _; _ ] as sample -> sample
        | sample -> Fail.shapes kind [ "sample", sample ] "a sample must be a sequence [time; features]."

    let private demandLength kind (length: int) time =
        if time > length then
            Fail.argument kind "sequence_length" length $"is below the {time} positions of a sample; give the longest."

    let private position: VariableStart =
        { Shape = []; DType = Int32; Draw = fun _ -> Tensor.ofInts [] [| 0 |] }

    let private next (variables: Variables) =
        { variables with State = Tree.ofList [ "position", variables.State["position"] + 1 ] }

    /// A stage that counts positions in its state. `at` gives the result from the position.
    let private counting kind settings (build: Shape list -> Blueprint) (at: Tensor -> Variables -> Tensor -> Tensor) =
        Layer.stage
            kind
            settings
            (fun shapes -> { build shapes with State = Tree.ofList [ "position", position ] })
            (fun variables _ xs -> [ at variables.State["position"] variables xs.Head ], next variables)

    /// The rows of a table from the first one on, for each step of x [batch; time; ...].
    let private firstRows kind (table: Tensor) (x: Tensor) =
        demandLength kind table.Shape[0] x.Shape[1]
        Tensor.sliceAxis 0 0 x.Shape[1] 1 table

    let private likeSteps (x: Tensor) (rows: Tensor) = Tensor.broadcastTo (x.Shape[0] :: rows.Shape) rows

    let private row (table: Tensor) (position: Tensor) = Tensor.gather 0 (Tensor.reshape [ 1 ] position) table

    /// `positionEmbedding` that starts by an initializer.
    let positionEmbeddingWith (initializer: Initializer) (length: int) : Layer<Tensor, Tensor> =
        let kind = "position_embedding"

        if length < 1 then
            Fail.argument kind "sequence_length" length "is not a number of positions; give 1 or more."

        let settings =
            [ "sequence_length", Setting.Whole length; "initializer", Initializer.toSetting initializer ]

        let build (shapes: Shape list) : Blueprint =
            let sample = sequence kind shapes
            demandLength kind length sample.Head
            let table = [ length; sample[1] ]
            let start = Layer.start table (fun key -> initializer.Draw key table)
            { Parameters = Tree.ofList [ "embeddings", start ]; State = Tree.empty; Outputs = [ sample ] }

        let apply (variables: Variables) _ (xs: Tensor list) =
            [ firstRows kind variables.Parameters["embeddings"] xs.Head |> likeSteps xs.Head ], variables

        let step _ =
            counting kind settings build (fun position variables x ->
                likeSteps x (row variables.Parameters["embeddings"] position))

        { Layer.stage kind settings build apply with Stepwise = Some step } |> Layer.ofStage

    /// A learned vector for each position: [batch; time; features] to the vectors of its positions, repeated for each sample
    /// and not added; see `residual`. The parameter "embeddings" [length; features] starts by glorot uniform. A sample longer
    /// than `length` is an error when the layer is built.
    let positionEmbedding (length: int) : Layer<Tensor, Tensor> = positionEmbeddingWith Initializer.glorotUniform length

    /// The sinusoids of n positions from a first one on, [n; features].
    let private sinusoids maxWavelength dtype (first: Tensor) n features =
        let rates = [| for i in 0 .. features - 1 -> maxWavelength ** (-2.0 * float (i / 2) / float features) |]

        let isCosine = [| for i in 0 .. features - 1 -> float (i % 2) |]

        let positions, rates, isCosine =
            Core.beside first (fun () ->
                Tensor.arangeInt 0 n,
                Tensor.ofFloat64Array [ 1; features ] rates,
                Tensor.ofFloat64Array [ 1; features ] isCosine)

        let angles = Tensor.cast Float64 (Tensor.reshape [ n; 1 ] (positions + first)) * rates
        Tensor.cast dtype (Tensor.sin angles * (1.0 - isCosine) + Tensor.cos angles * isCosine)

    let private floatType (x: Tensor) = if x.DType.IsFloat then x.DType else Float32

    /// `sinePositionEncoding` of another longest wavelength.
    let sinePositionEncodingOf (maxWavelength: float) : Layer<Tensor, Tensor> =
        let kind = "sine_position_encoding"

        if not (maxWavelength > 0.0 && System.Double.IsFinite maxWavelength) then
            Fail.argument kind "max_wavelength" maxWavelength "is not above 0."

        let settings = [ "max_wavelength", Setting.Number maxWavelength ]

        let build (shapes: Shape list) : Blueprint =
            { Parameters = Tree.empty; State = Tree.empty; Outputs = [ sequence kind shapes ] }

        let at (first: Tensor) (x: Tensor) =
            sinusoids maxWavelength (floatType x) first x.Shape[1] x.Shape[2] |> likeSteps x

        let apply variables _ (xs: Tensor list) = [ at (Core.scalar Int32 0.0) xs.Head ], variables
        let step _ = counting kind settings build (fun position _ x -> at position x)
        { Layer.stage kind settings build apply with Stepwise = Some step } |> Layer.ofStage

    /// The sinusoids of each position: column 2i is sin(position / wavelength^(2i/features)) and column 2i + 1 the cosine of
    /// the same, with the longest wavelength 10,000. [batch; time; features] to the same shape; not added, see `residual`.
    /// (Vaswani et al. 2017.)
    let sinePositionEncoding: Layer<Tensor, Tensor> = sinePositionEncodingOf 10000.0

    /// `rotaryEmbedding` with options.
    let rotaryEmbeddingWith (options: RotaryOptions) : Layer<Tensor, Tensor> =
        let kind = "rotary_embedding"
        Rotary.demandOptions kind options

        let build (shapes: Shape list) : Blueprint =
            let sample = Layer.single kind shapes

            if sample.Length < 2 || sample.Length > 3 then
                Fail.shapes kind [ "sample", sample ] "takes sequences [time; features] or [time; heads; features]."

            Rotary.demandWidth kind (List.last sample)
            { Parameters = Tree.empty; State = Tree.empty; Outputs = [ sample ] }

        let at first (x: Tensor) =
            if x.Rank = 3 then
                Tensor.squeezeAxes [ 2 ] (Rotary.turned options first (Tensor.expandDims 2 x))
            else
                Rotary.turned options first x

        let settings = Rotary.settings options
        let apply variables _ (xs: Tensor list) = [ at (Core.scalar Int32 0.0) xs.Head ], variables
        let step _ = counting kind settings build (fun position _ x -> at position x)
        { Layer.stage kind settings build apply with Stepwise = Some step } |> Layer.ofStage

    /// Rotary position embeddings of queries or keys: [batch; time; features] or [batch; time; heads; features] to the same
    /// shape. Columns i and i + features/2 are a pair, turned by position / 10,000^(2i/features); products of a query and a
    /// key then depend on the distance of their positions. An odd number of features is an error when the layer is built.
    /// Attention has them inside by its option Rotary. (Su et al. 2021, "RoFormer".)
    let rotaryEmbedding: Layer<Tensor, Tensor> = rotaryEmbeddingWith RotaryOptions.defaults

    /// `tokenAndPositionEmbedding` with options.
    let tokenAndPositionEmbeddingWith
        (options: TokenAndPositionOptions)
        (vocabulary: int)
        (length: int)
        (features: int)
        : Layer<Tensor, Tensor> =
        let kind = "token_and_position_embedding"

        let demand name (value: int) =
            if value < 1 then
                Fail.argument kind name value "is below 1."

        demand "vocabulary_size" vocabulary
        demand "sequence_length" length
        demand "embedding_dim" features

        let settings =
            [ "vocabulary_size", Setting.Whole vocabulary
              "sequence_length", Setting.Whole length
              "embedding_dim", Setting.Whole features
              "embeddings_initializer", Initializer.toSetting options.EmbeddingsInitializer
              "mask_zero", Setting.Flag options.MaskZero ]

        let tokens =
            embeddingWith
                { EmbeddingOptions.defaults with EmbeddingsInitializer = options.EmbeddingsInitializer }
                vocabulary
                features

        let build (shapes: Shape list) : Blueprint =
            match Layer.single kind shapes with
            | [ time ] as sample ->
                demandLength kind length time

                let table place rows =
                    let shape = [ rows; features ]

                    Node
                        [ "embeddings",
                          Leaf(
                              Layer.start shape (fun key ->
                                  options.EmbeddingsInitializer.Draw (Key.fold place key) shape)
                          ) ]

                { Parameters = Node [ "token_embedding", table 0 vocabulary; "position_embedding", table 1 length ]
                  State = Tree.empty
                  Outputs = [ sample @ [ features ] ] }
            | sample -> Fail.shapes kind [ "sample", sample ] "a sample must be a list of ids, [time]."

        let ofTokens (variables: Variables) (ids: Tensor) =
            let own =
                Node [ "embedding", Node [ "embeddings", Leaf variables.Parameters["token_embedding/embeddings"] ] ]

            Layer.predict (Variables.ofTrees own (Node [ "embedding", Tree.empty ])) ids tokens

        let apply (variables: Variables) _ (xs: Tensor list) =
            let positions = firstRows kind variables.Parameters["position_embedding/embeddings"] xs.Head
            [ ofTokens variables xs.Head + positions ], variables

        let step _ =
            counting kind settings build (fun position variables ids ->
                ofTokens variables ids + row variables.Parameters["position_embedding/embeddings"] position)

        let masks =
            if options.MaskZero then
                MaskRule.Computed(fun _ ids _ -> [ Some(Tensor.notEqual ids.Head (Tensor.zerosLike ids.Head)) ])
            else
                MaskRule.Stops

        { Layer.stage kind settings build apply with Stepwise = Some step; Masks = masks } |> Layer.ofStage

    /// The sum of a learned vector for each id and one for each position: ids [batch; time], below `vocabulary`, to [batch;
    /// time; features], for sequences of up to `length`. Parameters "token_embedding/embeddings" [vocabulary; features] and
    /// "position_embedding/embeddings" [length; features]. Counts below 1 and longer samples are errors.
    let tokenAndPositionEmbedding (vocabulary: int) (length: int) (features: int) : Layer<Tensor, Tensor> =
        tokenAndPositionEmbeddingWith TokenAndPositionOptions.defaults vocabulary length features

    /// The layer of settings.
    let internal tokenAndPositionOf (source: Settings.Source) : Layer<Tensor, Tensor> =
        let whole = Settings.whole source

        tokenAndPositionEmbeddingWith
            { EmbeddingsInitializer = Initializer.ofSetting (Settings.find source "embeddings_initializer")
              MaskZero = Settings.flag source "mask_zero" }
            (whole "vocabulary_size")
            (whole "sequence_length")
            (whole "embedding_dim")

    /// The layer of settings.
    let internal positionEmbeddingOf (source: Settings.Source) : Layer<Tensor, Tensor> =
        positionEmbeddingWith
            (Initializer.ofSetting (Settings.find source "initializer"))
            (Settings.whole source "sequence_length")
