using FChart = Functional.FigureCharts.Chart;
using FSubplots = Functional.SubplotCharts.Chart;
using XTrace = XPlot.Plotly.Trace;

namespace Functional.CSharp;

/// <summary>
/// Charts. NaN and infinities are gaps; empty data, and lengths that do not fit, raise a <see cref="FunctionalException"/>.
/// </summary>
public static partial class Chart
{
    /// <summary>A chart of XPlot's traces, with the style shared by all charts.</summary>
    public static Figure OfTraces(params IEnumerable<XTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(traces);
        return new(FChart.ofTraces(traces));
    }

    /// <summary>
    /// Charts in a grid, row by row, as one chart; each keeps its title, axes, annotations and colour bars. Charts of 2-D, 3-D
    /// and round traces may be mixed. An animation among them is an error.
    /// </summary>
    public static Figure Subplots(IEnumerable<Figure> figures, SubplotOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new(FSubplots.subplotsWith((options ?? new()).Inner, figures.Select(figure => figure.Inner)));
    }

    /// <summary>Charts in a grid of so many columns; see <see cref="Subplots(IEnumerable{Figure}, SubplotOptions)"/>.</summary>
    public static Figure Subplots(int columns, params IEnumerable<Figure> figures) =>
        Subplots(figures, new() { Columns = columns });

    private static IEnumerable<Tuple<string, IEnumerable<double>>> Series<T>(
        IEnumerable<(string Name, T Values)> series)
        where T : IEnumerable<double>
    {
        ArgumentNullException.ThrowIfNull(series);
        return series.Select(one => Tuple.Create(one.Name, (IEnumerable<double>)one.Values));
    }
}
