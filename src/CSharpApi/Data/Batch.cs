using FBatch = Functional.Batch;

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
    public Batch(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> labels, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        (Inputs, Labels, Weights) = (inputs, labels, weights);
    }

    internal Batch(FBatch inner)
        : this(
            [.. inner.Inputs.Select(x => new Tensor(x))],
            [.. inner.Labels.Select(y => new Tensor(y))],
            Interop.Value(inner.Weights) is { } weights ? new Tensor(weights) : null)
    {
    }

    /// <summary>What the network is given, one tensor for each input.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>What it should give, one tensor for each output.</summary>
    public IReadOnlyList<Tensor> Labels { get; }

    /// <summary>How much each sample counts; null where all count the same.</summary>
    public Tensor? Weights { get; }

    /// <summary>The only input.</summary>
    /// <exception cref="FunctionalException">There are several, or none.</exception>
    public Tensor Features => new(Inner.Features);

    /// <summary>The labels of the only output.</summary>
    /// <exception cref="FunctionalException">There are several, or none.</exception>
    public Tensor Label => new(Inner.Label);

    /// <summary>The number of samples.</summary>
    public int Count => Inner.Count;

    internal FBatch Inner => new(Interop.List(Inputs), Interop.List(Labels), Interop.Option(Weights?.Inner));
}
