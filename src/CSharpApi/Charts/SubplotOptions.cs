using FOptions = Functional.SubplotOptions;

namespace Functional.CSharp;

/// <summary>How charts are laid out beside each other.</summary>
public sealed record SubplotOptions
{
    /// <summary>Columns of charts. Default 0: as many as make the grid about square.</summary>
    public int Columns { get; init; }

    /// <summary>Pixels of the width of a chart's plotting area, without its labels. Default 340.</summary>
    public int CellWidth { get; init; } = 340;

    /// <summary>Pixels of the height of a chart's plotting area, without its labels. Default 260.</summary>
    public int CellHeight { get; init; } = 260;

    /// <summary>Pixels between plotting areas side by side, for the labels of axes. Default 90.</summary>
    public int GapX { get; init; } = 90;

    /// <summary>Pixels between plotting areas above each other, for labels and titles. Default 90.</summary>
    public int GapY { get; init; } = 90;

    /// <summary>The size of the charts' titles. Default 14.</summary>
    public int TitleSize { get; init; } = 14;

    /// <summary>Whether a name is in the legend once, however many charts have a trace of it. Default true.</summary>
    public bool SharedLegend { get; init; } = true;

    internal FOptions Inner => new(Columns, CellWidth, CellHeight, GapX, GapY, TitleSize, SharedLegend);
}
