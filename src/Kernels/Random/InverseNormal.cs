using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Quantiles of the standard normal distribution by Wichura's algorithm AS 241, accurate to about 1e-16, in operations
/// that every machine rounds alike: + - * / and the square root.
/// </summary>
internal static class InverseNormal
{
    /// <summary>x with the probability p, within (0, 1), of a standard normal number below x.</summary>
    public static double Of(double p)
    {
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - (q * q);
            return q * Ratio(
                r,
                3.3871328727963666080, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
                    4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4,
                    2.5090809287301226727e+3,
                4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                    5.2264952788528545610e+3);
        }

        double tail = Math.Sqrt(-Log(q < 0 ? p : 1 - p));
        double x = tail <= 5
            ? Ratio(
                tail - 1.6,
                1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
                    1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
                    7.74545014278341407640e-4,
                2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
                    1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9)
            : Ratio(
                tail - 5,
                6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
                    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
                    2.01033439929228813265e-7,
                5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                    2.04426310338993978564e-15);
        return q < 0 ? -x : x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Ratio(
        double r,
        double a0, double a1, double a2, double a3, double a4, double a5, double a6, double a7,
        double b1, double b2, double b3, double b4, double b5, double b6, double b7)
    {
        double a = (((((((((((((a7 * r) + a6) * r) + a5) * r) + a4) * r) + a3) * r) + a2) * r) + a1) * r) + a0;
        double b = (((((((((((((b7 * r) + b6) * r) + b5) * r) + b4) * r) + b3) * r) + b2) * r) + b1) * r) + 1;
        return a / b;
    }

    /// <summary>The natural logarithm of a positive normal number (fdlibm's approximation).</summary>
    internal static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x) - 0x3fe6a09e00000000;
        double e = bits >> 52;
        double f = BitConverter.Int64BitsToDouble((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000) - 1;
        double s = f / (f + 2);
        double z = s * s;
        double w = z * z;
        double even = 2.222219843214978396e-01 + (w * 1.531383769920937332e-01);
        even = w * (3.999999999940941908e-01 + (w * even));
        double odd = 1.818357216161805012e-01 + (w * 1.479819860511658591e-01);
        odd = 2.857142874366239149e-01 + (w * odd);
        odd = z * (6.666666666666735130e-01 + (w * odd));
        double half = 0.5 * f * f;
        double low = (s * (half + even + odd)) + (e * 1.90821492927058770002e-10) - half;
        return low + f + (e * 6.93147180369123816490e-01);
    }
}
