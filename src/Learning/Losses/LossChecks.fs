namespace Functional

/// Whether the end of a model fits its loss, as far as the model's description tells.
module internal LossChecks =
    /// How a model ends.
    [<RequireQualifiedAccess>]
    type private Ending =
        /// In a softmax or a sigmoid.
        | Activation of name: string
        /// In numbers that are known to be no probabilities; the text says why: "ends in a relu".
        | NotProbabilities of reason: string
        /// In something whose range is not known, such as a function of the user's own.
        | Unknown

    /// Activations that give negative numbers or numbers above 1 by nature. (Softplus and exponential are left out: of
    /// their outputs the losses of classes make probabilities by dividing by the sum.)
    let private unbounded =
        set
            [ "relu"
              "relu6"
              "tanh"
              "leaky_relu"
              "elu"
              "prelu"
              "selu"
              "gelu"
              "gelu_tanh"
              "silu"
              "softsign"
              "hard_swish"
              "mish"
              "log_softmax"
              "batch_normalization"
              "layer_normalization" ]

    /// Layers with weights that are linear unless they hold an activation.
    let private affine = set [ "dense"; "conv1d"; "conv2d"; "depthwise_conv2d"; "conv2d_transpose" ]

    /// Layers that move or drop elements, so that the end is that of the layer before them.
    let private transparent = set [ "linear"; "dropout"; "flatten"; "reshape"; "permute"; "repeat_vector" ]

    let private article (kind: string) = if "aeiou".Contains kind[0] then "an" else "a"

    let rec private endingOf (d: Description) =
        match d.Kind, d.Children with
        | _ when List.contains Network.ownCode d.Settings -> Ending.Unknown
        | "sequential", layers ->
            match layers |> List.tryFindBack (fun layer -> not (transparent.Contains layer.Kind)) with
            | Some last -> endingOf last
            | None -> Ending.Unknown
        | "time_distributed", [ layer ] -> endingOf layer
        | ("softmax" | "sigmoid" as kind), _ -> Ending.Activation kind
        | kind, [ activation ] when affine.Contains kind -> endingOf activation
        | kind, [] when affine.Contains kind ->
            Ending.NotProbabilities $"ends in {article kind} {kind} layer without an activation"
        | kind, _ when unbounded.Contains kind -> Ending.NotProbabilities $"ends in {article kind} {kind}"
        | _ -> Ending.Unknown

    let private layersUsing (layer: Stage) = if layer.InnerUse = InnerUse.Container then layer.Inner else []

    /// How an output of a network ends, by the layers that it comes from.
    let rec private endingOfOutput (network: Network) output =
        let rec follow source =
            match source with
            | Connection.Results node -> follow (Connection.Result(node, 0))
            | Connection.Result(node, i) ->
                let stage = network.Nodes[node].Stage

                match layersUsing stage, network.Nodes[node].From with
                | [ inner ], _ -> endingOfOutput inner i
                | _, [ before ] when transparent.Contains stage.Kind -> follow before
                | _ -> endingOf (Network.describeStage stage)
            | Connection.Inputs
            | Connection.Input _ -> Ending.Unknown

        follow (Network.pick output network.Outputs)

    /// The F# names of a loss of probabilities and of its form of logits.
    let private functionsOf (loss: Loss) =
        match loss.Name with
        | "binary_crossentropy" -> Some "Loss.binaryCrossentropy"
        | "categorical_crossentropy" -> Some "Loss.categoricalCrossentropy"
        | "sparse_categorical_crossentropy" -> Some "Loss.sparseCategoricalCrossentropy"
        | "binary_focal_crossentropy" -> Some "Loss.binaryFocal"
        | "categorical_focal_crossentropy" -> Some "Loss.categoricalFocal"
        | _ -> None

    let private failOfNoProbabilities operation (loss: Loss) reason =
        let activation = loss.FromLogits |> Option.map fst |> Option.defaultValue "softmax"

        let ofLogits =
            match functionsOf loss, loss.FromLogits with
            | Some name, _ -> $", or keep the model and take {name}FromLogits"
            | None, Some _ -> ", or keep the model and take the loss with FromLogits = true"
            | None, None -> ""

        Fail.data
            operation
            $"the loss {loss.Name} takes probabilities, but the model {reason}.\nEnd the model in a {activation} \
              (model --> {activation}){ofLogits}."

    let private failOfTwice operation (loss: Loss) activation =
        let name = functionsOf loss |> Option.defaultValue "the loss with FromLogits = false"

        Fail.data
            operation
            $"the loss {loss.Name} takes logits, but the model ends in a {activation}, which the loss would apply once \
              more.\nLeave out the {activation}, or take {name}."

    /// Raises an error where an output of a network is known to end in what the loss cannot learn from: a loss of
    /// probabilities after a layer that gives none (a forgotten softmax or sigmoid), a loss of logits after a softmax or a
    /// sigmoid, and a softmax of a single number. `index` is the number of the output, and `output` its shape for one
    /// sample. What is not known passes: a function of the user's own may give anything.
    let demandFitting operation (loss: Loss) (network: Network) index (output: Shape) =
        match loss.Outputs, endingOfOutput network index with
        | OutputKind.Own, _
        | _, Ending.Unknown -> ()
        | _, Ending.Activation "softmax" when List.tryLast output = Some 1 ->
            Fail.data
                operation
                "the model ends in a softmax of a single output, which is always 1: nothing can be learned.\n\
                 End it in a sigmoid for yes and no, or give the last layer a unit for each class."
        | OutputKind.Probabilities, Ending.NotProbabilities reason -> failOfNoProbabilities operation loss reason
        | OutputKind.Logits, Ending.Activation activation -> failOfTwice operation loss activation
        | OutputKind.Numbers, (Ending.Activation _ | Ending.NotProbabilities _)
        | OutputKind.Probabilities, Ending.Activation _
        | OutputKind.Logits, Ending.NotProbabilities _ -> ()
