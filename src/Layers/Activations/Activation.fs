namespace Functional

open System

/// Activation functions on tensors of any shape. They compute in the argument's type, float32, float64, float16 or bfloat16. The layers of
/// the same names are what networks are written with: `dense 100 --> relu`.
module Activation =
    /// The positive elements as they are, and f of the others: at 0 the derivative is that of f, as in PyTorch. f sees
    /// 0 in place of the positive elements, of which its own derivative might overflow.
    let private unlessPositive (f: Tensor -> Tensor) (x: Tensor) =
        let zeros = Tensor.zerosLike x
        let isPositive = Tensor.greater x zeros
        Tensor.where isPositive x (f (Tensor.where isPositive zeros x))

    /// x itself.
    let linear (x: Tensor) : Tensor = x

    /// max(x, 0).
    let relu (x: Tensor) : Tensor = Tensor.relu x

    /// min(max(x, 0), 6). The derivative is 0 at 0 and at 6, as in PyTorch and Keras.
    let relu6 (x: Tensor) : Tensor =
        let six = Tensor.fullLike 6.0 x
        Tensor.where (Tensor.greaterEqual x six) six (Tensor.relu x)

    /// 1 / (1 + e^-x).
    let sigmoid (x: Tensor) : Tensor = Tensor.sigmoid x

    /// The hyperbolic tangent.
    let tanh (x: Tensor) : Tensor = Tensor.tanh x

    /// e^x / Σe^x over the last axis.
    let softmax (x: Tensor) : Tensor = Tensor.softmax -1 x

    /// The logarithm of `softmax`, computed without it.
    let logSoftmax (x: Tensor) : Tensor = Tensor.logSoftmax -1 x

    /// x, or slope·x below zero. The derivative at 0 is the slope, as in PyTorch and Keras.
    let leakyRelu (slope: float) (x: Tensor) : Tensor =
        Tensor.where (Tensor.greater x (Tensor.zerosLike x)) x (x * slope)

    /// x, or alpha·(e^x - 1) below zero. The derivative at 0 is alpha, as in PyTorch. (Clevert et al. 2015.)
    let elu (alpha: float) (x: Tensor) : Tensor = x |> unlessPositive (fun low -> Tensor.expm1 low * alpha)

    /// `elu` with the two constants that keep mean and variance through deep networks. (Klambauer et al. 2017.)
    let selu (x: Tensor) : Tensor = elu 1.6732632423543772848170429916717 x * 1.0507009873554804934193349852946

    /// x·Φ(x), with Φ the distribution function of the normal distribution. (Hendrycks and Gimpel 2016.)
    let gelu (x: Tensor) : Tensor = x * 0.5 * (Tensor.erf (x * sqrt 0.5) + 1.0)

    /// The approximation x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) of `gelu`.
    let geluTanh (x: Tensor) : Tensor =
        x * 0.5 * (Tensor.tanh ((x + x * x * x * 0.044715) * sqrt (2.0 / Math.PI)) + 1.0)

    /// x·sigmoid(x), also known as swish. (Elfwing et al. 2017; Ramachandran et al. 2017.)
    let silu (x: Tensor) : Tensor = x * Tensor.sigmoid x

    /// log(1 + e^x).
    let softplus (x: Tensor) : Tensor = Tensor.softplus x

    /// x / (1 + |x|).
    let softsign (x: Tensor) : Tensor = x / (Tensor.abs x + 1.0)

    /// relu6(x + 3) / 6. The derivative is 0 at -3 and at 3.
    let hardSigmoid (x: Tensor) : Tensor = relu6 (x + 3.0) / 6.0

    /// x·hardSigmoid(x), with the derivative 0 at -3 and 1 at 3. (Howard et al. 2019.)
    let hardSwish (x: Tensor) : Tensor = x * hardSigmoid x

    /// x·tanh(softplus(x)). (Misra 2019.)
    let mish (x: Tensor) : Tensor = x * Tensor.tanh (Tensor.softplus x)

    /// e^x.
    let exponential (x: Tensor) : Tensor = Tensor.exp x

    /// x, or alpha·x below zero, with alpha broadcast to x. The derivative at 0 is alpha, as in PyTorch. (He et al.
    /// 2015.)
    let prelu (alpha: Tensor) (x: Tensor) : Tensor = x |> unlessPositive (fun low -> alpha * low)

