using FInformation = Functional.MutualInformation;
using FOptions = Functional.MutualInformationOptions;

namespace Functional.CSharp;

/// <summary>How mutual information is estimated.</summary>
public sealed record MutualInformationOptions
{
    /// <summary>How many neighbours the estimate looks at. Default 3.</summary>
    public int Neighbors { get; init; } = 3;

    /// <summary>The columns that hold categories. Default none.</summary>
    public IReadOnlyList<int> Discrete { get; init; } = [];

    /// <summary>What the noise that parts equal quantities is drawn from. Default 0.</summary>
    public Key Key { get; init; } = 0;

    internal FOptions Inner => new(
        Neighbors,
        Discrete.Count == 0 ? DiscreteFeatures.None : DiscreteFeatures.NewColumns(Interop.List(Discrete)),
        Key.Inner);
}

/// <summary>How much a feature tells of the target, in nats.</summary>
public static class MutualInformation
{
    /// <summary>The information of each feature of x [n, k] on the classes y [n].</summary>
    /// <exception cref="FunctionalException">The rows are not as many, or there are too few.</exception>
    public static double[] Classification(Tensor x, Tensor y, MutualInformationOptions? options = null) =>
        FInformation.classification((options ?? new()).Inner, Interop.Inner(x), Interop.Inner(y));

    /// <summary>The information of each feature of x [n, k] on the numbers y [n].</summary>
    /// <exception cref="FunctionalException">The rows are not as many, or there are too few.</exception>
    public static double[] Regression(Tensor x, Tensor y, MutualInformationOptions? options = null) =>
        FInformation.regression((options ?? new()).Inner, Interop.Inner(x), Interop.Inner(y));
}
