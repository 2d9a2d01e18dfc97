namespace Functional.CSharp;

/// <summary>
/// A network being put together, layer by layer, from the shape of one sample. It is a value: each call gives a new
/// network, so that a half-built one can be shared and continued in several ways. <see cref="Build"/> checks the
/// shapes, draws the first weights and gives a model. Networks are also the symbolic tensors of graphs with several
/// inputs and outputs: see <see cref="Model(IReadOnlyList{Network}, IReadOnlyList{Network})"/>.
/// </summary>
public sealed partial class Network
{
    private readonly FSharpList<int>? input;
    private readonly IReadOnlyList<FLayer> layers;
    private readonly Network? before;
    private readonly string name;
    private readonly Lazy<Symbol> symbol;
    private readonly Func<string, Network>? rename;

    private Network(
        FSharpList<int>? input,
        IReadOnlyList<FLayer> layers,
        Network? before = null,
        Symbol? joined = null,
        string name = "",
        Func<string, Network>? rename = null)
    {
        this.input = input;
        this.layers = layers;
        this.before = before;
        this.name = name;
        this.rename = rename;
        IsJoined = before?.IsJoined ?? joined is not null;
        symbol = new(() => joined ?? NewSymbol());
    }

    /// <summary>Whether it comes of several inputs, so that only <see cref="Model(IReadOnlyList{Network}, IReadOnlyList{Network})"/> can build it.</summary>
    private bool IsJoined { get; }

    /// <summary>The network as a symbolic tensor of a graph; networks that go on from this one share it.</summary>
    internal Symbol Symbol => symbol.Value;

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
        if (IsJoined)
        {
            const string Reason = "the network joins several others; name its inputs and outputs with Network.Model.";
            throw Errors.Data("Network.Build", Reason);
        }

        return Checked(() => new Model(Models.ModelModule.create(Layer, Given(), seed.Inner)));
    }

    /// <summary>The names of the layers, in order.</summary>
    public override string ToString() =>
        $"{ShapeModule.toString(input ?? [])} -> {string.Join(" -> ", LayerModule.names(Layer))}";

    /// <summary>
    /// A graph of any number of inputs and outputs: <c>Network.Model([x, z], [y, w])</c>. Inputs come of
    /// <see cref="Functional.CSharp.Input.Of"/>; layers that two outputs have in common are one.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// An output needs an input that is not among the inputs, or an input has layers already.
    /// </exception>
    public static Graph Model(IReadOnlyList<Network> inputs, IReadOnlyList<Network> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        foreach (var network in inputs)
        {
            if (network.layers.Count > 0 || network.IsJoined)
                throw Errors.Argument("Network.Model", "input", network, "has layers already; give an Input.Of.");
        }

        return Checked(() => new Graph(SymbolModule.network(
            Labelled(inputs.Select(network => network.name == "" ? "input" : network.name), inputs),
            Labelled(outputs.Select(network => network.LastName()), outputs))));
    }

    /// <summary>A graph of one input and one output: <c>Network.Model(x, y)</c>.</summary>
    /// <exception cref="FunctionalException">The output needs another input, or the input has layers already.</exception>
    public static Graph Model(Network input, Network output) => Model([input], [output]);

    /// <summary>The results of several networks, joined by a layer: the beginning of another one.</summary>
    internal static Network Join(Layer<FSharpList<FTensor>, FTensor> layer, IEnumerable<Network> parts) =>
        Call(layer.Network, parts)[0];

    /// <summary>The results of layers on several networks: the beginnings of others.</summary>
    internal static Network[] Call(Functional.Network layers, IEnumerable<Network> parts, string name = "")
    {
        var symbols = ListModule.OfSeq(parts.Select(part => part.Symbol));
        var results = Checked(() => SymbolModule.call(layers, symbols));
        // a second call would have weights of its own, so that only a single result can have another name
        Func<string, Network>? rename = results.Length > 1 ? null : other => Call(Renamed(layers, other), parts, other)[0];
        return [.. results.Select(result => new Network(result.Shape, [], null, result, name, rename))];
    }

    private static Functional.Network Renamed(Functional.Network layers, string name) =>
        LayerModule.named(name, LayerModule.ofNetwork<FSharpList<FTensor>, FSharpList<FTensor>>(layers)).Network;

    /// <summary>The layers in one.</summary>
    internal FLayer Layer => layers.Aggregate(LayerModule.identity<FTensor>(), LayerModule.compose);

    internal Network With(FLayer layer) => new(input, [.. layers, layer], this);

    /// <summary>Names made different by counting: output, output_1.</summary>
    private static FSharpList<Tuple<string, Symbol>> Labelled(IEnumerable<string> names, IEnumerable<Network> networks)
    {
        var taken = new HashSet<string>();
        var labels = names.Select(label =>
        {
            var free = label;
            for (var i = 1; !taken.Add(free); i++)
                free = $"{label}_{i}";
            return free;
        });
        return ListModule.OfSeq(labels.Zip(networks, (label, network) => Tuple.Create(label, network.Symbol)));
    }

    private string LastName() =>
        layers.Count > 0 && LayerModule.names(layers[^1]) is { IsEmpty: false } names ? names.Last()
        : IsJoined && name != "" ? name
        : "output";

    private Symbol NewSymbol() =>
        before is null
            ? SymbolModule.input(Given())
            : SymbolModule.call(layers[^1].Network, FSharpList<Symbol>.Cons(before.Symbol, [])).Head;

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
    internal static T Checked<T>(Func<T> run)
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
