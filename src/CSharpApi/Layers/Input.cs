namespace Functional.CSharp;

/// <summary>The inputs of graphs.</summary>
public static class Input
{
    /// <summary>
    /// A symbolic input for samples of this shape, without the batch axis; layers behind it are symbolic results.
    /// <c>Named</c> gives the input a name.
    /// </summary>
    /// <exception cref="FunctionalException">A length is below 1.</exception>
    public static Network Of(params int[] shape) => Network.Input(shape);
}

/// <summary>A graph of layers with its inputs and outputs, ready to be built.</summary>
public sealed class Graph
{
    private readonly Functional.Network network;

    internal Graph(Functional.Network network) => this.network = network;

    /// <summary>
    /// The model with its first weights drawn from a key, or a seed: the same seed gives the same weights on every
    /// machine.
    /// </summary>
    /// <exception cref="FunctionalException">Two layers have one name.</exception>
    public Model Build(Key seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        var layer = LayerModule.ofNetwork<FSharpList<FTensor>, FSharpList<FTensor>>(network);
        return Network.Checked(() => new Model(ModelParts.ModelModule.ofGraph(layer, seed.Inner)));
    }

    /// <summary>The names of the layers.</summary>
    public override string ToString() => NetworkDescriptions.NetworkModule.text(network);
}
