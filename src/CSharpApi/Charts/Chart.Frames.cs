using Deedle;
using FFrames = Functional.FrameCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// Every column of numbers against every other (a scatter matrix), with histograms on the diagonal; up to 12 columns. With
    /// <paramref name="label"/>, each value of that column has a colour and a symbol.
    /// </summary>
    public static Figure PairPlot<TRow>(Frame<TRow, string> frame, string? label = null)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(label is null ? FFrames.pairPlot(frame) : FFrames.pairPlotByClass(label, frame));
    }

    /// <summary>Pearson's correlations of the columns of numbers; rows where either value is missing are left out of a pair.</summary>
    public static Figure Correlation<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FFrames.correlation(frame));
    }

    /// <summary>A histogram of each column of numbers, side by side.</summary>
    public static Figure ColumnHistograms<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FFrames.columnHistograms(frame));
    }

    /// <summary>A box plot of each column of numbers, each on an axis of its own, side by side.</summary>
    public static Figure ColumnBoxPlots<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FFrames.columnBoxPlots(frame));
    }

    /// <summary>How often each value of a column occurs, as bars, most frequent first; at most 40 values.</summary>
    public static Figure ValueCounts<TRow>(Frame<TRow, string> frame, string column)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(column);
        return new(FFrames.valueCounts(column, frame));
    }
}
