using FCorrelation = Functional.Correlation;
using FMethod = Functional.CorrelationMethod;

namespace Functional.CSharp;

/// <summary>How the association of two columns is measured. All are from -1 to 1.</summary>
public enum CorrelationMethod
{
    /// <summary>Pearson's r: the covariance by both deviations; how well a line fits.</summary>
    Pearson,

    /// <summary>Spearman's rho: Pearson's of the ranks; how well any ascending curve fits.</summary>
    Spearman,

    /// <summary>Kendall's tau-b: concordant less discordant pairs, corrected for ties.</summary>
    Kendall,
}

/// <summary>The verbal strength of a correlation r.</summary>
public enum CorrelationStrength
{
    /// <summary>|r| below 0.5, or not known because a column is constant.</summary>
    None,

    /// <summary>|r| from 0.5 to below 0.8.</summary>
    Weak,

    /// <summary>|r| of 0.8 or more.</summary>
    Strong,
}

/// <summary>
/// How two columns vary together. Pairs of which a value is missing (NaN) are skipped, as in pandas.
/// </summary>
/// <remarks>
/// Columns of different lengths and fewer than two pairs raise a <see cref="FunctionalException"/>.
/// </remarks>
public static class Correlation
{
    /// <summary>The correlation of two columns; NaN where one of them is constant.</summary>
    public static double Of(
        IEnumerable<double> xs, IEnumerable<double> ys, CorrelationMethod method = CorrelationMethod.Pearson) =>
        FCorrelation.by(Inner(method), xs, ys);

    /// <summary>The sample covariance of two columns.</summary>
    public static double Covariance(IEnumerable<double> xs, IEnumerable<double> ys) => FCorrelation.covariance(xs, ys);

    /// <summary>The strength of a correlation in words: strong from 0.8 on, weak from 0.5 on.</summary>
    public static CorrelationStrength Strength(double r)
    {
        var strength = FCorrelation.strength(r);
        return strength.IsStrong ? CorrelationStrength.Strong
            : strength.IsWeak ? CorrelationStrength.Weak
            : CorrelationStrength.None;
    }

    internal static FMethod Inner(CorrelationMethod method) => method switch
    {
        CorrelationMethod.Pearson => FMethod.Pearson,
        CorrelationMethod.Spearman => FMethod.Spearman,
        CorrelationMethod.Kendall => FMethod.Kendall,
        _ => throw Errors.Argument("Correlation", "method", method, "is none of the enumeration's."),
    };
}
