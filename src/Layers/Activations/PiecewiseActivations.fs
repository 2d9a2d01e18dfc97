namespace Functional

/// Activation functions made of pieces or parts: shrinking, hard, sparse and gated ones. Derivatives at corners are PyTorch's
/// where it has the function.
[<AutoOpen>]
module PiecewiseActivations =
    /// Activation functions on tensors of any shape.
    module Activation =
        let private filled value (x: Tensor) = Tensor.fullLike value x

        let private demandFinite operation argument (value: float) =
            if not (System.Double.IsFinite value) then
                Fail.argument operation argument value "is not a finite number."

        /// x, or alpha·(e^(x/alpha) - 1) below zero. Keras's default alpha is 1. An alpha of 0 is an error. (Barron 2017,
        /// "Continuously differentiable exponential linear units".)
        let celu (alpha: float) (x: Tensor) : Tensor =
            demandFinite "celu" "alpha" alpha

            if alpha = 0.0 then
                Fail.argument "celu" "alpha" alpha "would divide by zero; give another number."

            let isPositive = Tensor.greater x (Tensor.zerosLike x)
            let low = Tensor.where isPositive (Tensor.zerosLike x) x
            Tensor.where isPositive x (Tensor.expm1 (low / alpha) * alpha)

        /// The first half of an axis times the sigmoid of the second half; the axis becomes half as long. Keras's default
        /// axis is -1. An odd length is an error. (Dauphin et al. 2016, "Language modeling with gated convolutional
        /// networks".)
        let glu (axis: int) (x: Tensor) : Tensor =
            let axis = Fail.checkAxis "glu" x.Shape axis
            let length = x.Shape[axis]

            if length % 2 <> 0 then
                Fail.shapes "glu" [ "input", x.Shape ] $"axis {axis} has an odd length; it must be even, to be halved."

            let half start = Tensor.sliceAxis axis start (start + length / 2) 1 x
            half 0 * Tensor.sigmoid (half (length / 2))

        /// -1 below -1, 1 above 1, x between. The derivative is 0 at both corners, as in PyTorch.
        let hardTanh (x: Tensor) : Tensor =
            let upper = Tensor.where (Tensor.greaterEqual x (filled 1.0 x)) (filled 1.0 x) x
            Tensor.where (Tensor.lessEqual x (filled -1.0 x)) (filled -1.0 x) upper

        /// x where |x| is above the threshold, else 0. Keras's default threshold is 0.5.
        let hardShrink (threshold: float) (x: Tensor) : Tensor =
            Tensor.where (Tensor.greater (Tensor.abs x) (filled threshold x)) x (Tensor.zerosLike x)

        /// x brought nearer to 0 by the threshold, and 0 where |x| is not above it. Keras's default threshold is 0.5.
        let softShrink (threshold: float) (x: Tensor) : Tensor =
            let above = Tensor.greater x (filled threshold x)
            let below = Tensor.less x (filled -threshold x)
            Tensor.where above (x - threshold) (Tensor.where below (x + threshold) (Tensor.zerosLike x))

        /// x - tanh x.
        let tanhShrink (x: Tensor) : Tensor = x - Tensor.tanh x

        /// (x + sqrt(x² + b)) / 2. Keras's default b is 4. A negative b is an error. (Barron 2021, "Squareplus".)
        let squareplus (b: float) (x: Tensor) : Tensor =
            if not (b >= 0.0) then
                Fail.argument "squareplus" "b" b "is negative; give 0 or more."

            (x + sqrt (Tensor.square x + b)) * 0.5

        /// x where it is above the threshold, else the value.
        let threshold (threshold: float) (value: float) (x: Tensor) : Tensor =
            Tensor.where (Tensor.greater x (filled threshold x)) x (filled value x)

        /// log sigmoid x.
        let logSigmoid (x: Tensor) : Tensor = -(Tensor.softplus -x)

        /// 0 up to -1, (x + 1)² / 4 between -1 and 1, and x above.
        let sparsePlus (x: Tensor) : Tensor =
            let curve = Tensor.square (x + 1.0) * 0.25
            let upper = Tensor.where (Tensor.greaterEqual x (filled 1.0 x)) x curve
            Tensor.where (Tensor.lessEqual x (filled -1.0 x)) (Tensor.zerosLike x) upper

        /// 0 up to -1, (x + 1) / 2 between -1 and 1, and 1 above: the derivative of `sparsePlus`.
        let sparseSigmoid (x: Tensor) : Tensor = (hardTanh x + 1.0) * 0.5

        /// The point of the probability simplex next to x along an axis: probabilities, many of them zero. Keras's default
        /// axis is -1. (Martins and Astudillo 2016, "From softmax to sparsemax".)
        let sparsemax (axis: int) (x: Tensor) : Tensor =
            let axis = Fail.checkAxis "sparsemax" x.Shape axis

            if x.Shape[axis] = 0 then
                x
            else
                // how many of the largest elements the threshold is the mean of; a constant to the derivative
                let sorted = Tensor.flip [ axis ] (Tensor.sort axis (Tensor.stopGradient x))
                let count = Tensor.cumsum axis (Tensor.onesLike sorted)
                let inside = Tensor.greater (sorted * count + 1.0) (Tensor.cumsum axis sorted)
                let keep value = Tensor.where inside value (Tensor.zerosLike value)
                let size = Tensor.sumKeep [ axis ] (keep (Tensor.onesLike sorted))
                let limit = (Tensor.sumKeep [ axis ] (keep sorted) - 1.0) / size
                let support = Tensor.greater x (Tensor.broadcastTo x.Shape limit)
                let kept = Tensor.where support x (Tensor.zerosLike x)
                let ones = Tensor.where support (Tensor.onesLike x) (Tensor.zerosLike x)
                let mean = (Tensor.sumKeep [ axis ] kept - 1.0) / Tensor.sumKeep [ axis ] ones
                Tensor.where support (x - mean) (Tensor.zerosLike x)

        /// e^x / Σe^x over several axes together.
        let softmaxOver (axes: int list) (x: Tensor) : Tensor =
            match axes with
            | [ axis ] -> Tensor.softmax axis x
            | axes ->
                let shifted = x - Tensor.stopGradient (Tensor.maxKeep axes x)
                let powers = Tensor.exp shifted
                powers / Tensor.sumKeep axes powers

        /// `softmaxOver`'s logarithm, computed without it.
        let logSoftmaxOver (axes: int list) (x: Tensor) : Tensor =
            match axes with
            | [ axis ] -> Tensor.logSoftmax axis x
            | axes ->
                let shifted = x - Tensor.stopGradient (Tensor.maxKeep axes x)
                shifted - Tensor.log (Tensor.sumKeep axes (Tensor.exp shifted))

        /// x above the threshold and at most `most`; slope·(x - threshold) up to the threshold. The derivative at the
        /// threshold is the slope, and 0 at `most`. An infinite `most` is no limit.
        let reluOf (most: float) (slope: float) (threshold: float) (x: Tensor) : Tensor =
            let low = if slope = 0.0 then Tensor.zerosLike x else (x - threshold) * slope
            let y = Tensor.where (Tensor.greater x (filled threshold x)) x low

            if System.Double.IsPositiveInfinity most then
                y
            else
                Tensor.where (Tensor.greaterEqual y (filled most y)) (filled most y) y

