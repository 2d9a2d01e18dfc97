/// Keras's own cases of losses and metrics, through the public functions.
module Functional.Tests.Conformance.KerasMetrics

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

let private crossentropy (case: Case) : CrossentropyOptions =
    { FromLogits = flag "from_logits" case; LabelSmoothing = float' "label_smoothing" 0.0 case }

let private binaryFocal (case: Case) =
    Loss.binaryFocalWith
        { Gamma = float' "gamma" 2.0 case
          Alpha =
            if flag "apply_class_balancing" case then
                Some(float' "alpha" 0.25 case)
            else
                None
          FromLogits = flag "from_logits" case
          LabelSmoothing = float' "label_smoothing" 0.0 case }

let private categoricalFocal (case: Case) =
    let alpha =
        match Map.tryFind "alpha" case.Config with
        | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
        | Some _
        | None -> [ float' "alpha" 0.25 case ]

    Loss.categoricalFocalWith
        { Gamma = float' "gamma" 2.0 case
          Alpha = alpha
          FromLogits = flag "from_logits" case
          LabelSmoothing = float' "label_smoothing" 0.0 case }

/// Whether the axes of a loss are all but the batch's.
let private isPerSample (case: Case) =
    match Map.tryFind "axis" case.Config with
    | Some axes when axes.ValueKind = JsonValueKind.Array -> true
    | Some _
    | None -> false

/// The loss of a case.
let private lossOf (case: Case) : Loss =
    let only names loss =
        demandOnly (names @ [ "axis"; "reduction"; "name"; "dtype" ]) case
        loss

    let smoothed = [ "from_logits"; "label_smoothing" ]

    match case.Class with
    | "BinaryCrossentropy" -> only smoothed (Loss.binaryCrossentropyWith (crossentropy case))
    | "CategoricalCrossentropy" -> only smoothed (Loss.categoricalCrossentropyWith (crossentropy case))
    | "SparseCategoricalCrossentropy" ->
        only [ "from_logits" ] (Loss.sparseCategoricalCrossentropyWith (crossentropy case))
    | "BinaryFocalCrossentropy" -> only ([ "gamma"; "alpha"; "apply_class_balancing" ] @ smoothed) (binaryFocal case)
    | "CategoricalFocalCrossentropy" -> only ([ "gamma"; "alpha" ] @ smoothed) (categoricalFocal case)
    | "CategoricalGeneralizedCrossEntropy" ->
        only [ "q" ] (Loss.categoricalGeneralizedCrossentropy (float' "q" 0.5 case))
    | "Huber" -> only [ "delta" ] (Loss.huber (float' "delta" 1.0 case))
    | "Dice" -> only [] (Loss.diceWith { PerSample = isPerSample case })
    | "Tversky" ->
        only
            [ "alpha"; "beta" ]
            (Loss.tverskyWith
                { Alpha = float' "alpha" 0.5 case; Beta = float' "beta" 0.5 case; PerSample = isPerSample case })
    | "LogCoshError" -> only [] Loss.logCosh
    | "MeanSquaredError"
    | "mean_squared_error"
    | "MeanAbsoluteError"
    | "MeanAbsolutePercentageError"
    | "MeanSquaredLogarithmicError"
    | "LogCosh"
    | "Hinge"
    | "SquaredHinge"
    | "CategoricalHinge"
    | "KLDivergence"
    | "Poisson"
    | "CosineSimilarity" -> only [] (Loss.ofName case.Class)
    | name -> unsupported $"no %s{name}"

/// Labels or outputs with the axis of the classes last, which Keras counts with the batch axis as 0.
let private classesLast (case: Case) (x: Tensor) =
    let axis = if isPerSample case then -1 else int (float' "axis" -1.0 case)
    if axis = -1 || axis = x.Rank - 1 then x else Tensor.moveAxis axis -1 x

/// Weights in the shape of the losses, if they are one number a sample or one for all.
let private weightsFor (losses: Shape) (weights: Tensor) : Tensor =
    if weights.Rank = 0 then
        Tensor.broadcastTo losses weights
    elif weights.Shape = losses || weights.Shape = losses @ [ 1 ] then
        Tensor.reshape losses weights
    elif weights.Rank <= losses.Length && weights.Shape = List.truncate weights.Rank losses then
        weights
    else
        unsupported "weights of single outputs"

let private reduced (case: Case) (loss: Loss) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
    let losses = loss.PerSample labels output
    let weights = weights |> Option.map (floats >> weightsFor losses.Shape)

    let weighted =
        match weights with
        | None -> losses
        | Some w -> losses * Tensor.reshape (w.Shape @ List.replicate (losses.Rank - w.Rank) 1) w

    match Map.tryFind "reduction" case.Config with
    | _ when case.Kind = "function" -> judge case weighted
    | Some reduction when reduction.ValueKind = JsonValueKind.Null -> judge case weighted
    | Some _
    | None ->
        match word "reduction" "sum_over_batch_size" case with
        | "sum_over_batch_size" -> judge case (Loss.value loss labels output weights)
        | "sum" -> judge case (Tensor.sum weighted)
        | "none" -> judge case weighted
        | "mean_with_sample_weight" ->
            judgeNumbers case [| Metric.valueWeighted (Metric.ofLoss loss) labels output weights |]
        | reduction -> unsupported $"the reduction %s{reduction}"

/// Judges a case of losses.
let runLoss (case: Case) : Outcome =
    let inputs = case.Root.GetProperty "inputs"

    if case.Kind <> "loss" && case.Class <> "mean_squared_error" then
        unsupported "the function apart from its loss"

    if (property "mask" inputs).IsSome then
        unsupported "masks"

    match input "y_true" inputs, input "y_pred" inputs with
    | Some labels, Some output when output.Rank > 0 ->
        let loss = lossOf case
        let labels = if labels.Rank = output.Rank then classesLast case labels else labels
        reduced case loss labels (classesLast case (floats output)) (input "sample_weight" inputs)
    | _ -> unsupported "outputs without a batch axis"

/// A metric of a case: what is done with its value, and whether each output counts as a sample of its own.
type private Measure = { Metric: Metric; Finish: float -> float; EachOutput: bool }

let private measure metric = { Metric = metric; Finish = id; EachOutput = false }

/// The thresholds of a case, of which each makes a metric.
let private thresholds (case: Case) =
    match Map.tryFind "thresholds" case.Config with
    | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
    | Some _
    | None -> [ float' "thresholds" 0.5 case ]

let private aucOf (case: Case) =
    demandOnly [ "num_thresholds"; "curve"; "summation_method"; "multi_label"; "from_logits"; "name"; "dtype" ] case

    Metric.aucWith
        { Thresholds = int (float' "num_thresholds" 200.0 case)
          Curve =
            match word "curve" "ROC" case with
            | "ROC" -> AucCurve.Roc
            | "PR" -> AucCurve.PrecisionRecall
            | curve -> unsupported $"the curve %s{curve}"
          Summation =
            match word "summation_method" "interpolation" case with
            | "minoring" -> AucSummation.Minoring
            | "majoring" -> AucSummation.Majoring
            | _ -> AucSummation.Interpolation
          MultiLabel = flag "multi_label" case
          FromLogits = flag "from_logits" case }

let private fBetaOf (case: Case) =
    demandOnly [ "beta"; "average"; "threshold"; "name"; "dtype" ] case

    let average =
        match word "average" "" case with
        | "micro" -> Average.Micro
        | "macro" -> Average.Macro
        | "weighted" -> Average.Weighted
        | _ -> unsupported "a score for each class"

    let options = { ScoreOptions.defaults with Average = Some average }

    Metric.fBetaWith
        (float' "beta" 1.0 case)
        (if isGiven "threshold" case then
             { options with MultiLabel = true; Threshold = float' "threshold" 0.5 case }
         else
             options)

/// Raises that of intersection over union the library has the mean over all classes alone.
let private demandAllClasses classes (case: Case) =
    match Map.tryFind "target_class_ids" case.Config with
    | Some ids when Array.sort (numbers ids) <> Array.init classes float -> unsupported "single target classes"
    | Some _
    | None -> ()

let private iouOf (case: Case) =
    demandOnly [ "num_classes"; "target_class_ids"; "threshold"; "name"; "dtype" ] case
    let isBinary = case.Class = "BinaryIoU"
    demandAllClasses (if isBinary then 2 else int (float' "num_classes" 2.0 case)) case

    if isBinary then
        Metric.iouWith
            { ScoreOptions.defaults with Average = Some Average.Macro; Threshold = float' "threshold" 0.5 case }
    else
        Metric.meanIou

let private r2Of (case: Case) =
    demandOnly [ "class_aggregation"; "num_regressors"; "name"; "dtype" ] case

    if flag "num_regressors" case then
        unsupported "the option num_regressors"

    // without the option Keras takes the mean
    if
        Map.containsKey "class_aggregation" case.Config
        && word "class_aggregation" "" case <> "uniform_average"
    then
        unsupported "other aggregations than the mean"

    Metric.r2

let private countsOf (case: Case) make =
    demandOnly [ "thresholds"; "name"; "dtype" ] case

    [ for threshold in thresholds case ->
          { measure (make { ScoreOptions.defaults with Threshold = threshold }) with EachOutput = true } ]

let private atRate (case: Case) option make =
    demandOnly [ option; "num_thresholds"; "name"; "dtype" ] case

    if float' "num_thresholds" 200.0 case <> 200.0 then
        unsupported "the option num_thresholds"

    [ measure (make (float' option 0.0 case)) ]

/// The metrics of a case; several where it has several thresholds.
let private metricsOf (case: Case) : Measure list =
    let only names metric =
        demandOnly (names @ [ "name"; "dtype" ]) case
        [ measure metric ]

    match case.Class with
    | "BinaryAccuracy" ->
        only [ "threshold" ] (Metric.binaryAccuracyAt (float' "threshold" 0.5 case))
        |> List.map (fun measure -> { measure with EachOutput = true })
    | "CategoricalAccuracy" -> only [] Metric.categoricalAccuracy
    | "SparseCategoricalAccuracy" -> only [] Metric.sparseCategoricalAccuracy
    | "TopKCategoricalAccuracy"
    | "SparseTopKCategoricalAccuracy" -> only [ "k" ] (Metric.topK (int (float' "k" 5.0 case)))
    | "Precision" -> countsOf case Metric.precisionWith
    | "Recall" -> countsOf case Metric.recallWith
    | "TruePositives" -> countsOf case Metric.truePositivesWith
    | "FalsePositives" -> countsOf case Metric.falsePositivesWith
    | "TrueNegatives" -> countsOf case Metric.trueNegativesWith
    | "FalseNegatives" -> countsOf case Metric.falseNegativesWith
    | "SensitivityAtSpecificity" -> atRate case "specificity" Metric.sensitivityAtSpecificity
    | "SpecificityAtSensitivity" -> atRate case "sensitivity" Metric.specificityAtSensitivity
    | "PrecisionAtRecall" -> atRate case "recall" Metric.precisionAtRecall
    | "RecallAtPrecision" -> atRate case "precision" Metric.recallAtPrecision
    | "RootMeanSquaredError" -> only [] Metric.rootMeanSquaredError
    | "MeanSquaredError" -> only [] Metric.meanSquaredError
    | "MeanAbsoluteError" -> only [] Metric.meanAbsoluteError
    | "R2Score" -> [ measure (r2Of case) ]
    | "AUC" -> [ measure (aucOf case) ]
    | "FBetaScore" -> [ measure (fBetaOf case) ]
    | "IoU"
    | "MeanIoU"
    | "BinaryIoU"
    | "OneHotIoU"
    | "OneHotMeanIoU" -> [ measure (iouOf case) ]
    // as a metric the cosine has the other sign
    | "CosineSimilarity" -> [ { measure (Metric.ofLoss (lossOf case)) with Finish = (~-) } ]
    | _ -> [ measure (Metric.ofLoss (lossOf case)) ]

/// Labels, outputs and weights with each output as a sample of its own.
let private eachOutput (labels: Tensor) (output: Tensor) (weights: Tensor option) =
    let spread (w: Tensor) =
        let w =
            if w.Rank = 0 || w.Rank = output.Rank then
                w
            else
                Tensor.reshape (w.Shape @ [ 1 ]) w

        Tensor.flatten (Tensor.broadcastTo output.Shape w)

    if labels.Size <> output.Size then
        unsupported "labels that are broadcast"

    Tensor.flatten labels, Tensor.flatten output, Option.map spread weights

let private demandClasses count (numbers: Tensor) =
    for n in Tensor.toFloat64Array numbers do
        if n < 0.0 || n >= float count then
            unsupported "labels and predictions that are no classes"

/// The scores of classes for predictions that are class numbers, rows of which Keras makes them itself.
let private asScores (case: Case) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
    match case.Class with
    | "IoU"
    | "MeanIoU" ->
        let classes = int (float' "num_classes" 2.0 case)
        let numbers = Tensor.cast Int32 (Tensor.flatten output)
        List.iter (demandClasses classes) [ labels; numbers ]
        Tensor.flatten labels, Tensor.oneHot classes numbers, weights |> Option.map Tensor.flatten
    | "BinaryIoU" -> eachOutput labels output weights
    | _ -> labels, output, weights

let private rowWeights (metric: Metric) (output: Tensor) (weights: Tensor) =
    let rows =
        if output.Rank <= 1 || metric.Name = "auc" then
            output.Shape
        else
            List.truncate (output.Rank - 1) output.Shape

    if weights.Shape = List.truncate (max 1 (rows.Length - 1)) rows then
        weights
    else
        weightsFor rows weights

/// The plain mean of scores leaves out the classes that do not appear, as scikit-learn; Keras counts them as 0.
let private demandAllAppear (case: Case) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
    if case.Class = "FBetaScore" && word "average" "" case = "macro" && not (isGiven "threshold" case) then
        let counts =
            match weights with
            | Some weights -> Tensor.toFloat64Array weights |> Array.map ((<>) 0.0)
            | None -> Array.create output.Shape.Head true

        let seen =
            [ for x in [ labels; output ] do
                  for row, n in Array.indexed (Tensor.toInts (Tensor.argmax -1 x)) do
                      if counts[row] then
                          n ]

        if (List.distinct seen).Length < List.last output.Shape then
            unsupported "a mean over classes that do not appear"

let private valueOf (case: Case) (updates: JsonElement) (measure: Measure) =
    let state = measure.Metric.Create()

    for batch in updates.EnumerateArray() do
        match input "y_true" batch, input "y_pred" batch with
        | Some labels, Some output when output.Rank > 0 ->
            let rows = List.truncate (output.Rank - 1) output.Shape

            // Keras reshapes class numbers to the rows of the output; here their shapes must agree
            if case.Class = "SparseCategoricalAccuracy" && labels.Shape <> rows && labels.Shape <> rows @ [ 1 ] then
                unsupported "labels that are reshaped to the rows of the output"

            let weights = input "sample_weight" batch |> Option.map floats

            let labels, output, weights =
                if measure.EachOutput then
                    eachOutput labels (floats output) weights
                else
                    asScores case labels (floats output) weights

            demandAllAppear case labels output weights
            state.Add(labels, output, Option.map (rowWeights measure.Metric output) weights)
        | _ -> unsupported "values without labels and outputs"

    measure.Finish state.Result

/// Judges a case of metrics.
let runMetric (case: Case) : Outcome =
    match property "updates" case.Root with
    | None -> unsupported "the function apart from its metric"
    | Some updates ->
        let measures = metricsOf case
        judgeNumbers case [| for measure in measures -> valueOf case updates measure |]
