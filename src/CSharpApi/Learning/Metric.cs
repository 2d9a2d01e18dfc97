using FMetric = Functional.Metric;
using FValues = Functional.MetricsOfValues.Metric;
using FClasses = Functional.MetricsOfClasses.Metric;
using FRanking = Functional.MetricsOfRanking.Metric;
using FThresholds = Functional.MetricsOfThresholds.Metric;
using FNames = Functional.NamesOfMetrics.Metric;

namespace Functional.CSharp;

/// <summary>How scores of single classes become one.</summary>
public enum Average
{
    /// <summary>The score of the class 1 of two.</summary>
    Binary,

    /// <summary>From the counts of all classes together.</summary>
    Micro,

    /// <summary>The mean of all classes, each counting alike.</summary>
    Macro,

    /// <summary>The mean of all classes, each weighted by the number of its labels.</summary>
    Weighted,
}

/// <summary>
/// A number that tells how good outputs are: not differentiated, gathered batch by batch in float64. A single output a
/// sample means the class 1 where it is above a threshold; a row of outputs means the class of the largest, and with
/// <c>multiLabel</c> (default false) a yes or no for each column by the threshold. Labels are class numbers or one-hot
/// rows, with <c>multiLabel</c> rows of 0 and 1.
/// </summary>
public sealed partial class Metric
{
    private Metric(FMetric inner) => Inner = inner;

    internal FMetric Inner { get; }

    /// <summary>
    /// The share of samples that are right, in the form that the shapes tell: binary, categorical or sparse.
    /// </summary>
    public static Metric Accuracy { get; } = new(FClasses.accuracy);

    /// <summary>The share of outputs on the right side of 0.5.</summary>
    public static Metric BinaryAccuracy { get; } = new(FClasses.binaryAccuracy);

    /// <summary>The share of rows whose largest output is where the label's largest number is.</summary>
    public static Metric CategoricalAccuracy { get; } = new(FClasses.categoricalAccuracy);

    /// <summary>The share of rows whose largest output is that of the class the label names.</summary>
    public static Metric SparseCategoricalAccuracy { get; } = new(FClasses.sparseCategoricalAccuracy);

    /// <summary>The area under the ROC curve, exact.</summary>
    public static Metric Auc { get; } = new(FRanking.auc);

    /// <summary>The mean of squared differences.</summary>
    public static Metric MeanSquaredError { get; } = new(FValues.meanSquaredError);

    /// <summary>The root of the mean of squared differences.</summary>
    public static Metric RootMeanSquaredError { get; } = new(FValues.rootMeanSquaredError);

    /// <summary>The mean of absolute differences.</summary>
    public static Metric MeanAbsoluteError { get; } = new(FValues.meanAbsoluteError);

    /// <summary>The coefficient of determination: 1 is perfect, 0 is as good as always saying the mean.</summary>
    public static Metric R2 { get; } = new(FValues.r2);

    /// <summary>The mean of the intersections over unions of the classes that appear, also of two.</summary>
    public static Metric MeanIoU { get; } = new(FClasses.meanIou);

    /// <summary>The share of outputs on the right side of a threshold: 0 for logits.</summary>
    public static Metric BinaryAccuracyAt(double threshold) => new(FClasses.binaryAccuracyAt(threshold));

    /// <summary>The share of samples whose right class is among the k largest outputs. Default 5.</summary>
    /// <exception cref="FunctionalException">k is below 1.</exception>
    public static Metric TopK(int k = 5) => new(FClasses.topK(k));

    /// <summary>
    /// Of the samples said to be of a class, the share that are. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric Precision(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.precisionWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// Of the samples of a class, the share that are said to be. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric Recall(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.recallWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// The harmonic mean of precision and recall. Defaults: the class 1 of two, the plain mean of more; threshold 0.5.
    /// </summary>
    public static Metric F1(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.f1With(Options(average, threshold, multiLabel)));

    /// <summary>
    /// The F-score in which recall counts beta times as much as precision. Defaults: the class 1 of two, the plain mean
    /// of more; threshold 0.5.
    /// </summary>
    /// <exception cref="FunctionalException">Beta is negative.</exception>
    public static Metric FBeta(
        double beta, Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.fBetaWith(beta, Options(average, threshold, multiLabel)));

