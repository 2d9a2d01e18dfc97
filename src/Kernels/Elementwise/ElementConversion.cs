using System.Runtime.CompilerServices;
using Functional.Numerics;

namespace Functional.Kernels;

/// <summary>
/// One element in another type, rounded once. Every float widens to double exactly and every integer to long; what does not
/// fit an integer becomes the nearest one, NaN 0, and anything but 0 is true. The compiler keeps one branch of each.
/// </summary>
internal readonly struct ElementConversion<TIn, TOut> : IScalarUnary<TIn, TOut>
    where TIn : unmanaged where TOut : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TOut Apply(TIn x)
    {
        if (typeof(TIn) == typeof(TOut))
        {
            return Unsafe.BitCast<TIn, TOut>(x);
        }

        if (typeof(TIn) == typeof(float))
        {
            return FromDouble(Unsafe.BitCast<TIn, float>(x));
        }

        if (typeof(TIn) == typeof(double))
        {
            return FromDouble(Unsafe.BitCast<TIn, double>(x));
        }

        if (typeof(TIn) == typeof(Half))
        {
            return FromDouble((double)Unsafe.BitCast<TIn, Half>(x));
        }

        if (typeof(TIn) == typeof(BFloat16))
        {
            return FromDouble((float)Unsafe.BitCast<TIn, BFloat16>(x));
        }

        if (typeof(TIn) == typeof(int))
        {
            return FromLong(Unsafe.BitCast<TIn, int>(x));
        }

        if (typeof(TIn) == typeof(long))
        {
            return FromLong(Unsafe.BitCast<TIn, long>(x));
        }

        return typeof(TIn) == typeof(bool) ? FromLong(Unsafe.BitCast<TIn, bool>(x) ? 1 : 0) : throw Unknown(typeof(TIn));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TOut FromDouble(double x)
    {
        if (typeof(TOut) == typeof(float))
        {
            return Unsafe.BitCast<float, TOut>((float)x);
        }

        if (typeof(TOut) == typeof(double))
        {
            return Unsafe.BitCast<double, TOut>(x);
        }

        if (typeof(TOut) == typeof(Half))
        {
            return Unsafe.BitCast<Half, TOut>((Half)x);
        }

        if (typeof(TOut) == typeof(BFloat16))
        {
            return Unsafe.BitCast<BFloat16, TOut>((BFloat16)x);
        }

        if (typeof(TOut) == typeof(int))
        {
            return Unsafe.BitCast<int, TOut>(double.ConvertToInteger<int>(x));
        }

        if (typeof(TOut) == typeof(long))
        {
            return Unsafe.BitCast<long, TOut>(double.ConvertToInteger<long>(x));
        }

        return typeof(TOut) == typeof(bool) ? Unsafe.BitCast<bool, TOut>(x != 0) : throw Unknown(typeof(TOut));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TOut FromLong(long x)
    {
        if (typeof(TOut) == typeof(float))
        {
            return Unsafe.BitCast<float, TOut>(x);
        }

        if (typeof(TOut) == typeof(double))
        {
            return Unsafe.BitCast<double, TOut>(x);
        }

        if (typeof(TOut) == typeof(Half))
        {
            // a long that a float does not hold exactly is beyond the largest half
            return Unsafe.BitCast<Half, TOut>((Half)(float)x);
        }

        if (typeof(TOut) == typeof(BFloat16))
        {
            return Unsafe.BitCast<BFloat16, TOut>((BFloat16)x);
        }

        if (typeof(TOut) == typeof(int))
        {
            return Unsafe.BitCast<int, TOut>((int)Math.Clamp(x, int.MinValue, int.MaxValue));
        }

        if (typeof(TOut) == typeof(long))
        {
            return Unsafe.BitCast<long, TOut>(x);
        }

        return typeof(TOut) == typeof(bool) ? Unsafe.BitCast<bool, TOut>(x != 0) : throw Unknown(typeof(TOut));
    }

    private static ArgumentException Unknown(Type type) => new($"{type} is no type of elements.");
}
