using FDataset = Functional.Dataset;
using FDatasets = Functional.DatasetModule;

namespace Functional.CSharp;

/// <summary>
/// Samples to learn from: what a network is given and what it should say, row by row. A dataset never changes, and has
/// at least one sample.
/// </summary>
/// <remarks>
/// Arguments out of range, and rows that do not fit each other, raise a <see cref="FunctionalException"/>.
/// </remarks>
public sealed class Dataset
{
    internal Dataset(FDataset inner) => Inner = inner;

    internal FDataset Inner { get; }

    /// <summary>
    /// A dataset of features, one row for each sample, and labels: Int32 of one axis for classes counted from 0,
    /// otherwise numbers.
    /// </summary>
    public static Dataset Of(Tensor features, Tensor labels) =>
        new(FDatasets.ofTensors(Interop.Inner(features), Interop.Inner(labels)));

    /// <summary>
    /// A dataset for a network of several inputs or outputs: features for each input and labels for each output, one row
    /// for each sample, in the order of the network's.
    /// </summary>
    public static Dataset Of(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> labels) =>
        new(FDatasets.ofInputs(Interop.List(inputs), Interop.List(labels)));

    /// <summary>A dataset of rows of features, and the class of each row, counted from 0.</summary>
    public static Dataset Of(float[][] features, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        return new(FDatasets.ofArrays(features, labels));
    }

    /// <summary>A dataset of rows of features, and the row of numbers that each should give, for regression.</summary>
    public static Dataset Of(float[][] features, float[][] targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        return new(FDatasets.ofTargets(features, targets));
    }

    /// <summary>What a network is given: one row for each sample.</summary>
    /// <exception cref="FunctionalException">There are several inputs.</exception>
    public Tensor Features => new(Inner.Features);

    /// <summary>What it should say.</summary>
    /// <exception cref="FunctionalException">There are several outputs.</exception>
    public Tensor Labels => new(Inner.Labels);

    /// <summary>What a network is given, for each of its inputs in order.</summary>
    public IReadOnlyList<Tensor> Inputs => [.. Inner.Inputs.Select(x => new Tensor(x))];

    /// <summary>What it should say, for each of its outputs in order.</summary>
    public IReadOnlyList<Tensor> AllLabels => [.. Inner.AllLabels.Select(y => new Tensor(y))];

    /// <summary>The names of the columns of the features, where they are known; otherwise empty.</summary>
    public IReadOnlyList<string> FeatureNames => Inner.FeatureNames;

    /// <summary>The names of the classes by number, where they are known; otherwise empty.</summary>
    public IReadOnlyList<string> ClassNames => Inner.ClassNames;

    /// <summary>
    /// How much each sample counts: one tensor for all outputs, or one for each; empty where all count the same.
    /// </summary>
    public IReadOnlyList<Tensor> AllSampleWeights => [.. Inner.AllSampleWeights.Select(w => new Tensor(w))];

    /// <summary>How much each sample counts; null where all count the same.</summary>
    /// <exception cref="FunctionalException">Each output has weights of its own.</exception>
    public Tensor? SampleWeights => Interop.Value(Inner.SampleWeights) is { } weights ? new Tensor(weights) : null;

    /// <summary>The number of samples.</summary>
    public int Count => Inner.Count;

    /// <summary>The shape of the features of one sample.</summary>
    /// <exception cref="FunctionalException">There are several inputs.</exception>
    public int[] SampleShape => [.. Inner.SampleShape];

    /// <summary>The shape of one sample of each input.</summary>
    public IReadOnlyList<int[]> SampleShapes => [.. Inner.SampleShapes.Select(shape => shape.ToArray())];

    /// <summary>
    /// The number of classes: of the names, of the columns of one-hot labels, or the largest label and 1.
    /// </summary>
    /// <exception cref="FunctionalException">The labels are numbers, not classes.</exception>
    public int ClassCount => FDatasets.classCount(Inner);

