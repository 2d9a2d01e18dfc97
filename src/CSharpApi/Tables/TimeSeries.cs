using Deedle;
using FDuplicates = Functional.Duplicates;
using FFilling = Functional.GapFilling;
using FPeriod = Functional.Period;
using FResampling = Functional.Resampling;
using FTimeSeries = Functional.TimeSeries;

namespace Functional.CSharp;

/// <summary>The time from one value of a series to the next.</summary>
public sealed class Period
{
    internal Period(FPeriod inner) => Inner = inner;

    internal FPeriod Inner { get; }

    /// <summary>A length of time that is always the same: seconds, hours, days, weeks.</summary>
    public static Period Every(TimeSpan span) => new(FPeriod.NewEvery(span));

    /// <summary>So many months of the calendar; 3 for quarters, 12 for years.</summary>
    public static Period Months(int count) => new(FPeriod.NewMonths(count));

    /// <summary>Hours.</summary>
    public static Period Hours(int count) => new(FPeriod.hours(count));

    /// <summary>Days.</summary>
    public static Period Days(int count) => new(FPeriod.days(count));

    /// <summary>The length of time; null where it is counted in months.</summary>
    public TimeSpan? Span => Inner is FPeriod.Every every ? every.Item : null;

    /// <summary>The number of months; null where it is a length of time.</summary>
    public int? MonthCount => Inner is FPeriod.Months months ? months.Item : null;

    /// <summary>01:00:00, 3 months.</summary>
    public override string ToString() => Inner.ToString();
}

/// <summary>How missing values of a series are filled.</summary>
public enum GapFilling
{
    /// <summary>On a line between the values around, position by position, whatever the times (pandas: linear).</summary>
    Linear,

    /// <summary>On a line between the values around, by the time that has passed (pandas: time).</summary>
    Time,

    /// <summary>The value before (pandas: ffill).</summary>
    Previous,

    /// <summary>The value behind (pandas: bfill).</summary>
    Next,

    /// <summary>The value nearest in position, the earlier of two.</summary>
    Nearest,
}

/// <summary>Which of several values of one time is kept.</summary>
public enum Duplicates
{
    /// <summary>None: a time that stands twice is an error that names it.</summary>
    Refused,

    /// <summary>The first one.</summary>
    First,

    /// <summary>The last one.</summary>
    Last,

    /// <summary>Their mean.</summary>
    Mean,
}

/// <summary>What is computed of the values of one period.</summary>
public enum Resampling
{
    /// <summary>How many values are not missing.</summary>
    Count,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>The arithmetic mean.</summary>
    Mean,

    /// <summary>The least value.</summary>
    Min,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The sample variance (n - 1).</summary>
    Variance,

    /// <summary>The sample standard deviation (n - 1).</summary>
    Deviation,

    /// <summary>The middle value.</summary>
    Median,

    /// <summary>The first value that is not missing.</summary>
    First,

    /// <summary>The last value that is not missing.</summary>
    Last,
}

/// <summary>A part of a time series where values are missing.</summary>
/// <param name="After">The last time before it that is there.</param>
/// <param name="Before">The first time behind it that is there.</param>
/// <param name="Missing">
/// How many times of the period are missing between them; 0 where the distance is no multiple of the period.
/// </param>
public sealed record TimeGap(DateTime After, DateTime Before, int Missing);

/// <summary>Whether the times of a series follow one another at one distance.</summary>
public sealed class PeriodCheck
{
    private readonly Functional.PeriodCheck inner;

    internal PeriodCheck(Functional.PeriodCheck inner) => this.inner = inner;

    /// <summary>The distance.</summary>
    public Period Period => new(inner.Period);

    /// <summary>Whether all times follow at this distance.</summary>
    public bool IsRegular => inner.IsRegular;

    /// <summary>Where they do not.</summary>
    public IReadOnlyList<TimeGap> Gaps => [.. inner.Gaps.Select(gap => new TimeGap(gap.After, gap.Before, gap.Missing))];

    /// <summary>The period and its gaps in words, a line each.</summary>
    public override string ToString() => inner.ToString();
}

