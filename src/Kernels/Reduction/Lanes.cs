namespace Functional.Kernels;

/// <summary>The lanes along the middle axis of [outer, n, inner], cut into slices.</summary>
internal readonly struct Lanes(int outer, int n, int inner)
{
    private const int Grain = 1 << 14; // elements of a slice
    private readonly int perSlice = Math.Max(1, Grain / Math.Max(1, n));

    public readonly int N = n;
    public readonly int Inner = inner;

    public int Slices => Slicing.Count((long)outer * Inner, perSlice);

    public (long First, long Last) Of(int slice) =>
        ((long)slice * perSlice, Math.Min(((long)slice + 1) * perSlice, (long)outer * Inner));

    /// <summary>The index of a lane's first element.</summary>
    public long Start(long lane) => (lane / Inner * N * Inner) + (lane % Inner);
}
