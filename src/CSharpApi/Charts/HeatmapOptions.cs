using FOptions = Functional.HeatmapOptions;

namespace Functional.CSharp;

/// <summary>How a heatmap looks.</summary>
public sealed record HeatmapOptions
{
    /// <summary>.NET's format of the numbers in the cells, as "F2". Default "": cells without numbers.</summary>
    public string Format { get; init; } = "";

    /// <summary>The colour scale. Default <see cref="Palette.Sequential"/>.</summary>
    public IReadOnlyList<(double Position, string Color)> Colors { get; init; } = Palette.Sequential;

    /// <summary>The number at the low end of the scale. Default: the least there is.</summary>
    public double? Low { get; init; }

    /// <summary>The number at the high end of the scale. Default: the greatest there is.</summary>
    public double? High { get; init; }

    /// <summary>Whether cells are squares. Default false.</summary>
    public bool Square { get; init; }

    /// <summary>Whether the colour scale stands beside the chart. Default true.</summary>
    public bool ShowScale { get; init; } = true;

    internal FOptions Inner =>
        new(Format, Palette.Inner(Colors), Interop.Option(Low), Interop.Option(High), Square, ShowScale);
}