/// <summary>Series of numbers over time: Deedle's <c>Series&lt;DateTime, double&gt;</c>, ascending.</summary>
/// <remarks>Times that do not ascend raise a <see cref="FunctionalException"/>.</remarks>
public static class TimeSeries
{
    /// <summary>
    /// The series of two columns of a frame, dates and numbers, in the order of the dates. Rows without a date are left out.
    /// </summary>
    public static Series<DateTime, double> ToTimeSeries<TRow>(
        this Frame<TRow, string> frame, string time, string value, Duplicates duplicates = Duplicates.Refused)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(value);
        return FTimeSeries.ofFrame(Inner(duplicates), time, value, frame);
    }

    /// <summary>
    /// The period of a series, its most frequent distance, and where its times do not keep to it. Needs two times.
    /// </summary>
    public static PeriodCheck CheckPeriod(this Series<DateTime, double> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        return new(FTimeSeries.checkPeriod(series));
    }

    /// <summary>
    /// The series with a value at every time of a period from its first time on; missing where it has none at just this time
    /// (pandas: asfreq).
    /// </summary>
    public static Series<DateTime, double> EveryPeriod(this Series<DateTime, double> series, Period period)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(period);
        return FTimeSeries.everyPeriod(period.Inner, series);
    }

    /// <summary>
    /// The series with its gaps filled, at most <paramref name="limit"/> missing values in a row where it is given, as
    /// pandas' interpolate.
    /// </summary>
    public static Series<DateTime, double> Interpolate(
        this Series<DateTime, double> series, GapFilling rule = GapFilling.Linear, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        return FTimeSeries.interpolateWith(Inner(rule), Interop.Option(limit), series);
    }

    /// <summary>
    /// A value for each period from the first value's to the last's, under the time at which the period starts, as pandas'
    /// resample with label="left". A period without a value has the count and the sum 0, and else is missing.
    /// </summary>
    public static Series<DateTime, double> Resample(
        this Series<DateTime, double> series, Period period, Resampling rule = Resampling.Mean)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(period);
        return FTimeSeries.resample(period.Inner, Inner(rule), series);
    }

    private static FDuplicates Inner(Duplicates duplicates) => duplicates switch
    {
        Duplicates.Refused => FDuplicates.Refused,
        Duplicates.First => FDuplicates.First,
        Duplicates.Last => FDuplicates.Last,
        Duplicates.Mean => FDuplicates.Mean,
        _ => throw Errors.Argument("TimeSeries", "duplicates", duplicates, "is none of the enumeration's."),
    };

    private static FFilling Inner(GapFilling rule) => rule switch
    {
        GapFilling.Linear => FFilling.Linear,
        GapFilling.Time => FFilling.Time,
        GapFilling.Previous => FFilling.Previous,
        GapFilling.Next => FFilling.Next,
        GapFilling.Nearest => FFilling.Nearest,
        _ => throw Errors.Argument("TimeSeries", "rule", rule, "is none of the enumeration's."),
    };

    private static FResampling Inner(Resampling rule) => rule switch
    {
        Resampling.First => FResampling.First,
        Resampling.Last => FResampling.Last,
        Resampling.Count => FResampling.NewStatistic(Functional.WindowStatistic.Count),
        Resampling.Sum => FResampling.NewStatistic(Functional.WindowStatistic.Sum),
        Resampling.Mean => FResampling.NewStatistic(Functional.WindowStatistic.Mean),
        Resampling.Min => FResampling.NewStatistic(Functional.WindowStatistic.Min),
        Resampling.Max => FResampling.NewStatistic(Functional.WindowStatistic.Max),
        Resampling.Variance => FResampling.NewStatistic(Functional.WindowStatistic.Variance),
        Resampling.Deviation => FResampling.NewStatistic(Functional.WindowStatistic.Deviation),
        Resampling.Median => FResampling.NewStatistic(Functional.WindowStatistic.Median),
        _ => throw Errors.Argument("TimeSeries", "rule", rule, "is none of the enumeration's."),
    };
}
