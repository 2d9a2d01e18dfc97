using FComponents = Functional.PrincipalComponents;
using FOptions = Functional.PrincipalComponentsOptions;

namespace Functional.CSharp;

/// <summary>The directions of the largest variance of samples.</summary>
public sealed class PrincipalComponents
{
    private readonly FComponents inner;

    private PrincipalComponents(FComponents inner) => this.inner = inner;

    internal FComponents Inner => inner;

    /// <summary>The principal components of samples x [n, k].</summary>
    /// <param name="x">The samples, at least two.</param>
    /// <param name="count">How many are kept. Default all: the smaller of samples and features.</param>
    /// <param name="whiten">Whether scores are divided by their deviation. Default false.</param>
    /// <exception cref="FunctionalException">The count is out of range, or the samples do not vary.</exception>
    public static PrincipalComponents Fit(Tensor x, int? count = null, bool whiten = false) =>
        new(PrincipalComponentsModule.fit(
            new FOptions(count is { } n ? ComponentCount.NewCount(n) : ComponentCount.All, whiten), Interop.Inner(x)));

    /// <summary>The fewest components that explain more than this share of the variance.</summary>
    /// <exception cref="FunctionalException">The share is not between 0 and 1, or the samples do not vary.</exception>
    public static PrincipalComponents FitShare(Tensor x, double share, bool whiten = false) =>
        new(PrincipalComponentsModule.fit(new FOptions(ComponentCount.NewVariance(share), whiten), Interop.Inner(x)));

    /// <summary>The mean of each feature.</summary>
    public IReadOnlyList<double> Means => Array.AsReadOnly(inner.Means);

    /// <summary>The directions, of length 1, by falling variance.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Components => [.. inner.Components.Select(Array.AsReadOnly)];

    /// <summary>The variance along each.</summary>
    public IReadOnlyList<double> ExplainedVariance => Array.AsReadOnly(inner.ExplainedVariance);

    /// <summary>Its share of the variance of all features.</summary>
    public IReadOnlyList<double> ExplainedVarianceRatio => Array.AsReadOnly(inner.ExplainedVarianceRatio);

    /// <summary>The singular values of the centred samples.</summary>
    public IReadOnlyList<double> SingularValues => Array.AsReadOnly(inner.SingularValues);

    /// <summary>The mean variance of the components that were left out; 0 where none was.</summary>
    public double NoiseVariance => inner.NoiseVariance;

    /// <summary>Whether scores are divided by their deviation.</summary>
    public bool Whiten => inner.Whiten;

    /// <summary>The scores of samples [n, k] along the components.</summary>
    /// <exception cref="FunctionalException">The samples have another number of features.</exception>
    public Tensor Transform(Tensor x) => new(PrincipalComponentsModule.transform(Interop.Inner(x), inner));

    /// <summary>Samples from scores; where components were left out the nearest there are.</summary>
    /// <exception cref="FunctionalException">There is not one score a component.</exception>
    public Tensor Inverse(Tensor scores) => new(PrincipalComponentsModule.inverse(Interop.Inner(scores), inner));
}
