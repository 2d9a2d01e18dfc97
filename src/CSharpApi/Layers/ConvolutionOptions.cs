namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Conv1D"/>.</summary>
public sealed record Conv1DOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>The padding of the sequence. Default valid: none.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public int DilationRate { get; init; } = 1;

    /// <summary>Into how many groups channels and filters are parted; it must divide both. Default 1.</summary>
    public int Groups { get; init; } = 1;

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

/// <summary>Options of <see cref="Network.Conv2D"/>.</summary>
public sealed record Conv2DOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>The padding of the image: valid (none), or same, which keeps the size at stride 1. Default valid.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

    /// <summary>Into how many groups channels and filters are parted; it must divide both. Default 1.</summary>
    public int Groups { get; init; } = 1;

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

/// <summary>Options of <see cref="Network.DepthwiseConv2D"/>.</summary>
public sealed record DepthwiseConv2DOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>The padding of the image: valid (none), or same, which keeps the size at stride 1. Default valid.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

    /// <summary>The number of filters of each channel. Default 1.</summary>
    public int DepthMultiplier { get; init; } = 1;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>The initializer of the kernel. Default glorot uniform.</summary>
    public Initializer DepthwiseInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The initializer of the bias. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The regularizer of the kernel. Default none.</summary>
    public Regularizer? DepthwiseRegularizer { get; init; }

    /// <summary>The regularizer of the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>The constraint of the kernel, applied after each update. Default none.</summary>
    public Constraint? DepthwiseConstraint { get; init; }

    /// <summary>The constraint of the bias, applied after each update. Default none.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The penalty on the layer's results, summed over the batch as in Keras 3. Default none.</summary>
    public Regularizer? ActivityRegularizer { get; init; }
}

/// <summary>Options of <see cref="Network.Conv2DTranspose"/>.</summary>
public sealed record Conv2DTransposeOptions
{
    /// <summary>The stride: the distance of neighbouring elements of the image in the result. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>
    /// How much of the result is kept: all that the kernel reaches, or strides times the size with
    /// <see cref="Padding.Same"/>. Default all.
    /// </summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>
    /// What is added to the size at the bottom and the right, each below its stride. Default null: sizes of
    /// (n - 1) * stride + max(kernel, stride), or n * stride for <see cref="Padding.Same"/>.
    /// </summary>
    public Size2D? OutputPadding { get; init; }

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

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
