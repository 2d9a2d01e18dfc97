using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Functions of two elements.</summary>
public enum BinaryKind
{
    /// <summary>a + b</summary>
    Add,

    /// <summary>a - b</summary>
    Sub,

    /// <summary>a * b</summary>
    Mul,

    /// <summary>a / b; of integers truncated toward zero, and 0 where b is 0.</summary>
    Div,

    /// <summary>a / b rounded down, as NumPy's floor_divide; of integers 0 where b is 0.</summary>
    FloorDiv,

    /// <summary>The remainder of FloorDiv, with the sign of b, as NumPy's remainder; of integers 0 where b is 0.</summary>
    Mod,

    /// <summary>a to the power b; of integers 0 where b is negative.</summary>
    Pow,

    /// <summary>The larger of the two; NaN if either is NaN.</summary>
    Maximum,

    /// <summary>The smaller of the two; NaN if either is NaN.</summary>
    Minimum,
}

/// <summary>Comparisons of two elements.</summary>
public enum CompareKind
{
    /// <summary>a = b</summary>
    Equal,

    /// <summary>a differs from b; true if either is NaN.</summary>
    NotEqual,

    /// <summary>a less than b</summary>
    Less,

    /// <summary>a at most b</summary>
    LessEqual,

    /// <summary>a greater than b</summary>
    Greater,

    /// <summary>a at least b</summary>
    GreaterEqual,
}

/// <summary>A function of two elements, on vectors of any width.</summary>
internal interface IBinary<T> where T : unmanaged
{
    static abstract V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged;
}

/// <summary>A function of two elements, one pair at a time.</summary>
internal interface IScalarBinary<T>
{
    static abstract T Apply(T a, T b);
}

/// <summary>Elementwise functions of two arguments.</summary>
/// <remarks>
/// Contract: the arguments are strided views of the result's shape, broadcast by strides of 0; the result is contiguous in
/// row-major order and may overwrite an argument of the same layout. Any alignment. Large results are cut into slices for
/// the worker pool; each element depends on its arguments only. Cost: one application an element; a contiguous or constant
/// argument is read in place, any other is gathered through a block in the first-level cache.
/// </remarks>
public static unsafe class BinaryKernels
{
    private const int FastGrain = 1 << 16;
    private const int SlowGrain = 1 << 12;

