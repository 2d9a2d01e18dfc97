using FClassification = Functional.ClassificationReport;
using FClassScore = Functional.ClassScore;
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
    public ConfusionMatrix Confusion => new(inner.Confusion, ListModule.OfSeq(inner.Classes.Select(c => c.Name)));

    /// <summary>The table that scikit-learn prints, with two decimals.</summary>
    public override string ToString() => inner.ToString();
}

/// <summary>How often each right class (row) was taken for each class (column).</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] cells;
    private readonly FSharpList<string> names;

    internal ConfusionMatrix(int[,] cells, FSharpList<string> names)
    {
        this.cells = cells;
        this.names = names;
    }

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

            return cells[right, predicted];
        }
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount => cells.GetLength(0);

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => names;

    /// <summary>The counts, row by row. Each call gives a copy.</summary>
    public int[,] ToArray() => (int[,])cells.Clone();

    /// <summary>The matrix as text, with the names of the classes; a dot stands for 0.</summary>
    public override string ToString() => FReport.confusionText(names, cells);
}
