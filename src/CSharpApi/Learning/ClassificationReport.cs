using Deedle;
using FClassification = Functional.ClassificationReport;
using FClassScore = Functional.ClassScore;
using FFrames = Functional.ClassificationFrames.ClassificationReport;
using FReport = Functional.ReportsOfClasses.Report;

namespace Functional.CSharp;

/// <summary>The scores of one class, or of an average of classes.</summary>
/// <param name="Name">The name of the class, or "macro avg", "weighted avg".</param>
/// <param name="Precision">Of the samples said to be of the class, the share that are.</param>
/// <param name="Recall">Of the samples of the class, the share that are said to be.</param>
/// <param name="F1">The harmonic mean of precision and recall.</param>
/// <param name="Support">How many samples of the class there are.</param>
public sealed record ClassScore(string Name, double Precision, double Recall, double F1, int Support)
{
    internal static ClassScore Of(FClassScore score) =>
        new(score.Name, score.Precision, score.Recall, score.F1, score.Support);
}

/// <summary>How well classes are told apart.</summary>
public sealed class ClassificationReport
{
    private readonly FClassification inner;

    internal ClassificationReport(FClassification inner) => this.inner = inner;

    /// <summary>
    /// The scores for labels (class numbers or one-hot) and outputs: a row a class, or one probability a sample for two
    /// classes. Classes without names are called 0, 1, and so on.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// There are no samples, a class is out of range, or the names are not as many.
    /// </exception>
    public static ClassificationReport Of(Tensor labels, Tensor outputs, params string[] classNames) =>
        new(FReport.scores(Interop.List(classNames), Interop.Inner(labels), Interop.Inner(outputs)));

    /// <summary>Every class, in order.</summary>
    public IReadOnlyList<ClassScore> Classes => [.. inner.Classes.Select(ClassScore.Of)];

    /// <summary>The share of samples that are right.</summary>
    public double Accuracy => inner.Accuracy;

    /// <summary>The plain mean over the classes.</summary>
    public ClassScore Macro => ClassScore.Of(inner.Macro);

    /// <summary>The mean over the classes weighted by their support.</summary>
    public ClassScore Weighted => ClassScore.Of(inner.Weighted);

    /// <summary>How often each right class was taken for each class.</summary>
    public ConfusionMatrix Confusion => new(ConfusionMatrixModule.ofReport(inner));

    /// <summary>
    /// The report as a frame: a row for each class, then "macro avg" and "weighted avg"; columns precision, recall, f1-score and
    /// support.
    /// </summary>
    /// <exception cref="FunctionalException">Two classes have the same name.</exception>
    public Frame<string, string> ToFrame() => FFrames.toFrame(inner);

    /// <summary>The table that scikit-learn prints, with so many decimals.</summary>
    /// <exception cref="FunctionalException">The number is negative.</exception>
    public string ToText(int digits) => inner.ToText(digits);

    /// <summary>The table that scikit-learn prints, with two decimals.</summary>
    public override string ToString() => inner.ToString();
}
