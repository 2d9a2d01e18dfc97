using FExpanding = Functional.Expanding;
using FExponential = Functional.ExponentialWindow;
using FMoving = Functional.Moving;
using FStatistic = Functional.WindowStatistic;

namespace Functional.CSharp;

/// <summary>A statistic of the values in a window. Missing values (NaN) are skipped.</summary>
public enum WindowStatistic
{
    /// <summary>How many values are not missing; known of every window.</summary>
    Count,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>The arithmetic mean.</summary>
    Mean,

    /// <summary>The least value.</summary>
    Min,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The sample variance (n - 1); none of fewer than two values.</summary>
    Variance,

    /// <summary>The sample standard deviation (n - 1); none of fewer than two values.</summary>
    Deviation,

    /// <summary>The middle value.</summary>
    Median,
}

/// <summary>
/// Statistics of a window that moves along a column (pandas: rolling, expanding, ewm): as many results as values, NaN where a
/// window has not enough of them.
/// </summary>
/// <remarks>Sizes and weights out of range raise a <see cref="FunctionalException"/>.</remarks>
public static class Moving
{
    /// <summary>A statistic of the last values at each.</summary>
    /// <param name="values">The column.</param>
    /// <param name="size">The number of values in a window.</param>
    /// <param name="statistic">What is computed. Default the mean.</param>
    /// <param name="minPeriods">
    /// How many of them must not be missing for a result; else it is NaN. Default: all of them.
    /// </param>
    /// <param name="centered">
    /// Whether a result belongs to the middle of its window, in place of its last value. Default false.
    /// </param>
    public static double[] Window(
        IEnumerable<double> values,
        int size,
        WindowStatistic statistic = WindowStatistic.Mean,
        int? minPeriods = null,
        bool centered = false) =>
        FMoving.by(Inner(statistic), new MovingOptions(size, Interop.Option(minPeriods), centered), values);

    /// <summary>A statistic of all values up to each, NaN where fewer than so many of them are not missing.</summary>
    public static double[] Expanding(
        IEnumerable<double> values, WindowStatistic statistic = WindowStatistic.Mean, int minPeriods = 1) =>
        FExpanding.by(Inner(statistic), minPeriods, values);

    /// <summary>The mean of the values up to each, weighted exponentially, the newest most.</summary>
    public static double[] ExponentialMean(IEnumerable<double> values, ExponentialWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return FExponential.meanWith(weights.Inner, values);
    }

    /// <summary>
    /// The sample variance of the values up to each, weighted exponentially, the newest most; corrected for bias as in
    /// pandas.
    /// </summary>
    public static double[] ExponentialVariance(IEnumerable<double> values, ExponentialWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return FExponential.varianceWith(weights.Inner, values);
    }

    /// <summary>The sample standard deviation, the root of the variance.</summary>
    public static double[] ExponentialDeviation(IEnumerable<double> values, ExponentialWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return FExponential.deviationWith(weights.Inner, values);
    }

    private static FStatistic Inner(WindowStatistic statistic) => statistic switch
    {
        WindowStatistic.Count => FStatistic.Count,
        WindowStatistic.Sum => FStatistic.Sum,
        WindowStatistic.Mean => FStatistic.Mean,
        WindowStatistic.Min => FStatistic.Min,
        WindowStatistic.Max => FStatistic.Max,
        WindowStatistic.Variance => FStatistic.Variance,
        WindowStatistic.Deviation => FStatistic.Deviation,
        WindowStatistic.Median => FStatistic.Median,
        _ => throw Errors.Argument("Moving", "statistic", statistic, "is none of the enumeration's."),
    };
}

/// <summary>How values are weighted exponentially, as pandas' ewm.</summary>
public sealed record ExponentialWeights
{
    private readonly Decay decay;

    private ExponentialWeights(Decay decay) => this.decay = decay;

    /// <summary>The weight alpha of a new value, above 0 and at most 1.</summary>
    public static ExponentialWeights Alpha(double alpha) => new(Decay.NewAlpha(alpha));

    /// <summary>alpha = 2 / (span + 1), of a span of 1 or more.</summary>
    public static ExponentialWeights Span(double span) => new(Decay.NewSpan(span));

    /// <summary>alpha = 1 / (1 + center), of a center of mass of 0 or more.</summary>
    public static ExponentialWeights CenterOfMass(double center) => new(Decay.NewCenterOfMass(center));

    /// <summary>The number of values after which a weight is half, above 0.</summary>
    public static ExponentialWeights HalfLife(double life) => new(Decay.NewHalfLife(life));

    /// <summary>
    /// Whether results are divided by the sum of the weights so far: right from the first value on; without it the first
    /// value keeps the weight of all before it. Default true.
    /// </summary>
    public bool Adjust { get; init; } = true;

    /// <summary>
    /// Whether missing values (NaN) are left out as if they were not there; else weights fall over them too. Default false.
    /// </summary>
    public bool IgnoreMissing { get; init; }

    /// <summary>How many values must not be missing for a result; else it is NaN. Default 0.</summary>
    public int MinPeriods { get; init; }

    internal ExponentialOptions Inner => new(decay, Adjust, IgnoreMissing, MinPeriods);
}
