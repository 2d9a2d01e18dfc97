using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>The quotient of floating-point numbers rounded down, as NumPy's floor_divide.</summary>
internal readonly struct FloorDivOp<T> : IBinary<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged =>
        FloorDivision<T>.Apply<S, V>(a, b, remainder: false);
}

/// <summary>The remainder of floating-point numbers, with the sign of the divisor, as NumPy's remainder.</summary>
internal readonly struct ModOp<T> : IBinary<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged =>
        FloorDivision<T>.Apply<S, V>(a, b, remainder: true);
}

/// <summary>
/// Division of floating-point numbers with a whole quotient and a remainder: Python's // and %, with the bits of NumPy's,
/// signs of zeros included. The remainder is exact, but for one rounding where its sign is turned.
/// </summary>
/// <remarks>
/// A lane is computed with vectors where b is finite and |a / b| is small, below 2^22 (2^51 of float64). The quotient t,
/// rounded and then truncated, is then the true one or, where a / b was rounded up to a whole number, larger by one. So
/// a - t b is a multiple of the smaller unit of a and b and at most |b| in size: it is representable, and one fused
/// multiply-add gives it exactly. Cost: about 20 FLOPs and a division an element. Other lanes, and all on machines without
/// a fused multiply-add, are computed one by one from the runtime's exact remainder (fmod).
/// </remarks>
internal static unsafe class FloorDivision<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static T MostVectorised
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == 4 ? T.CreateTruncating(1 << 22) : T.CreateTruncating(1L << 51);
    }

    private static bool HasFusedMultiplyAdd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b, bool remainder) where S : ISimd<T, V> where V : unmanaged
    {
        if (!HasFusedMultiplyAdd)
        {
            return OneByOne<S, V>(default, a, b, 0, remainder);
        }

        V zero = S.Set(T.Zero), minus = S.Set(T.NegativeZero), one = S.Set(T.One);
        V exact = S.Div(a, b), size = S.Abs(exact), signQ = S.And(exact, minus), signA = S.And(a, minus);
        V vectorised = S.And(S.Less(size, S.Set(MostVectorised)), S.Less(S.Abs(b), S.Set(T.PositiveInfinity)));

        // the truncated quotient and the remainder with the sign of a
        V whole = S.Floor(size);
        V rest = S.Fma(S.Neg(S.Or(whole, signQ)), b, a);
        V tooLarge = S.Less(S.Xor(rest, signA), zero);
        whole = S.Or(S.Select(tooLarge, S.Sub(whole, one), whole), signQ);
        rest = S.Select(tooLarge, S.Add(rest, S.Or(S.Abs(b), signA)), rest);

        // the quotient rounded down and the remainder with the sign of b
        V turned = S.Less(S.Xor(rest, S.And(b, minus)), zero);
        V result = remainder
            ? S.Select(S.Equal(rest, zero), S.And(b, minus), S.Select(turned, S.Add(rest, b), rest))
            : S.Select(turned, S.Sub(whole, one), whole);
        ulong done = S.Bits(vectorised);
        return done == ulong.MaxValue >> (64 - S.Count) ? result : OneByOne<S, V>(result, a, b, done, remainder);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V OneByOne<S, V>(V result, V a, V b, ulong done, bool remainder)
        where S : ISimd<T, V> where V : unmanaged
    {
        for (int i = 0; i < S.Count; i++)
        {
            if ((done >> i & 1) == 0)
            {
                T x = ((T*)&a)[i], y = ((T*)&b)[i];
                ((T*)&result)[i] = remainder ? Remainder(x, y) : Quotient(x, y);
            }
        }

        return result;
    }

    private static T Remainder(T a, T b)
    {
        T rest = a % b;
        if (b == T.Zero)
        {
            return rest;
        }

        return rest == T.Zero ? T.CopySign(T.Zero, b) : (rest < T.Zero) != (b < T.Zero) ? rest + b : rest;
    }

    private static T Quotient(T a, T b)
    {
        if (b == T.Zero)
        {
            return a / b;
        }

        T rest = a % b;
        T quotient = (a - rest) / b;
        if (rest != T.Zero && (rest < T.Zero) != (b < T.Zero))
        {
            quotient -= T.One;
        }

        if (quotient == T.Zero)
        {
            return T.CopySign(T.Zero, a / b);
        }

        T floor = T.Floor(quotient);
        return quotient - floor > T.CreateTruncating(0.5) ? floor + T.One : floor;
    }
}
