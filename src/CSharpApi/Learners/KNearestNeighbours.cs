using FKNearestNeighbours = Functional.KNearestNeighbours;
using FKNearestNeighboursOptions = Functional.KNearestNeighboursOptions;
using FNeighbourWeights = Functional.NeighbourWeights;

namespace Functional.CSharp;

/// <summary>How much each neighbour counts.</summary>
public enum NeighbourWeights
{
    /// <summary>All alike.</summary>
    Uniform,

    /// <summary>By the inverse of their distance; neighbours at distance 0 count alone.</summary>
    Distance,
}

/// <summary>Options of k nearest neighbours; the defaults are scikit-learn's.</summary>
public sealed record KNearestNeighboursOptions
{
    /// <summary>How many neighbours decide. Default 5.</summary>
    public int Neighbours { get; init; } = 5;

    /// <summary>How much each counts. Default uniform.</summary>
    public NeighbourWeights Weights { get; init; }

    /// <summary>How far samples are from each other. Default Euclidean.</summary>
    public Distance Distance { get; init; } = Distance.Euclidean;

    internal FKNearestNeighboursOptions Inside() => new(
        Neighbours,
        Weights == NeighbourWeights.Distance ? FNeighbourWeights.Distance : FNeighbourWeights.Uniform,
        Distance.Inner);
}

/// <summary>Predicting from the nearest samples: the most frequent class, or the mean.</summary>
public sealed class KNearestNeighbours : FittedLearner
{
    private readonly FKNearestNeighbours inner;

    private KNearestNeighbours(FKNearestNeighbours inner)
        : base(KNearestNeighboursModule.fitted(inner)) => this.inner = inner;

    /// <summary>Keeps samples x [n, features] and their classes y [n] (0 .. k - 1).</summary>
    /// <exception cref="FunctionalException">There are fewer samples than neighbours, or they cannot be learned.</exception>
    public static KNearestNeighbours FitClassifier(Tensor x, Tensor y, KNearestNeighboursOptions? options = null) =>
        new(KNearestNeighboursModule.fitClassifier((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Keeps samples x [n, features] and their numbers y [n].</summary>
    /// <exception cref="FunctionalException">There are fewer samples than neighbours, or they cannot be learned.</exception>
    public static KNearestNeighbours FitRegressor(Tensor x, Tensor y, KNearestNeighboursOptions? options = null) =>
        new(KNearestNeighboursModule.fitRegressor((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Classification by k nearest neighbours as a learner.</summary>
    public static Learner Classifier(KNearestNeighboursOptions? options = null) =>
        new(KNearestNeighboursModule.classifier((options ?? new()).Inside()));

    /// <summary>Regression by k nearest neighbours as a learner.</summary>
    public static Learner Regressor(KNearestNeighboursOptions? options = null) =>
        new(KNearestNeighboursModule.regressor((options ?? new()).Inside()));

    /// <summary>
    /// The nearest samples of each sample of x [n, features], nearest first: indices (int32 [n, count]) and distances (float64
    /// [n, count]).
    /// </summary>
    /// <exception cref="FunctionalException">The count is not within 1 and the number of samples.</exception>
    public (Tensor Indices, Tensor Distances) Neighbours(Tensor x, int count)
    {
        var (indices, distances) = KNearestNeighboursModule.neighbours(count, Interop.Inner(x), inner);
        return (new Tensor(indices), new Tensor(distances));
    }
}
