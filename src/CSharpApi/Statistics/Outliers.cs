using FOutliers = Functional.OutliersModule;

namespace Functional.CSharp;

/// <summary>The limits of Tukey's box plot, and what lies outside.</summary>
public sealed class Outliers
{
    private readonly Functional.Outliers inner;

    private Outliers(Functional.Outliers inner) => this.inner = inner;

    /// <summary>The mild and extreme outliers of a column. NaN is skipped.</summary>
    /// <exception cref="FunctionalException">There is no value.</exception>
    public static Outliers Of(IEnumerable<double> values, QuantileMethod method = QuantileMethod.Linear) =>
        new(FOutliers.ofValuesBy(method.Inner(), values));

    /// <summary>Q1 - 1.5 IQR and Q3 + 1.5 IQR: a value outside is an outlier.</summary>
    public (double Lower, double Upper) InnerLimits => (inner.InnerLimits.Item1, inner.InnerLimits.Item2);

    /// <summary>Q1 - 3 IQR and Q3 + 3 IQR: an outlier outside is an extreme one.</summary>
    public (double Lower, double Upper) OuterLimits => (inner.OuterLimits.Item1, inner.OuterLimits.Item2);

    /// <summary>The outliers that are not extreme, ascending.</summary>
    public IReadOnlyList<double> Mild => inner.Mild;

    /// <summary>The extreme outliers, ascending.</summary>
    public IReadOnlyList<double> Extreme => inner.Extreme;
}
