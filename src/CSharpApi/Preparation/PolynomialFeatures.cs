using FOptions = Functional.PolynomialFeaturesOptions;
using FPolynomial = Functional.PolynomialFeatures;

namespace Functional.CSharp;

/// <summary>Which products of features are made.</summary>
public sealed record PolynomialFeaturesOptions
{
    /// <summary>The highest degree. Default 2.</summary>
    public int Degree { get; init; } = 2;

    /// <summary>The lowest degree beside the constant. Default 1.</summary>
    public int LeastDegree { get; init; } = 1;

    /// <summary>Whether products of different features alone are kept: no powers. Default false.</summary>
    public bool InteractionOnly { get; init; }

    /// <summary>Whether the first feature is the constant 1. Default true.</summary>
    public bool IncludeBias { get; init; } = true;

    internal FOptions Inner => new(Degree, LeastDegree, InteractionOnly, IncludeBias);
}

/// <summary>Products of features up to a degree.</summary>
public static class PolynomialFeatures
{
    /// <summary>The products for samples x [n, k].</summary>
    /// <exception cref="FunctionalException">The degrees are out of order.</exception>
    public static Tensor Transform(Tensor x, PolynomialFeaturesOptions? options = null) =>
        new(FPolynomial.transform((options ?? new()).Inner, Interop.Inner(x)));

    /// <summary>The names of the products: "1", "a", "a^2", "a b".</summary>
    /// <exception cref="FunctionalException">The degrees are out of order.</exception>
    public static IReadOnlyList<string> Names(IEnumerable<string> features, PolynomialFeaturesOptions? options = null) =>
        FPolynomial.names((options ?? new()).Inner, ListModule.OfSeq(features));
}
