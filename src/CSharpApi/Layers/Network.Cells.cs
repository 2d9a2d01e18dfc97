namespace Functional.CSharp;

public sealed partial class Network
{
    /// <summary>
    /// A cell over the steps of sequences [time, ...]: its last output, or all of them by an option. Lstm, Gru and SimpleRnn
    /// compute the same of their cells, and faster.
    /// </summary>
    /// <param name="cell">The cell; several are <see cref="Cell.Stacked"/>.</param>
    /// <param name="options">The options of the loop.</param>
    /// <exception cref="FunctionalException">The cell gives no state, or a batch size is below 1.</exception>
    public Network Rnn(Cell cell, RnnOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return With(RecurrentCellLayers.rnnWith((options ?? new()).Inside(), cell.Inner));
    }

    /// <summary><see cref="Rnn"/> that gives the output and the last states: see <see cref="Branches.Results"/>.</summary>
    /// <exception cref="FunctionalException">The cell gives no state, or a batch size is below 1.</exception>
    public Branches RnnWithState(Cell cell, RnnOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return States(RecurrentCellLayers.rnnWithState((options ?? new()).Inside(), cell.Inner));
    }

    /// <summary>
    /// Two layers of their own, the second of which reads the sequence from its end: by its option GoBackwards, or because
    /// it is given the sequence turned round.
    /// </summary>
    /// <param name="forward">The layer that reads forwards.</param>
    /// <param name="backward">The layer that reads backwards.</param>
    /// <param name="mode">How both results are joined; by default side by side.</param>
    public Network Bidirectional(
        Func<Network, Network> forward, Func<Network, Network> backward, MergeMode mode = MergeMode.Concat) =>
        With(BidirectionalLayers.bidirectionalOf(Inside(mode), Part(forward), Part(backward)));

    /// <summary>
    /// An LSTM over sequences of rows, [time, length, channels], whose products are convolutions: the last state, or all of
    /// them by an option.
    /// </summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Network ConvLstm1D(int filters, int kernelSize, ConvLstmOptions? options = null) =>
        With(ConvLstmLayers.convLstm1DWith(Inside(options), filters, kernelSize));

    /// <summary><see cref="ConvLstm1D"/> over sequences of images, [time, height, width, channels].</summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Network ConvLstm2D(int filters, Size2D kernelSize, ConvLstmOptions? options = null) =>
        With(ConvLstmLayers.convLstm2DWith(Inside(options), filters, kernelSize.Height, kernelSize.Width));

    /// <summary><see cref="ConvLstm1D"/> over sequences of volumes, [time, depth, height, width, channels].</summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Network ConvLstm3D(int filters, Size3D kernelSize, ConvLstmOptions? options = null) =>
        With(ConvLstmLayers.convLstm3DWith(Inside(options), filters, kernelSize.Depth, kernelSize.Height, kernelSize.Width));

    /// <summary>
    /// <see cref="ConvLstm1D"/> with its last states: the output, h and c (Keras: return_state).
    /// </summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Branches ConvLstm1DWithState(int filters, int kernelSize, ConvLstmOptions? options = null) =>
        States(ConvLstmLayers.convLstm1DWithState(Inside(options), filters, kernelSize));

    /// <summary>
    /// <see cref="ConvLstm1D"/> that begins with the states h and c of another layer: the output and the last h and c, to go on
    /// in a graph.
    /// </summary>
    /// <exception cref="FunctionalException">A state has another shape, or an option is out of its range.</exception>
    public Network[] ConvLstm1DWithState(
        int filters, int kernelSize, (Network H, Network C) initialState, ConvLstmOptions? options = null) =>
        Call(
            ConvLstmLayers.convLstm1DWithState(Inside(options), filters, kernelSize).Network,
            [this, initialState.H, initialState.C]);

    /// <summary>
    /// <see cref="ConvLstm2D"/> with its last states: the output, h and c (Keras: return_state).
    /// </summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Branches ConvLstm2DWithState(int filters, Size2D kernelSize, ConvLstmOptions? options = null) =>
        States(ConvLstmLayers.convLstm2DWithState(Inside(options), filters, kernelSize.Height, kernelSize.Width));

    /// <summary>
    /// <see cref="ConvLstm2D"/> that begins with the states h and c of another layer: the output and the last h and c, to go on
    /// in a graph.
    /// </summary>
    /// <exception cref="FunctionalException">A state has another shape, or an option is out of its range.</exception>
    public Network[] ConvLstm2DWithState(
        int filters, Size2D kernelSize, (Network H, Network C) initialState, ConvLstmOptions? options = null) =>
        Call(
            ConvLstmLayers.convLstm2DWithState(Inside(options), filters, kernelSize.Height, kernelSize.Width).Network,
            [this, initialState.H, initialState.C]);

    /// <summary>
    /// <see cref="ConvLstm3D"/> with its last states: the output, h and c (Keras: return_state).
    /// </summary>
    /// <exception cref="FunctionalException">A count is below 1, or an option is out of its range.</exception>
    public Branches ConvLstm3DWithState(int filters, Size3D kernelSize, ConvLstmOptions? options = null) =>
        States(ConvLstmLayers.convLstm3DWithState(Inside(options), filters, kernelSize.Depth, kernelSize.Height, kernelSize.Width));

    /// <summary>
    /// <see cref="ConvLstm3D"/> that begins with the states h and c of another layer: the output and the last h and c, to go on
    /// in a graph.
    /// </summary>
    /// <exception cref="FunctionalException">A state has another shape, or an option is out of its range.</exception>
    public Network[] ConvLstm3DWithState(
        int filters, Size3D kernelSize, (Network H, Network C) initialState, ConvLstmOptions? options = null) =>
        Call(
            ConvLstmLayers.convLstm3DWithState(Inside(options), filters, kernelSize.Depth, kernelSize.Height, kernelSize.Width).Network,
            [this, initialState.H, initialState.C]);

    private static Functional.ConvLstmOptions Inside(ConvLstmOptions? options)
    {
        options ??= new ConvLstmOptions();
        return new Functional.ConvLstmOptions(
            Interop.List(options.Strides),
            options.Padding.Inner(),
            Interop.List(options.DilationRate),
            options.DataFormat.Inner(),
            options.Activation.Inner,
            options.RecurrentActivation.Inner,
            options.UseBias,
            options.KernelInitializer.Inner,
            options.RecurrentInitializer.Inner,
            options.BiasInitializer.Inner,
            options.UnitForgetBias,
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
            Interop.Option(options.Stateful));
    }
}
