using FCurve = Functional.OneVsRestCurve;
using FCurves = Functional.OneVsRestCurves;
using FOneVsRest = Functional.OneVsRest;

namespace Functional.CSharp;

/// <summary>The curves of one class against the rest.</summary>
/// <param name="ClassName">The name of the class.</param>
/// <param name="Support">The number of samples of the class.</param>
/// <param name="Roc">The ROC curve; null where the class has no samples, or all of them.</param>
/// <param name="RocArea">The area under it; NaN where there is none.</param>
/// <param name="PrecisionRecall">The precision-recall curve; null where the class has no samples.</param>
/// <param name="AveragePrecision">Its average precision; NaN where there is none.</param>
public sealed record OneVsRestCurve(
    string ClassName,
    int Support,
    RocCurve? Roc,
    double RocArea,
    PrecisionRecallCurve? PrecisionRecall,
    double AveragePrecision)
{
    internal static OneVsRestCurve Of(FCurve curve) => new(
        curve.ClassName,
        curve.Support,
        curve.Roc is { } roc ? new RocCurve(roc.Value) : null,
        curve.RocArea,
        curve.PrecisionRecall is { } points ? new PrecisionRecallCurve(points.Value) : null,
        curve.AveragePrecision);
}

/// <summary>The curves of several classes, each against the rest, and their averages.</summary>
public sealed class OneVsRestCurves
{
    private readonly FCurves inner;

    internal OneVsRestCurves(FCurves inner) => this.inner = inner;

    internal FCurves Inner => inner;

    /// <summary>
    /// The curves from labels (class numbers [n] or one-hot [n, k]) and a score for each class [n, k]. Classes without names are
    /// called 0, 1, and so on.
    /// </summary>
    /// <exception cref="FunctionalException">A label is no class, a score is NaN, or the shapes do not fit.</exception>
    public static OneVsRestCurves Of(Tensor labels, Tensor scores, params string[] classNames) =>
        new(FOneVsRest.curves(Interop.List(classNames), Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>
    /// The mean over all pairs of classes of the area under the ROC curve of the two among each other (Hand and Till 2001).
    /// </summary>
    /// <exception cref="FunctionalException">A label is no class, a score is NaN, or the shapes do not fit.</exception>
    public static double OneVsOneArea(Tensor labels, Tensor scores) =>
        FOneVsRest.oneVsOneArea(Interop.Inner(labels), Interop.Inner(scores));

    /// <summary>A curve for each class, in order.</summary>
    public IReadOnlyList<OneVsRestCurve> Classes => [.. inner.Classes.Select(OneVsRestCurve.Of)];

    /// <summary>The classes that have no ROC curve; the averages leave them out.</summary>
    public IReadOnlyList<string> MissingClasses => inner.MissingClasses;

    /// <summary>The mean of the areas under the ROC curves.</summary>
    public double MacroRocArea => inner.MacroRocArea;

    /// <summary>The same weighted by the samples of the classes.</summary>
    public double WeightedRocArea => inner.WeightedRocArea;

    /// <summary>The ROC curve of all scores of all classes together.</summary>
    public RocCurve MicroRoc => new(inner.MicroRoc);

    /// <summary>The area under it.</summary>
    public double MicroRocArea => inner.MicroRocArea;

    /// <summary>The mean of the average precisions of the classes that have samples.</summary>
    public double MacroAveragePrecision => inner.MacroAveragePrecision;

    /// <summary>The precision-recall curve of all scores of all classes together.</summary>
    public PrecisionRecallCurve MicroPrecisionRecall => new(inner.MicroPrecisionRecall);

    /// <summary>Its average precision.</summary>
    public double MicroAveragePrecision => inner.MicroAveragePrecision;

    /// <summary>The areas of each class on a line, the averages, and which classes are missing.</summary>
    public override string ToString() => inner.ToString();
}
