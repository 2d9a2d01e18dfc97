using System.Collections;
using FBatches = Functional.BatchesModule;
using FSamples = Functional.SamplesToBatches.Batches;

namespace Functional.CSharp;

/// <summary>Making sources of samples and batches.</summary>
public static class Batches
{
    /// <summary>
    /// A source of any sequence, which every pass enumerates anew: a list, the lines of a file, a generator. Its count is
    /// known where it is a collection.
    /// </summary>
    public static Batches<T> Of<T>(IEnumerable<T> elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return new(FBatches.ofSeq(elements));
    }

    /// <summary>A source of so many elements, of a function from their numbers, from 0.</summary>
    public static Batches<T> Generate<T>(int count, Func<int, T> f) => new(FBatches.init(count, Interop.Function(f)));

    /// <summary>The rows of a dataset, features and label each, in their order.</summary>
    public static Batches<(Tensor Features, Tensor Label)> Of(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new Batches<Tuple<FTensor, FTensor>>(FBatches.ofDataset(data.Inner))
            .Map(row => (new Tensor(row.Item1), new Tensor(row.Item2)));
    }

    /// <summary>The samples of a dataset in their order, with all their inputs, labels and their weight.</summary>
    public static Batches<Sample> Samples(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new Batches<Functional.Sample>(FSamples.ofDatasetSamples(data.Inner)).Map(inner => new Sample(inner));
    }

    /// <summary>
    /// The samples of a dataset in their order, so many at a time: whole slices of it, no sample by itself.
    /// </summary>
    public static Batches<Batch> Of(Dataset data, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(data);
        var batches = new Batches<Functional.Batch>(FSamples.ofDatasetBy(batchSize, data.Inner));
        return batches.Map(batch => new Batch(batch));
    }

    /// <summary>
    /// A source of a function from the number of the pass, from 0, to the pass's elements, and their number where it is
    /// known (default not). The same pass must give the same elements.
    /// </summary>
    public static Batches<T> OfPasses<T>(Func<int, IEnumerable<T>> pass, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return new(FBatches.ofPasses(Interop.Option(count), Interop.Function(pass)));
    }

    /// <summary>The elements of several sources, one source after the other.</summary>
    public static Batches<T> Concat<T>(params Batches<T>[] sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new(FBatches.concat(ListModule.OfSeq(sources.Select(source => source.Inner))));
    }

    /// <summary>
    /// Batches of samples of features and a label, both without the batch axis. What is left at the end, too few for a
    /// batch, is a smaller one, or is dropped.
    /// </summary>
    /// <param name="source">The samples.</param>
    /// <param name="size">The number of samples in a batch. Default 32.</param>
    /// <param name="dropRest">Whether the samples that are left at the end are left out. Default false.</param>
    /// <param name="lengths">What becomes of sequences of different lengths. Default: they stay as they are.</param>
    public static Batches<Batch> Batch(
        this Batches<(Tensor Features, Tensor Label)> source,
        int size = 32,
        bool dropRest = false,
        SequenceLengths? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var options = new BatchOptions(size, dropRest, (lengths ?? SequenceLengths.AsTheyAre).Inner);
        var samples = source.Map(sample =>
            Tuple.Create(Interop.Inner(sample.Features), Interop.Inner(sample.Label)));
        return new Batches<Functional.Batch>(FSamples.batchWith(options, samples.Inner)).Map(batch => new Batch(batch));
    }

    /// <summary>
    /// Batches of samples with any number of inputs and outputs. What is left at the end, too few for a batch, is a smaller
    /// one, or is dropped.
    /// </summary>
    /// <param name="source">The samples.</param>
    /// <param name="size">The number of samples in a batch. Default 32.</param>
    /// <param name="dropRest">Whether the samples that are left at the end are left out. Default false.</param>
    /// <param name="lengths">What becomes of sequences of different lengths. Default: they stay as they are.</param>
    public static Batches<Batch> Batch(
        this Batches<Sample> source, int size = 32, bool dropRest = false, SequenceLengths? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var options = new BatchOptions(size, dropRest, (lengths ?? SequenceLengths.AsTheyAre).Inner);
        var samples = source.Map(sample => sample.Inner);
        return new Batches<Functional.Batch>(FSamples.batchSamples(options, samples.Inner)).Map(batch => new Batch(batch));
    }
}

/// <summary>
/// A source of elements (samples, batches, names of files) that training goes through once an epoch: held in memory, or
/// made one after the other and larger than memory. A source never changes; each pass begins anew.
/// </summary>
/// <remarks>Arguments out of range raise a <see cref="FunctionalException"/>.</remarks>
public sealed class Batches<T> : IEnumerable<T>
{
    internal Batches(Functional.Batches<T> inner) => Inner = inner;

