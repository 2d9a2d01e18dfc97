using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Argmax, argmin and cumulative sums along the middle axis of [outer, n, inner].</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Each lane along the middle axis is
/// scanned in order, by one thread. Cost: one operation and one read an element.
/// </remarks>
public static unsafe class ScanKernels
{
    private const int Grain = 1 << 14;

    /// <summary>y[o, i] is the index of the largest of x[o, ., i]: the first of equals; the first NaN wins.</summary>
    /// <exception cref="ArgumentException">A length does not fit, or n is 0.</exception>
    public static void ArgMax<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<int> y)
        where T : unmanaged, INumber<T> =>
        Arg<Larger<T>, T>(x, outer, n, inner, y);

    /// <summary>y[o, i] is the index of the smallest of x[o, ., i]: the first of equals; the first NaN wins.</summary>
    /// <exception cref="ArgumentException">A length does not fit, or n is 0.</exception>
    public static void ArgMin<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<int> y)
        where T : unmanaged, INumber<T> =>
        Arg<Smaller<T>, T>(x, outer, n, inner, y);

    /// <summary>y[o, j, i] = x[o, 0, i] + ... + x[o, j, i].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void CumSum<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.SameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
        {
            Lanes lanes = new(outer, n, inner);
            WorkerPool.Run(lanes.Slices, new SumSlices<T> { X = px, Y = py, Lanes = lanes });
        }
    }

    private static void Arg<TOrder, T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<int> y)
        where TOrder : struct, IOrder<T> where T : unmanaged
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.Length(y.Length, (long)outer * inner);
        if (n == 0 && y.Length > 0)
        {
            Check.Fail("An empty axis has no extremes.");
        }

        fixed (T* px = x)
        fixed (int* py = y)
        {
            Lanes lanes = new(outer, n, inner);
            WorkerPool.Run(lanes.Slices, new ArgSlices<TOrder, T> { X = px, Y = py, Lanes = lanes });
        }
    }

    /// <summary>The lanes along the middle axis, cut into slices.</summary>
    private readonly struct Lanes(int outer, int n, int inner)
    {
        private readonly int perSlice = Math.Max(1, Grain / Math.Max(1, n));

        public readonly int N = n;
        public readonly int Inner = inner;

        public int Slices => Slicing.Count((long)outer * Inner, perSlice);

        public (long First, long Last) Of(int slice) =>
            ((long)slice * perSlice, Math.Min(((long)slice + 1) * perSlice, (long)outer * Inner));

        /// <summary>The index of a lane's first element.</summary>
        public long Start(long lane) => (lane / Inner * N * Inner) + (lane % Inner);
    }

    private struct SumSlices<T> : ISlices where T : unmanaged, INumber<T>
    {
        public T* X;
        public T* Y;
        public Lanes Lanes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            (long first, long last) = Lanes.Of(slice);
            for (long lane = first; lane < last; lane++)
            {
                T* x = X + Lanes.Start(lane);
                T* y = Y + Lanes.Start(lane);
                T sum = T.Zero;
                for (nint i = 0; i < Lanes.N; i++)
                {
                    sum += x[i * Lanes.Inner];
                    y[i * Lanes.Inner] = sum;
                }
            }
        }
    }

    private interface IOrder<T>
    {
        /// <summary>Whether b replaces a, which came first.</summary>
        static abstract bool Better(T a, T b);
    }

    private readonly struct Larger<T> : IOrder<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Better(T a, T b) => b > a || (T.IsNaN(b) && !T.IsNaN(a));
    }

    private readonly struct Smaller<T> : IOrder<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Better(T a, T b) => b < a || (T.IsNaN(b) && !T.IsNaN(a));
    }

    private struct ArgSlices<TOrder, T> : ISlices where TOrder : struct, IOrder<T> where T : unmanaged
    {
        public T* X;
        public int* Y;
        public Lanes Lanes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            (long first, long last) = Lanes.Of(slice);
            for (long lane = first; lane < last; lane++)
            {
                T* x = X + Lanes.Start(lane);
                T best = *x;
                int at = 0;
                for (int i = 1; i < Lanes.N; i++)
                {
                    T next = x[(nint)i * Lanes.Inner];
                    if (TOrder.Better(best, next))
                    {
                        best = next;
                        at = i;
                    }
                }

                Y[lane] = at;
            }
        }
    }
}
