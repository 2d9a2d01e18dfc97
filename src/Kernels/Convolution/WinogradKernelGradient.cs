using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The gradient with respect to a 3 by 3 kernel by Winograd's algorithm. The result of a tile is linear in the transformed
/// kernel; the gradient of that is the sum over all tiles of the transformed tile of x times the transformed gradient of y's
/// tile: over all channels and filters 36 matrix products, in which k runs over the tiles. The sum is transformed back once.
/// Lines of tiles are cut into slices, in a number that depends on the sizes only; their sums are added in order.
/// </summary>
/// <remarks>Contract and cost: see <see cref="Convolution"/>.</remarks>
internal static unsafe class WinogradKernelGradient<V, S>
    where V : unmanaged
    where S : ISimd<float, V>
{
    private const int MaxSlices = 8;
    private const long SliceTiles = 64; // tiles of a slice
    private const long SumBytes = 32 << 20; // bytes of all slices' sums
    private const long BlockBytes = 512 << 10; // bytes of transformed tiles in a block
    private const int MinBlock = 32;
    private const int MaxBlock = 128;

    [ThreadStatic]
    private static Scratch? sums;

    [ThreadStatic]
    private static Scratch? blocks;

    /// <summary>
    /// Computes the gradient with respect to the kernel if Winograd's algorithm is faster and gives finite numbers: an infinite
    /// one would spread to other taps.
    /// </summary>
    public static bool Run(in ConvolutionShape s, float* x, float* dy, float* dkernel)
    {
        WinogradTiles tiles = WinogradTiles.Forward(s, x, dy);
        if (!tiles.Pays(s, S.Count))
        {
            return false;
        }

        Cut cut = new() { Tiles = tiles };
        int width = WinogradDriver<V, S>.Whole(s.Filters);
        cut.Plane = (nint)s.Channels * width;
        long size = WinogradTiles.Planes * cut.Plane, lines = (long)tiles.Batch * tiles.Lines;
        long slices = Math.Min(tiles.Tiles / SliceTiles, SumBytes / (size * sizeof(float)));
        slices = Math.Clamp(slices, 1, Math.Min(MaxSlices, lines));
        cut.LinesASlice = (lines + slices - 1) / slices;
        int count = Slicing.Count(lines, cut.LinesASlice);
        long tile = WinogradTiles.Planes * (s.Channels + width) * sizeof(float);
        long most = Math.Clamp(BlockBytes / tile, MinBlock, MaxBlock);
        int tilesASlice = (int)cut.LinesASlice * tiles.Columns, blocksASlice = Slicing.Count(tilesASlice, most);
        cut.TilesABlock = (tilesASlice + blocksASlice - 1) / blocksASlice;
        cut.Sum = (sums ??= new()).Get<float>(size * count);
        WorkerPool.Run(count, cut);

        TransformSlices transform = new() { From = cut.Sum, Sums = count, To = dkernel, Rows = s.Channels, Columns = s.Filters };
        transform.Grain = (int)Math.Clamp(4096 / width, 1, s.Channels);
        bool infinite = false;
        transform.Infinite = &infinite;
        WorkerPool.Run(Slicing.Count(s.Channels, transform.Grain), transform);
        return !infinite;
    }

    private struct Cut : ISlices
    {
        public WinogradTiles Tiles;
        public float* Sum;
        public nint Plane;
        public int TilesABlock;
        public long LinesASlice;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            WinogradImages source = Tiles.Source, result = Tiles.Result;
            int channels = source.Channels, width = WinogradDriver<V, S>.Whole(result.Channels);
            long line = slice * LinesASlice, end = Math.Min((long)Tiles.Batch * Tiles.Lines, line + LinesASlice);
            nint planeA = ((nint)TilesABlock * channels) + WinogradDriver<V, S>.Gap;
            nint planeB = ((nint)TilesABlock * width) + WinogradDriver<V, S>.Gap;
            nint blockA = WinogradTiles.Planes * planeA, blockB = WinogradTiles.Planes * planeB;
            float* a = (blocks ??= new()).Get<float>(blockA + blockB + Math.Max(channels, width));
            float* b = a + blockA, zeros = b + blockB, room = WinogradDriver<V, S>.Room;
            new Span<float>(zeros, Math.Max(channels, width)).Clear();
            float** pixels = stackalloc float*[WinogradTiles.Planes];
            float* sum = Sum + (slice * WinogradTiles.Planes * Plane);
            WinogradPlace place = new(line, Tiles.Lines, Tiles.Columns);
            bool add = false;
            for (long left = (end - line) * Tiles.Columns; left > 0; left -= TilesABlock, add = true)
            {
                int count = (int)Math.Min(TilesABlock, left);
                for (int t = 0; t < count; t++, place.Next())
                {
                    WinogradDriver<V, S>.Transform(
                        Tiles, place, zeros, pixels, a + ((nint)t * channels), planeA, room);
                    result.Window(
                        place.Image, WinogradTiles.Step * place.Line, WinogradTiles.Step * place.Column,
                        WinogradTiles.Step, zeros, pixels);
                    WinogradTransforms<V, S>.ResultGradient(
                        pixels, result.Channels, b + ((nint)t * width), planeB, room);
                }

                // columns of A are contiguous: a row of the product is a channel
                Operands<float> operands = new() { ARow = 1, AColumn = channels, CRow = width, Depth = count };
                for (int i = 0; i < WinogradTiles.Planes; i++)
                {
                    Multiply(operands, a + (i * planeA), channels, b + (i * planeB), width, sum + (i * Plane), add);
                }
            }
        }

        private static void Multiply(
            in Operands<float> operands, float* a, int channels, float* b, int width, float* sum, bool add)
        {
            for (int column = 0; column < width; column += 2 * S.Count)
            {
                WinogradDriver<V, S>.Panel(
                    operands, a, channels, b + column, width, sum + column, width - column > S.Count, add);
            }
        }
    }

    /// <summary>Adds the slices' sums in order and transforms them back; a slice is some channels.</summary>
    private struct TransformSlices : ISlices
    {
        public float* From;
        public float* To;
        public bool* Infinite;
        public int Sums;
        public int Rows;
        public int Columns;
        public int Grain;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int end = Slicing.End(slice, Grain, Rows), width = WinogradDriver<V, S>.Whole(Columns);
            nint plane = (nint)Rows * width, tap = (nint)Rows * Columns;
            float* room = WinogradDriver<V, S>.Room;
            for (int row = slice * Grain; row < end; row++)
            {
                for (int column = 0; column < Columns; column += S.Count)
                {
                    // the last vector ends at the last column: some columns are computed twice
                    int at = Math.Min(column, Columns - S.Count);
                    bool finite = WinogradTransforms<V, S>.FilterGradient(
                        From + ((nint)row * width) + at, plane, Sums, WinogradTiles.Planes * plane,
                        To + ((nint)row * Columns) + at, tap, room);
                    if (!finite)
                    {
                        *Infinite = true;
                    }
                }
            }
        }
    }
}
