using Deedle;
using FAggregate = Functional.Aggregate;
using FGrouping = Functional.Grouping;

namespace Functional.CSharp;

/// <summary>
/// What is computed of a column for each group of rows. Missing values are skipped, as in pandas; a group without a value
/// misses the result, but for counts and sums.
/// </summary>
public sealed class Aggregate
{
    private Aggregate(FAggregate inner) => Inner = inner;

    internal FAggregate Inner { get; }

    /// <summary>How many rows the group has.</summary>
    public static Aggregate Size { get; } = new(FAggregate.Size);

    /// <summary>How many values are not missing.</summary>
    public static Aggregate Count(string column) => new(FAggregate.NewCount(column));

    /// <summary>The sum: long of whole numbers and bool, else double. 0 where there is no value.</summary>
    public static Aggregate Sum(string column) => new(FAggregate.NewSum(column));

    /// <summary>The arithmetic mean.</summary>
    public static Aggregate Mean(string column) => new(FAggregate.NewMean(column));

    /// <summary>The least value, of numbers, dates or words.</summary>
    public static Aggregate Min(string column) => new(FAggregate.NewMin(column));

    /// <summary>The largest value, of numbers, dates or words.</summary>
    public static Aggregate Max(string column) => new(FAggregate.NewMax(column));

    /// <summary>The sample variance (n - 1).</summary>
    public static Aggregate Variance(string column) => new(FAggregate.NewVariance(column));

    /// <summary>The sample standard deviation (n - 1).</summary>
    public static Aggregate Deviation(string column) => new(FAggregate.NewDeviation(column));

    /// <summary>The middle value.</summary>
    public static Aggregate Median(string column) => new(FAggregate.NewMedian(column));

    /// <summary>The quantile of a share from 0 to 1, linear between values.</summary>
    public static Aggregate Quantile(string column, double share) => new(FAggregate.NewQuantile(column, share));

    /// <summary>The first value that is not missing, of any type.</summary>
    public static Aggregate First(string column) => new(FAggregate.NewFirst(column));

    /// <summary>The last value that is not missing, of any type.</summary>
    public static Aggregate Last(string column) => new(FAggregate.NewLast(column));

    /// <summary>How many different values there are (pandas: nunique).</summary>
    public static Aggregate Distinct(string column) => new(FAggregate.NewDistinct(column));
}

/// <summary>Groups of the rows of a frame that have the same values in some columns (pandas: groupby).</summary>
public static class Grouping
{
    /// <summary>
    /// A frame with a row for each combination of values that the key columns have, ascending: the keys, and a column for
    /// each named aggregation. A row that misses a key is in no group.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A column is not there, a name stands twice, or a column's type has no such aggregation.
    /// </exception>
    public static Frame<int, string> GroupBy<TRow>(
        this Frame<TRow, string> frame, IReadOnlyList<string> keys, params (string Name, Aggregate Value)[] columns)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(columns);
        return FGrouping.by(
            ListModule.OfSeq(keys),
            ListModule.OfSeq(columns.Select(column => Tuple.Create(column.Name, column.Value.Inner))),
            frame);
    }

    /// <summary>
    /// The rows of each combination of values of the key columns as a frame of their own, ascending by the keys.
    /// </summary>
    /// <exception cref="FunctionalException">A column is not there.</exception>
    public static IReadOnlyList<Frame<TRow, string>> SplitBy<TRow>(this Frame<TRow, string> frame, params string[] keys)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FGrouping.split(Interop.List(keys), frame);
    }
}
