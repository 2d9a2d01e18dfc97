using System.Numerics;

namespace Functional.Kernels;

/// <summary>The forward pass of <see cref="Attention"/>.</summary>
/// <remarks>
/// A slice is one or more blocks of queries of one head. It meets the keys block by block and rescales what it has summed
/// whenever a larger score turns up.
/// </remarks>
internal static unsafe class AttentionForward<T, V, S, TExp>
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : unmanaged
    where S : ISimd<T, V>
    where TExp : struct, IUnary<T>
{
    private const int Rows = AttentionBlocks<T, V, S, TExp>.Rows;
    private const int Columns = AttentionBlocks<T, V, S, TExp>.Columns;
    private const long SliceWork = 1 << 16; // multiplications worth another thread

    public static void Run(in AttentionProblem<T> p)
    {
        int blocks = Slicing.Count(p.Sizes.Queries, Rows);
        int items = checked(p.Sizes.Batch * p.Sizes.Heads * blocks);
        if (items == 0)
        {
            return;
        }

        long work = (long)Math.Min(Rows, p.Sizes.Queries) * p.Sizes.Keys * (p.Sizes.Width + p.Sizes.ValueWidth);
        int grain = (int)Math.Clamp(SliceWork / Math.Max(1, work), 1, items);
        WorkerPool.Run(Slicing.Count(items, grain), new Slices { P = p, Blocks = blocks, Items = items, Grain = grain });
    }

    private struct Slices : ISlices
    {
        public AttentionProblem<T> P;
        public int Blocks;
        public int Items;
        public int Grain;

        public readonly void Run(int slice)
        {
            int end = Slicing.End(slice, Grain, Items);
            for (int i = slice * Grain; i < end; i++)
            {
                int head = i / Blocks;
                int first = i % Blocks * Rows;
                new Block(P, head / P.Sizes.Heads, head % P.Sizes.Heads, first).Compute();
            }
        }
    }

    /// <summary>One block of queries: its operands, and what is known of its rows so far.</summary>
    private readonly struct Block
    {
        private readonly AttentionProblem<T> p;
        private readonly int first;
        private readonly int rows;
        private readonly int keys;
        private readonly T* query;
        private readonly T* key;
        private readonly T* value;
        private readonly bool* mask;
        private readonly T* result;
        private readonly nint resultRow;
        private readonly T* logSums;
        private readonly int step;
        private readonly T* scores;
        private readonly T* products;
        private readonly T* largest;
        private readonly T* sums;

        public Block(in AttentionProblem<T> problem, int sample, int head, int query)
        {
            p = problem;
            AttentionSizes sizes = problem.Sizes;
            int keyHead = head / (sizes.Heads / sizes.KeyHeads);
            first = query;
            rows = Math.Min(Rows, sizes.Queries - query);
            this.query = p.Query.At(sizes, sample, head) + (query * p.Query.Row);
            key = p.Key.At(sizes, sample, keyHead);
            value = p.Value.At(sizes, sample, keyHead);
            mask = p.Mask.First == null ? null : p.Mask.At(sizes, sample, head);
            keys = AttentionBlocks<T, V, S, TExp>.SeenKeys(sizes, mask, p.Mask, query, query + rows);
            resultRow = (nint)sizes.Heads * sizes.ValueWidth;
            result = p.Result + ((((nint)sample * sizes.Queries) + query) * resultRow) + ((nint)head * sizes.ValueWidth);
            logSums = p.LogSums + ((((nint)sample * sizes.Heads) + head) * sizes.Queries) + query;
            step = Math.Min(Columns, Slicing.Count(keys, S.Count) * S.Count);
            scores = AttentionBlocks<T, V, S, TExp>.Memory((long)rows * (step + sizes.ValueWidth + 2));
            products = scores + ((nint)rows * step);
            largest = products + ((nint)rows * sizes.ValueWidth);
            sums = largest + rows;
        }

        public void Compute()
        {
            new Span<T>(largest, rows).Fill(T.NegativeInfinity);
            new Span<T>(sums, rows).Clear();
            for (int j = 0; j < keys; j += step)
            {
                int columns = Math.Min(step, keys - j);
                AttentionBlocks<T, V, S, TExp>.Multiply(
                    rows, columns, p.Sizes.Width, query, p.Query.Row, p.Query.Column,
                    key + (j * p.Key.Row), p.Key.Column, p.Key.Row, scores, step);
                if (j == 0)
                {
                    First(columns);
                }
                else
                {
                    Next(j, columns);
                }
            }

            Finish();
        }

        /// <summary>The first block of keys: its products are the result so far.</summary>
        private void First(int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                Exponentials(i, 0, columns);
            }

            AttentionBlocks<T, V, S, TExp>.Multiply(
                rows, p.Sizes.ValueWidth, columns, scores, step, 1, value, p.Value.Row, p.Value.Column, result, resultRow);
        }

        /// <summary>A further block: what was summed is scaled to the larger maximum, and its products are added.</summary>
        private void Next(int j, int columns)
        {
            int width = p.Sizes.ValueWidth;
            for (int i = 0; i < rows; i++)
            {
                T factor = Exponentials(i, j, columns);
                if (factor != T.One)
                {
                    AttentionRows<T, V, S, TExp>.ScaleAdd(result + (i * resultRow), factor, null, width);
                }
            }

            AttentionBlocks<T, V, S, TExp>.Accumulate(
                false, rows, width, columns, scores, step, 1, value + (j * p.Value.Row), p.Value.Row, p.Value.Column, result,
                resultRow, products);
        }

        /// <summary>The exponentials of a row in place of its scores; gives the factor of what was summed before.</summary>
        private T Exponentials(int i, int j, int columns)
        {
            T* row = scores + ((nint)i * step);
            bool* flags = mask == null ? null : mask + ((first + i) * p.Mask.Row);
            T most = AttentionBlocks<T, V, S, TExp>.Scaled(p.Sizes, flags, p.Mask.Column, first + i, j, columns, row);
            T before = largest[i];
            most = T.Max(most, before);
            if (T.IsNegativeInfinity(most))
            {
                new Span<T>(row, columns).Clear();
                return T.One;
            }

            T factor = most == before ? T.One : T.Exp(before - most);
            sums[i] = (sums[i] * factor) + AttentionRows<T, V, S, TExp>.Exponentials(row, columns, most);
            largest[i] = most;
            return factor;
        }

        private void Finish()
        {
            int width = p.Sizes.ValueWidth;
            for (int i = 0; i < rows; i++)
            {
                T* row = result + (i * resultRow);
                if (sums[i] == T.Zero)
                {
                    new Span<T>(row, width).Clear();
                    logSums[i] = T.PositiveInfinity;
                }
                else
                {
                    AttentionRows<T, V, S, TExp>.ScaleAdd(row, T.One / sums[i], null, width);
                    logSums[i] = largest[i] + T.Log(sums[i]);
                }
            }
        }
    }
}
