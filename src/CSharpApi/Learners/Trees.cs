using FMaxFeatures = Functional.MaxFeatures;
using FTreeCriterion = Functional.TreeCriterion;

namespace Functional.CSharp;

/// <summary>How a decision tree measures how mixed the samples of a node are.</summary>
public enum TreeCriterion
{
    /// <summary>Classes: 1 - Σ p².</summary>
    Gini,

    /// <summary>Classes: -Σ p log2 p.</summary>
    Entropy,

    /// <summary>Numbers: the mean squared difference from the mean.</summary>
    SquaredError,
}

/// <summary>How many features each split of a tree looks at.</summary>
public sealed class MaxFeatures
{
    private MaxFeatures(FMaxFeatures inner) => Inner = inner;

    internal FMaxFeatures Inner { get; }

    /// <summary>All of them.</summary>
    public static MaxFeatures All { get; } = new(FMaxFeatures.All);

    /// <summary>The square root of their number, rounded down, at least 1.</summary>
    public static MaxFeatures Sqrt { get; } = new(FMaxFeatures.Sqrt);

    /// <summary>The logarithm of their number to base 2, rounded down, at least 1.</summary>
    public static MaxFeatures Log2 { get; } = new(FMaxFeatures.Log2);

    /// <summary>So many.</summary>
    public static MaxFeatures Count(int count) => new(FMaxFeatures.NewCount(count));

    /// <summary>This share of them, rounded down, at least 1.</summary>
    public static MaxFeatures Share(double share) => new(FMaxFeatures.NewShare(share));

    internal static FSharpOption<FTreeCriterion> Criterion(TreeCriterion? criterion) => criterion switch
    {
        null => FSharpOption<FTreeCriterion>.None,
        TreeCriterion.Gini => FSharpOption<FTreeCriterion>.Some(FTreeCriterion.Gini),
        TreeCriterion.Entropy => FSharpOption<FTreeCriterion>.Some(FTreeCriterion.Entropy),
        TreeCriterion.SquaredError => FSharpOption<FTreeCriterion>.Some(FTreeCriterion.SquaredError),
        _ => throw Errors.Argument("DecisionTree", "Criterion", criterion, "is no criterion."),
    };
}
