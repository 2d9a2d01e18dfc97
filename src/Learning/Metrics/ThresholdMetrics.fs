namespace Functional

open LossParts
open MetricParts

/// The curve under which an area is taken.
[<RequireQualifiedAccess>]
type AucCurve =
    /// The true positive rate over the false positive rate.
    | Roc
    /// The precision over the recall.
    | PrecisionRecall
    /// The precision gain over the recall gain, 1 - (P / N) FP / TP and 1 - (P / N) FN / TP with P positives and N
    /// negatives: precision and recall beside those of a classifier that always says yes. (Flach and Kull 2015,
    /// "Precision-recall-gain curves: PR analysis done right".)
    | PrecisionRecallGain

/// How the area between two thresholds is summed.
[<RequireQualifiedAccess>]
type AucSummation =
    /// By the mean of both heights; under the curve of precision and recall by Davis and Goadrich's interpolation.
    | Interpolation
    /// By the smaller height: a lower bound.
    | Minoring
    /// By the larger height: an upper bound.
    | Majoring

/// Options of the area under a curve by thresholds; Keras's names and defaults.
type AucOptions =
    {
        /// How many thresholds there are, evenly from 0 to 1 (Keras: num_thresholds). Default 200.
        Thresholds: int
        /// Thresholds between 0 and 1 instead of even ones, to which the two ends are added (Keras: thresholds). Default
        /// none.
        ManualThresholds: float list
        /// Default Roc.
        Curve: AucCurve
        /// Default Interpolation.
        Summation: AucSummation
        /// Whether each column of the output has an area of its own, of which the mean is taken; otherwise all outputs
        /// are taken as one column. Default false.
        MultiLabel: bool
        /// How much each column of the output counts: in the mean of the areas with MultiLabel, and else as a weight of
        /// its outputs (Keras: label_weights). Default none: all alike.
        LabelWeights: float list
        /// Whether the outputs are logits, to be taken through a sigmoid. Default false.
        FromLogits: bool
    }

    /// Keras's defaults.
    static member defaults =
        { Thresholds = 200
          ManualThresholds = []
          Curve = AucCurve.Roc
          Summation = AucSummation.Interpolation
          MultiLabel = false
          LabelWeights = []
          FromLogits = false }

