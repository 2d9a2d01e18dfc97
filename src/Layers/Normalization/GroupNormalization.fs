namespace Functional

/// Options of `groupNormWith` and `instanceNormWith`.
type GroupNormOptions =
    {
        /// The number of groups into which the channels are parted; it must divide them. 32 by default. -1 is a group for
        /// each channel: instance normalization.
        Groups: int
        /// The axis of the channels, counted with the batch axis as 0; -1 by default.
        Axis: int
        /// Added to the variance; 0.001 by default. PyTorch: 0.00001.
        Epsilon: float
        /// Whether "beta" is learned and added; true by default.
        Center: bool
        /// Whether "gamma" is learned and multiplied by; true by default.
        Scale: bool
        /// The initializer of beta: zeros by default.
        BetaInitializer: Initializer
        /// The initializer of gamma: ones by default.
        GammaInitializer: Initializer
        /// The regularizer of beta; none by default.
        BetaRegularizer: Regularizer option
        /// The regularizer of gamma; none by default.
        GammaRegularizer: Regularizer option
        /// The constraint of beta, applied after each update; none by default.
        BetaConstraint: Constraint option
        /// The constraint of gamma; none by default.
        GammaConstraint: Constraint option
    }

    /// Keras's defaults.
    static member defaults =
        { Groups = 32
          Axis = -1
          Epsilon = 1e-3
          Center = true
          Scale = true
          BetaInitializer = Initializer.zeros
          GammaInitializer = Initializer.ones
          BetaRegularizer = None
          GammaRegularizer = None
          BetaConstraint = None
          GammaConstraint = None }

    member internal options.Affine: Affine =
        { Scale = options.Scale
          Center = options.Center
          Gamma =
            { Initializer = options.GammaInitializer
              Regularizer = options.GammaRegularizer
              Constraint = options.GammaConstraint }
          Beta =
            { Initializer = options.BetaInitializer
              Regularizer = options.BetaRegularizer
              Constraint = options.BetaConstraint } }

/// Layers that normalize groups of a sample's channels.
[<AutoOpen>]
module GroupNormalizationLayers =
    let private kind = "group_normalization"

    /// The channels' axis of a batch, and the number of groups.
    let private channels (options: GroupNormOptions) (sample: Shape) =
        let axis = List.head (NormalizationAxes.ofSample kind sample [ options.Axis ])
        let channels = (0 :: sample)[axis]
        let groups = if options.Groups = -1 then channels else options.Groups

        if groups > channels || channels % groups <> 0 then
            Fail.shapes
                kind
                [ "sample", sample ]
                $"{groups} groups do not divide the {channels} channels of axis {options.Axis}; give a divisor as Groups, or \
                  -1 for a group for each channel."

        axis, groups

    let private apply (options: GroupNormOptions) (variables: Variables) _ (x: Tensor) =
        let axis, groups = channels options x.Shape.Tail

        for _, parameter in Tree.flatten variables.Parameters do
            NormalizationAxes.demandShape kind parameter.Shape [ axis ] x

        // the channels' axis becomes one of groups and one of the channels in them
        let parted =
            x.Shape |> List.mapi (fun i n -> if i = axis then [ groups; n / groups ] else [ n ]) |> List.concat

        let grouped = Tensor.reshape parted x
        let axes = [ 1 .. parted.Length - 1 ] |> List.except [ axis ]
        let centred = grouped - Tensor.meanKeep axes grouped
        let variance = Tensor.meanKeep axes (Tensor.square centred)

        centred * Tensor.rsqrt (variance + options.Epsilon)
        |> Tensor.reshape x.Shape
        |> Affine.apply options.Affine (NormalizationAxes.broadcastable x [ axis ]) variables,
        variables

    /// Normalizes each group of channels of each sample over the group's channels and all other axes; then scales by
    /// "gamma" and adds "beta", both [channels]. Any shape with the channels' axis. A number of groups that does not divide
    /// the channels is an error when the layer is built. (Wu and He 2018, "Group normalization".)
    let groupNormWith (options: GroupNormOptions) : Layer<Tensor, Tensor> =
        NormalizationAxes.demandEpsilon "groupNorm" options.Epsilon

        if options.Groups < 1 && options.Groups <> -1 then
            Fail.argument "groupNorm" "groups" options.Groups "is not a number of groups; give 1 or more, or -1."

        let settings =
            [ "groups", Setting.Whole options.Groups
              "axis", Setting.Whole options.Axis
              "epsilon", Setting.Number options.Epsilon ]
            @ Affine.settings options.Affine

        let shape shapes =
            let sample = Layer.single kind shapes
            channels options sample |> ignore
            [ sample ]

        let parameters (shapes: Shape list) =
            Affine.parameters options.Affine [ (0 :: shapes.Head)[fst (channels options shapes.Head)] ]

        Layer.define kind settings shape parameters (apply options)
        |> Layer.withVariableOptions (Affine.variables options.Affine)

    /// `groupNormWith` this many groups, over the last axis, with Keras's defaults otherwise.
    let groupNorm (groups: int) : Layer<Tensor, Tensor> =
        groupNormWith { GroupNormOptions.defaults with Groups = groups }

    /// Normalizes each channel of each sample over all other axes: `groupNormWith` a group for each channel. PyTorch's
    /// InstanceNorm has epsilon 0.00001, and neither gamma nor beta by default. (Ulyanov et al. 2016, "Instance
    /// normalization".)
    let instanceNormWith (options: GroupNormOptions) : Layer<Tensor, Tensor> =
        groupNormWith { options with Groups = -1 }

    /// `instanceNormWith` Keras's defaults.
    let instanceNorm = instanceNormWith GroupNormOptions.defaults
