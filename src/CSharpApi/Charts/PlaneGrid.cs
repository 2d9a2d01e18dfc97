using FPlaneGrid = Functional.PlaneGrid;

namespace Functional.CSharp;

/// <summary>A grid of points in the plane: all pairs of <see cref="Xs"/> and <see cref="Ys"/>.</summary>
public sealed class PlaneGrid
{
    internal PlaneGrid(FPlaneGrid inner) => Inner = inner;

    internal FPlaneGrid Inner { get; }

    /// <summary>A grid of so many points along each axis, ends included.</summary>
    /// <exception cref="FunctionalException">There are fewer than 2 points along an axis, or a range is empty.</exception>
    public static PlaneGrid Over(
        (double Low, double High) xRange, (double Low, double High) yRange, int resolution = 100) =>
        new(PlaneGridModule.create(resolution, xRange.Low, xRange.High, yRange.Low, yRange.High));

    /// <summary>A grid around samples [n, 2], with a margin of a share of their range on each side.</summary>
    /// <exception cref="FunctionalException">The samples do not have two features.</exception>
    public static PlaneGrid Around(Tensor samples, int resolution = 100, double margin = 0.1) =>
        new(PlaneGridModule.around(resolution, margin, Interop.Inner(samples)));

    /// <summary>The columns' coordinates, ascending.</summary>
    public IReadOnlyList<double> Xs => Array.AsReadOnly(Inner.Xs);

    /// <summary>The rows' coordinates, ascending.</summary>
    public IReadOnlyList<double> Ys => Array.AsReadOnly(Inner.Ys);

    /// <summary>The points row by row, Float32 [rows * columns, 2].</summary>
    public Tensor Points => new(Inner.Points);
}
