using static System.Runtime.CompilerServices.MethodImplOptions;
using Inline = System.Runtime.CompilerServices.MethodImplAttribute;

namespace Functional.Kernels;

// The operators of two elements; FusedOp says what each computes, ElementwiseOperations registers them. Those of float
// division with a whole quotient stand in FloorDivision.cs.

internal readonly struct AddOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Add(a, b);
}

internal readonly struct SubOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Sub(a, b);
}

internal readonly struct MulOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Mul(a, b);
}

internal readonly struct DivOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Div(a, b);
}

internal readonly struct IntegerFloorDivOp : IIntegerBinary
{
    static T IIntegerBinary.Apply<T>(T a, T b)
    {
        if (T.IsZero(b) || b == T.NegativeOne)
        {
            return a * b; // 0 and -a; the smallest integer is its own negative
        }

        T quotient = a / b;
        return !T.IsZero(a % b) && T.IsNegative(a) != T.IsNegative(b) ? quotient - T.One : quotient;
    }
}

internal readonly struct IntegerModOp : IIntegerBinary
{
    static T IIntegerBinary.Apply<T>(T a, T b)
    {
        if (T.IsZero(b) || b == T.NegativeOne)
        {
            return T.Zero;
        }

        T rest = a % b;
        return !T.IsZero(rest) && T.IsNegative(rest) != T.IsNegative(b) ? rest + b : rest;
    }
}

internal readonly struct PowOp : IScalarBinary<float>, IScalarBinary<double>, IIntegerBinary
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    static float IScalarBinary<float>.Apply(float a, float b) => b == 2 ? a * a : (float)Math.Pow(a, b);

    static double IScalarBinary<double>.Apply(double a, double b) => b == 2 ? a * a : Math.Pow(a, b);

    static T IIntegerBinary.Apply<T>(T a, T b)
    {
        if (T.IsNegative(b))
        {
            return T.Zero;
        }

        T power = T.One;
        for (; !T.IsZero(b); b >>= 1)
        {
            power = T.IsOddInteger(b) ? power * a : power;
            a *= a;
        }

        return power;
    }
}

internal readonly struct MaximumOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Max(a, b);
}

internal readonly struct MinimumOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Min(a, b);
}

internal readonly struct AndOp : IBinary<byte>
{
    [Inline(AggressiveInlining)]
    static V IBinary<byte>.Apply<S, V>(V a, V b) => S.And(a, b);
}

internal readonly struct OrOp : IBinary<byte>
{
    [Inline(AggressiveInlining)]
    static V IBinary<byte>.Apply<S, V>(V a, V b) => S.Or(a, b);
}

internal readonly struct EqualOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Equal(a, b);
}

internal readonly struct NotEqualOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Xor(S.Equal(a, b), S.Equal(S.Set(T.Zero), S.Set(T.Zero)));
}

internal readonly struct LessOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Less(a, b);
}

internal readonly struct LessEqualOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.LessEqual(a, b);
}

internal readonly struct GreaterOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.Less(b, a);
}

internal readonly struct GreaterEqualOp : INumberBinary
{
    [Inline(AggressiveInlining)]
    static V INumberBinary.Apply<S, V, T>(V a, V b) => S.LessEqual(b, a);
}
