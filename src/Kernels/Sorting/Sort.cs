namespace Functional.Kernels;

/// <summary>Stable sorting of rows. NaN counts as the greatest; -0 and 0 are equal.</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Rows run on the worker
/// pool; a row is sorted by one thread. Cost: n log n comparisons of keys for a row of n elements.
/// </remarks>
public static unsafe class SortKernels
{
    /// <summary>
    /// Sorts each row of x [rows, n]: its elements in order, and their indices in the row.
    /// </summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Sort(
        ReadOnlySpan<float> x, int rows, int n, bool descending, Span<float> values, Span<int> indices) =>
        Sort<float, SingleKey>(x, rows, n, descending, values, indices);

    /// <inheritdoc cref="Sort(ReadOnlySpan{float}, int, int, bool, Span{float}, Span{int})"/>
    public static void Sort(
        ReadOnlySpan<double> x, int rows, int n, bool descending, Span<double> values, Span<int> indices) =>
        Sort<double, DoubleKey>(x, rows, n, descending, values, indices);

    /// <inheritdoc cref="Sort(ReadOnlySpan{float}, int, int, bool, Span{float}, Span{int})"/>
    public static void Sort(
        ReadOnlySpan<int> x, int rows, int n, bool descending, Span<int> values, Span<int> indices) =>
        Sort<int, IntKey>(x, rows, n, descending, values, indices);

    /// <inheritdoc cref="Sort(ReadOnlySpan{float}, int, int, bool, Span{float}, Span{int})"/>
    public static void Sort(
        ReadOnlySpan<bool> x, int rows, int n, bool descending, Span<bool> values, Span<int> indices) =>
        Sort<bool, BoolKey>(x, rows, n, descending, values, indices);

    private static void Sort<T, TKey>(
        ReadOnlySpan<T> x, int rows, int n, bool descending, Span<T> values, Span<int> indices)
        where T : unmanaged where TKey : struct, IKey<T>
    {
        Check.Length(x.Length, (long)rows * n);
        Check.SameLength(x.Length, values.Length);
        Check.SameLength(x.Length, indices.Length);
        if (x.Length == 0)
        {
            return;
        }

        fixed (T* px = x, pv = values)
        fixed (int* pi = indices)
        {
            int perSlice = Math.Max(1, 4096 / n);
            SortSlices<T, TKey> slices = new()
            {
                X = px,
                Values = pv,
                Indices = pi,
                Rows = rows,
                N = n,
                PerSlice = perSlice,
                Descending = descending,
            };
            WorkerPool.Run(Slicing.Count(rows, perSlice), slices);
        }
    }

    /// <summary>A key: an unsigned integer whose order is that of the elements.</summary>
    private interface IKey<T>
    {
        static abstract bool IsWide { get; }

        static abstract ulong Of(T x);
    }

    private readonly struct SingleKey : IKey<float>
    {
        public static bool IsWide => false;

        public static ulong Of(float x)
        {
            if (float.IsNaN(x))
            {
                return uint.MaxValue;
            }

            uint bits = BitConverter.SingleToUInt32Bits(x + 0f);
            return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        }
    }

    private readonly struct DoubleKey : IKey<double>
    {
        public static bool IsWide => true;

        public static ulong Of(double x)
        {
            if (double.IsNaN(x))
            {
                return ulong.MaxValue;
            }

            ulong bits = BitConverter.DoubleToUInt64Bits(x + 0.0);
            return (bits & 0x8000000000000000) != 0 ? ~bits : bits | 0x8000000000000000;
        }
    }

    private readonly struct IntKey : IKey<int>
    {
        public static bool IsWide => false;

        public static ulong Of(int x) => (uint)x ^ 0x80000000;
    }

    private readonly struct BoolKey : IKey<bool>
    {
        public static bool IsWide => false;

        public static ulong Of(bool x) => x ? 1u : 0u;
    }

    /// <summary>A key of 64 bits, and the index that orders equal keys.</summary>
    private readonly record struct Wide(ulong Key, int Index) : IComparable<Wide>
    {
        public int CompareTo(Wide other) => Key != other.Key ? Key.CompareTo(other.Key) : Index.CompareTo(other.Index);
    }

    private struct SortSlices<T, TKey> : ISlices where T : unmanaged where TKey : struct, IKey<T>
    {
        public T* X;
        public T* Values;
        public int* Indices;
        public int Rows;
        public int N;
        public int PerSlice;
        public bool Descending;

        public readonly void Run(int slice)
        {
            int first = slice * PerSlice;
            int last = Slicing.End(slice, PerSlice, Rows);
            if (TKey.IsWide)
            {
                SortWide(first, last);
            }
            else
            {
                SortNarrow(first, last);
            }
        }

        private readonly void SortWide(int first, int last)
        {
            Wide[] keys = new Wide[N];
            for (int row = first; row < last; row++)
            {
                T* x = X + ((long)row * N);
                for (int i = 0; i < N; i++)
                {
                    ulong key = TKey.Of(x[i]);
                    keys[i] = new Wide(Descending ? ~key : key, i);
                }

                keys.AsSpan().Sort();
                for (int i = 0; i < N; i++)
                {
                    Put(x, row, i, keys[i].Index);
                }
            }
        }

        // Key and index fit one number: no two are equal, so that any sort is stable.
        private readonly void SortNarrow(int first, int last)
        {
            ulong[] keys = new ulong[N];
            for (int row = first; row < last; row++)
            {
                T* x = X + ((long)row * N);
                for (int i = 0; i < N; i++)
                {
                    ulong key = TKey.Of(x[i]);
                    keys[i] = ((Descending ? (uint)~key : key) << 32) | (uint)i;
                }

                keys.AsSpan().Sort();
                for (int i = 0; i < N; i++)
                {
                    Put(x, row, i, (int)(uint)keys[i]);
                }
            }
        }

        private readonly void Put(T* x, int row, int i, int index)
        {
            Values[((long)row * N) + i] = x[index];
            Indices[((long)row * N) + i] = index;
        }
    }
}
