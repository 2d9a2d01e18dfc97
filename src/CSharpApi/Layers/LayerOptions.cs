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
