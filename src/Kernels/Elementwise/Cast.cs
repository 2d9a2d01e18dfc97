namespace Functional.Kernels;

/// <summary>
/// Conversions between element types. Floating-point numbers are truncated to integers; NaN gives 0, and a number out of
/// range the nearest integer. Every number but 0 is true; true is 1.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays of one length, which do not overlap; any alignment. Large arrays are cut into slices for the
/// worker pool. Cost: one conversion, one read and one write an element.
/// </remarks>
public static unsafe class CastKernels
{
    private const int Grain = 1 << 15;

    /// <summary>
    /// y = x in the other type, rounded once. The types are float, double, Half, BFloat16, int, long and bool.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ, or a type is none of elements.</exception>
    public static void Apply<TIn, TOut>(ReadOnlySpan<TIn> x, Span<TOut> y)
        where TIn : unmanaged where TOut : unmanaged
    {
        Check.SameLength(x.Length, y.Length);
        fixed (TIn* px = x)
        fixed (TOut* py = y)
        {
            UnaryKernels.MapScalar<ElementConversion<TIn, TOut>, TIn, TOut>(px, py, x.Length, Grain);
        }
    }

    /// <summary>One element as a double: 1 for true; a long beyond 2^53 is rounded.</summary>
    /// <exception cref="ArgumentException">The type is none of elements.</exception>
    public static double ToDouble<T>(T x) where T : unmanaged => ElementConversion<T, double>.Apply(x);

    /// <summary>A double as an element of the type, as <see cref="Apply"/> converts it.</summary>
    /// <exception cref="ArgumentException">The type is none of elements.</exception>
    public static T FromDouble<T>(double x) where T : unmanaged => ElementConversion<double, T>.Apply(x);

    internal readonly struct CastOp
        : IScalarUnary<float, double>, IScalarUnary<float, int>, IScalarUnary<float, bool>,
          IScalarUnary<double, float>, IScalarUnary<double, int>, IScalarUnary<double, bool>,
          IScalarUnary<int, float>, IScalarUnary<int, double>, IScalarUnary<int, bool>,
          IScalarUnary<bool, float>, IScalarUnary<bool, double>, IScalarUnary<bool, int>
    {
        static double IScalarUnary<float, double>.Apply(float x) => x;

        static int IScalarUnary<float, int>.Apply(float x) => float.ConvertToInteger<int>(x);

        static bool IScalarUnary<float, bool>.Apply(float x) => x != 0;

        static float IScalarUnary<double, float>.Apply(double x) => (float)x;

        static int IScalarUnary<double, int>.Apply(double x) => double.ConvertToInteger<int>(x);

        static bool IScalarUnary<double, bool>.Apply(double x) => x != 0;

        static float IScalarUnary<int, float>.Apply(int x) => x;

        static double IScalarUnary<int, double>.Apply(int x) => x;

        static bool IScalarUnary<int, bool>.Apply(int x) => x != 0;

        static float IScalarUnary<bool, float>.Apply(bool x) => x ? 1 : 0;

        static double IScalarUnary<bool, double>.Apply(bool x) => x ? 1 : 0;

        static int IScalarUnary<bool, int>.Apply(bool x) => x ? 1 : 0;
    }
}
