using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// 3 by 3 correlations by Winograd's algorithm: tiles of the source and the kernel are transformed, multiplied element
/// by element, which over all channels and filters are 16 matrix products, and transformed back. Some tiles at a time
/// go all the way, so that what lies between stays in the second cache. An infinite element, or one that becomes so on
/// the way, would undo its neighbours in a tile: such tiles are done again by the definition.
/// </summary>
internal static unsafe class WinogradDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const long SliceWork = 1 << 17; // multiplications worth a slice
    private const int MinSlices = 16;
    private const int MaxSlices = 64;
    private const long SliceBytes = 512 << 10; // of the result
    private const long BlockBytes = 240 << 10; // of transformed tiles
    private const int EpilogueBytes = 32 << 10;

    [ThreadStatic]
    private static Scratch? turned;

    [ThreadStatic]
    private static Scratch? transformed;

    [ThreadStatic]
    private static Scratch? blocks;

    /// <summary>Tiles that are multiplied at once are a multiple of this: what registers hold.</summary>
    public static int Unit => S.Count * sizeof(T) == 64 ? 14 : 12;

    /// <summary>Between planes of transformed tiles, so that they do not meet in the same set of the cache.</summary>
    public static int Gap => 64 / sizeof(T);

    public static int Whole(int channels) => (channels + S.Count - 1) / S.Count * S.Count;

    public static bool Forward(in ConvolutionShape s, T* x, T* kernel, T* y, Epilogue? epilogue)
    {
        WinogradTiles<T> tiles = WinogradTiles<T>.Forward(s, x, y);
        if (!tiles.Pays(s, S.Count))
        {
            return false;
        }

        Run(tiles, kernel, epilogue);
        return true;
    }

    public static bool InputGradient(in ConvolutionShape s, T* dy, T* kernel, T* dx, Epilogue? epilogue)
    {
        WinogradTiles<T> tiles = WinogradTiles<T>.InputGradient(s, dy, dx);
        if (!tiles.Pays(s, S.Count))
        {
            return false;
        }

        T* back = (turned ??= new()).Get<T>(9L * s.Channels * s.Filters);
        WorkerPool.Run(9, new Turning() { From = kernel, To = back, Channels = s.Channels, Filters = s.Filters });
        Run(tiles, back, epilogue);
        return true;
    }

    private static void Run(in WinogradTiles<T> tiles, T* kernel, Epilogue? epilogue)
    {
        int depth = tiles.Source.Channels, width = Whole(tiles.Result.Channels);
        long size = (long)depth * width;
        T* b = (transformed ??= new()).Get<T>(16 * size);
        Filters filters = new() { From = kernel, To = b, Depth = depth, Columns = tiles.Result.Channels };
        filters.Grain = (int)Math.Clamp(8192 / width, 1, depth);
        WorkerPool.Run(Slicing.Count(depth, filters.Grain), filters);

        Cut cut = new() { Tiles = tiles, Kernel = kernel, B = b, Epilogue = epilogue };
        long bytes = Math.Max(BlockBytes, 8 * size * sizeof(T)), tile = 16L * (depth + width) * sizeof(T);
        cut.TilesABlock = (int)Math.Clamp(bytes / tile / Unit, 1, 4) * Unit;

        long lines = (long)tiles.Batch * tiles.Lines;
        long work = tiles.Tiles * 16 * size, result = (long)tiles.Result.Height * tiles.Result.Width * tiles.Batch;
        long slices = Math.Clamp(result * tiles.Result.Channels * sizeof(T) / SliceBytes, MinSlices, MaxSlices);
        slices = Math.Clamp(Math.Min(slices, work / SliceWork), 1, lines);
        cut.LinesASlice = (lines + slices - 1) / slices;
        WorkerPool.Run(Slicing.Count(lines, cut.LinesASlice), cut);
    }

    /// <summary>The kernel turned by half a circle, with channels and filters exchanged; a tap is a slice.</summary>
    private struct Turning : ISlices
    {
        public T* From;
        public T* To;
        public int Channels;
        public int Filters;

        public readonly void Run(int slice)
        {
            nint size = (nint)Channels * Filters;
            T* from = From + (slice * size), to = To + ((8 - slice) * size);
            CorrelationPacking<T, V, S>.Transpose(from, Filters, to, Channels, Channels, Filters);
        }
    }

    /// <summary>The kernel transformed: 16 matrices, in panels of two vectors of columns; some rows are a slice.</summary>
    private struct Filters : ISlices
    {
        public T* From;
        public T* To;
        public int Depth;
        public int Columns;
        public int Grain;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int end = Math.Min(Depth, (slice + 1) * Grain), wide = 2 * S.Count, whole = Whole(Columns);
            nint tap = (nint)Depth * Columns, plane = (nint)Depth * whole;
            T* part = stackalloc T[9 * S.Count];
            for (int d = slice * Grain; d < end; d++)
            {
                for (int column = 0; column < Columns; column += S.Count)
                {
                    int panel = column / wide * wide, width = Math.Min(wide, whole - panel);
                    T* to = To + ((nint)panel * Depth) + ((nint)d * width) + (column - panel);
                    T* from = From + ((nint)d * Columns) + column;
                    if (column + S.Count <= Columns)
                    {
                        WinogradTransforms<T, V, S>.Filter(from, tap, to, plane);
                        continue;
                    }

                    new Span<T>(part, 9 * S.Count).Clear();
                    for (int i = 0; i < 9; i++)
                    {
                        new Span<T>(from + (i * tap), Columns - column).CopyTo(new(part + (i * S.Count), S.Count));
                    }

                    WinogradTransforms<T, V, S>.Filter(part, S.Count, to, plane);
                }
            }
        }
    }

    private struct Cut : ISlices
    {
        public WinogradTiles<T> Tiles;
        public T* Kernel;
        public T* B;
        public Epilogue? Epilogue;
        public int TilesABlock;
        public long LinesASlice;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            WinogradImages<T> source = Tiles.Source, result = Tiles.Result;
            int depth = source.Channels, width = Whole(result.Channels);
            long line = slice * LinesASlice, end = Math.Min((long)Tiles.Batch * Tiles.Lines, line + LinesASlice);
            nint planeA = ((nint)TilesABlock * depth) + Gap, planeC = ((nint)TilesABlock * width) + Gap;
            T* a = (blocks ??= new()).Get<T>((16 * (planeA + planeC)) + depth);
            T* c = a + (16 * planeA), zeros = c + (16 * planeC);
            new Span<T>(zeros, depth).Clear();
            T** pixels = stackalloc T*[16];
            WinogradPlace from = new(line, Tiles.Lines, Tiles.Columns), to = from;
            for (long left = (end - line) * Tiles.Columns; left > 0; left -= TilesABlock)
            {
                int count = (int)Math.Min(TilesABlock, left);
                for (int t = 0; t < count; t++, from.Next())
                {
                    Transform(Tiles, from, zeros, pixels, a + ((nint)t * depth), planeA);
                }

                for (int i = 0; i < 16; i++)
                {
                    Multiply(a + (i * planeA), depth, B + ((nint)i * depth * width), c + (i * planeC), width, count);
                }

                for (int t = 0; t < count; t++, to.Next())
                {
                    int y = 2 * to.Line, x = 2 * to.Column;
                    bool finite = WinogradTransforms<T, V, S>.Result(
                        c + ((nint)t * width), planeC, result.Pixel(to.Image, y, x), result.Row, result.Channels,
                        result.Height - y, result.Width - x);
                    if (!finite)
                    {
                        Define(to.Image, y, Math.Min(y + 2, result.Height), x, Math.Min(x + 2, result.Width));
                    }
                }
            }

            if (Epilogue is not null)
            {
                int block = Math.Max(1, EpilogueBytes / (result.Channels * sizeof(T)));
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
                    T* to = Tiles.Result.Pixel(image, y, x);
                    for (int column = 0; column < columns; column += S.Count)
                    {
                        int at = Math.Min(column, columns - S.Count);
                        V sum = default;
                        for (int tap = 0; tap < 9; tap++)
                        {
                            int sourceY = y - Tiles.PadTop + (tap / 3), sourceX = x - Tiles.PadLeft + (tap % 3);
                            if (Tiles.Source.Inside(sourceY, sourceX, 1))
                            {
                                T* from = Tiles.Source.Pixel(image, sourceY, sourceX);
                                T* kernel = Kernel + ((nint)tap * depth * columns) + at;
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
            long row = (line / Tiles.Lines * Tiles.Result.Height) + (2 * (line % Tiles.Lines));
            return row * Tiles.Result.Width;
        }

        /// <summary>Transformed tiles, which are rows of A, times one of the kernel's matrices.</summary>
        private static void Multiply(T* a, int depth, T* b, T* c, int width, int count)
        {
            Operands<T> operands = new() { ARow = depth, AColumn = 1, CRow = width, Depth = depth };
            for (int column = 0; column < width;)
            {
                int here = Math.Min(2 * S.Count, width - column);
                Panel(operands, a, count, b, here, c + column, here > S.Count, false);
                b += (nint)depth * here;
                column += here;
            }
        }
    }

    /// <summary>The transformed tile of the source, in 16 planes.</summary>
    public static void Transform(
        in WinogradTiles<T> tiles, in WinogradPlace place, T* zeros, T** pixels, T* to, nint plane)
    {
        WinogradImages<T> source = tiles.Source;
        int y = (2 * place.Line) - tiles.PadTop, x = (2 * place.Column) - tiles.PadLeft;
        if (source.Inside(y, x, 4))
        {
            WinogradTransforms<T, V, S>.Data(source.Pixel(place.Image, y, x), source.Row, source.Channels, to, plane);
        }
        else
        {
            source.Window(place.Image, y, x, 4, zeros, pixels);
            WinogradTransforms<T, V, S>.Data(pixels, source.Channels, to, plane);
        }
    }

    /// <summary>All rows of a panel of one or two vectors of columns.</summary>
    public static void Panel(in Operands<T> operands, T* a, int rows, T* b, nint bStep, T* c, bool two, bool add)
    {
        nint tile = MatMulDriver<T, V, S>.TileRows * operands.ARow;
        if (two)
        {
            MatMulDriver<T, V, S>.Column<MatMulDriver<T, V, S>.Full, MatMulDriver<T, V, S>.FullPacking>(
                operands, a, tile, rows, b, bStep, null, false, c, S.Count, add);
        }
        else
        {
            MatMulDriver<T, V, S>.Column<MatMulDriver<T, V, S>.One, MatMulDriver<T, V, S>.OnePacking>(
                operands, a, tile, rows, b, bStep, null, false, c, S.Count, add);
        }
    }
}
