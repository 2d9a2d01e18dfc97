using FElbow = Functional.Elbow;
using FKMeans = Functional.KMeans;
using FKMeansOptions = Functional.KMeansOptions;
using FKMeansStart = Functional.KMeansStart;

namespace Functional.CSharp;

/// <summary>The centres that k-means starts from.</summary>
public sealed class KMeansStart
{
    private KMeansStart(FKMeansStart inner) => Inner = inner;

    internal FKMeansStart Inner { get; }

    /// <summary>k-means++: each next centre is drawn by the squared distance to those before.</summary>
    public static KMeansStart PlusPlus { get; } = new(FKMeansStart.PlusPlus);

    /// <summary>Samples drawn at random.</summary>
    public static KMeansStart RandomSamples { get; } = new(FKMeansStart.RandomSamples);

    /// <summary>These centres, [clusters, features].</summary>
    public static KMeansStart Of(Tensor centres) => new(FKMeansStart.NewGiven(Interop.Inner(centres)));
}

/// <summary>Options of k-means; the defaults are scikit-learn's.</summary>
public sealed record KMeansOptions
{
    /// <summary>How many clusters. Default 8.</summary>
    public int Clusters { get; init; } = 8;

    /// <summary>The centres that each run starts from. Default k-means++.</summary>
    public KMeansStart Start { get; init; } = KMeansStart.PlusPlus;

    /// <summary>
    /// How many runs, of which the one with the least inertia is kept; 1 where the start is given. Default 10.
    /// </summary>
    public int Restarts { get; init; } = 10;

    /// <summary>At most so many iterations a run. Default 300.</summary>
    public int MaxIterations { get; init; } = 300;

    /// <summary>
    /// A run ends when the squared moves of all centres add up to no more than this times the mean variance of the features.
    /// Default 1e-4.
    /// </summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Whether the centres of every iteration are kept, for drawing. Default false.</summary>
    public bool KeepHistory { get; init; }

    /// <summary>What random starts draw from: a key, or a seed. Default the seed 0.</summary>
    public Key Seed { get; init; } = Key.Of(0);

    internal FKMeansOptions Inside() =>
        new(Clusters, Start.Inner, Restarts, MaxIterations, Tolerance, KeepHistory, Seed.Inner);
}

/// <summary>k-means: clusters around means (Lloyd's algorithm). Predicting gives the cluster of a sample.</summary>
public sealed class KMeans : FittedLearner
{
    private readonly FKMeans inner;

    private KMeans(FKMeans inner)
        : base(KMeansModule.fitted(inner)) => this.inner = inner;

    /// <summary>Finds clusters of samples x [n, features]; the same on any number of threads.</summary>
    /// <exception cref="FunctionalException">There are fewer samples than clusters, or given centres do not fit.</exception>
    public static KMeans Fit(Tensor x, KMeansOptions? options = null) =>
        new(KMeansModule.fit((options ?? new()).Inside(), Interop.Inner(x)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static KMeans Fit(Tensor x, Tensor sampleWeights, KMeansOptions? options = null) =>
        new(KMeansModule.fitWeighted((options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x)));

    /// <summary>The centre of each cluster.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Centres => [.. inner.Centres.Select(Array.AsReadOnly)];

    /// <summary>The cluster of each sample of the fit.</summary>
    public IReadOnlyList<int> Labels => Array.AsReadOnly(inner.Labels);

    /// <summary>The sum of the squared distances of the samples to their centres.</summary>
    public double Inertia => inner.Inertia;

    /// <summary>How many iterations the run made.</summary>
    public int Iterations => inner.Iterations;

    /// <summary>The inertia before each iteration moved the centres.</summary>
    public IReadOnlyList<double> InertiaHistory => Array.AsReadOnly(inner.InertiaHistory);

    /// <summary>The centres at the start and after each iteration; empty unless kept. Each call gives a copy.</summary>
    public double[][][] CentreHistory() =>
        [.. inner.CentreHistory.Select(centres => centres.Select(centre => (double[])centre.Clone()).ToArray())];

    /// <summary>The Euclidean distance of each sample of x [n, features] to each centre: float64 [n, clusters].</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Distances(Tensor x) => new(KMeansModule.distances(Interop.Inner(x), inner));
}

/// <summary>The inertia of k-means for several numbers of clusters.</summary>
public sealed class Elbow
{
    private readonly FElbow inner;

    private Elbow(FElbow inner) => this.inner = inner;

    /// <summary>Runs k-means for each number of clusters (three or more, each once) and finds the knee.</summary>
    /// <exception cref="FunctionalException">There are fewer than three numbers, or one cannot be fitted.</exception>
    public static Elbow OfKMeans(Tensor x, IReadOnlyList<int> clusters, KMeansOptions? options = null) =>
        new(ElbowModule.ofKMeans((options ?? new()).Inside(), Interop.List(clusters), Interop.Inner(x)));

    /// <summary>The numbers of clusters, ascending.</summary>
    public IReadOnlyList<int> Clusters => Array.AsReadOnly(inner.Clusters);

    /// <summary>The inertia for each.</summary>
    public IReadOnlyList<double> Inertias => Array.AsReadOnly(inner.Inertias);

    /// <summary>The number of clusters at the knee of the curve.</summary>
    public int Knee => inner.Knee;
}
