namespace Functional

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
    }

    /// Keras's defaults.
    static member defaults = { Axis = -1; Momentum = 0.99; Epsilon = 1e-3; Center = true; Scale = true }

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
    }

    /// Keras's defaults.
    static member defaults = { Axes = [ -1 ]; Epsilon = 1e-3; Center = true; Scale = true }

/// Layers that bring what they are given to mean 0 and variance 1.
[<AutoOpen>]
module NormalizationLayers =
    let private demandEpsilon kind (epsilon: float) =
        if not (epsilon > 0.0 && System.Double.IsFinite epsilon) then
            Fail.argument kind "epsilon" epsilon "is not above 0."

    /// Axes of a batch of these samples, counted from the front, without the batch axis.
    let private sampleAxes kind (shape: Shape) axes =
        let front = Fail.checkAxes kind (0 :: shape) axes

        if List.contains 0 front then
            Fail.argument kind "axis" 0 "is the batch axis; count the axes of a sample from 1, or from the end."

        front

    let private demandShape kind (expected: Shape) axes (x: Tensor) =
        let found = axes |> List.map (fun axis -> if axis < x.Rank then x.Shape[axis] else 0)

        if found <> expected then
            Fail.shapes
                kind
                [ "input", x.Shape; "parameters", expected ]
                "the input has other features than the layer was built for; give it as many, or build the layer anew."

    /// The parameter of some axes of x, reshaped so that it broadcasts to x.
    let private broadcastable (x: Tensor) axes (parameter: Tensor) =
        let shape = x.Shape |> List.mapi (fun i n -> if List.contains i axes then n else 1)
        Tensor.reshape shape parameter

    let private scaleAndShift scale center (broadcastable: Tensor -> Tensor) variables (y: Tensor) =
        let y = if scale then y * broadcastable variables.Parameters["gamma"] else y
        if center then y + broadcastable variables.Parameters["beta"] else y

    let private parametersOf scale center (shape: Shape) =
        [ if scale then
              "gamma", Layer.start shape (fun _ -> Tensor.ones shape)
          if center then
              "beta", Layer.start shape (fun _ -> Tensor.zeros shape) ]

    let private batchNormKind = "batch_normalization"

    /// The shape [features] of the axis that is normalized.
    let private features (options: BatchNormOptions) (sample: Shape) : Shape =
        [ (0 :: sample)[List.head (sampleAxes batchNormKind sample [ options.Axis ])] ]

    let private batchNormBlueprint (options: BatchNormOptions) shapes : Blueprint =
        let sample = Layer.single batchNormKind shapes
        let features = features options sample

        { Parameters = Tree.ofList (parametersOf options.Scale options.Center features)
          State =
            Tree.ofList
                [ "moving_mean", Layer.start features (fun _ -> Tensor.zeros features)
                  "moving_variance", Layer.start features (fun _ -> Tensor.ones features) ]
          Outputs = [ sample ] }

    /// The running averages after a batch with these statistics.
    let private movingAverages (options: BatchNormOptions) (variables: Variables) batchMean batchVariance =
        let follow (name: string) (now: Tensor) =
            let old = variables.State[name]
            let now = Tensor.stopGradient now |> Tensor.reshape old.Shape
            name, old * options.Momentum + now * (1.0 - options.Momentum)

        Tree.ofList [ follow "moving_mean" batchMean; follow "moving_variance" batchVariance ]

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
        demandShape batchNormKind mean.Shape [ axis ] x
        let broadcastable = broadcastable x [ axis ]

        let normal (centred: Tensor) (variance: Tensor) =
            centred * Tensor.rsqrt (variance + options.Epsilon)
            |> scaleAndShift options.Scale options.Center broadcastable variables

        // an empty batch has no statistics: the averages stay
        if run.Training && x.Size > 0 then
            let others = [ 0 .. x.Rank - 1 ] |> List.except [ axis ]
            let mean = meanOf others run x
            let batchMean = mean x
            let centred = x - batchMean
            let batchVariance = mean (Tensor.square centred)
            let state = movingAverages options variables batchMean batchVariance
            normal centred batchVariance, { variables with State = state }
        else
            normal (x - broadcastable mean) (broadcastable variance), variables

    /// Normalizes each feature over the batch while training, and by running averages of what training saw otherwise,
    /// or when frozen; then scales by "gamma" and adds "beta", both [features]. Masked steps do not count for the
    /// batch's mean and variance. The state "moving_mean" and
    /// "moving_variance" starts at 0 and 1 and follows the batches' mean and biased variance. Any shape with the
    /// feature axis. Options outside their range are an error, and an axis that the input does not have is one when the
    /// layer is built. PyTorch's running variance is the unbiased one. (Ioffe and Szegedy 2015, "Batch normalization".)
    let batchNormWith (options: BatchNormOptions) : Layer<Tensor, Tensor> =
        demandEpsilon "batchNorm" options.Epsilon

        if not (options.Momentum >= 0.0 && options.Momentum <= 1.0) then
            Fail.argument "batchNorm" "momentum" options.Momentum "is not a weight; give a number from 0 to 1."

        let settings =
            [ "axis", Setting.Whole options.Axis
              "momentum", Setting.Number options.Momentum
              "epsilon", Setting.Number options.Epsilon
              "center", Setting.Flag options.Center
              "scale", Setting.Flag options.Scale ]

        Layer.stage batchNormKind settings (batchNormBlueprint options) (fun variables run xs ->
            let y, variables = applyBatchNorm options variables run (List.exactlyOne xs)
            [ y ], variables)
        |> Layer.ofStage

    /// `batchNormWith` Keras's defaults: the last axis, momentum 0.99, epsilon 0.001.
    let batchNorm = batchNormWith BatchNormOptions.defaults

    /// Normalizes each sample over some of its axes, the last one by default, training or not; then scales by "gamma"
    /// and adds "beta", both of the shape of these axes. Any shape with them. Options outside their range are an error,
    /// and an axis that the input does not have is one when the layer is built. (Ba et al. 2016, "Layer
    /// normalization".)
    let layerNormWith (options: LayerNormOptions) : Layer<Tensor, Tensor> =
        let kind = "layer_normalization"
        demandEpsilon "layerNorm" options.Epsilon

        if options.Axes.IsEmpty then
            Fail.argument "layerNorm" "axes" options.Axes "are none; name one axis or more."

        let settings =
            [ "axis", Settings.ofWholes options.Axes
              "epsilon", Setting.Number options.Epsilon
              "center", Setting.Flag options.Center
              "scale", Setting.Flag options.Scale ]

        let features (sample: Shape) =
            sampleAxes kind sample options.Axes |> List.map (fun axis -> (0 :: sample)[axis])

        let shape shapes =
            let sample = Layer.single kind shapes
            features sample |> ignore
            [ sample ]

        let parameters (shapes: Shape list) = parametersOf options.Scale options.Center (features shapes.Head)

        let apply variables _ (x: Tensor) =
            let axes = Fail.checkAxes kind x.Shape options.Axes

            for _, parameter in Tree.flatten variables.Parameters do
                demandShape kind parameter.Shape axes x

            let centred = x - Tensor.meanKeep axes x
            let variance = Tensor.meanKeep axes (Tensor.square centred)

            centred * Tensor.rsqrt (variance + options.Epsilon)
            |> scaleAndShift options.Scale options.Center (broadcastable x axes) variables,
            variables

        Layer.define kind settings shape parameters apply

    /// `layerNormWith` Keras's defaults: the last axis, epsilon 0.001.
    let layerNorm = layerNormWith LayerNormOptions.defaults
