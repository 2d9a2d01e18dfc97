using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// Quantiles of the standard normal distribution by Wichura's algorithm AS 241, accurate to about 1e-16, in operations
/// that every machine rounds alike: + - * / and the square root.
/// </summary>
internal static unsafe class InverseNormal
{
    private const double Central = 0.425; // of the distance from 0.5 within which the first approximation holds
    private const double FarTail = 5;

    /// <summary>
    /// Replaces each of n probabilities, within (0, 1), by the x with that probability of a standard normal number below x. The
    /// array has room for <see cref="Padding"/> more. The same bits with vectors of any width.
    /// </summary>
    public static void Apply(SimdLevel level, double* p, int n)
    {
        switch (level)
        {
            case SimdLevel.Avx512: Apply<Simd512<double>, Vector512<double>>(p, n); break;
            case SimdLevel.Avx2: Apply<Simd256<double>, Vector256<double>>(p, n); break;
            case SimdLevel.Portable or _: Apply<Simd128<double>, Vector128<double>>(p, n); break;
        }
    }

    /// <summary>The elements that are written beyond the n of <see cref="Apply"/>, at most.</summary>
    public const int Padding = 7;

    // Most probabilities are near enough to one half; the others are gathered, and computed together.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<S, V>(double* p, int n) where S : ISimd<double, V> where V : unmanaged
    {
        double* tails = stackalloc double[n + Padding];
        int* places = stackalloc int[n];
        int count = 0;
        for (int i = n; i % S.Count != 0; i++)
        {
            p[i] = 0.5;
        }

        for (int i = 0; i < n; i += S.Count)
        {
            V probability = S.Load(p + i), q = S.Sub(probability, S.Set(0.5));
            ulong outside = S.Bits(S.Less(S.Set(Central), S.Abs(q)));
            for (; outside != 0; outside &= outside - 1)
            {
                places[count] = i + BitOperations.TrailingZeroCount(outside);
                tails[count] = p[places[count]];
                count++;
            }

            S.Store(p + i, S.Mul(q, OfCentre<S, V>(S.Sub(S.Set(0.180625), S.Mul(q, q)))));
        }

        for (int i = count; i % S.Count != 0; i++)
        {
            tails[i] = 0.01;
        }

        for (int i = 0; i < count; i += S.Count)
        {
            S.Store(tails + i, OfTail<S, V>(S.Load(tails + i)));
        }

        for (int i = 0; i < count; i++)
        {
            p[places[i]] = tails[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OfTail<S, V>(V p) where S : ISimd<double, V> where V : unmanaged
    {
        V isLower = S.Less(p, S.Set(0.5));
        V tail = S.Sqrt(S.Neg(Log<S, V>(S.Select(isLower, p, S.Sub(S.Set(1), p)))));
        V x = OfNearTail<S, V>(S.Sub(tail, S.Set(1.6)));
        V isFar = S.Less(S.Set(FarTail), tail);
        if (S.Any(isFar))
        {
            x = S.Select(isFar, OfFarTail<S, V>(S.Sub(tail, S.Set(FarTail))), x);
        }

        return S.Select(isLower, S.Neg(x), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OfCentre<S, V>(V r) where S : ISimd<double, V> where V : unmanaged => S.Div(
        Polynomial<S, V>(
            r, 3.3871328727963666080, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
            4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3),
        Polynomial<S, V>(
            r, 1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
            3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OfNearTail<S, V>(V r) where S : ISimd<double, V> where V : unmanaged => S.Div(
        Polynomial<S, V>(
            r, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
            1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
        Polynomial<S, V>(
            r, 1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
            1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OfFarTail<S, V>(V r) where S : ISimd<double, V> where V : unmanaged => S.Div(
        Polynomial<S, V>(
            r, 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
            2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
        Polynomial<S, V>(
            r, 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
            7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15));

    // By Horner's rule. No step is a fused one, which would round differently where there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Polynomial<S, V>(
        V r, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7)
        where S : ISimd<double, V> where V : unmanaged
    {
        V sum = S.Add(S.Mul(S.Set(c7), r), S.Set(c6));
        sum = S.Add(S.Mul(sum, r), S.Set(c5));
        sum = S.Add(S.Mul(sum, r), S.Set(c4));
        sum = S.Add(S.Mul(sum, r), S.Set(c3));
        sum = S.Add(S.Mul(sum, r), S.Set(c2));
        sum = S.Add(S.Mul(sum, r), S.Set(c1));
        return S.Add(S.Mul(sum, r), S.Set(c0));
    }

    // The natural logarithm of normal numbers below 1 (fdlibm's approximation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Log<S, V>(V x) where S : ISimd<double, V> where V : unmanaged
    {
        V root = S.Set(BitConverter.Int64BitsToDouble(0x3fe6a09e00000000)); // the square root of one half
        V bits = S.SubBits(x, root);
        V e = Exponent<S, V>(bits);
        V mantissa = S.And(bits, S.Set(BitConverter.Int64BitsToDouble(0x000fffffffffffff)));
        V f = S.Sub(S.AddBits(mantissa, root), S.Set(1));
        V s = S.Div(f, S.Add(f, S.Set(2)));
        V z = S.Mul(s, s);
        V w = S.Mul(z, z);
        V even = S.Add(S.Set(2.222219843214978396e-01), S.Mul(w, S.Set(1.531383769920937332e-01)));
        even = S.Mul(w, S.Add(S.Set(3.999999999940941908e-01), S.Mul(w, even)));
        V odd = S.Add(S.Set(1.818357216161805012e-01), S.Mul(w, S.Set(1.479819860511658591e-01)));
        odd = S.Add(S.Set(2.857142874366239149e-01), S.Mul(w, odd));
        odd = S.Mul(z, S.Add(S.Set(6.666666666666735130e-01), S.Mul(w, odd)));
        V half = S.Mul(S.Mul(S.Set(0.5), f), f);
        V low = S.Mul(s, S.Add(S.Add(half, even), odd));
        low = S.Sub(S.Add(low, S.Mul(e, S.Set(1.90821492927058770002e-10))), half);
        return S.Add(S.Add(low, f), S.Mul(e, S.Set(6.93147180369123816490e-01)));
    }

    // The bits above the 52 of the mantissa as a number: they are made positive, put into the mantissa of 2^52, and made smaller again.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponent<S, V>(V bits) where S : ISimd<double, V> where V : unmanaged
    {
        V positive = S.AddBits(bits, S.Set(BitConverter.Int64BitsToDouble(1024L << 52)));
        V two52 = S.Set(4503599627370496);
        return S.Sub(S.Sub(S.Or(S.ShiftRight(positive, 52), two52), two52), S.Set(1024));
    }
}
