namespace Functional.CSharp;

/// <summary>
/// A height and a width: of a kernel, a window, a stride. One number stands for both, and so does a pair:
/// <c>Conv2D(32, 3)</c>, <c>Conv2D(32, (3, 5))</c>.
/// </summary>
/// <param name="Height">The vertical one.</param>
/// <param name="Width">The horizontal one.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>The same number for both.</summary>
    public static implicit operator Size2D(int both) => new(both, both);

    /// <summary>The height, then the width.</summary>
    public static implicit operator Size2D((int Height, int Width) pair) => new(pair.Height, pair.Width);

    internal Tuple<int, int> Pair => Tuple.Create(Height, Width);
}
