using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>The operation of a reduction.</summary>
public enum ReduceKind
{
    /// <summary>The sum, 0 of nothing.</summary>
    Sum,

    /// <summary>The largest element; NaN if any is NaN.</summary>
    Max,

    /// <summary>The smallest element; NaN if any is NaN.</summary>
    Min,
}

/// <summary>Reductions over the middle axis of [outer, n, inner].</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Pairwise summation: elements are
/// combined in blocks, and blocks pairwise, in an order that depends on the lengths only. So the rounding error of a sum
/// grows with the logarithm of n, and the worker pool changes no bit of it. Cost: one operation and one read an element.
/// </remarks>
public static unsafe class ReduceKernels
{
    // Elements combined in one block of a row, and rows in one block of columns; elements of a slice; columns of a tile,
    // which fit the first-level cache.
    private const int RowBlock = 2048;
    private const int ColumnBlock = 32;
    private const int Piece = 1 << 15;
    private const int Columns = 512;

    /// <summary>y[o, i] is the reduction of x[o, ., i].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Apply(ReduceKind kind, ReadOnlySpan<float> x, int outer, int n, int inner, Span<float> y) =>
        ApplyAny(kind, x, outer, n, inner, y, float.PositiveInfinity, float.NegativeInfinity);

    /// <inheritdoc cref="Apply(ReduceKind, ReadOnlySpan{float}, int, int, int, Span{float})"/>
    public static void Apply(ReduceKind kind, ReadOnlySpan<double> x, int outer, int n, int inner, Span<double> y) =>
        ApplyAny(kind, x, outer, n, inner, y, double.PositiveInfinity, double.NegativeInfinity);

    /// <inheritdoc cref="Apply(ReduceKind, ReadOnlySpan{float}, int, int, int, Span{float})"/>
    public static void Apply(ReduceKind kind, ReadOnlySpan<int> x, int outer, int n, int inner, Span<int> y) =>
        ApplyAny(kind, x, outer, n, inner, y, int.MaxValue, int.MinValue);

    /// <inheritdoc cref="Apply(ReduceKind, ReadOnlySpan{float}, int, int, int, Span{float})"/>
    public static void Apply(ReduceKind kind, ReadOnlySpan<long> x, int outer, int n, int inner, Span<long> y) =>
        ApplyAny(kind, x, outer, n, inner, y, long.MaxValue, long.MinValue);

    /// <summary>y[o, i] is whether all of x[o, ., i] are true.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void All(ReadOnlySpan<bool> x, int outer, int n, int inner, Span<bool> y) =>
        Run<AndOp, byte>(Bytes.Of(x), outer, n, inner, Bytes.Of(y), 1);

    /// <summary>y[o, i] is whether any of x[o, ., i] is true.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Any(ReadOnlySpan<bool> x, int outer, int n, int inner, Span<bool> y) =>
        Run<OrOp, byte>(Bytes.Of(x), outer, n, inner, Bytes.Of(y), 0);

    private static void ApplyAny<T>(
        ReduceKind kind, ReadOnlySpan<T> x, int outer, int n, int inner, Span<T> y, T largest, T smallest)
        where T : unmanaged, INumberBase<T>
    {
        switch (kind)
        {
            case ReduceKind.Sum: Run<NumberBinary<AddOp, T>, T>(x, outer, n, inner, y, T.Zero); break;
            case ReduceKind.Max: Run<NumberBinary<MaximumOp, T>, T>(x, outer, n, inner, y, smallest); break;
            case ReduceKind.Min: Run<NumberBinary<MinimumOp, T>, T>(x, outer, n, inner, y, largest); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    private static void Run<TOp, T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<T> y, T empty)
        where TOp : struct, IBinary<T> where T : unmanaged
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.Length(y.Length, (long)outer * inner);
        if (y.Length == 0)
        {
            return;
        }

        if (n == 0)
        {
            y.Fill(empty);
            return;
        }

        fixed (T* px = x, py = y)
        {
            Run<TOp, T>(px, outer, n, inner, py, empty, KernelScope.Level);
        }
    }

