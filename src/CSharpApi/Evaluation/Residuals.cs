using FResiduals = Functional.Residuals;

namespace Functional.CSharp;

/// <summary>The residuals of predicted numbers: actual less predicted, in the order of the samples.</summary>
public sealed class Residuals
{
    private readonly FResiduals inner;

    private Residuals(FResiduals inner) => this.inner = inner;

    internal FResiduals Inner => inner;

    /// <summary>The residuals of actual values and predictions, [n] or [n, 1], at least two.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit, there are too few samples, or a value is NaN.</exception>
    public static Residuals Of(Tensor labels, Tensor predictions) =>
        new(ResidualsModule.ofPredictions(Interop.Inner(labels), Interop.Inner(predictions)));

    /// <summary>The residuals of a model's evaluation.</summary>
    /// <exception cref="FunctionalException">There are several outputs, or several numbers a sample.</exception>
    public static Residuals Of(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return Of(evaluation.Labels, evaluation.Outputs);
    }

    /// <summary>The actual values.</summary>
    public IReadOnlyList<double> Actual => Array.AsReadOnly(inner.Actual);

    /// <summary>The predictions.</summary>
    public IReadOnlyList<double> Predicted => Array.AsReadOnly(inner.Predicted);

    /// <summary>Actual less predicted.</summary>
    public IReadOnlyList<double> Values => Array.AsReadOnly(inner.Values);

    /// <summary>The residuals less their mean, over their deviation.</summary>
    public IReadOnlyList<double> Standardized => Array.AsReadOnly(inner.Standardized);

    /// <summary>The rows whose standardized residual is beyond so many deviations, the farthest first.</summary>
    public IReadOnlyList<int> Outliers(double deviations = 3) => ResidualsModule.outliers(deviations, inner);

    /// <summary>
    /// The points of a normal quantile-quantile plot: on a line where the residuals are normal.
    /// </summary>
    public IReadOnlyList<(double Theoretical, double Residual)> NormalQuantiles() =>
        [.. ResidualsModule.normalQuantiles(inner).Select(point => (point.Item1, point.Item2))];

    /// <summary>The Durbin-Watson statistic: about 2 where neighbours do not correlate.</summary>
    public double DurbinWatson => ResidualsModule.durbinWatson(inner);

    /// <summary>The correlation of the residuals with themselves 0 to <paramref name="lags"/> samples later.</summary>
    /// <exception cref="FunctionalException">There are not more residuals than lags.</exception>
    public IReadOnlyList<double> Autocorrelation(int lags) => ResidualsModule.autocorrelation(lags, inner);

    /// <summary>The Jarque-Bera test of normality, meant for many samples.</summary>
    public (double Statistic, double PValue) JarqueBera()
    {
        var (statistic, p) = ResidualsModule.jarqueBera(inner);
        return (statistic, p);
    }
}
