using FMethod = Functional.TSneMethod;
using FStart = Functional.TSneStart;
using FTSne = Functional.TSne;

namespace Functional.CSharp;

/// <summary>How t-SNE takes the forces between points that are not neighbours.</summary>
public enum TSneMethod
{
    /// <summary>Exact up to 1,000 points, else Barnes-Hut.</summary>
    Auto,

    /// <summary>All pairs of points; n² steps an iteration.</summary>
    Exact,

    /// <summary>A quadtree; n log n steps an iteration.</summary>
    BarnesHut,
}

/// <summary>Where the points of t-SNE start.</summary>
public sealed class TSneStart
{
    private TSneStart(FStart inner) => Inner = inner;

    internal FStart Inner { get; }

    /// <summary>At their first two principal components, scaled to a deviation of 1e-4 along the first.</summary>
    public static TSneStart PrincipalComponents { get; } = new(FStart.PrincipalComponents);

    /// <summary>At normal numbers of deviation 1e-4.</summary>
    public static TSneStart Random(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(FStart.NewRandom(key.Inner));
    }

    /// <summary>At these positions [n, 2].</summary>
    public static TSneStart Positions(Tensor positions) => new(FStart.NewPositions(Interop.Inner(positions)));
}

/// <summary>Options of <see cref="TSne"/>, with scikit-learn's names and defaults.</summary>
public sealed record TSneOptions
{
    /// <summary>How many neighbours a point has, about; above 0 and below the number of points. Default 30.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>How many times larger the affinities are for the first 250 iterations. Default 12.</summary>
    public double EarlyExaggeration { get; init; } = 12;

    /// <summary>The learning rate; by default n / EarlyExaggeration / 4, and 50 at least.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The number of iterations, at least 250. Default 1,000.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>How many iterations may pass without progress before it ends. Default 300.</summary>
    public int IterationsWithoutProgress { get; init; } = 300;

    /// <summary>The norm of the gradient at which it ends. Default 1e-7.</summary>
    public double MinGradientNorm { get; init; } = 1e-7;

    /// <summary>Where the points start. Default principal components.</summary>
    public TSneStart Start { get; init; } = TSneStart.PrincipalComponents;

    /// <summary>Default by the number of points.</summary>
    public TSneMethod Method { get; init; } = TSneMethod.Auto;

    /// <summary>
    /// The width of a cell by its distance from which on Barnes-Hut takes its points as one. Default 0.5; 0 is exact.
    /// </summary>
    public double Angle { get; init; } = 0.5;

    internal Functional.TSneOptions Inner => new(
        Perplexity,
        EarlyExaggeration,
        Interop.Option(LearningRate),
        Iterations,
        IterationsWithoutProgress,
        MinGradientNorm,
        Start.Inner,
        Method switch
        {
            TSneMethod.Auto => FMethod.Auto,
            TSneMethod.Exact => FMethod.Exact,
            TSneMethod.BarnesHut => FMethod.BarnesHut,
            _ => throw Errors.Argument("TSne", "method", Method, "is no method."),
        },
        Angle);
}

/// <summary>Points in the plane that are near each other where samples are, by t-SNE.</summary>
public sealed class TSne
{
    private TSne(TSneResult inner)
    {
        Positions = new(inner.Positions);
        Divergence = inner.Divergence;
        Iterations = inner.Iterations;
    }

    /// <summary>
    /// Embeds the samples [n, features] in the plane. Features of different units are to be scaled before. The same samples
    /// and options give the same points on any number of threads.
    /// </summary>
    /// <exception cref="FunctionalException">The perplexity is not below the number of samples, or a feature is NaN.</exception>
    public static TSne Embed(Tensor samples, TSneOptions? options = null) =>
        new(FTSne.embedWith((options ?? new()).Inner, Interop.Inner(samples)));

    /// <summary>The positions, Float64 [n, 2].</summary>
    public Tensor Positions { get; }

    /// <summary>The Kullback-Leibler divergence of the affinities of the samples from those in the plane.</summary>
    public double Divergence { get; }

    /// <summary>The number of iterations.</summary>
    public int Iterations { get; }
}
