using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// How a product is cut. Tiles are as many rows by two vectors as the registers hold. The tiles of one panel, two vectors of
/// columns, follow each other, so that its part of B stays in the caches; A is read in place. Rows and panels make slices for the
/// worker pool, and a long k is cut into blocks of which a panel stays in the second cache. An element of C is one sum in the order of
/// k, so that no cut changes a bit of it.
/// </summary>
internal static unsafe class MatMulDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const long SliceWork = 1 << 17; // multiplications worth a slice
    private const int MaxSlices = 16;

    /// <summary>Rows of a tile of two vectors: as many as the registers hold.</summary>
    private static int TileRows => S.Count * sizeof(T) == 64 ? 14 : 6;

    private static int Wide => 2 * S.Count;

    public static void Run(in Product<T> p)
    {
        if (p.M == 1 && p.BRow == 1 && p.BColumn != 1)
        {
            Dots(p);
            return;
        }

        Cut cut = new() { P = p };
        int panels = Slicing.Count(p.N, Wide);
        long work = (long)p.M * p.N * p.K;
        if (work < 2 * SliceWork)
        {
            cut.RowsASlice = p.M;
            cut.RowSlices = 1;
            cut.PanelsASlice = panels;
            cut.Run(0);
            return;
        }

        // each slice of rows reads all of B, each slice of columns all of A
        int wanted = (int)Math.Clamp(work / SliceWork, 1, MaxSlices);
        int most = Math.Max(1, p.M / (2 * TileRows));
        int rows = p.M > p.N ? Math.Min(wanted, most) : 0;
        int columns = Math.Clamp(rows == 0 ? wanted : wanted / rows, 1, panels);
        rows = rows == 0 ? Math.Clamp(wanted / columns, 1, most) : rows;
        int rowsASlice = (p.M + rows - 1) / rows;
        int unit = rowsASlice >= 4 * TileRows ? TileRows : 2;
        cut.RowsASlice = (rowsASlice + unit - 1) / unit * unit;
        cut.RowSlices = Slicing.Count(p.M, cut.RowsASlice);
        cut.PanelsASlice = (panels + columns - 1) / columns;
        WorkerPool.Run(cut.RowSlices * Slicing.Count(panels, cut.PanelsASlice), cut);
    }

    /// <summary>One row by a B whose columns are contiguous: a dot product each.</summary>
    private static void Dots(in Product<T> p)
    {
        T* row = p.A;
        if (p.AColumn != 1)
        {
            row = MatMulScratch.Get<T>(p.K);
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
                P.C[j] = MatMulRows<T, V, S>.Dot(Row, P.B + (j * P.BColumn), P.K);
            }

            P.Finish(0, 1, slice * Grain, end - (slice * Grain));
        }
    }

    private struct Cut : ISlices
    {
        private const int MaxDepth = 2048;
        private const int Reused = 1 << 18; // elements of A that stay in the second cache
        private const int InPlace = 256; // rows of B of which a panel is worth no copy

        public Product<T> P;
        public int PanelsASlice;
        public int RowsASlice;
        public int RowSlices;

        public readonly void Run(int slice)
        {
            int row = slice % RowSlices * RowsASlice;
            int rowEnd = Math.Min(P.M, row + RowsASlice);
            int column = slice / RowSlices * PanelsASlice * Wide;
            int columnEnd = (int)Math.Min(P.N, column + ((long)PanelsASlice * Wide));
            int blocks = Slicing.Count(P.K, MaxDepth);
            int depth = (P.K + blocks - 1) / blocks;
            int most = Math.Max(8, Reused / depth / TileRows) * TileRows;
            for (int k = 0; k < P.K; k += depth)
            {
                for (int i = row; i < rowEnd; i += most)
                {
                    Block(i, Math.Min(rowEnd, i + most), column, columnEnd, k, Math.Min(depth, P.K - k));
                }
            }

            P.Finish(row, rowEnd - row, column, columnEnd - column);
        }

        private readonly void Block(int row, int rowEnd, int column, int columnEnd, int k, int depth)
        {
            Operands<T> operands = new() { ARow = P.ARow, AColumn = P.AColumn, CRow = P.CRow, Depth = depth };
            T* a = P.A + (row * P.ARow) + (k * P.AColumn);
            bool copy = P.BColumn == 1 && depth > InPlace && rowEnd - row >= 2 * TileRows && P.BRow > Wide;
            T* packed = copy || P.BColumn != 1 ? MatMulScratch.Get<T>((nint)Wide * depth) : null;
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

                int rows = rowEnd - row;
                if (width >= Wide)
                {
                    Column<Full, FullPacking>(operands, a, rows, b, bStep, packed, copy, c, valid, add);
                }
                else if (width > S.Count)
                {
                    Column<Part, PartPacking>(operands, a, rows, b, bStep, packed, copy, c, valid, add);
                }
                else if (width == S.Count)
                {
                    Column<One, OnePacking>(operands, a, rows, b, bStep, packed, copy, c, valid, add);
                }
                else
                {
                    Column<OnePart, OnePartPacking>(operands, a, rows, b, bStep, packed, copy, c, valid, add);
                }
            }
        }

        /// <summary>All rows of a panel. The first tile copies the rows of B, if they are to be copied.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Column<F, FPacking>(
            in Operands<T> p, T* a, int rows, T* b, nint bStep, T* packed, bool copy, T* c, int valid, bool add)
            where F : ITileForm
            where FPacking : ITileForm
        {
            if (copy)
            {
                if (TileRows == 14)
                {
                    MatMulTiles<T, V, S>.Rows14<FPacking>(p, a, b, bStep, packed, c, valid, add);
                }
                else
                {
                    MatMulTiles<T, V, S>.Rows6<FPacking>(p, a, b, bStep, packed, c, valid, add);
                }

                a += TileRows * p.ARow;
                c += TileRows * p.CRow;
                rows -= TileRows;
                b = packed;
                bStep = F.Two ? Wide : S.Count;
            }

            while (rows > 0)
            {
                int taken;
                if (TileRows == 14 && rows >= 14 && rows != 16)
                {
                    taken = 14;
                    MatMulTiles<T, V, S>.Rows14<F>(p, a, b, bStep, packed, c, valid, add);
                }
                else if (TileRows == 14 && rows >= 8 && rows != 10)
                {
                    taken = 8;
                    MatMulTiles<T, V, S>.Rows8<F>(p, a, b, bStep, packed, c, valid, add);
                }
                else if (rows >= 6 && rows != 8)
                {
                    taken = 6;
                    MatMulTiles<T, V, S>.Rows6<F>(p, a, b, bStep, packed, c, valid, add);
                }
                else if (rows >= 4)
                {
                    taken = 4;
                    MatMulTiles<T, V, S>.Rows4<F>(p, a, b, bStep, packed, c, valid, add);
                }
                else if (rows >= 2)
                {
                    taken = 2;
                    MatMulTiles<T, V, S>.Rows2<F>(p, a, b, bStep, packed, c, valid, add);
                }
                else
                {
                    taken = 1;
                    MatMulTiles<T, V, S>.Rows1<F>(p, a, b, bStep, packed, c, valid, add);
                }

                a += taken * p.ARow;
                c += taken * p.CRow;
                rows -= taken;
            }
        }
    }

    private readonly struct Full : ITileForm
    {
        public static bool Two => true;
        public static bool Part => false;
        public static bool Pack => false;
    }

    private readonly struct FullPacking : ITileForm
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

    private readonly struct One : ITileForm
    {
        public static bool Two => false;
        public static bool Part => false;
        public static bool Pack => false;
    }

    private readonly struct OnePacking : ITileForm
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
