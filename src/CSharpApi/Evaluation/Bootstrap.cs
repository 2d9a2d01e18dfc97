using FBootstrap = Functional.Bootstrap;
using FInterval = Functional.BootstrapInterval;
using FMethod = Functional.BootstrapMethod;
using FOptions = Functional.BootstrapOptions;

namespace Functional.CSharp;

/// <summary>How the limits of an interval are taken from the resamples.</summary>
public enum BootstrapMethod
{
    /// <summary>Quantiles of the resampled values.</summary>
    Percentile,

    /// <summary>The quantiles mirrored at the estimate.</summary>
    Basic,

    /// <summary>Quantiles corrected for bias and for a deviation that changes with the value.</summary>
    Bca,
}

/// <summary>How intervals are found.</summary>
public sealed record BootstrapOptions
{
    /// <summary>How often rows are drawn anew. Default 2000.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>The share of cases that the interval is to cover. Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Default percentile.</summary>
    public BootstrapMethod Method { get; init; }

    /// <summary>What the draws come from. Default 0.</summary>
    public Key Key { get; init; } = 0;

    internal FOptions Inner => new(
        Resamples,
        Confidence,
        Method switch
        {
            BootstrapMethod.Basic => FMethod.Basic,
            BootstrapMethod.Bca => FMethod.Bca,
            _ => FMethod.Percentile,
        },
        Key.Inner);
}

/// <summary>An estimate and the interval that covers its true value in a share of cases.</summary>
public sealed class BootstrapInterval
{
    private readonly FInterval inner;

    internal BootstrapInterval(FInterval inner) => this.inner = inner;

    /// <summary>The value over all rows as they are.</summary>
    public double Estimate => inner.Estimate;

    /// <summary>The lower limit.</summary>
    public double Lower => inner.Lower;

    /// <summary>The upper limit.</summary>
    public double Upper => inner.Upper;

    /// <summary>The share of cases that it covers.</summary>
    public double Confidence => inner.Confidence;

    /// <summary>The deviation of the resampled values.</summary>
    public double StandardError => inner.StandardError;

    /// <summary>The values of the resamples.</summary>
    public IReadOnlyList<double> Resampled => Array.AsReadOnly(inner.Resampled);

    /// <summary>0.9123 [0.8871, 0.9354]</summary>
    public override string ToString() => inner.ToString();
}

/// <summary>Intervals of any statistic by drawing rows with replacement.</summary>
public static class Bootstrap
{
    /// <summary>The interval of a metric of a model's outputs.</summary>
    /// <exception cref="FunctionalException">The rows are not as many, or the options are out of range.</exception>
    public static BootstrapInterval OfMetric(
        Metric metric, Tensor labels, Tensor outputs, BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return new(FBootstrap.ofMetric(
            (options ?? new()).Inner, metric.Inner, Interop.Inner(labels), Interop.Inner(outputs)));
    }

    /// <summary>
    /// The interval of the metric of a first model less that of a second on the same samples: they differ where 0 is outside.
    /// </summary>
    /// <exception cref="FunctionalException">The rows are not as many, or the options are out of range.</exception>
    public static BootstrapInterval OfDifference(
        Metric metric, Tensor labels, Tensor first, Tensor second, BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return new(FBootstrap.ofDifference(
            (options ?? new()).Inner,
            metric.Inner,
            Interop.Inner(labels),
            Interop.Inner(first),
            Interop.Inner(second)));
    }

    /// <summary>The interval of a statistic of one column of numbers. The function may be called from several threads.</summary>
    /// <exception cref="FunctionalException">There are no values, or the options are out of range.</exception>
    public static BootstrapInterval OfValues(
        IEnumerable<double> values, Func<double[], double> statistic, BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(statistic);
        return new(FBootstrap.ofValues((options ?? new()).Inner, Interop.Function(statistic), values));
    }

    /// <summary>
    /// The interval of a statistic of rows, which is given row numbers, with replacement, and may be called from several threads.
    /// </summary>
    /// <exception cref="FunctionalException">There are no rows, or the options are out of range.</exception>
    public static BootstrapInterval OfRows(
        int count, Func<int[], double> statistic, BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        return new(FBootstrap.ofRows((options ?? new()).Inner, count, Interop.Function(statistic)));
    }
}
