using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Elementwise functions of one argument.</summary>
/// <remarks>
/// Contract: contiguous arrays of one length; the result may overwrite the argument, and must not overlap it otherwise. Any
/// alignment. Large arrays are cut into slices for the worker pool; an element's result depends on that element only, not on
/// its position or on the vectors used. Cost: arithmetic 1 FLOP an element, exp and its relatives 15 to 25, trigonometric
/// functions a call of the runtime's each.
/// </remarks>
public static unsafe class UnaryKernels
{
    /// <summary>y = f(x), element by element, where f is one of the functions of one element.</summary>
    /// <typeparam name="T">float, double, int, long or bool.</typeparam>
    /// <exception cref="ArgumentException">The lengths differ, or f does not take this type.</exception>
    public static void Apply<T>(FusedOp op, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged
    {
        Check.SameLength(x.Length, y.Length);
        ElementKernel kernel = ElementwiseOperation.Eager<T>(op, arity: 1, isComparison: false);
        fixed (T* px = x, py = y)
        {
            kernel.Map(px, py, x.Length);
        }
    }

    /// <summary>y = f(x) with vectors.</summary>
    internal static void Map<TOp, T>(T* x, T* y, int length, int grain)
        where TOp : struct, IUnary<T> where T : unmanaged =>
        WorkerPool.Run(Slicing.Count(length, grain), new MapSlices<TOp, T>
        {
            X = x,
            Y = y,
            Length = length,
            Grain = grain,
            Level = KernelScope.Level,
        });

    /// <summary>y = f(x), one element at a time.</summary>
    internal static void MapScalar<TOp, TIn, TOut>(TIn* x, TOut* y, int length, int grain)
        where TOp : struct, IScalarUnary<TIn, TOut> where TIn : unmanaged where TOut : unmanaged =>
        WorkerPool.Run(Slicing.Count(length, grain), new ScalarSlices<TOp, TIn, TOut>
        {
            X = x,
            Y = y,
            Length = length,
            Grain = grain,
        });

    /// <summary>The loop over the vectors of the machine.</summary>
    internal static void Loop<TOp, T>(SimdLevel level, T* x, T* y, nint n) where TOp : struct, IUnary<T> where T : unmanaged
    {
        switch (level)
        {
            case SimdLevel.Avx512: Loop<TOp, Simd512<T>, Vector512<T>, T>(x, y, n); break;
            case SimdLevel.Avx2: Loop<TOp, Simd256<T>, Vector256<T>, T>(x, y, n); break;
            default: Loop<TOp, Simd128<T>, Vector128<T>, T>(x, y, n); break;
        }
    }

    private struct MapSlices<TOp, T> : ISlices where TOp : struct, IUnary<T> where T : unmanaged
    {
        public T* X;
        public T* Y;
        public int Length;
        public int Grain;
        public SimdLevel Level;

        public readonly void Run(int slice)
        {
            int start = slice * Grain;
            Loop<TOp, T>(Level, X + start, Y + start, Math.Min(Grain, Length - start));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TOp, S, V, T>(T* x, T* y, nint n)
        where TOp : struct, IUnary<T> where S : ISimd<T, V> where V : unmanaged where T : unmanaged
    {
        nint i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            S.Store(y + i, TOp.Apply<S, V>(S.Load(x + i)));
        }

        if (i < n)
        {
            Tail<TOp, S, V, T>(x + i, y + i, n - i);
        }
    }

    // The last elements are computed by a whole vector too, so that an element's result does not depend on its position.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tail<TOp, S, V, T>(T* x, T* y, nint n)
        where TOp : struct, IUnary<T> where S : ISimd<T, V> where V : unmanaged where T : unmanaged
    {
        V v = default;
        Unsafe.CopyBlockUnaligned(&v, x, (uint)(n * sizeof(T)));
        v = TOp.Apply<S, V>(v);
        Unsafe.CopyBlockUnaligned(y, &v, (uint)(n * sizeof(T)));
    }

    private struct ScalarSlices<TOp, TIn, TOut> : ISlices
        where TOp : struct, IScalarUnary<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        public TIn* X;
        public TOut* Y;
        public int Length;
        public int Grain;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            TIn* x = X;
            TOut* y = Y;
            nint end = Math.Min(((nint)slice + 1) * Grain, Length);
            for (nint i = (nint)slice * Grain; i < end; i++)
            {
                y[i] = TOp.Apply(x[i]);
            }
        }
    }
}