/// Areas under curves of counts at falling sharpness: thresholds ascend, so counts fall.
module internal ThresholdCurves =
    /// The true and false positives of one column at each threshold, and all its positives and negatives.
    type Counts = { TruePositives: float[]; FalsePositives: float[]; Positives: float; Negatives: float }

    let private sumPairs f (xs: float[]) (ys: float[]) =
        Seq.sum (seq { for i in 0 .. xs.Length - 2 -> f xs[i] xs[i + 1] ys[i] ys[i + 1] })

    /// The area under y(x), whose x fall.
    let private area summation xs ys =
        let height (a: float) (b: float) =
            match summation with
            | AucSummation.Interpolation -> (a + b) / 2.0
            | AucSummation.Minoring -> min a b
            | AucSummation.Majoring -> max a b

        sumPairs (fun x next y nextY -> (x - next) * height y nextY) xs ys

    /// Between two thresholds the true positives grow in proportion to all that is taken as positive, so that the
    /// precision is no straight line (Davis and Goadrich 2006).
    let private interpolatedPrecision (c: Counts) =
        let taken = Array.map2 (+) c.TruePositives c.FalsePositives

        (taken, c.TruePositives)
        ||> sumPairs (fun p next tp nextTp ->
            let slope = ratio (tp - nextTp) (max 0.0 (p - next))
            let intercept = nextTp - slope * next
            let growth = if p > 0.0 && next > 0.0 then p / next else 1.0
            ratio (slope * (tp - nextTp + intercept * log growth)) (max 0.0 c.Positives))

    let sensitivities (c: Counts) = c.TruePositives |> Array.map (fun n -> ratio n c.Positives)
    let specificities (c: Counts) = c.FalsePositives |> Array.map (fun n -> ratio (c.Negatives - n) c.Negatives)

    let precisions (c: Counts) = Array.map2 (fun tp fp -> ratio tp (tp + fp)) c.TruePositives c.FalsePositives

    /// Recall gains and precision gains, as Keras takes them: without true positives 0 and 1, and no recall gain below 0.
    let private gains (c: Counts) =
        let odds = ratio c.Positives c.Negatives

        let recall tp = if tp = 0.0 then 0.0 else max 0.0 (1.0 - odds * (c.Positives - tp) / tp)
        let precision tp fp = if tp = 0.0 then 1.0 else 1.0 - odds * fp / tp
        Array.map recall c.TruePositives, Array.map2 precision c.TruePositives c.FalsePositives

    let areaOf curve summation (c: Counts) =
        let truePositiveRates = sensitivities c

        match curve, summation with
        | AucCurve.Roc, _ ->
            let falsePositiveRates = c.FalsePositives |> Array.map (fun n -> ratio n c.Negatives)
            area summation falsePositiveRates truePositiveRates
        | AucCurve.PrecisionRecallGain, _ -> gains c ||> area summation
        | AucCurve.PrecisionRecall, AucSummation.Interpolation -> interpolatedPrecision c
        | AucCurve.PrecisionRecall, AucSummation.Minoring
        | AucCurve.PrecisionRecall, AucSummation.Majoring -> area summation truePositiveRates (precisions c)

    /// Keras's thresholds: evenly from 0 to 1, or the given ones, with the ends moved out by 1e-7.
    let thresholds (options: AucOptions) =
        let inner =
            match options.ManualThresholds with
            | [] -> [ for i in 1 .. options.Thresholds - 2 -> float i / float (options.Thresholds - 1) ]
            | given -> List.sort given

        [| -1e-7; yield! inner; 1.0 + 1e-7 |]

    /// The weights of an output's outputs with those of its columns, where these count as weights.
    let private withLabelWeights name (options: AucOptions) columns (weights: Tensor) =
        let given = options.LabelWeights

        if given.IsEmpty then
            weights
        elif given.Length <> columns then
            Fail.argument name "labelWeights" given.Length $"is not the number of columns of the output, {columns}."
        elif options.MultiLabel then
            weights
        else
            weights * Tensor.ofFloat64Array [ columns ] (Array.ofList given)

    /// A batch as [rows; columns] of labels, scores and weights.
    let private columnsOf name (options: AucOptions) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
        let rows, columns = rowsOf output.Shape

        let labels =
            if columns > 1 && isClassNumbers labels.Shape output.Shape then
                let numbers = Tensor.reshape (rows @ [ 1 ]) (Tensor.cast Int32 labels)
                Tensor.equal numbers (Tensor.arangeInt 0 columns)
            elif elementwise labels.Shape output.Shape then
                labels
            else
                mismatch name "" LabelKind.Shares labels.Shape output.Shape

        let matrix (x: Tensor) =
            let width = if options.MultiLabel then columns else 1
            Tensor.reshape [ output.Size / max 1 width; width ] (real x)

        let weights =
            match weights with
            | None -> Tensor.onesOf Float64 output.Shape
            | Some weights when weights.Shape = output.Shape -> weights
            | Some weights when columns = 1 -> rowWeights name rows weights
            | Some weights -> Tensor.broadcastTo output.Shape (Tensor.expandDims -1 (rowWeights name rows weights))

        let scores = if options.FromLogits then Tensor.sigmoid (real output) else real output
        matrix labels, matrix scores, matrix (withLabelWeights name options columns (real weights))

    /// The highest value of one rate over the thresholds at which another is at least so high; 0 where it never is.
    let bestWhere (constrained: Counts -> float[]) (least: float) (wanted: Counts -> float[]) (c: Counts) =
        Array.zip (constrained c) (wanted c)
        |> Array.fold (fun best (rate, value) -> if rate >= least then max best value else best) 0.0

    /// The counts of each column and threshold as a state: true and false positives [columns; thresholds], and all
    /// positives and negatives [columns]. The result is the mean of the columns' values.
    let accumulator name (options: AucOptions) (value: Counts -> float) (output: Signature) : MetricAccumulator =
        let width = if options.MultiLabel then snd (rowsOf output.Shape) else 1
        let limits = thresholds options
        let counts = Tensor.zerosOf Float64 [ width; limits.Length ]
        let totals = Tensor.zerosOf Float64 [ width ]

        let update (state: Tensor list) labels output weights =
            let labels, scores, weights = columnsOf name options labels output weights
            let kept = weigh weights (Tensor.onesLike weights)
            let positive = kept * labels
            let negative = kept * (1.0 - labels)

            let above =
                Tensor.greater (Tensor.expandDims -1 scores) (Tensor.ofFloat64Array [ limits.Length ] limits)

            let reach (x: Tensor) = Tensor.sumOver [ 0 ] (Tensor.where above (Tensor.expandDims -1 x) (number 0.0))

            [ state[0] + reach positive
              state[1] + reach negative
              state[2] + Tensor.sumOver [ 0 ] positive
              state[3] + Tensor.sumOver [ 0 ] negative ]

        let result (state: Tensor list) =
            let rows (x: Tensor) = Array.chunkBySize limits.Length (Tensor.toFloat64Array x)
            let truePositives, falsePositives = rows state[0], rows state[1]
            let positives, negatives = Tensor.toFloat64Array state[2], Tensor.toFloat64Array state[3]

            let values =
                Array.init width (fun c ->
                    value
                        { TruePositives = truePositives[c]
                          FalsePositives = falsePositives[c]
                          Positives = positives[c]
                          Negatives = negatives[c] })

            if options.MultiLabel && not options.LabelWeights.IsEmpty then
                let shares = Array.ofList options.LabelWeights
                ratio (Array.sum (Array.map2 (*) shares values)) (Array.sum shares)
            else
                Array.average values

        { Init = [ counts; counts; totals; totals ]; Update = update; Result = result }