    private static void Run<TOp, T>(T* x, int outer, int n, int inner, T* y, T empty, SimdLevel level)
        where TOp : struct, IBinary<T> where T : unmanaged
    {
        int tiles = Slicing.Count(inner, Columns);
        ReduceSlices<TOp, T> slices = new()
        {
            X = x,
            Y = y,
            Outer = outer,
            N = n,
            Inner = inner,
            Step = n,
            Pieces = 1,
            Tiles = tiles,
            Units = Math.Max(1, (int)(Piece / ((long)n * Math.Min(inner, Columns)))),
            Empty = empty,
            Level = level,
        };

        // Few results of many elements: partial results first, which are then reduced themselves.
        int step = Math.Max(ColumnBlock, Piece / Math.Min(inner, Columns));
        if ((long)outer * tiles < 16 && n >= 2 * step)
        {
            int pieces = Slicing.Count(n, step);
            (slices.Step, slices.Pieces, slices.Units) = (step, pieces, 1);
            T[] partial = new T[(long)outer * pieces * inner];
            fixed (T* p = partial)
            {
                slices.Y = p;
                WorkerPool.Run(outer * pieces * tiles, slices);
                Run<TOp, T>(p, outer, pieces, inner, y, empty, level);
            }

            return;
        }

        WorkerPool.Run(Slicing.Count((long)outer * tiles, slices.Units), slices);
    }

    /// <summary>A unit reduces one piece of the middle axis, for one tile of columns, at one outer position.</summary>
    private struct ReduceSlices<TOp, T> : ISlices where TOp : struct, IBinary<T> where T : unmanaged
    {
        public T* X;
        public T* Y;
        public int Outer;
        public int N;
        public int Inner;
        public int Step;
        public int Pieces;
        public int Tiles;
        public int Units;
        public T Empty;
        public SimdLevel Level;

        public readonly void Run(int slice)
        {
            switch (Level)
            {
                case SimdLevel.Avx512: Run<Simd512<T>, Vector512<T>>(slice); break;
                case SimdLevel.Avx2: Run<Simd256<T>, Vector256<T>>(slice); break;
                default: Run<Simd128<T>, Vector128<T>>(slice); break;
            }
        }

        private readonly void Run<S, V>(int slice) where S : ISimd<T, V> where V : unmanaged
        {
            long first = (long)slice * Units;
            long last = Math.Min(first + Units, (long)Outer * Pieces * Tiles);
            for (long unit = first; unit < last; unit++)
            {
                int tile = (int)(unit % Tiles);
                int piece = (int)(unit / Tiles % Pieces);
                long o = unit / Tiles / Pieces;
                int start = piece * Step;
                int count = Math.Min(Step, N - start);
                T* x = X + (((o * N) + start) * Inner) + (tile * Columns);
                T* y = Y + (((o * Pieces) + piece) * Inner) + (tile * Columns);
                if (Inner == 1)
                {
                    *y = Row<S, V>(x, count);
                }
                else
                {
                    Tile<S, V>(x, count, Math.Min(Columns, Inner - (tile * Columns)), y);
                }
            }
        }

