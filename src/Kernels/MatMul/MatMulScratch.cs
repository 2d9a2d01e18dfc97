namespace Functional.Kernels;

/// <summary>Scratch memory of products: for each thread a block for each use.</summary>
internal static unsafe class MatMulScratch
{
    /// <summary>A packed panel of B.</summary>
    public const int Panel = 0;

    /// <summary>Packed tiles of A.</summary>
    public const int Rows = 1;

    /// <summary>The sums over parts of k (split-k).</summary>
    public const int Parts = 2;

    /// <summary>A whole vector, or a result before it is transposed.</summary>
    public const int Whole = 3;

    /// <summary>Rows of A that were chosen by their numbers.</summary>
    public const int Numbered = 4;

    private const int Uses = 5;

    [ThreadStatic]
    private static Scratch[]? blocks;

    /// <summary>
    /// Memory for <paramref name="length"/> elements, aligned to a cache line. The next call on this thread for the same use
    /// gives the same memory.
    /// </summary>
    public static T* Get<T>(int use, nint length) where T : unmanaged =>
        (blocks ??= [.. Enumerable.Range(0, Uses).Select(_ => new Scratch())])[use].Get<T>(length);
}
