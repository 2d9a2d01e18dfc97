namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Conv1D"/>.</summary>
public sealed record Conv1DOptions
{
    /// <summary>How far the kernel moves at a time. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>What stands around the sequence. Default nothing.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>How far neighbours in the kernel stand apart. Default 1.</summary>
    public int DilationRate { get; init; } = 1;

    /// <summary>Into how many groups channels and filters are parted; it must divide both. Default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>What the kernel starts from. Default Glorot's uniform numbers.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the bias starts from. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>What the kernel adds to the loss. Default nothing.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What the bias adds to the loss. Default nothing.</summary>
    public Regularizer? BiasRegularizer { get; init; }
}

/// <summary>Options of <see cref="Network.Conv2D"/>.</summary>
public sealed record Conv2DOptions
{
    /// <summary>How far the kernel moves at a time. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>What stands around the image: nothing, or as much as keeps its size. Default nothing.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>How far neighbours in the kernel stand apart. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

    /// <summary>Into how many groups channels and filters are parted; it must divide both. Default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>What the kernel starts from. Default Glorot's uniform numbers.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the bias starts from. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>What the kernel adds to the loss. Default nothing.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What the bias adds to the loss. Default nothing.</summary>
    public Regularizer? BiasRegularizer { get; init; }
}

/// <summary>Options of <see cref="Network.DepthwiseConv2D"/>.</summary>
public sealed record DepthwiseConv2DOptions
{
    /// <summary>How far the kernel moves at a time. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>What stands around the image: nothing, or as much as keeps its size. Default nothing.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>How far neighbours in the kernel stand apart. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

    /// <summary>How many filters each channel has. Default 1.</summary>
    public int DepthMultiplier { get; init; } = 1;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>What the kernel starts from. Default Glorot's uniform numbers.</summary>
    public Initializer DepthwiseInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the bias starts from. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>What the kernel adds to the loss. Default nothing.</summary>
    public Regularizer? DepthwiseRegularizer { get; init; }

    /// <summary>What the bias adds to the loss. Default nothing.</summary>
    public Regularizer? BiasRegularizer { get; init; }
}

/// <summary>Options of <see cref="Network.Conv2DTranspose"/>.</summary>
public sealed record Conv2DTransposeOptions
{
    /// <summary>How far apart the elements of the image are laid. Default 1.</summary>
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

    /// <summary>How far neighbours in the kernel stand apart. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>What the kernel starts from. Default Glorot's uniform numbers.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>What the bias starts from. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>What the kernel adds to the loss. Default nothing.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What the bias adds to the loss. Default nothing.</summary>
    public Regularizer? BiasRegularizer { get; init; }
}
