namespace Functional

/// The kind of labels that a loss takes, which decides how they are checked before training.
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
    /// Anything: the loss is the user's own function. Only NaN is refused.
    | Own

/// The kind of outputs that a loss takes, which decides how the model must end.
[<RequireQualifiedAccess>]
type OutputKind =
    /// Any numbers.
    | Numbers
    /// Probabilities, as a softmax or a sigmoid gives them.
    | Probabilities
    /// Logits: the arguments of the softmax or the sigmoid, which the loss applies itself.
    | Logits
    /// Anything: the loss is the user's own function.
    | Own

/// How the losses of a batch become the one number that training minimizes, under Keras's names. See
/// `Loss.withReduction`.
[<RequireQualifiedAccess>]
type LossReduction =
    /// The sum of the losses, each times its weight, divided by their number, not by the sum of their weights. Keras's
    /// "sum_over_batch_size" and "mean"; the default.
    | SumOverBatchSize
    /// The sum of the losses, each times its weight.
    | Sum
    /// The sum of the losses, each times its weight, divided by the sum of the weights: their weighted mean. PyTorch
    /// reduces a weighted cross-entropy this way.
    | MeanWithSampleWeight
    /// The losses themselves, each times its weight. A loss to look at: training needs one number.
    | None

    /// Keras's "mean", which is `SumOverBatchSize`.
    static member Mean = SumOverBatchSize

/// How far outputs are from labels, as a differentiable function.
///
/// The values of the module `Loss` follow Keras 3: `PerSample` gives one number for each sample, and `Loss.value` their
/// mean, or what `Reduction` makes of them.
[<NoEquality; NoComparison>]
type Loss =
    {
        /// The name in logs and errors: Keras's name in snake case, such as "mean_squared_error".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The kind of labels that it takes.
        Labels: LabelKind
        /// The kind of outputs that it takes.
        Outputs: OutputKind
        /// The losses of a batch from its labels and outputs, one for each sample: [n], or [n; ...] where a sample has
        /// several rows (the steps of a sequence, the pixels of an image). A loss of the user's own may also give one
        /// number for the whole batch, a scalar.
        PerSample: Tensor -> Tensor -> Tensor
        /// For a loss whose samples have the mean of the losses of their outputs: these losses, in the shape of the
        /// output, so that each output can have a weight of its own.
        PerElement: (Tensor -> Tensor -> Tensor) option
        /// How the losses become one number.
        Reduction: LossReduction
        /// The axis of the output along which a sample's classes stand, counted with the batch axis as 0; -1 is the last.
        Axis: int
        /// From the labels and the losses of a batch, both as the loss takes and gives them, a mask of the losses that
        /// count: the others are left out, and the mean is that of those that are left. None where all count.
        Counts: (Tensor -> Tensor -> Tensor) option
        /// The class number of labels that are left out, as if their rows were not there (Keras: ignore_class).
        IgnoreClass: int option
        /// For a loss of probabilities, the kind of the activation that makes them ("softmax" or "sigmoid") and the
        /// same loss of what goes into that activation, the logits: exact where probabilities have to be clipped.
        FromLogits: (string * Loss) option
        /// Checks the shape of the labels against that of the output, both with the batch axis, and raises an error
        /// that names the loss, both shapes and the fix.
        Check: Shape -> Shape -> unit
    }

