using FDecisionTree = Functional.DecisionTree;
using FDecisionTreeOptions = Functional.DecisionTreeOptions;

namespace Functional.CSharp;

/// <summary>Options of decision trees; the defaults are scikit-learn's.</summary>
public sealed record DecisionTreeOptions
{
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

    /// <summary>How many features each split looks at, drawn by the seed. Default all.</summary>
    public MaxFeatures MaxFeatures { get; init; } = MaxFeatures.All;

    /// <summary>How much the samples of each class count. Default uniform; not for numbers.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.Uniform;

    /// <summary>What features are drawn by: a key, or a seed. Default the seed 0.</summary>
    public Key Seed { get; init; } = Key.Of(0);

    internal FDecisionTreeOptions Inside() => new(
        MaxFeatures.Criterion(Criterion),
        Interop.Option(MaxDepth),
        MinSamplesSplit,
        MinSamplesLeaf,
        MinImpurityDecrease,
        MaxFeatures.Inner,
        ClassWeights.Inner,
        Seed.Inner);
}

/// <summary>A node of a decision tree.</summary>
/// <param name="Feature">The feature that the node asks for; -1 for a leaf.</param>
/// <param name="Threshold">Samples whose feature is at most this go left.</param>
/// <param name="Left">The left child; -1 for a leaf.</param>
/// <param name="Right">The right child; -1 for a leaf.</param>
/// <param name="Values">The share of each class among the node's samples, or their mean alone.</param>
/// <param name="Impurity">How mixed the node is.</param>
/// <param name="Samples">How many samples of the fit the node has.</param>
public sealed record TreeNode(
    int Feature, double Threshold, int Left, int Right, IReadOnlyList<double> Values, double Impurity, int Samples);

/// <summary>A decision tree for classes or numbers (CART).</summary>
public sealed class DecisionTree : FittedLearner
{
    private readonly FDecisionTree inner;

    internal DecisionTree(FDecisionTree inner)
        : base(DecisionTreeModule.fitted(inner)) => this.inner = inner;

    /// <summary>Fits to samples x [n, features] and their classes y [n] (0 .. k - 1), by scikit-learn's rules.</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or classes cannot be learned.</exception>
    public static DecisionTree FitClassifier(Tensor x, Tensor y, DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.fitClassifier((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static DecisionTree FitClassifier(Tensor x, Tensor y, Tensor sampleWeights, DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.fitWeightedClassifier(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Fits to samples x [n, features] and their numbers y [n].</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or targets cannot be learned.</exception>
    public static DecisionTree FitRegressor(Tensor x, Tensor y, DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.fitRegressor((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static DecisionTree FitRegressor(Tensor x, Tensor y, Tensor sampleWeights, DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.fitWeightedRegressor(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Decision trees for classes as a learner.</summary>
    public static Learner Classifier(DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.classifier((options ?? new()).Inside()));

    /// <summary>Decision trees for numbers as a learner.</summary>
    public static Learner Regressor(DecisionTreeOptions? options = null) =>
        new(DecisionTreeModule.regressor((options ?? new()).Inside()));

    /// <summary>The nodes in the order of a walk that goes left first; the root is node 0.</summary>
    public IReadOnlyList<TreeNode> Nodes
    {
        get
        {
            var nodes = inner.Nodes;
            return
            [
                .. Enumerable.Range(0, nodes.Features.Length).Select(i => new TreeNode(
                    nodes.Features[i],
                    nodes.Thresholds[i],
                    nodes.Left[i],
                    nodes.Right[i],
                    Array.AsReadOnly(nodes.Values[i]),
                    nodes.Impurities[i],
                    nodes.Samples[i])),
            ];
        }
    }

    /// <summary>How much less mixed the splits by each feature make the samples, as shares of all.</summary>
    public IReadOnlyList<double> Importances => Array.AsReadOnly(inner.Importances);

    /// <summary>How many splits lead to the deepest leaf.</summary>
    public int Depth => DecisionTreeModule.depth(inner);

    /// <summary>How many leaves there are.</summary>
    public int LeafCount => DecisionTreeModule.leafCount(inner);

    /// <summary>The node of the leaf that each sample of x [n, features] comes to: int32 [n].</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor LeafOf(Tensor x) => new(DecisionTreeModule.leafOf(Interop.Inner(x), inner));

    /// <summary>The tree as indented text, as scikit-learn's export_text writes it.</summary>
    /// <exception cref="FunctionalException">There are names, but not as many as features or classes.</exception>
    public string ToText(IReadOnlyList<string>? featureNames = null, IReadOnlyList<string>? classNames = null) =>
        DecisionTreeModule.toText(Names(featureNames), Names(classNames), inner);

    /// <summary>A rule for each leaf, from left to right.</summary>
    /// <exception cref="FunctionalException">There are names, but not as many as features or classes.</exception>
    public IReadOnlyList<string> Rules(
        IReadOnlyList<string>? featureNames = null, IReadOnlyList<string>? classNames = null) =>
        DecisionTreeModule.rules(Names(featureNames), Names(classNames), inner);

    private static FSharpList<string> Names(IReadOnlyList<string>? names) => ListModule.OfSeq(names ?? []);
}
