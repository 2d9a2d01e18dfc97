using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Elementary functions of float64 vectors, by polynomial and rational approximation, and the error function of single
/// numbers, which .NET lacks. Cost: 25 to 50 FLOPs an element.
/// </summary>
internal static class DoubleMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Adding this number rounds to the nearest even integer, which then stands in the low bits of the sum.
    private const double Magic = 6755399441055744.0; // 1.5 * 2^52
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 6.93147180369123816490e-01; // its product with an exponent is exact
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double MinNormal = 2.2250738585072014e-308;

    [MethodImpl(Inline)]
    private static V WithSign<S, V>(V a, V x) where S : ISimd<double, V> where V : unmanaged =>
        S.Or(a, S.And(x, S.Set(-0.0)));

    /// <summary>2^n for an integer n within [-1022, 1024).</summary>
    [MethodImpl(Inline)]
    private static V Pow2<S, V>(V n) where S : ISimd<double, V> where V : unmanaged =>
        S.ShiftLeft(S.Add(n, S.Set(Magic + 1023)), 52);

    /// <summary>Range reduction: x = n ln 2 + r with an integer n and |r| at most ln 2 / 2.</summary>
    [MethodImpl(Inline)]
    private static V Reduce<S, V>(V x, out V n) where S : ISimd<double, V> where V : unmanaged
    {
        n = S.Sub(S.Fma(x, S.Set(Log2E), S.Set(Magic)), S.Set(Magic));
        return S.Fma(n, S.Set(-Ln2Low), S.Fma(n, S.Set(-Ln2High), x));
    }

    /// <summary>exp r - 1 for |r| at most ln 2 / 2, by its Taylor series.</summary>
    [MethodImpl(Inline)]
    private static V Expm1Reduced<S, V>(V r) where S : ISimd<double, V> where V : unmanaged
    {
        V p = S.Fma(S.Set(1.0 / 6227020800), r, S.Set(1.0 / 479001600));
        p = S.Fma(p, r, S.Set(1.0 / 39916800));
        p = S.Fma(p, r, S.Set(1.0 / 3628800));
        p = S.Fma(p, r, S.Set(1.0 / 362880));
        p = S.Fma(p, r, S.Set(1.0 / 40320));
        p = S.Fma(p, r, S.Set(1.0 / 5040));
        p = S.Fma(p, r, S.Set(1.0 / 720));
        p = S.Fma(p, r, S.Set(1.0 / 120));
        p = S.Fma(p, r, S.Set(1.0 / 24));
        p = S.Fma(p, r, S.Set(1.0 / 6));
        p = S.Fma(p, r, S.Set(0.5));
        return S.Fma(p, S.Mul(r, r), r);
    }

    [MethodImpl(Inline)]
    public static V Exp<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        // NaN fails both comparisons and is passed on.
        x = S.Select(S.Less(S.Set(710.0), x), S.Set(710.0), x);
        x = S.Select(S.Less(x, S.Set(-746.0)), S.Set(-746.0), x);
        V r = Reduce<S, V>(x, out V n);
        V p = S.Add(Expm1Reduced<S, V>(r), S.Set(1.0));
        V half = S.Sub(S.Fma(n, S.Set(0.5), S.Set(Magic)), S.Set(Magic));
        return S.Mul(S.Mul(p, Pow2<S, V>(half)), Pow2<S, V>(S.Sub(n, half)));
    }

    [MethodImpl(Inline)]
    public static V Expm1<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        V y = S.Select(S.Less(S.Set(710.0), x), S.Set(710.0), x);
        y = S.Select(S.Less(y, S.Set(-40.0)), S.Set(-40.0), y);
        V r = Reduce<S, V>(y, out V n);
        V scale = Pow2<S, V>(S.Sub(n, S.Set(1.0)));
        V half = S.Fma(scale, Expm1Reduced<S, V>(r), S.Sub(scale, S.Set(0.5)));
        return WithSign<S, V>(S.Add(half, half), x);
    }

    /// <summary>log (1 + f) + e Ln2High + low for 1 + f within [sqrt 1/2, sqrt 2) (fdlibm's approximation).</summary>
    [MethodImpl(Inline)]
    private static V LogReduced<S, V>(V f, V e, V low) where S : ISimd<double, V> where V : unmanaged
    {
        V s = S.Div(f, S.Add(f, S.Set(2.0)));
        V z = S.Mul(s, s);
        V w = S.Mul(z, z);
        V even = S.Fma(w, S.Set(1.531383769920937332e-01), S.Set(2.222219843214978396e-01));
        even = S.Mul(w, S.Fma(w, even, S.Set(3.999999999940941908e-01)));
        V odd = S.Fma(w, S.Set(1.479819860511658591e-01), S.Set(1.818357216161805012e-01));
        odd = S.Fma(w, odd, S.Set(2.857142874366239149e-01));
        odd = S.Mul(z, S.Fma(w, odd, S.Set(6.666666666666735130e-01)));
        V square = S.Mul(S.Set(0.5), S.Mul(f, f));
        V y = S.Fma(s, S.Add(square, S.Add(even, odd)), low);
        return S.Fma(e, S.Set(Ln2High), S.Add(f, S.Sub(y, square)));
    }

    /// <summary>x = m 2^e with m within [sqrt 1/2, sqrt 2), for a positive normal x.</summary>
    [MethodImpl(Inline)]
    private static V Split<S, V>(V x, out V e) where S : ISimd<double, V> where V : unmanaged
    {
        V root = S.Set(BitConverter.Int64BitsToDouble(0x3fe6a09e00000000));
        V bits = S.AddBits(S.SubBits(x, root), S.Set(1.0));
        e = S.Sub(S.Or(S.ShiftRight(bits, 52), S.Set(4503599627370496.0)), S.Set(4503599627370496.0 + 1023));
        return S.AddBits(S.And(bits, S.Set(BitConverter.Int64BitsToDouble(0x000fffffffffffff))), root);
    }

    [MethodImpl(Inline)]
    private static V LogSpecial<S, V>(V argument, V result) where S : ISimd<double, V> where V : unmanaged
    {
        V zero = S.Set(0.0);
        V regular = S.And(S.Less(zero, argument), S.Less(argument, S.Set(double.PositiveInfinity)));
        V special = S.Select(S.Less(argument, zero), S.Set(double.NaN), argument);
        special = S.Select(S.Equal(argument, zero), S.Set(double.NegativeInfinity), special);
        return S.Select(regular, result, special);
    }

    [MethodImpl(Inline)]
    public static V Log<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        V small = S.Less(x, S.Set(MinNormal));
        V m = Split<S, V>(S.Select(small, S.Mul(x, S.Set(18014398509481984.0)), x), out V e); // 2^54
        e = S.Select(small, S.Sub(e, S.Set(54.0)), e);
        return LogSpecial<S, V>(x, LogReduced<S, V>(S.Sub(m, S.Set(1.0)), e, S.Mul(e, S.Set(Ln2Low))));
    }

    [MethodImpl(Inline)]
    public static V Log1p<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        V one = S.Set(1.0);
        V u = S.Add(x, one);
        V m = Split<S, V>(u, out V e);
        V lost = S.Select(S.Less(one, x), S.Sub(one, S.Sub(u, x)), S.Sub(x, S.Sub(u, one)));
        V near = S.Equal(e, S.Set(0.0));
        V f = S.Select(near, x, S.Sub(m, one));
        V c = S.Select(near, S.Set(0.0), S.Div(lost, u));
        return WithSign<S, V>(LogSpecial<S, V>(u, LogReduced<S, V>(f, e, S.Fma(e, S.Set(Ln2Low), c))), x);
    }

    [MethodImpl(Inline)]
    public static V Tanh<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        // Near zero x + x^3 P(x^2) / Q(x^2) (the coefficients are Cephes'); else 1 - 2 / (exp 2|x| + 1).
        V a = S.Abs(x);
        V z = S.Mul(x, x);
        V p = S.Fma(S.Set(-9.64399179425052238628e-1), z, S.Set(-9.92877231001918586564e1));
        p = S.Mul(S.Fma(p, z, S.Set(-1.61468768441708447952e3)), z);
        V q = S.Add(z, S.Set(1.12811678491632931402e2));
        q = S.Fma(q, z, S.Set(2.23548839060100448583e3));
        q = S.Fma(q, z, S.Set(4.84406305325125486048e3));
        V near = S.Less(a, S.Set(0.625));
        V e = Exp<S, V>(S.Add(a, a));
        V ratio = S.Div(S.Select(near, p, S.Set(2.0)), S.Select(near, q, S.Add(e, S.Set(1.0))));
        return WithSign<S, V>(S.Select(near, S.Fma(a, ratio, a), S.Sub(S.Set(1.0), ratio)), x);
    }

    [MethodImpl(Inline)]
    public static V Sigmoid<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        // e / (1 + e) or 1 / (1 + e), corrected for the rounding error of 1 + e.
        V one = S.Set(1.0);
        V negative = S.Less(x, S.Set(0.0));
        V e = Exp<S, V>(S.Neg(S.Abs(x)));
        V sum = S.Add(one, e);
        V lost = S.Sub(e, S.Sub(sum, one));
        V q = S.Div(S.Select(negative, e, one), sum);
        V inverse = S.Select(negative, S.Sub(one, q), q);
        return S.Fma(S.Neg(S.Mul(lost, inverse)), q, q);
    }

    [MethodImpl(Inline)]
    public static V Softplus<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        V positive = S.Select(S.Less(x, S.Set(0.0)), S.Set(0.0), x);
        return S.Add(positive, Log1p<S, V>(Exp<S, V>(S.Neg(S.Abs(x)))));
    }

    /// <summary>
    /// The error function by fdlibm's rational approximations: around 0, around 1, and of log (x exp(x^2) erfc x) on two
    /// ranges above.
    /// </summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (!(a < 6))
        {
            return double.IsNaN(x) ? x : Math.CopySign(1.0, x);
        }

        return a < 0.84375 ? ErfNearZero(x)
            : a < 1.25 ? Math.CopySign(ErfNearOne(a), x)
            : Math.CopySign(1 - ErfcTail(a), x);
    }

    private static double ErfNearZero(double x)
    {
        double z = x * x;
        double p = Polynomial(z, [1.28379167095512558561e-01, -3.25042107247001499370e-01,
            -2.84817495755985104766e-02, -5.77027029648944159157e-03, -2.37630166566501626084e-05]);
        double q = Polynomial(z, [1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02,
            5.08130628187576562776e-03, 1.32494738004321644526e-04, -3.96022827877536812320e-06]);
        return x + (x * (p / q));
    }

    private static double ErfNearOne(double a)
    {
        double s = a - 1;
        double p = Polynomial(s, [-2.36211856075265944077e-03, 4.14856118683748331666e-01,
            -3.72207876035701323847e-01, 3.18346619901161753674e-01, -1.10894694282396677476e-01,
            3.54783043256182359371e-02, -2.16637559486879084300e-03]);
        double q = Polynomial(s, [1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01,
            7.18286544141962662868e-02, 1.26171219808761642112e-01, 1.36370839120290507362e-02,
            1.19844998467991074170e-02]);
        return 8.45062911510467529297e-01 + (p / q);
    }

    // 1 - erf a, from 1.25 on.
    private static double ErfcTail(double a)
    {
        double t = 1 / (a * a);
        double r = a < 1 / 0.35
            ? Polynomial(t, [-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
                -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
                -8.12874355063065934246e+01, -9.81432934416914548592e+00])
                / Polynomial(t, [1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02,
                    4.34565877475229228821e+02, 6.45387271733267880336e+02, 4.29008140027567833386e+02,
                    1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02])
            : Polynomial(t, [-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
                -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
                -4.83519191608651397019e+02])
                / Polynomial(t, [1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02,
                    1.53672958608443695994e+03, 3.19985821950859553908e+03, 2.55305040643316442583e+03,
                    4.74528541206955367215e+02, -2.24409524465858183362e+01]);

        // a^2 as the exact square of a part with few bits, and a correction for the remaining bits.
        const long Upper = unchecked((long)0xffffffff00000000);
        double high = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a) & Upper);
        return Math.Exp((-high * high) - 0.5625) * Math.Exp(((high - a) * (high + a)) + r) / a;
    }

    [MethodImpl(Inline)]
    private static double Polynomial(double x, ReadOnlySpan<double> coefficients)
    {
        double sum = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
        {
            sum = (sum * x) + coefficients[i];
        }

        return sum;
    }
}
