using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Elementwise functions of two arguments.</summary>
/// <remarks>
/// Contract: the arguments are strided views of the result's shape, broadcast by strides of 0; the result is contiguous in
/// row-major order and may overwrite an argument of the same layout. Any alignment. Large results are cut into slices for
/// the worker pool; each element depends on its arguments only. Cost: one application an element; a contiguous or constant
/// argument is read in place, any other is gathered through a block in the first-level cache.
/// </remarks>
public static unsafe class BinaryKernels
{
    /// <summary>
    /// y = f(a, b) over <paramref name="shape"/>, where f is one of the functions of two elements.
    /// </summary>
    /// <typeparam name="T">float, double, int, long or bool.</typeparam>
    /// <exception cref="ArgumentException">A view reaches outside its elements, y has another length than the shape, or f
    /// does not take this type.</exception>
    public static void Apply<T>(
        FusedOp op, ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<T> y) where T : unmanaged =>
        Run(ElementwiseOperation.Eager<T>(op, arity: 2, isComparison: false), shape, a, b, y);

    /// <summary>
    /// y = a compared with b over <paramref name="shape"/>. Comparisons with NaN are false, but for NotEqual; booleans are
    /// equal or not.
    /// </summary>
    /// <typeparam name="T">float, double, int, long or bool.</typeparam>
    /// <exception cref="ArgumentException">A view reaches outside its elements, y has another length than the shape, or the
    /// operation is no comparison of this type.</exception>
    public static void Compare<T>(
        FusedOp op, ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<bool> y) where T : unmanaged =>
        Run(ElementwiseOperation.Eager<T>(op, arity: 2, isComparison: true), shape, a, b, y);

    private static void Run<TIn, TOut>(
        ElementKernel kernel, ReadOnlySpan<int> shape, in Operand<TIn> a, in Operand<TIn> b, Span<TOut> y)
        where TIn : unmanaged where TOut : unmanaged
    {
        Check.Length(y.Length, StridedIterator.Size(shape));
        StridedIterator.CheckReach(shape, a.Strides, a.Offset, a.Elements.Length);
        StridedIterator.CheckReach(shape, b.Strides, b.Offset, b.Elements.Length);
        if (y.Length == 0)
        {
            return;
        }

        fixed (TIn* pa = a.Elements, pb = b.Elements)
        fixed (TOut* py = y)
        {
            kernel.Map(shape, pa + a.Offset, a.Strides, pb + b.Offset, b.Strides, py, y.Length);
        }
    }

    /// <summary>Runs the loop over the views, in slices.</summary>
    internal static void Map<TLoop, TIn, TOut>(
        ReadOnlySpan<int> shape, TIn* a, ReadOnlySpan<int> stridesA, TIn* b, ReadOnlySpan<int> stridesB, TOut* y, int length, int grain)
        where TLoop : struct, IPairLoop<TIn, TOut> where TIn : unmanaged where TOut : unmanaged =>
        WorkerPool.Run(Slicing.Count(length, grain), new PairSlices<TLoop, TIn, TOut>
        {
            A = new StridedIterator(shape, stridesA),
            B = new StridedIterator(shape, stridesB),
            PA = a,
            PB = b,
            PY = y,
            Length = length,
            Grain = grain,
            Level = KernelScope.Level,
        });

    private struct PairSlices<TLoop, TIn, TOut> : ISlices
        where TLoop : struct, IPairLoop<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        // An argument that is neither contiguous nor constant is gathered in blocks that fit the first-level cache.
        private const int Block = 1024;

        public StridedIterator A;
        public StridedIterator B;
        public TIn* PA;
        public TIn* PB;
        public TOut* PY;
        public int Length;
        public int Grain;
        public SimdLevel Level;

        [SkipLocalsInit]
        public readonly void Run(int slice)
        {
            int start = slice * Grain;
            int end = Slicing.End(slice, Grain, Length);
            bool directA = A.IsRun || A.IsConstant;
            bool directB = B.IsRun || B.IsConstant;
            int stepA = A.IsConstant ? 0 : 1;
            int stepB = B.IsConstant ? 0 : 1;
            if (directA && directB)
            {
                TIn* fromA = PA + ((nint)start * stepA), fromB = PB + ((nint)start * stepB);
                TLoop.Run(Level, fromA, stepA, fromB, stepB, PY + start, end - start);
                return;
            }

            byte* room = stackalloc byte[(2 * Block * sizeof(TIn)) + 64];
            TIn* blockA = (TIn*)(((nint)room + 63) & ~63);
            TIn* blockB = blockA + Block;
            StridedIterator.Cursor a = A.At(start), b = B.At(start);
            for (int i = start; i < end; i += Block)
            {
                int count = Math.Min(Block, end - i);
                TIn* pa = directA ? PA + ((nint)i * stepA) : A.Read(ref a, PA, blockA, count);
                TIn* pb = directB ? PB + ((nint)i * stepB) : B.Read(ref b, PB, blockB, count);
                TLoop.Run(Level, pa, stepA, pb, stepB, PY + i, count);
            }
        }
    }
}

