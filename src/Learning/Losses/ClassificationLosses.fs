namespace Functional

open LossParts

/// Options of the cross-entropies.
type CrossentropyOptions =
    {
        /// Whether the output is logits (what goes into the sigmoid or softmax) and not probabilities. Default false.
        FromLogits: bool
        /// How much of each label is spread evenly, from 0 to below 1. Default 0.
        LabelSmoothing: float
    }

    /// Keras's defaults: probabilities, no smoothing.
    static member defaults = { CrossentropyOptions.FromLogits = false; LabelSmoothing = 0.0 }

/// Options of the focal loss of yes and no.
type BinaryFocalOptions =
    {
        /// How much less well-classified samples count; 0 is the plain cross-entropy. Default 2.
        Gamma: float
        /// The weight of the class 1, where that of the class 0 is 1 - alpha; None weighs both alike. Default None.
        /// (Keras's apply_class_balancing = True has 0.25.)
        Alpha: float option
        /// Whether the output is logits and not probabilities. Default false.
        FromLogits: bool
        /// How much of each label is spread evenly, from 0 to below 1. Default 0.
        LabelSmoothing: float
    }

    /// Keras's defaults.
    static member defaults =
        { BinaryFocalOptions.Gamma = 2.0; Alpha = None; FromLogits = false; LabelSmoothing = 0.0 }

/// Options of the focal loss of classes.
type CategoricalFocalOptions =
    {
        /// How much less well-classified samples count; 0 is the plain cross-entropy. Default 2.
        Gamma: float
        /// One weight for all classes, or one for each. Default [0.25].
        Alpha: float list
        /// Whether the output is logits and not probabilities. Default false.
        FromLogits: bool
        /// How much of each label is spread evenly, from 0 to below 1. Default 0.
        LabelSmoothing: float
    }

    /// Keras's defaults.
    static member defaults =
        { CategoricalFocalOptions.Gamma = 2.0; Alpha = [ 0.25 ]; FromLogits = false; LabelSmoothing = 0.0 }

/// The logarithms and powers that losses of classes are made of.
module internal Likelihood =
    let settings fromLogits smoothing =
        [ "from_logits", Setting.Flag fromLogits; "label_smoothing", Setting.Number smoothing ]

    /// The logarithms of the probabilities of the classes, from a row of probabilities or of logits.
    let logClasses fromLogits (output: Tensor) =
        if fromLogits then
            Tensor.logSoftmax -1 output
        else
            Tensor.log (Tensor.clamp epsilon (1.0 - epsilon) (output / Tensor.sumKeep [ -1 ] output))

    /// log p and log (1 - p) for one probability p, from itself or its logit.
    let logBoth fromLogits (output: Tensor) =
        if fromLogits then
            -(Tensor.softplus (-output)), -(Tensor.softplus output)
        else
            let p = Tensor.clamp epsilon (1.0 - epsilon) output
            Tensor.log p, Tensor.log (1.0 - p)

    /// y (1 - s) + s / n
    let smooth smoothing n (y: Tensor) = if smoothing = 0.0 then y else y * (1.0 - smoothing) + smoothing / float n

    /// q to the power of gamma for q in [0, 1], with finite slopes at 0.
    let focus (gamma: float) (q: Tensor) =
        if gamma = 0.0 then Tensor.onesLike q
        elif gamma = 1.0 then q
        elif gamma = 2.0 then q * q
        else Tensor.pow (Tensor.clamp epsilon 1.0 q) (Tensor.scalarOf q.DType gamma)

    /// The kind of outputs of a loss of probabilities, or of its form of logits.
    let outputs fromLogits = if fromLogits then OutputKind.Logits else OutputKind.Probabilities

    /// A loss and, where it takes probabilities, its form of logits.
    let both activation fromLogits (make: bool -> Loss) =
        let loss = make fromLogits

        if fromLogits then
            loss
        else
            { loss with FromLogits = Some(activation, make true) }

open Likelihood

