using Deedle;
using FConfusionMatrix = Functional.ConfusionMatrix;
using FFrames = Functional.ClassificationFrames.ConfusionMatrix;
using FKappaWeights = Functional.KappaWeights;
using FNormalization = Functional.Normalization;
using FScores = Functional.OneVsRestScores;

namespace Functional.CSharp;

/// <summary>Over what the counts of a confusion matrix are turned into shares.</summary>
public enum Normalization
{
    /// <summary>Over each right class: the diagonal holds the recalls.</summary>
    ByRow,

    /// <summary>Over each predicted class: the diagonal holds the precisions.</summary>
    ByColumn,

    /// <summary>Over all samples.</summary>
    ByAll,
}

/// <summary>How disagreement is weighted by Cohen's kappa, for classes in an order.</summary>
public enum KappaWeights
{
    /// <summary>Every wrong class counts alike.</summary>
    Equal,

    /// <summary>By the distance of the classes.</summary>
    Linear,

    /// <summary>By its square.</summary>
    Quadratic,
}

/// <summary>The scores of one class against the rest. Where a definition divides by 0 the score is 0.</summary>
/// <param name="ClassName">The name of the class.</param>
/// <param name="TruePositives">Samples of the class that are said to be of it.</param>
/// <param name="FalsePositives">Samples of other classes that are said to be of it.</param>
/// <param name="TrueNegatives">Samples of other classes that are said to be of others.</param>
/// <param name="FalseNegatives">Samples of the class that are said to be of others.</param>
/// <param name="Precision">TP / (TP + FP)</param>
/// <param name="Sensitivity">TP / (TP + FN), the recall.</param>
/// <param name="Specificity">TN / (TN + FP)</param>
/// <param name="NegativePredictiveValue">TN / (TN + FN)</param>
/// <param name="F1">The harmonic mean of precision and sensitivity.</param>
public sealed record OneVsRestScores(
    string ClassName,
    int TruePositives,
    int FalsePositives,
    int TrueNegatives,
    int FalseNegatives,
    double Precision,
    double Sensitivity,
    double Specificity,
    double NegativePredictiveValue,
    double F1)
{
    /// <summary>The number of samples of the class.</summary>
    public int Support => TruePositives + FalseNegatives;

    /// <summary>The mean of sensitivity and specificity.</summary>
    public double BalancedAccuracy => (Sensitivity + Specificity) / 2;

    internal static OneVsRestScores Of(FScores s) => new(
        s.ClassName,
        s.TruePositives,
        s.FalsePositives,
        s.TrueNegatives,
        s.FalseNegatives,
        s.Precision,
        s.Sensitivity,
        s.Specificity,
        s.NegativePredictiveValue,
        s.F1);
}

/// <summary>How often each right class (row) was taken for each class (column).</summary>
public sealed class ConfusionMatrix
{
    private readonly FConfusionMatrix inner;

    internal ConfusionMatrix(FConfusionMatrix inner) => this.inner = inner;

    internal FConfusionMatrix Inner => inner;

    /// <summary>
    /// The matrix of labels (class numbers or one-hot) and outputs: predicted class numbers (int), a row of numbers a class, or
    /// one probability a sample for two classes. Classes without names are called 0, 1, and so on.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// There are no samples, a class is out of range, or the rows or names are not as many.
    /// </exception>
    public static ConfusionMatrix Of(Tensor labels, Tensor outputs, params string[] classNames) =>
        new(ConfusionMatrixModule.ofOutputs(Interop.List(classNames), Interop.Inner(labels), Interop.Inner(outputs)));

    /// <summary>How often a sample of the right class was taken for the predicted one.</summary>
    /// <exception cref="FunctionalException">There is no such class.</exception>
    public int this[int right, int predicted]
    {
        get
        {
            foreach (var index in (ReadOnlySpan<int>)[right, predicted])
            {
                if (index < 0 || index >= ClassCount)
                {
                    throw Errors.Argument(
                        "ConfusionMatrix", "class", index, $"is none of the {ClassCount} classes, which count from 0.");
                }
            }

            return inner.Counts[right, predicted];
        }
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount => inner.Counts.GetLength(0);

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => inner.ClassNames;

    /// <summary>The number of samples.</summary>
    public int Count => ConfusionMatrixModule.count(inner);

    /// <summary>The counts, row by row. Each call gives a copy.</summary>
    public int[,] ToArray() => (int[,])inner.Counts.Clone();

    /// <summary>The counts as shares; a row or column without samples is 0.</summary>
    /// <param name="by">Over what. Default each right class.</param>
    public double[,] Normalized(Normalization by = Normalization.ByRow) => ConfusionMatrixModule.normalized(
        by switch
        {
            Normalization.ByColumn => FNormalization.ByColumn,
            Normalization.ByAll => FNormalization.ByAll,
            _ => FNormalization.ByRow,
        },
        inner);

    /// <summary>Precision, sensitivity, specificity and F1 of each class against the rest.</summary>
    public IReadOnlyList<OneVsRestScores> PerClass =>
        [.. ConfusionMatrixModule.perClass(inner).Select(OneVsRestScores.Of)];

    /// <summary>The share of samples that are right.</summary>
    public double Accuracy => ConfusionMatrixModule.accuracy(inner);

    /// <summary>The mean of the recalls of the classes that have samples.</summary>
    public double BalancedAccuracy => ConfusionMatrixModule.balancedAccuracy(inner);

    /// <summary>The balanced accuracy scaled so that guessing gives 0 and no error 1.</summary>
    public double AdjustedBalancedAccuracy => ConfusionMatrixModule.adjustedBalancedAccuracy(inner);

    /// <summary>Matthews' correlation coefficient, from -1 to 1, for any number of classes.</summary>
    public double Matthews => ConfusionMatrixModule.matthews(inner);

    /// <summary>
    /// Cohen's kappa: agreement beyond chance, from -1 to 1. NaN where all samples are of one class and said to be of it.
    /// </summary>
    /// <param name="weights">How disagreement counts. Default alike.</param>
    public double Kappa(KappaWeights weights = KappaWeights.Equal) => ConfusionMatrixModule.kappaWeighted(
        weights switch
        {
            KappaWeights.Linear => FKappaWeights.Linear,
            KappaWeights.Quadratic => FKappaWeights.Quadratic,
            _ => FKappaWeights.Equal,
        },
        inner);

    /// <summary>The counts as a frame: a row for each right class, a column for each predicted one.</summary>
    /// <exception cref="FunctionalException">Two classes have the same name.</exception>
    public Frame<string, string> ToFrame() => FFrames.toFrame(inner);

    /// <summary>Precision, sensitivity, specificity, F1 and support as a frame with a row for each class.</summary>
    /// <exception cref="FunctionalException">Two classes have the same name.</exception>
    public Frame<string, string> PerClassFrame() => FFrames.perClassFrame(inner);

    /// <summary>The matrix as text, with the names of the classes; a dot stands for 0.</summary>
    public override string ToString() => inner.ToString();
}
