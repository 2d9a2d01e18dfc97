namespace Functional

/// Scores whose samples have weights.
module internal WeightedRanking =
    /// Which samples are positive, their scores and their weights; without those of weight 0, which make no step of a curve.
    let read operation (weights: Tensor) (labels: Tensor) (scores: Tensor) : bool[] * float[] * float[] =
        let positive, values = Ranking.read operation labels scores
        let weights = SampleWeights.read operation values.Length weights
        let kept (all: 'T[]) = Array.zip weights all |> Array.filter (fun (w, _) -> w > 0.0) |> Array.map snd
        kept positive, kept values, kept weights

/// ROC curves, and the areas under them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RocCurve =
    /// The ROC curve of scores [n] or [n; 1] for labels 0 and 1, with a point for each distinct score; samples of equal
    /// scores are taken together. scikit-learn: roc_curve with drop_intermediate=False.
    ///
    /// Raises `InvalidData` where the labels are all of one kind or a score is NaN.
    let ofScores (labels: Tensor) (scores: Tensor) : RocCurve = Metric.rocCurve labels scores

    /// `ofScores` with a weight for each sample [n], 0 or more. scikit-learn: sample_weight.
    let ofScoresWeighted (weights: Tensor) (labels: Tensor) (scores: Tensor) : RocCurve =
        let operation = "RocCurve.ofScoresWeighted"
        let positive, values, weights = WeightedRanking.read operation weights labels scores
        Ranking.demandBoth operation positive
        Ranking.rocCurve values positive weights

    /// The area under the curve, by trapezoids: equal scores count half. scikit-learn: roc_auc_score.
    let area (curve: RocCurve) : float =
        let rates = Array.zip curve.FalsePositiveRates curve.TruePositiveRates
        rates |> Array.pairwise |> Array.sumBy (fun ((x0, y0), (x1, y1)) -> (x1 - x0) * (y0 + y1) / 2.0)

    /// The curve without the points that lie on a straight line between their neighbours, so that it draws alike.
    /// scikit-learn: roc_curve with drop_intermediate=True.
    let simplified (curve: RocCurve) : RocCurve =
        let x, y = curve.FalsePositiveRates, curve.TruePositiveRates
        // rates are counts by a common total, so that steps of equal counts differ by rounding alone
        let turns (rates: float[]) i = abs (rates[i + 1] - 2.0 * rates[i] + rates[i - 1]) > 1e-12
        // the first score stays beside the point at infinity
        let kept i = i <= 1 || i = x.Length - 1 || turns x i || turns y i

        let pick (values: float[]) =
            [| for i in 0 .. values.Length - 1 do
                   if kept i then
                       values[i] |]

        { FalsePositiveRates = pick x; TruePositiveRates = pick y; Thresholds = pick curve.Thresholds }

    /// The true positive rate at a false positive rate, linear between points, as for the mean of several curves. A rate
    /// outside 0 to 1 is an error.
    let sensitivityAt (falsePositiveRate: float) (curve: RocCurve) : float =
        if not (falsePositiveRate >= 0.0 && falsePositiveRate <= 1.0) then
            Fail.argument
                "RocCurve.sensitivityAt"
                "falsePositiveRate"
                falsePositiveRate
                "is no rate; give a number from 0 to 1."

        let x, y = curve.FalsePositiveRates, curve.TruePositiveRates
        let last = Array.findIndexBack (fun rate -> rate <= falsePositiveRate) x

        if last = x.Length - 1 then
            y[last]
        else
            y[last] + (falsePositiveRate - x[last]) * (y[last + 1] - y[last]) / (x[last + 1] - x[last])

/// The points of a precision-recall curve, from the lowest threshold to the highest.
type PrecisionRecallCurve =
    {
        /// Of the samples whose score reaches the threshold, the share that are positive; the last is 1.
        Precisions: float[]
        /// Of the positive samples, the share whose score reaches the threshold; the last is 0.
        Recalls: float[]
        /// The thresholds, ascending: one for each point but the last, at which nothing is taken as positive.
        Thresholds: float[]
        /// The share of positive samples: the precision of guessing.
        Prevalence: float
    }

/// Precision-recall curves, and the areas under them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PrecisionRecallCurve =
    let private ofRanking operation (positive: bool[]) (values: float[]) (weights: float[]) : PrecisionRecallCurve =
        if not (Array.exists id positive) then
            Fail.data operation "no label is 1, so that there is no recall; a curve needs positives."

        let points = Ranking.steps values positive weights |> Array.rev
        let struct (_, negatives, positives) = points[0]

        { Precisions = Array.append (points |> Array.map (fun struct (_, n, p) -> p / (n + p))) [| 1.0 |]
          Recalls = Array.append (points |> Array.map (fun struct (_, _, p) -> p / positives)) [| 0.0 |]
          Thresholds = points |> Array.map (fun struct (score, _, _) -> score)
          Prevalence = positives / (negatives + positives) }

    /// The precision-recall curve of scores [n] or [n; 1] for labels 0 and 1, with a point for each distinct score.
    /// scikit-learn: precision_recall_curve.
    ///
    /// Raises `InvalidData` where no label is 1 or a score is NaN. Without negatives all precisions are 1.
    let ofScores (labels: Tensor) (scores: Tensor) : PrecisionRecallCurve =
        let operation = "PrecisionRecallCurve.ofScores"
        let positive, values = Ranking.read operation labels scores
        ofRanking operation positive values (Array.create values.Length 1.0)

    /// `ofScores` with a weight for each sample [n], 0 or more. scikit-learn: sample_weight.
    let ofScoresWeighted (weights: Tensor) (labels: Tensor) (scores: Tensor) : PrecisionRecallCurve =
        let operation = "PrecisionRecallCurve.ofScoresWeighted"
        let positive, values, weights = WeightedRanking.read operation weights labels scores
        ofRanking operation positive values weights

    /// The average precision: the sum of precisions weighted by the steps of the recall, without interpolation.
    /// scikit-learn: average_precision_score.
    let averagePrecision (curve: PrecisionRecallCurve) : float =
        let recalls = curve.Recalls
        Seq.sum (seq { for i in 0 .. recalls.Length - 2 -> (recalls[i] - recalls[i + 1]) * curve.Precisions[i] })

    /// The area under the curve by trapezoids, which is too favourable where points are far apart; prefer
    /// `averagePrecision`. scikit-learn: auc(recall, precision).
    let area (curve: PrecisionRecallCurve) : float =
        Array.zip curve.Recalls curve.Precisions
        |> Array.pairwise
        |> Array.sumBy (fun ((r0, p0), (r1, p1)) -> (r0 - r1) * (p0 + p1) / 2.0)
