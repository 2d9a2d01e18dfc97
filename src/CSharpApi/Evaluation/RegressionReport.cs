using FReport = Functional.RegressionReport;

namespace Functional.CSharp;

/// <summary>How well numbers are predicted: actual values y, predictions p, errors y - p.</summary>
public sealed class RegressionReport
{
    private readonly FReport inner;

    private RegressionReport(FReport inner) => this.inner = inner;

    internal FReport Inner => inner;

    /// <summary>The report of actual values and predictions, [n] or [n, 1].</summary>
    /// <param name="labels">The actual values.</param>
    /// <param name="predictions">The predictions.</param>
    /// <param name="features">
    /// The number of features of the model, for <see cref="AdjustedR2"/>. Default not known.
    /// </param>
    /// <exception cref="FunctionalException">The shapes do not fit, there are no samples, or a value is NaN.</exception>
    public static RegressionReport Of(Tensor labels, Tensor predictions, int? features = null) =>
        new(features is { } count
            ? RegressionReportModule.ofPredictionsWith(count, Interop.Inner(labels), Interop.Inner(predictions))
            : RegressionReportModule.ofPredictions(Interop.Inner(labels), Interop.Inner(predictions)));

    /// <summary>The report of actual values and predictions, [n] or [n, 1], with a weight for each sample [n], 0 or more.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit, there are no samples, or a value is NaN.</exception>
    public static RegressionReport Of(Tensor labels, Tensor predictions, Tensor sampleWeights) =>
        new(RegressionReportModule.ofPredictionsWeighted(
            Interop.Inner(sampleWeights), Interop.Inner(labels), Interop.Inner(predictions)));

    /// <summary>A report for each column of labels and predictions [n, k].</summary>
    /// <exception cref="FunctionalException">The shapes do not fit, there are no samples, or a value is NaN.</exception>
    public static IReadOnlyList<RegressionReport> OfColumns(Tensor labels, Tensor predictions) =>
    [
        .. RegressionReportModule.ofColumns(Interop.Inner(labels), Interop.Inner(predictions))
            .Select(report => new RegressionReport(report)),
    ];

    /// <summary>The report of a model's evaluation.</summary>
    /// <exception cref="FunctionalException">There are several outputs, or several numbers a sample.</exception>
    public static RegressionReport Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return Of(evaluation.Labels, evaluation.Outputs);
    }

    /// <summary>The number of samples.</summary>
    public int Count => inner.Count;

    /// <summary>The mean of |y - p|.</summary>
    public double MeanAbsoluteError => inner.MeanAbsoluteError;

    /// <summary>The mean of (y - p)².</summary>
    public double MeanSquaredError => inner.MeanSquaredError;

    /// <summary>The root of the mean squared error.</summary>
    public double RootMeanSquaredError => inner.RootMeanSquaredError;

    /// <summary>The mean of |y - p| / |y|, a share and no percentage.</summary>
    public double MeanAbsolutePercentageError => inner.MeanAbsolutePercentageError;

    /// <summary>The median of |y - p|.</summary>
    public double MedianAbsoluteError => inner.MedianAbsoluteError;

    /// <summary>The largest |y - p|.</summary>
    public double MaximumError => inner.MaximumError;

    /// <summary>The mean of p - y: above 0 where predictions are too high.</summary>
    public double Bias => inner.Bias;

    /// <summary>1 - sum of squared errors / sum of squared distances from the mean.</summary>
    public double R2 => inner.R2;

    /// <summary>1 - (1 - R2) (n - 1) / (n - k - 1) for k features; null where their number is not known.</summary>
    public double? AdjustedR2 => inner.AdjustedR2?.Value;

    /// <summary>1 - variance of the errors / variance of y.</summary>
    public double ExplainedVariance => inner.ExplainedVariance;

    /// <summary>A line for each number.</summary>
    public override string ToString() => inner.ToString();
}
