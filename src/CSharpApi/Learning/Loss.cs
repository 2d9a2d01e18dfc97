using FLoss = Functional.Loss;
using FValues = Functional.LossesOfValues.Loss;
using FClasses = Functional.LossesOfClasses.Loss;
using FCircle = Functional.CircleLoss.Loss;
using FCtc = Functional.CtcLoss.Loss;
using FNames = Functional.NamesOfLosses.Loss;

namespace Functional.CSharp;

/// <summary>How the losses of a batch become the one number that training minimizes, under Keras's names.</summary>
public enum LossReduction
{
    /// <summary>The sum of the losses, each times its weight, divided by their number. The default.</summary>
    SumOverBatchSize,

    /// <summary>The sum of the losses, each times its weight.</summary>
    Sum,

    /// <summary>The weighted mean of the losses: divided by the sum of the weights.</summary>
    MeanWithSampleWeight,

    /// <summary>The losses themselves, each times its weight.</summary>
    None,
}

/// <summary>
/// How far outputs are from labels. Formulas, defaults and names follow Keras. Where a model ends in a softmax or a
/// sigmoid, training computes the losses of probabilities through the logits.
/// </summary>
/// <remarks>Options out of their range raise a <see cref="FunctionalException"/>.</remarks>
public sealed class Loss
{
    private Loss(FLoss inner) => Inner = inner;

    internal FLoss Inner { get; }

    /// <summary>The mean of squared differences.</summary>
    public static Loss MeanSquaredError { get; } = new(FValues.meanSquaredError);

    /// <summary>The mean of absolute differences.</summary>
    public static Loss MeanAbsoluteError { get; } = new(FValues.meanAbsoluteError);

    /// <summary>The mean of absolute differences in percent of the labels.</summary>
    public static Loss MeanAbsolutePercentageError { get; } = new(FValues.meanAbsolutePercentageError);

    /// <summary>The mean of squared differences of log (1 + value).</summary>
    public static Loss MeanSquaredLogarithmicError { get; } = new(FValues.meanSquaredLogarithmicError);

    /// <summary>The mean of log (cosh difference): quadratic near 0, linear far away.</summary>
    public static Loss LogCosh { get; } = new(FValues.logCosh);

    /// <summary>The mean of p - y log p, for counts y and rates p.</summary>
    public static Loss Poisson { get; } = new(FValues.poisson);

    /// <summary>Minus the cosine of the angle between labels and outputs.</summary>
    public static Loss CosineSimilarity { get; } = new(FValues.cosineSimilarity);

    /// <summary>Cross-entropy of yes and no, for labels 0 and 1 and probabilities from a sigmoid.</summary>
    public static Loss BinaryCrossentropy { get; } = new(FClasses.binaryCrossentropy);

    /// <summary>Cross-entropy of classes, for one-hot labels and probabilities from a softmax.</summary>
    public static Loss CategoricalCrossentropy { get; } = new(FClasses.categoricalCrossentropy);

    /// <summary>Cross-entropy of classes, for labels that are class numbers and probabilities from a softmax.</summary>
    public static Loss SparseCategoricalCrossentropy { get; } = new(FClasses.sparseCategoricalCrossentropy);

    /// <summary>Cross-entropy of yes and no in which well-classified samples count less, with gamma 2.</summary>
    public static Loss BinaryFocal { get; } = new(FClasses.binaryFocal);

    /// <summary>
    /// Cross-entropy of classes in which well-classified samples count less, with gamma 2 and alpha 0.25; one-hot
    /// labels.
    /// </summary>
    public static Loss CategoricalFocal { get; } = new(FClasses.categoricalFocal);

    /// <summary><see cref="BinaryCrossentropy"/> of logits, for a model that ends without a sigmoid.</summary>
    public static Loss BinaryCrossentropyFromLogits { get; } = new(FClasses.binaryCrossentropyFromLogits);

    /// <summary>
    /// <see cref="CategoricalCrossentropy"/> of logits, for a model that ends without a softmax. A class with a logit
    /// of minus infinity is masked.
    /// </summary>
    public static Loss CategoricalCrossentropyFromLogits { get; } = new(FClasses.categoricalCrossentropyFromLogits);

    /// <summary><see cref="SparseCategoricalCrossentropy"/> of logits, for a model that ends without a
    /// softmax.</summary>
    public static Loss SparseCategoricalCrossentropyFromLogits { get; } =
        new(FClasses.sparseCategoricalCrossentropyFromLogits);

    /// <summary><see cref="BinaryFocal"/> of logits, for a model that ends without a sigmoid.</summary>
    public static Loss BinaryFocalFromLogits { get; } = new(FClasses.binaryFocalFromLogits);

