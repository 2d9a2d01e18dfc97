namespace Functional.CSharp;

public sealed partial class Network
{
    /// <summary>
    /// Parts side by side on the same input, to be joined by what follows:
    /// <c>network.Branch(n => n.Dense(4), n => n.Dense(8)).Concatenate()</c>. A function that returns its argument
    /// passes the input on.
    /// </summary>
    /// <exception cref="FunctionalException">There is no part, or two parts have one name.</exception>
    public Branches Branch(params Func<Network, Network>[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new Branches(this, Combinators.branch(ListModule.OfSeq(parts.Select(Part))));
    }

    /// <summary>x plus what the part gives for x; the part keeps the shape.</summary>
    public Network Residual(Func<Network, Network> part) => With(Combinators.residual(Part(part)));

    /// <summary>The part several times in a chain, each time with weights of its own; none for 0.</summary>
    /// <exception cref="FunctionalException">The count is negative, or the part holds a layer with a name.</exception>
    public Network Repeat(int count, Func<Network, Network> part) => With(LayerModule.repeat(count, Part(part)));

    /// <summary>
    /// The part applied several times, each time to its last result, with the same weights; it keeps the shape.
    /// </summary>
    /// <exception cref="FunctionalException">The count is below 1.</exception>
    public Network Iterate(int count, Func<Network, Network> part) => With(Combinators.iterate(count, Part(part)));

    /// <summary>
    /// The layers of the part under one name, which begins the names of their weights: "encoder/dense/kernel".
    /// </summary>
    /// <exception cref="FunctionalException">The name is empty or holds a '/'.</exception>
    public Network Block(string name, Func<Network, Network> part)
    {
        ArgumentNullException.ThrowIfNull(name);
        return With(LayerModule.named(name, Part(part)));
    }

    /// <summary>The layers of another network, or of the part of one that stands before this one's head.</summary>
    public Network Append(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return With(network.Layer);
    }

    /// <summary>
    /// A part whose uses all share one set of weights: <c>var tower = Network.Shared(n => n.Dense(8))</c>, then
    /// <c>left.Append(tower)</c> and <c>right.Append(tower)</c> in one graph, as in siamese networks.
    /// </summary>
    public static Network Shared(Func<Network, Network> part) =>
        new(null, [LayerModule.withSharedWeights(Part(part))]);

    /// <summary>
    /// A trained model as a layer, with the weights it has, for transfer learning. All uses of one model in a graph share
    /// its weights; <see cref="Functional.CSharp.Model.Freeze"/> it before, where they are to stay. A model of several
    /// inputs is called: <see cref="Functional.CSharp.Model.Call"/>.
    /// </summary>
    /// <exception cref="FunctionalException">The model has several inputs or outputs.</exception>
    public Network Append(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return With(ModelParts.ModelModule.toLayer(model.Inner));
    }

    /// <summary>This result and others, joined along the last axis.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Concatenate(Network other, params Network[] others) =>
        Join(Combinators.concatenate(-1), [this, other, .. others]);

    /// <summary>This result and others, joined along an axis, counted with the batch axis as 0.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit, or the axis is that of the batch.</exception>
    public Network Concatenate(int axis, Network other, params Network[] others) =>
        Join(Combinators.concatenate(axis), [this, other, .. others]);

    /// <summary>The sum of this result and others, whose shapes are equal or broadcast.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Add(Network other, params Network[] others) =>
        Join(Combinators.Merge.add, [this, other, .. others]);

    /// <summary>The product of this result and others, element by element.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Multiply(Network other, params Network[] others) =>
        Join(Combinators.Merge.multiply, [this, other, .. others]);

    /// <summary>The mean of this result and others, element by element.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Average(Network other, params Network[] others) =>
        Join(Combinators.Merge.average, [this, other, .. others]);

    /// <summary>This result less another one, element by element.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Subtract(Network other) => Join(Combinators.Merge.subtract, [this, other]);

    /// <summary>The largest of this result and others, element by element.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Maximum(Network other, params Network[] others) =>
        Join(Combinators.Merge.maximum, [this, other, .. others]);

    /// <summary>The smallest of this result and others, element by element.</summary>
    /// <exception cref="FunctionalException">The shapes do not fit.</exception>
    public Network Minimum(Network other, params Network[] others) =>
        Join(Combinators.Merge.minimum, [this, other, .. others]);

    /// <summary>
    /// A name for the last layer instead of the one made of its kind and place; for an input, the input's name.
    /// </summary>
    /// <exception cref="FunctionalException">There is no layer yet, or the name is empty or holds a '/'.</exception>
    public Network Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (layers.Count == 0 && rename is not null)
            return rename(name);
        if (layers.Count > 0 || input is null || IsJoined)
            return Last("Named", layer => LayerModule.named(name, layer));

        // the same names are refused
        _ = LayerModule.named(name, LayerModule.identity<FTensor>());
        return new(input, [], name: name);
    }

    /// <summary>
    /// Makes a kind of layer of one's own known, so that models which hold it are saved and loaded whole: the part is
    /// what <c>Custom</c> with this kind gives. It is called when a file is read, which brings no code.
    /// </summary>
    public static void RegisterLayer(string kind, Func<Network, Network> part)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(part);
        Catalog.register(
            kind, FuncConvert.FromFunc<FSharpList<Tuple<string, Setting>>, FLayer>(_ => Part(part)));
    }

    /// <summary>
    /// Freezes all layers so far: training does not change them, and they run as in prediction. Their weights keep
    /// their names.
    /// </summary>
    public Network Freeze() =>
        layers.Select(Combinators.freeze).Aggregate(Beginning(), (network, layer) => network.With(layer));

    private Network Beginning() => before?.Beginning() ?? this;

    private Network Last(string method, Func<FLayer, FLayer> change) =>
        layers.Count == 0
            ? throw Errors.Data($"Network.{method}", "there is no layer yet; call it behind a layer.")
            : before!.With(change(layers[^1]));
}
