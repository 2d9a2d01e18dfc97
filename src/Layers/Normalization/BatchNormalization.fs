namespace Functional

/// Options of batch renormalization. The correction of a batch is its deviation over the running one, r, and its mean less
/// the running one, in running deviations, d. (Ioffe 2017, "Batch renormalization".)
type RenormOptions =
    {
        /// The weight of the old value in the statistics that batches are corrected to; 0.99 by default.
        Momentum: float
        /// The smallest r; none by default.
        SmallestRatio: float option
        /// The largest r; none by default.
        LargestRatio: float option
        /// The largest |d|; none by default.
        LargestShift: float option
    }

    /// Keras's defaults.
    static member defaults = { Momentum = 0.99; SmallestRatio = None; LargestRatio = None; LargestShift = None }

/// Options of `batchNormWith`.
type BatchNormOptions =
    {
        /// The axis of the features, counted with the batch axis as 0; -1 by default.
        Axis: int
        /// The weight of the old value in the running averages; 0.99 by default. PyTorch's momentum is the weight of
        /// the new one.
        Momentum: float
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
        /// The initializer of the running mean: zeros by default.
        MovingMeanInitializer: Initializer
        /// The initializer of the running variance: ones by default.
        MovingVarianceInitializer: Initializer
        /// The regularizer of beta; none by default.
        BetaRegularizer: Regularizer option
        /// The regularizer of gamma; none by default.
        GammaRegularizer: Regularizer option
        /// The constraint of beta, applied after each update; none by default.
        BetaConstraint: Constraint option
        /// The constraint of gamma; none by default.
        GammaConstraint: Constraint option
        /// Batch renormalization: batches are corrected towards the running statistics; none by default.
        Renorm: RenormOptions option
    }

    /// Keras's defaults.
    static member defaults =
        { Axis = -1
          Momentum = 0.99
          Epsilon = 1e-3
          Center = true
          Scale = true
          BetaInitializer = Initializer.zeros
          GammaInitializer = Initializer.ones
          MovingMeanInitializer = Initializer.zeros
          MovingVarianceInitializer = Initializer.ones
          BetaRegularizer = None
          GammaRegularizer = None
          BetaConstraint = None
          GammaConstraint = None
          Renorm = None }

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

