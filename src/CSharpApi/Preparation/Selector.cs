using FFeatures = Functional.Features;
using FSelector = Functional.Selector;

namespace Functional.CSharp;

/// <summary>
/// Steps that keep some of the columns of numbers, and leave the others out. Missing values are an error.
/// </summary>
public static class Selector
{
    /// <summary>Keeps the columns whose population variance is strictly above a number; 0 leaves out constant ones alone.</summary>
    public static Preparation Variance(double above = 0) => new(FSelector.variance(VarianceLimit.NewAbove(above)));

    /// <summary>Keeps the columns whose variance is at or above the quantile of this share of all variances.</summary>
    public static Preparation VarianceQuantile(double share) => new(FSelector.variance(VarianceLimit.NewQuantile(share)));

    /// <summary>Leaves out each column whose absolute correlation with one before it, that is kept, is above the limit.</summary>
    public static Preparation Correlation(double limit = 0.95, CorrelationMethod method = CorrelationMethod.Pearson) =>
        new(FSelector.correlation(new CorrelationFilterOptions(limit, CSharp.Correlation.Inner(method))));

    /// <summary>Keeps so many columns, those that tell most of the classes in the target. Needs a target.</summary>
    public static Preparation MutualInformation(int keep) => new(FSelector.mutualInformation(keep));

    /// <summary>Keeps so many columns, those that tell most of the numbers in the target. Needs a target.</summary>
    public static Preparation MutualInformationOfNumbers(int keep) => new(FSelector.mutualInformationOfNumbers(keep));

    /// <summary>Keeps so many columns by recursive elimination with a learner of the target. Needs a target.</summary>
    public static Preparation Recursive(int keep, Learner learner, int step = 1)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return new(FSelector.recursive(keep, step, learner.Inner));
    }
}

/// <summary>Steps that make new columns of numbers of all that they take. Missing values are an error.</summary>
public static class Features
{
    /// <summary>The products of the columns up to a degree, in their place; named "a", "a^2", "a b".</summary>
    public static Preparation Polynomial(PolynomialFeaturesOptions? options = null) =>
        new(FFeatures.polynomial((options ?? new()).Inner));

    /// <summary>
    /// The scores along the principal components, named pca0, pca1, ... in place of the columns. Can be inverted.
    /// </summary>
    /// <param name="count">How many are kept. Default all.</param>
    /// <param name="whiten">Whether scores are divided by their deviation. Default false.</param>
    public static Preparation PrincipalComponents(int? count = null, bool whiten = false) =>
        new(FFeatures.principalComponents(new PrincipalComponentsOptions(
            count is { } n ? ComponentCount.NewCount(n) : ComponentCount.All, whiten)));

    /// <summary>
    /// The scores along the fewest principal components that explain more than this share of the variance: scikit-learn's
    /// n_components as a share.
    /// </summary>
    /// <param name="share">Above 0 and below 1.</param>
    /// <param name="whiten">Whether scores are divided by their deviation. Default false.</param>
    public static Preparation PrincipalComponentsShare(double share, bool whiten = false) =>
        new(FFeatures.principalComponents(new PrincipalComponentsOptions(ComponentCount.NewVariance(share), whiten)));
}
