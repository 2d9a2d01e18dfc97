namespace Functional.CSharp;

/// <summary>Options of rotary position embeddings.</summary>
public sealed record RotaryOptions
{
    /// <summary>The longest wavelength, in positions. Default 10,000.</summary>
    public double MaxWavelength { get; init; } = 10000;

    /// <summary>The factor by which positions are divided. Default 1.</summary>
    public double ScalingFactor { get; init; } = 1;

    internal Functional.RotaryOptions Inside() => new(MaxWavelength, ScalingFactor);
}

/// <summary>
/// Options of multi-head and grouped-query attention, with Keras's names and defaults.
/// </summary>
public sealed record MultiHeadAttentionOptions
{
    /// <summary>The width of a head of values. Default that of queries and keys.</summary>
    public int? ValueDim { get; init; }

    /// <summary>The share of scores that are zero while training. Default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the projections add biases. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>The axes of the result in place of the query's last one. Default as many features as the query has.</summary>
    public IReadOnlyList<int>? OutputShape { get; init; }

    /// <summary>The axes that attend, with the batch axis as 0. Default all between batch and features.</summary>
    public IReadOnlyList<int>? AttentionAxes { get; init; }

    /// <summary>Whether a query sees no later key. Default false.</summary>
    public bool UseCausalMask { get; init; }

    /// <summary>Rotary position embeddings of queries and keys. Default none. Not an option of Keras's layer.</summary>
    public RotaryOptions? Rotary { get; init; }

    /// <summary>The initializer of the kernels. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The initializer of the biases. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The regularizer of the kernels. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>The regularizer of the biases. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>The constraint of the kernels. Default none.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>The constraint of the biases. Default none.</summary>
    public Constraint? BiasConstraint { get; init; }

    internal Functional.MultiHeadAttentionOptions Inside() => new(
        Interop.Option(ValueDim),
        Dropout,
        UseBias,
        Interop.Option(OutputShape is null ? null : Interop.List(OutputShape)),
        Interop.Option(AttentionAxes is null ? null : Interop.List(AttentionAxes)),
        UseCausalMask,
        Interop.Option(Rotary?.Inside()),
        KernelInitializer.Inner,
        BiasInitializer.Inner,
        Interop.Option(KernelRegularizer?.Inner),
        Interop.Option(BiasRegularizer?.Inner),
        Interop.Option(KernelConstraint?.Inner),
        Interop.Option(BiasConstraint?.Inner));
}

/// <summary>The score of a query and a key in <see cref="Network.Attention"/>.</summary>
public enum AttentionScore
{
    /// <summary>Their product (Luong's attention).</summary>
    Dot,

    /// <summary>The sum of tanh(query + key), times a learned weight.</summary>
    Concat,
}

/// <summary>Options of <see cref="Network.Attention"/>, with Keras's names and defaults.</summary>
public sealed record AttentionOptions
{
    /// <summary>Whether scores have a learned factor. Default false.</summary>
    public bool UseScale { get; init; }

    /// <summary>The score of a query and a key. Default their product.</summary>
    public AttentionScore ScoreMode { get; init; }

    /// <summary>The share of scores that are zero while training. Default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether a query sees no later key. Default false.</summary>
    public bool UseCausalMask { get; init; }

    internal Functional.AttentionOptions Inside() => new(
        UseScale,
        ScoreMode switch
        {
            AttentionScore.Dot => Functional.AttentionScore.Dot,
            AttentionScore.Concat => Functional.AttentionScore.Concat,
            _ => throw Errors.Argument("Network.Attention", "score_mode", (int)ScoreMode, "is not a score."),
        },
        Dropout,
        UseCausalMask);
}

/// <summary>Options of <see cref="Network.AdditiveAttention"/>, with Keras's names and defaults.</summary>
public sealed record AdditiveAttentionOptions
{
    /// <summary>Whether features have learned factors. Default true.</summary>
    public bool UseScale { get; init; } = true;

    /// <summary>The share of scores that are zero while training. Default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether a query sees no later key. Default false.</summary>
    public bool UseCausalMask { get; init; }

    internal Functional.AttentionOptions Inside() =>
        new(UseScale, Functional.AttentionScore.Dot, Dropout, UseCausalMask);
}

/// <summary>Options of transformer blocks, with KerasHub's names and defaults.</summary>
public sealed record TransformerOptions
{
    /// <summary>The share of values that are dropped while training. Default 0; PyTorch: 0.1.</summary>
    public double Dropout { get; init; }

    /// <summary>The activation between both dense layers. Default relu.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Added to the variance of the normalizations. Default 0.00001.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>The initializer of all kernels. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The initializer of all biases. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>
    /// Whether normalization comes before attention and feed-forward (pre-norm), or behind their sums (post-norm). Default
    /// false.
    /// </summary>
    public bool NormalizeFirst { get; init; }

    /// <summary>Rotary position embeddings in attention to the sequence itself. Default none.</summary>
    public RotaryOptions? Rotary { get; init; }

    internal Functional.TransformerOptions Inside() => new(
        Dropout,
        Activation.Inner,
        LayerNormEpsilon,
        KernelInitializer.Inner,
        BiasInitializer.Inner,
        NormalizeFirst,
        Interop.Option(Rotary?.Inside()));
}

/// <summary>Options of <see cref="Network.TokenAndPositionEmbedding"/>, with KerasHub's names and defaults.</summary>
public sealed record TokenAndPositionOptions
{
    /// <summary>The initializer of both tables. Default uniform in ±0.05.</summary>
    public Initializer EmbeddingsInitializer { get; init; } = Initializer.RandomUniform();

    /// <summary>Whether the id 0 is padding, masked for the layers behind. Default false.</summary>
    public bool MaskZero { get; init; }

    internal Functional.TokenAndPositionOptions Inside() => new(EmbeddingsInitializer.Inner, MaskZero);
}
