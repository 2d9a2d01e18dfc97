namespace Functional.CSharp;

/// <summary>The way in which <see cref="Network.Bidirectional(Func{Network, Network}, MergeMode)"/> merges the results of both directions.</summary>
public enum MergeMode
{
    /// <summary>Side by side on the last axis.</summary>
    Concat,

    /// <summary>Added.</summary>
    Sum,

    /// <summary>Multiplied.</summary>
    Mul,

    /// <summary>Their mean.</summary>
    Ave,
}

/// <summary>The encoding of ids by <see cref="Network.CategoryEncoding"/>.</summary>
public enum CategoryMode
{
    /// <summary>For each id a row of zeros with a one at its place.</summary>
    OneHot,

    /// <summary>For each sample a row with ones at the places of its ids.</summary>
    MultiHot,

    /// <summary>For each sample a row with the number of times that each id occurs.</summary>
    Count,
}

public sealed partial class Network
{
    /// <summary>
    /// The recurrence h = tanh(x kernel + h recurrent_kernel + bias) over sequences [time, features]: the last h, or all
    /// of them by an option.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Network SimpleRnn(int units, RecurrentOptions? options = null) =>
        With(RecurrentLayers.simpleRnnWith(Inside(options), units));

    /// <summary>
    /// Long short-term memory over sequences [time, features]: the last state [units], or all of them by an option. The
    /// kernels hold the blocks i, f, c, o side by side, as Keras's and PyTorch's do.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Network Lstm(int units, RecurrentOptions? options = null) =>
        With(RecurrentLayers.lstmWith(Inside(options), units));

    /// <summary>
    /// The gated recurrent unit over sequences [time, features]: the last state [units], or all of them by an option. The
    /// kernels hold the blocks z, r, h side by side, as Keras's do; PyTorch's order is r, z, h.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Network Gru(int units, RecurrentOptions? options = null) =>
        With(RecurrentLayers.gruWith(Inside(options), units));

    /// <summary><see cref="SimpleRnn"/> with its last state: the output and h (Keras: return_state).</summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Branches SimpleRnnWithState(int units, RecurrentOptions? options = null) =>
        States(RecurrentLayers.simpleRnnWithState(Inside(options), units));

    /// <summary><see cref="Lstm"/> with its last states: the output, h and c (Keras: return_state).</summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Branches LstmWithState(int units, RecurrentOptions? options = null) =>
        States(RecurrentLayers.lstmWithState(Inside(options), units));

    /// <summary><see cref="Gru"/> with its last state: the output and h (Keras: return_state).</summary>
    /// <exception cref="FunctionalException">
    /// The number of units is below 1, or an option is out of its range.
    /// </exception>
    public Branches GruWithState(int units, RecurrentOptions? options = null) =>
        States(RecurrentLayers.gruWithState(Inside(options), units));

    /// <summary>
    /// <see cref="SimpleRnn"/> that begins with a state [units] of another layer: the output and the last h, to go on in
    /// a graph.
    /// </summary>
    /// <exception cref="FunctionalException">The state has another shape, or an option is out of its range.</exception>
    public Network[] SimpleRnnWithState(int units, Network initialState, RecurrentOptions? options = null) =>
        Call(RecurrentLayers.simpleRnnWithState(Inside(options), units).Network, [this, initialState]);

    /// <summary>
    /// <see cref="Lstm"/> that begins with the states h and c [units] of another layer, as a decoder does: the output and
    /// the last h and c, to go on in a graph.
    /// </summary>
    /// <exception cref="FunctionalException">A state has another shape, or an option is out of its range.</exception>
    public Network[] LstmWithState(int units, (Network H, Network C) initialState, RecurrentOptions? options = null) =>
        Call(
            RecurrentLayers.lstmWithState(Inside(options), units).Network, [this, initialState.H, initialState.C]);

    /// <summary>
    /// <see cref="Gru"/> that begins with a state [units] of another layer: the output and the last h, to go on in a
    /// graph.
    /// </summary>
    /// <exception cref="FunctionalException">The state has another shape, or an option is out of its range.</exception>
    public Network[] GruWithState(int units, Network initialState, RecurrentOptions? options = null) =>
        Call(RecurrentLayers.gruWithState(Inside(options), units).Network, [this, initialState]);

    /// <summary>
    /// Two layers like the part, one of which reads the sequence from its end:
    /// <c>network.Bidirectional(n => n.Lstm(64))</c>. Results of single steps stand at the step that they are of.
    /// </summary>
    /// <param name="part">A layer of sequences.</param>
    /// <param name="mode">How both results are joined; by default side by side.</param>
    public Network Bidirectional(Func<Network, Network> part, MergeMode mode = MergeMode.Concat) =>
        With(BidirectionalLayers.bidirectionalWith(Inside(mode), Part(part)));

    /// <summary>
    /// <see cref="Bidirectional(Func{Network, Network}, MergeMode)"/> of a layer that gives its last states:
    /// <c>network.BidirectionalWithState(n => n.LstmWithState(64))</c>. Its results are the output and the last states, those of
    /// the forward layer first: see <see cref="Branches.Results"/>.
    /// </summary>
    /// <exception cref="FunctionalException">The part is not one recurrent layer with its states.</exception>
    public Branches BidirectionalWithState(Func<Network, Branches> part, MergeMode mode = MergeMode.Concat) =>
        States(BidirectionalLayers.bidirectionalWithState(Inside(mode), Recurrent(part)));

