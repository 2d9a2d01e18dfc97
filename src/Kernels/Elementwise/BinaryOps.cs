using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

internal readonly struct AddOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Add(a, b);
}

internal readonly struct SubOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Sub(a, b);
}

internal readonly struct MulOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Mul(a, b);
}

internal readonly struct DivOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Div(a, b);
}

internal readonly struct MaxOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Max(a, b);
}

internal readonly struct MinOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Min(a, b);
}

internal readonly struct AndOp : IBinary<byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<byte, V> where V : unmanaged => S.And(a, b);
}

internal readonly struct OrOp : IBinary<byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<byte, V> where V : unmanaged => S.Or(a, b);
}

internal readonly struct EqualOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Equal(a, b);
}

internal readonly struct NotEqualOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b)
        where S : ISimd<T, V> where V : unmanaged =>
        S.Xor(S.Equal(a, b), S.Equal(S.Set(T.Zero), S.Set(T.Zero)));
}

internal readonly struct LessOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Less(a, b);
}

internal readonly struct LessEqualOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.LessEqual(a, b);
}

internal readonly struct GreaterOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.Less(b, a);
}

internal readonly struct GreaterEqualOp<T> : IBinary<T> where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => S.LessEqual(b, a);
}

internal readonly struct PowOp : IScalarBinary<float>, IScalarBinary<double>, IScalarBinary<int>
{
    // Computed in double precision and rounded once: nearly always the correctly rounded float.
    public static float Apply(float a, float b) => b == 2 ? a * a : (float)Math.Pow(a, b);

    public static double Apply(double a, double b) => b == 2 ? a * a : Math.Pow(a, b);

    public static int Apply(int a, int b)
    {
        if (b < 0)
        {
            return 0;
        }

        int power = 1;
        for (; b > 0; b >>= 1)
        {
            power = (b & 1) != 0 ? unchecked(power * a) : power;
            a = unchecked(a * a);
        }

        return power;
    }
}

internal readonly struct IntDivOp : IScalarBinary<int>
{
    public static int Apply(int a, int b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b;
}
