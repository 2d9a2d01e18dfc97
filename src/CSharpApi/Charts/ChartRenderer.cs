using FRenderer = Functional.ChartRenderer;

namespace Functional.CSharp;

/// <summary>
/// Draws charts as pictures in one headless Chromium, which is started once and ended by <see cref="Dispose"/>. Several
/// threads may use it; they take turns.
/// </summary>
public sealed class ChartRenderer : IDisposable
{
    private readonly FRenderer inner;

    private ChartRenderer(FRenderer inner) => this.inner = inner;

    /// <summary>
    /// Starts Chromium: the one that the environment variable FUNCTIONAL_CHROMIUM names, else one from the path.
    /// </summary>
    /// <exception cref="FunctionalException">There is none; the message says how to mend it.</exception>
    public static ChartRenderer Start() => new(FRenderer.Start());

    /// <summary>The chart as a PNG of its size times a scale from 0.1 to 10.</summary>
    public byte[] Png(Figure figure, double scale = 2)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return inner.Png(figure.Inner, scale);
    }

    /// <summary>The chart as SVG of its size. Traces drawn by WebGL are pictures in it.</summary>
    public string Svg(Figure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return inner.Svg(figure.Inner);
    }

    /// <summary>The frames of an animation as a GIF that runs again and again, of the chart's size times a scale.</summary>
    /// <exception cref="FunctionalException">The chart has no frames.</exception>
    public byte[] Gif(Figure figure, int milliseconds = 200, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return inner.Gif(figure.Inner, milliseconds, scale);
    }

    /// <summary>Ends the browser.</summary>
    public void Dispose() => ((IDisposable)inner).Dispose();
}
