namespace Functional.CSharp;

/// <summary>Options of all convolutions.</summary>
public abstract record ConvolutionOptions
{
    /// <summary>
    /// The padding: valid (none), same, which keeps the size at stride 1, or causal, of sequences alone. Default
    /// valid.
    /// </summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>The place of the channels. Default behind the axes of time or space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>The initializer of the bias. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The regularizer of the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>The constraint of the bias, applied after each update. Default none.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The penalty on the layer's results, summed over the batch as in Keras 3. Default none.</summary>
    public Regularizer? ActivityRegularizer { get; init; }
}

/// <summary>Options of convolutions with one kernel.</summary>
public abstract record GroupedConvolutionOptions : ConvolutionOptions
{
    /// <summary>Into how many groups channels and filters are parted; it must divide both. Default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>The initializer of the kernel. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The regularizer of the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>The constraint of the kernel, applied after each update. Default none.</summary>
    public Constraint? KernelConstraint { get; init; }

    internal Functional.ConvolutionOptions<T> Inner<T>(T strides, T dilationRate, Activation? activation) =>
        new(
            strides,
            Padding.Inner(),
            dilationRate,
            Groups,
            DataFormat.Inner(),
            Interop.Option(activation?.Inner),
            UseBias,
            KernelInitializer.Inner,
            BiasInitializer.Inner,
            Interop.Option(KernelRegularizer?.Inner),
            Interop.Option(BiasRegularizer?.Inner),
            Interop.Option(KernelConstraint?.Inner),
            Interop.Option(BiasConstraint?.Inner),
            Interop.Option(ActivityRegularizer?.Inner));
}

/// <summary>Options of transposed convolutions.</summary>
public abstract record TransposedConvolutionOptions : ConvolutionOptions
{
    /// <summary>The initializer of the kernel. Default glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The regularizer of the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>The constraint of the kernel, applied after each update. Default none.</summary>
    public Constraint? KernelConstraint { get; init; }

    internal Functional.TransposedConvolutionOptions<T> Inner<T>(T strides, FSharpOption<T>? outputPadding, T dilationRate, Activation? activation) =>
        new(
            strides,
            Padding.Inner(),
            outputPadding,
            dilationRate,
            DataFormat.Inner(),
            Interop.Option(activation?.Inner),
            UseBias,
            KernelInitializer.Inner,
            BiasInitializer.Inner,
            Interop.Option(KernelRegularizer?.Inner),
            Interop.Option(BiasRegularizer?.Inner),
            Interop.Option(KernelConstraint?.Inner),
            Interop.Option(BiasConstraint?.Inner),
            Interop.Option(ActivityRegularizer?.Inner));
}

/// <summary>Options of convolutions of each channel by itself.</summary>
public abstract record DepthwiseConvolutionOptions : ConvolutionOptions
{
    /// <summary>The number of filters of each channel. Default 1.</summary>
    public int DepthMultiplier { get; init; } = 1;

    /// <summary>The initializer of the kernel of each channel. Default glorot uniform.</summary>
    public Initializer DepthwiseInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The regularizer of the kernel of each channel. Default none.</summary>
    public Regularizer? DepthwiseRegularizer { get; init; }

    /// <summary>The constraint of the kernel of each channel, applied after each update. Default none.</summary>
    public Constraint? DepthwiseConstraint { get; init; }

    internal Functional.DepthwiseConvolutionOptions<T> Inner<T>(T strides, T dilationRate, Activation? activation) =>
        new(
            strides,
            Padding.Inner(),
            dilationRate,
            DepthMultiplier,
            DataFormat.Inner(),
            Interop.Option(activation?.Inner),
            UseBias,
            DepthwiseInitializer.Inner,
            BiasInitializer.Inner,
            Interop.Option(DepthwiseRegularizer?.Inner),
            Interop.Option(BiasRegularizer?.Inner),
            Interop.Option(DepthwiseConstraint?.Inner),
            Interop.Option(BiasConstraint?.Inner),
            Interop.Option(ActivityRegularizer?.Inner));
}

