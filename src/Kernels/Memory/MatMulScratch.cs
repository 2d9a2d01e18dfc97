namespace Functional.Kernels;

/// <summary>Memory that products need for a while: a block of each thread for each use.</summary>
internal static unsafe class MatMulScratch
{
    /// <summary>A panel of B.</summary>
    public const int Panel = 0;

    /// <summary>Rows of A.</summary>
    public const int Rows = 1;

    /// <summary>The sums over parts of k.</summary>
    public const int Parts = 2;

    /// <summary>A whole vector, or a result before it is transposed.</summary>
    public const int Whole = 3;

    private const int Uses = 4;

    [ThreadStatic]
    private static Scratch[]? blocks;

    /// <summary>
    /// Room for so many elements, on a cache line. The next call on this thread for the same use gives the same
    /// memory.
    /// </summary>
    public static T* Get<T>(int use, nint length) where T : unmanaged =>
        (blocks ??= [.. Enumerable.Range(0, Uses).Select(_ => new Scratch())])[use].Get<T>(length);
}
