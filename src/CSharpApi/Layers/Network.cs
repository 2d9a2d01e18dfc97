namespace Functional.CSharp;

/// <summary>
/// A network being put together, layer by layer, from the shape of one sample. It is a value: each call gives a new
/// network, so that a half-built one can be shared and continued in several ways. <see cref="Build"/> checks the
/// shapes, draws the first weights and gives a model.
/// </summary>
public sealed partial class Network
{
    private readonly FSharpList<int>? input;
    private readonly IReadOnlyList<FLayer> layers;

    private Network(FSharpList<int>? input, IReadOnlyList<FLayer> layers)
    {
        this.input = input;
        this.layers = layers;
    }

    /// <summary>A network of samples of this shape, without the batch axis: one length for rows of features.</summary>
    /// <exception cref="FunctionalException">A length is below 1.</exception>
    public static Network Input(params int[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        foreach (var length in shape)
        {
            if (length < 1)
            {
                const string Reason = "is below 1; give the shape of one sample, without the batch axis.";
                throw Errors.Argument("Network.Input", "length", length, Reason);
            }
        }

        return new Network(Interop.List(shape), []);
    }

    /// <summary>The shape of one sample, without the batch axis; empty inside the parts of a network.</summary>
    public int[] InputShape => input is null ? [] : [.. input];

    /// <summary>The shape that the network gives for one sample, without the batch axis.</summary>
    /// <exception cref="FunctionalException">
    /// A layer does not fit the one before it; the message names both.
    /// </exception>
    public int[] OutputShape => [.. Checked(() => LayerModule.shapes([Given()], Layer).Head)];

    /// <summary>
    /// The model with its first weights drawn from a key, or a seed: the same seed gives the same weights on every
    /// machine.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A layer does not fit the one before it, or two layers have one name; the message names the layers, the shapes,
    /// and the fix.
    /// </exception>
    public Model Build(Key seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        return Checked(() => new Model(Models.ModelModule.create(Layer, Given(), seed.Inner)));
    }

    /// <summary>The names of the layers, in order.</summary>
    public override string ToString() =>
        $"{ShapeModule.toString(input ?? [])} -> {string.Join(" -> ", LayerModule.names(Layer))}";

    /// <summary>The layers in one.</summary>
    internal FLayer Layer => layers.Aggregate(LayerModule.identity<FTensor>(), LayerModule.compose);

    internal Network With(FLayer layer) => new(input, [.. layers, layer]);

    private FSharpList<int> Given() =>
        input ?? throw Errors.Data(
            "Network.Build", "this is a part of a network, whose input is not known; begin with Network.Input.");

    /// <summary>The layer of a part of a network, described by a function.</summary>
    internal static FLayer Part(Func<Network, Network> part)
    {
        ArgumentNullException.ThrowIfNull(part);
        var network = part(new Network(null, []));
        return network?.Layer ?? throw Errors.Argument(
            "Network", "part", "null", "is not a network; return what the last layer gives.");
    }

    /// <summary>Errors found while building, under the name that users of this class know.</summary>
    private static T Checked<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (FunctionalException e) when (e.Error is FunctionalError.ShapeMismatch error)
        {
            var renamed = FunctionalError.NewShapeMismatch("Network.Build", error.shapes, error.reason);
            throw new FunctionalException(renamed, e);
        }
    }
}