    /// <summary><see cref="CategoricalFocal"/> of logits, for a model that ends without a softmax.</summary>
    public static Loss CategoricalFocalFromLogits { get; } = new(FClasses.categoricalFocalFromLogits);

    /// <summary>Kullback and Leibler's divergence of two distributions.</summary>
    public static Loss KLDivergence { get; } = new(FClasses.klDivergence);

    /// <summary>The mean of the positive part of 1 - y p, for labels -1 and 1, or 0 and 1.</summary>
    public static Loss Hinge { get; } = new(FClasses.hinge);

    /// <summary>The mean of the squared positive part of 1 - y p, for labels -1 and 1, or 0 and 1.</summary>
    public static Loss SquaredHinge { get; } = new(FClasses.squaredHinge);

    /// <summary>The margin by which the best wrong class comes near the right one; one-hot labels.</summary>
    public static Loss CategoricalHinge { get; } = new(FClasses.categoricalHinge);

    /// <summary>
    /// Dice's loss, for segmentation: 1 minus twice the overlap of masks and outputs over the sum of both, of the whole
    /// batch (the default), or along axes, counted with the batch axis as 0: 1, 2, 3 for each image by itself. Of the
    /// whole batch it is one number, so that samples cannot be weighted.
    /// </summary>
    public static Loss Dice(params int[] axis) => new(FValues.diceWith(new DiceOptions(Axes(axis))));

    /// <summary>
    /// Tversky's loss, for segmentation where what is wrongly found (<paramref name="alpha"/>, default 0.5) and what is
    /// missed (<paramref name="beta"/>, default 0.5) weigh differently, of the whole batch (the default) or along axes,
    /// counted with the batch axis as 0.
    /// </summary>
    public static Loss Tversky(double alpha = 0.5, double beta = 0.5, params int[] axis) =>
        new(FValues.tverskyWith(new TverskyOptions(alpha, beta, Axes(axis))));

    /// <summary>
    /// The circle loss, for embeddings of length 1 and class numbers: samples of one class are pulled together, others
    /// are pushed apart, the harder the farther a pair is from where it should be.
    /// </summary>
    /// <param name="gamma">The scale of the similarities. Default 80.</param>
    /// <param name="margin">How far similarities are relaxed, from 0 to 1. Default 0.4.</param>
    /// <param name="removeDiagonal">Whether a sample is no pair with itself. Default true.</param>
    public static Loss Circle(double gamma = 80.0, double margin = 0.4, bool removeDiagonal = true) =>
        new(FCircle.circleWith(new CircleOptions(gamma, margin, removeDiagonal)));

    /// <summary>
    /// Connectionist temporal classification: the loss of class numbers [n; length], with zeros behind shorter sequences,
    /// and logits [n; steps; classes], of which the class 0 is the blank. Infinite where the steps are too few.
    /// </summary>
    public static Loss Ctc { get; } = new(FCtc.ctc);

    /// <summary>
    /// Generalized cross-entropy (1 - p^q) / q of class numbers and probabilities, which wrong labels pull at less.
    /// Default q 0.5; between 0 and 1.
    /// </summary>
    public static Loss CategoricalGeneralizedCrossentropy(double q = 0.5) =>
        new(FClasses.categoricalGeneralizedCrossentropy(q));

    /// <summary>Quadratic near 0 and linear from delta on, so that outliers pull less. Default delta 1.</summary>
    public static Loss Huber(double delta = 1.0) => new(FValues.huber(delta));

    /// <summary>
    /// <see cref="BinaryCrossentropy"/> of probabilities (the default) or of logits, with each label spread evenly by a
    /// share, 0 by default.
    /// </summary>
    public static Loss BinaryCrossentropyWith(bool fromLogits = false, double labelSmoothing = 0.0) =>
        new(FClasses.binaryCrossentropyWith(new CrossentropyOptions(fromLogits, labelSmoothing)));

    /// <summary>
    /// <see cref="CategoricalCrossentropy"/> of probabilities (the default) or of logits, with each label spread evenly
    /// by a share, 0 by default.
    /// </summary>
    public static Loss CategoricalCrossentropyWith(bool fromLogits = false, double labelSmoothing = 0.0) =>
        new(FClasses.categoricalCrossentropyWith(new CrossentropyOptions(fromLogits, labelSmoothing)));

    /// <summary>
    /// <see cref="SparseCategoricalCrossentropy"/> of probabilities (the default) or of logits, with each label spread
    /// evenly by a share, 0 by default.
    /// </summary>
    public static Loss SparseCategoricalCrossentropyWith(bool fromLogits = false, double labelSmoothing = 0.0) =>
        new(FClasses.sparseCategoricalCrossentropyWith(new CrossentropyOptions(fromLogits, labelSmoothing)));