/// Losses of classes: of yes and no, of one class among several, and of margins.
[<AutoOpen>]
module LossesOfClasses =

    /// Losses of classes.
    module Loss =

        /// `binaryCrossentropy` from probabilities or logits, and with label smoothing y (1 - s) + s / 2. A smoothing
        /// outside [0, 1) is an error.
        let binaryCrossentropyWith (options: CrossentropyOptions) : Loss =
            let name = "binary_crossentropy"
            let smoothing = options.LabelSmoothing
            demandSmoothing name smoothing

            both "sigmoid" options.FromLogits (fun fromLogits ->
                elementwiseLoss
                    name
                    (settings fromLogits smoothing)
                    LabelKind.Binary
                    (outputs fromLogits)
                    (fun y output ->
                        let y = smooth smoothing 2 y
                        let yes, no = logBoth fromLogits output
                        -(shareOf y yes + shareOf (1.0 - y) no)))

        /// Binary cross-entropy: the mean of -(y log p + (1 - y) log(1 - p)), for labels 0 and 1 and probabilities p
        /// from a sigmoid.
        ///
        /// Labels [n] or [n; 1] for one output, [n; k] for k questions answered each by itself. Probabilities are
        /// clipped to [1e-7, 1 - 1e-7] (PyTorch's BCELoss clips logarithms at -100); of logits the form is log(1 +
        /// exp(-z)) for y = 1 and log(1 + exp z) for y = 0, which needs no clipping (PyTorch's BCEWithLogitsLoss).
        /// Keras: BinaryCrossentropy.
        let binaryCrossentropy: Loss = binaryCrossentropyWith CrossentropyOptions.defaults

        /// `binaryCrossentropy` of logits, for a model that ends without a sigmoid. PyTorch: BCEWithLogitsLoss.
        let binaryCrossentropyFromLogits: Loss =
            binaryCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

        /// `categoricalCrossentropy` from probabilities or logits, and with label smoothing y (1 - s) + s / C for C
        /// classes. A smoothing outside [0, 1) is an error.
        let categoricalCrossentropyWith (options: CrossentropyOptions) : Loss =
            let name = "categorical_crossentropy"
            let smoothing = options.LabelSmoothing
            demandSmoothing name smoothing

            both "softmax" options.FromLogits (fun fromLogits ->
                lossOfRows name (settings fromLogits smoothing) LabelKind.Shares (outputs fromLogits) (fun y output ->
                    let y = smooth smoothing (List.last output.Shape) y
                    -(Tensor.sumOver [ -1 ] (shareOf y (logClasses fromLogits output)))))

        /// Categorical cross-entropy: -sum(y log p) over the classes, for labels [n; C], one-hot or shares, and
        /// probabilities [n; C].
        ///
        /// Probabilities are divided by their sum, then clipped to [1e-7, 1 - 1e-7]. Keras: CategoricalCrossentropy;
        /// PyTorch's CrossEntropyLoss takes logits and is the form with FromLogits.
        let categoricalCrossentropy: Loss = categoricalCrossentropyWith CrossentropyOptions.defaults

        /// `categoricalCrossentropy` of logits, for a model that ends without a softmax. A class with a logit of minus
        /// infinity is masked: where its label is 0 it costs nothing. PyTorch: CrossEntropyLoss, which gives NaN there.
        let categoricalCrossentropyFromLogits: Loss =
            categoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

        /// `sparseCategoricalCrossentropy` from probabilities or logits, and with label smoothing as for one-hot
        /// labels, which Keras has not and PyTorch has. A smoothing outside [0, 1) is an error.
        let sparseCategoricalCrossentropyWith (options: CrossentropyOptions) : Loss =
            let name = "sparse_categorical_crossentropy"
            let smoothing = options.LabelSmoothing
            demandSmoothing name smoothing

            let perSample fromLogits (labels: Tensor) (output: Tensor) =
                let right = rightClasses name labels output
                let logs = logClasses fromLogits output
                // A choice and not a product, so that a class masked by a logit of -infinity costs nothing.
                let chosen = -(Tensor.sumOver [ -1 ] (Tensor.where right logs (Tensor.zerosLike logs)))

                if smoothing = 0.0 then
                    chosen
                else
                    chosen * (1.0 - smoothing) - smoothing * Tensor.meanOver [ -1 ] logs

            both "softmax" options.FromLogits (fun fromLogits ->
                lossOfClasses name (settings fromLogits smoothing) (outputs fromLogits) (perSample fromLogits))

        /// Categorical cross-entropy for labels that are class numbers: -log p of the right class.
        ///
        /// Labels [n] or [n; 1] of whole numbers from 0 to C - 1, of any type, and probabilities [n; C]; or [n; t] and
        /// [n; t; C]. Probabilities are divided by their sum, then clipped to [1e-7, 1 - 1e-7]. A number out of range
        /// is an error in `Loss.value` on data and in `Loss.checkLabels`. Keras: SparseCategoricalCrossentropy;
        /// PyTorch's CrossEntropyLoss and NLLLoss take logits and their logarithms.
        let sparseCategoricalCrossentropy: Loss = sparseCategoricalCrossentropyWith CrossentropyOptions.defaults

        /// `sparseCategoricalCrossentropy` of logits, for a model that ends without a softmax. PyTorch:
        /// CrossEntropyLoss.
        let sparseCategoricalCrossentropyFromLogits: Loss =
            sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

        /// `binaryFocal` with options. A negative `Gamma`, an `Alpha` outside [0, 1] and a smoothing outside [0, 1) are
        /// errors.
        let binaryFocalWith (options: BinaryFocalOptions) : Loss =
            let name = "binary_focal_crossentropy"
            demandGamma name options.Gamma
            demandSmoothing name options.LabelSmoothing

            options.Alpha
            |> Option.iter (fun alpha -> demand name "alpha" alpha (alpha >= 0.0 && alpha <= 1.0) "is outside [0, 1].")

            let own =
                [ "gamma", Setting.Number options.Gamma
                  "apply_class_balancing", Setting.Flag options.Alpha.IsSome
                  "alpha", Setting.Number(defaultArg options.Alpha 0.25) ]

            both "sigmoid" options.FromLogits (fun fromLogits ->
                let settings = own @ settings fromLogits options.LabelSmoothing

                elementwiseLoss name settings LabelKind.Binary (outputs fromLogits) (fun y output ->
                    let y = smooth options.LabelSmoothing 2 y
                    let yes, no = logBoth fromLogits output
                    let p, q = Tensor.exp yes, Tensor.exp no
                    let miss = y * q + (1.0 - y) * p
                    let loss = -(shareOf y yes + shareOf (1.0 - y) no) * focus options.Gamma miss

                    match options.Alpha with
                    | None -> loss
                    | Some alpha -> loss * (y * alpha + (1.0 - y) * (1.0 - alpha))))

        /// Binary cross-entropy in which well-classified samples count less: each is multiplied by (1 - q)^gamma, gamma
        /// = 2, with q the probability given to the right answer.
        ///
        /// Labels and probabilities as for `binaryCrossentropy`. Keras: BinaryFocalCrossentropy; torchvision's
        /// sigmoid_focal_loss takes logits and weighs classes by alpha 0.25 unless told otherwise. Source: Lin et al.,
        /// "Focal Loss for Dense Object Detection", 2017.
        let binaryFocal: Loss = binaryFocalWith BinaryFocalOptions.defaults

        /// `binaryFocal` of logits, for a model that ends without a sigmoid.
        let binaryFocalFromLogits: Loss = binaryFocalWith { BinaryFocalOptions.defaults with FromLogits = true }

        /// `categoricalFocal` with options. A negative `Gamma`, a negative `Alpha` or one for another number of
        /// classes, and a smoothing outside [0, 1) are errors.
        let categoricalFocalWith (options: CategoricalFocalOptions) : Loss =
            let name = "categorical_focal_crossentropy"
            demandGamma name options.Gamma
            demandSmoothing name options.LabelSmoothing

            if options.Alpha.IsEmpty then
                Fail.argument name "alpha" "[]" "has no weight; give one for all classes, or one for each."

            for alpha in options.Alpha do
                demand name "alpha" alpha (alpha >= 0.0 && alpha < infinity) "is not a number from 0 on."

            let own =
                [ "gamma", Setting.Number options.Gamma
                  "alpha", Setting.Items(options.Alpha |> List.map Setting.Number) ]

            both "softmax" options.FromLogits (fun fromLogits ->
                let settings = own @ settings fromLogits options.LabelSmoothing

                lossOfRows name settings LabelKind.Shares (outputs fromLogits) (fun y output ->
                    let classes = List.last output.Shape

                    if options.Alpha.Length <> 1 && options.Alpha.Length <> classes then
                        Fail.shapes
                            name
                            [ "alpha", [ options.Alpha.Length ]; "output", output.Shape ]
                            "alpha needs one weight for all classes, or one for each."

                    let alpha =
                        Core.beside output (fun () ->
                            Tensor.ofFloat64Array [ options.Alpha.Length ] (Array.ofList options.Alpha))
                        |> Tensor.cast output.DType

                    let y = smooth options.LabelSmoothing classes y
                    let logs = logClasses fromLogits output
                    let miss = -(Tensor.expm1 logs)
                    -(Tensor.sumOver [ -1 ] (alpha * focus options.Gamma miss * shareOf y logs))))

        /// Categorical cross-entropy in which well-classified samples count less: -sum(alpha (1 - p)^gamma y log p)
        /// over the classes, with alpha = 0.25 and gamma = 2.
        ///
        /// Labels and probabilities as for `categoricalCrossentropy`. Keras: CategoricalFocalCrossentropy. Source: Lin
        /// et al., "Focal Loss for Dense Object Detection", 2017.
        let categoricalFocal: Loss = categoricalFocalWith CategoricalFocalOptions.defaults

        /// `categoricalFocal` of logits, for a model that ends without a softmax.
        let categoricalFocalFromLogits: Loss =
            categoricalFocalWith { CategoricalFocalOptions.defaults with FromLogits = true }

        /// Generalized cross-entropy of class numbers and probabilities p: (1 - p^q) / q for the right class's p, which
        /// wrong labels pull at less the nearer q is to 1; towards 0 it is the cross-entropy. Keras:
        /// CategoricalGeneralizedCrossEntropy, whose default is q = 0.5. A `q` that is not between 0 and 1 is an error.
        /// (Zhang and Sabuncu 2018, "Generalized cross entropy loss for training deep neural networks with noisy labels".)
        let categoricalGeneralizedCrossentropy (q: float) : Loss =
            let name = "categorical_generalized_cross_entropy"
            demand name "q" q (q > 0.0 && q < 1.0) "is not between 0 and 1."

            lossOfClasses name [ "q", Setting.Number q ] OutputKind.Probabilities (fun labels output ->
                let right = rightClasses name labels output
                let p = Tensor.sumOver [ -1 ] (Tensor.where right output (Tensor.zerosLike output))
                (1.0 - Tensor.pow p (Tensor.scalarOf p.DType q)) / q)

        /// Kullback-Leibler divergence: sum(y log(y / p)) along the last axis, both clipped to [1e-7, 1].
        ///
        /// Keras: KLDivergence. PyTorch's KLDivLoss takes log p first and averages over all elements unless told
        /// "batchmean".
        let klDivergence: Loss =
            lossOfRows "kl_divergence" [] LabelKind.Shares OutputKind.Probabilities (fun y p ->
                let y, p = Tensor.clamp epsilon 1.0 y, Tensor.clamp epsilon 1.0 p
                Tensor.sumOver [ -1 ] (y * (Tensor.log y - Tensor.log p)))

        /// -1 in the place of 0, so that labels 0 and 1 become signs and signs stay.
        let private signs (y: Tensor) = Tensor.where (Tensor.equal y (Tensor.zerosLike y)) (Tensor.fullLike -1.0 y) y

        /// Hinge loss: the mean of max(1 - y p, 0), for labels -1 and 1, or 0 and 1, where 0 counts as -1. Keras:
        /// Hinge.
        let hinge: Loss =
            elementwiseLoss "hinge" [] LabelKind.Signs OutputKind.Numbers (fun y p -> Tensor.relu (1.0 - signs y * p))

        /// Squared hinge loss: the mean of max(1 - y p, 0)^2, for labels as `hinge` takes them. Keras: SquaredHinge.
        let squaredHinge: Loss =
            elementwiseLoss "squared_hinge" [] LabelKind.Signs OutputKind.Numbers (fun y p ->
                Tensor.square (Tensor.relu (1.0 - signs y * p)))

        /// Hinge loss of classes: max(m - s + 1, 0), with s = sum(y p) the score of the right class and m = max((1 - y)
        /// p) the best of the others, for labels [n; C] that are one-hot.
        ///
        /// As in Keras (CategoricalHinge), m is not below 0: the right class itself takes part with 0. PyTorch's
        /// MultiMarginLoss adds up all wrong classes.
        let categoricalHinge: Loss =
            lossOfRows "categorical_hinge" [] LabelKind.Shares OutputKind.Numbers (fun y p ->
                let right = Tensor.sumOver [ -1 ] (shareOf y p)
                let wrong = Tensor.maxOver [ -1 ] (shareOf (1.0 - y) p)
                Tensor.relu (wrong - right + 1.0))
