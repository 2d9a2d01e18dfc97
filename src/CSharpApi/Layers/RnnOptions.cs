namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Rnn"/>, with Keras's names and defaults.</summary>
public sealed record RnnOptions
{
    /// <summary>Whether the outputs of all steps are given, or the last alone. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Whether the last step is read first. Default false.</summary>
    public bool GoBackwards { get; init; }

    /// <summary>
    /// Whether masked steps give zeros where the outputs of all steps are given; else they repeat the output before.
    /// Default false.
    /// </summary>
    public bool ZeroOutputForMask { get; init; }

    /// <summary>
    /// The batch size of a stateful layer, which begins each batch with the last states of the one before; null of one that
    /// is not stateful, the default.
    /// </summary>
    public int? Stateful { get; init; }

    internal Functional.RnnOptions Inside() =>
        new(ReturnSequences, GoBackwards, ZeroOutputForMask, Interop.Option(Stateful));
}

/// <summary>Options of the convolutional LSTMs, with Keras's names and defaults.</summary>
public sealed record ConvLstmOptions
{
    /// <summary>The strides of the convolution of the inputs, one number for each axis of space, or one for all. Default 1.</summary>
    public IReadOnlyList<int> Strides { get; init; } = [1];

    /// <summary>The padding of the convolution of the inputs: valid or same. Default valid.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The gaps in the kernel of the inputs, one number for each axis of space, or one for all. Default 1.</summary>
    public IReadOnlyList<int> DilationRate { get; init; } = [1];

    /// <summary>The place of the channels. Default behind the axes of space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;

    /// <summary>
    /// The other options: activations, initializers, regularizers, constraints, dropout, and those of the loop over time.
    /// <c>ResetAfter</c> and <c>ZeroOutputForMask</c> say nothing here.
    /// </summary>
    public RecurrentOptions Recurrent { get; init; } = new();
}
