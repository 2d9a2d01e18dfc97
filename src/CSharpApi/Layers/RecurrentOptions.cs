namespace Functional.CSharp;

/// <summary>
/// Options of <see cref="Network.SimpleRnn"/>, <see cref="Network.Lstm"/> and <see cref="Network.Gru"/>, with Keras's
/// names and defaults.
/// </summary>
public sealed record RecurrentOptions
{
    /// <summary>What makes the new state, or candidate, of a step. Default tanh.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>What makes the gates of an LSTM or a GRU. Default sigmoid.</summary>
    public Activation RecurrentActivation { get; init; } = Activation.Sigmoid;

    /// <summary>Whether biases are added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>What the kernel of the inputs starts from. Default Glorot's uniform numbers.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the kernel of the state starts from. Default orthogonal.</summary>
    public Initializer RecurrentInitializer { get; init; } = Initializer.Orthogonal();

    /// <summary>What the bias starts from. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>Whether the bias of the forget gate of an LSTM starts at one. Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

    /// <summary>
    /// Whether the reset gate of a GRU meets the state after its product with the recurrent kernel, as in PyTorch. Default
    /// true.
    /// </summary>
    public bool ResetAfter { get; init; } = true;

    /// <summary>What the kernel adds to the loss. Default nothing.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What the recurrent kernel adds to the loss. Default nothing.</summary>
    public Regularizer? RecurrentRegularizer { get; init; }

    /// <summary>What the bias adds to the loss. Default nothing.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>
    /// The share of the input's features that are zero while training, the same ones in every step. Default 0.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>
    /// The share of the state's units that are zero in the recurrent product while training, the same ones in every step.
    /// Default 0.
    /// </summary>
    public double RecurrentDropout { get; init; }

    /// <summary>Whether the states of all steps are given, [time, units], or the last alone. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>
    /// Whether the last step is read first; the states of all steps then come in the order in which they were computed.
    /// Default false.
    /// </summary>
    public bool GoBackwards { get; init; }
}

/// <summary>Options of <see cref="Network.Embedding"/>.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>What the vectors start from. Default uniform within 0.05.</summary>
    public Initializer EmbeddingsInitializer { get; init; } = Initializer.RandomUniform();

    /// <summary>What the vectors add to the loss. Default nothing.</summary>
    public Regularizer? EmbeddingsRegularizer { get; init; }
}
