using FClasses = Functional.MetricsOfClasses.Metric;
using FCorrelations = Functional.CorrelationMetrics.Metric;
using FIou = Functional.IouMetrics.Metric;
using FReductions = Functional.ReductionMetrics.Metric;
using FThresholds = Functional.MetricsOfThresholds.Metric;
using FValues = Functional.MetricsOfValues.Metric;

namespace Functional.CSharp;

/// <summary>The curve under which an area is taken.</summary>
public enum AucCurve
{
    /// <summary>The true positive rate over the false positive rate.</summary>
    Roc,

    /// <summary>The precision over the recall.</summary>
    PrecisionRecall,

    /// <summary>The precision gain over the recall gain.</summary>
    PrecisionRecallGain,
}

/// <summary>How the area between two thresholds is summed.</summary>
public enum AucSummation
{
    /// <summary>By the mean of both heights, or Davis and Goadrich's interpolation of precision.</summary>
    Interpolation,

    /// <summary>By the smaller height: a lower bound.</summary>
    Minoring,

    /// <summary>By the larger height: an upper bound.</summary>
    Majoring,
}

/// <summary>How the scores R2 of several outputs become one.</summary>
public enum R2Aggregation
{
    /// <summary>The mean of all outputs.</summary>
    UniformAverage,

    /// <summary>The mean of all outputs, each weighted by the variance of its labels.</summary>
    VarianceWeightedAverage,
}

/// <summary>Metrics of single classes, of overlaps, of correlations, and of values.</summary>
public sealed partial class Metric
{
    /// <summary>Pearson's correlation of each sample's row of outputs with its labels, in the mean of the samples.</summary>
    public static Metric PearsonCorrelation { get; } = new(FCorrelations.pearsonCorrelation);

    /// <summary>Lin's concordance correlation of each sample's row of outputs with its labels, in the mean.</summary>
    public static Metric ConcordanceCorrelation { get; } = new(FCorrelations.concordanceCorrelation);

    /// <summary>Pearson's correlation of all outputs with their labels, over all samples.</summary>
    public static Metric PearsonOfSamples { get; } = new(FCorrelations.pearsonOfSamples);

    /// <summary>Lin's concordance correlation of all outputs with their labels, over all samples.</summary>
    public static Metric ConcordanceOfSamples { get; } = new(FCorrelations.concordanceOfSamples);

    /// <summary>The cosine of the angle between labels and outputs: 1 where they point the same way.</summary>
    public static Metric CosineSimilarity { get; } = new(FCorrelations.cosineSimilarity);

    /// <summary>The weighted mean of the outputs, whatever the labels are.</summary>
    public static Metric Mean { get; } = new(FReductions.mean);

    /// <summary>The weighted sum of the outputs, whatever the labels are.</summary>
    public static Metric Sum { get; } = new(FReductions.sum);

    /// <summary>The share of outputs that are equal to their labels, for outputs that are class numbers already.</summary>
    public static Metric Equality { get; } = new(FReductions.equality);

    /// <summary>The share of samples whose class is among the first k of a row of class numbers in order.</summary>
    /// <exception cref="FunctionalException">k is below 1.</exception>
    public static Metric TopKOfIds(int k = 5) => new(FReductions.topKOfIds(k));

    /// <summary>The precision of one class, counted from 0.</summary>
    public static Metric PrecisionOf(int @class, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.precisionWith(OfClass(@class, threshold, multiLabel)));

    /// <summary>The recall of one class, counted from 0.</summary>
    public static Metric RecallOf(int @class, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.recallWith(OfClass(@class, threshold, multiLabel)));

    /// <summary>The F-score of one class, counted from 0.</summary>
    /// <exception cref="FunctionalException">Beta is negative.</exception>
    public static Metric FBetaOf(int @class, double beta = 1.0, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.fBetaWith(beta, OfClass(@class, threshold, multiLabel)));

    /// <summary>
    /// The precision of rows of several labels whose k largest outputs, of those above a threshold (default: all), are
    /// taken as ones.
    /// </summary>
    /// <exception cref="FunctionalException">k is below 1.</exception>
    public static Metric PrecisionAtK(int k, double threshold = double.NegativeInfinity) =>
        new(FClasses.precisionWith(OfTopK(k, threshold)));

    /// <summary>
    /// The recall of rows of several labels whose k largest outputs, of those above a threshold (default: all), are taken
    /// as ones.
    /// </summary>
    /// <exception cref="FunctionalException">k is below 1.</exception>
    public static Metric RecallAtK(int k, double threshold = double.NegativeInfinity) =>
        new(FClasses.recallWith(OfTopK(k, threshold)));

