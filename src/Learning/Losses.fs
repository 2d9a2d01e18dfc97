namespace Functional

/// What the labels of a loss are, which decides how they are checked before training.
[<RequireQualifiedAccess>]
type LabelKind =
    /// Any numbers, in the shape of the output.
    | Numbers
    /// Numbers not below 0, in the shape of the output.
    | Counts
    /// Numbers from 0 to 1, in the shape of the output: each output is a yes or no of its own.
    | Binary
    /// -1 and 1, or 0 and 1, in the shape of the output.
    | Signs
    /// A row of shares of the classes for each sample (one-hot, as a rule), in the shape of the output.
    | Shares
    /// The number of the class, counted from 0, for each sample: the output's shape without its last axis.
    | Classes
    /// What the user's own function takes; only NaN is refused.
    | Own

/// How far outputs are from labels, as a differentiable function.
///
/// The values of the module `Loss` follow Keras 3: `PerSample` gives one number for each sample, and `Loss.value` their
/// mean.
[<NoEquality; NoComparison>]
type Loss =
    {
        /// What logs and errors call it: Keras's name in snake case, such as "mean_squared_error".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// What it takes as labels.
        Labels: LabelKind
        /// The losses of a batch from its labels and outputs, one for each sample: [n], or [n; ...] where a sample has
        /// several rows (the steps of a sequence, the pixels of an image).
        PerSample: Tensor -> Tensor -> Tensor
        /// For a loss of probabilities, the kind of the activation that makes them ("softmax" or "sigmoid") and the
        /// same loss of what goes into that activation, the logits: exact where probabilities have to be clipped.
        FromLogits: (string * Loss) option
        /// Checks the shape of the labels against that of the output, both with the batch axis, and raises an error
        /// that names the loss, both shapes and the fix.
        Check: Shape -> Shape -> unit
    }

