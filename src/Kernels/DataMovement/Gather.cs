using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Gather and scatter-add along the middle axis of [outer, n, inner].</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment; indices are checked. Large arrays are
/// cut into slices for the worker pool: of a gather by rows, of a scatter by columns, so that each element is added to in the
/// order of the indices. Cost: a read and a write an element moved, and an addition of a scatter.
/// </remarks>
public static unsafe class GatherKernels
{
    private const int Grain = 1 << 15;

    // A gather of a batch of samples is short, and its rows come from anywhere in memory: all cores wait less than one.
    private const int GatherGrain = 1 << 13;

    // Bytes of a row from which on the next row is fetched into the cache while this one is copied.
    private const int LongRow = 512;

    /// <summary>
    /// The position of the first index outside [0, n), or -1.
    /// </summary>
    public static int FirstOutside(ReadOnlySpan<int> indices, int n)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)n)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>y[o, j, i] = x[o, indices[j], i].</summary>
    /// <exception cref="ArgumentException">A length does not fit, or an index is outside [0, n).</exception>
    public static void Gather<T>(ReadOnlySpan<T> x, int outer, int n, int inner, ReadOnlySpan<int> indices, Span<T> y)
        where T : unmanaged
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.Length(y.Length, (long)outer * indices.Length * inner);
        CheckIndices(indices, n);
        if (y.Length == 0)
        {
            return;
        }

        fixed (T* px = x, py = y)
        fixed (int* pi = indices)
        {
            int rows = Math.Max(1, GatherGrain / inner);
            GatherSlices<T> slices = new()
            {
                X = px,
                Y = py,
                Indices = pi,
                Outer = outer,
                N = n,
                Inner = inner,
                Count = indices.Length,
                Rows = rows,
            };
            WorkerPool.Run(Slicing.Count((long)outer * indices.Length, rows), slices);
        }
    }

    /// <summary>y[o, indices[j], i] += updates[o, j, i], for every j in order.</summary>
    /// <exception cref="ArgumentException">A length does not fit, or an index is outside [0, n).</exception>
    public static void ScatterAdd<T>(
        Span<T> y, int outer, int n, int inner, ReadOnlySpan<int> indices, ReadOnlySpan<T> updates)
        where T : unmanaged, INumberBase<T>
    {
        Check.Length(y.Length, (long)outer * n * inner);
        Check.Length(updates.Length, (long)outer * indices.Length * inner);
        CheckIndices(indices, n);
        if (updates.Length == 0)
        {
            return;
        }

        fixed (T* py = y, pu = updates)
        fixed (int* pi = indices)
        {
            // A slice is a range of columns: each element is added to by one slice only, in the order of the indices.
            int columns = Math.Max(256, Grain / indices.Length);
            ScatterSlices<T> slices = new()
            {
                Y = py,
                Updates = pu,
                Indices = pi,
                N = n,
                Inner = inner,
                Count = indices.Length,
                Columns = columns,
            };
            WorkerPool.Run(checked(outer * Slicing.Count(inner, columns)), slices);
        }
    }

    private static void CheckIndices(ReadOnlySpan<int> indices, int n)
    {
        int bad = FirstOutside(indices, n);
        if (bad >= 0)
        {
            Check.Fail($"The index {indices[bad]} is outside an axis of length {n}.");
        }
    }

    private struct GatherSlices<T> : ISlices where T : unmanaged
    {
        public T* X;
        public T* Y;
        public int* Indices;
        public int Outer;
        public int N;
        public int Inner;
        public int Count;
        public int Rows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            long first = (long)slice * Rows;
            long last = Math.Min(first + Rows, (long)Outer * Count);
            long o = first / Count;
            int j = (int)(first % Count);
            T* to = Y + (first * Inner);
            bool fetches = Sse.IsSupported && (long)Inner * sizeof(T) >= LongRow;
            for (long row = first; row < last; row++, to += Inner)
            {
                T* from = X + (((o * N) + Indices[j]) * Inner);
                if (fetches && j + 1 < Count && row + 1 < last)
                {
                    Fetch(X + (((o * N) + Indices[j + 1]) * Inner));
                }

                if (Inner >= 16)
                {
                    Buffer.MemoryCopy(from, to, (long)Inner * sizeof(T), (long)Inner * sizeof(T));
                }
                else
                {
                    for (int i = 0; i < Inner; i++)
                    {
                        to[i] = from[i];
                    }
                }

                if (++j == Count)
                {
                    j = 0;
                    o++;
                }
            }
        }

        /// <summary>Asks for the lines of a row, so that many are on their way at once.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Fetch(T* row)
        {
            byte* end = (byte*)(row + Math.Min(Inner, 4096 / sizeof(T)));
            for (byte* line = (byte*)row; line < end; line += 64)
            {
                Sse.Prefetch0(line);
            }
        }
    }

    private struct ScatterSlices<T> : ISlices where T : unmanaged, INumberBase<T>
    {
        public T* Y;
        public T* Updates;
        public int* Indices;
        public int N;
        public int Inner;
        public int Count;
        public int Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int tiles = Slicing.Count(Inner, Columns);
            long o = slice / tiles;
            int start = slice % tiles * Columns;
            int count = Math.Min(Columns, Inner - start);
            T* y = Y + (o * N * Inner) + start;
            T* updates = Updates + (o * Count * Inner) + start;
            for (nint j = 0; j < Count; j++)
            {
                T* to = y + ((nint)Indices[j] * Inner);
                T* from = updates + (j * Inner);
                nint i = 0;
                if (Vector256.IsHardwareAccelerated && Vector256<T>.IsSupported)
                {
                    for (; i <= count - Vector256<T>.Count; i += Vector256<T>.Count)
                    {
                        (Vector256.Load(to + i) + Vector256.Load(from + i)).Store(to + i);
                    }
                }

                for (; i < count; i++)
                {
                    to[i] += from[i];
                }
            }
        }
    }
}
