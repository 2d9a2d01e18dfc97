using FMedian = Functional.OrdinalMedian<int>;
using FStatistics = Functional.Statistics;

namespace Functional.CSharp;

/// <summary>
/// A middle of values that have an order but no arithmetic: one value, or the two in the middle where they differ.
/// </summary>
/// <param name="Lower">The value in the middle, or the lower of two.</param>
/// <param name="Upper">The value in the middle, or the higher of two.</param>
public sealed record OrdinalMedian<T>(T Lower, T Upper)
{
    /// <summary>Whether it falls between two different values.</summary>
    public bool IsBetween => !EqualityComparer<T>.Default.Equals(Lower, Upper);

    /// <summary>The value, or "between a and b".</summary>
    public override string ToString() =>
        IsBetween ? FormattableString.Invariant($"between {Lower} and {Upper}") : FormattableString.Invariant($"{Lower}");
}

/// <summary>
/// Statistics of one column of numbers. NaN stands for a missing value and is skipped, as in pandas and Deedle.
/// </summary>
/// <remarks>Too few values raise a <see cref="FunctionalException"/>.</remarks>
public static class Statistics
{
    /// <summary>The number of values that are not missing.</summary>
    public static int Count(IEnumerable<double> values) => FStatistics.count(values);

    /// <summary>The arithmetic mean.</summary>
    public static double Mean(IEnumerable<double> values) => FStatistics.mean(values);

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values) => FStatistics.median(values);

    /// <summary>
    /// The median of ordinal data: values that <paramref name="order"/> lists from the lowest to the highest. Where it falls
    /// between two different values both are given.
    /// </summary>
    public static OrdinalMedian<T> OrdinalMedian<T>(IEnumerable<T> values, params T[] order)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(order);
        int Place(T value) => Array.IndexOf(order, value) is >= 0 and var place
            ? place
            : throw Errors.Argument(
                "Statistics.OrdinalMedian", "value", value!, "is not in the order given; list every value once.");
        return FStatistics.ordinalMedian(Enumerable.Range(0, order.Length), values.Select(Place)) switch
        {
            FMedian.Between between => new(order[between.lower], order[between.upper]),
            FMedian.At at => new(order[at.Item], order[at.Item]),
            _ => throw Errors.Data("Statistics.OrdinalMedian", "there are no values."),
        };
    }

    /// <summary>
    /// The values that occur most often, ascending; none where there are several values and all are different.
    /// </summary>
    public static IReadOnlyList<T> Modes<T>(IEnumerable<T> values) where T : IComparable<T> => FStatistics.modes(values);

    /// <summary>The smallest value.</summary>
    public static double Min(IEnumerable<double> values) => FStatistics.min(values);

    /// <summary>The largest value.</summary>
    public static double Max(IEnumerable<double> values) => FStatistics.max(values);

    /// <summary>The largest value less the smallest.</summary>
    public static double Range(IEnumerable<double> values) => FStatistics.range(values);

    /// <summary>The mean of the smallest and the largest value.</summary>
    public static double MidRange(IEnumerable<double> values) => FStatistics.midRange(values);

    /// <summary>The sample variance: by n - 1, as in pandas. Needs two values.</summary>
    public static double Variance(IEnumerable<double> values) => FStatistics.variance(values);

    /// <summary>The variance of a whole population: by n, NumPy's default.</summary>
    public static double PopulationVariance(IEnumerable<double> values) => FStatistics.populationVariance(values);

    /// <summary>The sample standard deviation, the root of the sample variance.</summary>
    public static double Deviation(IEnumerable<double> values) => FStatistics.deviation(values);

    /// <summary>The standard deviation of a whole population.</summary>
    public static double PopulationDeviation(IEnumerable<double> values) => FStatistics.populationDeviation(values);

    /// <summary>The quantile of a share from 0 to 1, such as 0.25 for the first quartile.</summary>
    public static double Quantile(
        IEnumerable<double> values, double share, QuantileMethod method = QuantileMethod.Linear) =>
        FStatistics.quantileBy(method.Inner(), share, values);

    /// <summary>The first quartile, the median and the third quartile.</summary>
    public static (double First, double Median, double Third) Quartiles(
        IEnumerable<double> values, QuantileMethod method = QuantileMethod.Linear)
    {
        var (first, median, third) = FStatistics.quartilesBy(method.Inner(), values);
        return (first, median, third);
    }

    /// <summary>The third quartile less the first.</summary>
    public static double InterquartileRange(
        IEnumerable<double> values, QuantileMethod method = QuantileMethod.Linear) =>
        FStatistics.interquartileRangeBy(method.Inner(), values);

    /// <summary>The mean of (x - mean)^power.</summary>
    public static double CentralMoment(IEnumerable<double> values, int power) => FStatistics.centralMoment(power, values);

    /// <summary>The sample skewness, corrected for bias, as in pandas. Needs three values.</summary>
    public static double Skewness(IEnumerable<double> values) => FStatistics.skewness(values);

    /// <summary>The skewness of a whole population, SciPy's default.</summary>
    public static double PopulationSkewness(IEnumerable<double> values) => FStatistics.populationSkewness(values);

    /// <summary>The sample excess kurtosis, corrected for bias, as in pandas. Needs four values.</summary>
    public static double Kurtosis(IEnumerable<double> values) => FStatistics.kurtosis(values);

    /// <summary>The excess kurtosis of a whole population, SciPy's default.</summary>
    public static double PopulationKurtosis(IEnumerable<double> values) => FStatistics.populationKurtosis(values);

    /// <summary>The ranks of values from 1, equal ones sharing the mean of theirs. A missing value is an error.</summary>
    public static double[] Ranks(IEnumerable<double> values) => FStatistics.ranks(values);
}
