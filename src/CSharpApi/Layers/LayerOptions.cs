namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Dense"/>.</summary>
public sealed record DenseOptions
{
    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>The initializer of the kernel. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The initializer of the bias. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The regularizer of the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>The regularizer of the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>The constraint of the kernel, applied after each update. Default none.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>The constraint of the bias, applied after each update. Default none.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The penalty on the layer's results, summed over the batch as in Keras 3. Default none.</summary>
    public Regularizer? ActivityRegularizer { get; init; }
}

/// <summary>Options of <see cref="Network.PRelu"/>.</summary>
public sealed record PReluOptions
{
    /// <summary>
    /// The axes along which one slope is learned, counted with the batch axis as 0. Default none: a slope for each
    /// number.
    /// </summary>
    public IReadOnlyList<int> SharedAxes { get; init; } = [];

    /// <summary>The initializer of the slopes. Default zeros.</summary>
    public Initializer AlphaInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The regularizer of the slopes. Default none.</summary>
    public Regularizer? AlphaRegularizer { get; init; }

    /// <summary>The constraint of the slopes, applied after each update. Default none.</summary>
    public Constraint? AlphaConstraint { get; init; }
}

/// <summary>Options of <see cref="Network.BatchNormalization"/>.</summary>
public sealed record BatchNormalizationOptions
{
    /// <summary>The axis of the features, counted with the batch axis as 0. Default -1.</summary>
    public int Axis { get; init; } = -1;

    /// <summary>
    /// The weight of the old value in the running averages. Default 0.99. PyTorch's momentum is the weight of the new
    /// one.
    /// </summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Added to the variance. Default 0.001; PyTorch: 0.00001.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>Whether "beta" is learned and added. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether "gamma" is learned and multiplied by. Default true.</summary>
    public bool Scale { get; init; } = true;
}

/// <summary>Options of <see cref="Network.LayerNormalization"/>.</summary>
public sealed record LayerNormalizationOptions
{
    /// <summary>The axes to normalize over, counted with the batch axis as 0. Default the last.</summary>
    public IReadOnlyList<int> Axes { get; init; } = [-1];

    /// <summary>Added to the variance. Default 0.001; PyTorch: 0.00001; BERT: 1e-12.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>Whether "beta" is learned and added. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether "gamma" is learned and multiplied by. Default true.</summary>
    public bool Scale { get; init; } = true;
}