/// <summary>Options of convolutions of each channel by itself, whose results are then mixed.</summary>
public abstract record SeparableConvolutionOptions : DepthwiseConvolutionOptions
{
    /// <summary>The initializer of the kernel that mixes the channels. Default glorot uniform.</summary>
    public Initializer PointwiseInitializer { get; init; } = Initializer.GlorotUniform;

    /// <summary>The regularizer of the kernel that mixes the channels. Default none.</summary>
    public Regularizer? PointwiseRegularizer { get; init; }

    /// <summary>The constraint of the kernel that mixes the channels, applied after each update. Default none.</summary>
    public Constraint? PointwiseConstraint { get; init; }

    internal new Functional.SeparableConvolutionOptions<T> Inner<T>(T strides, T dilationRate, Activation? activation) =>
        new(
            strides,
            Padding.Inner(),
            dilationRate,
            DepthMultiplier,
            DataFormat.Inner(),
            Interop.Option(activation?.Inner),
            UseBias,
            DepthwiseInitializer.Inner,
            PointwiseInitializer.Inner,
            BiasInitializer.Inner,
            Interop.Option(DepthwiseRegularizer?.Inner),
            Interop.Option(PointwiseRegularizer?.Inner),
            Interop.Option(BiasRegularizer?.Inner),
            Interop.Option(DepthwiseConstraint?.Inner),
            Interop.Option(PointwiseConstraint?.Inner),
            Interop.Option(BiasConstraint?.Inner),
            Interop.Option(ActivityRegularizer?.Inner));
}

/// <summary>Options of <see cref="Network.Conv1D"/>.</summary>
public sealed record Conv1DOptions : GroupedConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public int DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.Conv2D"/>.</summary>
public sealed record Conv2DOptions : GroupedConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.Conv3D"/>.</summary>
public sealed record Conv3DOptions : GroupedConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size3D Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size3D DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.DepthwiseConv1D"/>.</summary>
public sealed record DepthwiseConv1DOptions : DepthwiseConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public int DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.DepthwiseConv2D"/>.</summary>
public sealed record DepthwiseConv2DOptions : DepthwiseConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.SeparableConv1D"/>.</summary>
public sealed record SeparableConv1DOptions : SeparableConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public int DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.SeparableConv2D"/>.</summary>
public sealed record SeparableConv2DOptions : SeparableConvolutionOptions
{
    /// <summary>The stride of the kernel. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.Conv1DTranspose"/>.</summary>
public sealed record Conv1DTransposeOptions : TransposedConvolutionOptions
{
    /// <summary>The stride: the distance of neighbouring elements of the sample in the result. Default 1.</summary>
    public int Strides { get; init; } = 1;

    /// <summary>
    /// What is added to the size behind each axis, each below its stride. Default null: sizes of (n - 1) * stride +
    /// max(kernel, stride), or n * stride for <see cref="Padding.Same"/>.
    /// </summary>
    public int? OutputPadding { get; init; }

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public int DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.Conv2DTranspose"/>.</summary>
public sealed record Conv2DTransposeOptions : TransposedConvolutionOptions
{
    /// <summary>The stride: the distance of neighbouring elements of the sample in the result. Default 1.</summary>
    public Size2D Strides { get; init; } = 1;

    /// <summary>
    /// What is added to the size behind each axis, each below its stride. Default null: sizes of (n - 1) * stride +
    /// max(kernel, stride), or n * stride for <see cref="Padding.Same"/>.
    /// </summary>
    public Size2D? OutputPadding { get; init; }

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size2D DilationRate { get; init; } = 1;
}

/// <summary>Options of <see cref="Network.Conv3DTranspose"/>.</summary>
public sealed record Conv3DTransposeOptions : TransposedConvolutionOptions
{
    /// <summary>The stride: the distance of neighbouring elements of the sample in the result. Default 1.</summary>
    public Size3D Strides { get; init; } = 1;

    /// <summary>
    /// What is added to the size behind each axis, each below its stride. Default null: sizes of (n - 1) * stride +
    /// max(kernel, stride), or n * stride for <see cref="Padding.Same"/>.
    /// </summary>
    public Size3D? OutputPadding { get; init; }

    /// <summary>The dilation rate: the distance of neighbours in the kernel. Default 1.</summary>
    public Size3D DilationRate { get; init; } = 1;
}
