using System.Text.Json.Nodes;

namespace Functional.CSharp.Tests;

/// <summary>Charts and reports from C#.</summary>
public static class ChartTests
{
    private static JsonNode Json(Figure figure) => JsonNode.Parse(figure.ToJson())!;

    private static string Type(Figure figure) => (string)Json(figure)["data"]![0]!["type"]!;

    private static readonly double[] Numbers = [1, 2, 3, 4, 9];

    private static readonly Tensor Images = Tensor.RandomNormal(1, [4, 6, 6]);

    private static readonly Deedle.Frame<int, string> Table = Frames.Of(Tensor.Of(1, 2, 2, 1, 4, 0.5).Reshape(3, 2), "a", "b");

    private static readonly (string Kind, Figure Figure)[] Kinds =
    [
        ("scatter", Chart.Line(Numbers, Numbers)),
        ("scatter", Chart.Lines(Numbers, ("a", Numbers), ("b", Numbers))),
        ("scatter", Chart.TimeSeries([DateTime.UnixEpoch, DateTime.UnixEpoch.AddDays(1)], ("a", [1, 2]))),
        ("scatter", Chart.Scatter(Numbers, Numbers)),
        ("scatter", Chart.ScatterByClass(["x", "y", "x", "y", "x"], Numbers, Numbers)),
        ("bar", Chart.Bar(["x", "y"], [1, 2])),
        ("bar", Chart.Bars(BarMode.Stacked, ["x", "y"], ("a", [1, 2]), ("b", [3, 4]))),
        ("bar", Chart.HorizontalBar(["x", "y"], [1, 2])),
        ("pie", Chart.Pie(["x", "y"], [1, 2])),
        ("bar", Chart.Histogram(Numbers, bins: 3)),
        ("bar", Chart.Histograms([("a", Numbers), ("b", Numbers)], density: true)),
        ("box", Chart.BoxPlots(("a", Numbers), ("b", Numbers))),
        ("violin", Chart.Violins(("a", Numbers))),
        ("heatmap", Chart.Heatmap(["r"], ["x", "y"], new double[,] { { 1, 2 } }, new() { Format = "F1", High = 3 })),
        ("heatmap", Chart.CorrelationMatrix(["x", "y"], new[,] { { 1, 0.5 }, { 0.5, 1 } })),
        ("heatmap", Chart.Contingency(["x", "y", "x"], ["p", "p", "q"])),
        ("scatter", Chart.Forecast(new([1, 2, 3], [4, 5]) { Window = 2, Actual = [4, 6] })),
        ("heatmap", Chart.Images(Images)),
        ("heatmap", Chart.ImagesWithLabels(Images, Ints(0, 1, 0, 1), ["cat", "dog"])),
        ("heatmap", Chart.ImagePredictions(Images, Ints(0, 1, 0, 1), Ints(0, 1, 1, 1))),
        ("bar", Chart.PairPlot(Table)),
        ("heatmap", Chart.Correlation(Table)),
        ("bar", Chart.ColumnHistograms(Table)),
        ("box", Chart.ColumnBoxPlots(Table)),
        ("bar", Chart.ValueCounts(Table, "a")),
    ];

    private static Tensor Ints(params int[] values) => Tensor.From(values.AsSpan(), [values.Length]);

    [Tests]
    public static Test Tests => List("Charts",
        Case("Every chart of data is made from C#", () =>
        {
            foreach (var (kind, figure) in Kinds)
                Expect.Equal(kind, Type(figure));
        }),

        Case("A chart is a value: each change gives a new one", () =>
        {
            var bars = Chart.Bar(["x"], [1]);
            var titled = bars.WithTitle("T").WithXTitle("x").WithYTitle("y").WithLegend().WithLogY().WithSize(300, 200);
            Expect.Equal(900, bars.Width);
            Expect.Equal(300, titled.Width);
            Expect.Equal("T", titled.Layout.title);
            Expect.Equal("log", (string)Json(titled)["layout"]!["yaxis"]!["type"]!);
            Expect.True(Json(bars)["layout"]!["title"] is null);
        }),

        Case("Traces of XPlot's go in and come out, with attributes it does not know", () =>
        {
            var trace = Traces.Extend(new XPlot.Plotly.Scatter { y = Numbers, name = "a" }, ("marker.line.width", 2));
            var figure = Chart.OfTraces(trace).WithTraces(Traces.OfType("violin", ("y", Numbers)));
            Expect.Equal(2, (int)Json(figure)["data"]![0]!["marker"]!["line"]!["width"]!);
            Expect.Equal("violin", (string)Json(figure)["data"]![1]!["type"]!);
            Expect.Equal("a", figure.Traces[0].name);
            Expect.Contains("violin", figure.ToXPlot().GetPlottingJS());
        }),

        Case("Frames make an animation, subplots a grid", () =>
        {
            var frames = Enumerable.Range(1, 3).Select(
                i => new AnimationFrame($"{i}", new XPlot.Plotly.Bar { y = new[] { i } }));
            var moving = Chart.Bar(["x"], [0]).Animate(frames, new() { Prefix = "step " });
            Expect.Equal(3, Json(moving)["frames"]!.AsArray().Count);
            var grid = Chart.Subplots(columns: 2, Chart.Bar(["x"], [1]), Chart.Pie(["x"], [1]));
            Expect.Equal(2, Json(grid)["data"]!.AsArray().Count);
        }),

        Case("Pages are linked or hold plotly.js", () =>
        {
            var bars = Chart.Bar(["x"], [1]);
            Expect.True(bars.ToHtml().Length > 4_000_000);
            Expect.Contains("https://cdn.plot.ly/", bars.ToHtml(PlotlySource.Cdn));
            Expect.Contains("src=\"own.js\"", bars.ToHtml(PlotlySource.Linked("own.js")));
        }),

        Case("A report holds what it was given", () =>
        {
            var page = new Report("R & R")
                .WithSubtitle("today")
                .AddSection("First")
                .AddText("some text")
                .AddPreformatted("a  b")
                .AddTable(["name", "value"], [["x", "1"]])
                .AddChart(Chart.Bar(["x"], [1]), "a caption")
                .AddFrame(Table)
                .ToHtml(PlotlySource.Cdn);
            foreach (var text in new[] { "R &amp; R", "today", "First", "some text", "a  b", "<td>x</td>", "a caption" })
                Expect.Contains(text, page);
        }),

        Case("Colours are known by number and as scales", () =>
        {
            Expect.Equal(Palette.Qualitative[0], Palette.Color(12));
            Expect.Equal((0.0, "#FFFFFF"), Palette.Tint[0]);
        }),

        Case("Data that do not fit are errors of the library", () =>
            Expect.Throws<FunctionalException>(() => Chart.Line([1, 2], [1]))));
}
