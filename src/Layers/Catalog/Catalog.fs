namespace Functional

open System.Collections.Generic

/// From descriptions to layers: how a saved model is built again. The kinds are those of the library and those that
/// were registered; a file brings no code.
module Catalog =
    /// Layers of any number of tensors are built in this form; a single tensor is a list of one.
    type private Any = Layer<Tensor list, Tensor list>

    let private registered =
        System.Collections.Concurrent.ConcurrentDictionary<string, (string * Setting) list -> Layer<Tensor, Tensor>>()

    /// Makes a kind of layer of one's own known by name, so that models which hold it are saved and loaded whole. The
    /// function gives the layer of `Layer.make kind` from its settings (see `Layer.withSettings`); it is called when a
    /// file is read, which brings settings alone and never code. Registering a kind again replaces the function.
    let register (kind: string) (build: (string * Setting) list -> Layer<Tensor, Tensor>) : unit =
        registered[kind] <- build

    let private oneOf kind (xs: Tensor list) =
        match xs with
        | [ x ] -> x
        | xs -> Fail.argument kind "inputs" xs.Length "is not the number of tensors that it takes, which is one."

    let private ofSingle (layer: Layer<Tensor, Tensor>) : Any =
        Layer.adapt (oneOf layer.Description.Kind) List.singleton layer

    let private ofMerge (layer: Layer<Tensor list, Tensor>) : Any = Layer.adapt id List.singleton layer

    let private toSingle (layer: Any) : Layer<Tensor, Tensor> =
        Layer.adapt List.singleton (oneOf layer.Description.Kind) layer

    let private variable source name = VariableOptions.ofSettings source name

    let private denseOf source activation =
        let kernel, bias = variable source "kernel", variable source "bias"

        denseWith
            { Activation = activation
              UseBias = Settings.flag source "use_bias"
              KernelInitializer = kernel.Initializer
              BiasInitializer = bias.Initializer
              KernelRegularizer = kernel.Regularizer
              BiasRegularizer = bias.Regularizer
              KernelConstraint = kernel.Constraint
              BiasConstraint = bias.Constraint
              ActivityRegularizer = None }
            (Settings.whole source "units")

    let private embeddingOf make source : Layer<Tensor, Tensor> =
        let embeddings = variable source "embeddings"

        make
            { EmbeddingsInitializer = embeddings.Initializer
              EmbeddingsRegularizer = embeddings.Regularizer
              EmbeddingsConstraint = embeddings.Constraint
              MaskZero =
                Settings.tryFind source "mask_zero" |> Option.exists (fun _ -> Settings.flag source "mask_zero") }
            (Settings.whole source "input_dim")
            (Settings.whole source "output_dim")

    let private preluOf source =
        let alpha = variable source "alpha"

        preluWith
            { SharedAxes = Settings.wholes source "shared_axes"
              AlphaInitializer = alpha.Initializer
              AlphaRegularizer = alpha.Regularizer
              AlphaConstraint = alpha.Constraint }

    let private einsumDenseOf source activation =
        let kernel, bias = variable source "kernel", variable source "bias"

        einsumDenseWith
            { BiasAxes =
                Settings.tryFind source "bias_axes"
                |> Option.map (fun _ -> Settings.text source "bias_axes")
                |> Option.defaultValue ""
              Activation = activation
              KernelInitializer = kernel.Initializer
              BiasInitializer = bias.Initializer
              KernelRegularizer = kernel.Regularizer
              BiasRegularizer = bias.Regularizer
              KernelConstraint = kernel.Constraint
              BiasConstraint = bias.Constraint
              ActivityRegularizer = None }
            (Settings.text source "equation")
            (Settings.wholes source "output_shape")

    let private dotOf source : Any =
        match Settings.wholes source "axes" with
        | [ x; y ] -> ofMerge (Merge.dotWith { Axes = (x, y); Normalize = Settings.flag source "normalize" })
        | _ -> Fail.data source.Owner "its description is damaged: 'axes' must be two whole numbers."

    /// The kinds that multiply by a kernel, from their settings and their activation, if they have one.
    let private kernelKinds
        : IDictionary<string, Settings.Source -> Layer<Tensor, Tensor> option -> Layer<Tensor, Tensor>> =
        dict [ "dense", denseOf; "einsum_dense", einsumDenseOf; yield! WindowKinds.withKernels ]

    /// The kinds that hold no other layer, from their settings.
    let private simpleKinds: IDictionary<string, Settings.Source -> Layer<Tensor, Tensor>> =
        dict
            [ yield! WindowKinds.withoutKernels
              yield! ActivationKinds.withSettings
              yield! NormalizationKinds.kinds
              yield! PreprocessingKinds.kinds
              "embedding", embeddingOf embeddingWith
              "token_and_position_embedding", tokenAndPositionOf
              "position_embedding", positionEmbeddingOf
              "sine_position_encoding", (fun source -> sinePositionEncodingOf (Settings.number source "max_wavelength"))
              "rotary_embedding", (fun source -> rotaryEmbeddingWith (Rotary.ofSettings source))
              "masking", (fun source -> maskingOf (Settings.number source "mask_value"))
              "prelu", preluOf
              "reshape", (fun source -> reshape (Settings.wholes source "target_shape"))
              "permute", (fun source -> permute (Settings.wholes source "dims"))
              "repeat_vector", (fun source -> repeatVector (Settings.whole source "n"))
              for layer in ActivationKinds.plain do
                  layer.Description.Kind, (fun _ -> layer) ]

    let private childOf (d: Description) =
        match d.Children with
        | [ child ] -> child
        | children -> Fail.data d.Kind $"its description is damaged: it holds {children.Length} layers instead of one."

    let private unknown kind =
        Fail.argument
            "Catalog"
            "kind"
            $"'{kind}'"
            "is not a kind of layer that this version of the library knows; build the model in code and load the weights \
             alone."

    /// The name of a layer in errors.
    let private shown (d: Description) = if d.Name = "" then d.Kind else $"{d.Name} ({d.Kind})"

    let private isOwn (d: Description) = List.contains Network.ownCode d.Settings

    /// A layer of a user's own, by the function that was registered for its kind.
    let private ownLayer (d: Description) : Any =
        match registered.TryGetValue d.Kind with
        | true, build ->
            d.Settings
            |> List.filter (fun setting -> setting <> Network.ownCode && setting <> Network.frozen)
            |> build
            |> ofSingle
        | _ ->
            Fail.argument
                "Catalog"
                "layer"
                $"'{shown d}'"
                "was made from a function of its user's, which a description does not hold; only weights can be saved \
                 and loaded. Build the model in code and load the weights alone."

    /// The layer of its kind under the name of the description, frozen and shared as it says.
    let private decorated (d: Description) (layer: Any) : Any =
        let isFrozen = List.contains Network.frozen d.Settings
        let isShared = List.contains Network.sharesWeights d.Settings
        let apply condition change layer = if condition then change layer else layer

        // the layers of a block are named, frozen and shared as one, however many they are
        let isBlock = List.contains d.Kind [ "sequential"; "graph" ] && (d.Name <> "" || isFrozen || isShared)

        let block (layer: Any) : Any =
            Layer.ofNetwork (Network.ofStage false false (Network.container "sequential" "" layer.Network))

        let activityRegularizer =
            Settings.tryFind (Settings.ofDescription d) Network.activityRegularizer
            |> Option.map Regularizer.ofSetting

        layer
        |> Layer.withActivityRegularizer activityRegularizer
        |> apply isBlock block
        |> apply (d.Name <> "") (Layer.named d.Name)
        |> apply isFrozen freeze
        |> apply isShared Layer.withSharedWeights

    /// An error unless the layer has everything that its description says: a setting or a child that changes nothing
    /// here would have changed something where it was written.
    let private demandWhole (d: Description) (layer: Any) =
        let surplus =
            d.Settings |> List.tryFind (fun setting -> not (List.contains setting layer.Description.Settings))

        match surplus with
        | Some(name, _) ->
            Fail.data
                "Catalog"
                $"the layer '{shown d}' has a setting '{name}' that this version of the library does not know."
        | None when d.Children <> layer.Description.Children && d.Kind <> "sequential" && d.Kind <> "graph" ->
            Fail.data
                "Catalog"
                $"the layer '{shown d}' holds other layers than its kind does; its description is damaged."
        | None -> ()

    /// The layer of this kind, without its name and not frozen.
    let rec private plain (d: Description) : Any =
        let source = Settings.ofDescription d

        match d.Kind with
        | "sequential" -> (Layer.identity, List.map any d.Children) ||> List.fold Layer.compose
        | "graph" ->
            let stage (child: Description) = Network.toStage (any child).Network
            Layer.ofNetwork (Network.ofWiring source (List.map stage d.Children))
        | "branch" ->
            let output (child: Any) = Layer.adapt id (oneOf child.Description.Kind) child

            Layer.adapt id id (branch (List.map (any >> output) d.Children))
        | "iterate" -> iterate (Settings.whole source "times") (any (childOf d))
        | "shared" -> shared (child d)
        | "attach_mask" -> ofMerge attachMask
        | "concatenate" -> ofMerge (concatenate (Settings.whole source "axis"))
        | "add" -> ofMerge Merge.add
        | "subtract" -> ofMerge Merge.subtract
        | "multiply" -> ofMerge Merge.multiply
        | "average" -> ofMerge Merge.average
        | "maximum" -> ofMerge Merge.maximum
        | "minimum" -> ofMerge Merge.minimum
        | "dot" -> dotOf source
        | "weighted_category_count" -> ofMerge (weightedCategoryCount (Settings.whole source "num_tokens"))
        | "multi_head_attention" -> multiHeadAttentionOf source
        | "group_query_attention" -> groupedQueryAttentionOf source
        | "attention" -> attentionOf source
        | "additive_attention" -> additiveAttentionOf source
        | "transformer_encoder"
        | "transformer_decoder" -> transformerOf source (child d)
        | kind when RecurrentKinds.kinds.ContainsKey kind ->
            d.Children |> List.map (any >> _.Network) |> RecurrentKinds.kinds[kind] source |> Layer.ofNetwork
        | _ -> ofSingle (single d source)

    /// The same of the kinds that take one tensor and give one.
    and private single (d: Description) (source: Settings.Source) : Layer<Tensor, Tensor> =
        let activation () = d.Children |> List.tryHead |> Option.map (any >> toSingle)

        match d.Kind, kernelKinds.TryGetValue d.Kind, simpleKinds.TryGetValue d.Kind with
        | "residual", _, _ -> residual (child d)
        | "time_distributed", _, _ -> timeDistributed (child d)
        | "spectral_normalization", _, _ -> spectralNormWith (Settings.whole source "power_iterations") (child d)
        | "weight_normalization", _, _ -> weightNorm (child d)
        | "reversible_embedding", _, _ ->
            let around options inputs units = reversibleEmbeddingWith options inputs units (child d)
            embeddingOf around source
        | _, (true, build), _ -> build source (activation ())
        | _, _, (true, build) -> build source
        | kind, _, _ -> unknown kind

    /// The one layer inside a layer.
    and private child (d: Description) = toSingle (any (childOf d))

    and private any (d: Description) : Any =
        let layer = decorated d (if isOwn d then ownLayer d else plain d)
        demandWhole d layer
        layer

    /// The network that a description describes: it makes the same variables from the same key, and gives the same
    /// results, as the one whose description it is. Unknown kinds, and layers made from a user's own function, are an
    /// error that names them; so are settings out of range.
    let network (description: Description) : Network = (any description).Network

    /// The layer that a description describes, of one tensor to one tensor. See `network`.
    let build (description: Description) : Layer<Tensor, Tensor> = toSingle (any description)

    /// The layers inside the description, and itself, that were made from a user's own function: the reason why it
    /// cannot be built from the description. Empty for layers of the library alone.
    let rec ownCode (description: Description) : Description list =
        [ if isOwn description && not (registered.ContainsKey description.Kind) then
              description
          for child in description.Children do
              yield! ownCode child ]
