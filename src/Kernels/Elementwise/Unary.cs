using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>Functions of one element.</summary>
public enum UnaryKind
{
    /// <summary>-x</summary>
    Neg,

    /// <summary>|x|</summary>
    Abs,

    /// <summary>-1, 0 or 1; NaN for NaN.</summary>
    Sign,

    /// <summary>x rounded down.</summary>
    Floor,

    /// <summary>x rounded up.</summary>
    Ceil,

    /// <summary>x rounded to the nearest integer, halves to the even one.</summary>
    Round,

    /// <summary>e^x</summary>
    Exp,

    /// <summary>e^x - 1</summary>
    Expm1,

    /// <summary>The natural logarithm.</summary>
    Log,

    /// <summary>log (1 + x)</summary>
    Log1p,

    /// <summary>The square root.</summary>
    Sqrt,

    /// <summary>1 / sqrt x</summary>
    Rsqrt,

    /// <summary>The sine.</summary>
    Sin,

    /// <summary>The cosine.</summary>
    Cos,

    /// <summary>The tangent.</summary>
    Tan,

    /// <summary>The inverse sine.</summary>
    Asin,

    /// <summary>The inverse cosine.</summary>
    Acos,

    /// <summary>The inverse tangent.</summary>
    Atan,

    /// <summary>The hyperbolic sine.</summary>
    Sinh,

    /// <summary>The hyperbolic cosine.</summary>
    Cosh,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>1 / (1 + e^-x)</summary>
    Sigmoid,

    /// <summary>log (1 + e^x)</summary>
    Softplus,

    /// <summary>The error function.</summary>
    Erf,

    /// <summary>max(x, 0); NaN for NaN.</summary>
    Relu,
}

/// <summary>A function of one element, on vectors of any width.</summary>
internal interface IUnary<T> where T : unmanaged
{
    static abstract V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged;
}

/// <summary>A function of one element, one element at a time.</summary>
internal interface IScalarUnary<TIn, TOut>
{
    static abstract TOut Apply(TIn x);
}

/// <summary>Elementwise functions of one argument.</summary>
/// <remarks>
/// Contract: contiguous arrays of one length; the result may overwrite the argument, and must not overlap it otherwise. Any
/// alignment. Large arrays are cut into slices for the worker pool; an element's result depends on that element only, not on
/// its position or on the vectors used. Cost: arithmetic 1 FLOP an element, exp and its relatives 15 to 25, trigonometric
/// functions a call of the runtime's each.
/// </remarks>
public static unsafe class UnaryKernels
{
    private const int CheapGrain = 1 << 16;
    private const int DearGrain = 1 << 13;

