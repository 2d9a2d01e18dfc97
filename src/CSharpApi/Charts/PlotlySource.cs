using FSource = Functional.PlotlySource;

namespace Functional.CSharp;

/// <summary>Where a page has plotly.js from.</summary>
public sealed class PlotlySource
{
    private PlotlySource(FSource inner) => Inner = inner;

    internal FSource Inner { get; }

    /// <summary>Inside the page, 4.6 MB: it works without a network.</summary>
    public static PlotlySource Embedded { get; } = new(FSource.Embedded);

    /// <summary>Linked to cdn.plot.ly: the page is small and needs a network.</summary>
    public static PlotlySource Cdn { get; } = new(FSource.Cdn);

    /// <summary>Linked to a script of one's own, by an address or a path.</summary>
    public static PlotlySource Linked(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new(FSource.NewLinked(address));
    }

    internal static FSource InnerOf(PlotlySource? source) => (source ?? Embedded).Inner;
}
