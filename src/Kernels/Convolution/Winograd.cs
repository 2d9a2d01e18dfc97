using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// 3 by 3 correlations by Winograd's algorithm: tiles of the source and the kernel are transformed, multiplied elementwise
/// (over all channels and filters these are 36 matrix products), and transformed back. Tiles are processed in blocks whose
/// intermediate results fit the second-level cache. An infinite or NaN element would spoil its neighbours in a tile: such
/// tiles are computed again by the definition.
/// </summary>
/// <remarks>Contract: see <see cref="Convolution"/>. Cost: 36 multiplications for 144 of the definition.</remarks>
internal static unsafe class WinogradDriver<V, S>
    where V : unmanaged
    where S : ISimd<float, V>
{
    private const long SliceWork = 1 << 17; // multiplications of a slice
    private const int MinSlices = 16;
    private const int MaxSlices = 64;
    private const long SliceBytes = 512 << 10; // bytes of the result in a slice
    private const long BlockBytes = 512 << 10; // bytes of transformed tiles in a block
    private const int EpilogueBytes = 32 << 10;

    [ThreadStatic]
    private static Scratch? rotated;

    [ThreadStatic]
    private static Scratch? transformed;

    [ThreadStatic]
    private static Scratch? blocks;

    [ThreadStatic]
    private static Scratch? between;

    /// <summary>The number of tiles multiplied at once is a multiple of this: the rows of a tile of the product.</summary>
    public static int Unit => S.Count * sizeof(float) == 64 ? 14 : 12;

    /// <summary>A gap between planes of transformed tiles, which keeps them in different sets of the cache.</summary>
    public static int Gap => 64 / sizeof(float);

    /// <summary>Scratch memory between the two dimensions of a transform.</summary>
    public static float* Room => (between ??= new()).Get<float>(WinogradTiles.Planes * S.Count);

    /// <summary>The number of channels rounded up to whole vectors.</summary>
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

        float* back = (rotated ??= new()).Get<float>(9L * s.Channels * s.Filters);
        WorkerPool.Run(9, new RotateSlices() { From = kernel, To = back, Channels = s.Channels, Filters = s.Filters });
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

        // blocks of equal size: a small last one would leave registers empty
        long bytes = Math.Max(BlockBytes, WinogradTiles.Planes * size * sizeof(float) / 2);
        long most = Math.Clamp(bytes / (WinogradTiles.Planes * (depth + width) * sizeof(float)) / Unit, 1, 4) * Unit;
        int tilesASlice = (int)cut.LinesASlice * tiles.Columns, blocksASlice = Slicing.Count(tilesASlice, most);
        cut.TilesABlock = (tilesASlice + blocksASlice - 1) / blocksASlice;
        WorkerPool.Run(Slicing.Count(lines, cut.LinesASlice), cut);
    }

    /// <summary>Rotates the kernel by 180 degrees and exchanges channels and filters; a slice is one tap.</summary>
    private struct RotateSlices : ISlices
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

    /// <summary>Transforms the kernel into 36 matrices, in panels of two vectors of columns; a slice is some rows.</summary>
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
            int end = Slicing.End(slice, Grain, Depth), wide = 2 * S.Count, whole = Whole(Columns);
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
            WinogradImages source = Tiles.Source;
            int depth = source.Channels, width = Whole(Tiles.Result.Channels);
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

                // products leave memory idle: prefetch the next tiles, but for the two rows and columns that they share
                // with their neighbours
                WinogradPlace later = from;
                for (int i = 0, t = 0; i < WinogradTiles.Planes; i++)
                {
                    for (; t * WinogradTiles.Planes < (i + 1) * count; t++, later.Next())
                    {
                        int y = (WinogradTiles.Step * later.Line) + 2 - Tiles.PadTop;
                        source.Fetch(later.Image, y, (WinogradTiles.Step * later.Column) + 2 - Tiles.PadLeft);
                    }

                    Multiply(a + (i * planeA), depth, B + ((nint)i * depth * width), c + (i * planeC), width, count);
                }

                for (int t = 0; t < count; t++, to.Next())
                {
                    Store(to, c + ((nint)t * width), planeC, room);
                }
            }

            Finish(Pixel(line), Pixel(end));
        }

        /// <summary>Runs the epilogue, if there is one, in blocks that are still in cache.</summary>
        private readonly void Finish(long pixel, long end)
        {
            int channels = Tiles.Result.Channels;
            long block = Math.Max(1, EpilogueBytes / ((long)channels * sizeof(float)));
            for (; pixel < end && Epilogue is not null; pixel += block)
            {
                Epilogue.Run(pixel, Math.Min(block, end - pixel), 0, channels);
            }
        }

        /// <summary>Transforms a tile of products back to pixels; where one is not finite, by the definition.</summary>
        private readonly void Store(WinogradPlace to, float* c, nint plane, float* room)
        {
            WinogradImages result = Tiles.Result;
            int y = WinogradTiles.Step * to.Line, x = WinogradTiles.Step * to.Column;
            bool finite = WinogradTransforms<V, S>.Result(
                c, plane, result.Pixel(to.Image, y, x), result.Row, result.Channels, result.Height - y, result.Width - x,
                room);
            if (!finite)
            {
                int bottom = Math.Min(y + WinogradTiles.Step, result.Height);
                int right = Math.Min(x + WinogradTiles.Step, result.Width);
                Define(to.Image, y, bottom, x, right);
            }
        }

        /// <summary>Computes pixels of the result by the definition.</summary>
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

        /// <summary>Multiplies transformed tiles, the rows of A, by one of the kernel's matrices.</summary>
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

    /// <summary>Transforms a tile of the source, into planes.</summary>
    public static void Transform(
        in WinogradTiles tiles, in WinogradPlace place, float* zeros, float** pixels, float* to, nint plane, float* room)
    {
        int y = (WinogradTiles.Step * place.Line) - tiles.PadTop, x = (WinogradTiles.Step * place.Column) - tiles.PadLeft;
        tiles.Source.Window(place.Image, y, x, WinogradTiles.Size, zeros, pixels);
        WinogradTransforms<V, S>.Data(pixels, tiles.Source.Channels, to, plane, room);
    }

    /// <summary>Multiplies all rows by a panel of one or two vectors of columns.</summary>
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
