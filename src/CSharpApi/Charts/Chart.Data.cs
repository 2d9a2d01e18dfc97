using FBarMode = Functional.BarMode;
using FBars = Functional.BarCharts.Chart;
using FDistributions = Functional.DistributionCharts.Chart;
using FForecasts = Functional.ForecastCharts.Chart;
using FHeatmaps = Functional.HeatmapCharts.Chart;
using FHistogramOptions = Functional.HistogramOptions;
using FScatter = Functional.ScatterCharts.Chart;
using FSeries = Functional.SeriesCharts.Chart;

namespace Functional.CSharp;

/// <summary>How the bars of several series stand.</summary>
public enum BarMode
{
    /// <summary>Beside each other.</summary>
    Grouped,

    /// <summary>On top of each other.</summary>
    Stacked,
}

public static partial class Chart
{
    /// <summary>A line through points (x, y) in their order.</summary>
    public static Figure Line(IEnumerable<double> x, IEnumerable<double> y) => new(FSeries.line(x, y));

    /// <summary>Several lines over the same x values, by name.</summary>
    public static Figure Lines(IEnumerable<double> x, params IEnumerable<(string Name, double[] Values)> series) =>
        new(FSeries.lines(x, Series(series)));

    /// <summary>Several series over time, by name.</summary>
    public static Figure TimeSeries(
        IEnumerable<DateTime> times, params IEnumerable<(string Name, double[] Values)> series) =>
        new(FSeries.timeSeries(times, Series(series)));

    /// <summary>Points (x, y). More than 20,000 are drawn by WebGL.</summary>
    public static Figure Scatter(IEnumerable<double> x, IEnumerable<double> y) => new(FScatter.scatter(x, y));

    /// <summary>Points (x, y) in a colour and a symbol for each class, in ascending order of the classes.</summary>
    public static Figure ScatterByClass(IEnumerable<string> classes, IEnumerable<double> x, IEnumerable<double> y) =>
        new(FScatter.scatterByClass(classes, x, y));

    /// <summary>A bar for each label.</summary>
    public static Figure Bar(IEnumerable<string> labels, IEnumerable<double> values) => new(FBars.bar(labels, values));

    /// <summary>Bars of several series over the same labels, by name. Equal labels have bars of their own.</summary>
    public static Figure Bars(
        BarMode mode, IEnumerable<string> labels, params IEnumerable<(string Name, double[] Values)> series) =>
        new(FBars.bars(mode == BarMode.Stacked ? FBarMode.Stacked : FBarMode.Grouped, labels, Series(series)));

    /// <summary>A horizontal bar for each label, the first on top: for long labels and rankings.</summary>
    public static Figure HorizontalBar(IEnumerable<string> labels, IEnumerable<double> values) =>
        new(FBars.horizontalBar(labels, values));

    /// <summary>A slice for each label, clockwise from the top in their order, with its share; equal labels share one.</summary>
    /// <exception cref="FunctionalException">A value is NaN, infinite or negative, or all are 0.</exception>
    public static Figure Pie(IEnumerable<string> labels, IEnumerable<double> values) => new(FBars.pie(labels, values));

    /// <summary>
    /// The histogram of values. <paramref name="bins"/> 0 takes NumPy's "auto"; <paramref name="density"/> shows shares by
    /// width instead of counts.
    /// </summary>
    public static Figure Histogram(IEnumerable<double> values, int bins = 0, bool density = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Histograms([("", values.ToArray())], bins, density);
    }

    /// <summary>Histograms of several series over the same bins, by name, see-through above each other.</summary>
    public static Figure Histograms(
        IEnumerable<(string Name, double[] Values)> series, int bins = 0, bool density = false) =>
        new(FDistributions.histogramsWith(new FHistogramOptions(bins, density), Series(series)));

    /// <summary>
    /// Box plots of several series, by name: quartiles (linear between values), whiskers to the last values within 1.5
    /// interquartile ranges, mild outliers as rings, extreme ones (3 ranges) as stars.
    /// </summary>
    public static Figure BoxPlots(params IEnumerable<(string Name, double[] Values)> series) =>
        new(FDistributions.boxPlots(Series(series)));

    /// <summary>Violins of several series, by name: the estimated density to both sides, with a box plot inside.</summary>
    public static Figure Violins(params IEnumerable<(string Name, double[] Values)> series) =>
        new(FDistributions.violins(Series(series)));

    /// <summary>A matrix [rows, columns] as coloured cells, the first row on top. NaN is an empty cell.</summary>
    public static Figure Heatmap(
        IEnumerable<string> rows, IEnumerable<string> columns, double[,] values, HeatmapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(FHeatmaps.heatmapWith((options ?? new()).Inner, rows, columns, values));
    }

    /// <summary>Correlations of named columns as cells from -1 (blue) to 1 (orange), with their numbers up to 30 columns.</summary>
    public static Figure CorrelationMatrix(IEnumerable<string> names, double[,] correlations)
    {
        ArgumentNullException.ThrowIfNull(correlations);
        return new(FHeatmaps.correlationMatrix(names, correlations));
    }

    /// <summary>How often the values of one column occur with each value of another, with the share of each in its row.</summary>
    public static Figure Contingency(IEnumerable<string> rows, IEnumerable<string> columns) =>
        new(FHeatmaps.contingency(Functional.Frequencies.contingency(rows, columns)));

    /// <summary>
    /// A forecast: known values as a line, the window that the model was given behind it, foretold values as crosses on a
    /// dashed line, what came as open rings, intervals as a band.
    /// </summary>
    public static Figure Forecast(Forecast forecast)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        return new(FForecasts.forecast(forecast.Inner));
    }
}
