using System.Diagnostics.CodeAnalysis;

namespace Functional.CSharp;

/// <summary>Tensors under names, as a layer of one's own sees its parameters.</summary>
public sealed class Parameters
{
    private readonly Tree<FTensor> tree;

    internal Parameters(Tree<FTensor> tree) => this.tree = tree;

    /// <summary>The names, in order; "a/b" for what stands below another name.</summary>
    public IReadOnlyList<string> Names => [.. TreeModule.flatten(tree).Select(leaf => leaf.Item1)];

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="FunctionalException">There is none; the message lists the names.</exception>
    public Tensor this[string name] => new(tree[name]);

    /// <summary>The tensor of this name, if there is one.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Tensor? tensor)
    {
        tensor = TreeModule.tryFind(name, tree)?.Value is Tree<FTensor>.Leaf leaf ? new Tensor(leaf.Item) : null;
        return tensor is not null;
    }
}
