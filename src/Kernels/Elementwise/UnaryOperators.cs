using static System.Runtime.CompilerServices.MethodImplOptions;
using Inline = System.Runtime.CompilerServices.MethodImplAttribute;

namespace Functional.Kernels;

// The operators of one element; FusedOp says what each computes, ElementwiseOperations registers them.

internal readonly struct NegOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Neg(x);
}

internal readonly struct AbsOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Abs(x);
}

internal readonly struct SignOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) =>
        S.Select(
            S.Less(S.Set(T.Zero), x),
            S.Set(T.One),
            S.Select(S.Less(x, S.Set(T.Zero)), S.Set(-T.One), S.Add(x, S.Set(T.Zero))));
}

internal readonly struct FloorOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Floor(x);
}

internal readonly struct CeilOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Ceil(x);
}

internal readonly struct RoundOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Round(x);
}

internal readonly struct SqrtOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Sqrt(x);
}

internal readonly struct RsqrtOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Div(S.Set(T.One), S.Sqrt(x));
}

internal readonly struct ReluOp : INumberUnary
{
    [Inline(AggressiveInlining)]
    static V INumberUnary.Apply<S, V, T>(V x) => S.Select(S.Less(x, S.Set(T.Zero)), S.Set(T.Zero), x);
}

internal readonly struct NotOp : IUnary<byte>
{
    [Inline(AggressiveInlining)]
    static V IUnary<byte>.Apply<S, V>(V x) => S.Xor(x, S.Set(1));
}

internal readonly struct ExpOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Exp<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Exp<S, V>(x);
}

internal readonly struct Expm1Op : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Expm1<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Expm1<S, V>(x);
}

internal readonly struct LogOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Log<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Log<S, V>(x);
}

internal readonly struct Log1pOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Log1p<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Log1p<S, V>(x);
}

internal readonly struct TanhOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Tanh<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Tanh<S, V>(x);
}

internal readonly struct SigmoidOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Sigmoid<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Sigmoid<S, V>(x);
}

internal readonly struct SoftplusOp : IUnary<float>, IUnary<double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Softplus<S, V>(x);

    [Inline(AggressiveInlining)]
    static V IUnary<double>.Apply<S, V>(V x) => DoubleMath.Softplus<S, V>(x);
}

internal readonly struct ErfOp : IUnary<float>, IScalarUnary<double, double>
{
    [Inline(AggressiveInlining)]
    static V IUnary<float>.Apply<S, V>(V x) => SingleMath.Erf<S, V>(x);

    static double IScalarUnary<double, double>.Apply(double x) => DoubleMath.Erf(x);
}

internal readonly struct SinOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Sin(x);
}

internal readonly struct CosOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Cos(x);
}

internal readonly struct TanOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Tan(x);
}

internal readonly struct AsinOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Asin(x);
}

internal readonly struct AcosOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Acos(x);
}

internal readonly struct AtanOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Atan(x);
}

internal readonly struct SinhOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Sinh(x);
}

internal readonly struct CoshOp : IDoubleUnary
{
    public static double Apply(double x) => Math.Cosh(x);
}
