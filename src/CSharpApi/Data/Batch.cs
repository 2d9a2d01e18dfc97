using FBatch = Functional.Batch;
using FBatches = Functional.BatchModule;

namespace Functional.CSharp;

/// <summary>The samples that one step learns from.</summary>
public sealed record Batch
{
    /// <summary>A batch of one input and, where there are labels, one output.</summary>
    /// <param name="features">What the network is given: one row for each sample.</param>
    /// <param name="labels">What it should give: one row for each sample. Default none.</param>
    /// <param name="weights">How much each sample counts. Default all the same.</param>
    public Batch(Tensor features, Tensor? labels = null, Tensor? weights = null)
        : this([features], labels is null ? [] : [labels], weights)
    {
    }

    /// <summary>A batch of any number of inputs and outputs.</summary>
    /// <param name="inputs">What the network is given, one tensor for each input.</param>
    /// <param name="labels">What it should give, one tensor for each output.</param>
    /// <param name="weights">How much each sample counts, for all outputs. Default all the same.</param>
    public Batch(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> labels, Tensor? weights = null)
        : this(inputs, labels, weights is null ? [] : [weights])
    {
    }

    /// <summary>A batch of any number of inputs and outputs, with weights of samples for each output.</summary>
    /// <param name="inputs">What the network is given, one tensor for each input.</param>
    /// <param name="labels">What it should give, one tensor for each output.</param>
    /// <param name="weights">How much each sample counts: one tensor for all outputs, or one for each; or none.</param>
    public Batch(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> labels, IReadOnlyList<Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(weights);
        (Inputs, Labels, AllWeights) = (inputs, labels, weights);
    }

    internal Batch(FBatch inner)
        : this(
            [.. inner.Inputs.Select(x => new Tensor(x))],
            [.. inner.Labels.Select(y => new Tensor(y))],
            [.. inner.Weights.Select(w => new Tensor(w))])
    {
    }

    /// <summary>The samples of a dataset as one batch.</summary>
    public static Batch Of(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(FBatches.ofDataset(data.Inner));
    }

    /// <summary>Samples as one batch. Default: all sequences have one length.</summary>
    /// <exception cref="FunctionalException">There are none, or they do not fit each other.</exception>
    public static Batch Of(IEnumerable<Sample> samples, SequenceLengths? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return new(FBatches.ofSamples(
            (lengths ?? SequenceLengths.AsTheyAre).Inner, ListModule.OfSeq(samples.Select(sample => sample.Inner))));
    }

    /// <summary>What the network is given, one tensor for each input.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>What it should give, one tensor for each output.</summary>
    public IReadOnlyList<Tensor> Labels { get; }

    /// <summary>
    /// How much each sample counts: one tensor for all outputs, or one for each; empty where all count the same.
    /// </summary>
    public IReadOnlyList<Tensor> AllWeights { get; }

    /// <summary>How much each sample counts, for all outputs; null where all count the same.</summary>
    /// <exception cref="FunctionalException">Each output has weights of its own.</exception>
    public Tensor? Weights => AllWeights.Count switch
    {
        0 => null,
        1 => AllWeights[0],
        _ => throw Errors.Argument("Batch.Weights", "weights", AllWeights.Count, "are not one; read AllWeights."),
    };

    /// <summary>The only input.</summary>
    /// <exception cref="FunctionalException">There are several, or none.</exception>
    public Tensor Features => new(Inner.Features);

    /// <summary>The labels of the only output.</summary>
    /// <exception cref="FunctionalException">There are several, or none.</exception>
    public Tensor Label => new(Inner.Label);

    /// <summary>The number of samples.</summary>
    public int Count => Inner.Count;

    internal FBatch Inner => new(Interop.List(Inputs), Interop.List(Labels), Interop.List(AllWeights));
}

/// <summary>One sample of a source, without the batch axis.</summary>
/// <param name="Inputs">What the network is given, one tensor for each input.</param>
/// <param name="Labels">What it should give, one tensor for each output.</param>
/// <param name="Weight">How much the sample counts. Default 1.</param>
public sealed record Sample(IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Labels, double Weight = 1)
{
    internal Sample(Functional.Sample inner)
        : this(
            [.. inner.Inputs.Select(x => new Tensor(x))], [.. inner.Labels.Select(y => new Tensor(y))], inner.Weight)
    {
    }

    internal Functional.Sample Inner => new(Interop.List(Inputs), Interop.List(Labels), Weight);
}
