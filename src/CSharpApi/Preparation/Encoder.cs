using FDropped = Functional.DroppedCategory;
using FEncoder = Functional.Encoder;
using FPart = Functional.DatePart;
using FSmoothing = Functional.TargetSmoothing;
using FUnknown = Functional.UnknownValues;

namespace Functional.CSharp;

/// <summary>Which column of each one-hot group is left out.</summary>
public enum DroppedCategory
{
    /// <summary>None.</summary>
    None,

    /// <summary>The first.</summary>
    First,

    /// <summary>The first of those columns that have two categories.</summary>
    IfBinary,
}

/// <summary>How one-hot columns are made, named as in scikit-learn.</summary>
public sealed record OneHotOptions
{
    /// <summary>Whether values that were not there at the fit become zeros. Default false: they are an error.</summary>
    public bool IgnoreUnknown { get; init; }

    /// <summary>Which column of each group is left out. Default none.</summary>
    public DroppedCategory Drop { get; init; }

    /// <summary>Categories of fewer rows share one column. Default 1, which is none.</summary>
    public int MinFrequency { get; init; } = 1;

    /// <summary>The most columns of a group; 0 for any number. Default 0.</summary>
    public int MaxCategories { get; init; }
}

/// <summary>A part of a date as a number, numbered as in pandas.</summary>
public enum DatePart
{
    /// <summary>The year.</summary>
    Year,

    /// <summary>The quarter, 1 to 4.</summary>
    Quarter,

    /// <summary>The month, 1 to 12.</summary>
    Month,

    /// <summary>The week of ISO 8601, 1 to 53.</summary>
    Week,

    /// <summary>The day of the month, 1 to 31.</summary>
    Day,

    /// <summary>The day of the week, 0 for Monday to 6 for Sunday.</summary>
    DayOfWeek,

    /// <summary>The day of the year, 1 to 366.</summary>
    DayOfYear,

    /// <summary>1 on Saturdays and Sundays, else 0.</summary>
    IsWeekend,

    /// <summary>The hour, 0 to 23.</summary>
    Hour,

    /// <summary>The minute, 0 to 59.</summary>
    Minute,

    /// <summary>The second, 0 to 59.</summary>
    Second,
}

/// <summary>
/// Encoding words, true and false, and dates as numbers. Columns of numbers are encoded where they are named.
/// </summary>
public static class Encoder
{
    /// <summary>A column of 0 and 1 for each category, named <c>column_category</c>.</summary>
    public static Preparation OneHot(OneHotOptions? options = null)
    {
        options ??= new();
        var drop = options.Drop switch
        {
            DroppedCategory.First => FDropped.First,
            DroppedCategory.IfBinary => FDropped.IfBinary,
            _ => FDropped.None,
        };
        return new(FEncoder.oneHotWith(
            new(Unknown(options.IgnoreUnknown), drop, options.MinFrequency, options.MaxCategories)));
    }

    /// <summary>
    /// Each category as its number, from 0, in ascending order. Values that were not there at the fit are an error, or missing where
    /// they are ignored.
    /// </summary>
    public static Preparation Ordinal(bool ignoreUnknown = false) => new(FEncoder.ordinalWith(Unknown(ignoreUnknown)));

    /// <summary>The categories of one column as their numbers in this order.</summary>
    public static Preparation Ordered(string column, params string[] categories) =>
        new(FEncoder.ordered(column, Interop.List(categories)));

    /// <summary>
    /// Each category as the mean of the target over its rows, drawn to the mean of all rows as if so many more rows had it;
    /// by the variances where no number is given.
    /// </summary>
    public static Preparation Target(double? smoothing = null) =>
        new(FEncoder.targetWith(smoothing is { } rows ? FSmoothing.NewRows(rows) : FSmoothing.Auto));

    /// <summary>These parts of each date as columns <c>column_part</c>.</summary>
    public static Preparation DateParts(params DatePart[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new(FEncoder.dateParts(ListModule.OfSeq(parts.Select(Inner))));
    }

    private static FUnknown Unknown(bool isIgnored) => isIgnored ? FUnknown.Ignore : FUnknown.Error;

    private static FPart Inner(DatePart part) => part switch
    {
        DatePart.Year => FPart.Year,
        DatePart.Quarter => FPart.Quarter,
        DatePart.Month => FPart.Month,
        DatePart.Week => FPart.Week,
        DatePart.Day => FPart.Day,
        DatePart.DayOfWeek => FPart.DayOfWeek,
        DatePart.DayOfYear => FPart.DayOfYear,
        DatePart.IsWeekend => FPart.IsWeekend,
        DatePart.Hour => FPart.Hour,
        DatePart.Minute => FPart.Minute,
        DatePart.Second => FPart.Second,
        _ => throw Errors.Argument("Encoder.DateParts", "parts", part, "is no part of a date."),
    };
}
