namespace Functional.CSharp;

/// <summary>
/// Parts of a network side by side, which <see cref="Network.Branch"/> makes and one of these methods joins. Like a
/// network it is a value.
/// </summary>
public sealed class Branches
{
    private readonly Network before;
    private readonly Layer<FTensor, FSharpList<FTensor>> branches;
    private readonly Lazy<IReadOnlyList<Network>> results;

    internal Branches(
        Network before,
        Layer<FTensor, FSharpList<FTensor>> branches,
        Layer<FSharpList<FTensor>, FSharpList<FTensor>>? recurrent = null)
    {
        this.before = before;
        this.branches = branches;
        Recurrent = recurrent;
        results = new(() => Network.Call(branches.Network, [before]));
    }

    /// <summary>
    /// The results one by one, to go on in a graph: the output and the states of
    /// <see cref="Network.LstmWithState(int, RecurrentOptions?)"/>.
    /// </summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public IReadOnlyList<Network> Results => results.Value;

    /// <summary>The recurrent layer whose output and last states these are, if they are the results of one alone.</summary>
    internal Layer<FSharpList<FTensor>, FSharpList<FTensor>>? Recurrent { get; }

    /// <summary>
    /// One part applied to each of the results, with the same weights: what siamese networks are made of.
    /// </summary>
    public Branches Shared(Func<Network, Network> part) =>
        new(before, LayerModule.compose(branches, Combinators.shared(Network.Part(part))));

    /// <summary>The results joined along an axis, counted with the batch axis as 0; the last by default.</summary>
    public Network Concatenate(int axis = -1) => Joined(Combinators.concatenate(axis));

    /// <summary>The sum of the results, whose shapes are equal or broadcast.</summary>
    public Network Add() => Joined(Combinators.Merge.add);

    /// <summary>The product of the results, element by element.</summary>
    public Network Multiply() => Joined(Combinators.Merge.multiply);

    /// <summary>The mean of the results, element by element.</summary>
    public Network Average() => Joined(Combinators.Merge.average);

    /// <summary>The largest of the results, element by element.</summary>
    public Network Maximum() => Joined(Combinators.Merge.maximum);

    /// <summary>The smallest of the results, element by element.</summary>
    public Network Minimum() => Joined(Combinators.Merge.minimum);

    private Network Joined(Layer<FSharpList<FTensor>, FTensor> join) =>
        before.With(LayerModule.compose(branches, join));
}
