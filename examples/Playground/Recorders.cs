using Functional.CSharp;
using Trace = XPlot.Plotly.Trace;

namespace Playground;

/// <summary>Keeps what a model says of the plane while it learns.</summary>
internal interface IRecorder
{
    Callback Callback { get; }

    Figure Animation(Dataset points);
}

/// <summary>Keeps the regions of two classes.</summary>
internal sealed class ClassRecorder : IRecorder
{
    private readonly DecisionRecorder recorder = new(PlaneGrid.Over((-1.1, 1.1), (-1.1, 1.1), resolution: 50), every: 5);

    public Callback Callback => recorder.Callback;

    public Figure Animation(Dataset points) => Chart.DecisionAnimation(recorder, points.Features, points.Labels);
}

/// <summary>Keeps predicted heights.</summary>
internal sealed class HeightRecorder : IRecorder
{
    private const double Low = -0.3, High = 1.2;

    private static readonly object[][] Colors = [.. Palette.Sequential.Select(stop => new object[] { stop.Position, stop.Color })];

    private readonly PlaneGrid grid = PlaneGrid.Over((-1.1, 1.1), (-1.1, 1.1), resolution: 50);
    private readonly List<AnimationFrame> frames = [];

    public Callback Callback => Callback.OnEpochEnd(moment =>
    {
        if ((moment.Epoch + 1) % 5 == 0)
        {
            frames.Add(new($"{moment.Epoch + 1}", Surface(moment.Model)));
        }
    });

    /// <summary>The predicted heights below those of the samples, in one scale of colours.</summary>
    public Figure Animation(Dataset points)
    {
        float[][] at = points.Features.ToRows();
        Trace samples = Traces.OfType(
            "scatter",
            ("x", at.Select(p => p[0])),
            ("y", at.Select(p => p[1])),
            ("mode", "markers"),
            ("marker.color", points.Labels.ToArray()),
            ("marker.colorscale", Colors),
            ("marker.cmin", Low),
            ("marker.cmax", High),
            ("marker.size", 8),
            ("marker.line.width", 1),
            ("marker.line.color", "white"));

        return Chart.OfTraces(frames[0].Traces[0], samples)
            .WithXTitle("feature 1")
            .WithYTitle("feature 2")
            .WithSize(860, 620)
            .Animate(frames, new AnimationOptions { Prefix = "epoch " });
    }

    private Trace Surface(Model model) => Traces.OfType(
        "heatmap",
        ("x", grid.Xs),
        ("y", grid.Ys),
        ("z", model.Predict(grid.Points).ToArray().Chunk(grid.Xs.Count)),
        ("colorscale", Colors),
        ("zmin", Low),
        ("zmax", High),
        ("hoverinfo", "skip"));
}
