namespace Functional

/// The decisions at one threshold: a sample is taken as positive where its score reaches it (score >= threshold).
type OperatingPoint =
    {
        /// The threshold; infinity takes nothing as positive.
        Threshold: float
        /// Positives whose score reaches the threshold.
        TruePositives: int
        /// Negatives whose score reaches the threshold.
        FalsePositives: int
        /// Negatives whose score does not.
        TrueNegatives: int
        /// Positives whose score does not.
        FalseNegatives: int
    }

    /// TP / (TP + FN): the true positive rate, or recall.
    member p.Sensitivity =
        MetricParts.ratio (float p.TruePositives) (float (p.TruePositives + p.FalseNegatives))

    /// TN / (TN + FP).
    member p.Specificity =
        MetricParts.ratio (float p.TrueNegatives) (float (p.TrueNegatives + p.FalsePositives))

    /// FP / (TN + FP): 1 - specificity.
    member p.FalsePositiveRate =
        MetricParts.ratio (float p.FalsePositives) (float (p.TrueNegatives + p.FalsePositives))

    /// TP / (TP + FP); 0 where nothing is taken as positive.
    member p.Precision = MetricParts.ratio (float p.TruePositives) (float (p.TruePositives + p.FalsePositives))

    /// (TP + TN) / n
    member p.Accuracy =
        let right = p.TruePositives + p.TrueNegatives
        float right / float (right + p.FalsePositives + p.FalseNegatives)

    /// (1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP); 0 where that divides by 0.
    member p.FBeta(beta: float) =
        let weight = beta * beta
        let hits = (1.0 + weight) * float p.TruePositives
        MetricParts.ratio hits (hits + weight * float p.FalseNegatives + float p.FalsePositives)

    /// Youden's J: sensitivity + specificity - 1.
    member p.YoudenJ = p.Sensitivity + p.Specificity - 1.0

/// What each decision costs, in any unit. Right decisions cost nothing unless said.
type DecisionCosts =
    {
        /// A negative taken as positive. Default 1.
        FalsePositive: float
        /// A positive taken as negative. Default 1.
        FalseNegative: float
        /// A positive taken as positive. Default 0; below 0 it is a gain.
        TruePositive: float
        /// A negative taken as negative. Default 0; below 0 it is a gain.
        TrueNegative: float
    }

    /// Both errors cost 1, right decisions nothing.
    static member defaults = { FalsePositive = 1.0; FalseNegative = 1.0; TruePositive = 0.0; TrueNegative = 0.0 }

/// Choosing the threshold of a score.
///
/// All functions take labels 0 and 1 and one score a sample, [n] or [n; 1], and raise `InvalidData` where the labels are
/// all of one kind or a score is NaN. Choose on validation data: on the test data the choice makes scores too good.
[<RequireQualifiedAccess>]
module OperatingPoints =
    let private pointsOf operation labels scores : OperatingPoint[] =
        let positive, values = Ranking.read operation labels scores
        Ranking.demandBoth operation positive
        let steps = Ranking.steps values positive (Array.create values.Length 1.0)
        let struct (_, allNegatives, allPositives) = Array.last steps

        let point threshold negatives positives =
            { Threshold = threshold
              TruePositives = int positives
              FalsePositives = int negatives
              TrueNegatives = int (allNegatives - negatives)
              FalseNegatives = int (allPositives - positives) }

        Array.append
            [| point infinity 0.0 0.0 |]
            (steps |> Array.map (fun struct (score, negatives, positives) -> point score negatives positives))

    /// A point for every threshold that makes a difference, from infinity down to the lowest score.
    let all (labels: Tensor) (scores: Tensor) : OperatingPoint[] = pointsOf "OperatingPoints.all" labels scores

    /// The decisions at this threshold.
    let at (threshold: float) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let reached =
            pointsOf "OperatingPoints.at" labels scores |> Array.findBack (fun p -> p.Threshold >= threshold)

        { reached with Threshold = threshold }

    /// The total cost of the decisions of a point.
    let cost (costs: DecisionCosts) (point: OperatingPoint) : float =
        costs.FalsePositive * float point.FalsePositives
        + costs.FalseNegative * float point.FalseNegatives
        + costs.TruePositive * float point.TruePositives
        + costs.TrueNegative * float point.TrueNegatives

    /// The point of the least total cost; of equals that of the highest threshold. A cost that is not finite is an error.
    let byCost (costs: DecisionCosts) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let operation = "OperatingPoints.byCost"

        for name, value in
            [ "FalsePositive", costs.FalsePositive
              "FalseNegative", costs.FalseNegative
              "TruePositive", costs.TruePositive
              "TrueNegative", costs.TrueNegative ] do
            if not (System.Double.IsFinite value) then
                Fail.argument operation name value "is no cost; give a finite number."

        pointsOf operation labels scores |> Array.minBy (cost costs)

    /// The point of the largest Youden's J = sensitivity + specificity - 1; of equals that of the highest threshold.
    let byYouden (labels: Tensor) (scores: Tensor) : OperatingPoint =
        pointsOf "OperatingPoints.byYouden" labels scores |> Array.maxBy _.YoudenJ

    /// The point of the largest F-score; of equals that of the highest threshold. `beta` 1 weighs precision and recall
    /// alike, 2 recall more. A negative `beta` is an error.
    let byFBeta (beta: float) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let operation = "OperatingPoints.byFBeta"

        if not (beta >= 0.0 && beta < infinity) then
            Fail.argument operation "beta" beta "is not a number from 0 on; 1 weighs precision and recall alike."

        pointsOf operation labels scores |> Array.maxBy (fun point -> point.FBeta beta)

    let private demandRate operation name (rate: float) =
        if not (rate >= 0.0 && rate <= 1.0) then
            Fail.argument operation name rate "is no rate; give a number from 0 to 1."

    /// The highest threshold whose sensitivity (true positive rate, recall) is at least so high: the fewest false
    /// positives for it. A rate outside 0 to 1 is an error.
    let bySensitivity (least: float) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let operation = "OperatingPoints.bySensitivity"
        demandRate operation "least" least
        pointsOf operation labels scores |> Array.find (fun point -> point.Sensitivity >= least)

    /// The lowest threshold whose false positive rate is at most so high: the most true positives for it. A rate outside
    /// 0 to 1 is an error.
    let byFalsePositiveRate (most: float) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let operation = "OperatingPoints.byFalsePositiveRate"
        demandRate operation "most" most
        pointsOf operation labels scores |> Array.findBack (fun point -> point.FalsePositiveRate <= most)

    /// The point of the highest recall whose precision is at least so high. A rate outside 0 to 1 is an error of
    /// `InvalidArgument`, and a precision that no threshold reaches of `InvalidData`, which tells the highest.
    let byPrecision (least: float) (labels: Tensor) (scores: Tensor) : OperatingPoint =
        let operation = "OperatingPoints.byPrecision"
        demandRate operation "least" least
        let points = pointsOf operation labels scores |> Array.tail

        match points |> Array.tryFindBack (fun point -> point.Precision >= least) with
        | Some point -> point
        | None ->
            let best = points |> Array.map _.Precision |> Array.max
            Fail.data operation $"no threshold has a precision of {least}; the highest is {best}."

    /// The classes that the threshold of a point gives for scores: 1 where the score reaches it, else 0 (Int32, in the
    /// shape of the scores).
    let classify (scores: Tensor) (point: OperatingPoint) : Tensor =
        Tensor.toFloat64Array scores
        |> Array.map (fun score -> if score >= point.Threshold then 1 else 0)
        |> Tensor.ofInts scores.Shape