        private readonly T Row<S, V>(T* x, nint n) where S : ISimd<T, V> where V : unmanaged
        {
            if (n <= RowBlock)
            {
                return Block<S, V>(x, n, Empty);
            }

            nint half = (n / RowBlock + 1) / 2 * RowBlock;
            V v = TOp.Apply<S, V>(S.Set(Row<S, V>(x, half)), S.Set(Row<S, V>(x + half, n - half)));
            return *(T*)&v;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static T Block<S, V>(T* x, nint n, T empty) where S : ISimd<T, V> where V : unmanaged
        {
            int width = S.Count;
            V a = S.Set(empty), b = a, c = a, d = a;
            nint i = 0;
            for (; i <= n - (4 * width); i += 4 * width)
            {
                a = TOp.Apply<S, V>(a, S.Load(x + i));
                b = TOp.Apply<S, V>(b, S.Load(x + i + width));
                c = TOp.Apply<S, V>(c, S.Load(x + i + (2 * width)));
                d = TOp.Apply<S, V>(d, S.Load(x + i + (3 * width)));
            }

            for (; i <= n - width; i += width)
            {
                a = TOp.Apply<S, V>(a, S.Load(x + i));
            }

            if (i < n)
            {
                V rest = S.Set(empty);
                Unsafe.CopyBlockUnaligned(&rest, x + i, (uint)((n - i) * sizeof(T)));
                b = TOp.Apply<S, V>(b, rest);
            }

            V sum = TOp.Apply<S, V>(TOp.Apply<S, V>(a, b), TOp.Apply<S, V>(c, d));

            // Halves are combined until one lane is left.
            T* lanes = (T*)&sum;
            for (width /= 2; width > 0; width /= 2)
            {
                V upper = sum;
                Unsafe.CopyBlockUnaligned(&upper, lanes + width, (uint)(width * sizeof(T)));
                sum = TOp.Apply<S, V>(sum, upper);
            }

            return lanes[0];
        }

        // Reductions of columns: the rows of a block in sequence, and blocks pairwise.
        [SkipLocalsInit]
        private readonly void Tile<S, V>(T* x, nint n, nint columns, T* y) where S : ISimd<T, V> where V : unmanaged
        {
            if (n <= ColumnBlock)
            {
                Rows<S, V>(x, n, Inner, columns, y);
                return;
            }

            nint half = (n / ColumnBlock + 1) / 2 * ColumnBlock;
            T* other = stackalloc T[(int)columns];
            Tile<S, V>(x, half, columns, y);
            Tile<S, V>(x + (half * Inner), n - half, columns, other);
            Join<S, V>(y, other, columns);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Rows<S, V>(T* x, nint n, nint stride, nint columns, T* y)
            where S : ISimd<T, V> where V : unmanaged
        {
            int width = S.Count;
            nint j = 0;
            for (; j <= columns - (4 * width); j += 4 * width)
            {
                T* p = x + j;
                V a = S.Load(p), b = S.Load(p + width), c = S.Load(p + (2 * width)), d = S.Load(p + (3 * width));
                for (nint i = 1; i < n; i++)
                {
                    p += stride;
                    a = TOp.Apply<S, V>(a, S.Load(p));
                    b = TOp.Apply<S, V>(b, S.Load(p + width));
                    c = TOp.Apply<S, V>(c, S.Load(p + (2 * width)));
                    d = TOp.Apply<S, V>(d, S.Load(p + (3 * width)));
                }

                S.Store(y + j, a);
                S.Store(y + j + width, b);
                S.Store(y + j + (2 * width), c);
                S.Store(y + j + (3 * width), d);
            }

            LastColumns<S, V>(x, n, stride, j, columns, y);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void LastColumns<S, V>(T* x, nint n, nint stride, nint j, nint columns, T* y)
            where S : ISimd<T, V> where V : unmanaged
        {
            for (; j <= columns - S.Count; j += S.Count)
            {
                T* p = x + j;
                V a = S.Load(p);
                for (nint i = 1; i < n; i++)
                {
                    p += stride;
                    a = TOp.Apply<S, V>(a, S.Load(p));
                }

                S.Store(y + j, a);
            }

            for (; j < columns; j++)
            {
                T* p = x + j;
                V a = S.Set(*p);
                for (nint i = 1; i < n; i++)
                {
                    p += stride;
                    a = TOp.Apply<S, V>(a, S.Set(*p));
                }

                y[j] = *(T*)&a;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Join<S, V>(T* y, T* other, nint n) where S : ISimd<T, V> where V : unmanaged
        {
            nint j = 0;
            for (; j <= n - S.Count; j += S.Count)
            {
                S.Store(y + j, TOp.Apply<S, V>(S.Load(y + j), S.Load(other + j)));
            }

            for (; j < n; j++)
            {
                V v = TOp.Apply<S, V>(S.Set(y[j]), S.Set(other[j]));
                y[j] = *(T*)&v;
            }
        }
    }
}