    /// <summary>y = f(a, b) over <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Apply(
        BinaryKind kind, ReadOnlySpan<int> shape, in Operand<float> a, in Operand<float> b, Span<float> y)
    {
        switch (kind)
        {
            case BinaryKind.Add: Vectors<AddOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Sub: Vectors<SubOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Mul: Vectors<MulOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Div: Vectors<DivOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.FloorDiv: Vectors<FloorDivOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Mod: Vectors<ModOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Maximum: Vectors<MaxOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Minimum: Vectors<MinOp<float>, float>(shape, a, b, y); break;
            case BinaryKind.Pow: Scalars<PowOp, float>(shape, a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <inheritdoc cref="Apply(BinaryKind, ReadOnlySpan{int}, in Operand{float}, in Operand{float}, Span{float})"/>
    public static void Apply(
        BinaryKind kind, ReadOnlySpan<int> shape, in Operand<double> a, in Operand<double> b, Span<double> y)
    {
        switch (kind)
        {
            case BinaryKind.Add: Vectors<AddOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Sub: Vectors<SubOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Mul: Vectors<MulOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Div: Vectors<DivOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.FloorDiv: Vectors<FloorDivOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Mod: Vectors<ModOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Maximum: Vectors<MaxOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Minimum: Vectors<MinOp<double>, double>(shape, a, b, y); break;
            case BinaryKind.Pow: Scalars<PowOp, double>(shape, a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <inheritdoc cref="Apply(BinaryKind, ReadOnlySpan{int}, in Operand{float}, in Operand{float}, Span{float})"/>
    public static void Apply(
        BinaryKind kind, ReadOnlySpan<int> shape, in Operand<int> a, in Operand<int> b, Span<int> y)
    {
        switch (kind)
        {
            case BinaryKind.Add: Vectors<AddOp<int>, int>(shape, a, b, y); break;
            case BinaryKind.Sub: Vectors<SubOp<int>, int>(shape, a, b, y); break;
            case BinaryKind.Mul: Vectors<MulOp<int>, int>(shape, a, b, y); break;
            case BinaryKind.Div: Scalars<IntDivOp, int>(shape, a, b, y); break;
            case BinaryKind.FloorDiv: Scalars<IntFloorDivOp, int>(shape, a, b, y); break;
            case BinaryKind.Mod: Scalars<IntModOp, int>(shape, a, b, y); break;
            case BinaryKind.Maximum: Vectors<MaxOp<int>, int>(shape, a, b, y); break;
            case BinaryKind.Minimum: Vectors<MinOp<int>, int>(shape, a, b, y); break;
            case BinaryKind.Pow: Scalars<PowOp, int>(shape, a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>y = a and b over <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void And(ReadOnlySpan<int> shape, in Operand<bool> a, in Operand<bool> b, Span<bool> y) =>
        Run<VectorLoop<AndOp, byte>, byte, byte>(shape, a.AsBytes(), b.AsBytes(), Bytes.Of(y), FastGrain);

    /// <summary>y = a or b over <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Or(ReadOnlySpan<int> shape, in Operand<bool> a, in Operand<bool> b, Span<bool> y) =>
        Run<VectorLoop<OrOp, byte>, byte, byte>(shape, a.AsBytes(), b.AsBytes(), Bytes.Of(y), FastGrain);

    /// <summary>
    /// y = a compared with b over <paramref name="shape"/>. Comparisons with NaN are false, but for NotEqual.
    /// </summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Compare(
        CompareKind kind, ReadOnlySpan<int> shape, in Operand<float> a, in Operand<float> b, Span<bool> y) =>
        CompareAny(kind, shape, a, b, y);

    /// <inheritdoc cref="Compare(CompareKind, ReadOnlySpan{int}, in Operand{float}, in Operand{float}, Span{bool})"/>
    public static void Compare(
        CompareKind kind, ReadOnlySpan<int> shape, in Operand<double> a, in Operand<double> b, Span<bool> y) =>
        CompareAny(kind, shape, a, b, y);

    /// <inheritdoc cref="Compare(CompareKind, ReadOnlySpan{int}, in Operand{float}, in Operand{float}, Span{bool})"/>
    public static void Compare(
        CompareKind kind, ReadOnlySpan<int> shape, in Operand<int> a, in Operand<int> b, Span<bool> y) =>
        CompareAny(kind, shape, a, b, y);

    /// <summary>y = a compared with b over <paramref name="shape"/>; false is below true.</summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Compare(
        CompareKind kind, ReadOnlySpan<int> shape, in Operand<bool> a, in Operand<bool> b, Span<bool> y) =>
        CompareAny(kind, shape, a.AsBytes(), b.AsBytes(), y);

    private static void CompareAny<T>(
        CompareKind kind, ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<bool> y)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        Span<byte> result = Bytes.Of(y);
        switch (kind)
        {
            case CompareKind.Equal: Masks<EqualOp<T>, T>(shape, a, b, result); break;
            case CompareKind.NotEqual: Masks<NotEqualOp<T>, T>(shape, a, b, result); break;
            case CompareKind.Less: Masks<LessOp<T>, T>(shape, a, b, result); break;
            case CompareKind.LessEqual: Masks<LessEqualOp<T>, T>(shape, a, b, result); break;
            case CompareKind.Greater: Masks<GreaterOp<T>, T>(shape, a, b, result); break;
            case CompareKind.GreaterEqual: Masks<GreaterEqualOp<T>, T>(shape, a, b, result); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    private static void Vectors<TOp, T>(ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<T> y)
        where TOp : struct, IBinary<T> where T : unmanaged =>
        Run<VectorLoop<TOp, T>, T, T>(shape, a, b, y, FastGrain);

    private static void Scalars<TOp, T>(ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<T> y)
        where TOp : struct, IScalarBinary<T> where T : unmanaged =>
        Run<ScalarLoop<TOp, T>, T, T>(shape, a, b, y, SlowGrain);

    private static void Masks<TOp, T>(ReadOnlySpan<int> shape, in Operand<T> a, in Operand<T> b, Span<byte> y)
        where TOp : struct, IBinary<T> where T : unmanaged =>
        Run<CompareLoop<TOp, T>, T, byte>(shape, a, b, y, FastGrain);

    private static void Run<TLoop, TIn, TOut>(
        ReadOnlySpan<int> shape, in Operand<TIn> a, in Operand<TIn> b, Span<TOut> y, int grain)
        where TLoop : struct, IPairLoop<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
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
            PairSlices<TLoop, TIn, TOut> slices = new()
            {
                A = new StridedIterator(shape, a.Strides),
                B = new StridedIterator(shape, b.Strides),
                PA = pa + a.Offset,
                PB = pb + b.Offset,
                PY = py,
                Length = y.Length,
                Grain = grain,
                Level = KernelScope.Level,
            };
            WorkerPool.Run(Slicing.Count(y.Length, grain), slices);
        }
    }

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
            ulong bits = S.Bits(TOp.Apply<S, V>(va, vb));
            if (S.Count >= 8)
            {
                for (nint j = 0; j < S.Count; j += 8, bits >>= 8)
                {
                    *(ulong*)(y + i + j) = Bytes.OfBits((byte)bits);
                }
            }
            else if (S.Count == 4)
            {
                *(uint*)(y + i) = (uint)Bytes.OfBits((byte)bits);
            }
            else
            {
                *(ushort*)(y + i) = (ushort)Bytes.OfBits((byte)bits);
            }
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
