using FCorrelationFilterOptions = Functional.CorrelationFilterOptions;
using FElimination = Functional.RecursiveElimination;
using FEliminationOptions = Functional.EliminationOptions;
using FSelection = Functional.FeatureSelection;

namespace Functional.CSharp;

/// <summary>Features chosen among those of samples [n, k], by a score.</summary>
public sealed class FeatureSelection
{
    private readonly FSelection inner;

    private FeatureSelection(FSelection inner) => this.inner = inner;

    /// <summary>The features whose population variance is strictly above a number; 0 leaves out constant ones alone.</summary>
    /// <exception cref="FunctionalException">The number is negative, or no feature varies so much.</exception>
    public static FeatureSelection ByVariance(Tensor x, double above = 0) =>
        new(FeatureSelectionModule.byVariance(VarianceLimit.NewAbove(above), Interop.Inner(x)));

    /// <summary>
    /// The features whose variance is at or above the quantile of this share of all variances: 0.8 keeps about a fifth.
    /// </summary>
    /// <exception cref="FunctionalException">The share is not from 0 to 1.</exception>
    public static FeatureSelection ByVarianceQuantile(Tensor x, double share) =>
        new(FeatureSelectionModule.byVariance(VarianceLimit.NewQuantile(share), Interop.Inner(x)));

    /// <summary>
    /// Leaves out each feature whose absolute correlation with one before it, that is kept, is above the limit.
    /// </summary>
    /// <exception cref="FunctionalException">The limit is not from 0 to 1.</exception>
    public static FeatureSelection ByCorrelation(
        Tensor x, double limit = 0.95, CorrelationMethod method = CorrelationMethod.Pearson) =>
        new(FeatureSelectionModule.byCorrelation(
            new FCorrelationFilterOptions(limit, Correlation.Inner(method)), Interop.Inner(x)));

    /// <summary>The features of the largest scores, so many; of equal ones the first.</summary>
    /// <exception cref="FunctionalException">The count is not from 1 to the number of features.</exception>
    public static FeatureSelection Best(int count, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return new(FeatureSelectionModule.best(count, [.. scores]));
    }

    /// <summary>The score of each of the k features.</summary>
    public IReadOnlyList<double> Scores => Array.AsReadOnly(inner.Scores);

    /// <summary>The numbers of the chosen features, ascending.</summary>
    public IReadOnlyList<int> Selected => Array.AsReadOnly(inner.Selected);

    /// <summary>The chosen columns of samples [n, k].</summary>
    /// <exception cref="FunctionalException">The samples have another number of features.</exception>
    public Tensor Apply(Tensor x) => new(FeatureSelectionModule.apply(Interop.Inner(x), inner));

    /// <summary>The names of the chosen features, from those of all.</summary>
    /// <exception cref="FunctionalException">There is not one name a feature.</exception>
    public IReadOnlyList<string> Names(IEnumerable<string> all) =>
        FeatureSelectionModule.names(ListModule.OfSeq(all), inner);
}

/// <summary>How many features recursive elimination leaves, and how fast.</summary>
public sealed record EliminationOptions
{
    /// <summary>How many are left. Default half of them, rounded down.</summary>
    public int? Keep { get; init; }

    /// <summary>How many are left out after each fit. Default 1.</summary>
    public int Step { get; init; } = 1;

    internal FEliminationOptions Inner => new(Interop.Option(Keep), Step);
}

/// <summary>Recursive feature elimination: fits, leaves out the least important features, and fits again.</summary>
public sealed class RecursiveElimination
{
    private readonly FElimination inner;

    internal RecursiveElimination(FElimination inner) => this.inner = inner;

    /// <summary>
    /// Leaves out the features of the least importance, round by round. The function is given the samples with the features that
    /// are left and their targets, and gives an importance for each.
    /// </summary>
    /// <exception cref="FunctionalException">The options are out of range, or the function gives another number.</exception>
    public static RecursiveElimination Select(
        Tensor x, Tensor y, Func<Tensor, Tensor, double[]> importances, EliminationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(importances);
        var function = FuncConvert.FromFunc<FTensor, FTensor, double[]>(
            (a, b) => importances(new Tensor(a), new Tensor(b)));
        return new(RecursiveEliminationModule.select(
            (options ?? new()).Inner, function, Interop.Inner(x), Interop.Inner(y)));
    }

    /// <summary>Recursive elimination by a learner with coefficients or importances.</summary>
    /// <exception cref="FunctionalException">The options are out of range, or the learner has neither.</exception>
    public static RecursiveElimination Select(
        Tensor x, Tensor y, Learner learner, EliminationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return new(RecursiveEliminationModule.ofLearner(
            (options ?? new()).Inner, learner.Inner, Interop.Inner(x), Interop.Inner(y)));
    }

    /// <summary>1 for the features that are left, 2 for those that went last, and so on.</summary>
    public IReadOnlyList<int> Ranks => Array.AsReadOnly(inner.Ranks);

    /// <summary>The numbers of the features that are left, ascending.</summary>
    public IReadOnlyList<int> Selected => Array.AsReadOnly(inner.Selected);
}
