using FPrecisionRecallCurve = Functional.PrecisionRecallCurve;
using FRocCurve = Functional.RocCurve;

namespace Functional.CSharp;

/// <summary>The points of a ROC curve, from the strictest threshold to the loosest.</summary>
public sealed class RocCurve
{
    private readonly FRocCurve inner;

    internal RocCurve(FRocCurve inner) => this.inner = inner;

    internal FRocCurve Inner => inner;

    /// <summary>The curve of one score a sample, [n] or [n, 1], for labels 0 and 1.</summary>
    /// <exception cref="FunctionalException">The labels are all of one kind, or a score is NaN.</exception>
    public static RocCurve Of(Tensor labels, Tensor scores) =>
        new(RocCurveModule.ofScores(Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The curve of one score a sample, [n] or [n, 1], for labels 0 and 1, with a weight for each sample [n], 0 or more.</summary>
    /// <exception cref="FunctionalException">The labels are all of one kind, or a score is NaN.</exception>
    public static RocCurve Of(Tensor labels, Tensor scores, Tensor sampleWeights) =>
        new(RocCurveModule.ofScoresWeighted(
            Interop.Inner(sampleWeights), Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The share of negatives whose score reaches the threshold; the first is 0, the last 1.</summary>
    public IReadOnlyList<double> FalsePositiveRates => Array.AsReadOnly(inner.FalsePositiveRates);

    /// <summary>The share of positives whose score reaches the threshold; the first is 0, the last 1.</summary>
    public IReadOnlyList<double> TruePositiveRates => Array.AsReadOnly(inner.TruePositiveRates);

    /// <summary>The thresholds, falling; the first is infinity.</summary>
    public IReadOnlyList<double> Thresholds => Array.AsReadOnly(inner.Thresholds);

    /// <summary>The area under the curve; equal scores count half.</summary>
    public double Area => RocCurveModule.area(inner);

    /// <summary>The curve without the points that lie on a straight line between their neighbours.</summary>
    public RocCurve Simplified() => new(RocCurveModule.simplified(inner));

    /// <summary>The true positive rate at a false positive rate, linear between points.</summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to 1.</exception>
    public double SensitivityAt(double falsePositiveRate) => RocCurveModule.sensitivityAt(falsePositiveRate, inner);
}

/// <summary>The points of a precision-recall curve, from the lowest threshold to the highest.</summary>
public sealed class PrecisionRecallCurve
{
    private readonly FPrecisionRecallCurve inner;

    internal PrecisionRecallCurve(FPrecisionRecallCurve inner) => this.inner = inner;

    internal FPrecisionRecallCurve Inner => inner;

    /// <summary>The curve of one score a sample, [n] or [n, 1], for labels 0 and 1.</summary>
    /// <exception cref="FunctionalException">No label is 1, or a score is NaN.</exception>
    public static PrecisionRecallCurve Of(Tensor labels, Tensor scores) =>
        new(PrecisionRecallCurveModule.ofScores(Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>The curve of one score a sample, [n] or [n, 1], for labels 0 and 1, with a weight for each sample [n], 0 or more.</summary>
    /// <exception cref="FunctionalException">No label is 1, or a score is NaN.</exception>
    public static PrecisionRecallCurve Of(Tensor labels, Tensor scores, Tensor sampleWeights) =>
        new(PrecisionRecallCurveModule.ofScoresWeighted(
            Interop.Inner(sampleWeights), Interop.Inner(labels), Interop.Inner(scores)));

    /// <summary>Of the samples whose score reaches the threshold, the share that are positive; the last is 1.</summary>
    public IReadOnlyList<double> Precisions => Array.AsReadOnly(inner.Precisions);

    /// <summary>Of the positive samples, the share whose score reaches the threshold; the last is 0.</summary>
    public IReadOnlyList<double> Recalls => Array.AsReadOnly(inner.Recalls);

    /// <summary>The thresholds, ascending: one for each point but the last.</summary>
    public IReadOnlyList<double> Thresholds => Array.AsReadOnly(inner.Thresholds);

    /// <summary>The share of positive samples: the precision of guessing.</summary>
    public double Prevalence => inner.Prevalence;

    /// <summary>The sum of precisions weighted by the steps of the recall.</summary>
    public double AveragePrecision => PrecisionRecallCurveModule.averagePrecision(inner);

    /// <summary>The area by trapezoids, which is too favourable where points are far apart.</summary>
    public double Area => PrecisionRecallCurveModule.area(inner);
}