    internal Functional.Batches<T> Inner { get; }

    /// <summary>The number of elements of a pass, where it is known.</summary>
    public int? Count => Inner.Count?.Value;

    /// <summary>The source with the number of its elements, for one that does not know it. It is not checked.</summary>
    public Batches<T> WithCount(int count) => new(FBatches.withCount(count, Inner));

    /// <summary>The elements changed by a function.</summary>
    public Batches<TResult> Map<TResult>(Func<T, TResult> f) => new(FBatches.map(Interop.Function(f), Inner));

    /// <summary>
    /// The elements changed by a function that draws random numbers: it is given a key of its own for each element of each
    /// pass. The same key gives the same elements.
    /// </summary>
    public Batches<TResult> MapRandom<TResult>(Key key, Func<Key, T, TResult> f)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(f);
        return new(FBatches.mapRandom(
            key.Inner, FuncConvert.FromFunc<FKey, T, TResult>((own, element) => f(new Key(own), element)), Inner));
    }

    /// <summary>The elements for which a function is true.</summary>
    public Batches<T> Where(Func<T, bool> holds) => new(FBatches.filter(Interop.Function(holds), Inner));

    /// <summary>
    /// The elements in random order, in another one each pass. A window of elements is held, of which one at random is
    /// given and replaced by the next: one as large as the source gives every order the same chance.
    /// </summary>
    public Batches<T> Shuffle(int window, Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(FBatches.shuffle(window, key.Inner, Inner));
    }

    /// <summary>The first elements, at most so many.</summary>
    public Batches<T> Take(int count) => new(FBatches.take(count, Inner));

    /// <summary>All elements but the first.</summary>
    public Batches<T> Skip(int count) => new(FBatches.skip(count, Inner));

    /// <summary>Pairs of the elements of two sources; as many as the shorter one has.</summary>
    public Batches<(T First, TOther Second)> Zip<TOther>(Batches<TOther> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var pairs = new Batches<Tuple<T, TOther>>(FBatches.zip(Inner, other.Inner));
        return pairs.Map<(T First, TOther Second)>(pair => (pair.Item1, pair.Item2));
    }

    /// <summary>Several passes as one.</summary>
    public Batches<T> Repeat(int times) => new(FBatches.repeat(times, Inner));

    /// <summary>Pass after pass without end: for <see cref="FitOptions.StepsPerEpoch"/>.</summary>
    public Batches<T> Forever() => new(FBatches.forever(Inner));

    /// <summary>
    /// The elements in groups. What is left at the end, too few for a group, is a group too, or dropped (default false).
    /// </summary>
    public Batches<T[]> Group(int size, bool dropRest = false) => new(FBatches.group(size, dropRest, Inner));

    /// <summary>
    /// The elements held in memory once a pass has come to its end. All passes have the order of the first: shuffle after
    /// it.
    /// </summary>
    public Batches<T> Cache() => new(FBatches.cache(Inner));

    /// <summary>The elements made on another thread, at most so many ahead of the one who takes them (default 2).</summary>
    public Batches<T> Prefetch(int size = 2) => new(FBatches.prefetch(size, Inner));

    /// <summary>Goes through the first pass.</summary>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)Inner).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What becomes of sequences of different lengths, along their first axis.</summary>
public sealed class SequenceLengths
{
    private SequenceLengths(Functional.SequenceLengths inner) => Inner = inner;

    internal Functional.SequenceLengths Inner { get; }

    /// <summary>They stay as they are; within a batch all must have one length.</summary>
    public static SequenceLengths AsTheyAre { get; } = new(Functional.SequenceLengths.AsTheyAre);

    /// <summary>Zeros are put behind the shorter ones of a batch, up to the longest.</summary>
    public static SequenceLengths ToLongest { get; } = new(Functional.SequenceLengths.ToLongest);

    /// <summary>Zeros are put behind all, up to this length. A longer one is an error.</summary>
    public static SequenceLengths To(int length) => new(Functional.SequenceLengths.NewTo(length));

    /// <summary>
    /// Zeros are put behind those of a batch, up to the least of these lengths that holds them: a step is compiled for
    /// each of these lengths and for no other.
    /// </summary>
    public static SequenceLengths ToBuckets(params int[] lengths) =>
        new(Functional.SequenceLengths.NewToBuckets(Interop.List(lengths)));
}
