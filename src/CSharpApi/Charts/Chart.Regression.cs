using FCharts = Functional.RegressionCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// Predictions against true values, [n] or [n, 1], with the line on which both are equal; R² and the root mean squared
    /// error in the title.
    /// </summary>
    /// <exception cref="FunctionalException">The shapes do not fit, there are fewer than two samples, or a value is NaN.</exception>
    public static Figure PredictedAgainstTrue(Tensor labels, Tensor predictions) =>
        new(FCharts.predictedAgainstTrue(Interop.Inner(labels), Interop.Inner(predictions)));

    /// <summary>
    /// Residuals four ways: against the predictions, in order of the samples, as a histogram, and against normal quantiles
    /// (Q-Q, with the line through the quartiles).
    /// </summary>
    public static Figure Residuals(Residuals residuals)
    {
        ArgumentNullException.ThrowIfNull(residuals);
        return new(FCharts.residuals(residuals.Inner));
    }

    /// <summary>
    /// The importance of each feature as a bar, the largest first. Of more than 30 features those behind the first 29 are one
    /// bar. Negative ones, such as coefficients, have another colour.
    /// </summary>
    /// <exception cref="FunctionalException">There is no feature.</exception>
    public static Figure FeatureImportances(IEnumerable<(string Name, double Importance)> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return FeatureImportances(features.Select(one => (one.Name, one.Importance, double.NaN)));
    }

    /// <summary>The importance of each feature as a bar, with its deviation as a whisker.</summary>
    /// <exception cref="FunctionalException">There is no feature.</exception>
    public static Figure FeatureImportances(IEnumerable<(string Name, double Importance, double Deviation)> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return new(ImportanceCharts.Chart.featureImportancesWith(
            features.Select(one => Tuple.Create(one.Name, one.Importance, one.Deviation))));
    }
}
