using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Argmax and argmin along the middle axis of [outer, n, inner].</summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order, which do not overlap; any alignment. Each lane along the middle axis is
/// scanned in order, by one thread. Cost: one comparison and one read an element; with elements of 32 bits eight lanes side by
/// side take one comparison, so that nothing depends on which elements are the larger ones.
/// </remarks>
public static unsafe class ArgKernels
{
    private const int Width = 8; // lanes side by side

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
            bool isWide = KernelScope.Level != SimdLevel.Portable && sizeof(T) == 4 && n <= int.MaxValue / Width;
            WorkerPool.Run(lanes.Slices, new ArgSlices<TOrder, T> { X = px, Y = py, Lanes = lanes, IsWide = isWide });
        }
    }

    private interface IOrder<T>
    {
        /// <summary>Whether b replaces a, which came first.</summary>
        static abstract bool Better(T a, T b);

        /// <summary>The lanes in which b replaces a, which came first.</summary>
        static abstract Vector256<T> Better(Vector256<T> a, Vector256<T> b);
    }

    private readonly struct Larger<T> : IOrder<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Better(T a, T b) => b > a || (T.IsNaN(b) && !T.IsNaN(a));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<T> Better(Vector256<T> a, Vector256<T> b) =>
            Vector256.GreaterThan(b, a) | (Vector256.Equals(a, a) & ~Vector256.Equals(b, b));
    }

    private readonly struct Smaller<T> : IOrder<T> where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Better(T a, T b) => b < a || (T.IsNaN(b) && !T.IsNaN(a));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<T> Better(Vector256<T> a, Vector256<T> b) =>
            Vector256.LessThan(b, a) | (Vector256.Equals(a, a) & ~Vector256.Equals(b, b));
    }

    private struct ArgSlices<TOrder, T> : ISlices where TOrder : struct, IOrder<T> where T : unmanaged
    {
        public T* X;
        public int* Y;
        public Lanes Lanes;
        public bool IsWide;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            (long lane, long last) = Lanes.Of(slice);
            while (lane < last)
            {
                long together = Lanes.Inner == 1 ? last - lane : Math.Min(last - lane, Lanes.Inner - (lane % Lanes.Inner));
                if (IsWide && together >= Width)
                {
                    Several(lane);
                    lane += Width;
                }
                else
                {
                    One(lane);
                    lane++;
                }
            }
        }

        private readonly void One(long lane)
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

        // Lanes whose elements stand side by side, or, where the last axis is scanned, n apart.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Several(long lane)
        {
            T* x = X + Lanes.Start(lane);
            Vector256<int> apart = Vector256<int>.Indices * Lanes.N;
            Vector256<T> best = Load(x, apart);
            Vector256<int> at = default;
            for (int i = 1; i < Lanes.N; i++)
            {
                Vector256<T> next = Load(x + ((nint)i * Lanes.Inner), apart);
                Vector256<T> better = TOrder.Better(best, next);
                best = Vector256.ConditionalSelect(better, next, best);
                at = Vector256.ConditionalSelect(better.AsInt32(), Vector256.Create(i), at);
            }

            at.Store(Y + lane);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly Vector256<T> Load(T* x, Vector256<int> apart) =>
            Lanes.Inner == 1 ? Avx2.GatherVector256((int*)x, apart, sizeof(int)).As<int, T>() : Vector256.Load(x);
    }
}
