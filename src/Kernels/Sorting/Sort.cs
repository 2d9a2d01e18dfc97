using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Stable sorting of rows. NaN counts as the greatest; -0 and 0 are equal.</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Rows run on the worker
/// pool; a row is sorted by one thread: by the digits of its keys where it is long, else by n log n comparisons of keys.
/// </remarks>
public static unsafe class SortKernels
{
    [ThreadStatic]
    private static Scratch? scratch;

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

    /// <summary>A key and the index of its element. Sorted by both, which no two items share, so that any sort is stable.</summary>
    private interface IItem<TSelf> : IDigits<TSelf>, IComparable<TSelf> where TSelf : struct, IItem<TSelf>
    {
        int Index { get; }

        static abstract TSelf Of(ulong key, int index);
    }

    /// <summary>A key of 32 bits and an index in one number.</summary>
    private readonly record struct Narrow(ulong Bits) : IItem<Narrow>
    {
        public static int Digits => 3;

        public int Index => (int)(uint)Bits;

        public static Narrow Of(ulong key, int index) => new((key << 32) | (uint)index);

        public int Digit(int position) => (int)(Bits >> (32 + (11 * position))) & 0x7FF;

        public int CompareTo(Narrow other) => Bits.CompareTo(other.Bits);
    }

    /// <summary>A key of 64 bits, and an index.</summary>
    private readonly record struct Wide(ulong Key, int Index) : IItem<Wide>
    {
        public static int Digits => 6;

        public static Wide Of(ulong key, int index) => new(key, index);

        public int Digit(int position) => (int)(Key >> (11 * position)) & 0x7FF;

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
            if (TKey.IsWide)
            {
                Run<Wide>(slice);
            }
            else
            {
                Run<Narrow>(slice);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Run<TItem>(int slice) where TItem : unmanaged, IItem<TItem>
        {
            TItem* memory = (scratch ??= new Scratch()).Get<TItem>(2L * N);
            Span<TItem> items = new(memory, N), room = new(memory + N, N);
            int last = Slicing.End(slice, PerSlice, Rows);
            for (int row = slice * PerSlice; row < last; row++)
            {
                long start = (long)row * N;
                for (int i = 0; i < N; i++)
                {
                    ulong key = TKey.Of(X[start + i]);
                    items[i] = TItem.Of(Descending ? ~key : key, i);
                }

                ReadOnlySpan<TItem> sorted = Sorted(items, room);
                for (int i = 0; i < N; i++)
                {
                    int index = sorted[i].Index;
                    Values[start + i] = X[start + index];
                    Indices[start + i] = index;
                }
            }
        }

        private static ReadOnlySpan<TItem> Sorted<TItem>(Span<TItem> items, Span<TItem> room) where TItem : struct, IItem<TItem>
        {
            if (items.Length >= RadixSort.Least)
            {
                return RadixSort.Sort(items, room);
            }

            items.Sort();
            return items;
        }
    }
}
