namespace Functional

/// Networks that take a sequence one position at a time and remember what came before in their state: what generation with
/// a key-value cache runs.
module internal Stepping =
    // what they give at a position depends on that position alone
    let private positionwise =
        set
            [ "dense"
              "einsum_dense"
              "embedding"
              "layer_normalization"
              "rms_normalization"
              "batch_normalization"
              "dropout"
              "gaussian_noise"
              "gaussian_dropout"
              "alpha_dropout"
              "activity_regularization"
              "rescaling"
              "time_distributed"
              "add"
              "subtract"
              "multiply"
              "average"
              "maximum"
              "minimum"
              "linear"
              "relu"
              "relu6"
              "sigmoid"
              "tanh"
              "softmax"
              "log_softmax"
              "leaky_relu"
              "elu"
              "selu"
              "gelu"
              "gelu_tanh"
              "silu"
              "softplus"
              "softsign"
              "hard_sigmoid"
              "hard_swish"
              "mish"
              "exponential" ]

    // they apply the networks inside them to what they are given
    let private containers = set [ "sequential"; "graph"; "branch"; "residual"; "reversible_embedding" ]

    /// Whether the last axis is that of classes or features, as at every position of a sequence.
    let private isAlongFeatures (stage: Stage) =
        stage.Settings
        |> List.forall (fun (name, value) ->
            name <> "axis" || value = Setting.Whole -1 || value = Setting.Items [ Setting.Whole -1 ])

    let private refuse (stage: Stage) =
        Fail.argument
            "Generation"
            "layer"
            $"'{stage.Kind}'"
            "cannot go on from one position to the next: what it gives there depends on others in ways that no cache keeps. A \
             model generates through embeddings, causal attention, decoder blocks, recurrent layers that give all steps, and layers that \
             treat each position alike."

    let rec private stepped (sizes: StepSizes) (stage: Stage) : Stage =
        match stage.Stepwise with
        | Some build ->
            let step: Stage = build sizes

            { step with
                Name = (if stage.Name = "" then "" else stage.Name)
                Trainable = stage.Trainable
                SharesWeights = stage.SharesWeights }
        | None when containers.Contains stage.Kind -> { stage with Inner = stage.Inner |> List.map (network sizes) }
        | None when positionwise.Contains stage.Kind && isAlongFeatures stage -> stage
        | None -> refuse stage

    /// The network for samples of one position. Its state holds the caches, which start empty, at position 0; its
    /// parameters are those of the whole network. A layer that mixes positions and has no cache is an error.
    and network (sizes: StepSizes) (network: Network) : Network =
        for stage, nodes in
            network.Nodes
            |> List.groupBy (fun node -> HashIdentity.Reference.GetHashCode node.Stage, node.Stage.Kind) do
            let shared = nodes.Head.Stage

            if nodes.Length > 1 && shared.Stepwise.IsSome then
                Fail.argument
                    "Generation"
                    "layer"
                    $"'{snd stage}'"
                    "is used several times with the same weights; a cache keeps the positions of one use."

        Network.mapStages (stepped sizes) network
