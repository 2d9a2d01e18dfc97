using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// 3 by 3 correlations by Winograd's algorithm: tiles of the source and the kernel are transformed, multiplied element
/// by element, which over all channels and filters are 36 matrix products, and transformed back. Some tiles at a time
/// go all the way, so that what lies between stays in the second cache. An infinite element, or one that becomes so on
/// the way, would undo its neighbours in a tile: such tiles are done again by the definition.
/// </summary>
internal static unsafe class WinogradDriver<V, S>
    where V : unmanaged
    where S : ISimd<float, V>
{
    private const long SliceWork = 1 << 17; // multiplications worth a slice
    private const int MinSlices = 16;
    private const int MaxSlices = 64;
    private const long SliceBytes = 512 << 10; // of the result
    private const long BlockBytes = 512 << 10; // of transformed tiles
    private const int EpilogueBytes = 32 << 10;

    [ThreadStatic]
    private static Scratch? turned;

    [ThreadStatic]
    private static Scratch? transformed;

    [ThreadStatic]
    private static Scratch? blocks;

    [ThreadStatic]
    private static Scratch? between;

    /// <summary>Tiles that are multiplied at once are a multiple of this: what registers hold.</summary>
    public static int Unit => S.Count * sizeof(float) == 64 ? 14 : 12;

    /// <summary>Between planes of transformed tiles, so that they do not meet in the same set of the cache.</summary>
    public static int Gap => 64 / sizeof(float);

    /// <summary>Room for what lies between the two dimensions of a transform.</summary>
    public static float* Room => (between ??= new()).Get<float>(WinogradTiles.Planes * S.Count);

    /// <summary>So many channels with those that fill the last vector.</summary>
    public static int Whole(int channels) => (channels + S.Count - 1) / S.Count * S.Count;

    public static bool Forward(in ConvolutionShape s, float* x, float* kernel, float* y, Epilogue? epilogue)
    {
        WinogradTiles tiles = WinogradTiles.Forward(s, x, y);
        if (!tiles.Pays(s, S.Count))
        {
            return false;
        }

        Run(tiles, kernel, epilogue);
        return true;
    }

    public static bool InputGradient(in ConvolutionShape s, float* dy, float* kernel, float* dx, Epilogue? epilogue)
    {
        WinogradTiles tiles = WinogradTiles.InputGradient(s, dy, dx);
        if (!tiles.Pays(s, S.Count))
        {
            return false;
        }

        float* back = (turned ??= new()).Get<float>(9L * s.Channels * s.Filters);
        WorkerPool.Run(9, new Turning() { From = kernel, To = back, Channels = s.Channels, Filters = s.Filters });
        Run(tiles, back, epilogue);
        return true;
    }

    private static void Run(in WinogradTiles tiles, float* kernel, Epilogue? epilogue)
    {
        int depth = tiles.Source.Channels, width = Whole(tiles.Result.Channels);
        long size = (long)depth * width;
        float* b = (transformed ??= new()).Get<float>(WinogradTiles.Planes * size);
        Filters filters = new() { From = kernel, To = b, Depth = depth, Columns = tiles.Result.Channels };
        filters.Grain = (int)Math.Clamp(8192 / width, 1, depth);
        WorkerPool.Run(Slicing.Count(depth, filters.Grain), filters);

        Cut cut = new() { Tiles = tiles, Kernel = kernel, B = b, Epilogue = epilogue };
        long lines = (long)tiles.Batch * tiles.Lines;
        long work = tiles.Tiles * WinogradTiles.Planes * size;
        long result = (long)tiles.Result.Height * tiles.Result.Width * tiles.Batch * tiles.Result.Channels;
        long slices = Math.Clamp(result * sizeof(float) / SliceBytes, MinSlices, MaxSlices);
        slices = Math.Min(slices, Math.Min(work / SliceWork, tiles.Tiles / Unit));
        slices = Math.Clamp(slices, 1, lines);
        cut.LinesASlice = (lines + slices - 1) / slices;

        // blocks of one size: a small one at the end would leave registers empty
        long bytes = Math.Max(BlockBytes, WinogradTiles.Planes * size * sizeof(float) / 2);
        long most = Math.Clamp(bytes / (WinogradTiles.Planes * (depth + width) * sizeof(float)) / Unit, 1, 4) * Unit;
        int tilesASlice = (int)cut.LinesASlice * tiles.Columns, blocksASlice = Slicing.Count(tilesASlice, most);
        cut.TilesABlock = (tilesASlice + blocksASlice - 1) / blocksASlice;
        WorkerPool.Run(Slicing.Count(lines, cut.LinesASlice), cut);
    }

    /// <summary>The kernel turned by half a circle, with channels and filters exchanged; a tap is a slice.</summary>
    private struct Turning : ISlices
    {
        public float* From;
        public float* To;
        public int Channels;
        public int Filters;

        public readonly void Run(int slice)
        {
            nint size = (nint)Channels * Filters;
            float* from = From + (slice * size), to = To + ((8 - slice) * size);
            CorrelationPacking<float, V, S>.Transpose(from, Filters, to, Channels, Channels, Filters);
        }
    }

    /// <summary>The kernel transformed: 36 matrices, in panels of two vectors of columns; some rows are a slice.</summary>
    private struct Filters : ISlices
    {
        public float* From;
        public float* To;
        public int Depth;
        public int Columns;
        public int Grain;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int end = Math.Min(Depth, (slice + 1) * Grain), wide = 2 * S.Count, whole = Whole(Columns);
            nint tap = (nint)Depth * Columns, plane = (nint)Depth * whole;
            float* part = stackalloc float[9 * S.Count], room = Room;
            for (int d = slice * Grain; d < end; d++)
            {
                for (int column = 0; column < Columns; column += S.Count)
                {
                    int panel = column / wide * wide, width = Math.Min(wide, whole - panel);
                    float* to = To + ((nint)panel * Depth) + ((nint)d * width) + (column - panel);
                    float* from = From + ((nint)d * Columns) + column;
                    if (column + S.Count <= Columns)
                    {
                        WinogradTransforms<V, S>.Filter(from, tap, to, plane, room);
                        continue;
                    }

                    new Span<float>(part, 9 * S.Count).Clear();
                    for (int i = 0; i < 9; i++)
                    {
                        new Span<float>(from + (i * tap), Columns - column).CopyTo(new(part + (i * S.Count), S.Count));
                    }

                    WinogradTransforms<V, S>.Filter(part, S.Count, to, plane, room);
                }
            }
        }
    }

    private struct Cut : ISlices
    {
        public WinogradTiles Tiles;
        public float* Kernel;
        public float* B;
        public Epilogue? Epilogue;
        public int TilesABlock;
        public long LinesASlice;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            WinogradImages source = Tiles.Source, result = Tiles.Result;
            int depth = source.Channels, width = Whole(result.Channels);
            long line = slice * LinesASlice, end = Math.Min((long)Tiles.Batch * Tiles.Lines, line + LinesASlice);
            nint planeA = ((nint)TilesABlock * depth) + Gap, planeC = ((nint)TilesABlock * width) + Gap;
            float* a = (blocks ??= new()).Get<float>((WinogradTiles.Planes * (planeA + planeC)) + depth);
            float* c = a + (WinogradTiles.Planes * planeA), zeros = c + (WinogradTiles.Planes * planeC);
            float* room = Room;
            new Span<float>(zeros, depth).Clear();
            float** pixels = stackalloc float*[WinogradTiles.Planes];
            WinogradPlace from = new(line, Tiles.Lines, Tiles.Columns), to = from;
            for (long left = (end - line) * Tiles.Columns; left > 0; left -= TilesABlock)
            {
                int count = (int)Math.Min(TilesABlock, left);
                for (int t = 0; t < count; t++, from.Next())
                {
                    Transform(Tiles, from, zeros, pixels, a + ((nint)t * depth), planeA, room);
                }

                // products leave memory at rest: it brings what comes next, but for the two rows and columns of a
                // window that belong to its neighbours too
                WinogradPlace later = from;
                for (int i = 0, t = 0; i < WinogradTiles.Planes; i++)
                {
                    for (; t * WinogradTiles.Planes < (i + 1) * count; t++)
                    {
                        source.Fetch(
                            later.Image, (WinogradTiles.Step * later.Line) + 2 - Tiles.PadTop,
                            (WinogradTiles.Step * later.Column) + 2 - Tiles.PadLeft);
                        later.Next();
                    }

                    Multiply(a + (i * planeA), depth, B + ((nint)i * depth * width), c + (i * planeC), width, count);
                }

                for (int t = 0; t < count; t++, to.Next())
                {
                    int y = WinogradTiles.Step * to.Line, x = WinogradTiles.Step * to.Column;
                    bool finite = WinogradTransforms<V, S>.Result(
                        c + ((nint)t * width), planeC, result.Pixel(to.Image, y, x), result.Row, result.Channels,
                        result.Height - y, result.Width - x, room);
                    if (!finite)
                    {
                        int bottom = Math.Min(y + WinogradTiles.Step, result.Height);
                        int right = Math.Min(x + WinogradTiles.Step, result.Width);
                        Define(to.Image, y, bottom, x, right);
                    }
                }
            }

            if (Epilogue is not null)
            {
                int block = Math.Max(1, EpilogueBytes / (result.Channels * sizeof(float)));
                for (long pixel = Pixel(line); pixel < Pixel(end); pixel += block)
                {
                    Epilogue.Run(pixel, Math.Min(block, Pixel(end) - pixel), 0, result.Channels);
                }
            }
        }

        /// <summary>Pixels of the result by the definition.</summary>
        private readonly void Define(int image, int top, int bottom, int left, int right)
        {
            int columns = Tiles.Result.Channels, depth = Tiles.Source.Channels;
            for (int y = top; y < bottom; y++)
            {
                for (int x = left; x < right; x++)
                {
                    float* to = Tiles.Result.Pixel(image, y, x);
                    for (int column = 0; column < columns; column += S.Count)
                    {
                        int at = Math.Min(column, columns - S.Count);
                        V sum = default;
                        for (int tap = 0; tap < 9; tap++)
                        {
                            int sourceY = y - Tiles.PadTop + (tap / 3), sourceX = x - Tiles.PadLeft + (tap % 3);
                            if (Tiles.Source.Inside(sourceY, sourceX, 1))
                            {
                                float* from = Tiles.Source.Pixel(image, sourceY, sourceX);
                                float* kernel = Kernel + ((nint)tap * depth * columns) + at;
                                for (int d = 0; d < depth; d++)
                                {
                                    sum = S.Fma(S.Set(from[d]), S.Load(kernel + ((nint)d * columns)), sum);
                                }
                            }
                        }

                        S.Store(to + at, sum);
                    }
                }
            }
        }

        /// <summary>The first pixel of a line of tiles.</summary>
        private readonly long Pixel(long line)
        {
            long row = (line / Tiles.Lines * Tiles.Result.Height) + (WinogradTiles.Step * (line % Tiles.Lines));
            return row * Tiles.Result.Width;
        }

        /// <summary>Transformed tiles, which are rows of A, times one of the kernel's matrices.</summary>
        private static void Multiply(float* a, int depth, float* b, float* c, int width, int count)
        {
            Operands<float> operands = new() { ARow = depth, AColumn = 1, CRow = width, Depth = depth };
            for (int column = 0; column < width;)
            {
                int here = Math.Min(2 * S.Count, width - column);
                Panel(operands, a, count, b, here, c + column, here > S.Count, false);
                b += (nint)depth * here;
                column += here;
            }
        }
    }

    /// <summary>The transformed tile of the source, in planes.</summary>
    public static void Transform(
        in WinogradTiles tiles, in WinogradPlace place, float* zeros, float** pixels, float* to, nint plane, float* room)
    {
        int y = (WinogradTiles.Step * place.Line) - tiles.PadTop, x = (WinogradTiles.Step * place.Column) - tiles.PadLeft;
        tiles.Source.Window(place.Image, y, x, WinogradTiles.Size, zeros, pixels);
        WinogradTransforms<V, S>.Data(pixels, tiles.Source.Channels, to, plane, room);
    }

    /// <summary>All rows of a panel of one or two vectors of columns.</summary>
    public static void Panel(
        in Operands<float> operands, float* a, int rows, float* b, nint bStep, float* c, bool two, bool add)
    {
        nint tile = MatMulDriver<float, V, S>.TileRows * operands.ARow;
        if (two)
        {
            MatMulDriver<float, V, S>.Column<MatMulDriver<float, V, S>.Full, MatMulDriver<float, V, S>.FullPacking>(
                operands, a, tile, rows, b, bStep, null, false, c, S.Count, add);
        }
        else
        {
            MatMulDriver<float, V, S>.Column<MatMulDriver<float, V, S>.One, MatMulDriver<float, V, S>.OnePacking>(
                operands, a, tile, rows, b, bStep, null, false, c, S.Count, add);
        }
    }
}
