namespace Functional

/// Options of `layerNormWith`.
type LayerNormOptions =
    {
        /// The axes to normalize over, counted with the batch axis as 0; [-1] by default.
        Axes: int list
        /// Added to the variance; 0.001 by default. PyTorch: 0.00001; BERT: 1e-12.
        Epsilon: float
        /// Whether "beta" is learned and added; true by default.
        Center: bool
        /// Whether "gamma" is learned and multiplied by; true by default.
        Scale: bool
        /// Whether the input is divided by its deviation without losing its mean, and no beta is added; false by default.
        /// `rmsNorm` is another layer: it divides by the root of the mean square.
        RmsScaling: bool
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
        { Axes = [ -1 ]
          Epsilon = 1e-3
          Center = true
          Scale = true
          RmsScaling = false
          BetaInitializer = Initializer.zeros
          GammaInitializer = Initializer.ones
          BetaRegularizer = None
          GammaRegularizer = None
          BetaConstraint = None
          GammaConstraint = None }

    member internal options.Affine: Affine =
        { Scale = options.Scale || options.RmsScaling
          Center = options.Center && not options.RmsScaling
          Gamma =
            { Initializer = options.GammaInitializer
              Regularizer = options.GammaRegularizer
              Constraint = options.GammaConstraint }
          Beta =
            { Initializer = options.BetaInitializer
              Regularizer = options.BetaRegularizer
              Constraint = options.BetaConstraint } }

/// Options of `rmsNormWith`.
type RmsNormOptions =
    {
        /// The axes to normalize over, counted with the batch axis as 0; [-1] by default.
        Axes: int list
        /// Added to the mean square; 1e-6 by default, as in Keras and PyTorch's default of the type's precision.
        Epsilon: float
    }

    /// Keras's defaults.
    static member defaults = { Axes = [ -1 ]; Epsilon = 1e-6 }

/// Layers that normalize each sample by itself over some of its axes.
[<AutoOpen>]
module LayerNormalizationLayers =
    let private demandAxes operation (axes: int list) =
        if axes.IsEmpty then
            Fail.argument operation "axes" axes "are none; name one axis or more."

    /// The axes in the order of the shape, so that parameters of several axes have the shape of these axes.
    let private axesOf kind (sample: Shape) axes = List.sort (NormalizationAxes.ofSample kind sample axes)

    let private features kind axes (sample: Shape) =
        axesOf kind sample axes |> List.map (fun axis -> (0 :: sample)[axis])

    let private keepingShape kind axes (shapes: Shape list) =
        let sample = Layer.single kind shapes
        features kind axes sample |> ignore
        [ sample ]

    /// The axes of a batch, whose lengths must be those of the parameters.
    let private checkedAxes kind axes (variables: Variables) (x: Tensor) =
        let axes = List.sort (Fail.checkAxes kind x.Shape axes)

        for _, parameter in Tree.flatten variables.Parameters do
            NormalizationAxes.demandShape kind parameter.Shape axes x

        axes

    /// Normalizes each sample over some of its axes, the last one by default, training or not; then scales by "gamma"
    /// and adds "beta", both of the shape of these axes. Any shape with them. Options outside their range are an error,
    /// and an axis that the input does not have is one when the layer is built. (Ba et al. 2016, "Layer
    /// normalization".)
    let layerNormWith (options: LayerNormOptions) : Layer<Tensor, Tensor> =
        let kind = "layer_normalization"
        NormalizationAxes.demandEpsilon "layerNorm" options.Epsilon
        demandAxes "layerNorm" options.Axes

        let settings =
            [ "axis", Settings.ofWholes options.Axes
              "epsilon", Setting.Number options.Epsilon
              if options.RmsScaling then
                  "rms_scaling", Setting.Flag true ]
            // what the user said, also where rms scaling overrules it
            @ Affine.settings { options.Affine with Scale = options.Scale; Center = options.Center }

        let parameters (shapes: Shape list) = Affine.parameters options.Affine (features kind options.Axes shapes.Head)

        let apply variables _ (x: Tensor) =
            let axes = checkedAxes kind options.Axes variables x
            let centred = x - Tensor.meanKeep axes x
            let variance = Tensor.meanKeep axes (Tensor.square centred)

            (if options.RmsScaling then x else centred) * Tensor.rsqrt (variance + options.Epsilon)
            |> Affine.apply options.Affine (NormalizationAxes.broadcastable x axes) variables,
            variables

        Layer.define kind settings (keepingShape kind options.Axes) parameters apply
        |> Layer.withVariableOptions (Affine.variables options.Affine)

    /// `layerNormWith` Keras's defaults: the last axis, epsilon 0.001.
    let layerNorm = layerNormWith LayerNormOptions.defaults

    /// Divides each sample by the root of its mean square over some of its axes, the last one by default, and multiplies
    /// by the parameter "scale" of the shape of these axes, which starts at one. (Zhang and Sennrich 2019, "Root mean square
    /// layer normalization".) An axis that the input does not have is an error when the layer is built.
    let rmsNormWith (options: RmsNormOptions) : Layer<Tensor, Tensor> =
        let kind = "rms_normalization"
        NormalizationAxes.demandEpsilon "rmsNorm" options.Epsilon
        demandAxes "rmsNorm" options.Axes

        let settings = [ "axis", Settings.ofWholes options.Axes; "epsilon", Setting.Number options.Epsilon ]

        let parameters (shapes: Shape list) =
            let shape = features kind options.Axes shapes.Head
            [ "scale", Layer.start shape (fun _ -> Tensor.ones shape) ]

        let apply (variables: Variables) _ (x: Tensor) =
            let axes = checkedAxes kind options.Axes variables x
            let scale = NormalizationAxes.broadcastable x axes variables.Parameters["scale"]
            x * Tensor.rsqrt (Tensor.meanKeep axes (Tensor.square x) + options.Epsilon) * scale, variables

        Layer.define kind settings (keepingShape kind options.Axes) parameters apply

    /// `rmsNormWith` Keras's defaults: the last axis, epsilon 1e-6.
    let rmsNorm = rmsNormWith RmsNormOptions.defaults

    /// Divides each sample by its Euclidean norm over some axes, counted with the batch axis as 0; zeros stay zeros. Keras's
    /// UnitNormalization. An axis that the input does not have is an error when the layer is built.
    let unitNormOver (axes: int list) : Layer<Tensor, Tensor> =
        let kind = "unit_normalization"
        demandAxes "unitNorm" axes

        let apply _ (x: Tensor) =
            let squares = Tensor.sumKeep (Fail.checkAxes kind x.Shape axes) (Tensor.square x)
            x * Tensor.rsqrt (Tensor.maximum squares (Tensor.fullLike 1e-24 squares))

        Layer.stateless kind [ "axis", Settings.ofWholes axes ] (keepingShape kind axes) apply

    /// `unitNormOver` the last axis.
    let unitNorm = unitNormOver [ -1 ]
