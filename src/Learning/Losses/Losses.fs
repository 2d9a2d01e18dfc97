namespace Functional

open LossParts

/// Options of `Loss.diceWith`.
type DiceOptions =
    {
        /// The axes along which an overlap is taken, counted with the batch axis as 0: `Some [ 1; 2; 3 ]` gives each
        /// image one of its own, `Some [ 1; 2 ]` each image and class. Default None: all axes, one overlap of the whole
        /// batch.
        Axis: int list option
    }

    /// One overlap of the whole batch.
    static member defaults = { DiceOptions.Axis = None }

/// Options of `Loss.tverskyWith`; Keras's names and defaults.
type TverskyOptions =
    {
        /// How much what is wrongly found counts. Default 0.5.
        Alpha: float
        /// How much what is missed counts. Default 0.5.
        Beta: float
        /// The axes along which an overlap is taken, counted with the batch axis as 0: `Some [ 1; 2; 3 ]` gives each
        /// image one of its own. Default None: all axes, one overlap of the whole batch.
        Axis: int list option
    }

    /// Both mistakes alike, and one overlap of the whole batch.
    static member defaults = { TverskyOptions.Alpha = 0.5; Beta = 0.5; Axis = None }

/// Losses of numbers, and the loss of a batch.
///
/// All follow Keras 3 in formulas, defaults and names. Where a sample has several outputs, its loss is their mean, or,
/// for the losses of classes, one number a row of classes. Labels are cast to the type of the output. Shapes are not
/// broadcast: labels [n] meet an output [n] or [n; 1], and anything else is an error that names the loss, both shapes
/// and the fix.
[<AutoOpen>]
module LossesOfValues =

    /// Losses of numbers, and what is done with any loss.
    module Loss =

        /// Mean squared error: the mean of (y - p)^2 over the outputs of a sample. Keras: MeanSquaredError; PyTorch:
        /// MSELoss.
        let meanSquaredError: Loss = lossOfNumbers "mean_squared_error" [] (fun y p -> Tensor.square (y - p))

        /// Mean absolute error: the mean of |y - p| over the outputs of a sample. Keras: MeanAbsoluteError; PyTorch:
        /// L1Loss.
        let meanAbsoluteError: Loss = lossOfNumbers "mean_absolute_error" [] (fun y p -> Tensor.abs (y - p))

        /// Mean absolute percentage error: the mean of 100 |y - p| / max(|y|, 1e-7). Keras:
        /// MeanAbsolutePercentageError.
        let meanAbsolutePercentageError: Loss =
            lossOfNumbers "mean_absolute_percentage_error" [] (fun y p ->
                let scale = Tensor.maximum (Tensor.abs y) (Tensor.scalarOf y.DType epsilon)
                100.0 * Tensor.abs ((y - p) / scale))

        /// Mean squared logarithmic error: the mean of (log(1 + y) - log(1 + p))^2, where y and p below 1e-7 count as
        /// 1e-7. Keras: MeanSquaredLogarithmicError.
        let meanSquaredLogarithmicError: Loss =
            lossOfNumbers "mean_squared_logarithmic_error" [] (fun y p ->
                let log1p (x: Tensor) = Tensor.log1p (Tensor.maximum x (Tensor.scalarOf x.DType epsilon))
                Tensor.square (log1p y - log1p p))

        /// Huber's loss: quadratic near 0 and linear from `delta` on, so that outliers pull less.
        ///
        /// The mean of e^2 / 2 where |e| is at most delta, and of delta |e| - delta^2 / 2 elsewhere, with e = y - p.
        /// Keras's default is delta 1.0. Keras: Huber; PyTorch: HuberLoss (its SmoothL1Loss divides by its beta).
        /// Source: Huber, "Robust estimation of a location parameter", 1964. A `delta` that is not above 0 is an error.
        let huber (delta: float) : Loss =
            demand "huber" "delta" delta (delta > 0.0 && delta < infinity) "is not a number above 0."

            lossOfNumbers "huber" [ "delta", Setting.Number delta ] (fun y p ->
                let e = Tensor.abs (y - p)
                let delta = Tensor.scalarOf e.DType delta
                // a choice, so that the slope at delta is delta
                let near = Tensor.where (Tensor.lessEqual e delta) e delta
                0.5 * near * near + delta * (e - near))

        /// The mean of log(cosh(p - y)): e^2 / 2 near 0, and |e| - log 2 far away; it does not overflow. Keras:
        /// LogCosh; PyTorch has none.
        let logCosh: Loss =
            lossOfNumbers "log_cosh" [] (fun y p ->
                let e = p - y
                // |e| by a constant sign, so that the second derivative at 0 is 1
                let below = Tensor.less e (Tensor.zerosLike e)
                let e = e * Tensor.where below (Tensor.fullLike -1.0 e) (Tensor.onesLike e)
                e + Tensor.softplus (-2.0 * e) - log 2.0)

        /// Poisson's loss: the mean of p - y log(p + 1e-7), for counts y and rates p. Keras: Poisson; PyTorch:
        /// PoissonNLLLoss with log_input = False, whose eps is 1e-8.
        let poisson: Loss =
            elementwiseLoss "poisson" [] LabelKind.Counts OutputKind.Numbers (fun y p ->
                p - y * Tensor.log (p + epsilon))

        /// Minus the cosine of the angle between labels and outputs, along the last axis: -1 where they point the same
        /// way, 1 where they point apart, and 0 where one of them is zero.
        ///
        /// Both are divided by the root of max(sum of squares, 1e-12). Keras: CosineSimilarity; PyTorch's
        /// CosineEmbeddingLoss is 1 - cosine, and its CosineSimilarity has the other sign.
        let cosineSimilarity: Loss =
            lossOfRows "cosine_similarity" [] LabelKind.Numbers OutputKind.Numbers (fun y p ->
                let unit (x: Tensor) =
                    // rows with elements above 1 are scaled first, so that no square overflows
                    let scale = Tensor.stopGradient (Tensor.maxKeep [ -1 ] (Tensor.abs x))
                    let x = x / Tensor.maximum scale (Tensor.onesLike scale)
                    let squares = Tensor.sumKeep [ -1 ] (x * x)
                    x * Tensor.rsqrt (Tensor.maximum squares (Tensor.scalarOf x.DType 1e-12))

                -(Tensor.sumOver [ -1 ] (unit y * unit p)))

        /// The sum along the axes of an overlap, or over the whole batch.
        let private summed axes (x: Tensor) =
            match axes with
            | None -> Tensor.sum x
            | Some axes -> Tensor.sumOver axes x

        let private axesSetting axes =
            match axes with
            | None -> []
            | Some axes -> [ "axis", Setting.Items(List.map Setting.Whole axes) ]

        /// Raises the error of axes without which no loss of samples is left.
        let private demandAxes name axes =
            match axes with
            | Some axes when List.isEmpty axes || List.contains 0 axes ->
                Fail.argument
                    name
                    "axis"
                    axes
                    "must be axes behind the batch axis, 0, of which each sample keeps its own overlap; leave it out for \
                     one overlap of the whole batch."
            | Some _
            | None -> ()

        let private lossOfOverlaps name settings f = lossOfRows name settings LabelKind.Numbers OutputKind.Numbers f

        /// `dice` with options. Axes that hold the batch axis are an error.
        let diceWith (options: DiceOptions) : Loss =
            demandAxes "dice" options.Axis
            let sum = summed options.Axis

            lossOfOverlaps "dice" (axesSetting options.Axis) (fun y p ->
                1.0 - (2.0 * sum (y * p) + epsilon) / (sum y + sum p + epsilon))

        /// Dice's loss, for segmentation: 1 - (2 Σ y p + ε) / (Σ y + Σ p + ε) over the whole batch, with ε = 1e-7, for
        /// masks y of 0 and 1 and outputs p from 0 to 1. The loss of a batch is one number, so that samples cannot be
        /// weighted, unless `diceWith` takes it along the axes of each sample. Keras: Dice; PyTorch has none. (Milletari et al. 2016,
        /// "V-Net".)
        let dice: Loss = diceWith DiceOptions.defaults

        /// `tversky` with options. Weights below 0 and axes that hold the batch axis are errors.
        let tverskyWith (options: TverskyOptions) : Loss =
            let name = "tversky"
            demandAxes name options.Axis

            for option, weight in [ "alpha", options.Alpha; "beta", options.Beta ] do
                demand name option weight (weight >= 0.0 && weight < infinity) "is not a number from 0 on."

            let settings =
                [ "alpha", Setting.Number options.Alpha; "beta", Setting.Number options.Beta ]
                @ axesSetting options.Axis

            let sum = summed options.Axis

            lossOfOverlaps name settings (fun y p ->
                let found = sum (y * p)
                let wrong, missed = sum ((1.0 - y) * p), sum (y * (1.0 - p))
                1.0 - found / (found + wrong * options.Alpha + missed * options.Beta + epsilon))

        /// Tversky's loss, for segmentation where finding too much and finding too little weigh differently: 1 - Σ y p /
        /// (Σ y p + α Σ (1 - y) p + β Σ y (1 - p) + 1e-7) over the whole batch, with α = β = 0.5. See `dice`. Keras:
        /// Tversky; PyTorch has none. (Salehi et al. 2017, "Tversky loss function for image segmentation".)
        let tversky: Loss = tverskyWith TverskyOptions.defaults

        /// A loss of one's own: `f labels output` gives one number a sample, [n], or [n; ...] of which the mean is
        /// taken, or one number for the whole batch, a scalar; any other result is an error.
        ///
        /// It is differentiated and compiled like the library's own, so it must be made of tensor functions. Labels
        /// come in their own type, and in the shape of the output where that differs by a last axis of length 1 alone:
        /// labels [n] of an output [n; 1] come as [n; 1]. Of an output with a mask the losses of masked steps are left out; one
        /// number for the whole batch stays as it is.
        let custom (name: string) (f: Tensor -> Tensor -> Tensor) : Loss =
            { lossOfRows name [] LabelKind.Own OutputKind.Own f with
                PerSample = userFunction name f
                Check = fun _ _ -> () }

        /// Above what (strictly) a single output beside this loss means the class 1: 0 for logits, and else 0.5.
        let threshold (loss: Loss) : float =
            match loss.Outputs with
            | OutputKind.Logits -> 0.0
            | OutputKind.Numbers
            | OutputKind.Probabilities
            | OutputKind.Own -> 0.5

        /// The loss under another name in logs and errors.
        let named (name: string) (loss: Loss) : Loss = { loss with Name = name }

        /// A change of a loss, and of its form of logits.
        let private inBothForms (change: Loss -> Loss) (loss: Loss) : Loss =
            { change loss with
                FromLogits = loss.FromLogits |> Option.map (fun (activation, form) -> activation, change form) }

        /// The loss with another reduction: the sum of a batch's losses, say, instead of their mean. Keras: the argument
        /// `reduction`. `LossReduction.None` gives the losses themselves, and is an error in training.
        let withReduction (reduction: LossReduction) (loss: Loss) : Loss =
            loss |> inBothForms (fun loss -> { loss with Reduction = reduction })

        /// The loss without the rows whose label is this class number, such as a class of padding; any number, -1 as well.
        /// The mean is that of the other rows. Keras: the argument `ignore_class` of SparseCategoricalCrossentropy;
        /// PyTorch: `ignore_index`. Losses whose labels are not class numbers are an error.
        let withIgnoreClass (ignored: int) (loss: Loss) : Loss =
            if loss.Labels <> LabelKind.Classes then
                Fail.argument
                    $"Loss.withIgnoreClass, {loss.Name}"
                    "ignored"
                    ignored
                    "is no label of this loss, whose labels are not class numbers; give their rows the weight 0."

            let counts (labels: Tensor) (losses: Tensor) =
                let labels = Tensor.reshape losses.Shape labels
                Tensor.notEqual labels (Tensor.fullLike (float ignored) labels)

            loss
            |> inBothForms (fun loss ->
                let perSample labels output =
                    let losses = loss.PerSample labels output
                    Tensor.where (counts labels losses) losses (Tensor.zerosLike losses)

                { loss with
                    Settings = loss.Settings @ [ "ignore_class", Setting.Whole ignored ]
                    PerSample = perSample
                    IgnoreClass = Some ignored
                    Counts = Some counts })

        /// The loss with the classes of a sample, or whatever it takes along the last axis, along another axis of labels and
        /// output, counted with the batch axis as 0. Keras: the argument `axis`. Labels that are class numbers have the
        /// output's shape without that axis. An axis that an output does not have behind the batch axis is an error where
        /// it meets it. Where a model ends in a softmax over its last axis, the loss is taken of the probabilities.
        let withAxis (axis: int) (loss: Loss) : Loss =
            let moved (loss: Loss) =
                let last (labels: Tensor) (output: Tensor) f =
                    let place = classesLast loss.Name axis output.Rank
                    f (place labels) (place output)

                { loss with
                    Settings = loss.Settings @ [ "axis", Setting.Whole axis ]
                    Axis = axis
                    PerSample = fun labels output -> last labels output loss.PerSample
                    Check = fun labels output -> classesLastShapes loss.Name axis labels output ||> loss.Check }

            if loss.Axis <> -1 then
                Fail.argument $"Loss.withAxis, {loss.Name}" "axis" axis "is a second axis; give one."

            if axis = -1 then
                loss
            else
                { moved loss with
                    FromLogits =
                        match loss.FromLogits with
                        | Some("sigmoid", form) -> Some("sigmoid", moved form)
                        | Some _
                        | None -> None }

        /// `value` of an output with a mask, which leaves losses out as if they were not there.
        let internal valueMasked
            (loss: Loss)
            (labels: Tensor)
            (output: Tensor)
            (weights: Tensor option)
            (mask: Tensor option)
            : Tensor =
            let given, known = classesLastShapes loss.Name loss.Axis labels.Shape output.Shape

            match loss.Labels, labels with
            | LabelKind.Classes, Data _ when isClassNumbers given known && labels.Size > 0 ->
                Loss.checkLabelValues loss.Name "" loss known labels
            | _ -> ()

            let losses, weights = ReducedLosses.ofBatch loss labels output weights
            ReducedLosses.reduce loss.Reduction losses weights (ReducedLosses.maskOf loss labels losses mask)

        /// The loss of a batch as a scalar: the mean of the losses of its samples, each times its weight if there are
        /// weights, or what the loss's `Reduction` makes of them.
        ///
        /// As in Keras ("sum_over_batch_size") the sum is divided by the number of losses, not by the sum of the
        /// weights. A sample of weight 0 counts nothing, even where its loss is infinite. `weights` has one number a
        /// sample, [n] or [n; 1], or the shape of the samples' losses (a weight for each step of a sequence), or, for
        /// losses that are means over the outputs of a sample, the shape of the output (a weight for each output). Class
        /// numbers that are data are checked to be in range; those that a transform follows are not (see `checkLabels`).
        let value (loss: Loss) (labels: Tensor) (output: Tensor) (weights: Tensor option) : Tensor =
            valueMasked loss labels output weights None