    /// <summary><see cref="BinaryFocal"/> with options.</summary>
    /// <param name="gamma">How much less well-classified samples count. Default 2.</param>
    /// <param name="alpha">
    /// The weight of the class 1, where that of the class 0 is 1 - alpha. Default none: both alike.
    /// </param>
    /// <param name="fromLogits">Whether the output is logits and not probabilities. Default false.</param>
    /// <param name="labelSmoothing">How much of each label is spread evenly. Default 0.</param>
    public static Loss BinaryFocalWith(
        double gamma = 2.0, double? alpha = null, bool fromLogits = false, double labelSmoothing = 0.0) =>
        new(FClasses.binaryFocalWith(new BinaryFocalOptions(gamma, Interop.Option(alpha), fromLogits, labelSmoothing)));

    /// <summary><see cref="CategoricalFocal"/> with options.</summary>
    /// <param name="gamma">How much less well-classified samples count. Default 2.</param>
    /// <param name="alpha">One weight for all classes, or one for each. Default 0.25.</param>
    /// <param name="fromLogits">Whether the output is logits and not probabilities. Default false.</param>
    /// <param name="labelSmoothing">How much of each label is spread evenly. Default 0.</param>
    public static Loss CategoricalFocalWith(
        double gamma = 2.0, double[]? alpha = null, bool fromLogits = false, double labelSmoothing = 0.0) =>
        new(FClasses.categoricalFocalWith(
            new CategoricalFocalOptions(gamma, Interop.List(alpha ?? [0.25]), fromLogits, labelSmoothing)));

    /// <summary>
    /// The loss of this name with Keras's defaults: "mse", "mean_squared_error" or "MeanSquaredError". Case and
    /// underscores do not count; the forms of logits end in "_from_logits".
    /// </summary>
    /// <exception cref="FunctionalException">The name is not known; the message lists the names.</exception>
    public static Loss OfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FNames.ofName(name));
    }

    /// <summary>
    /// A loss of one's own, from labels and outputs of a batch to one number for each sample, or one for the whole
    /// batch, made of tensor operations. The labels come in their own type, and in the shape of the outputs where that
    /// differs by a last axis of length 1 alone.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// When the loss is computed: the function gives another number of results.
    /// </exception>
    public static Loss Of(string name, Func<Tensor, Tensor, Tensor> perSample)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FValues.custom(name, Interop.Function(perSample)));
    }

    /// <summary>
    /// This loss with another reduction: the sum of a batch's losses, say, instead of their mean.
    /// <see cref="LossReduction.None"/> is for looking at the losses, not for training.
    /// </summary>
    public Loss WithReduction(LossReduction reduction) => new(FValues.withReduction(Inside(reduction), Inner));

    /// <summary>
    /// This loss without the rows whose label is this class number; the mean is that of the others. For losses of class
    /// numbers.
    /// </summary>
    /// <exception cref="FunctionalException">The labels of the loss are not class numbers.</exception>
    public Loss WithIgnoreClass(int ignored) => new(FValues.withIgnoreClass(ignored, Inner));

    /// <summary>
    /// This loss with the classes of a sample along another axis than the last, counted with the batch axis as 0.
    /// </summary>
    public Loss WithAxis(int axis) => new(FValues.withAxis(axis, Inner));

    /// <summary>
    /// The loss of a batch, a scalar: the mean over its samples, each times its weight if there are weights, or what the
    /// reduction makes of them. Weights are one a sample, one for each step of a sequence, or, for losses that are means
    /// over the outputs of a sample, one for each output.
    /// </summary>
    /// <exception cref="FunctionalException">Labels and outputs do not fit each other.</exception>
    public Tensor Value(Tensor labels, Tensor outputs, Tensor? sampleWeights = null) =>
        new(FValues.value(Inner, Interop.Inner(labels), Interop.Inner(outputs), Interop.Option(sampleWeights?.Inner)));

    /// <summary>The name in logs and errors.</summary>
    public override string ToString() => Inner.Name;

    private static FSharpOption<FSharpList<int>> Axes(int[] axis) =>
        axis is { Length: > 0 } ? FSharpOption<FSharpList<int>>.Some(Interop.List(axis)) : FSharpOption<FSharpList<int>>.None;

    private static Functional.LossReduction Inside(LossReduction reduction) => reduction switch
    {
        LossReduction.Sum => Functional.LossReduction.Sum,
        LossReduction.MeanWithSampleWeight => Functional.LossReduction.MeanWithSampleWeight,
        LossReduction.None => Functional.LossReduction.None,
        _ => Functional.LossReduction.SumOverBatchSize,
    };
}
