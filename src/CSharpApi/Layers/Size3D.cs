namespace Functional.CSharp;

/// <summary>
/// A depth, a height and a width: of a kernel, a window, a stride. One number stands for all three, and so does a triple:
/// <c>Conv3D(32, 3)</c>, <c>Conv3D(32, (1, 3, 5))</c>.
/// </summary>
/// <param name="Depth">The one along the depth.</param>
/// <param name="Height">The vertical one.</param>
/// <param name="Width">The horizontal one.</param>
public readonly record struct Size3D(int Depth, int Height, int Width)
{
    /// <summary>The same number for all.</summary>
    public static implicit operator Size3D(int all) => new(all, all, all);

    /// <summary>The depth, the height, then the width.</summary>
    public static implicit operator Size3D((int Depth, int Height, int Width) sizes) =>
        new(sizes.Depth, sizes.Height, sizes.Width);

    internal Tuple<int, int, int> Triple => Tuple.Create(Depth, Height, Width);
}
