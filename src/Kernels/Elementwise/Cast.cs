namespace Functional.Kernels;

/// <summary>
/// Conversions between element types. Floating-point numbers are truncated to integers; NaN gives 0, and a number out of
/// range the nearest integer. Every number but 0 is true; true is 1.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays of one length, which do not overlap; any alignment. Large arrays are cut into slices for the
/// worker pool. Cost: one conversion, one read and one write an element.
/// </remarks>
public static class CastKernels
{
    private const int Grain = 1 << 15;

    /// <summary>y = x in the other type.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Apply(ReadOnlySpan<float> x, Span<double> y) =>
        UnaryKernels.MapScalar<CastOp, float, double>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<float> x, Span<int> y) =>
        UnaryKernels.MapScalar<CastOp, float, int>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<float> x, Span<bool> y) =>
        UnaryKernels.MapScalar<CastOp, float, bool>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<double> x, Span<float> y) =>
        UnaryKernels.MapScalar<CastOp, double, float>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<double> x, Span<int> y) =>
        UnaryKernels.MapScalar<CastOp, double, int>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<double> x, Span<bool> y) =>
        UnaryKernels.MapScalar<CastOp, double, bool>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<int> x, Span<float> y) =>
        UnaryKernels.MapScalar<CastOp, int, float>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<int> x, Span<double> y) =>
        UnaryKernels.MapScalar<CastOp, int, double>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<int> x, Span<bool> y) =>
        UnaryKernels.MapScalar<CastOp, int, bool>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<bool> x, Span<float> y) =>
        UnaryKernels.MapScalar<CastOp, bool, float>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<bool> x, Span<double> y) =>
        UnaryKernels.MapScalar<CastOp, bool, double>(x, y, Grain);

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public static void Apply(ReadOnlySpan<bool> x, Span<int> y) =>
        UnaryKernels.MapScalar<CastOp, bool, int>(x, y, Grain);

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
