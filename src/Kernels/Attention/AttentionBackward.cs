using System.Numerics;

namespace Functional.Kernels;

/// <summary>The gradient of <see cref="Attention"/>.</summary>
/// <remarks>
/// Probabilities are computed again, block by block, from the logarithms of the sums (Dao 2023, "FlashAttention-2"). A slice is
/// one head of keys with all queries that read it, so that no two slices add to the same gradient; where there are fewer
/// of them than threads they run in turn, and the threads share the work inside.
/// </remarks>
internal static unsafe class AttentionBackward<T, V, S, TExp>
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : unmanaged
    where S : ISimd<T, V>
    where TExp : struct, IUnary<T>
{
    private const int Rows = AttentionBlocks<T, V, S, TExp>.Rows;
    private const int Columns = AttentionBlocks<T, V, S, TExp>.Columns;
    private const int RowsASlice = 16;

    public static void Run(in AttentionGradientProblem<T> p)
    {
        Slices slices = new() { P = p };
        int count = checked(p.Forward.Sizes.Batch * p.Forward.Sizes.KeyHeads);
        if (count >= KernelScope.Threads)
        {
            WorkerPool.Run(count, slices);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                slices.Run(i);
            }
        }
    }

    private struct Slices : ISlices
    {
        public AttentionGradientProblem<T> P;

        public readonly void Run(int slice)
        {
            AttentionSizes sizes = P.Forward.Sizes;
            int group = sizes.Heads / sizes.KeyHeads;
            int sample = slice / sizes.KeyHeads;
            int keyHead = slice % sizes.KeyHeads;
            for (int i = 0; i < group; i++)
            {
                new Head(P, sample, (keyHead * group) + i, keyHead, i == 0).Compute();
            }
        }
    }

    /// <summary>One head of queries with its keys: its operands, gradients and scratch memory.</summary>
    private readonly struct Head
    {
        private readonly AttentionGradientProblem<T> p;
        private readonly AttentionSizes sizes;
        private readonly bool isFirst;
        private readonly T* query;
        private readonly T* key;
        private readonly T* value;
        private readonly bool* mask;
        private readonly T* result;
        private readonly T* gradient;
        private readonly T* logSums;
        private readonly T* toQuery;
        private readonly T* toKey;
        private readonly T* toValue;
        private readonly int rowsABlock;
        private readonly int step;
        private readonly T* probabilities;
        private readonly T* slopes;
        private readonly T* room;
        private readonly T* means;

        public Head(in AttentionGradientProblem<T> problem, int sample, int head, int keyHead, bool isFirst)
        {
            p = problem;
            AttentionProblem<T> forward = problem.Forward;
            sizes = forward.Sizes;
            this.isFirst = isFirst;
            query = forward.Query.At(sizes, sample, head);
            key = forward.Key.At(sizes, sample, keyHead);
            value = forward.Value.At(sizes, sample, keyHead);
            mask = forward.Mask.First == null ? null : forward.Mask.At(sizes, sample, head);
            result = p.Result.At(sizes, sample, head);
            gradient = p.Gradient.At(sizes, sample, head);
            logSums = forward.LogSums + ((((nint)sample * sizes.Heads) + head) * sizes.Queries);
            toQuery = p.Query + ((nint)sample * sizes.Queries * QueryRow) + ((nint)head * sizes.Width);
            toKey = p.Key + ((nint)sample * sizes.Keys * KeyRow) + ((nint)keyHead * sizes.Width);
            toValue = p.Value + ((nint)sample * sizes.Keys * ValueRow) + ((nint)keyHead * sizes.ValueWidth);
            rowsABlock = Math.Min(Rows, Math.Max(1, sizes.Queries));
            step = Math.Min(Columns, Slicing.Count(sizes.Keys, S.Count) * S.Count);
            long block = (long)rowsABlock * step;
            long most = Math.Max(rowsABlock, step) * (long)Math.Max(sizes.Width, sizes.ValueWidth);
            probabilities = AttentionBlocks<T, V, S, TExp>.Memory((2 * block) + most + sizes.Queries);
            slopes = probabilities + block;
            room = slopes + block;
            means = room + most;
        }

        private nint QueryRow => (nint)sizes.Heads * sizes.Width;

        private nint KeyRow => (nint)sizes.KeyHeads * sizes.Width;

        private nint ValueRow => (nint)sizes.KeyHeads * sizes.ValueWidth;

        public void Compute()
        {
            for (int i = 0; i < sizes.Queries; i++)
            {
                means[i] = AttentionRows<T, V, S, TExp>.Dot(
                    gradient + (i * p.Gradient.Row), result + (i * p.Result.Row), sizes.ValueWidth);
            }

            for (int j = 0; j < sizes.Keys; j += step)
            {
                Keys(j, Math.Min(step, sizes.Keys - j));
            }
        }

        /// <summary>A block of keys with all queries.</summary>
        private void Keys(int j, int columns)
        {
            bool isWritten = !isFirst;
            for (int i = 0; i < sizes.Queries; i += rowsABlock)
            {
                int rows = Math.Min(rowsABlock, sizes.Queries - i);
                int seen = AttentionBlocks<T, V, S, TExp>.SeenKeys(sizes, mask, p.Forward.Mask, i, i + rows);
                if (seen > j)
                {
                    Block(i, rows, j, columns, !isWritten);
                    isWritten = true;
                }
                else if (j == 0)
                {
                    Clear(toQuery + (i * QueryRow), QueryRow, rows, sizes.Width);
                }
            }

            if (!isWritten)
            {
                Clear(toKey + (j * KeyRow), KeyRow, columns, sizes.Width);
                Clear(toValue + (j * ValueRow), ValueRow, columns, sizes.ValueWidth);
            }
        }

        private static void Clear(T* first, nint step, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                new Span<T>(first + (i * step), columns).Clear();
            }
        }

        private void Block(int i, int rows, int j, int columns, bool isFirstOfKeys)
        {
            AttentionProblem<T> forward = p.Forward;
            T* q = query + (i * forward.Query.Row);
            T* k = key + (j * forward.Key.Row);
            T* v = value + (j * forward.Value.Row);
            T* g = gradient + (i * p.Gradient.Row);
            AttentionBlocks<T, V, S, TExp>.Multiply(
                rows, columns, sizes.Width, q, forward.Query.Row, forward.Query.Column, k, forward.Key.Column, forward.Key.Row,
                probabilities, step);
            AttentionBlocks<T, V, S, TExp>.Multiply(
                rows, columns, sizes.ValueWidth, g, p.Gradient.Row, 1, v, forward.Value.Column, forward.Value.Row, slopes, step);
            WorkerPool.Run(
                Slicing.Count(rows, RowsASlice), new Softmax { Of = this, Query = i, Rows = rows, Key = j, Columns = columns });
            AttentionBlocks<T, V, S, TExp>.Accumulate(
                isFirstOfKeys, columns, sizes.ValueWidth, rows, probabilities, 1, step, g, p.Gradient.Row, 1,
                toValue + (j * ValueRow), ValueRow, room);
            AttentionBlocks<T, V, S, TExp>.Accumulate(
                isFirstOfKeys, columns, sizes.Width, rows, slopes, 1, step, q, forward.Query.Row, forward.Query.Column,
                toKey + (j * KeyRow), KeyRow, room);
            AttentionBlocks<T, V, S, TExp>.Accumulate(
                j == 0, rows, sizes.Width, columns, slopes, step, 1, k, forward.Key.Row, forward.Key.Column,
                toQuery + (i * QueryRow), QueryRow, room);
        }

        /// <summary>Probabilities in place of scores, and slopes of scores in place of slopes of probabilities.</summary>
        private struct Softmax : ISlices
        {
            public Head Of;
            public int Query;
            public int Rows;
            public int Key;
            public int Columns;

            public readonly void Run(int slice)
            {
                int end = Slicing.End(slice, RowsASlice, Rows);
                for (int i = slice * RowsASlice; i < end; i++)
                {
                    AttentionOperand<bool> flags = Of.p.Forward.Mask;
                    int query = Query + i;
                    T* row = Of.probabilities + ((nint)i * Of.step);
                    bool* mask = Of.mask == null ? null : Of.mask + (query * flags.Row);
                    AttentionBlocks<T, V, S, TExp>.Scaled(Of.sizes, mask, flags.Column, query, Key, Columns, row);
                    AttentionRows<T, V, S, TExp>.Exponentials(row, Columns, Of.logSums[query]);
                    AttentionRows<T, V, S, TExp>.Slope(
                        row, Of.slopes + ((nint)i * Of.step), Columns, Of.means[query],
                        T.CreateTruncating(Of.sizes.Scale));
                }
            }
        }
    }
}
