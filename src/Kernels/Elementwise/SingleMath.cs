using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Elementary functions of float32 vectors, by polynomial and rational approximation. Each lane's result depends on that
/// lane only. Cost: 15 to 30 FLOPs an element.
/// </summary>
internal static class SingleMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Adding this number rounds to the nearest even integer, which then stands in the low bits of the sum.
    private const float Magic = 12582912f; // 1.5 * 2^23
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f; // has few bits, so its product with an exponent is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float MinNormal = 1.17549435e-38f;

    /// <summary>a, which is not negative, with the sign of x.</summary>
    [MethodImpl(Inline)]
    private static V WithSign<S, V>(V a, V x) where S : ISimd<float, V> where V : unmanaged =>
        S.Or(a, S.And(x, S.Set(-0f)));

    /// <summary>2^n for an integer n within [-126, 128).</summary>
    [MethodImpl(Inline)]
    private static V Pow2<S, V>(V n) where S : ISimd<float, V> where V : unmanaged =>
        S.ShiftLeft(S.Add(n, S.Set(Magic + 127f)), 23);

    /// <summary>
    /// Range reduction: x = n ln 2 + r + rest with an integer n and |r| at most ln 2 / 2; the rest is the rounding error of r.
    /// </summary>
    [MethodImpl(Inline)]
    private static V Reduce<S, V>(V x, out V n, out V rest) where S : ISimd<float, V> where V : unmanaged
    {
        n = S.Sub(S.Fma(x, S.Set(Log2E), S.Set(Magic)), S.Set(Magic));
        V high = S.Fma(n, S.Set(-Ln2High), x);
        V r = S.Fma(n, S.Set(-Ln2Low), high);
        rest = S.Fma(n, S.Set(-Ln2Low), S.Sub(high, r));
        return r;
    }

    /// <summary>(exp r - 1 - r) / r^2 for |r| at most ln 2 / 2 (the coefficients are Cephes').</summary>
    [MethodImpl(Inline)]
    private static V ExpTail<S, V>(V r) where S : ISimd<float, V> where V : unmanaged
    {
        V p = S.Fma(S.Set(1.9875691500e-4f), r, S.Set(1.3981999507e-3f));
        p = S.Fma(p, r, S.Set(8.3334519073e-3f));
        p = S.Fma(p, r, S.Set(4.1665795894e-2f));
        p = S.Fma(p, r, S.Set(1.6666665459e-1f));
        return S.Fma(p, r, S.Set(5.0000001201e-1f));
    }

    [MethodImpl(Inline)]
    public static V Exp<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        x = S.MaxOrSecond(S.Set(-104f), S.MinOrSecond(S.Set(89f), x));
        V n = S.Sub(S.Fma(x, S.Set(Log2E), S.Set(Magic)), S.Set(Magic));
        V r = S.Fma(n, S.Set(-Ln2Low), S.Fma(n, S.Set(-Ln2High), x));
        return S.Scale(S.Add(S.Fma(ExpTail<S, V>(r), S.Mul(r, r), r), S.Set(1f)), n);
    }

    [MethodImpl(Inline)]
    public static V Expm1<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        V y = S.MaxOrSecond(S.Set(-20f), S.MinOrSecond(S.Set(89f), x));
        V r = Reduce<S, V>(y, out V n, out V rest);
        V scale = Pow2<S, V>(S.Sub(n, S.Set(1f)));
        V reduced = S.Add(r, S.Fma(ExpTail<S, V>(r), S.Mul(r, r), rest));
        V half = S.Fma(scale, reduced, S.Sub(scale, S.Set(0.5f)));
        return WithSign<S, V>(S.Add(half, half), x);
    }

    /// <summary>
    /// log (1 + f) + e Ln2High + low for 1 + f within [sqrt 1/2, sqrt 2) (the coefficients are Cephes').
    /// </summary>
    [MethodImpl(Inline)]
    private static V LogReduced<S, V>(V f, V e, V low) where S : ISimd<float, V> where V : unmanaged
    {
        V p = S.Fma(S.Set(7.0376836292e-2f), f, S.Set(-1.1514610310e-1f));
        p = S.Fma(p, f, S.Set(1.1676998740e-1f));
        p = S.Fma(p, f, S.Set(-1.2420140846e-1f));
        p = S.Fma(p, f, S.Set(1.4249322787e-1f));
        p = S.Fma(p, f, S.Set(-1.6668057665e-1f));
        p = S.Fma(p, f, S.Set(2.0000714765e-1f));
        p = S.Fma(p, f, S.Set(-2.4999993993e-1f));
        p = S.Fma(p, f, S.Set(3.3333331174e-1f));
        V z = S.Mul(f, f);
        V y = S.Fma(S.Mul(p, f), z, low);
        y = S.Fma(S.Set(-0.5f), z, y);
        return S.Fma(e, S.Set(Ln2High), S.Add(f, y));
    }

    /// <summary>x = m 2^e with m within [sqrt 1/2, sqrt 2), for a positive normal x.</summary>
    [MethodImpl(Inline)]
    private static V Split<S, V>(V x, out V e) where S : ISimd<float, V> where V : unmanaged
    {
        // The exponent is split off relative to sqrt 1/2. It becomes a number by standing in the low bits of a large one,
        // which are 0.
        V root = S.Set(BitConverter.Int32BitsToSingle(0x3f3504f3));
        V bits = S.AddBits(S.SubBits(x, root), S.Set(1f));
        e = S.Sub(S.Or(S.ShiftRight(bits, 23), S.Set(8388608f)), S.Set(8388608f + 127f));
        return S.AddBits(S.And(bits, S.Set(BitConverter.Int32BitsToSingle(0x007fffff))), root);
    }

    [MethodImpl(Inline)]
    private static V LogSpecial<S, V>(V argument, V result) where S : ISimd<float, V> where V : unmanaged
    {
        V zero = S.Set(0f);
        result = S.Select(S.Less(argument, S.Set(float.PositiveInfinity)), result, argument);
        V special = S.Select(S.Equal(argument, zero), S.Set(float.NegativeInfinity), S.Set(float.NaN));
        return S.Select(S.LessEqual(argument, zero), special, result);
    }

    [MethodImpl(Inline)]
    public static V Log<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        V small = S.Less(x, S.Set(MinNormal));
        V m = Split<S, V>(S.Select(small, S.Mul(x, S.Set(33554432f)), x), out V e);
        e = S.Select(small, S.Sub(e, S.Set(25f)), e);
        return LogSpecial<S, V>(x, LogReduced<S, V>(S.Sub(m, S.Set(1f)), e, S.Mul(e, S.Set(Ln2Low))));
    }

    [MethodImpl(Inline)]
    public static V Log1p<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        V one = S.Set(1f);
        V u = S.Add(x, one);
        V m = Split<S, V>(u, out V e);

        // The rounding error of 1 + x; there is none where 1 + x needs no scaling, since x itself is used there.
        V lost = S.Select(S.Less(one, x), S.Sub(one, S.Sub(u, x)), S.Sub(x, S.Sub(u, one)));
        V near = S.Equal(e, S.Set(0f));
        V f = S.Select(near, x, S.Sub(m, one));
        V c = S.Select(near, S.Set(0f), S.Div(lost, u));
        return WithSign<S, V>(LogSpecial<S, V>(u, LogReduced<S, V>(f, e, S.Fma(e, S.Set(Ln2Low), c))), x);
    }

    [MethodImpl(Inline)]
    public static V Tanh<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        V a = S.Abs(x);
        V z = S.Mul(x, x);
        V p = S.Fma(S.Set(-5.70498872745e-3f), z, S.Set(2.06390887954e-2f));
        p = S.Fma(p, z, S.Set(-5.37397155531e-2f));
        p = S.Fma(p, z, S.Set(1.33314422036e-1f));
        p = S.Fma(p, z, S.Set(-3.33332819422e-1f));
        V near = S.Fma(S.Mul(p, z), a, a);
        V far = S.Sub(S.Set(1f), S.Div(S.Set(2f), S.Add(Exp<S, V>(S.Add(a, a)), S.Set(1f))));
        return WithSign<S, V>(S.Select(S.Less(a, S.Set(0.625f)), near, far), x);
    }

    [MethodImpl(Inline)]
    public static V Sigmoid<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        // e / (1 + e) or 1 / (1 + e), corrected for the rounding error of 1 + e. The correction would be multiplied by
        // 1 / (1 + e), which is near 0.9 where it matters.
        V one = S.Set(1f);
        V e = Exp<S, V>(S.Neg(S.Abs(x)));
        V sum = S.Add(one, e);
        V lost = S.Sub(e, S.Sub(sum, one));
        V q = S.Div(S.Select(S.Less(x, S.Set(0f)), e, one), sum);
        return S.Fma(S.Mul(q, lost), S.Set(-0.9f), q);
    }

    [MethodImpl(Inline)]
    public static V Softplus<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        // log (1 + e) for e in [0, 1]; above sqrt 2 - 1 as log 2 + log (1 + (e - 1) / 2), where the argument is exact too.
        V e = Exp<S, V>(S.Neg(S.Abs(x)));
        V far = S.Less(S.Set(0.41421356f), e);
        V f = S.Select(far, S.Mul(S.Sub(e, S.Set(1f)), S.Set(0.5f)), e);
        V exponent = S.Select(far, S.Set(1f), S.Set(0f));
        V positive = S.MaxOrSecond(S.Set(0f), x);
        return S.Add(positive, LogReduced<S, V>(f, exponent, S.Mul(exponent, S.Set(Ln2Low))));
    }

    [MethodImpl(Inline)]
    public static V Erf<S, V>(V x) where S : ISimd<float, V> where V : unmanaged
    {
        V a = S.Abs(x);
        V z = S.Mul(x, x);

        // Near zero x + x P(x^2); else 1 - exp(-Q(|x|)), which is 1 from 4 on.
        V p = S.Fma(S.Set(-5.96761703e-4f), z, S.Set(4.99119423e-3f));
        p = S.Fma(p, z, S.Set(-2.67681349e-2f));
        p = S.Fma(p, z, S.Set(1.12819925e-1f));
        p = S.Fma(p, z, S.Set(-3.76125336e-1f));
        p = S.Fma(p, z, S.Set(1.28379166e-1f));
        V near = S.Fma(p, a, a);
        V b = S.MinOrSecond(S.Set(4f), a);
        V q = S.Fma(S.Set(-1.72853470e-5f), b, S.Set(3.83197126e-4f));
        q = S.Fma(q, b, S.Set(-3.88396438e-3f));
        q = S.Fma(q, b, S.Set(2.42546219e-2f));
        q = S.Fma(q, b, S.Set(-1.06777877e-1f));
        q = S.Fma(q, b, S.Set(-6.34846687e-1f));
        q = S.Fma(q, b, S.Set(-1.28717512e-1f));
        q = S.Fma(q, b, S.Neg(b));
        V far = S.Sub(S.Set(1f), Exp<S, V>(q));
        return WithSign<S, V>(S.Select(S.Less(a, S.Set(0.927734375f)), near, far), x);
    }
}
