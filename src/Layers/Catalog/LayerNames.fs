namespace Functional

/// Layers and activations by their names in Keras.
[<AutoOpen>]
module LayerNames =
    let private aliases =
        dict
            [ "swish", "silu"
              "re_lu", "relu"
              "rmsnormalization", "rms_normalization"
              "p_re_lu", "prelu"
              "pre_lu", "prelu"
              "conv1dtranspose", "conv1d_transpose"
              "conv2dtranspose", "conv2d_transpose"
              "conv3dtranspose", "conv3d_transpose"
              "leaky_re_lu", "leaky_relu"
              "tanh_", "tanh" ]

    /// "Conv2D", "conv2d" and "BatchNormalization" as the library's kinds: "conv2d", "batch_normalization".
    let private kindOf (name: string) =
        let isWord = name <> name.ToUpperInvariant() && name <> name.ToLowerInvariant()

        let snake =
            if isWord then
                name
                |> Seq.mapi (fun i c ->
                    let startsWord =
                        i > 0
                        && System.Char.IsUpper c
                        && not (System.Char.IsUpper name[i - 1] || System.Char.IsDigit name[i - 1])

                    (if startsWord then "_" else "") + string (System.Char.ToLowerInvariant c))
                |> String.concat ""
            else
                name.ToLowerInvariant()

        match aliases.TryGetValue snake with
        | true, kind -> kind
        | _ -> snake

    /// Convolutions, poolings and the layers that resize or augment images, as `templates`.
    let private ofWindows: (Layer<Tensor, Tensor> * string list) list =
        let convolution = [ "filters"; "kernel_size" ]
        let factors = [ "height_factor"; "width_factor" ]

        [ conv1D 1 1, convolution
          conv2D 1 (1, 1), convolution
          conv3D 1 (1, 1, 1), convolution
          depthwiseConv1D 1, [ "kernel_size" ]
          depthwiseConv2D (1, 1), [ "kernel_size" ]
          separableConv1D 1 1, convolution
          separableConv2D 1 (1, 1), convolution
          conv1DTranspose 1 1, convolution
          conv2DTranspose 1 (1, 1), convolution
          conv3DTranspose 1 (1, 1, 1), convolution
          for layer in
              [ maxPooling1D 2
                maxPooling2D (2, 2)
                maxPooling3D (2, 2, 2)
                averagePooling1D 2
                averagePooling2D (2, 2)
                averagePooling3D (2, 2, 2)
                globalMaxPooling1D
                globalMaxPooling2D
                globalMaxPooling3D
                globalAveragePooling1D
                globalAveragePooling2D
                globalAveragePooling3D
                upSampling1D 2
                upSampling2D (2, 2)
                upSampling3D (2, 2, 2)
                zeroPadding1D (1, 1)
                zeroPadding2D (1, 1)
                zeroPadding3D (1, 1, 1)
                cropping1D (1, 1)
                cropping2D (0, 0)
                cropping3D (1, 1, 1)
                flatten
                randomFlip FlipMode.HorizontalAndVertical
                randomErasing
                randomShear (0.0, 0.0) ] do
              layer, []
          for layer in
              [ adaptiveMaxPooling1D 1
                adaptiveMaxPooling2D (1, 1)
                adaptiveMaxPooling3D (1, 1, 1)
                adaptiveAveragePooling1D 1
                adaptiveAveragePooling2D (1, 1)
                adaptiveAveragePooling3D (1, 1, 1) ] do
              layer, [ "output_size" ]
          for layer in [ resizing (1, 1); centerCrop (1, 1); randomCrop (1, 1) ] do
              layer, [ "height"; "width" ]
          for layer in [ randomRotation 0.5; randomContrast 0.5; randomBrightness 0.5 ] do
              layer, [ "factor" ]
          randomTranslation (0.5, 0.5), factors
          randomZoom 0.5, [ "height_factor" ] ]

    /// A layer of each kind that takes settings, and the settings without a default in Keras.
    let private templates: (Layer<Tensor, Tensor> * string list) list =
        [ dense 1, [ "units" ]
          yield! ofWindows
          embedding 1 1, [ "input_dim"; "output_dim" ]
          masking, []
          multiHeadSelfAttention 1 1, [ "num_heads"; "key_dim" ]
          transformerEncoder 1 1, [ "intermediate_dim"; "num_heads" ]
          transformerDecoder 1 1, [ "intermediate_dim"; "num_heads" ]
          positionEmbedding 1, [ "sequence_length" ]
          sinePositionEncoding, []
          rotaryEmbedding, []
          tokenAndPositionEmbedding 1 1 1, [ "vocabulary_size"; "sequence_length"; "embedding_dim" ]
          simpleRnn 1, [ "units" ]
          lstm 1, [ "units" ]
          convLstm1D 1 1, [ "filters"; "kernel_size" ]
          convLstm2D 1 (1, 1), [ "filters"; "kernel_size" ]
          convLstm3D 1 (1, 1, 1), [ "filters"; "kernel_size" ]
          gru 1, [ "units" ]
          reshape [ 1 ], [ "target_shape" ]
          permute [ 1 ], [ "dims" ]
          repeatVector 1, [ "n" ]
          yield! ActivationKinds.templates
          yield! NormalizationKinds.templates
          yield! PreprocessingKinds.templates
          einsumDense "ab,bc->ac" [ 1 ], [ "equation"; "output_shape" ] ]

    /// The form of a setting that a layer tells only where it is given. The catalog refuses one that the kind does not
    /// have.
    let private formOfOptional (name: string) : Setting option =
        let endsIn (word: string) = name.EndsWith(word, System.StringComparison.Ordinal)

        match name with
        | "output_padding" -> Some(Setting.Text "")
        | "batch_size" -> Some(Setting.Whole 1)
        | "width_factor" -> Some(Setting.Items [ Setting.Number -1.0; Setting.Number 1.0 ])
        | "fill_value"
        | "renorm_momentum" -> Some(Setting.Number 0.0)
        | "value_dim" -> Some(Setting.Whole 1)
        | "output_shape"
        | "attention_axes" -> Some(Setting.Items [ Setting.Whole 1 ])
        | "bias_axes"
        | "mean"
        | "variance"
        | "renorm"
        | "renorm_clipping"
        | "rms_scaling" -> Some(Setting.Text "")
        | _ when endsIn "_regularizer" || endsIn "_constraint" -> Some(Setting.Text "")
        | _ -> None

    let private template (kind: string) = templates |> List.tryFind (fun (layer, _) -> layer.Description.Kind = kind)

    /// The value in the form of the default: one number stands for all axes, and for both bounds of a range with the
    /// signs that the default has there, as in Keras.
    let rec private inFormOf fallback given =
        match fallback, given with
        | Setting.Number _, Setting.Whole n -> Setting.Number(float n)
        | Setting.Items [ Setting.Number low; Setting.Number high ], Setting.Number size ->
            let signs = if low = 0.0 && high = 0.0 then [ -1; 1 ] else [ sign low; sign high ]
            Setting.Items(signs |> List.map (fun sign -> Setting.Number(float sign * size)))
        | Setting.Items [ Setting.Number _; Setting.Number _ ], Setting.Whole n ->
            inFormOf fallback (Setting.Number(float n))
        | Setting.Items all, Setting.Whole _ -> Setting.Items(all |> List.map (fun one -> inFormOf one given))
        | Setting.Items all, Setting.Items each when all.Length = each.Length ->
            Setting.Items(List.map2 inFormOf all each)
        | _ -> given

    let private merged operation (kind: string) (given: (string * Setting) list) : Description =
        match template kind with
        | None -> { Kind = kind; Name = ""; Settings = given; Children = [] }
        | Some(layer, required) ->
            let d = layer.Description

            match required |> List.tryFind (fun name -> not (List.exists (fst >> (=) name) given)) with
            | Some name ->
                Fail.argument operation name "none" $"was given, and a layer of kind {kind} has no default for it."
            | None -> ()

            // windows side by side, unless something else is said
            let given =
                match List.tryFind (fst >> (=) "pool_size") given with
                | Some(_, size) when not (List.exists (fst >> (=) "strides") given) -> given @ [ "strides", size ]
                | _ -> given

            let isTold name = List.exists (fst >> (=) name) d.Settings
            let isKnown name = isTold name || (formOfOptional name).IsSome

            match given |> List.tryFind (fst >> isKnown >> not) with
            | Some(name, _) ->
                let known = d.Settings |> List.map fst |> String.concat ", "

                Fail.argument
                    operation
                    "setting"
                    $"'{name}'"
                    $"is not one of a layer of kind {kind}; there are {known}."
            | None -> ()

            let settingOf (name, fallback) =
                match given |> List.tryFind (fst >> (=) name) with
                | Some(_, value) -> name, inFormOf fallback value
                | None -> name, fallback

            let optional =
                given
                |> List.choose (fun (name, value) ->
                    match formOfOptional name with
                    | Some form when not (isTold name) -> Some(name, inFormOf form value)
                    | Some _
                    | None -> None)

            { d with Settings = (d.Settings |> List.map settingOf) @ optional }

    /// Layers by name.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Layer =
        /// The layer of a name in Keras, "dense", "Conv2D" or "BatchNormalization", with settings under Keras's names
        /// and its defaults for the others: `Layer.ofName "dense" [ "units", Setting.Whole 10; "activation",
        /// Setting.Text "relu" ]`. An unknown name or setting, and a missing one without a default, are errors.
        let ofName (name: string) (settings: (string * Setting) list) : Layer<Tensor, Tensor> =
            let activations, others = settings |> List.partition (fst >> (=) "activation")
            let description = merged "Layer.ofName" (kindOf name) (List.map VariableOptions.ofNames others)

            let inside =
                activations
                |> List.map (fun (_, setting) ->
                    match setting with
                    | Setting.Text name -> merged "Layer.ofName" (kindOf name) []
                    | Setting.Number _
                    | Setting.Whole _
                    | Setting.Flag _
                    | Setting.Items _
                    | Setting.Group _ ->
                        Fail.argument "Layer.ofName" "activation" (string setting) "is not the name of an activation.")

            let children =
                match inside, description.Children with
                // recurrent layers have a second one, for the gates
                | [ one ], _ :: rest -> one :: rest
                | [ { Kind = "linear" } ], [] -> []
                | inside, [] -> inside
                | _, children -> children

            Catalog.build { description with Children = children }

    /// Activations by name.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Activation =
        /// The activation of a name in Keras, as a layer: "relu", "swish", "leaky_relu", "log_softmax". An unknown name
        /// is an error.
        let ofName (name: string) : Layer<Tensor, Tensor> = Layer.ofName name []