/// Metrics of counts at many thresholds.
[<AutoOpen>]
module MetricsOfThresholds =

    /// Metrics of counts at many thresholds.
    module Metric =

        /// The mean over the columns of a value of their counts, with the same of logits beside it.
        let private ofColumns name (options: AucOptions) value : Metric =
            let ofOptions options =
                ofAccumulator name true noCheck (fun _ output -> ThresholdCurves.accumulator name options value output)

            if options.FromLogits then
                ofOptions options
            else
                { ofOptions options with OfLogits = Some(ofOptions { options with FromLogits = true }) }

        /// The area under the ROC curve, or under that of precision and recall, by thresholds as Keras's AUC: an
        /// approximation that keeps counts instead of scores, so that it can be gathered inside the step of training.
        /// `Metric.auc` is exact.
        ///
        /// Labels are 0 and 1 in the shape of the output, or class numbers for a row of outputs; outputs from 0 to 1
        /// count as positive where they are strictly above a threshold. Where a rate divides by 0 it is 0. Less than 2
        /// thresholds, and manual ones outside [0, 1], are errors.
        let aucWith (options: AucOptions) : Metric =
            let name = "auc"

            if options.Thresholds < 2 then
                Fail.argument name "thresholds" options.Thresholds "is below 2, the two ends; Keras's default is 200."

            for threshold in options.ManualThresholds do
                demand name "manualThresholds" threshold (threshold >= 0.0 && threshold <= 1.0) "is outside [0, 1]."

            ofColumns name options (ThresholdCurves.areaOf options.Curve options.Summation)

        /// The best value of one rate where another is at least so high, by Keras's 200 thresholds.
        let private bestWhere name option constrained (least: float) wanted : Metric =
            demand name option least (least >= 0.0 && least <= 1.0) "is no share; give a number from 0 to 1."
            ofColumns name AucOptions.defaults (ThresholdCurves.bestWhere constrained least wanted)

        /// The highest sensitivity (recall) at a threshold where the specificity is at least so high, of 200 thresholds;
        /// 0 where it never is. Labels and outputs as for `aucWith`. Keras: SensitivityAtSpecificity.
        let sensitivityAtSpecificity (specificity: float) : Metric =
            let name = "sensitivity_at_specificity"
            bestWhere name "specificity" ThresholdCurves.specificities specificity ThresholdCurves.sensitivities

        /// The highest specificity at a threshold where the sensitivity (recall) is at least so high, of 200 thresholds;
        /// 0 where it never is. Labels and outputs as for `aucWith`. Keras: SpecificityAtSensitivity.
        let specificityAtSensitivity (sensitivity: float) : Metric =
            let name = "specificity_at_sensitivity"
            bestWhere name "sensitivity" ThresholdCurves.sensitivities sensitivity ThresholdCurves.specificities

        /// The highest precision at a threshold where the recall is at least so high, of 200 thresholds; 0 where it never
        /// is. Labels and outputs as for `aucWith`. Keras: PrecisionAtRecall.
        let precisionAtRecall (recall: float) : Metric =
            bestWhere "precision_at_recall" "recall" ThresholdCurves.sensitivities recall ThresholdCurves.precisions

        /// The highest recall at a threshold where the precision is at least so high, of 200 thresholds; 0 where it never
        /// is. Labels and outputs as for `aucWith`. Keras: RecallAtPrecision.
        let recallAtPrecision (precision: float) : Metric =
            bestWhere
                "recall_at_precision"
                "precision"
                ThresholdCurves.precisions
                precision
                ThresholdCurves.sensitivities
