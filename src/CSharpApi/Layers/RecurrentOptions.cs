namespace Functional.CSharp;

/// <summary>Options of all layers with recurrent kernels, with Keras's names and defaults.</summary>
public abstract record RecurrentKernelOptions
{
    /// <summary>The activation of the new state, or of the candidate. Default tanh.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>The activation of the gates of an LSTM or a GRU. Default sigmoid.</summary>
    public Activation RecurrentActivation { get; init; } = Activation.Sigmoid;

    /// <summary>Whether biases are added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>The initializer of the kernel of the inputs. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The initializer of the recurrent kernel. Default orthogonal.</summary>
    public Initializer RecurrentInitializer { get; init; } = Initializer.Orthogonal();

    /// <summary>The initializer of the bias. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>Whether the bias of the forget gate of an LSTM starts at one. Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

    /// <summary>The regularizer of the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>The regularizer of the recurrent kernel. Default none.</summary>
    public Regularizer? RecurrentRegularizer { get; init; }

    /// <summary>The regularizer of the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>The constraint of the kernel, applied after each update. Default none.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>The constraint of the recurrent kernel, applied after each update. Default none.</summary>
    public Constraint? RecurrentConstraint { get; init; }

    /// <summary>The constraint of the bias, applied after each update. Default none.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The penalty on the layer's results, summed over the batch as in Keras 3. Default none.</summary>
    public Regularizer? ActivityRegularizer { get; init; }

    /// <summary>
    /// The share of the input's features that are zero while training, the same ones in every step. Default 0.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>
    /// The share of the state's units that are zero in the recurrent product while training, the same ones in every step.
    /// Default 0.
    /// </summary>
    public double RecurrentDropout { get; init; }

    /// <summary>Whether the states of all steps are given, or the last alone. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>
    /// Whether the last step is read first; the states of all steps then come in the order in which they were computed.
    /// Default false.
    /// </summary>
    public bool GoBackwards { get; init; }

    /// <summary>
    /// The batch size of a stateful layer, which begins each batch with the last states of the one before
    /// (<see cref="Model.ResetStates"/>); null of one that is not stateful, the default.
    /// </summary>
    public int? Stateful { get; init; }
}

/// <summary>
/// Options of <see cref="Network.SimpleRnn"/>, <see cref="Network.Lstm"/> and <see cref="Network.Gru"/>, with Keras's
/// names and defaults.
/// </summary>
public sealed record RecurrentOptions : RecurrentKernelOptions
{
    /// <summary>
    /// Whether the reset gate of a GRU meets the state after its product with the recurrent kernel, as in PyTorch. Default
    /// true.
    /// </summary>
    public bool ResetAfter { get; init; } = true;

    /// <summary>
    /// Whether masked steps give zeros where the states of all steps are given; else they repeat the state before.
    /// Default false.
    /// </summary>
    public bool ZeroOutputForMask { get; init; }
}

/// <summary>
/// Options of <see cref="Network.ConvLstm1D"/>, <see cref="Network.ConvLstm2D"/> and <see cref="Network.ConvLstm3D"/>, with
/// Keras's names and defaults.
/// </summary>
public sealed record ConvLstmOptions : RecurrentKernelOptions
{
    /// <summary>The strides of the convolution of the inputs, one number for each axis of space, or one for all. Default 1.</summary>
    public IReadOnlyList<int> Strides { get; init; } = [1];

    /// <summary>The padding of the convolution of the inputs: valid or same. Default valid.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The gaps in the kernel of the inputs, one number for each axis of space, or one for all. Default 1.</summary>
    public IReadOnlyList<int> DilationRate { get; init; } = [1];

    /// <summary>The place of the channels. Default behind the axes of space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;
}

/// <summary>Options of <see cref="Network.Embedding"/>.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>The initializer of the vectors. Default uniform in ±0.05.</summary>
    public Initializer EmbeddingsInitializer { get; init; } = Initializer.RandomUniform();

    /// <summary>The regularizer of the vectors. Default none.</summary>
    public Regularizer? EmbeddingsRegularizer { get; init; }

    /// <summary>Whether the id 0 is padding, whose steps are masked for the layers behind. Default false.</summary>
    public bool MaskZero { get; init; }

    /// <summary>The constraint of the vectors, applied after each update. Default none.</summary>
    public Constraint? EmbeddingsConstraint { get; init; }

    internal Functional.EmbeddingOptions Inside() =>
        new(
            EmbeddingsInitializer.Inner,
            Interop.Option(EmbeddingsRegularizer?.Inner),
            Interop.Option(EmbeddingsConstraint?.Inner),
            MaskZero);
}
