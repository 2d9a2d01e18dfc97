namespace Functional

open LossParts
open MetricParts

/// The points of a ROC curve, from the strictest threshold to the loosest.
type RocCurve =
    {
        /// The share of negatives whose score reaches the threshold; the first is 0, the last 1.
        FalsePositiveRates: float[]
        /// The share of positives whose score reaches the threshold; the first is 0, the last 1.
        TruePositiveRates: float[]
        /// The thresholds, falling; the first is infinity, where nothing is taken as positive.
        Thresholds: float[]
    }

/// Areas under curves of scores.
module internal Ranking =
    /// Weights of negatives and positives whose scores reach each distinct score, falling, with the scores.
    let steps (scores: float[]) (positive: bool[]) (weights: float[]) =
        let order = Array.init scores.Length id
        System.Array.Sort(Array.map (~-) scores, order)
        let points = ResizeArray<struct (float * float * float)>()
        let mutable negatives, positives = 0.0, 0.0

        for k in 0 .. order.Length - 1 do
            let i = order[k]

            if positive[i] then
                positives <- positives + weights[i]
            else
                negatives <- negatives + weights[i]

            if k = order.Length - 1 || scores[order[k + 1]] <> scores[i] then
                points.Add(struct (scores[i], negatives, positives))

        points.ToArray()

    /// The exact area under the ROC curve: equal scores count half. NaN where a side is missing or a score is NaN.
    let area (scores: float[]) (positive: bool[]) (weights: float[]) =
        if Array.exists System.Double.IsNaN scores then
            nan
        else
            let mutable sum, negatives, positives = 0.0, 0.0, 0.0

            for struct (_, n, p) in steps scores positive weights do
                sum <- sum + (n - negatives) * (p + positives) / 2.0
                negatives <- n
                positives <- p

            if negatives = 0.0 || positives = 0.0 then
                nan
            else
                sum / (negatives * positives)

/// Metrics of the order that scores give.
[<AutoOpen>]
module MetricsOfRanking =

    /// Metrics of the order that scores give.
    module Metric =

        /// The area under the ROC curve, exact: the chance that a positive sample gets a higher score than a negative
        /// one, where equal scores count half.
        ///
        /// One output a sample, or two of which the second counts, with labels 0 and 1; for more classes the mean over
        /// the classes of each against the rest, with labels that are class numbers or one-hot, and for labels of
        /// several ones a row the mean over the columns. Columns without positives or without negatives are left out;
        /// NaN if none is left, or if a score is NaN. It keeps all scores of a pass. scikit-learn: roc_auc_score
        /// (macro, one versus rest), which refuses absent classes; Keras's AUC is an approximation by 200 thresholds.
        let auc: Metric =
            { Name = "auc"
              HigherIsBetter = true
              Create =
                fun () ->
                    // The scores, answers and weights of each column.
                    let mutable columns: (ResizeArray<float> * ResizeArray<bool>)[] = [||]
                    let weightsOfRows = ResizeArray<float>()

                    let add (scores: float[]) (answers: int -> int -> bool) width (picked: int[]) (weights: float[]) =
                        if columns.Length = 0 then
                            columns <- Array.init picked.Length (fun _ -> ResizeArray(), ResizeArray())
                        elif columns.Length <> picked.Length then
                            Fail.shapes
                                "auc"
                                [ "output", [ Shape.unknown; width ] ]
                                "the batches before had another number of classes.\nEvery batch must have as many."

                        for k in 0 .. picked.Length - 1 do
                            let column, positive = columns[k]

                            for row in 0 .. weights.Length - 1 do
                                column.Add(scores[row * width + picked[k]])
                                positive.Add(answers row picked[k])

                        weightsOfRows.AddRange weights

                    { new MetricState() with
                        override _.Add(labels, output, weights) =
                            let scores = Tensor.toFloat64Array output
                            let shape, width = rowsOf output.Shape
                            let weights = rowWeights "auc" weights shape

                            if Classes.single output.Shape then
                                if not (elementwise labels.Shape output.Shape) then
                                    mismatch "auc" "" LabelKind.Numbers labels.Shape output.Shape

                                let right = Classes.numbers "auc" 2 labels
                                add scores (fun row _ -> right[row] = 1) 1 [| 0 |] weights
                            elif isClassNumbers labels.Shape output.Shape then
                                let right = Classes.numbers "auc" width labels
                                let picked = if width = 2 then [| 1 |] else Array.init width id
                                add scores (fun row c -> right[row] = c) width picked weights
                            elif labels.Shape = output.Shape then
                                let answers = Classes.numbers "auc" 2 (Tensor.flatten labels)

                                add
                                    scores
                                    (fun row c -> answers[row * width + c] = 1)
                                    width
                                    (Array.init width id)
                                    weights
                            else
                                mismatch "auc" "" LabelKind.Shares labels.Shape output.Shape

                        override _.Result =
                            let weights = weightsOfRows.ToArray()

                            let areas =
                                columns
                                |> Array.choose (fun (scores, positive) ->
                                    let scores, positive = scores.ToArray(), positive.ToArray()
                                    let area = Ranking.area scores positive weights
                                    let absent = Array.forall ((=) true) positive || Array.forall ((=) false) positive
                                    if absent then None else Some area)

                            if areas.Length = 0 then nan else Array.average areas } }

        /// The ROC curve of scores [n] or [n; 1] for labels 0 and 1: how many of the negatives and of the positives
        /// reach each threshold, with a point for each distinct score.
        ///
        /// scikit-learn: roc_curve with drop_intermediate=False. Labels of one kind alone and NaN scores are errors.
        let rocCurve (labels: Tensor) (scores: Tensor) : RocCurve =
            if not (Classes.single scores.Shape && elementwise labels.Shape scores.Shape) then
                Fail.shapes
                    "rocCurve"
                    [ "labels", labels.Shape; "scores", scores.Shape ]
                    "one score and one label a sample are needed.\n\
                      For several classes take one column, and 1 where the label is its class."

            let positive = Classes.numbers "rocCurve" 2 labels |> Array.map ((=) 1)
            let values = Tensor.toFloat64Array scores

            match Array.tryFindIndex System.Double.IsNaN values with
            | Some row -> Fail.data "rocCurve" $"the score of row {row} (counted from 0) is NaN."
            | None -> ()

            if Array.forall id positive || not (Array.exists id positive) then
                Fail.data "rocCurve" "the labels are all of one kind; a curve needs positives and negatives."

            let points = Ranking.steps values positive (Array.create values.Length 1.0)
            let struct (_, negatives, positives) = Array.last points

            { FalsePositiveRates = points |> Array.map (fun struct (_, n, _) -> n / negatives) |> Array.insertAt 0 0.0
              TruePositiveRates = points |> Array.map (fun struct (_, _, p) -> p / positives) |> Array.insertAt 0 0.0
              Thresholds = points |> Array.map (fun struct (s, _, _) -> s) |> Array.insertAt 0 infinity }