    /// <summary>
    /// <see cref="BidirectionalWithState(Func{Network, Branches}, MergeMode)"/> that begins with states of other layers, those of
    /// the forward layer first: the output and the last states, to go on in a graph.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The part is not one recurrent layer with its states, or the states are others than it has.
    /// </exception>
    public Network[] BidirectionalWithState(
        Func<Network, Branches> part, IReadOnlyList<Network> initialStates, MergeMode mode = MergeMode.Concat)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        var layer = BidirectionalLayers.bidirectionalWithState(Inside(mode), Recurrent(part));
        return Call(layer.Network, [this, .. initialStates]);
    }

    /// <summary>The part on each step of a sequence by itself, with the same weights.</summary>
    public Network TimeDistributed(Func<Network, Network> part) => With(SequenceLayers.timeDistributed(Part(part)));

    /// <summary>
    /// A learned vector for each id: whole numbers below <paramref name="inputs"/>, of any shape, to vectors along a new
    /// last axis.
    /// </summary>
    /// <param name="inputs">How many ids there are.</param>
    /// <param name="units">The length of the vectors.</param>
    /// <param name="options">What the vectors start from and cost.</param>
    /// <exception cref="FunctionalException">A count is below 1.</exception>
    public Network Embedding(int inputs, int units, EmbeddingOptions? options = null) =>
        With(EmbeddingLayers.embeddingWith((options ?? new()).Inside(), inputs, units));

    /// <summary>
    /// A learned vector for each id, layers on these vectors, and the logits of each id, which are the products of what the
    /// layers give with the same table: <c>network.ReversibleEmbedding(tokens, 256, n => n.TransformerDecoder(1024, 4))</c>.
    /// </summary>
    /// <param name="inputs">How many ids there are.</param>
    /// <param name="units">The length of the vectors, which the layers keep.</param>
    /// <param name="layers">The layers between.</param>
    /// <param name="options">What the vectors start from and cost.</param>
    /// <exception cref="FunctionalException">A count is below 1, or the layers give other vectors.</exception>
    public Network ReversibleEmbedding(
        int inputs, int units, Func<Network, Network> layers, EmbeddingOptions? options = null) =>
        With(ReversibleEmbeddingLayers.reversibleEmbeddingWith((options ?? new()).Inside(), inputs, units, Part(layers)));

    /// <summary>
    /// Ids below <paramref name="tokens"/> as rows of that length: by default for each sample a row with ones at the places
    /// of its ids, as in Keras.
    /// </summary>
    /// <exception cref="FunctionalException">The number of tokens is below 1.</exception>
    public Network CategoryEncoding(int tokens, CategoryMode mode = CategoryMode.MultiHot) =>
        With(EmbeddingLayers.categoryEncoding(Inside(mode), tokens));

    private static Layer<FSharpList<FTensor>, FSharpList<FTensor>> Recurrent(Func<Network, Branches> part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return part(new Network(null, []))?.Recurrent ?? throw Errors.Argument(
            "Network.BidirectionalWithState", "part", "part", "is not one recurrent layer with states; give n => n.LstmWithState(units).");
    }

    private Branches States(Layer<FSharpList<FTensor>, FSharpList<FTensor>> layer)
    {
        var one = Combinators.branch(ListModule.OfSeq([LayerModule.identity<FTensor>()]));
        return new Branches(this, LayerModule.compose(one, layer), before is null ? layer : null);
    }

    internal static Functional.RecurrentOptions Inside(RecurrentOptions? options)
    {
        options ??= new RecurrentOptions();
        return new Functional.RecurrentOptions(
            options.Activation.Inner,
            options.RecurrentActivation.Inner,
            options.UseBias,
            options.KernelInitializer.Inner,
            options.RecurrentInitializer.Inner,
            options.BiasInitializer.Inner,
            options.UnitForgetBias,
            options.ResetAfter,
            Interop.Option(options.KernelRegularizer?.Inner),
            Interop.Option(options.RecurrentRegularizer?.Inner),
            Interop.Option(options.BiasRegularizer?.Inner),
            Interop.Option(options.KernelConstraint?.Inner),
            Interop.Option(options.RecurrentConstraint?.Inner),
            Interop.Option(options.BiasConstraint?.Inner),
            Interop.Option(options.ActivityRegularizer?.Inner),
            options.Dropout,
            options.RecurrentDropout,
            options.ReturnSequences,
            options.GoBackwards,
            options.ZeroOutputForMask,
            Interop.Option(options.Stateful));
    }

    private static Functional.MergeMode Inside(MergeMode mode) => mode switch
    {
        MergeMode.Concat => Functional.MergeMode.Concat,
        MergeMode.Sum => Functional.MergeMode.Sum,
        MergeMode.Mul => Functional.MergeMode.Mul,
        MergeMode.Ave => Functional.MergeMode.Ave,
        _ => throw Errors.Argument("Network.Bidirectional", "mode", (int)mode, "is not a merge mode."),
    };

    private static Functional.CategoryMode Inside(CategoryMode mode) => mode switch
    {
        CategoryMode.OneHot => Functional.CategoryMode.OneHot,
        CategoryMode.MultiHot => Functional.CategoryMode.MultiHot,
        CategoryMode.Count => Functional.CategoryMode.Count,
        _ => throw Errors.Argument("Network.CategoryEncoding", "mode", (int)mode, "is not an encoding."),
    };
}
