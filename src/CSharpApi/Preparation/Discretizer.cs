using FDiscretizer = Functional.Discretizer;
using FLimits = Functional.OutlierLimits;
using FNames = Functional.IntervalNames;
using FRows = Functional.Rows;

namespace Functional.CSharp;

/// <summary>How intervals of numbers are named.</summary>
public sealed class IntervalNames
{
    private IntervalNames(FNames inner) => Inner = inner;

    internal FNames Inner { get; }

    /// <summary>By their number, from 0: a column of numbers.</summary>
    public static IntervalNames Numbers { get; } = new(FNames.Numbers);

    /// <summary>By their ends, as pandas does: "(111.25, 153.5]".</summary>
    public static IntervalNames Ends { get; } = new(FNames.Ends);

    /// <summary>By these words, in ascending order of the intervals.</summary>
    public static IntervalNames Labels(params string[] labels) => new(FNames.NewLabels(Interop.List(labels)));
}

/// <summary>
/// Numbers to intervals, closed on the right and open at both ends: a value at a limit belongs to the interval below it. A missing value
/// stays missing.
/// </summary>
public static class Discretizer
{
    /// <summary>Intervals as wide as each other between the least and the greatest value.</summary>
    public static Preparation EqualWidth(int intervals, IntervalNames? names = null) =>
        new(FDiscretizer.equalWidth(intervals, Inner(names)));

    /// <summary>Intervals that hold about as many values each.</summary>
    public static Preparation EqualFrequency(int intervals, IntervalNames? names = null) =>
        new(FDiscretizer.equalFrequency(intervals, Inner(names)));

    /// <summary>The intervals between these limits, which ascend.</summary>
    public static Preparation Limits(IReadOnlyList<double> limits, IntervalNames? names = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new(FDiscretizer.limits(ListModule.OfSeq(limits), Inner(names)));
    }

    private static FNames Inner(IntervalNames? names) => (names ?? IntervalNames.Numbers).Inner;
}

/// <summary>
/// Leaving rows out while a preparation is fitted. Fitted preparations keep all rows, so that every row gets a prediction.
/// </summary>
public static class RowFilter
{
    /// <summary>Leaves out rows that miss a value of any column but the target.</summary>
    public static Preparation DropMissing() => new(FRows.dropMissing);

    /// <summary>
    /// Leaves out rows with a value beyond so many interquartile ranges from the quartiles: 1.5 is mild, 3 extreme.
    /// </summary>
    public static Preparation DropOutliers(double interquartileRanges = 1.5) =>
        new(FRows.dropOutliers(FLimits.NewInterquartileRanges(interquartileRanges)));

    /// <summary>Leaves out rows with a value beyond so many deviations from the mean.</summary>
    public static Preparation DropBeyondDeviations(double deviations = 3) =>
        new(FRows.dropOutliers(FLimits.NewDeviations(deviations)));

    /// <summary>Leaves out rows with a value outside of two quantiles, from 0 to 1.</summary>
    public static Preparation DropOutsideQuantiles(double low, double high) =>
        new(FRows.dropOutliers(FLimits.NewQuantiles(low, high)));
}
