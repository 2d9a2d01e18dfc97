namespace Functional

open System.Globalization
open LossParts

/// How well numbers are predicted. With actual values y, predictions p and errors y - p over n samples:
type RegressionReport =
    {
        /// n
        Count: int
        /// The mean of |y - p|.
        MeanAbsoluteError: float
        /// The mean of (y - p)^2.
        MeanSquaredError: float
        /// The root of the mean squared error, in the unit of y.
        RootMeanSquaredError: float
        /// The mean of |y - p| / |y|, a share and no percentage, as in scikit-learn; enormous where a y is 0.
        MeanAbsolutePercentageError: float
        /// The median of |y - p|.
        MedianAbsoluteError: float
        /// The largest |y - p|.
        MaximumError: float
        /// The mean of p - y: above 0 where predictions are too high.
        Bias: float
        /// 1 - sum of squared errors / sum of squared distances from the mean; NaN for fewer than two samples.
        R2: float
        /// 1 - (1 - R2) (n - 1) / (n - k - 1) for k features, where their number is given and n is above k + 1.
        AdjustedR2: float option
        /// 1 - variance of the errors / variance of y: R2 where the bias is 0.
        ExplainedVariance: float
    }

    /// A line for each number, with four decimals, or six digits where it is large or tiny.
    override r.ToString() =
        let text (v: float) =
            let size = abs v
            let form = if size <> 0.0 && (size >= 1e7 || size < 1e-4) then "G6" else "F4"
            v.ToString(form, CultureInfo.InvariantCulture)

        [ "mean absolute error", text r.MeanAbsoluteError
          "mean squared error", text r.MeanSquaredError
          "root mean squared error", text r.RootMeanSquaredError
          "mean absolute percentage error", text r.MeanAbsolutePercentageError
          "median absolute error", text r.MedianAbsoluteError
          "maximum error", text r.MaximumError
          "bias", text r.Bias
          "R2", text r.R2
          yield! r.AdjustedR2 |> Option.map (fun v -> "adjusted R2", text v) |> Option.toList
          "explained variance", text r.ExplainedVariance
          "samples", string r.Count ]
        |> List.map (fun (name, value) -> name.PadRight 32 + value.PadLeft 14)
        |> String.concat "\n"

/// Actual values and predictions of one output as arrays.
module internal Predictions =
    /// [n] or [n; 1] each, at least one sample, no NaN.
    let read operation (labels: Tensor) (predictions: Tensor) : float[] * float[] =
        if not (Classes.isSingle predictions.Shape && elementwise labels.Shape predictions.Shape) then
            Fail.shapes
                operation
                [ "labels", labels.Shape; "predictions", predictions.Shape ]
                "one value and one prediction a sample are needed, [n] or [n; 1].\nOf several outputs take a column."

        let ys, ps = Tensor.toFloat64Array labels, Tensor.toFloat64Array predictions

        if ys.Length = 0 then
            Fail.data operation "there are no samples."

        for name, values in [ "value", ys; "prediction", ps ] do
            match values |> Array.tryFindIndex System.Double.IsNaN with
            | Some row -> Fail.data operation $"the {name} of row {row} (counted from 0) is NaN."
            | None -> ()

        ys, ps

/// Reports on predicted numbers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RegressionReport =
    // what scikit-learn divides by where a label is 0: the epsilon of float64
    let private epsilon = 2.220446049250313e-16

    let private reportBy operation features (weights: Tensor option) labels predictions : RegressionReport =
        let ys, ps = Predictions.read operation labels predictions
        let n = ys.Length
        let weights = weights |> Option.map (SampleWeights.read operation n)
        let errors = Array.map2 (-) ys ps
        let sizes = Array.map abs errors

        let score (metric: Metric) =
            weights
            |> Option.map (Tensor.ofFloat64Array [ n ])
            |> Metric.valueWeighted metric labels predictions

        let mean values =
            match weights with
            | Some weights -> SampleWeights.mean weights values
            | None -> Numbers.mean values

        let variance values =
            let middle = mean values
            mean (values |> Array.map (fun v -> (v - middle) * (v - middle)))

        let r2 = score Metric.r2
        let spread, varianceOfErrors = variance ys, variance errors

        { Count = n
          MeanAbsoluteError = score Metric.meanAbsoluteError
          MeanSquaredError = score Metric.meanSquaredError
          RootMeanSquaredError = score Metric.rootMeanSquaredError
          MeanAbsolutePercentageError = mean (Array.map2 (fun y e -> e / max (abs y) epsilon) ys sizes)
          MedianAbsoluteError =
            match weights with
            | Some weights -> SampleWeights.median weights sizes
            | None -> Statistics.median sizes
          MaximumError = Array.max sizes
          Bias = -(mean errors)
          R2 = r2
          AdjustedR2 =
            features
            |> Option.filter (fun k -> n > k + 1)
            |> Option.map (fun k -> 1.0 - (1.0 - r2) * float (n - 1) / float (n - k - 1))
          ExplainedVariance =
            if spread <> 0.0 then 1.0 - varianceOfErrors / spread
            elif varianceOfErrors = 0.0 then 1.0
            else 0.0 }

    let private report operation features labels predictions = reportBy operation features None labels predictions

    /// The report of actual values and predictions, [n] or [n; 1].
    ///
    /// Raises `ShapeMismatch` for other shapes, and `InvalidData` for no samples or NaN. scikit-learn: mean_absolute_error,
    /// mean_squared_error, mean_absolute_percentage_error, median_absolute_error, max_error, r2_score and
    /// explained_variance_score.
    let ofPredictions (labels: Tensor) (predictions: Tensor) : RegressionReport =
        report "RegressionReport.ofPredictions" None labels predictions

    /// `ofPredictions` with the adjusted R2 for a model of so many features. A negative number is an error.
    let ofPredictionsWith (features: int) (labels: Tensor) (predictions: Tensor) : RegressionReport =
        let operation = "RegressionReport.ofPredictionsWith"

        if features < 0 then
            Fail.argument operation "features" features "is no number of features; give 0 or more."

        report operation (Some features) labels predictions

    /// `ofPredictions` with a weight for each sample [n], 0 or more: means, median, R2 and explained variance are weighted, the
    /// maximum error is not. scikit-learn: sample_weight.
    let ofPredictionsWeighted (weights: Tensor) (labels: Tensor) (predictions: Tensor) : RegressionReport =
        reportBy "RegressionReport.ofPredictionsWeighted" None (Some weights) labels predictions

    /// The report of a model's evaluation. Several outputs are an error.
    let ofEvaluation (evaluation: Evaluation) : RegressionReport =
        report "RegressionReport.ofEvaluation" None evaluation.Labels evaluation.Outputs

    /// A report for each column of labels and predictions [n; k].
    let ofColumns (labels: Tensor) (predictions: Tensor) : RegressionReport list =
        let operation = "RegressionReport.ofColumns"

        match labels.Shape with
        | [ _; k ] when labels.Shape = predictions.Shape ->
            let column i x = Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 i (i + 1) 1 x)
            List.init k (fun i -> report operation None (column i labels) (column i predictions))
        | _ ->
            Fail.shapes
                operation
                [ "labels", labels.Shape; "predictions", predictions.Shape ]
                "both must be [n; k] for k outputs."