/// What losses share: the agreement of shapes, and their errors.
module internal LossParts =
    /// Keras's epsilon: probabilities are clipped to [epsilon, 1 - epsilon].
    let epsilon = 1e-7

    /// The shape without its last axis.
    let leading (shape: Shape) : Shape = List.truncate (shape.Length - 1) shape

    /// Whether labels of this shape fit an output of that shape element by element: an axis of length 1 at the end of
    /// one of them may be missing in the other.
    let elementwise (labels: Shape) (output: Shape) =
        labels = output || labels @ [ 1 ] = output || output @ [ 1 ] = labels

    /// Whether labels are class numbers for an output with a row of classes.
    let numbered (labels: Shape) (output: Shape) =
        not output.IsEmpty && (labels = leading output || labels = leading output @ [ 1 ])

    let private classes n = if n = 1 then "1 class" else $"{n} classes"
    let private values n = if n = 1 then "1 value" else $"{n} values"
    let private outputs n = if n = 1 then "1 output" else $"{n} outputs"

    /// What the last layer is called in an error.
    let giver layer = if layer = "" then "the output has" else $"the last layer '{layer}' gives"

    /// Raises the error of labels and an output whose shapes do not agree. Shapes are with the batch axis.
    let mismatch operation layer kind (labels: Shape) (output: Shape) =
        let fail reason = Fail.shapes operation [ "labels", labels; "output", output ] reason

        let last shape = List.tryLast shape |> Option.defaultValue 1
        let given, wanted = last labels, last output
        let gives = $"{giver layer} {outputs wanted}"
        let sameButLast = labels.Length = output.Length && labels.Length > 1 && leading labels = leading output
        let resize meaning = $"Make the last layer Dense({given}), or pass labels of {meaning wanted}."

        match kind with
        | LabelKind.Classes when sameButLast && given > 1 ->
            fail
                $"the labels have a row of {classes given} for each sample, and this loss takes class numbers.\n\
                  Use Loss.categoricalCrossentropy for such rows, or make numbers of them with Tensor.argmax -1."
        | LabelKind.Classes ->
            fail
                $"the labels are not one class number for each row of the output.\n\
                  Pass class numbers in the output's shape without its last axis."
        | LabelKind.Shares when sameButLast && (given > 1 || wanted = 1) ->
            fail $"the labels have {classes given} but {gives}.\n{resize classes}"
        | LabelKind.Shares when numbered labels output ->
            fail
                $"the labels are class numbers, and this loss takes a row of {classes wanted} for each sample.\n\
                  Use Loss.sparseCategoricalCrossentropy for class numbers, or make rows of them with Tensor.oneHot \
                  {wanted}."
        | LabelKind.Binary when numbered labels output ->
            fail
                $"the labels have one value a sample but {gives}.\n\
                  Make the last layer Dense(1) for yes and no, or use Loss.sparseCategoricalCrossentropy with a \
                  softmax for classes."
        | LabelKind.Numbers
        | LabelKind.Counts
        | LabelKind.Binary
        | LabelKind.Signs
        | LabelKind.Shares
        | LabelKind.Own ->
            if numbered labels output then
                fail
                    $"the labels have one value a sample but {gives}.\n\
                      Make the last layer Dense(1), or pass labels of {values wanted}."
            elif sameButLast then
                fail $"the labels have {values given} a sample but {gives}.\n{resize values}"
            else
                fail "the labels and the output differ in shape, and a loss does not broadcast.\nReshape one of them."

    /// Raises an error unless shapes, with the batch axis, agree.
    let checkShapes operation layer kind (labels: Shape) (output: Shape) =
        let zero = List.tryLast output = Some 0

        if zero && kind <> LabelKind.Own then
            Fail.shapes
                operation
                [ "labels", labels; "output", output ]
                $"{giver layer} 0 outputs: there is no class or value to learn.\nGive the last layer one unit at least."

        match kind with
        | LabelKind.Own -> ()
        | LabelKind.Classes ->
            if not (numbered labels output) then
                mismatch operation layer kind labels output
        | LabelKind.Numbers
        | LabelKind.Counts
        | LabelKind.Binary
        | LabelKind.Signs
        | LabelKind.Shares ->
            if not (elementwise labels output) then
                mismatch operation layer kind labels output

    let demandFloat name (output: Tensor) =
        if not output.DType.IsFloat then
            Fail.dtypes
                name
                [ "the output", output.DType ]
                "a loss is taken of float32 or float64 outputs; cast them with Tensor.cast Float32"

    /// The labels in the shape and type of the output.
    let align name kind (labels: Tensor) (output: Tensor) =
        demandFloat name output

        if not (elementwise labels.Shape output.Shape) then
            mismatch name "" kind labels.Shape output.Shape

        let labels = Tensor.cast output.DType labels

        if labels.Shape = output.Shape then
            labels
        else
            Tensor.reshape output.Shape labels

    /// Whether each class is the one that the label names: a mask in the shape of the output.
    let named name (labels: Tensor) (output: Tensor) =
        demandFloat name output

        if not (numbered labels.Shape output.Shape) then
            mismatch name "" LabelKind.Classes labels.Shape output.Shape

        let rows = Tensor.reshape (leading output.Shape @ [ 1 ]) (Tensor.cast Int32 labels)
        Tensor.equal rows (Tensor.arangeInt 0 (List.last output.Shape))

    /// The mean over the last axis; a vector is one number a sample already.
    let meanOfSample (x: Tensor) = if x.Rank <= 1 then x else Tensor.meanOver [ -1 ] x

    /// A loss whose labels have the shape of the output.
    let elementwiseLoss name settings kind (f: Tensor -> Tensor -> Tensor) =
        { Name = name
          Settings = settings
          Labels = kind
          PerSample = fun labels output -> f (align name kind labels output) output
          FromLogits = None
          Check = checkShapes name "" kind }

    /// An option that must lie in a range.
    let demand name option (value: float) holds reason =
        if not holds then
            Fail.argument name option value reason

    let demandSmoothing name smoothing =
        demand name "labelSmoothing" smoothing (smoothing >= 0.0 && smoothing < 1.0) "is outside [0, 1)."

    let demandGamma name gamma =
        demand name "gamma" gamma (gamma >= 0.0 && gamma < infinity) "is not a number from 0 on."