/// Batch normalization.
[<AutoOpen>]
module NormalizationLayers =
    let private batchNormKind = "batch_normalization"

    /// The shape [features] of the axis that is normalized.
    let private features (options: BatchNormOptions) (sample: Shape) : Shape =
        [ (0 :: sample)[List.head (NormalizationAxes.ofSample batchNormKind sample [ options.Axis ])] ]

    let private batchNormBlueprint (options: BatchNormOptions) shapes : Blueprint =
        let sample = Layer.single batchNormKind shapes
        let features = features options sample

        let start (initializer: Initializer) fold =
            Layer.start features (fun key -> initializer.Draw (Key.fold fold key) features)

        { Parameters = Tree.ofList (Affine.parameters options.Affine features)
          State =
            Tree.ofList
                [ "moving_mean", start options.MovingMeanInitializer 2
                  "moving_variance", start options.MovingVarianceInitializer 3
                  if options.Renorm.IsSome then
                      "moving_stddev", start Initializer.ones 4
                      "renorm_mean", start Initializer.zeros 5
                      "renorm_stddev", start Initializer.ones 6 ]
          Outputs = [ sample ] }

    /// A running average after a batch with this statistic.
    let private followed (variables: Variables) (name: string) (momentum: float) (now: Tensor) =
        let old = variables.State[name]
        let now = Tensor.stopGradient now |> Tensor.reshape old.Shape
        old * momentum + now * (1.0 - momentum)

    /// The running averages after a batch with these statistics.
    let private movingAverages (options: BatchNormOptions) (variables: Variables) batchMean (batchVariance: Tensor) =
        let follow name momentum now = name, followed variables name momentum now

        match options.Renorm with
        | None ->
            Tree.ofList
                [ follow "moving_mean" options.Momentum batchMean
                  follow "moving_variance" options.Momentum batchVariance ]
        | Some renorm ->
            let deviation = sqrt (batchVariance + options.Epsilon)
            let moving = followed variables "moving_stddev" options.Momentum deviation

            Tree.ofList
                [ follow "moving_mean" options.Momentum batchMean
                  "moving_variance", Tensor.relu (Tensor.square moving - options.Epsilon)
                  "moving_stddev", moving
                  follow "renorm_mean" renorm.Momentum batchMean
                  follow "renorm_stddev" renorm.Momentum deviation ]

    /// What renormalization makes of a batch of mean 0 and variance 1 that had these statistics; by itself it changes
    /// nothing.
    let private renormalized
        (options: BatchNormOptions)
        (variables: Variables)
        (batchMean: Tensor)
        (batchVariance: Tensor)
        =
        match options.Renorm with
        | None -> id
        | Some renorm ->
            let running (name: string) = Tensor.reshape batchMean.Shape variables.State[name]
            let known = running "renorm_stddev"
            let known = Tensor.maximum known (Tensor.fullLike (sqrt options.Epsilon) known)
            let deviation = sqrt (batchVariance + options.Epsilon)

            let low, high =
                Option.defaultValue 0.0 renorm.SmallestRatio, Option.defaultValue infinity renorm.LargestRatio

            let most = Option.defaultValue infinity renorm.LargestShift
            let ratio = Tensor.stopGradient (Tensor.clamp low high (deviation / known))
            let shift = Tensor.stopGradient (Tensor.clamp -most most ((batchMean - running "renorm_mean") / known))
            fun y -> y * ratio + shift

    /// The mean over some axes, which stay with length 1: of all elements, or of those of the rows that a mask leaves,
    /// and 0 of none.
    let private meanOf axes (run: Run) (x: Tensor) : Tensor -> Tensor =
        match Run.mask 0 run with
        | Some mask when mask.Rank = x.Rank - 1 ->
            let count = Tensor.sumKeep axes (Tensor.cast x.DType (Masks.over x mask))
            let count = Tensor.maximum count (Tensor.onesLike count)
            fun y -> Tensor.sumKeep axes (Masks.keep 0.0 y mask) / count
        | Some _
        | None -> Tensor.meanKeep axes

    let private applyBatchNorm (options: BatchNormOptions) (variables: Variables) run (x: Tensor) =
        let axis = Fail.checkAxis batchNormKind x.Shape options.Axis
        let mean, variance = variables.State["moving_mean"], variables.State["moving_variance"]
        NormalizationAxes.demandShape batchNormKind mean.Shape [ axis ] x
        let broadcastable = NormalizationAxes.broadcastable x [ axis ]

        let normal corrected (centred: Tensor) (variance: Tensor) =
            centred * Tensor.rsqrt (variance + options.Epsilon)
            |> corrected
            |> Affine.apply options.Affine broadcastable variables

        // an empty batch has no statistics: the averages stay
        if run.Training && x.Size > 0 then
            let others = [ 0 .. x.Rank - 1 ] |> List.except [ axis ]
            let mean = meanOf others run x
            let batchMean = mean x
            let centred = x - batchMean
            let batchVariance = mean (Tensor.square centred)
            let state = movingAverages options variables batchMean batchVariance
            let corrected = renormalized options variables batchMean batchVariance
            normal corrected centred batchVariance, { variables with State = state }
        else
            normal id (x - broadcastable mean) (broadcastable variance), variables

    /// Normalizes each feature over the batch while training, and by running averages of what training saw otherwise,
    /// or when frozen; then scales by "gamma" and adds "beta", both [features]. Masked steps do not count for the
    /// batch's mean and variance. The state "moving_mean" and
    /// "moving_variance" starts at 0 and 1 and follows the batches' mean and biased variance. Any shape with the
    /// feature axis. Options outside their range are an error, and an axis that the input does not have is one when the
    /// layer is built. PyTorch's running variance is the unbiased one. (Ioffe and Szegedy 2015, "Batch normalization".)
    let batchNormWith (options: BatchNormOptions) : Layer<Tensor, Tensor> =
        NormalizationAxes.demandEpsilon "batchNorm" options.Epsilon

        if not (options.Momentum >= 0.0 && options.Momentum <= 1.0) then
            Fail.argument "batchNorm" "momentum" options.Momentum "is not a weight; give a number from 0 to 1."

        let settings =
            [ "axis", Setting.Whole options.Axis
              "momentum", Setting.Number options.Momentum
              "epsilon", Setting.Number options.Epsilon ]
            @ Affine.settings options.Affine
            @ [ "moving_mean_initializer", Initializer.toSetting options.MovingMeanInitializer
                "moving_variance_initializer", Initializer.toSetting options.MovingVarianceInitializer
                match options.Renorm with
                | Some renorm ->
                    let limit name value = value |> Option.map (fun v -> name, Setting.Number v) |> Option.toList
                    "renorm", Setting.Flag true

                    "renorm_clipping",
                    Setting.Group(
                        limit "rmin" renorm.SmallestRatio
                        @ limit "rmax" renorm.LargestRatio
                        @ limit "dmax" renorm.LargestShift
                    )

                    "renorm_momentum", Setting.Number renorm.Momentum
                | None -> () ]

        Layer.stage batchNormKind settings (batchNormBlueprint options) (fun variables run xs ->
            let y, variables = applyBatchNorm options variables run (List.exactlyOne xs)
            [ y ], variables)
        |> Layer.ofStage
        |> Layer.withVariableOptions (Affine.variables options.Affine)

    /// `batchNormWith` Keras's defaults: the last axis, momentum 0.99, epsilon 0.001.
    let batchNorm = batchNormWith BatchNormOptions.defaults
