using FMethod = Functional.QuantileMethod;

namespace Functional.CSharp;

/// <summary>
/// How a quantile is taken that falls between two values, under NumPy's names. The first nine are the types 1 to 9 of Hyndman
/// and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996).
/// </summary>
public enum QuantileMethod
{
    /// <summary>Linear between values at (k - 1) / (n - 1): the default of NumPy, pandas and Excel. Type 7.</summary>
    Linear,

    /// <summary>The least value that at least the share of all are at or below. Type 1.</summary>
    InvertedCdf,

    /// <summary>As the one before, but the mean of two values where the share is reached exactly. Type 2.</summary>
    AveragedInvertedCdf,

    /// <summary>The value nearest to n p, and the even one of two. Type 3.</summary>
    ClosestObservation,

    /// <summary>Linear between values at k / n. Type 4.</summary>
    InterpolatedInvertedCdf,

    /// <summary>Linear between values at (k - 1/2) / n. Type 5.</summary>
    Hazen,

    /// <summary>Linear between values at k / (n + 1): the (N + 1) p rule of textbooks. Type 6.</summary>
    Weibull,

    /// <summary>
    /// Linear between values at (k - 1/3) / (n + 1/3): about unbiased for the median of any distribution. Type 8.
    /// </summary>
    MedianUnbiased,

    /// <summary>Linear between values at (k - 3/8) / (n + 1/4): about unbiased for normal values. Type 9.</summary>
    NormalUnbiased,

    /// <summary>The lower of the two values around (n - 1) p.</summary>
    Lower,

    /// <summary>The higher of the two values around (n - 1) p.</summary>
    Higher,

    /// <summary>The mean of the two values around (n - 1) p.</summary>
    Midpoint,

    /// <summary>The nearer of the two values around (n - 1) p, and the one at an even position where both are as near.</summary>
    Nearest,
}

internal static class QuantileMethods
{
    public static FMethod Inner(this QuantileMethod method) => method switch
    {
        QuantileMethod.Linear => FMethod.Linear,
        QuantileMethod.InvertedCdf => FMethod.InvertedCdf,
        QuantileMethod.AveragedInvertedCdf => FMethod.AveragedInvertedCdf,
        QuantileMethod.ClosestObservation => FMethod.ClosestObservation,
        QuantileMethod.InterpolatedInvertedCdf => FMethod.InterpolatedInvertedCdf,
        QuantileMethod.Hazen => FMethod.Hazen,
        QuantileMethod.Weibull => FMethod.Weibull,
        QuantileMethod.MedianUnbiased => FMethod.MedianUnbiased,
        QuantileMethod.NormalUnbiased => FMethod.NormalUnbiased,
        QuantileMethod.Lower => FMethod.Lower,
        QuantileMethod.Higher => FMethod.Higher,
        QuantileMethod.Midpoint => FMethod.Midpoint,
        QuantileMethod.Nearest => FMethod.Nearest,
        _ => throw Errors.Argument("QuantileMethod", "method", method, "is none of the enumeration's."),
    };
}