open LossParts

/// Losses: how far outputs are from labels, for training and as metrics.
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
        let meanSquaredError: Loss =
            elementwiseLoss "mean_squared_error" [] LabelKind.Numbers (fun y p -> meanOfSample (Tensor.square (y - p)))

        /// Mean absolute error: the mean of |y - p| over the outputs of a sample. Keras: MeanAbsoluteError; PyTorch:
        /// L1Loss.
        let meanAbsoluteError: Loss =
            elementwiseLoss "mean_absolute_error" [] LabelKind.Numbers (fun y p -> meanOfSample (Tensor.abs (y - p)))

        /// Mean absolute percentage error: the mean of 100 |y - p| / max(|y|, 1e-7). Keras:
        /// MeanAbsolutePercentageError.
        let meanAbsolutePercentageError: Loss =
            elementwiseLoss "mean_absolute_percentage_error" [] LabelKind.Numbers (fun y p ->
                let scale = Tensor.maximum (Tensor.abs y) (Tensor.scalarOf y.DType epsilon)
                100.0 * meanOfSample (Tensor.abs ((y - p) / scale)))

        /// Mean squared logarithmic error: the mean of (log(1 + y) - log(1 + p))^2, where y and p below 1e-7 count as
        /// 1e-7. Keras: MeanSquaredLogarithmicError.
        let meanSquaredLogarithmicError: Loss =
            elementwiseLoss "mean_squared_logarithmic_error" [] LabelKind.Numbers (fun y p ->
                let log1p (x: Tensor) = Tensor.log1p (Tensor.maximum x (Tensor.scalarOf x.DType epsilon))
                meanOfSample (Tensor.square (log1p y - log1p p)))

        /// Huber's loss: quadratic near 0 and linear from `delta` on, so that outliers pull less.
        ///
        /// The mean of e^2 / 2 where |e| is at most delta, and of delta |e| - delta^2 / 2 elsewhere, with e = y - p.
        /// Keras's default is delta 1.0. Keras: Huber; PyTorch: HuberLoss (its SmoothL1Loss divides by its beta).
        /// Source: Huber, "Robust estimation of a location parameter", 1964. A `delta` that is not above 0 is an error.
        let huber (delta: float) : Loss =
            demand "huber" "delta" delta (delta > 0.0 && delta < infinity) "is not a number above 0."

            elementwiseLoss "huber" [ "delta", Setting.Number delta ] LabelKind.Numbers (fun y p ->
                let e = Tensor.abs (y - p)
                let near = Tensor.minimum e (Tensor.scalarOf e.DType delta)
                // e^2 / 2 up to delta, and delta (e - delta) more beyond
                meanOfSample (0.5 * near * near + delta * Tensor.relu (e - delta)))

        /// The mean of log(cosh(p - y)): e^2 / 2 near 0, and |e| - log 2 far away; it does not overflow. Keras:
        /// LogCosh; PyTorch has none.
        let logCosh: Loss =
            elementwiseLoss "log_cosh" [] LabelKind.Numbers (fun y p ->
                let e = p - y
                meanOfSample (e + Tensor.softplus (-2.0 * e) - log 2.0))

        /// Poisson's loss: the mean of p - y log(p + 1e-7), for counts y and rates p. Keras: Poisson; PyTorch:
        /// PoissonNLLLoss with log_input = False, whose eps is 1e-8.
        let poisson: Loss =
            elementwiseLoss "poisson" [] LabelKind.Counts (fun y p -> meanOfSample (p - y * Tensor.log (p + epsilon)))

        /// Minus the cosine of the angle between labels and outputs, along the last axis: -1 where they point the same
        /// way, 1 where they point apart, and 0 where one of them is zero.
        ///
        /// Both are divided by the root of max(sum of squares, 1e-12). Keras: CosineSimilarity; PyTorch's
        /// CosineEmbeddingLoss is 1 - cosine, and its CosineSimilarity has the other sign.
        let cosineSimilarity: Loss =
            elementwiseLoss "cosine_similarity" [] LabelKind.Numbers (fun y p ->
                let unit (x: Tensor) =
                    let squares = Tensor.sumKeep [ -1 ] (x * x)
                    x * Tensor.rsqrt (Tensor.maximum squares (Tensor.scalarOf x.DType 1e-12))

                -(Tensor.sumOver [ -1 ] (unit y * unit p)))

        /// A loss of one's own: `f labels output` gives one number a sample, [n], or [n; ...] of which the mean is
        /// taken.
        ///
        /// It is differentiated and compiled like the library's own, so it must be made of tensor functions. Labels
        /// come as they are in the data.
        let custom (name: string) (f: Tensor -> Tensor -> Tensor) : Loss =
            { Name = name
              Settings = []
              Labels = LabelKind.Own
              PerSample = f
              FromLogits = None
              Check = fun _ _ -> () }

        /// The loss under another name in logs and errors.
        let named (name: string) (loss: Loss) : Loss = { loss with Name = name }

        let internal firstBad operation layer (loss: Loss) (output: Shape) (labels: Tensor) =
            let values = Tensor.toFloat64Array labels
            let rowSize = max 1 (Shape.size (List.truncate labels.Rank labels.Shape |> List.skip 1))

            let place i =
                if rowSize = 1 then
                    $"row {i / rowSize}"
                else
                    $"row {i / rowSize}, column {i % rowSize}"

            let show (v: float) = v.ToString(System.Globalization.CultureInfo.InvariantCulture)

            let refuse bad reason =
                match Array.tryFindIndex bad values with
                | Some i ->
                    Fail.data operation $"the label {show values[i]} in {place i} (counted from 0) {reason values[i]}"
                | None -> ()

            refuse (System.Double.IsFinite >> not) (fun _ ->
                "cannot be learned from. Remove such rows, or fill in what is missing, before training.")

            match loss.Labels with
            | LabelKind.Own
            | LabelKind.Numbers -> ()
            | LabelKind.Counts ->
                refuse (fun v -> v < 0.0) (fun _ ->
                    $"is below 0, and {loss.Name} takes counts. Check the column of labels.")
            | LabelKind.Binary ->
                refuse (fun v -> v < 0.0 || v > 1.0) (fun _ ->
                    $"is outside [0, 1], and {loss.Name} takes 0 for no and 1 for yes. Number the two classes 0 and \
                      1, or, where there are more, use Loss.sparseCategoricalCrossentropy.")
            | LabelKind.Signs ->
                refuse (fun v -> v < -1.0 || v > 1.0) (fun _ ->
                    $"is outside [-1, 1], and {loss.Name} takes -1 and 1, or 0 and 1. Number the two classes so.")
            | LabelKind.Shares ->
                refuse (fun v -> v < 0.0 || v > 1.0) (fun _ ->
                    $"is outside [0, 1], and {loss.Name} takes shares of the classes. Make rows of class numbers with \
                      Tensor.oneHot.")
            | LabelKind.Classes ->
                let classes = List.last output

                refuse (fun v -> v <> floor v) (fun _ ->
                    $"is not a whole number, and {loss.Name} takes class numbers. Use a loss of numbers for measured \
                      values.")

                let most = Array.max values

                refuse (fun v -> v < 0.0 || v >= float classes) (fun v ->
                    let range = $"is outside 0 to {classes - 1}: {giver layer} {classes} outputs, one a class."

                    let fix =
                        if classes = 1 then
                            "Use Loss.binaryCrossentropy for one output, or make the last layer "
                            + $"Dense({show (most + 1.0)})."
                        elif v < 0.0 then
                            "Number the classes from 0."
                        else
                            $"Number the classes from 0, or make the last layer Dense({show (most + 1.0)})."

                    range + " " + fix)

        /// Checks labels before training: shapes, NaN and infinities, and values that the loss does not take, such as a
        /// class number out of range. It reads all labels, so it is done once and not for each batch.
        ///
        /// `operation` begins the error ("Fit"), `layer` is the name of the last layer or "", and `output` is the shape
        /// of the output of one sample. The error names the first bad row and its value. No labels at all are an error.
        let checkLabels (operation: string) (layer: string) (output: Shape) (labels: Tensor) (loss: Loss) : unit =
            if labels.Rank = 0 then
                Fail.shapes
                    operation
                    [ "labels", labels.Shape ]
                    "the labels are a scalar; they need an axis of samples in front."

            let count = labels.Shape.Head

            if count = 0 then
                Fail.data
                    operation
                    "there are no labels: the data have 0 samples. Check the file, and how it was filtered or split."

            if labels.Shape.Tail |> List.contains 0 then
                Fail.shapes
                    operation
                    [ "labels", labels.Shape ]
                    "the labels have 0 classes or values. Check the column of labels."

            // The batch axis agrees by nature; in the error the output's is not known yet.
            let known = count :: output

            let fits =
                match loss.Labels with
                | LabelKind.Own -> true
                | LabelKind.Classes -> numbered labels.Shape known
                | LabelKind.Numbers
                | LabelKind.Counts
                | LabelKind.Binary
                | LabelKind.Signs
                | LabelKind.Shares -> elementwise labels.Shape known

            if fits && not (List.contains 0 output) then
                firstBad operation layer loss output labels
            else
                try
                    checkShapes operation layer loss.Labels labels.Shape known
                with :? FunctionalException as e ->
                    match e.Error with
                    | FunctionalError.ShapeMismatch(operation, [ labels; "output", _ ], reason) ->
                        Fail.shapes operation [ labels; "output", Shape.unknown :: output ] reason
                    | _ -> raise e

        /// The loss of a batch as a scalar: the mean of the losses of its samples, each times its weight if there are
        /// weights.
        ///
        /// As in Keras ("sum_over_batch_size") the sum is divided by the number of losses, not by the sum of the
        /// weights. `weights` has one number a sample, [n] or [n; 1], or the shape of the samples' losses. Class
        /// numbers at rest are checked to be in range; those that a transform follows are not (see `checkLabels`).
        let value (loss: Loss) (labels: Tensor) (output: Tensor) (weights: Tensor option) : Tensor =
            match loss.Labels, labels with
            | LabelKind.Classes, Data _ when numbered labels.Shape output.Shape && labels.Size > 0 ->
                firstBad loss.Name "" loss output.Shape labels
            | _ -> ()

            let losses = loss.PerSample labels output

            match weights with
            | None -> Tensor.mean losses
            | Some weights ->
                let weights = Tensor.cast losses.DType weights

                let weights =
                    if weights.Shape = losses.Shape then
                        weights
                    elif weights.Rank <= losses.Rank && weights.Shape = List.truncate weights.Rank losses.Shape then
                        Tensor.reshape (weights.Shape @ List.replicate (losses.Rank - weights.Rank) 1) weights
                    elif weights.Shape = losses.Shape @ [ 1 ] then
                        Tensor.reshape losses.Shape weights
                    else
                        Fail.shapes
                            loss.Name
                            [ "weights", weights.Shape; "losses", losses.Shape ]
                            "the weights are not one number a sample.\n\
                              Pass weights of the shape of the losses, or of their first axis."

                Tensor.mean (losses * weights)