/// Options of `preluWith`.
type PReluOptions =
    {
        /// Axes along which one alpha serves all elements, counted with the batch axis as 0. None by default. [1; 2]
        /// leaves one alpha a channel of an image, as PyTorch's PReLU(channels) has.
        SharedAxes: int list
        /// The initializer of alpha; zeros by default. PyTorch starts at 0.25.
        AlphaInitializer: Initializer
        /// The regularizer of alpha; none by default.
        AlphaRegularizer: Regularizer option
        /// The constraint of alpha, applied after each update; none by default.
        AlphaConstraint: Constraint option
    }

    /// One alpha for each element of a sample, starting at zero.
    static member defaults =
        { SharedAxes = []
          AlphaInitializer = Initializer.zeros
          AlphaRegularizer = None
          AlphaConstraint = None }

/// Activations as layers: they give the shape they are given. All work on the elements by themselves but `softmax` and
/// `logSoftmax`.
[<AutoOpen>]
module ActivationLayers =
    let private withSettings kind settings (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        Layer.stateless kind settings (fun shapes -> [ Layer.single kind shapes ]) (fun _ x -> f x)

    let private simple kind f = withSettings kind [] f

    /// The layer, known to end in the probabilities of its argument.
    let private ofLogits (layer: Layer<Tensor, Tensor>) =
        layer
        |> Layer.mapStages (fun stage ->
            { stage with Logits = Some(stage.Kind, (fun _ variables _ xs -> xs, variables)) })

    /// The layer that gives what it is given, as a stage of its own.
    let linear = simple "linear" Activation.linear

    /// max(x, 0).
    let relu = simple "relu" Activation.relu

    /// min(max(x, 0), 6).
    let relu6 = simple "relu6" Activation.relu6

    /// 1 / (1 + e^-x). A loss of probabilities is trained through its logits.
    let sigmoid = simple "sigmoid" Activation.sigmoid |> ofLogits

    /// The hyperbolic tangent; `tanh` alone is F#'s own function.
    let tanh' = simple "tanh" Activation.tanh

    let private demandSampleAxis kind (axis: int) (shape: Shape) =
        let front = Fail.checkAxis kind (0 :: shape) axis

        if front = 0 then
            Fail.argument kind "axis" axis "is the batch axis; samples do not mix, so take an axis behind it."

    /// The logits with those that a mask of every element leaves out so small that their share is 0, as in Keras. Masks of
    /// steps say nothing of the elements of a step.
    let private withoutMasked (run: Run) (x: Tensor) =
        match Run.mask 0 run with
        | Some mask when mask.Shape = x.Shape -> Tensor.where mask x (x - (if x.DType = Float16 then 3e4 else 1e9))
        | Some _
        | None -> x

    let private alongAxis kind axis (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        Layer.stateless
            kind
            [ "axis", Setting.Whole axis ]
            (fun shapes ->
                let shape = Layer.single kind shapes
                demandSampleAxis kind axis shape
                [ shape ])
            (fun run x -> f (withoutMasked run x))

    /// Probabilities along an axis, counted with the batch axis as 0: positive, and 1 in sum. An axis that the input
    /// does not have, or the batch axis, is an error when the layer is built.
    let softmaxOver (axis: int) =
        let layer = alongAxis "softmax" axis (Tensor.softmax axis)
        // a loss takes its classes along the last axis
        if axis = -1 then ofLogits layer else layer

    /// Probabilities along the last axis. A loss of probabilities is trained through its logits.
    let softmax = softmaxOver -1

    /// Logarithms of probabilities along the last axis.
    let logSoftmax = alongAxis "log_softmax" -1 Activation.logSoftmax

    let private demandFinite operation argument (value: float) =
        if not (Double.IsFinite value) then
            Fail.argument operation argument value "is not a finite number."

    /// x, or slope·x below zero. (Maas et al. 2013.)
    let leakyReluOf (slope: float) =
        demandFinite "leakyRelu" "slope" slope
        withSettings "leaky_relu" [ "negative_slope", Setting.Number slope ] (Activation.leakyRelu slope)

    /// x, or 0.3·x below zero, as Keras's layer. PyTorch's slope is 0.01: `leakyReluOf 0.01`.
    let leakyRelu = leakyReluOf 0.3

    /// x, or alpha·(e^x - 1) below zero. (Clevert et al. 2015, "Fast and accurate deep network learning by exponential
    /// linear units".)
    let eluOf (alpha: float) =
        demandFinite "elu" "alpha" alpha
        withSettings "elu" [ "alpha", Setting.Number alpha ] (Activation.elu alpha)

    /// x, or e^x - 1 below zero.
    let elu = eluOf 1.0

    /// The self-normalizing unit; draw the kernels before it by `Initializer.lecunNormal`. (Klambauer et al. 2017,
    /// "Self-normalizing neural networks".)
    let selu = simple "selu" Activation.selu

    /// x·Φ(x), exact. (Hendrycks and Gimpel 2016, "Gaussian error linear units".)
    let gelu = simple "gelu" Activation.gelu

    /// `gelu` by the tanh approximation, as GPT-2 has it. Keras: gelu(approximate=True).
    let geluTanh = simple "gelu_tanh" Activation.geluTanh

    /// x·sigmoid(x), also known as swish.
    let silu = simple "silu" Activation.silu

    /// log(1 + e^x).
    let softplus = simple "softplus" Activation.softplus

    /// x / (1 + |x|).
    let softsign = simple "softsign" Activation.softsign

    /// relu6(x + 3) / 6, as Keras 3 and PyTorch have it.
    let hardSigmoid = simple "hard_sigmoid" Activation.hardSigmoid

    /// x·hardSigmoid(x). (Howard et al. 2019, "Searching for MobileNetV3".)
    let hardSwish = simple "hard_swish" Activation.hardSwish

    /// x·tanh(softplus(x)). (Misra 2019, "Mish: a self regularized non-monotonic activation function".)
    let mish = simple "mish" Activation.mish

    /// e^x.
    let exponential = simple "exponential" Activation.exponential

    /// The shape of alpha for a sample: that of the sample, with 1 for shared axes.
    let private alphaShape (options: PReluOptions) (sample: Shape) =
        for axis in options.SharedAxes do
            if axis < 1 || axis > sample.Length then
                Fail.argument
                    "prelu"
                    "shared axis"
                    axis
                    $"is not an axis of a sample {Shape.toString sample}; they count from 1, since 0 is the batch."

        sample |> List.mapi (fun i n -> if List.contains (i + 1) options.SharedAxes then 1 else n)

    let private applyPrelu (variables: Variables) (x: Tensor) =
        let alpha = variables.Parameters["alpha"]
        let ofSample = List.skip (max 0 (x.Rank - alpha.Rank)) x.Shape

        if ofSample.Length <> alpha.Rank || not (List.forall2 (fun a n -> a = 1 || a = n) alpha.Shape ofSample) then
            Fail.shapes
                "prelu"
                [ "input", x.Shape; "alpha", alpha.Shape ]
                "the layer was built for samples of another shape; give it those, or build the layer anew."

        Activation.prelu alpha x

    /// x, or alpha·x below zero, with alpha learned. The parameter "alpha" has the shape of a sample, with 1 for shared
    /// axes. (He et al. 2015, "Delving deep into rectifiers".) An axis that a sample does not have is an error when the
    /// layer is built.
    let preluWith (options: PReluOptions) : Layer<Tensor, Tensor> =
        let alpha: VariableOptions =
            { Initializer = options.AlphaInitializer
              Regularizer = options.AlphaRegularizer
              Constraint = options.AlphaConstraint }

        let settings =
            ("shared_axes", Settings.ofWholes options.SharedAxes) :: VariableOptions.settings "alpha" alpha

        let shape shapes =
            let shape = Layer.single "prelu" shapes
            alphaShape options shape |> ignore
            [ shape ]

        let parameters shapes =
            let shape = alphaShape options (List.exactlyOne shapes)
            [ "alpha", Layer.start shape (fun key -> alpha.Initializer.Draw key shape) ]

        Layer.define "prelu" settings shape parameters (fun variables _ x -> applyPrelu variables x, variables)
        |> Layer.withVariableOptions [ "alpha", alpha ]

    /// x, or alpha·x below zero, with one alpha for each element of a sample, learned from zero on, as in Keras.
    /// PyTorch's PReLU has one alpha, or one a channel, starting at 0.25: see `preluWith`.
    let prelu = preluWith PReluOptions.defaults
