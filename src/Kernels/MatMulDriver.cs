using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// How a product is cut into tiles. B is cut into panels of 3 vectors' or 1 vector's columns, each packed so that its
/// rows stand one after the other, unless they are read so few times that packing costs more than it saves. Rows of A
/// and panels of B make slices for the worker pool; k is cut into blocks of which a panel fits in the first cache.
/// </summary>
internal static unsafe class MatMulDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const int KBlock = 256;
    private const int PackedLimit = 4 << 20; // elements of B packed at a time
    private const long SliceWork = 1 << 17; // multiplications worth a slice
    private const int MaxSlices = 16;
    private const int MaxSliceRows = 128;

    [ThreadStatic]
    private static T[]? scratchA;

    [ThreadStatic]
    private static T[]? scratchB;

    /// <summary>Rows of a tile of 3 vectors: as many as the registers hold.</summary>
    private static int TileRows => S.Count * sizeof(T) == 64 ? 8 : 4;

    private static int Wide => 3 * S.Count;

    public static void Run(in Product<T> p)
    {
        if (p.M == 1 && p.BRow == 1 && p.BColumn != 1)
        {
            Dots(p);
            return;
        }

        Cut cut = new() { P = p, Panels = (p.N / Wide) + ((p.N % Wide + S.Count - 1) / S.Count) };
        cut.PackB = p.BColumn != 1 || (p.N > Wide && p.M > 2 * TileRows);
        cut.PackA = p.N > 4 * Wide && p.M >= TileRows;

        long work = (long)p.M * p.N * p.K;
        long wanted = Math.Clamp(work / SliceWork, 1, MaxSlices);
        int tiles = (p.M + TileRows - 1) / TileRows;
        int tilesASlice = (int)Math.Min((tiles + wanted - 1) / wanted, MaxSliceRows / TileRows);
        cut.RowsASlice = Math.Max(tilesASlice, 1) * TileRows;
        cut.RowSlices = Slicing.Count(p.M, cut.RowsASlice);
        long columnSlices = Math.Clamp(wanted / cut.RowSlices, 1, cut.Panels);
        cut.PanelsASlice = (int)((cut.Panels + columnSlices - 1) / columnSlices);
        int slices = cut.RowSlices * Slicing.Count(cut.Panels, cut.PanelsASlice);

        // unpacked, only a panel that reaches beyond the last column needs a copy
        int firstPacked = cut.PackB ? 0 : p.N / S.Count * S.Count;
        cut.PackedFrom = firstPacked;
        int packedColumns = (cut.Panels == 0 ? 0 : ((p.N + S.Count - 1) / S.Count * S.Count)) - firstPacked;
        int depth = packedColumns == 0
            ? p.K
            : (int)Math.Min(p.K, Math.Max(KBlock, PackedLimit / packedColumns / KBlock * KBlock));
        cut.Depth = depth;
        T* packed = packedColumns == 0 ? null : Scratch(ref scratchB, (long)packedColumns * depth);
        cut.Packed = packed;

        for (int k = 0; k < p.K; k += depth)
        {
            cut.KStart = k;
            cut.KEnd = Math.Min(p.K, k + depth);
            if (packedColumns > 0)
            {
                Packing packing = new() { Cut = cut, First = cut.PackB ? 0 : cut.Panels - 1 };
                int panels = cut.Panels - packing.First;
                packing.Grain = Math.Max(1, (int)(65536 / ((long)Wide * depth)));
                WorkerPool.Run(Slicing.Count(panels, packing.Grain), packing);
            }

            WorkerPool.Run(slices, cut);
        }
    }

    private static T* Scratch(ref T[]? array, long length)
    {
        if (array is null || array.Length < length)
        {
            array = GC.AllocateUninitializedArray<T>(checked((int)Math.Max(length, 4096)), pinned: true);
        }

        return (T*)Unsafe.AsPointer(ref array[0]);
    }

    /// <summary>Columns that a panel starts at, spans in memory, and has in the matrix.</summary>
    private static void Panel(int panel, int n, out int start, out int width, out int valid)
    {
        int wide = n / Wide;
        bool isWide = panel < wide;
        start = isWide ? panel * Wide : (wide * Wide) + ((panel - wide) * S.Count);
        width = isWide ? Wide : S.Count;
        valid = Math.Min(width, n - start);
    }

    /// <summary>One row by a B whose columns are contiguous: a dot product each.</summary>
    private static void Dots(in Product<T> p)
    {
        T* row = p.A;
        if (p.AColumn != 1)
        {
            row = Scratch(ref scratchA, p.K);
            for (int i = 0; i < p.K; i++)
            {
                row[i] = p.A[i * p.AColumn];
            }
        }

        DotSlices dots = new() { P = p, Row = row, Grain = (int)Math.Max(1, SliceWork / p.K) };
        WorkerPool.Run(Slicing.Count(p.N, dots.Grain), dots);
    }

    private struct DotSlices : ISlices
    {
        public Product<T> P;
        public T* Row;
        public int Grain;

        public readonly void Run(int slice)
        {
            int end = Math.Min(P.N, (slice + 1) * Grain);
            for (int j = slice * Grain; j < end; j++)
            {
                P.C[j] = MatMulTiles<T, V, S>.Dot(Row, P.B + (j * P.BColumn), P.K);
            }

            P.Finish(0, 1, slice * Grain, end - (slice * Grain));
        }
    }

    private struct Packing : ISlices
    {
        public Cut Cut;
        public int First;
        public int Grain;

        public readonly void Run(int slice)
        {
            int start = First + (slice * Grain);
            int end = Math.Min(Cut.Panels, start + Grain);
            for (int panel = start; panel < end; panel++)
            {
                Pack(panel);
            }
        }

        private readonly void Pack(int panel)
        {
            Product<T> p = Cut.P;
            Panel(panel, p.N, out int start, out int width, out int valid);
            int depth = Cut.KEnd - Cut.KStart;
            T* to = Cut.Packed + ((nint)(start - Cut.PackedFrom) * Cut.Depth);
            T* from = p.B + (Cut.KStart * p.BRow) + (start * p.BColumn);
            if (p.BColumn == 1)
            {
                for (int k = 0; k < depth; k++)
                {
                    new ReadOnlySpan<T>(from, valid).CopyTo(new Span<T>(to, width));
                    new Span<T>(to + valid, width - valid).Clear();
                    from += p.BRow;
                    to += width;
                }

                return;
            }

            PackColumns(from, p.BRow, p.BColumn, to, depth, width, valid);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void PackColumns(T* from, nint row, nint column, T* to, int depth, int width, int valid)
        {
            // eight rows at a time, so that each line of the panel is filled while it is in the cache
            for (int k = 0; k < depth; k += 8)
            {
                int rows = Math.Min(8, depth - k);
                for (int j = 0; j < width; j++)
                {
                    T* source = from + (k * row) + (j * column);
                    T* target = to + ((nint)k * width) + j;
                    for (int i = 0; i < rows; i++)
                    {
                        target[(nint)i * width] = j < valid ? source[i * row] : default;
                    }
                }
            }
        }
    }

    private struct Cut : ISlices
    {
        public Product<T> P;
        public T* Packed;
        public int Panels;
        public int PanelsASlice;
        public int RowsASlice;
        public int RowSlices;
        public int PackedFrom;
        public int Depth;
        public int KStart;
        public int KEnd;
        public bool PackA;
        public bool PackB;

        public readonly void Run(int slice)
        {
            int row = slice % RowSlices * RowsASlice;
            int rowEnd = Math.Min(P.M, row + RowsASlice);
            int panel = slice / RowSlices * PanelsASlice;
            int panelEnd = Math.Min(Panels, panel + PanelsASlice);
            for (int k = KStart; k < KEnd; k += KBlock)
            {
                Block(row, rowEnd, panel, panelEnd, k, Math.Min(KBlock, KEnd - k));
            }

            if (KEnd == P.K && P.Epilogue is not null)
            {
                Panel(panel, P.N, out int start, out _, out _);
                Panel(panelEnd - 1, P.N, out int last, out _, out int valid);
                P.Finish(row, rowEnd - row, start, last + valid - start);
            }
        }

        private readonly void Block(int row, int rowEnd, int panel, int panelEnd, int k, int depth)
        {
            T* a = P.A + (row * P.ARow) + (k * P.AColumn);
            T* packedA = null;
            if (PackA)
            {
                packedA = Scratch(ref scratchA, (long)(rowEnd - row) * depth);
                for (int i = row; i < rowEnd;)
                {
                    int rows = RowsOf(rowEnd - i, false);
                    PackRows(a + ((i - row) * P.ARow), packedA + ((nint)(i - row) * depth), rows, depth);
                    i += rows;
                }
            }

            for (int j = panel; j < panelEnd; j++)
            {
                Panel(j, P.N, out int start, out int width, out int valid);
                T* b;
                nint bStep;
                if (PackB || valid < width)
                {
                    b = Packed + ((nint)(start - PackedFrom) * Depth) + ((nint)(k - KStart) * width);
                    bStep = width;
                }
                else
                {
                    b = P.B + (k * P.BRow) + start;
                    bStep = P.BRow;
                }

                for (int i = row; i < rowEnd;)
                {
                    int rows = RowsOf(rowEnd - i, !PackA && width == S.Count);
                    T* c = P.C + (i * P.CRow) + start;
                    if (PackA)
                    {
                        Tile(packedA + ((nint)(i - row) * depth), 1, rows, b, bStep, depth, c, rows, width, valid, k > 0);
                    }
                    else
                    {
                        Tile(a + ((i - row) * P.ARow), P.ARow, P.AColumn, b, bStep, depth, c, rows, width, valid, k > 0);
                    }

                    i += rows;
                }
            }
        }

        private static int RowsOf(int left, bool narrow) =>
            left >= 8 && (narrow || TileRows == 8) ? 8 : left >= 4 ? 4 : 1;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void PackRows(T* from, T* to, int rows, int depth)
        {
            for (int i = 0; i < rows; i++)
            {
                T* source = from + (i * P.ARow);
                T* target = to + i;
                nint step = P.AColumn;
                for (int k = 0; k < depth; k++)
                {
                    *target = *source;
                    source += step;
                    target += rows;
                }
            }
        }

        private readonly void Tile(
            T* a, nint aRow, nint aStep, T* b, nint bStep, nint depth, T* c, int rows, int width, int valid, bool add)
        {
            if (valid == width)
            {
                Compute(a, aRow, aStep, b, bStep, depth, c, P.CRow, rows, width, add);
                return;
            }

            // columns beyond the matrix go to a tile of their own
            T* tile = stackalloc T[8 * S.Count];
            Compute(a, aRow, aStep, b, bStep, depth, tile, width, rows, width, false);
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < valid; j++)
                {
                    T* target = c + (i * P.CRow) + j;
                    *target = add ? Sum(*target, tile[(i * width) + j]) : tile[(i * width) + j];
                }
            }
        }

        private static T Sum(T x, T y)
        {
            V sum = S.Add(S.Set(x), S.Set(y));
            return *(T*)&sum;
        }

        private static void Compute(
            T* a, nint aRow, nint aStep, T* b, nint bStep, nint depth, T* c, nint cRow, int rows, int width, bool add)
        {
            bool wide = width != S.Count;
            switch (rows)
            {
                case 8 when wide:
                    MatMulTiles<T, V, S>.Tile8x3(a, aRow, aStep, b, bStep, depth, c, cRow, add);
                    break;
                case 8:
                    MatMulTiles<T, V, S>.Tile8x1(a, aRow, aStep, b, bStep, depth, c, cRow, add);
                    break;
                case 4 when wide:
                    MatMulTiles<T, V, S>.Tile4x3(a, aRow, aStep, b, bStep, depth, c, cRow, add);
                    break;
                case 4:
                    MatMulTiles<T, V, S>.Tile4x1(a, aRow, aStep, b, bStep, depth, c, cRow, add);
                    break;
                default:
                    if (wide)
                    {
                        MatMulTiles<T, V, S>.Tile1x3(a, aStep, b, bStep, depth, c, add);
                    }
                    else
                    {
                        MatMulTiles<T, V, S>.Tile1x1(a, aStep, b, bStep, depth, c, add);
                    }

                    break;
            }
        }
    }
}