/// Options of `reluWith`.
type ReluOptions =
    {
        /// The largest result; none by default.
        MaxValue: float option
        /// The slope below the threshold; 0 by default.
        NegativeSlope: float
        /// Elements up to it are cut off; 0 by default.
        Threshold: float
    }

    /// Keras's defaults.
    static member defaults = { MaxValue = None; NegativeSlope = 0.0; Threshold = 0.0 }

/// Activations made of pieces or parts, as layers.
[<AutoOpen>]
module PiecewiseActivationLayers =
    let private shaped kind settings rule (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        Layer.stateless kind settings (fun shapes -> [ rule (Layer.single kind shapes) ]) (fun _ x -> f x)

    let private layer kind settings f = shaped kind settings id f

    /// `relu` with options: x above the threshold and at most MaxValue, NegativeSlope·(x - threshold) below. A negative
    /// limit or slope is an error, as in Keras.
    let reluWith (options: ReluOptions) : Layer<Tensor, Tensor> =
        let demandAtLeastZero argument (value: float) =
            if not (value >= 0.0) then
                Fail.argument "relu" argument value "is negative; give 0 or more."

        Option.iter (demandAtLeastZero "max value") options.MaxValue
        demandAtLeastZero "negative slope" options.NegativeSlope
        demandAtLeastZero "threshold" options.Threshold

        layer
            "relu"
            [ match options.MaxValue with
              | Some most -> "max_value", Setting.Number most
              | None -> ()
              "negative_slope", Setting.Number options.NegativeSlope
              "threshold", Setting.Number options.Threshold ]
            (Activation.reluOf (Option.defaultValue infinity options.MaxValue) options.NegativeSlope options.Threshold)

    /// x, or alpha·(e^(x/alpha) - 1) below zero.
    let celuOf (alpha: float) = layer "celu" [ "alpha", Setting.Number alpha ] (Activation.celu alpha)

    /// x, or e^x - 1 below zero, with a continuous derivative for other alphas: see `celuOf`.
    let celu = celuOf 1.0

    /// The first half of the last axis times the sigmoid of the second half. An odd length is an error when the layer is
    /// built.
    let glu =
        let rule (sample: Shape) =
            match List.rev sample with
            | length :: front when length % 2 = 0 -> List.rev (length / 2 :: front)
            | _ -> Fail.shapes "glu" [ "sample", sample ] "the last axis must have an even length, to be halved."

        shaped "glu" [] rule (Activation.glu -1)

    /// -1 below -1, 1 above 1, x between.
    let hardTanh = layer "hard_tanh" [] Activation.hardTanh

    /// x where |x| is above the threshold, else 0.
    let hardShrinkOf (threshold: float) =
        layer "hard_shrink" [ "threshold", Setting.Number threshold ] (Activation.hardShrink threshold)

    /// x where |x| is above 0.5, else 0.
    let hardShrink = hardShrinkOf 0.5

    /// x brought nearer to 0 by the threshold, and 0 where |x| is not above it.
    let softShrinkOf (threshold: float) =
        layer "soft_shrink" [ "threshold", Setting.Number threshold ] (Activation.softShrink threshold)

    /// x brought nearer to 0 by 0.5, and 0 where |x| is not above it.
    let softShrink = softShrinkOf 0.5

    /// x - tanh x.
    let tanhShrink = layer "tanh_shrink" [] Activation.tanhShrink

    /// (x + sqrt(x² + b)) / 2.
    let squareplusOf (b: float) = layer "squareplus" [ "b", Setting.Number b ] (Activation.squareplus b)

    /// (x + sqrt(x² + 4)) / 2.
    let squareplus = squareplusOf 4.0

    /// x where it is above the threshold, else the value.
    let thresholdOf (threshold: float) (value: float) =
        layer
            "threshold"
            [ "threshold", Setting.Number threshold; "default_value", Setting.Number value ]
            (Activation.threshold threshold value)

    /// log sigmoid x.
    let logSigmoid = layer "log_sigmoid" [] Activation.logSigmoid

    /// 0 up to -1, (x + 1)² / 4 between -1 and 1, and x above.
    let sparsePlus = layer "sparse_plus" [] Activation.sparsePlus

    /// 0 up to -1, (x + 1) / 2 between -1 and 1, and 1 above.
    let sparseSigmoid = layer "sparse_sigmoid" [] Activation.sparseSigmoid

    /// The point of the probability simplex next to the last axis: probabilities, many of them zero.
    let sparsemax = layer "sparsemax" [] (Activation.sparsemax -1)

    /// Probabilities over several axes together, counted with the batch axis as 0. An axis that the input does not have,
    /// or the batch axis, is an error when the layer is built.
    let softmaxOverAxes (axes: int list) =
        let rule (sample: Shape) =
            if List.contains 0 (Fail.checkAxes "softmax" (0 :: sample) axes) then
                Fail.argument "softmax" "axis" 0 "is the batch axis; samples do not mix, so take axes behind it."

            sample

        shaped "softmax" [ "axis", Settings.ofWholes axes ] rule (Activation.softmaxOver axes)
