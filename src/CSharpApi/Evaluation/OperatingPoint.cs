using FCosts = Functional.DecisionCosts;
using FPoint = Functional.OperatingPoint;
using FPoints = Functional.OperatingPoints;

namespace Functional.CSharp;

/// <summary>What each decision costs, in any unit.</summary>
public sealed record DecisionCosts
{
    /// <summary>A negative taken as positive. Default 1.</summary>
    public double FalsePositive { get; init; } = 1;

    /// <summary>A positive taken as negative. Default 1.</summary>
    public double FalseNegative { get; init; } = 1;

    /// <summary>A positive taken as positive. Default 0; below 0 it is a gain.</summary>
    public double TruePositive { get; init; }

    /// <summary>A negative taken as negative. Default 0; below 0 it is a gain.</summary>
    public double TrueNegative { get; init; }

    internal FCosts Inner => new(FalsePositive, FalseNegative, TruePositive, TrueNegative);
}

/// <summary>
/// The decisions at one threshold: a sample is taken as positive where its score reaches it. The functions that choose a
/// threshold take labels 0 and 1 and one score a sample, [n] or [n, 1]; choose on validation data.
/// </summary>
public sealed class OperatingPoint
{
    private readonly FPoint inner;

    internal OperatingPoint(FPoint inner) => this.inner = inner;

    internal FPoint Inner => inner;

    /// <summary>A point for every threshold that makes a difference, from infinity down to the lowest score.</summary>
    /// <exception cref="FunctionalException">The labels are all of one kind, or a score is NaN.</exception>
    public static IReadOnlyList<OperatingPoint> All(Tensor labels, Tensor scores) =>
        [.. FPoints.all(Interop.Inner(labels), Interop.Inner(scores)).Select(point => new OperatingPoint(point))];

    /// <summary>The decisions at this threshold.</summary>
    /// <exception cref="FunctionalException">The labels are all of one kind, or a score is NaN.</exception>
    public static OperatingPoint At(double threshold, Tensor labels, Tensor scores) =>
        new(FPoints.at(threshold, Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The point of the least total cost; of equals that of the highest threshold.</summary>
    /// <exception cref="FunctionalException">
    /// A cost is not finite, the labels are all of one kind, or a score is NaN.
    /// </exception>
    public static OperatingPoint ByCost(DecisionCosts costs, Tensor labels, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(costs);
        return new(FPoints.byCost(costs.Inner, Interop.Inner(labels), Interop.Inner(scores)));
    }

    /// <summary>The point of the largest Youden's J = sensitivity + specificity - 1.</summary>
    /// <exception cref="FunctionalException">The labels are all of one kind, or a score is NaN.</exception>
    public static OperatingPoint ByYouden(Tensor labels, Tensor scores) =>
        new(FPoints.byYouden(Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The point of the largest F-score.</summary>
    /// <exception cref="FunctionalException">
    /// <paramref name="beta"/> is negative, the labels are all of one kind, or a score is NaN.
    /// </exception>
    public static OperatingPoint ByFBeta(Tensor labels, Tensor scores, double beta = 1) =>
        new(FPoints.byFBeta(beta, Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The highest threshold whose sensitivity is at least so high.</summary>
    /// <exception cref="FunctionalException">
    /// The rate is not from 0 to 1, the labels are all of one kind, or a score is NaN.
    /// </exception>
    public static OperatingPoint BySensitivity(double least, Tensor labels, Tensor scores) =>
        new(FPoints.bySensitivity(least, Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The lowest threshold whose false positive rate is at most so high.</summary>
    /// <exception cref="FunctionalException">
    /// The rate is not from 0 to 1, the labels are all of one kind, or a score is NaN.
    /// </exception>
    public static OperatingPoint ByFalsePositiveRate(double most, Tensor labels, Tensor scores) =>
        new(FPoints.byFalsePositiveRate(most, Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The point of the highest recall whose precision is at least so high.</summary>
    /// <exception cref="FunctionalException">
    /// The rate is not from 0 to 1, no threshold reaches it, the labels are all of one kind, or a score is NaN.
    /// </exception>
    public static OperatingPoint ByPrecision(double least, Tensor labels, Tensor scores) =>
        new(FPoints.byPrecision(least, Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The threshold; infinity takes nothing as positive.</summary>
    public double Threshold => inner.Threshold;

    /// <summary>Positives whose score reaches the threshold.</summary>
    public int TruePositives => inner.TruePositives;

    /// <summary>Negatives whose score reaches the threshold.</summary>
    public int FalsePositives => inner.FalsePositives;

    /// <summary>Negatives whose score does not.</summary>
    public int TrueNegatives => inner.TrueNegatives;

    /// <summary>Positives whose score does not.</summary>
    public int FalseNegatives => inner.FalseNegatives;

    /// <summary>TP / (TP + FN)</summary>
    public double Sensitivity => inner.Sensitivity;

    /// <summary>TN / (TN + FP)</summary>
    public double Specificity => inner.Specificity;

    /// <summary>FP / (TN + FP)</summary>
    public double FalsePositiveRate => inner.FalsePositiveRate;

    /// <summary>TP / (TP + FP); 0 where nothing is taken as positive.</summary>
    public double Precision => inner.Precision;

    /// <summary>(TP + TN) / n</summary>
    public double Accuracy => inner.Accuracy;

    /// <summary>Sensitivity + specificity - 1.</summary>
    public double YoudenJ => inner.YoudenJ;

    /// <summary>The F-score; <paramref name="beta"/> above 1 weighs recall more.</summary>
    public double FBeta(double beta = 1) => inner.FBeta(beta);

    /// <summary>The total cost of the decisions.</summary>
    public double Cost(DecisionCosts costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        return FPoints.cost(costs.Inner, inner);
    }

    /// <summary>The classes that the threshold gives for scores: 1 where the score reaches it, else 0.</summary>
    public Tensor Classify(Tensor scores) => new(FPoints.classify(Interop.Inner(scores), inner));
}
