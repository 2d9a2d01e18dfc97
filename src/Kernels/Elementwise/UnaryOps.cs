using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

internal readonly struct NegOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Neg(x);
}

internal readonly struct AbsOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Abs(x);
}

internal readonly struct SignOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<T, V> where V : unmanaged =>
        S.Select(
            S.Less(S.Set(T.Zero), x),
            S.Set(T.One),
            S.Select(S.Less(x, S.Set(T.Zero)), S.Set(-T.One), S.Add(x, S.Set(T.Zero))));
}

internal readonly struct FloorOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Floor(x);
}

internal readonly struct CeilOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Ceil(x);
}

internal readonly struct RoundOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Round(x);
}

internal readonly struct SqrtOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Sqrt(x);
}

internal readonly struct RsqrtOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => S.Div(S.Set(T.One), S.Sqrt(x));
}

internal readonly struct ReluOp<T> : IUnary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x)
        where S : ISimd<T, V> where V : unmanaged =>
        S.Select(S.Less(x, S.Set(T.Zero)), S.Set(T.Zero), x);
}

internal readonly struct NotOp : IUnary<byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<byte, V> where V : unmanaged => S.Xor(x, S.Set(1));
}

internal readonly struct SingleExp : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Exp<S, V>(x);
}

internal readonly struct SingleExpm1 : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Expm1<S, V>(x);
}

internal readonly struct SingleLog : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Log<S, V>(x);
}

internal readonly struct SingleLog1p : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Log1p<S, V>(x);
}

internal readonly struct SingleTanh : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Tanh<S, V>(x);
}

internal readonly struct SingleSigmoid : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Sigmoid<S, V>(x);
}

internal readonly struct SingleSoftplus : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Softplus<S, V>(x);
}

internal readonly struct SingleErf : IUnary<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<float, V> where V : unmanaged => SingleMath.Erf<S, V>(x);
}

internal readonly struct DoubleExp : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Exp<S, V>(x);
}

internal readonly struct DoubleExpm1 : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Expm1<S, V>(x);
}

internal readonly struct DoubleLog : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Log<S, V>(x);
}

internal readonly struct DoubleLog1p : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Log1p<S, V>(x);
}

internal readonly struct DoubleTanh : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Tanh<S, V>(x);
}

internal readonly struct DoubleSigmoid : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Sigmoid<S, V>(x);
}

internal readonly struct DoubleSoftplus : IUnary<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<double, V> where V : unmanaged => DoubleMath.Softplus<S, V>(x);
}

internal readonly struct SinOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Sin(x);

    public static double Apply(double x) => Math.Sin(x);
}

internal readonly struct CosOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Cos(x);

    public static double Apply(double x) => Math.Cos(x);
}

internal readonly struct TanOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Tan(x);

    public static double Apply(double x) => Math.Tan(x);
}

internal readonly struct AsinOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Asin(x);

    public static double Apply(double x) => Math.Asin(x);
}

internal readonly struct AcosOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Acos(x);

    public static double Apply(double x) => Math.Acos(x);
}

internal readonly struct AtanOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Atan(x);

    public static double Apply(double x) => Math.Atan(x);
}

internal readonly struct SinhOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Sinh(x);

    public static double Apply(double x) => Math.Sinh(x);
}

internal readonly struct CoshOp : IScalarUnary<double, double>, IScalarUnary<float, float>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float x) => (float)Math.Cosh(x);

    public static double Apply(double x) => Math.Cosh(x);
}

internal readonly struct ErfOp : IScalarUnary<double, double>
{
    public static double Apply(double x) => DoubleMath.Erf(x);
}
