using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Blocking of a product. A tile is as many rows by two vectors of columns as the registers hold, a panel the two vectors of
/// columns that its tiles share. The tiles of a panel follow each other, so that its part of B stays in the caches; the
/// first one packs it, where that pays. A is read in place, except for columns of it that are far apart, which are packed.
/// Slices for the worker pool are ranges of rows and panels. A long k is cut into blocks whose panel fits the second-level
/// cache. An element of C is summed in the order of k, so that blocking changes no bit of it; a very long k of a small C is
/// summed in parts, whose number depends on the sizes only (split-k).
/// </summary>
internal static unsafe partial class MatMulDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const long SliceWork = 1 << 17; // multiplications of a slice
    private const int MaxSlices = 64;
    private const long LargeWork = 1 << 30;
    private const int RowsOfLarge = 256;
    private const int InPlace = 256; // rows of B up to which a panel is not packed
    private const int MinSplit = 2048; // k from which a small C is summed in parts
    private const int MinPart = 512;
    private const int MaxParts = 8;
    private const int MaxPart = 1 << 16; // elements of a C that is summed in parts
    private const int MaxRow = 1 << 13; // columns of a C of one row that is summed in parts
    private const int MaxPrepared = 1 << 20; // columns

    /// <summary>Rows of a tile of two vectors: as many as the registers hold.</summary>
    public static int TileRows => S.Count * sizeof(T) == 64 ? 14 : 6;

    private static int Wide => 2 * S.Count;

    public static void Run(in Product<T> p)
    {
        if (p.M == 1 && (p.BColumn == 1 || p.BRow == 1))
        {
            OneRow(p);
        }
        else if (PrefersTranspose(p))
        {
            RunTransposed(p);
        }
        else if (Parts(p) is > 1 and int parts)
        {
            Split(p, parts);
        }
        else
        {
            All(p);
        }
    }

    private static void All(in Product<T> p)
    {
        Cut cut = Slices(p, out int slices);
        WorkerPool.Run(slices, cut);
    }

    /// <summary>
    /// Has the JIT compile the tiles that a product of these sizes runs: runs its first and its last slice with strides of 0,
    /// so that one element stands for A, one row for B and one row for C.
    /// </summary>
    public static void Prepare(int m, int n, int k)
    {
        if (m > 1 && n <= MaxPrepared)
        {
            T* rows = MatMulScratch.Get<T>(MatMulScratch.Whole, 2 * (nint)n);
            new Span<T>(rows, n).Clear();
            Cut cut = Slices(new() { M = m, N = n, K = k, ARow = k, BColumn = 1 }, out int slices);
            cut.P = new() { M = m, N = n, K = 1, A = rows, B = rows, BColumn = 1, C = rows + n };
            cut.Run(0);
            cut.Run(slices - 1);
        }
    }

    private static Cut Slices(in Product<T> p, out int slices)
    {
        Cut cut = new() { P = p };
        int panels = Slicing.Count(p.N, Wide);
        long work = (long)p.M * p.N * p.K;
        if (work < 2 * SliceWork)
        {
            cut.RowsASlice = p.M;
            cut.ColumnSlices = 1;
            cut.PanelsASlice = panels;
            slices = 1;
            return cut;
        }

        // A slice of rows reads all of B, a slice of columns all of A, and packs its columns of A. So larger slices read
        // less, and more slices keep more processors busy.
        int wanted = (int)Math.Clamp(work / SliceWork, 1, work >= LargeWork ? MaxSlices : MaxSlices / 8);
        int most = Math.Max(1, p.M / (2 * TileRows));
        int rows = 1;
        if (p.ARow == 1 && p.K > InPlace && p.M >= 8 * TileRows)
        {
            wanted = Math.Min(wanted, MaxSlices / 2);
            rows = RowsOfTransposed(p, wanted, panels);
        }
        else if (p.M >= 2 * RowsOfLarge && p.K > InPlace && p.BColumn == 1)
        {
            rows = Math.Min(wanted, p.M / RowsOfLarge);
        }
        else if (p.M > p.N || (p.ARow == 1 && p.M >= 8 * TileRows))
        {
            rows = Math.Min(wanted, most);
        }

        int columns = Math.Clamp(wanted / rows, 1, panels);
        rows = Math.Clamp(wanted / columns, rows, most);
        int rowsASlice = (p.M + rows - 1) / rows;
        int unit = rowsASlice >= 4 * TileRows ? TileRows : 2;
        cut.RowsASlice = (rowsASlice + unit - 1) / unit * unit;
        cut.PanelsASlice = (panels + columns - 1) / columns;
        cut.ColumnSlices = Slicing.Count(panels, cut.PanelsASlice);
        slices = Slicing.Count(p.M, cut.RowsASlice) * cut.ColumnSlices;
        return cut;
    }

    /// <summary>
    /// The slices of rows where columns of A are packed: each slice of columns reads and writes all of A, each slice of rows reads
    /// all of B. A power of two, for which the sum of both is least.
    /// </summary>
    private static int RowsOfTransposed(in Product<T> p, int wanted, int panels)
    {
        int best = 1;
        long least = long.MaxValue;
        for (int rows = 1; rows <= wanted && p.M / rows >= 8 * TileRows; rows *= 2)
        {
            long columns = Math.Clamp(wanted / rows, 1, panels);
            long moved = (2 * columns * p.M) + ((long)rows * p.N);
            if (moved < least)
            {
                (best, least) = (rows, moved);
            }
        }

        return best;
    }

    /// <summary>A vector times a matrix whose rows or columns are contiguous.</summary>
    private static void OneRow(in Product<T> p)
    {
        long work = (long)p.N * p.K;
        bool large = work >= 2 * SliceWork;
        if (large && !p.IsDots && p.N <= MaxRow)
        {
            // A slice is whole rows of B: parts of rows that lie a power of two apart would share few sets of a cache. The
            // number of parts is a power of two, so that each of two processors finds its half of B in its cache.
            int parts = 1 << Math.Min(3, BitOperations.Log2((ulong)(2 * work / SliceWork)));
            Split(p, Math.Min(parts, p.K));
            return;
        }

        nint step = p.AColumn;
        T* row = p.IsDots && step != 1 ? ContiguousRow(p) : p.A;
        if (p.IsDots && p.K >= 2 * SliceWork && p.N < Wide)
        {
            // few long columns: parts of k are slices
            Product<T> contiguous = p;
            contiguous.A = row;
            contiguous.AColumn = 1;
            Split(contiguous, (int)Math.Min(MaxParts, p.K / SliceWork));
            return;
        }

        RowSlices slices = new() { P = p, Row = row, Step = step, Grain = p.N };
        if (large)
        {
            // whole groups of vectors, for contiguous rows
            int grain = 8 * S.Count;
            slices.Grain = Slicing.Count(Math.Max(1, SliceWork / p.K), grain) * grain;
        }

        WorkerPool.Run(Slicing.Count(p.N, slices.Grain), slices);
    }

    private static T* ContiguousRow(in Product<T> p)
    {
        T* row = MatMulScratch.Get<T>(MatMulScratch.Whole, p.K);
        for (int i = 0; i < p.K; i++)
        {
            row[i] = p.A[i * p.AColumn];
        }

        return row;
    }

    private struct RowSlices : ISlices
    {
        public Product<T> P;
        public T* Row;
        public nint Step;
        public int Grain;

        public readonly void Run(int slice)
        {
            int start = slice * Grain;
            int length = Math.Min(P.N - start, Grain);
            T* b = P.B + (start * P.BColumn);
            if (P.IsDots)
            {
                MatMulRows<T, V, S>.Dots(Row, b, P.BColumn, P.K, P.C + start, length);
            }
            else
            {
                MatMulRows<T, V, S>.Combine(Row, Step, b, P.BRow, P.K, P.C + start, length);
            }

            P.Finish(0, 1, start, length);
        }
    }

    private struct Cut : ISlices
    {
        private const int MaxDepth = 2048;
        private const int MaxTransposedDepth = 512; // tiles of A and a panel of B stand in the nearest caches
        private const int Reused = 1 << 18; // elements of A that fit the second-level cache
        private const int ReusedC = 1 << 16; // elements of C that do, beside A: it is written panel by panel
        private const int RowsWorthCopying = 32;

        public Product<T> P;
        public int PanelsASlice;
        public int RowsASlice;
        public int ColumnSlices;

        public readonly void Run(int slice)
        {
            // consecutive slices share rows of A
            int row = slice / ColumnSlices * RowsASlice;
            int rowEnd = Math.Min(P.M, row + RowsASlice);
            int column = slice % ColumnSlices * PanelsASlice * Wide;
            int columnEnd = (int)Math.Min(P.N, column + ((long)PanelsASlice * Wide));
            if (P.Numbers != null)
            {
                Cut copied = this;
                copied.P = WithCopiedRows(P, row, rowEnd);
                copied.Blocks(row, rowEnd, column, columnEnd);
            }
            else
            {
                Blocks(row, rowEnd, column, columnEnd);
            }

            P.Finish(row, rowEnd - row, column, columnEnd - column);
        }

        private readonly void Blocks(int row, int rowEnd, int column, int columnEnd)
        {
            int blocks = Slicing.Count(P.K, P.ARow == 1 ? MaxTransposedDepth : MaxDepth);
            int depth = (P.K + blocks - 1) / blocks;
            long reused = P.BColumn != 1 ? P.M
                : depth > InPlace ? Reused / depth
                : Math.Min(Reused / depth, ReusedC / (columnEnd - column));
            int rows = rowEnd - row;
            long fit = Math.Max(8 * TileRows, reused);
            int parts = (int)Math.Max(1, (rows + (fit / 2)) / fit);
            int most = Slicing.Count(rows, (long)parts * TileRows) * TileRows;
            for (int k = 0; k < P.K; k += depth)
            {
                for (int i = row; i < rowEnd; i += most)
                {
                    Block(i, Math.Min(rowEnd, i + most), column, columnEnd, k, Math.Min(depth, P.K - k));
                }
            }
        }

        private readonly void Block(int row, int rowEnd, int column, int columnEnd, int k, int depth)
        {
            Operands<T> operands = new() { ARow = P.ARow, AColumn = P.AColumn, CRow = P.CRow, Depth = depth };
            T* a = P.A + (row * P.ARow) + (k * P.AColumn);
            nint aTile = TileRows * P.ARow;
            bool tiled = P.ARow == 1 && depth >= RowsWorthCopying && columnEnd - column >= 2 * Wide;
            if (tiled)
            {
                // columns of A are far apart: those of a tile are packed
                operands.AColumn = MatMulPacking<T, V, S>.Stride(TileRows);
                aTile = (operands.AColumn * depth) + (64 / sizeof(T)); // tiles start in different sets of the cache
                T* copied = MatMulScratch.Get<T>(MatMulScratch.Rows, aTile * Slicing.Count(rowEnd - row, TileRows));
                MatMulPacking<T, V, S>.CopyTiles(a, P.AColumn, copied, aTile, TileRows, depth, rowEnd - row);
                a = copied;
            }

            bool copy = P.BColumn == 1 && depth > InPlace && rowEnd - row >= 2 * TileRows && P.BRow > Wide;
            T* packed = copy || P.BColumn != 1 ? MatMulScratch.Get<T>(MatMulScratch.Panel, (nint)Wide * depth) : null;
            bool add = k > 0;
            for (int j = column; j < columnEnd; j += Wide)
            {
                T* b = P.B + (k * P.BRow) + (j * P.BColumn);
                T* c = P.C + (row * P.CRow) + j;
                int width = columnEnd - j;
                int valid = width >= Wide ? S.Count : width > S.Count ? width - S.Count : width;
                nint bStep = P.BRow;
                if (P.BColumn != 1)
                {
                    bStep = width > S.Count ? Wide : S.Count;
                    MatMulPacking<T, V, S>.Pack(b, P.BRow, P.BColumn, packed, depth, (int)bStep, Math.Min(width, Wide));
                    b = packed;
                }

                Panel(operands, a, aTile, rowEnd - row, b, bStep, packed, copy, c, width, valid, add);
            }
        }
    }

    // All rows of a panel, by the form of its tiles: whole or partial vectors, two or one.
    private static void Panel(
        in Operands<T> p, T* a, nint aTile, int rows, T* b, nint bStep, T* packed, bool copy, T* c, int width, int valid,
        bool add)
    {
        if (width >= Wide)
        {
            Column<Full, FullPacking>(p, a, aTile, rows, b, bStep, packed, copy, c, valid, add);
        }
        else if (width > S.Count)
        {
            Column<Part, PartPacking>(p, a, aTile, rows, b, bStep, packed, copy, c, valid, add);
        }
        else if (width == S.Count)
        {
            Column<One, OnePacking>(p, a, aTile, rows, b, bStep, packed, copy, c, valid, add);
        }
        else
        {
            Column<OnePart, OnePartPacking>(p, a, aTile, rows, b, bStep, packed, copy, c, valid, add);
        }
    }

    /// <summary>All rows of a panel. The first tile packs the rows of B, if <paramref name="copy"/> is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Column<F, FPacking>(
        in Operands<T> p, T* a, nint aTile, int rows, T* b, nint bStep, T* packed, bool copy, T* c, int valid,
        bool add)
        where F : ITileForm
        where FPacking : ITileForm
    {
        if (copy)
        {
            WholeTile<FPacking>(p, a, b, bStep, packed, c, valid, add);
            a += aTile;
            c += TileRows * p.CRow;
            rows -= TileRows;
            b = packed;
            bStep = F.Two ? Wide : S.Count;
        }

        // two tiles of 8 rows are faster than one of 14 and one of 2, if tiles may start at any row
        bool free = aTile == TileRows * p.ARow;
        while (rows >= TileRows && !(free && TileRows == 14 && rows == 16))
        {
            WholeTile<F>(p, a, b, bStep, packed, c, valid, add);
            a += aTile;
            c += TileRows * p.CRow;
            rows -= TileRows;
        }

        if (rows > 0)
        {
            LastRows<F>(p, a, rows, b, bStep, packed, c, valid, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WholeTile<F>(
        in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add) where F : ITileForm
    {
        if (TileRows == 14)
        {
            MatMulTiles<T, V, S>.Run<Rows14, F>(p, a, b, bStep, packed, c, valid, add);
        }
        else
        {
            MatMulTiles<T, V, S>.Run<Rows6, F>(p, a, b, bStep, packed, c, valid, add);
        }
    }

    /// <summary>The rows that do not fill a tile, in smaller ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LastRows<F>(
        in Operands<T> p, T* a, int rows, T* b, nint bStep, T* packed, T* c, int valid, bool add) where F : ITileForm
    {
        while (rows > 0)
        {
            int taken = TileRows == 14 && rows >= 8 && rows != 10 ? 8
                : TileRows == 14 && rows >= 6 ? 6
                : rows >= 4 ? 4
                : rows >= 2 ? 2
                : 1;
            switch (taken)
            {
                case 8: MatMulTiles<T, V, S>.Run<Rows8, F>(p, a, b, bStep, packed, c, valid, add); break;
                case 6: MatMulTiles<T, V, S>.Run<Rows6, F>(p, a, b, bStep, packed, c, valid, add); break;
                case 4: MatMulTiles<T, V, S>.Run<Rows4, F>(p, a, b, bStep, packed, c, valid, add); break;
                case 2: MatMulTiles<T, V, S>.Run<Rows2, F>(p, a, b, bStep, packed, c, valid, add); break;
                default: MatMulTiles<T, V, S>.Run<Rows1, F>(p, a, b, bStep, packed, c, valid, add); break;
            }

            a += taken * p.ARow;
            c += taken * p.CRow;
            rows -= taken;
        }
    }

    internal readonly struct Full : ITileForm
    {
        public static bool Two => true;
        public static bool Part => false;
        public static bool Pack => false;
    }

    internal readonly struct FullPacking : ITileForm
    {
        public static bool Two => true;
        public static bool Part => false;
        public static bool Pack => true;
    }

    private readonly struct Part : ITileForm
    {
        public static bool Two => true;
        static bool ITileForm.Part => true;
        public static bool Pack => false;
    }

    private readonly struct PartPacking : ITileForm
    {
        public static bool Two => true;
        public static bool Part => true;
        public static bool Pack => true;
    }

    internal readonly struct One : ITileForm
    {
        public static bool Two => false;
        public static bool Part => false;
        public static bool Pack => false;
    }

    internal readonly struct OnePacking : ITileForm
    {
        public static bool Two => false;
        public static bool Part => false;
        public static bool Pack => true;
    }

    private readonly struct OnePart : ITileForm
    {
        public static bool Two => false;
        public static bool Part => true;
        public static bool Pack => false;
    }

    private readonly struct OnePartPacking : ITileForm
    {
        public static bool Two => false;
        public static bool Part => true;
        public static bool Pack => true;
    }
}
