namespace Functional

/// Layers and activations by their names in Keras.
[<AutoOpen>]
module LayerNames =
    let private aliases =
        dict
            [ "swish", "silu"
              "re_lu", "relu"
              "p_re_lu", "prelu"
              "pre_lu", "prelu"
              "conv2dtranspose", "conv2d_transpose"
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

    /// A layer of each kind that takes settings, and the settings without a default in Keras.
    let private templates: (Layer<Tensor, Tensor> * string list) list =
        [ dense 1, [ "units" ]
          conv1D 1 1, [ "filters"; "kernel_size" ]
          conv2D 1 (1, 1), [ "filters"; "kernel_size" ]
          depthwiseConv2D (1, 1), [ "kernel_size" ]
          conv2DTranspose 1 (1, 1), [ "filters"; "kernel_size" ]
          maxPooling1D 2, []
          maxPooling2D (2, 2), []
          averagePooling1D 2, []
          averagePooling2D (2, 2), []
          globalMaxPooling1D, []
          globalMaxPooling2D, []
          globalAveragePooling1D, []
          globalAveragePooling2D, []
          upSampling1D 2, []
          upSampling2D (2, 2), []
          zeroPadding1D (1, 1), []
          zeroPadding2D (1, 1), []
          embedding 1 1, [ "input_dim"; "output_dim" ]
          dropout 0.5, [ "rate" ]
          gaussianDropout 0.5, [ "rate" ]
          gaussianNoise 1.0, [ "stddev" ]
          batchNorm, []
          layerNorm, []
          simpleRnn 1, [ "units" ]
          lstm 1, [ "units" ]
          gru 1, [ "units" ]
          reshape [ 1 ], [ "target_shape" ]
          permute [ 1 ], [ "dims" ]
          repeatVector 1, [ "n" ]
          softmax, []
          leakyRelu, []
          elu, []
          prelu, [] ]

    /// Whether a layer tells the setting only where it is given. The catalog refuses one that the kind does not have.
    let private isOptional (name: string) =
        name.EndsWith("_regularizer", System.StringComparison.Ordinal)
        || name.EndsWith("_constraint", System.StringComparison.Ordinal)
        || name = "output_padding"

    let private template (kind: string) = templates |> List.tryFind (fun (layer, _) -> layer.Description.Kind = kind)

    /// The value in the form of the default: one number stands for all axes, as in Keras.
    let rec private inFormOf fallback given =
        match fallback, given with
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

            let isKnown name = isOptional name || List.exists (fst >> (=) name) d.Settings

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

            let optional = given |> List.filter (fst >> isOptional)
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
