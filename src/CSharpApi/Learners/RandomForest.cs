using FRandomForest = Functional.RandomForest;
using FRandomForestOptions = Functional.RandomForestOptions;

namespace Functional.CSharp;

/// <summary>Options of random forests; the defaults are scikit-learn's.</summary>
public sealed record RandomForestOptions
{
    /// <summary>How many trees. Default 100.</summary>
    public int Trees { get; init; } = 100;

    /// <summary>How mixed nodes are measured. Default null: Gini for classes, squared error for numbers.</summary>
    public TreeCriterion? Criterion { get; init; }

    /// <summary>How many splits lead to a leaf at most. Default null: no limit.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>Nodes of fewer samples are not split. Default 2.</summary>
    public int MinSamplesSplit { get; init; } = 2;

    /// <summary>A split leaves at least so many samples on each side. Default 1.</summary>
    public int MinSamplesLeaf { get; init; } = 1;

    /// <summary>
    /// A split makes nodes less mixed by at least this, times the node's share of the samples. Default 0.
    /// </summary>
    public double MinImpurityDecrease { get; init; }

    /// <summary>
    /// How many features each split looks at. Default null: the square root for classes, all for numbers.
    /// </summary>
    public MaxFeatures? MaxFeatures { get; init; }

    /// <summary>How much the samples of each class count. Default uniform; not for numbers.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.Uniform;

    /// <summary>Whether each tree is grown from samples drawn with replacement. Default true.</summary>
    public bool Bootstrap { get; init; } = true;

    /// <summary>With bootstrap: how many samples a tree draws, as a share of all, above 0 to 1. Default 1.</summary>
    public double MaxSamples { get; init; } = 1;

    /// <summary>
    /// With bootstrap: whether each sample is predicted by the trees that have not seen it, and scored. Default false.
    /// </summary>
    public bool OutOfBag { get; init; }

    /// <summary>What samples and features are drawn by: a key, or a seed. Default the seed 0.</summary>
    public Key Seed { get; init; } = Key.Of(0);

    internal FRandomForestOptions Inside() => new(
        Trees,
        CSharp.MaxFeatures.Criterion(Criterion),
        Interop.Option(MaxDepth),
        MinSamplesSplit,
        MinSamplesLeaf,
        MinImpurityDecrease,
        Interop.Option(MaxFeatures?.Inner),
        ClassWeights.Inner,
        Bootstrap,
        MaxSamples,
        OutOfBag,
        Seed.Inner);
}

/// <summary>A random forest: trees grown from drawn samples and features, whose predictions are averaged.</summary>
public sealed class RandomForest : FittedLearner
{
    private readonly FRandomForest inner;

    private RandomForest(FRandomForest inner)
        : base(RandomForestModule.fitted(inner)) => this.inner = inner;

    /// <summary>
    /// Fits to samples x [n, features] and their classes y [n] (0 .. k - 1); the same on any number of threads.
    /// </summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or classes cannot be learned.</exception>
    public static RandomForest FitClassifier(Tensor x, Tensor y, RandomForestOptions? options = null) =>
        new(RandomForestModule.fitClassifier((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static RandomForest FitClassifier(Tensor x, Tensor y, Tensor sampleWeights, RandomForestOptions? options = null) =>
        new(RandomForestModule.fitWeightedClassifier(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Fits to samples x [n, features] and their numbers y [n]; the same on any number of threads.</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or targets cannot be learned.</exception>
    public static RandomForest FitRegressor(Tensor x, Tensor y, RandomForestOptions? options = null) =>
        new(RandomForestModule.fitRegressor((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static RandomForest FitRegressor(Tensor x, Tensor y, Tensor sampleWeights, RandomForestOptions? options = null) =>
        new(RandomForestModule.fitWeightedRegressor(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Random forests for classes as a learner.</summary>
    public static Learner Classifier(RandomForestOptions? options = null) =>
        new(RandomForestModule.classifier((options ?? new()).Inside()));

    /// <summary>Random forests for numbers as a learner.</summary>
    public static Learner Regressor(RandomForestOptions? options = null) =>
        new(RandomForestModule.regressor((options ?? new()).Inside()));

    /// <summary>The trees.</summary>
    public IReadOnlyList<DecisionTree> Trees => [.. inner.Trees.Select(tree => new DecisionTree(tree))];

    /// <summary>The mean of the trees' importances of each feature, as shares of all.</summary>
    public IReadOnlyList<double> Importances => Array.AsReadOnly(inner.Importances);

    /// <summary>
    /// The accuracy or R² of the predictions by trees that have not seen the sample; null unless it was asked for.
    /// </summary>
    public double? OutOfBagScore => inner.OutOfBagScore?.Value;
}