/// <summary>A loop over two arguments, each contiguous (step 1) or constant (step 0), to a contiguous result.</summary>
internal unsafe interface IPairLoop<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
{
    static abstract void Run(SimdLevel level, TIn* a, int stepA, TIn* b, int stepB, TOut* y, nint n);
}

internal readonly unsafe struct ScalarLoop<TOp, T> : IPairLoop<T, T>
    where TOp : struct, IScalarBinary<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(SimdLevel level, T* a, int stepA, T* b, int stepB, T* y, nint n)
    {
        for (nint i = 0; i < n; i++, a += stepA, b += stepB)
        {
            y[i] = TOp.Apply(*a, *b);
        }
    }
}

internal readonly unsafe struct VectorLoop<TOp, T> : IPairLoop<T, T> where TOp : struct, IBinary<T> where T : unmanaged
{
    public static void Run(SimdLevel level, T* a, int stepA, T* b, int stepB, T* y, nint n)
    {
        switch (level)
        {
            case SimdLevel.Avx512: Loop<Simd512<T>, Vector512<T>>(a, stepA, b, stepB, y, n); break;
            case SimdLevel.Avx2: Loop<Simd256<T>, Vector256<T>>(a, stepA, b, stepB, y, n); break;
            default: Loop<Simd128<T>, Vector128<T>>(a, stepA, b, stepB, y, n); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<S, V>(T* a, int stepA, T* b, int stepB, T* y, nint n)
        where S : ISimd<T, V> where V : unmanaged
    {
        nint i = 0;
        if (stepA != 0 && stepB != 0)
        {
            for (; i <= n - S.Count; i += S.Count)
            {
                S.Store(y + i, TOp.Apply<S, V>(S.Load(a + i), S.Load(b + i)));
            }
        }
        else if (stepA != 0)
        {
            V vb = S.Set(*b);
            for (; i <= n - S.Count; i += S.Count)
            {
                S.Store(y + i, TOp.Apply<S, V>(S.Load(a + i), vb));
            }
        }
        else
        {
            V va = S.Set(*a);
            for (; i <= n - S.Count; i += S.Count)
            {
                S.Store(y + i, TOp.Apply<S, V>(va, stepB != 0 ? S.Load(b + i) : S.Set(*b)));
            }
        }

        if (i < n)
        {
            Tail<S, V>(a + (i * stepA), stepA, b + (i * stepB), stepB, y + i, n - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tail<S, V>(T* a, int stepA, T* b, int stepB, T* y, nint n)
        where S : ISimd<T, V> where V : unmanaged
    {
        V va = S.Set(*a), vb = S.Set(*b);
        uint bytes = (uint)(n * sizeof(T));
        if (stepA != 0)
        {
            Unsafe.CopyBlockUnaligned(&va, a, bytes);
        }

        if (stepB != 0)
        {
            Unsafe.CopyBlockUnaligned(&vb, b, bytes);
        }

        V vy = TOp.Apply<S, V>(va, vb);
        Unsafe.CopyBlockUnaligned(y, &vy, bytes);
    }
}

internal readonly unsafe struct CompareLoop<TOp, T> : IPairLoop<T, byte>
    where TOp : struct, IBinary<T> where T : unmanaged
{
    public static void Run(SimdLevel level, T* a, int stepA, T* b, int stepB, byte* y, nint n)
    {
        switch (level)
        {
            case SimdLevel.Avx512: Loop<Simd512<T>, Vector512<T>>(a, stepA, b, stepB, y, n); break;
            case SimdLevel.Avx2: Loop<Simd256<T>, Vector256<T>>(a, stepA, b, stepB, y, n); break;
            default: Loop<Simd128<T>, Vector128<T>>(a, stepA, b, stepB, y, n); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<S, V>(T* a, int stepA, T* b, int stepB, byte* y, nint n)
        where S : ISimd<T, V> where V : unmanaged
    {
        V va = S.Set(*a), vb = S.Set(*b);
        nint i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            va = stepA != 0 ? S.Load(a + i) : va;
            vb = stepB != 0 ? S.Load(b + i) : vb;
            FusedLanes.StoreMask<T, S, V>(y + i, TOp.Apply<S, V>(va, vb));
        }

        if (i < n)
        {
            uint bytes = (uint)((n - i) * sizeof(T));
            if (stepA != 0)
            {
                Unsafe.CopyBlockUnaligned(&va, a + i, bytes);
            }

            if (stepB != 0)
            {
                Unsafe.CopyBlockUnaligned(&vb, b + i, bytes);
            }

            ulong bits = S.Bits(TOp.Apply<S, V>(va, vb));
            for (; i < n; i++, bits >>= 1)
            {
                y[i] = (byte)(bits & 1);
            }
        }
    }
}
