using Functional.Notebooks;
using FColumn = Functional.ColumnDescription;
using FDescription = Functional.DataDescription;
using FSummary = Functional.ColumnSummary;

namespace Functional.CSharp;

/// <summary>What is known of a column of numbers; all NaN where it has no value.</summary>
/// <param name="Mean">The arithmetic mean.</param>
/// <param name="Deviation">The sample standard deviation (n - 1); NaN of fewer than two values.</param>
/// <param name="Min">The least value.</param>
/// <param name="LowerQuartile">The first quartile, linear between values.</param>
/// <param name="Median">The median.</param>
/// <param name="UpperQuartile">The third quartile, linear between values.</param>
/// <param name="Max">The largest value.</param>
public sealed record NumberSummary(
    double Mean, double Deviation, double Min, double LowerQuartile, double Median, double UpperQuartile, double Max);

/// <summary>What is known of a column of dates.</summary>
/// <param name="Mean">The mean of the dates.</param>
/// <param name="Min">The first date.</param>
/// <param name="LowerQuartile">The first quartile, linear between dates.</param>
/// <param name="Median">The median.</param>
/// <param name="UpperQuartile">The third quartile, linear between dates.</param>
/// <param name="Max">The last date.</param>
public sealed record DateSummary(
    DateTime Mean, DateTime Min, DateTime LowerQuartile, DateTime Median, DateTime UpperQuartile, DateTime Max);

/// <summary>What is known of a column of words, or of true and false.</summary>
/// <param name="Unique">How many different values there are.</param>
/// <param name="Top">The value that stands most often; null where there is no value.</param>
/// <param name="Frequency">How often it stands.</param>
public sealed record WordSummary(int Unique, string? Top, int Frequency);

/// <summary>The description of a column.</summary>
public sealed class ColumnDescription
{
    private readonly FColumn inner;

    internal ColumnDescription(FColumn inner) => this.inner = inner;

    /// <summary>Its name.</summary>
    public string Name => inner.Name;

    /// <summary>The type of its values.</summary>
    public Type Type => inner.Type;

    /// <summary>How many values it has.</summary>
    public int Count => inner.Count;

    /// <summary>How many values it misses.</summary>
    public int Missing => inner.Missing;

    /// <summary>What its numbers are like; null where it has none.</summary>
    public NumberSummary? Numbers => inner.Summary is FSummary.Numbers { Item: var n }
        ? new(n.Mean, n.Deviation, n.Min, n.LowerQuartile, n.Median, n.UpperQuartile, n.Max)
        : null;

    /// <summary>What its dates are like; null where it has none.</summary>
    public DateSummary? Dates => inner.Summary is FSummary.Dates { Item: var d }
        ? new(d.Mean, d.Min, d.LowerQuartile, d.Median, d.UpperQuartile, d.Max)
        : null;

    /// <summary>What its words are like; null where it has none.</summary>
    public WordSummary? Words => inner.Summary is FSummary.Words { Item: var w }
        ? new(w.Unique, Interop.Value(w.Top), w.Frequency)
        : null;
}

/// <summary>The description of a frame, column by column.</summary>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class DataDescription : IShownInNotebooks
{
    private readonly FDescription inner;

    internal DataDescription(FDescription inner) => this.inner = inner;

    /// <summary>The number of rows.</summary>
    public int RowCount => inner.RowCount;

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<ColumnDescription> Columns =>
        [.. inner.Columns.Select(column => new ColumnDescription(column))];

    /// <summary>A table of the columns of numbers, one of those of dates and one of those of words.</summary>
    public override string ToString() => inner.ToString();

    string IShownInNotebooks.NotebookHtml() => ((IShownInNotebooks)inner).NotebookHtml();
}
