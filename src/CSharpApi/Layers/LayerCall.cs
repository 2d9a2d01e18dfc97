namespace Functional.CSharp;

/// <summary>The arguments of a custom layer for a batch.</summary>
public sealed class LayerCall
{
    private readonly Run run;

    internal LayerCall(Variables variables, Run run, FTensor input)
    {
        this.run = run;
        Parameters = new Parameters(variables.Parameters);
        State = new Parameters(variables.State);
        Input = new Tensor(input);
    }

    /// <summary>The batch.</summary>
    public Tensor Input { get; }

    /// <summary>The parameters, which training changes along the gradient.</summary>
    public Parameters Parameters { get; }

    /// <summary>The state, such as running averages, which the forward pass changes.</summary>
    public Parameters State { get; }

    /// <summary>Whether the model is being trained.</summary>
    public bool Training => run.Training;

    /// <summary>The key of the layer's random numbers.</summary>
    public Key Key => new(run.Key);
}

/// <summary>The variables that a layer of one's own begins with.</summary>
public sealed record LayerStart
{
    /// <summary>The parameters, which training changes along the gradient, under names. Default none.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; init; } = [];

    /// <summary>The state, such as running averages, under names. Default none.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State { get; init; } = [];

    internal Variables Inside() => VariablesModule.ofTrees(Tree(Parameters), Tree(State));

    internal static Tree<FTensor> Tree(IReadOnlyList<(string Name, Tensor Value)> tensors) =>
        TreeModule.ofList(ListModule.OfSeq(tensors.Select(t => Tuple.Create(t.Name, Interop.Inner(t.Value)))));
}

/// <summary>The result of a custom layer for a batch.</summary>
/// <param name="Output">The result, which keeps the batch axis.</param>
/// <param name="State">The state that follows, under the names it began with; null where it stays.</param>
/// <param name="Loss">A scalar that is added to the loss, such as a penalty on the result; null for none.</param>
public sealed record LayerResult(
    Tensor Output, IReadOnlyList<(string Name, Tensor Value)>? State = null, Tensor? Loss = null);