    /// <summary>
    /// Of the samples that are not of a class, the share that are not said to be. Defaults: the class 1 of two, the
    /// plain mean of more; threshold 0.5.
    /// </summary>
    public static Metric Specificity(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.specificityWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// Intersection over union: how many are of a class and said to be, over how many are either. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric IoU(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.iouWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// How many samples of a class are said to be of it. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric TruePositives(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.truePositivesWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// How many samples are wrongly said to be of a class; less is better. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric FalsePositives(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.falsePositivesWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// How many samples that are not of a class are not said to be. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric TrueNegatives(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.trueNegativesWith(Options(average, threshold, multiLabel)));

    /// <summary>
    /// How many samples of a class are not said to be of it; less is better. Defaults: the class 1 of two, the plain mean of more;
    /// threshold 0.5.
    /// </summary>
    public static Metric FalseNegatives(Average? average = null, double threshold = 0.5, bool multiLabel = false) =>
        new(FClasses.falseNegativesWith(Options(average, threshold, multiLabel)));

    /// <summary>The highest sensitivity where the specificity is at least so high, of 200 thresholds.</summary>
    /// <exception cref="FunctionalException">The specificity is not from 0 to 1.</exception>
    public static Metric SensitivityAtSpecificity(double specificity) => new(FThresholds.sensitivityAtSpecificity(specificity));

    /// <summary>The highest specificity where the sensitivity is at least so high, of 200 thresholds.</summary>
    /// <exception cref="FunctionalException">The sensitivity is not from 0 to 1.</exception>
    public static Metric SpecificityAtSensitivity(double sensitivity) => new(FThresholds.specificityAtSensitivity(sensitivity));

    /// <summary>The highest precision where the recall is at least so high, of 200 thresholds.</summary>
    /// <exception cref="FunctionalException">The recall is not from 0 to 1.</exception>
    public static Metric PrecisionAtRecall(double recall) => new(FThresholds.precisionAtRecall(recall));

    /// <summary>The highest recall where the precision is at least so high, of 200 thresholds.</summary>
    /// <exception cref="FunctionalException">The precision is not from 0 to 1.</exception>
    public static Metric RecallAtPrecision(double precision) => new(FThresholds.recallAtPrecision(precision));

    /// <summary>
    /// The area under the ROC curve, or with <paramref name="precisionRecall"/> (default false) under that of precision
    /// and recall, by so many thresholds (default 200) as Keras computes it. With <paramref name="multiLabel"/>
    /// (default false) the mean of the areas of all columns. <see cref="Auc"/> is exact.
    /// </summary>
    /// <exception cref="FunctionalException">There are less than 2 thresholds.</exception>
    public static Metric AucByThresholds(int thresholds = 200, bool precisionRecall = false, bool multiLabel = false) =>
        AucByThresholds(
            precisionRecall ? AucCurve.PrecisionRecall : AucCurve.Roc, thresholds: thresholds, multiLabel: multiLabel);

    /// <summary>
    /// The metric of this name with Keras's defaults: "acc", "accuracy", "AUC", and the names of losses. Case and
    /// underscores do not count.
    /// </summary>
    /// <exception cref="FunctionalException">The name is not known; the message lists the names.</exception>
    public static Metric OfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FNames.ofName(name));
    }

    /// <summary>A loss as a metric. Less is better.</summary>
    public static Metric Of(Loss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return new(FValues.ofLoss(loss.Inner));
    }

    /// <summary>
    /// A metric of one's own: the mean of what a function gives of labels and outputs of a batch, one number for each
    /// sample, or one for the whole batch. The labels come in the shape of the outputs where that differs by a last
    /// axis of length 1 alone.
    /// </summary>
    /// <param name="name">What logs call it.</param>
    /// <param name="perSample">The function.</param>
    /// <param name="higherIsBetter">Whether a model with more of it is the better one. Default true.</param>
    public static Metric Of(string name, Func<Tensor, Tensor, Tensor> perSample, bool higherIsBetter = true)
    {
        ArgumentNullException.ThrowIfNull(name);
        var metric = FValues.custom(name, Interop.Function(perSample));
        return new(new FMetric(metric.Name, higherIsBetter, metric.Create, metric.Accumulator, metric.OfLogits));
    }

    /// <summary>The metric without regard to the weights of samples: each sample counts once.</summary>
    public Metric Unweighted() => new(FValues.unweighted(Inner));

    /// <summary>The metric under another name in logs.</summary>
    public Metric Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FValues.named(name, Inner));
    }

    /// <summary>The value over these labels and outputs.</summary>
    /// <exception cref="FunctionalException">
    /// There are no samples, or labels and outputs do not fit each other.
    /// </exception>
    public double Value(Tensor labels, Tensor outputs, Tensor? sampleWeights = null) =>
        FValues.valueWeighted(
            Inner, Interop.Inner(labels), Interop.Inner(outputs), Interop.Option(sampleWeights?.Inner));

    /// <summary>The name in logs.</summary>
    public override string ToString() => Inner.Name;

    private static ScoreOptions Options(Average? average, double threshold, bool multiLabel) => new(
        Interop.Option(average switch
        {
            Average.Binary => Functional.Average.Binary,
            Average.Micro => Functional.Average.Micro,
            Average.Macro => Functional.Average.Macro,
            Average.Weighted => Functional.Average.Weighted,
            _ => null,
        }),
        threshold,
        multiLabel,
        FSharpOption<int>.None,
        FSharpOption<int>.None,
        false);
}
