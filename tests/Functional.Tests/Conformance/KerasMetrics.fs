/// Keras's own cases of metrics, through the public functions.
module Functional.Tests.Conformance.KerasMetrics

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasLosses

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

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

/// A metric of a case: what is done with its value, and whether each output counts as a sample of its own.
type private Measure = { Metric: Metric; Finish: float -> float; EachOutput: bool }

let private measure metric = { Metric = metric; Finish = id; EachOutput = false }

/// The thresholds of a case, of which each makes a metric.
let private thresholds (case: Case) =
    match Map.tryFind "thresholds" case.Config with
    | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
    | Some _
    | None -> [ float' "thresholds" 0.5 case ]

/// The numbers of an option that is a list.
let private listOf name (case: Case) =
    match Map.tryFind name case.Config with
    | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
    | Some _
    | None -> []

let private aucOf (case: Case) =
    demandOnly
        [ "num_thresholds"
          "thresholds"
          "curve"
          "summation_method"
          "multi_label"
          "label_weights"
          "from_logits"
          "name"
          "dtype" ]
        case

    Metric.aucWith
        { Thresholds = int (float' "num_thresholds" 200.0 case)
          ManualThresholds = listOf "thresholds" case
          Curve =
            match word "curve" "ROC" case with
            | "ROC" -> AucCurve.Roc
            | "PR" -> AucCurve.PrecisionRecall
            | "PRGAIN" -> AucCurve.PrecisionRecallGain
            | curve -> unsupported $"the curve %s{curve}"
          Summation =
            match word "summation_method" "interpolation" case with
            | "minoring" -> AucSummation.Minoring
            | "majoring" -> AucSummation.Majoring
            | _ -> AucSummation.Interpolation
          MultiLabel = flag "multi_label" case
          LabelWeights = listOf "label_weights" case
          FromLogits = flag "from_logits" case }

/// One metric, or one for each class of the output where there is no average.
let private fBetasOf (case: Case) : Metric list =
    demandOnly [ "beta"; "average"; "threshold"; "name"; "dtype" ] case
    let beta = float' "beta" 1.0 case

    // Keras counts classes that do not appear as 0
    let options =
        if isGiven "threshold" case then
            { ScoreOptions.defaults with MultiLabel = true; Threshold = float' "threshold" 0.5 case }
        else
            { ScoreOptions.defaults with CountsAbsent = true }

    let averaged average = [ Metric.fBetaWith beta { options with Average = Some average } ]

    match word "average" "" case with
    | "micro" -> averaged Average.Micro
    | "macro" -> averaged Average.Macro
    | "weighted" -> averaged Average.Weighted
    | _ ->
        let count =
            match property "updates" case.Root with
            | Some updates when updates.GetArrayLength() > 0 ->
                input "y_pred" updates[0]
                |> Option.map (fun output -> List.last output.Shape)
                |> Option.defaultValue 0
            | Some _
            | None -> 0

        [ for c in 0 .. count - 1 -> Metric.fBetaWith beta { options with Class = Some c } ]

let private iouOf (case: Case) =
    demandOnly
        [ "num_classes"
          "target_class_ids"
          "threshold"
          "ignore_class"
          "sparse_y_true"
          "sparse_y_pred"
          "axis"
          "name"
          "dtype" ]
        case

    let classes = int (float' "num_classes" 2.0 case)
    let targets = listOf "target_class_ids" case |> List.map int

    match case.Class with
    | "BinaryIoU" -> Metric.binaryIou targets (float' "threshold" 0.5 case)
    | "OneHotIoU" -> Metric.oneHotIou classes targets
    | "OneHotMeanIoU" -> Metric.oneHotMeanIou classes
    | _ ->
        let sparse name = float' name 1.0 case <> 0.0

        Metric.iouOf
            { Classes = classes
              TargetClasses = targets
              IgnoreClass =
                if isGiven "ignore_class" case then
                    Some(int (float' "ignore_class" 0.0 case))
                else
                    None
              SparseLabels = sparse "sparse_y_true"
              SparseOutputs = sparse "sparse_y_pred"
              Axis = int (float' "axis" -1.0 case) }

/// One metric, or one for each output where scores are not joined.
let private r2sOf (case: Case) : Metric list =
    demandOnly [ "class_aggregation"; "num_regressors"; "name"; "dtype" ] case

    let make aggregation =
        Metric.r2With { Aggregation = aggregation; Regressors = int (float' "num_regressors" 0.0 case) }

    match Map.containsKey "class_aggregation" case.Config, word "class_aggregation" "" case with
    | false, _
    | true, "uniform_average" -> [ make R2Aggregation.UniformAverage ]
    | true, "variance_weighted_average" -> [ make R2Aggregation.VarianceWeightedAverage ]
    | true, _ ->
        let shape = numbers ((case.Root.GetProperty "expected").GetProperty "shape")
        [ for i in 0 .. int shape[0] - 1 -> make (R2Aggregation.Output i) ]

let private countsOf (case: Case) make =
    demandOnly [ "thresholds"; "top_k"; "class_id"; "name"; "dtype" ] case

    let given = isGiven "thresholds" case

    let options (threshold: float) =
        if isGiven "top_k" case then
            let ofTopK = ScoreOptions.ofTopK (int (float' "top_k" 1.0 case))
            if given then { ofTopK with Threshold = threshold } else ofTopK
        elif isGiven "class_id" case then
            { ScoreOptions.defaults with
                MultiLabel = true
                Threshold = threshold
                Class = Some(int (float' "class_id" 0.0 case)) }
        else
            { ScoreOptions.defaults with Threshold = threshold }

    [ for threshold in thresholds case ->
          { measure (make (options threshold)) with
              EachOutput = not (isGiven "top_k" case || isGiven "class_id" case) } ]

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
    | "SparseTopKCategoricalAccuracy" ->
        let k = int (float' "k" 5.0 case)
        only [ "k"; "from_sorted_ids" ] (if flag "from_sorted_ids" case then Metric.topKOfIds k else Metric.topK k)
    | "Accuracy" -> only [] Metric.equality |> List.map (fun measure -> { measure with EachOutput = true })
    | "Mean" -> only [] Metric.mean
    | "Sum" -> only [] Metric.sum
    | "PearsonCorrelation" -> only [ "axis" ] Metric.pearsonCorrelation
    | "ConcordanceCorrelation" -> only [ "axis" ] Metric.concordanceCorrelation
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
    | "R2Score" -> List.map measure (r2sOf case)
    | "AUC" -> [ measure (aucOf case) ]
    | "FBetaScore" -> List.map measure (fBetasOf case)
    | "IoU"
    | "MeanIoU"
    | "BinaryIoU"
    | "OneHotIoU"
    | "OneHotMeanIoU" -> [ measure (iouOf case) ]
    | "CosineSimilarity" -> only [ "axis" ] Metric.cosineSimilarity
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

/// Predictions that Keras flattens, with labels and weights: class numbers in any shape.
let private asScores (case: Case) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
    match case.Class with
    | "IoU"
    | "MeanIoU" -> labels, Tensor.cast Int32 output, weights
    | "Precision"
    | "Recall" when output.Rank = 1 ->
        // a single row of several labels
        let row (x: Tensor) = Tensor.reshape [ 1; x.Size ] x
        row labels, row output, weights |> Option.map (fun w -> if w.Rank = 0 then Tensor.flatten w else row w)
    | _ -> labels, output, weights

let private rowWeights (metric: Metric) (output: Tensor) (weights: Tensor) =
    let ofOutputs = List.contains metric.Name [ "auc"; "mean"; "sum"; "iou"; "binary_iou" ]

    let rows =
        if output.Rank <= 1 || ofOutputs then
            output.Shape
        else
            List.truncate (output.Rank - 1) output.Shape

    if
        metric.Name = "mean"
        || metric.Name = "sum"
        || weights.Shape = List.truncate (max 1 (rows.Length - 1)) rows
    then
        weights
    else
        weightsFor rows weights

let private valueOf (case: Case) (updates: JsonElement) (measure: Measure) =
    let state = measure.Metric.Create()

    for batch in updates.EnumerateArray() do
        let values = input "values" batch

        match Option.orElse values (input "y_true" batch), Option.orElse values (input "y_pred" batch) with
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

            state.Add(labels, output, Option.map (rowWeights measure.Metric output) weights)
        | _ -> unsupported "values without labels and outputs"

    measure.Finish state.Result

/// Judges a case of metrics.
let runMetric (case: Case) : Outcome =
    match property "updates" case.Root with
    | None ->
        let inputs = case.Root.GetProperty "inputs"

        match case.Class, input "y_true" inputs, input "y_pred" inputs with
        | "pearson_correlation", Some labels, Some output -> judge case (Metric.pearsonOfRows labels output)
        | "concordance_correlation", Some labels, Some output -> judge case (Metric.concordanceOfRows labels output)
        | _ -> unsupported "the function apart from its metric"
    | Some updates ->
        let measures = metricsOf case
        judgeNumbers case [| for measure in measures -> valueOf case updates measure |]
