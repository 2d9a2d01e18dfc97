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
    public Network Repeat(int count, Func<Network, Network> part) => With(Combinators.repeat(count, Part(part)));

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

    /// <summary>A name for the last layer instead of the one made of its kind and place.</summary>
    /// <exception cref="FunctionalException">There is no layer yet, or the name is empty or holds a '/'.</exception>
    public Network Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Last("Named", layer => LayerModule.named(name, layer));
    }

    /// <summary>
    /// All layers so far at rest: training does not change them, and they run as outside training. Their weights keep
    /// their names.
    /// </summary>
    public Network Freeze() => new(input, [.. layers.Select(Combinators.freeze)]);

    private Network Last(string method, Func<FLayer, FLayer> change) =>
        layers.Count == 0
            ? throw Errors.Data($"Network.{method}", "there is no layer yet; call it behind a layer.")
            : new(input, [.. layers.SkipLast(1), change(layers[^1])]);
}