    /// <summary>
    /// The area under a curve by thresholds, as Keras computes it. <see cref="Auc"/> is exact.
    /// </summary>
    /// <param name="curve">The curve.</param>
    /// <param name="summation">How areas are summed. Default by interpolation.</param>
    /// <param name="thresholds">How many thresholds there are, evenly from 0 to 1. Default 200.</param>
    /// <param name="manualThresholds">Thresholds between 0 and 1 instead of even ones. Default none.</param>
    /// <param name="multiLabel">Whether each column has an area of its own, of which the mean is taken. Default false.</param>
    /// <param name="labelWeights">How much each column counts. Default all alike.</param>
    /// <param name="fromLogits">Whether outputs are logits. Default false.</param>
    /// <exception cref="FunctionalException">There are less than 2 thresholds, or some are outside [0, 1].</exception>
    public static Metric AucByThresholds(
        AucCurve curve,
        AucSummation summation = AucSummation.Interpolation,
        int thresholds = 200,
        double[]? manualThresholds = null,
        bool multiLabel = false,
        double[]? labelWeights = null,
        bool fromLogits = false) =>
        new(FThresholds.aucWith(new AucOptions(
            thresholds,
            Interop.List(manualThresholds ?? []),
            curve switch
            {
                AucCurve.PrecisionRecall => Functional.AucCurve.PrecisionRecall,
                AucCurve.PrecisionRecallGain => Functional.AucCurve.PrecisionRecallGain,
                _ => Functional.AucCurve.Roc,
            },
            summation switch
            {
                AucSummation.Minoring => Functional.AucSummation.Minoring,
                AucSummation.Majoring => Functional.AucSummation.Majoring,
                _ => Functional.AucSummation.Interpolation,
            },
            multiLabel,
            Interop.List(labelWeights ?? []),
            fromLogits)));

    /// <summary>
    /// The coefficient of determination with an aggregation of several outputs (default: their mean), adjusted for a number
    /// of regressors (default 0: not).
    /// </summary>
    /// <exception cref="FunctionalException">The number of regressors is negative.</exception>
    public static Metric R2With(
        R2Aggregation aggregation = R2Aggregation.UniformAverage, int regressors = 0) =>
        new(FValues.r2With(new R2Options(
            aggregation == R2Aggregation.VarianceWeightedAverage
                ? Functional.R2Aggregation.VarianceWeightedAverage
                : Functional.R2Aggregation.UniformAverage,
            regressors)));

    /// <summary>The coefficient of determination of one output, counted from 0.</summary>
    public static Metric R2Of(int output, int regressors = 0) =>
        new(FValues.r2With(new R2Options(Functional.R2Aggregation.NewOutput(output), regressors)));

    /// <summary>
    /// The mean of the intersections over unions of some classes that are named beforehand, for class numbers or rows of a
    /// number a class.
    /// </summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="targetClasses">The classes of which the mean is taken. Default all.</param>
    /// <param name="ignoreClass">The class number of labels that are left out. Default none.</param>
    /// <param name="sparseLabels">Whether labels are class numbers. Default true.</param>
    /// <param name="sparseOutputs">Whether outputs are class numbers. Default true.</param>
    /// <param name="axis">The axis of rows of a number a class. Default the last.</param>
    /// <exception cref="FunctionalException">There are less than 2 classes, or a target class is none.</exception>
    public static Metric IoUOf(
        int classes,
        int[]? targetClasses = null,
        int? ignoreClass = null,
        bool sparseLabels = true,
        bool sparseOutputs = true,
        int axis = -1) =>
        new(FIou.iouOf(new IouOptions(
            classes, Interop.List(targetClasses ?? []), Interop.Option(ignoreClass), sparseLabels, sparseOutputs, axis)));

    /// <summary>The mean of the intersections over unions of all classes that appear, for class numbers.</summary>
    public static Metric MeanIoUOf(int classes) => new(FIou.meanIouOf(classes));

    /// <summary>The mean of the intersections over unions of some classes (default all), for one-hot labels.</summary>
    public static Metric OneHotIoU(int classes, params int[] targetClasses) =>
        new(FIou.oneHotIou(classes, Interop.List(targetClasses)));

    /// <summary>The mean of the intersections over unions of all classes, for one-hot labels.</summary>
    public static Metric OneHotMeanIoU(int classes) => new(FIou.oneHotMeanIou(classes));

    /// <summary>
    /// The mean of the intersections over unions of two classes, or of one of them, for labels 0 and 1 and outputs that mean
    /// 1 from a threshold on.
    /// </summary>
    public static Metric BinaryIoU(double threshold = 0.5, params int[] targetClasses) =>
        new(FIou.binaryIou(Interop.List(targetClasses), threshold));

    private static ScoreOptions OfClass(int @class, double threshold, bool multiLabel) => new(
        FSharpOption<Functional.Average>.None,
        threshold,
        multiLabel,
        FSharpOption<int>.Some(@class),
        FSharpOption<int>.None,
        false);

    private static ScoreOptions OfTopK(int k, double threshold) => new(
        FSharpOption<Functional.Average>.Some(Functional.Average.Micro),
        threshold,
        true,
        FSharpOption<int>.None,
        FSharpOption<int>.Some(k),
        false);
}
