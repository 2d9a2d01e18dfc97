namespace Functional

/// Options of `embeddingWith`.
type EmbeddingOptions =
    {
        /// The initializer of the table: uniform in ±0.05 by default. PyTorch's Embedding starts normal, of deviation
        /// 1.
        EmbeddingsInitializer: Initializer
        /// The regularizer of the table; none by default.
        EmbeddingsRegularizer: Regularizer option
        /// The constraint of the table, applied after each update; none by default.
        EmbeddingsConstraint: Constraint option
        /// Whether the id 0 is padding, whose steps are masked for the layers behind; false by default.
        MaskZero: bool
    }

    /// Keras's defaults.
    static member defaults =
        { EmbeddingsInitializer = Initializer.randomUniform -0.05 0.05
          EmbeddingsRegularizer = None
          EmbeddingsConstraint = None
          MaskZero = false }

/// The encoding of the ids of a sample by `categoryEncoding`.
[<RequireQualifiedAccess>]
type CategoryMode =
    /// For each id a row of zeros with a one at its place.
    | OneHot
    /// For each sample a row with ones at the places of its ids: Keras's default.
    | MultiHot
    /// For each sample a row with the number of times that each id occurs.
    | Count

/// Layers that take ids: whole numbers from 0 on, such as those of words, characters or categories.
[<AutoOpen>]
module EmbeddingLayers =
    /// Rows of a table at ids. An id that is not of the table is an error in the layer's words where the ids are data;
    /// in a compiled model the gather inside says it.
    let private rows kind (table: Tensor) (ids: Tensor) =
        let ids = if ids.DType = Int32 then ids else Tensor.cast Int32 ids

        try
            Tensor.gather 0 ids table
        with :? FunctionalException as e ->
            match e.Error with
            | FunctionalError.InvalidArgument("gather", "index", id, _) ->
                Fail.argument
                    kind
                    "id"
                    id
                    $"is outside 0 to {table.Shape[0] - 1}, the ids that there are; give the layer as many as the data \
                      have."
            | _ -> reraise ()

    /// `embedding` with options.
    let embeddingWith (options: EmbeddingOptions) (inputs: int) (units: int) : Layer<Tensor, Tensor> =
        if inputs < 1 then
            Fail.argument "embedding" "inputs" inputs "is not a number of ids; give 1 or more."

        if units < 1 then
            Fail.argument "embedding" "units" units "is not the length of a vector; give 1 or more."

        let embeddings: VariableOptions =
            { Initializer = options.EmbeddingsInitializer
              Regularizer = options.EmbeddingsRegularizer
              Constraint = options.EmbeddingsConstraint }

        let settings =
            [ "input_dim", Setting.Whole inputs
              "output_dim", Setting.Whole units
              "mask_zero", Setting.Flag options.MaskZero ]
            @ VariableOptions.settings "embeddings" embeddings

        let parameters _ =
            let table = [ inputs; units ]
            [ "embeddings", Layer.start table (fun key -> options.EmbeddingsInitializer.Draw key table) ]

        let rule =
            if options.MaskZero then
                MaskRule.Computed(fun _ ids _ -> [ Some(Tensor.notEqual ids.Head (Tensor.zerosLike ids.Head)) ])
            else
                MaskRule.Stops

        Layer.define
            "embedding"
            settings
            (fun shapes -> [ Layer.single "embedding" shapes @ [ units ] ])
            parameters
            (fun variables _ ids -> rows "embedding" variables.Parameters["embeddings"] ids, variables)
        |> Layer.withVariableOptions [ "embeddings", embeddings ]
        |> Layer.withMaskRule rule

    /// A learned vector for each id: ids of any shape [batch; ...], below `inputs`, to [batch; ...; units]. The
    /// parameter "embeddings" [inputs; units] starts uniform in ±0.05. Ids are int32; floats are cast, as in Keras. An
    /// id out of range is an error when a batch is computed, and so are counts below 1. With the option MaskZero the id 0
    /// is padding, masked for the layers behind; the table has a row for it all the same, as in Keras.
    let embedding (inputs: int) (units: int) : Layer<Tensor, Tensor> =
        embeddingWith EmbeddingOptions.defaults inputs units

    let private categoryModes =
        [ CategoryMode.OneHot, "one_hot"; CategoryMode.MultiHot, "multi_hot"; CategoryMode.Count, "count" ]

    let internal categoryModeOf owner text =
        match categoryModes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) -> mode
        | None ->
            let known = categoryModes |> List.map snd |> String.concat ", "
            Fail.argument owner "output_mode" $"'{text}'" $"is none of {known}."

    /// Ids as float32 rows of length `tokens`. `OneHot` gives a row for each id: [batch; ...] to [batch; ...; tokens],
    /// where a last axis of length 1 is replaced, as in Keras. `MultiHot` and `Count` give a row for each list of ids:
    /// [batch; n] to [batch; tokens]. Ids are int32; floats are cast. An id outside 0 to tokens - 1 is an error, and so
    /// is a count below 1.
    let categoryEncoding (mode: CategoryMode) (tokens: int) : Layer<Tensor, Tensor> =
        if tokens < 1 then
            Fail.argument "category_encoding" "tokens" tokens "is not a number of ids; give 1 or more."

        let settings =
            [ "num_tokens", Setting.Whole tokens
              "output_mode", Setting.Text(categoryModes |> List.find (fst >> (=) mode) |> snd) ]

        let rule (sample: Shape) =
            match mode, List.rev sample with
            | CategoryMode.OneHot, 1 :: front -> List.rev (tokens :: front)
            | CategoryMode.OneHot, _ -> sample @ [ tokens ]
            | (CategoryMode.MultiHot | CategoryMode.Count), _ :: front -> List.rev (tokens :: front)
            | (CategoryMode.MultiHot | CategoryMode.Count), [] -> [ tokens ]

        let apply (ids: Tensor) =
            let oneHot =
                rows "category_encoding" (Core.beside ids (fun () -> Tensor.eyeOf Float32 tokens tokens)) ids

            let ofSample = ids.Rank > 1

            match mode with
            | CategoryMode.OneHot when ofSample && List.last ids.Shape = 1 -> Tensor.squeezeAxes [ -2 ] oneHot
            | CategoryMode.MultiHot when ofSample && List.last ids.Shape > 0 -> Tensor.maxOver [ -2 ] oneHot
            | CategoryMode.MultiHot when ofSample -> Tensor.sumOver [ -2 ] oneHot
            | CategoryMode.Count when ofSample -> Tensor.sumOver [ -2 ] oneHot
            | CategoryMode.OneHot
            | CategoryMode.MultiHot
            | CategoryMode.Count -> oneHot

        Layer.stateless
            "category_encoding"
            settings
            (fun shapes -> [ rule (Layer.single "category_encoding" shapes) ])
            (fun _ ids -> apply ids)
        |> Layer.withMaskRule MaskRule.Stops
