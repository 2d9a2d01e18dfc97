using Functional.Notebooks;
using FAnimation = Functional.AnimationCharts.Chart;
using FChart = Functional.FigureCharts.Chart;
using FFigure = Functional.Figure;
using FPage = Functional.PageCharts.Chart;
using FPicture = Functional.PictureCharts.Chart;
using XLayout = XPlot.Plotly.Layout.Layout;
using XTrace = XPlot.Plotly.Trace;

namespace Functional.CSharp;

/// <summary>
/// A chart as a value: traces, layout and frames of an animation as plotly.js reads them. Made by the methods of
/// <see cref="Chart"/>; each call here gives a new one. Notebooks show it.
/// </summary>
/// <remarks>
/// Text given to methods is shown as it stands; text in XPlot's objects is plotly.js's markup. Arguments out of range raise
/// a <see cref="FunctionalException"/>.
/// </remarks>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class Figure : IShownInNotebooks
{
    internal Figure(FFigure inner) => Inner = inner;

    internal FFigure Inner { get; }

    /// <summary>XPlot's traces of the chart, copied; one with attributes that XPlot has no properties for is an ExtendedTrace.</summary>
    public IReadOnlyList<XTrace> Traces => Inner.Traces;

    /// <summary>XPlot's layout of the chart, copied, without the style shared by all charts.</summary>
    public XLayout Layout => Inner.Layout;

    /// <summary>The width in pixels, 900 unless <see cref="WithSize"/> says otherwise: of pictures, and the most in pages.</summary>
    public int Width => Inner.Width;

    /// <summary>The height in pixels, 500 unless <see cref="WithSize"/> says otherwise.</summary>
    public int Height => Inner.Height;

    /// <summary>The chart with a title.</summary>
    public Figure WithTitle(string title) => new(FChart.withTitle(Checked(title), Inner));

    /// <summary>The chart with a title of its x axis (the first).</summary>
    public Figure WithXTitle(string title) => new(FChart.withXTitle(Checked(title), Inner));

    /// <summary>The chart with a title of its y axis (the first).</summary>
    public Figure WithYTitle(string title) => new(FChart.withYTitle(Checked(title), Inner));

    /// <summary>The chart with or without its legend.</summary>
    public Figure WithLegend(bool shown = true) => new(FChart.withLegend(shown, Inner));

    /// <summary>The chart with its size in pixels, each from 50 to 10,000.</summary>
    public Figure WithSize(int width, int height) => new(FChart.withSize(width, height, Inner));

    /// <summary>The chart with a logarithmic y axis (the first). Numbers that are not positive are gaps there.</summary>
    public Figure WithLogY() => new(FChart.withLogY(Inner));

    /// <summary>The chart with a layout of XPlot's laid over its own.</summary>
    public Figure WithLayout(XLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new(FChart.withLayout(layout, Inner));
    }

    /// <summary>
    /// The chart with a value of its layout by plotly.js's name; a path goes inside, as "xaxis.range". Values are texts,
    /// numbers, arrays, or XPlot's objects.
    /// </summary>
    public Figure WithLayoutValue(string path, object value)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FChart.withLayoutValues([Tuple.Create(path, value)], Inner));
    }

    /// <summary>The chart with further traces of XPlot's, drawn above the others.</summary>
    public Figure WithTraces(params IEnumerable<XTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(traces);
        return new(FChart.withTraces(traces, Inner));
    }

    /// <summary>
    /// The chart with frames, a slider, and buttons that play and pause. It shows its own traces until it is played, so give
    /// it those of the first frame. Two frames of one name, and a trace that the chart does not have, are errors.
    /// </summary>
    public Figure Animate(IEnumerable<AnimationFrame> frames, AnimationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(frames);
        return new(FAnimation.animateWith((options ?? new()).Inner, frames.Select(frame => frame.Inner), Inner));
    }

    /// <summary>The chart as XPlot's own, to go on with. XPlot has no frames: an animation is an error.</summary>
    public XPlot.Plotly.PlotlyChart ToXPlot() => FChart.toXPlot(Inner);

    /// <summary>The chart as JSON for plotly.js: an object of data, layout, frames and config.</summary>
    public string ToJson() => Inner.ToJson();

    /// <summary>A page of HTML with the chart; by default it holds plotly.js (4.6 MB) and works without a network.</summary>
    public string ToHtml(PlotlySource? source = null) => FPage.toHtmlFrom(PlotlySource.InnerOf(source), Inner);

    /// <summary>Writes the page of <see cref="ToHtml"/> to a file, atomically.</summary>
    public void SaveHtml(string path, PlotlySource? source = null) =>
        FPage.saveHtmlFrom(PlotlySource.InnerOf(source), Checked(path), Inner);

    /// <summary>
    /// Opens the chart in the machine's browser, from a page in the folder of temporary files. Where no browser can be opened
    /// the error names the page.
    /// </summary>
    public void Show() => FPage.show(Inner);

    /// <summary>
    /// Writes the chart as a PNG of twice its size in pixels, by a Chromium that is started for it (about a second; a
    /// <see cref="ChartRenderer"/> draws many). No Chromium is an error that says how to mend it; pages need none.
    /// </summary>
    public void SavePng(string path) => FPicture.savePng(Checked(path), Inner);

    /// <summary>Writes the chart as SVG; see <see cref="SavePng"/>.</summary>
    public void SaveSvg(string path) => FPicture.saveSvg(Checked(path), Inner);

    /// <summary>
    /// Writes the frames of an animation as a GIF that runs again and again, 200 ms a frame, of the chart's size; see
    /// <see cref="SavePng"/>.
    /// </summary>
    public void SaveGif(string path) => FPicture.saveGif(Checked(path), Inner);

    /// <summary>The kinds of traces and the title.</summary>
    public override string ToString() => Inner.ToString();

    string IShownInNotebooks.NotebookHtml() => ((IShownInNotebooks)Inner).NotebookHtml();

    private static string Checked(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text;
    }
}