/// The agreement of the shapes of labels and outputs, which all losses and metrics check, and its errors.
module internal LossParts =
    /// Keras's epsilon: probabilities are clipped to [epsilon, 1 - epsilon].
    let epsilon = 1e-7

    /// The shape without its last axis.
    let leading (shape: Shape) : Shape = List.truncate (shape.Length - 1) shape

    /// Whether labels of this shape fit an output of that shape element by element: an axis of length 1 at the end of
    /// one of them may be missing in the other.
    let elementwise (labels: Shape) (output: Shape) =
        labels = output || labels @ [ 1 ] = output || output @ [ 1 ] = labels

    /// Whether labels of this shape are class numbers for an output with a row of classes.
    let isClassNumbers (labels: Shape) (output: Shape) =
        not output.IsEmpty && (labels = leading output || labels = leading output @ [ 1 ])

    let private classes n = if n = 1 then "1 class" else $"{n} classes"
    let private values n = if n = 1 then "1 value" else $"{n} values"
    let private outputs n = if n = 1 then "1 output" else $"{n} outputs"

    /// The subject of an error about the output.
    let outputOf layer = if layer = "" then "the output has" else $"the last layer '{layer}' gives"

    /// The reason and the fix where labels are not the class numbers that a loss takes.
    let private notClassNumbers sameButLast given =
        if sameButLast && given > 1 then
            $"the labels have a row of {classes given} for each sample, and this loss takes class numbers.\n\
              Use Loss.categoricalCrossentropy for such rows, or make numbers of them with Tensor.argmax -1."
        else
            $"the labels are not one class number for each row of the output.\n\
              Pass class numbers in the output's shape without its last axis."

    /// The reason and the fix where labels are class numbers, or one value a sample, before several outputs.
    let private onlyOneValue kind gives wanted =
        match kind with
        | LabelKind.Shares ->
            $"the labels are class numbers, and this loss takes a row of {classes wanted} for each sample.\n\
              Use Loss.sparseCategoricalCrossentropy for class numbers, or make rows of them with Tensor.oneHot \
              {wanted}."
        | LabelKind.Binary ->
            $"the labels have one value a sample but {gives}.\n\
              Make the last layer Dense(1) for yes and no, or use Loss.sparseCategoricalCrossentropy with a \
              softmax for classes."
        | LabelKind.Numbers
        | LabelKind.Counts
        | LabelKind.Signs
        | LabelKind.Classes
        | LabelKind.Own ->
            $"the labels have one value a sample but {gives}.\n\
              If they are class numbers, end the model in a softmax and use \
              Loss.sparseCategoricalCrossentropy, or make rows of them with Tensor.oneHot {wanted}. If they \
              are one measured value a sample, make the last layer Dense(1)."

    /// Raises the error of labels and an output whose shapes do not agree. Shapes are with the batch axis.
    let mismatch operation layer kind (labels: Shape) (output: Shape) =
        let last shape = List.tryLast shape |> Option.defaultValue 1
        let given, wanted = last labels, last output
        let gives = $"{outputOf layer} {outputs wanted}"
        let sameButLast = labels.Length = output.Length && labels.Length > 1 && leading labels = leading output
        let resize meaning = $"Make the last layer Dense({given}), or pass labels of {meaning wanted}."

        let reason =
            if kind = LabelKind.Classes then
                notClassNumbers sameButLast given
            elif kind = LabelKind.Shares && sameButLast && (given > 1 || wanted = 1) then
                $"the labels have {classes given} but {gives}.\n{resize classes}"
            elif isClassNumbers labels output then
                onlyOneValue kind gives wanted
            elif sameButLast then
                $"the labels have {values given} a sample but {gives}.\n{resize values}"
            else
                "the labels and the output differ in shape, and a loss does not broadcast.\nReshape one of them."

        Fail.shapes operation [ "labels", labels; "output", output ] reason

    /// Raises an error unless shapes, with the batch axis, agree.
    let checkShapes operation layer kind (labels: Shape) (output: Shape) =
        let zero = List.tryLast output = Some 0

        if zero && kind <> LabelKind.Own then
            Fail.shapes
                operation
                [ "labels", labels; "output", output ]
                $"{outputOf layer} 0 outputs: there is no class or value to learn.\n\
                  Give the last layer one unit at least."

        match kind with
        | LabelKind.Own -> ()
        | LabelKind.Classes ->
            if not (isClassNumbers labels output) then
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
                "a loss is taken of float32, float64, float16 or bfloat16 outputs; cast them with Tensor.cast Float32"

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
    let rightClasses name (labels: Tensor) (output: Tensor) =
        demandFloat name output

        if not (isClassNumbers labels.Shape output.Shape) then
            mismatch name "" LabelKind.Classes labels.Shape output.Shape

        let rows = Tensor.reshape (leading output.Shape @ [ 1 ]) (Tensor.cast Int32 labels)
        Tensor.equal rows (Core.beside rows (fun () -> Tensor.arangeInt 0 (List.last output.Shape)))

    /// y x, with 0 for 0 times infinity: a class of share 0 costs nothing, whatever its logarithm or its logit.
    /// (Elsewhere the derivatives by y and by x are those of the product.)
    let shareOf (y: Tensor) (x: Tensor) =
        let absent = Tensor.logicalAnd (Tensor.equal y (Tensor.zerosLike y)) (Tensor.isInf x)
        y * Tensor.where absent (Tensor.zerosLike x) x

    /// The axis of a shape that an axis of a loss is: -1 is the last.
    let private classAxis name axis (shape: Shape) =
        let found = if axis < 0 then axis + shape.Length else axis

        if found < 1 || found >= shape.Length then
            Fail.shapes
                name
                [ "output", shape ]
                $"the output has no axis {axis} behind the batch axis, along which its classes would stand."

        found

    let private shapeLast axis (shape: Shape) = List.removeAt axis shape @ [ shape[axis] ]

    /// The shapes of labels and output with the axis of the classes last.
    let classesLastShapes name axis (labels: Shape) (output: Shape) : Shape * Shape =
        if axis = -1 then
            labels, output
        else
            let axis = classAxis name axis output
            (if labels.Length = output.Length then shapeLast axis labels else labels), shapeLast axis output

    /// The tensor with the axis last along which classes stand; labels without it, of an output of this rank, as they are.
    let classesLast name axis rank (x: Tensor) : Tensor =
        if axis = -1 || x.Rank <> rank then
            x
        else
            Tensor.moveAxis (classAxis name axis x.Shape) -1 x

    /// The mean over the last axis; a vector is one number a sample already.
    let meanOfSample (x: Tensor) = if x.Rank <= 1 then x else Tensor.meanOver [ -1 ] x

    /// A loss of one number a sample, or a row of classes, whose labels have the shape of the output.
    let lossOfRows name settings labelKind outputKind (f: Tensor -> Tensor -> Tensor) =
        { Name = name
          Settings = settings
          Labels = labelKind
          Outputs = outputKind
          PerSample = fun labels output -> f (align name labelKind labels output) output
          PerElement = None
          Reduction = LossReduction.SumOverBatchSize
          Axis = -1
          Counts = None
          IgnoreClass = None
          FromLogits = None
          Check = checkShapes name "" labelKind }

    /// A loss of each output by itself, of which a sample has the mean; labels have the shape of the output.
    let elementwiseLoss name settings labelKind outputKind (f: Tensor -> Tensor -> Tensor) =
        let perElement labels output = f (align name labelKind labels output) output

        { lossOfRows name settings labelKind outputKind f with
            PerSample = fun labels output -> meanOfSample (perElement labels output)
            PerElement = Some perElement }

    /// A loss of numbers in the shape of the labels, of each output by itself.
    let lossOfNumbers name settings f = elementwiseLoss name settings LabelKind.Numbers OutputKind.Numbers f

    /// A loss of labels that are class numbers.
    let lossOfClasses name settings outputKind (perSample: Tensor -> Tensor -> Tensor) =
        { lossOfRows name settings LabelKind.Classes outputKind perSample with PerSample = perSample }

    /// The user's function of labels and outputs, with the labels in the shape of the output where they fit it element
    /// by element, so that [n] and [n; 1] do not broadcast to [n; n]; other labels and all types are left as they are.
    /// Its result must be one number a sample, [n; ...], or one in all.
    let userFunction name (f: Tensor -> Tensor -> Tensor) (labels: Tensor) (output: Tensor) =
        let labels =
            if labels.Shape <> output.Shape && elementwise labels.Shape output.Shape then
                Tensor.reshape output.Shape labels
            else
                labels

        let result = f labels output

        match result.Shape, output.Shape with
        | [], _ -> result
        | n :: _, m :: _ when n = m -> result
        | shape, given ->
            Fail.shapes
                name
                [ "labels", labels.Shape; "output", given; "result", shape ]
                "the function gives neither one number a sample nor one in all.\n\
                 Take the mean over the axes behind the first, for example Tensor.meanOver [ -1 ], or Tensor.mean of \
                 all."

    /// An option that must lie in a range.
    let demand name option (value: float) holds reason =
        if not holds then
            Fail.argument name option value reason

    let demandSmoothing name smoothing =
        demand name "labelSmoothing" smoothing (smoothing >= 0.0 && smoothing < 1.0) "is outside [0, 1)."

    let demandGamma name gamma =
        demand name "gamma" gamma (gamma >= 0.0 && gamma < infinity) "is not a number from 0 on."