    /// <summary>y = f(x), element by element.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Apply(UnaryKind kind, ReadOnlySpan<float> x, Span<float> y)
    {
        switch (kind)
        {
            case UnaryKind.Neg: Map<NegOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Abs: Map<AbsOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Sign: Map<SignOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Floor: Map<FloorOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Ceil: Map<CeilOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Round: Map<RoundOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Sqrt: Map<SqrtOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Rsqrt: Map<RsqrtOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Relu: Map<ReluOp<float>, float>(x, y, CheapGrain); break;
            case UnaryKind.Exp: Map<SingleExp, float>(x, y, DearGrain); break;
            case UnaryKind.Expm1: Map<SingleExpm1, float>(x, y, DearGrain); break;
            case UnaryKind.Log: Map<SingleLog, float>(x, y, DearGrain); break;
            case UnaryKind.Log1p: Map<SingleLog1p, float>(x, y, DearGrain); break;
            case UnaryKind.Tanh: Map<SingleTanh, float>(x, y, DearGrain); break;
            case UnaryKind.Sigmoid: Map<SingleSigmoid, float>(x, y, DearGrain); break;
            case UnaryKind.Softplus: Map<SingleSoftplus, float>(x, y, DearGrain); break;
            case UnaryKind.Erf: Map<SingleErf, float>(x, y, DearGrain); break;
            case UnaryKind.Sin: MapScalar<SinOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Cos: MapScalar<CosOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Tan: MapScalar<TanOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Asin: MapScalar<AsinOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Acos: MapScalar<AcosOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Atan: MapScalar<AtanOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Sinh: MapScalar<SinhOp, float, float>(x, y, DearGrain); break;
            case UnaryKind.Cosh: MapScalar<CoshOp, float, float>(x, y, DearGrain); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <inheritdoc cref="Apply(UnaryKind, ReadOnlySpan{float}, Span{float})"/>
    public static void Apply(UnaryKind kind, ReadOnlySpan<double> x, Span<double> y)
    {
        switch (kind)
        {
            case UnaryKind.Neg: Map<NegOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Abs: Map<AbsOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Sign: Map<SignOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Floor: Map<FloorOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Ceil: Map<CeilOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Round: Map<RoundOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Sqrt: Map<SqrtOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Rsqrt: Map<RsqrtOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Relu: Map<ReluOp<double>, double>(x, y, CheapGrain); break;
            case UnaryKind.Exp: Map<DoubleExp, double>(x, y, DearGrain); break;
            case UnaryKind.Expm1: Map<DoubleExpm1, double>(x, y, DearGrain); break;
            case UnaryKind.Log: Map<DoubleLog, double>(x, y, DearGrain); break;
            case UnaryKind.Log1p: Map<DoubleLog1p, double>(x, y, DearGrain); break;
            case UnaryKind.Tanh: Map<DoubleTanh, double>(x, y, DearGrain); break;
            case UnaryKind.Sigmoid: Map<DoubleSigmoid, double>(x, y, DearGrain); break;
            case UnaryKind.Softplus: Map<DoubleSoftplus, double>(x, y, DearGrain); break;
            case UnaryKind.Erf: MapScalar<ErfOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Sin: MapScalar<SinOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Cos: MapScalar<CosOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Tan: MapScalar<TanOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Asin: MapScalar<AsinOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Acos: MapScalar<AcosOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Atan: MapScalar<AtanOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Sinh: MapScalar<SinhOp, double, double>(x, y, DearGrain); break;
            case UnaryKind.Cosh: MapScalar<CoshOp, double, double>(x, y, DearGrain); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>
    /// y = f(x), element by element, for Neg, Abs, Sign and Relu; the others take floating-point numbers only.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ, or the function takes no integers.</exception>
    public static void Apply(UnaryKind kind, ReadOnlySpan<int> x, Span<int> y)
    {
        switch (kind)
        {
            case UnaryKind.Neg: Map<NegOp<int>, int>(x, y, CheapGrain); break;
            case UnaryKind.Abs: Map<AbsOp<int>, int>(x, y, CheapGrain); break;
            case UnaryKind.Sign: Map<SignOp<int>, int>(x, y, CheapGrain); break;
            case UnaryKind.Relu: Map<ReluOp<int>, int>(x, y, CheapGrain); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>y = not x, element by element.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Not(ReadOnlySpan<bool> x, Span<bool> y)
    {
        Check.SameLength(x.Length, y.Length);
        fixed (bool* px = x, py = y)
        {
            Map<NotOp, byte>(new ReadOnlySpan<byte>(px, x.Length), new Span<byte>(py, y.Length), CheapGrain);
        }
    }

    internal static void Map<TOp, T>(ReadOnlySpan<T> x, Span<T> y, int grain)
        where TOp : struct, IUnary<T> where T : unmanaged
    {
        Check.SameLength(x.Length, y.Length);
        fixed (T* px = x, py = y)
        {
            WorkerPool.Run(Slicing.Count(x.Length, grain), new MapSlices<TOp, T>
            {
                X = px,
                Y = py,
                Length = x.Length,
                Grain = grain,
                Level = KernelScope.Level,
            });
        }
    }

    internal static void MapScalar<TOp, TIn, TOut>(ReadOnlySpan<TIn> x, Span<TOut> y, int grain)
        where TOp : struct, IScalarUnary<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        Check.SameLength(x.Length, y.Length);
        fixed (TIn* px = x)
        fixed (TOut* py = y)
        {
            WorkerPool.Run(Slicing.Count(x.Length, grain), new ScalarSlices<TOp, TIn, TOut>
            {
                X = px,
                Y = py,
                Length = x.Length,
                Grain = grain,
            });
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
            int count = Math.Min(Grain, Length - start);
            switch (Level)
            {
                case SimdLevel.Avx512: Loop<TOp, Simd512<T>, Vector512<T>, T>(X + start, Y + start, count); break;
                case SimdLevel.Avx2: Loop<TOp, Simd256<T>, Vector256<T>, T>(X + start, Y + start, count); break;
                default: Loop<TOp, Simd128<T>, Vector128<T>, T>(X + start, Y + start, count); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Loop<TOp, S, V, T>(T* x, T* y, nint n)
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