    /// <summary>
    /// Two datasets in random order, to train and to test with: <paramref name="testShare"/> of the samples (default
    /// 0.25), rounded up, are drawn for the second. Stratified (default false), every class is split by the same share.
    /// The same seed (default 0) gives the same parts.
    /// </summary>
    public (Dataset Train, Dataset Test) Split(double testShare = 0.25, bool stratified = false, int seed = 0)
    {
        var (train, test) = stratified
            ? FDatasets.splitStratified(testShare, FKeys.ofInt(seed), Inner)
            : FDatasets.split(testShare, FKeys.ofInt(seed), Inner);
        return (new(train), new(test));
    }

    /// <summary>
    /// The first and the last samples in their order: the first part has floor(n (1 - share)) of n samples, the second
    /// the rest.
    /// </summary>
    public (Dataset First, Dataset Last) SplitLast(double share)
    {
        var (first, last) = FDatasets.splitLast(share, Inner);
        return (new(first), new(last));
    }

    /// <summary>The samples in random order.</summary>
    public Dataset Shuffle(int seed) => new(FDatasets.shuffle(FKeys.ofInt(seed), Inner));

    /// <summary>The samples of these row numbers, in this order.</summary>
    public Dataset Rows(params int[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return new(FDatasets.rows(indices, Inner));
    }

    /// <summary>Some samples from a row on.</summary>
    public Dataset Range(int start, int length) => new(FDatasets.range(start, length, Inner));

    /// <summary>The first samples, or all if there are fewer.</summary>
    public Dataset Take(int count) => new(FDatasets.take(count, Inner));

    /// <summary>All samples but the first.</summary>
    public Dataset Skip(int count) => new(FDatasets.skip(count, Inner));

    /// <summary>The samples in their order, so many at a time; the last batch may be smaller.</summary>
    public IEnumerable<Dataset> Batches(int size) => FDatasets.batches(size, Inner).Select(batch => new Dataset(batch));

    /// <summary>The samples in random order, so many at a time; the last batch may be smaller.</summary>
    public IEnumerable<Dataset> ShuffledBatches(int size, int seed) =>
        FDatasets.shuffledBatches(size, FKeys.ofInt(seed), Inner).Select(batch => new Dataset(batch));

    /// <summary>With names for the columns of the features.</summary>
    public Dataset WithFeatureNames(params string[] names) =>
        new(FDatasets.withFeatureNames(Interop.List(names), Inner));

    /// <summary>With names for the classes: the first is that of class 0.</summary>
    public Dataset WithClassNames(params string[] names) => new(FDatasets.withClassNames(Interop.List(names), Inner));

    /// <summary>With a weight for each sample, none negative, which counts for every output.</summary>
    public Dataset WithSampleWeights(Tensor weights) => new(FDatasets.withSampleWeights(Interop.Inner(weights), Inner));

    /// <summary>With weights of the samples for each output, none negative, in the order of the outputs.</summary>
    public Dataset WithOutputWeights(params Tensor[] weights) =>
        new(FDatasets.withOutputWeights(Interop.List((IEnumerable<Tensor>)weights), Inner));

    /// <summary>With other features, from a function of all of them, which keeps the rows.</summary>
    public Dataset MapFeatures(Func<Tensor, Tensor> f) => new(FDatasets.mapFeatures(Interop.Function(f), Inner));

    /// <summary>With other labels, from a function of all of them, which keeps the rows.</summary>
    public Dataset MapLabels(Func<Tensor, Tensor> f) => new(FDatasets.mapLabels(Interop.Function(f), Inner));

    /// <summary>With the features of each sample in another shape of the same size.</summary>
    public Dataset ReshapeFeatures(params int[] shape) => new(FDatasets.reshapeFeatures(Interop.List(shape), Inner));

    /// <summary>How many samples of what.</summary>
    public override string ToString() => Inner.ToString();
}
