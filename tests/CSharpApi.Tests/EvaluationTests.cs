namespace Functional.CSharp.Tests;

/// <summary>Scores, curves, thresholds and tests of models.</summary>
public static class EvaluationTests
{
    private static Tensor Ints(params int[] values) => Tensor.From(values.AsSpan(), [values.Length]);

    private static Tensor Doubles(params double[] values) => Tensor.From(values.AsSpan(), [values.Length]);

    private static readonly Tensor Labels = Ints(0, 0, 1, 1, 1, 0);

    private static readonly Tensor Scores = Doubles(0.1, 0.4, 0.35, 0.8, 0.9, 0.2);

    [Tests]
    public static Test Tests => List("Evaluation",
        Case("A confusion matrix has the scores of its classes", () =>
        {
            var matrix = ConfusionMatrix.Of(
                Ints(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3), Ints(0, 2, 1, 3, 0, 1, 2, 0, 0, 1, 2, 3), "a", "b", "c", "d");
            Expect.Equal(12, matrix.Count);
            Expect.Equal(0.75, matrix.Accuracy, 1e-12);
            Expect.Equal(0.75, matrix.BalancedAccuracy, 1e-12);
            Expect.Equal(2.0 / 3, matrix.Kappa(), 1e-12);
            Expect.Equal([0.75, 0.67, 0.67, 1.0], matrix.PerClass.Select(c => Math.Round(c.Precision, 2)));
            Expect.Equal(1.0 / 3, matrix.Normalized()[1, 2], 1e-12);
            Expect.Equal(["a", "b", "c", "d"], matrix.ToFrame().RowKeys);
            var report = ClassificationReport.Of(Ints(0, 1), Ints(0, 1), "no", "yes");
            Expect.Contains("1.0000", report.ToText(4));
            Expect.Equal(4, report.ToFrame().RowCount);
        }),

        Case("Curves have areas, and operating points are chosen on them", () =>
        {
            Expect.Equal(8.0 / 9, RocCurve.Of(Labels, Scores).Area, 1e-12);
            Expect.Equal(0.5, PrecisionRecallCurve.Of(Labels, Scores).Prevalence, 1e-12);
            var point = OperatingPoint.BySensitivity(1.0, Labels, Scores);
            Expect.Equal(0.35, point.Threshold, 1e-12);
            Expect.Equal([0, 1, 1, 1, 1, 0], point.Classify(Scores).ToInts());
            var costs = new DecisionCosts { FalsePositive = 10 };
            Expect.Equal(1.0, OperatingPoint.ByCost(costs, Labels, Scores).Cost(costs), 1e-12);
            var curves = OneVsRestCurves.Of(
                Ints(0, 1, 1), Tensor.From([0.8, 0.2, 0, 0.3, 0.7, 0, 0.1, 0.9, 0], [3, 3]), "a", "b", "c");
            Expect.Equal(["c"], curves.MissingClasses);
            Expect.True(curves.Classes[2].Roc is null);
            Expect.Equal(1.0, curves.MacroRocArea, 1e-12);
        }),

        Case("Probabilities are held against what happened", () =>
        {
            var calibration = Calibration.OfProbabilities(Labels, Scores, new CalibrationOptions { Bins = 2 });
            Expect.Equal([4, 2], calibration.Bins.Select(bin => bin.Count));
            Expect.Equal(calibration.Brier, Calibration.BrierScore(Labels, Scores), 1e-12);
        }),

        Case("Predicted numbers have a report and residuals", () =>
        {
            Tensor actual = Doubles(1, 2, 3, 4), predicted = Doubles(1, 2, 3, 6);
            var report = RegressionReport.Of(actual, predicted, features: 1);
            Expect.Equal(0.5, report.MeanAbsoluteError, 1e-12);
            Expect.Equal(0.2, report.R2, 1e-12);
            Expect.Equal(-0.2, report.AdjustedR2!.Value, 1e-12);
            Expect.Equal([0.0, 0, 0, -2], Residuals.Of(actual, predicted).Values);
        }),

        Case("Models are compared on the same samples", () =>
        {
            var test = McNemar.OfCounts(50, 10, 3, 5);
            Expect.Equal(36.0 / 13, test.Statistic, 1e-12);
            Expect.Equal(13, test.Discordant);
            var options = new BootstrapOptions { Resamples = 200, Method = BootstrapMethod.Basic, Key = 3 };
            var interval = Bootstrap.OfMetric(Metric.Accuracy, Labels, Scores, options);
            Expect.Equal(5.0 / 6, interval.Estimate, 1e-12);
            Expect.True(interval.Lower < interval.Upper);
            var mean = Bootstrap.OfValues([1, 2, 3, 4], values => values.Average(), options);
            Expect.Equal(2.5, mean.Estimate, 1e-12);
        }),

        Case("Labels of one kind have no curve", () =>
            Expect.Throws<FunctionalException>(() => RocCurve.Of(Ints(1, 1), Doubles(0.2, 0.3)))));
}
