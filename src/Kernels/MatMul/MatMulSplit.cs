using System.Runtime.CompilerServices;

namespace Functional.Kernels;

// Products whose C is small: computed transposed, or in parts of k (split-k).
internal static unsafe partial class MatMulDriver<T, V, S>
{
    /// <summary>
    /// Whether the transpose of C is faster to compute: the columns of A are contiguous, and C has so few columns that vectors
    /// along its rows would be half empty.
    /// </summary>
    private static bool PrefersTranspose(in Product<T> p) =>
        p.ARow == 1 && p.AColumn != 1 && p.N < S.Count && p.M >= 4 * S.Count && (S.Count - p.N) * (long)p.K > 48 * p.N;

    /// <summary>
    /// Whether a slice is better a part of k than some rows: A is a batch of long rows, and C fits one or two vectors a row. Each
    /// processor then keeps its columns of A and its rows of B in its cache, which are also what it reads and writes in the
    /// product that gives B's gradient.
    /// </summary>
    private static bool IsDeepAndNarrow(in Product<T> p) =>
        p.N <= Wide && p.K >= 512 && p.K >= 4 * p.M && (long)p.M * p.N * p.K >= 2 * SliceWork;

    /// <summary>The number of parts of k that are summed apart.</summary>
    private static int Parts(in Product<T> p) =>
        p.K >= MinSplit && (long)p.M * p.N <= MaxPart ? Math.Min(MaxParts, p.K / MinPart)
        : IsDeepAndNarrow(p) ? 4
        : 1;

    private static void RunTransposed(in Product<T> p)
    {
        int line = 64 / sizeof(T);
        nint row = (((p.M + line - 1) / line) | 1) * line; // an odd number of cache lines, against conflicts
        T* c = MatMulScratch.Get<T>(MatMulScratch.Whole, row * p.N);
        Product<T> transposed = new()
        {
            M = p.N,
            N = p.M,
            K = p.K,
            A = p.B,
            ARow = p.BColumn,
            AColumn = p.BRow,
            B = p.A,
            BRow = p.AColumn,
            BColumn = 1,
            C = c,
            CRow = row,
        };
        if (p.K >= MinSplit && (long)p.M * p.N <= MaxPart)
        {
            Split(transposed, Math.Min(MaxParts, p.K / MinPart));
        }
        else
        {
            All(transposed);
        }

        TransposeSlices transposing = new() { P = p, From = c, Row = row, Grain = Math.Max(1, 8192 / p.N) };
        WorkerPool.Run(Slicing.Count(p.M, transposing.Grain), transposing);
    }

    private struct TransposeSlices : ISlices
    {
        public Product<T> P;
        public T* From;
        public nint Row;
        public int Grain;

        public readonly void Run(int slice)
        {
            int start = slice * Grain;
            int end = Slicing.End(slice, Grain, P.M);
            Copy(From, Row, P.C, P.CRow, start, end, P.N);
            P.Finish(start, end - start, 0, P.N);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Copy(T* from, nint row, T* c, nint cRow, int start, int end, int n)
        {
            for (int i = start; i < end; i++)
            {
                T* source = from + i;
                T* target = c + (i * cRow);
                for (int j = 0; j < n; j++)
                {
                    target[j] = *source;
                    source += row;
                }
            }
        }
    }

    /// <summary>Split-k: each slice sums over a part of k, and the parts are added in order.</summary>
    private static void Split(in Product<T> p, int parts)
    {
        int depth = (p.K + parts - 1) / parts;
        parts = Slicing.Count(p.K, depth);
        PartSlices slices = new() { P = p, Depth = depth };
        slices.P.Epilogue = null;
        slices.Sums = MatMulScratch.Get<T>(MatMulScratch.Parts, (nint)(parts - 1) * p.M * p.N);
        WorkerPool.Run(parts, slices);

        SumSlices sums = new() { P = p, Sums = slices.Sums, Parts = parts - 1, Grain = Math.Max(1, 8192 / p.N) };
        WorkerPool.Run(Slicing.Count(p.M, sums.Grain), sums);
    }

    private struct PartSlices : ISlices
    {
        public Product<T> P;
        public T* Sums;
        public int Depth;

        public readonly void Run(int slice)
        {
            int k = slice * Depth, depth = Math.Min(Depth, P.K - k);
            if (P.M == 1 && (P.BColumn == 1 || (P.IsDots && P.AColumn == 1)))
            {
                T* c = slice > 0 ? Sums + ((nint)(slice - 1) * P.N) : P.C;
                T* a = P.A + (k * P.AColumn), b = P.B + (k * P.BRow);
                if (P.IsDots && P.AColumn == 1)
                {
                    MatMulRows<T, V, S>.Dots(a, b, P.BColumn, depth, c, P.N);
                }
                else
                {
                    MatMulRows<T, V, S>.Combine(a, P.AColumn, b, P.BRow, depth, c, P.N);
                }

                return;
            }

            Cut cut = new() { P = P, RowsASlice = P.M, ColumnSlices = 1, PanelsASlice = Slicing.Count(P.N, Wide) };
            if (P.NumberedColumns)
            {
                cut.P.Numbers += k;
            }
            else
            {
                cut.P.A += k * P.AColumn;
            }

            cut.P.B += k * P.BRow;
            cut.P.K = depth;
            if (slice > 0)
            {
                cut.P.C = Sums + ((nint)(slice - 1) * P.M * P.N);
                cut.P.CRow = P.N;
            }

            cut.Run(0);
        }
    }

    private struct SumSlices : ISlices
    {
        public Product<T> P;
        public T* Sums;
        public int Parts;
        public int Grain;

        public readonly void Run(int slice)
        {
            int start = slice * Grain;
            int end = Slicing.End(slice, Grain, P.M);
            for (int i = start; i < end; i++)
            {
                Add(Sums + ((nint)i * P.N), (nint)P.M * P.N, Parts, P.C + (i * P.CRow), P.N);
            }

            P.Finish(start, end - start, 0, P.N);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Add(T* sums, nint step, int parts, T* c, int n)
        {
            for (int j = 0; j < n; j += S.Count)
            {
                V mask = Masked<T, V, S>.First(Math.Min(S.Count, n - j));
                V sum = Masked<T, V, S>.Load(c + j, mask);
                T* from = sums + j;
                for (int i = 0; i < parts; i++)
                {
                    sum = S.Add(sum, Masked<T, V, S>.Load(from, mask));
                    from += step;
                }

                Masked<T, V, S>.Store(c + j, sum, mask);
            }
        }
    }
}
