using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// The interpreter's loop for each operation and type: that of the kernel of the same name, on up to three arguments, each
/// contiguous (step 1) or constant (step 0).
/// </summary>
internal static unsafe class FusedLoops
{
    /// <summary>The loop of an operation that is neither a source nor a reduction.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="from">The type of its last argument.</param>
    /// <param name="to">The type of its result.</param>
    public static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Select(
        FusedOp op, ElementType from, ElementType to) =>
        op == FusedOp.Cast ? Cast(from, to) : from switch
        {
            ElementType.Float32 => Single(op),
            ElementType.Float64 => Double(op),
            ElementType.Int32 => Int(op),
            _ => Bool(op),
        };

    /// <summary>y = a + b</summary>
    public static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Add(ElementType type) =>
        Select(FusedOp.Add, type, type);

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Single(FusedOp op) =>
        op switch
        {
            FusedOp.Exp => &Unary<SingleExp, float>,
            FusedOp.Expm1 => &Unary<SingleExpm1, float>,
            FusedOp.Log => &Unary<SingleLog, float>,
            FusedOp.Log1p => &Unary<SingleLog1p, float>,
            FusedOp.Tanh => &Unary<SingleTanh, float>,
            FusedOp.Sigmoid => &Unary<SingleSigmoid, float>,
            FusedOp.Softplus => &Unary<SingleSoftplus, float>,
            FusedOp.Erf => &Unary<SingleErf, float>,
            FusedOp.Sin => &Scalar<SinOp, float, float>,
            FusedOp.Cos => &Scalar<CosOp, float, float>,
            FusedOp.Tan => &Scalar<TanOp, float, float>,
            FusedOp.Asin => &Scalar<AsinOp, float, float>,
            FusedOp.Acos => &Scalar<AcosOp, float, float>,
            FusedOp.Atan => &Scalar<AtanOp, float, float>,
            FusedOp.Sinh => &Scalar<SinhOp, float, float>,
            FusedOp.Cosh => &Scalar<CoshOp, float, float>,
            FusedOp.Pow => &Pair<PowOp, float>,
            FusedOp.FloorDiv => &Binary<FloorDivOp<float>, float>,
            FusedOp.Mod => &Binary<ModOp<float>, float>,
            _ => Real<float>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Double(FusedOp op) =>
        op switch
        {
            FusedOp.Exp => &Unary<DoubleExp, double>,
            FusedOp.Expm1 => &Unary<DoubleExpm1, double>,
            FusedOp.Log => &Unary<DoubleLog, double>,
            FusedOp.Log1p => &Unary<DoubleLog1p, double>,
            FusedOp.Tanh => &Unary<DoubleTanh, double>,
            FusedOp.Sigmoid => &Unary<DoubleSigmoid, double>,
            FusedOp.Softplus => &Unary<DoubleSoftplus, double>,
            FusedOp.Erf => &Scalar<ErfOp, double, double>,
            FusedOp.Sin => &Scalar<SinOp, double, double>,
            FusedOp.Cos => &Scalar<CosOp, double, double>,
            FusedOp.Tan => &Scalar<TanOp, double, double>,
            FusedOp.Asin => &Scalar<AsinOp, double, double>,
            FusedOp.Acos => &Scalar<AcosOp, double, double>,
            FusedOp.Atan => &Scalar<AtanOp, double, double>,
            FusedOp.Sinh => &Scalar<SinhOp, double, double>,
            FusedOp.Cosh => &Scalar<CoshOp, double, double>,
            FusedOp.Pow => &Pair<PowOp, double>,
            FusedOp.FloorDiv => &Binary<FloorDivOp<double>, double>,
            FusedOp.Mod => &Binary<ModOp<double>, double>,
            _ => Real<double>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Real<T>(FusedOp op)
        where T : unmanaged, INumberBase<T> => op switch
        {
            FusedOp.Floor => &Unary<FloorOp<T>, T>,
            FusedOp.Ceil => &Unary<CeilOp<T>, T>,
            FusedOp.Round => &Unary<RoundOp<T>, T>,
            FusedOp.Sqrt => &Unary<SqrtOp<T>, T>,
            FusedOp.Rsqrt => &Unary<RsqrtOp<T>, T>,
            FusedOp.Div => &Binary<DivOp<T>, T>,
            _ => Number<T>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Int(FusedOp op) =>
        op switch
        {
            FusedOp.Div => &Pair<IntDivOp, int>,
            FusedOp.FloorDiv => &Pair<IntFloorDivOp, int>,
            FusedOp.Mod => &Pair<IntModOp, int>,
            FusedOp.Pow => &Pair<PowOp, int>,
            _ => Number<int>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Number<T>(FusedOp op)
        where T : unmanaged, INumberBase<T> => op switch
        {
            FusedOp.Neg => &Unary<NegOp<T>, T>,
            FusedOp.Abs => &Unary<AbsOp<T>, T>,
            FusedOp.Sign => &Unary<SignOp<T>, T>,
            FusedOp.Relu => &Unary<ReluOp<T>, T>,
            FusedOp.Add => &Binary<AddOp<T>, T>,
            FusedOp.Sub => &Binary<SubOp<T>, T>,
            FusedOp.Mul => &Binary<MulOp<T>, T>,
            FusedOp.Maximum => &Binary<MaxOp<T>, T>,
            FusedOp.Minimum => &Binary<MinOp<T>, T>,
            _ => Any<T>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Bool(FusedOp op) =>
        op switch
        {
            FusedOp.Not => &Unary<NotOp, byte>,
            FusedOp.And => &Binary<AndOp, byte>,
            FusedOp.Or => &Binary<OrOp, byte>,
            _ => Any<byte>(op),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Any<T>(FusedOp op)
        where T : unmanaged, INumberBase<T> => op switch
        {
            FusedOp.Equal => &Compare<EqualOp<T>, T>,
            FusedOp.NotEqual => &Compare<NotEqualOp<T>, T>,
            FusedOp.Less => &Compare<LessOp<T>, T>,
            FusedOp.LessEqual => &Compare<LessEqualOp<T>, T>,
            FusedOp.Greater => &Compare<GreaterOp<T>, T>,
            FusedOp.GreaterEqual => &Compare<GreaterEqualOp<T>, T>,
            FusedOp.Where => &Where<T>,
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Cast(
        ElementType from, ElementType to) => (from, to) switch
        {
            (ElementType.Float32, ElementType.Float64) => &Scalar<CastKernels.CastOp, float, double>,
            (ElementType.Float32, ElementType.Int32) => &Scalar<CastKernels.CastOp, float, int>,
            (ElementType.Float32, ElementType.Bool) => &Scalar<CastKernels.CastOp, float, bool>,
            (ElementType.Float64, ElementType.Float32) => &Scalar<CastKernels.CastOp, double, float>,
            (ElementType.Float64, ElementType.Int32) => &Scalar<CastKernels.CastOp, double, int>,
            (ElementType.Float64, ElementType.Bool) => &Scalar<CastKernels.CastOp, double, bool>,
            (ElementType.Int32, ElementType.Float32) => &Scalar<CastKernels.CastOp, int, float>,
            (ElementType.Int32, ElementType.Float64) => &Scalar<CastKernels.CastOp, int, double>,
            (ElementType.Int32, ElementType.Bool) => &Scalar<CastKernels.CastOp, int, bool>,
            (ElementType.Bool, ElementType.Float32) => &Scalar<CastKernels.CastOp, bool, float>,
            (ElementType.Bool, ElementType.Float64) => &Scalar<CastKernels.CastOp, bool, double>,
            (ElementType.Bool, ElementType.Int32) => &Scalar<CastKernels.CastOp, bool, int>,
            (ElementType.Float64, _) => &Copy<long>,
            (ElementType.Bool, _) => &Copy<byte>,
            _ => &Copy<int>,
        };

    private static void Unary<TOp, T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IUnary<T> where T : unmanaged
    {
        switch (level)
        {
            case SimdLevel.Avx512: UnaryKernels.Loop<TOp, Simd512<T>, Vector512<T>, T>((T*)a, (T*)y, n); break;
            case SimdLevel.Avx2: UnaryKernels.Loop<TOp, Simd256<T>, Vector256<T>, T>((T*)a, (T*)y, n); break;
            default: UnaryKernels.Loop<TOp, Simd128<T>, Vector128<T>, T>((T*)a, (T*)y, n); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scalar<TOp, TIn, TOut>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IScalarUnary<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        for (nint i = 0; i < n; i++)
        {
            ((TOut*)y)[i] = TOp.Apply(((TIn*)a)[i]);
        }
    }

    private static void Binary<TOp, T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IBinary<T> where T : unmanaged =>
        VectorLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, (T*)y, n);

    private static void Pair<TOp, T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IScalarBinary<T> where T : unmanaged =>
        ScalarLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, (T*)y, n);

    private static void Compare<TOp, T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IBinary<T> where T : unmanaged =>
        CompareLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, y, n);

    private static void Where<T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where T : unmanaged
    {
        if (stepA == 0)
        {
            T* chosen = (T*)(*a != 0 ? b : c);
            if ((*a != 0 ? stepB : stepC) == 0)
            {
                new Span<T>(y, (int)n).Fill(*chosen);
            }
            else
            {
                Buffer.MemoryCopy(chosen, y, n * sizeof(T), n * sizeof(T));
            }

            return;
        }

        bool* pa = (bool*)a;
        switch (sizeof(T))
        {
            case 1: Choose(level, pa, (byte*)b, stepB, (byte*)c, stepC, y, n); break;
            case 4: Choose(level, pa, (int*)b, stepB, (int*)c, stepC, (int*)y, n); break;
            default: Choose(level, pa, (long*)b, stepB, (long*)c, stepC, (long*)y, n); break;
        }
    }

    private static void Choose<T>(SimdLevel level, bool* a, T* b, int stepB, T* c, int stepC, T* y, nint n)
        where T : unmanaged
    {
        switch (level)
        {
            case SimdLevel.Avx512:
                WhereKernels.WhereSlices<T>.Loop<Simd512<T>, Vector512<T>>(a, b, stepB, c, stepC, y, n);
                break;
            case SimdLevel.Avx2:
                WhereKernels.WhereSlices<T>.Loop<Simd256<T>, Vector256<T>>(a, b, stepB, c, stepC, y, n);
                break;
            default:
                WhereKernels.WhereSlices<T>.Loop<Simd128<T>, Vector128<T>>(a, b, stepB, c, stepC, y, n);
                break;
        }
    }

    private static void Copy<T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where T : unmanaged => Buffer.MemoryCopy(a, y, n * sizeof(T), n * sizeof(T));
}
