namespace Functional.CSharp;

/// <summary>Convolutions of sequences, images and volumes.</summary>
public sealed partial class Network
{
    /// <summary>
    /// Convolution of sequences: [length, channels] to [length', filters]. The kernel is
    /// [size, channels / groups, filters]; as in Keras and PyTorch it is not flipped.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, the groups do not divide the filters.
    /// </exception>
    public Network Conv1D(
        int filters, int kernelSize, Activation? activation = null, Conv1DOptions? options = null)
    {
        options ??= new Conv1DOptions();
        return With(ConvolutionLayers.conv1DWith(
            options.Inner(options.Strides, options.DilationRate, activation), filters, kernelSize));
    }

    /// <summary>
    /// Convolution of images: [height, width, channels] to [height', width', filters]. The kernel is
    /// [height, width, channels / groups, filters]; as in Keras and PyTorch it is not flipped.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, the groups do not divide the filters, or the padding is causal.
    /// </exception>
    public Network Conv2D(
        int filters, Size2D kernelSize, Activation? activation = null, Conv2DOptions? options = null)
    {
        options ??= new Conv2DOptions();
        return With(ConvolutionLayers.conv2DWith(
            options.Inner(options.Strides.Pair, options.DilationRate.Pair, activation), filters, kernelSize.Height, kernelSize.Width));
    }

    /// <summary>
    /// Convolution of volumes: [depth, height, width, channels] to [depth', height', width', filters]. The kernel is
    /// [depth, height, width, channels / groups, filters]; as in Keras and PyTorch it is not flipped.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, the groups do not divide the filters, or the padding is causal.
    /// </exception>
    public Network Conv3D(
        int filters, Size3D kernelSize, Activation? activation = null, Conv3DOptions? options = null)
    {
        options ??= new Conv3DOptions();
        return With(ConvolutionLayers.conv3DWith(
            options.Inner(options.Strides.Triple, options.DilationRate.Triple, activation), filters, kernelSize.Depth, kernelSize.Height, kernelSize.Width));
    }

    /// <summary>
    /// Convolution of each channel of sequences by itself: [length, channels] to
    /// [length', channels * multiplier]. The kernel is [size, channels, multiplier].
    /// </summary>
    /// <exception cref="FunctionalException">A count or a size is below 1.</exception>
    public Network DepthwiseConv1D(
        int kernelSize, Activation? activation = null, DepthwiseConv1DOptions? options = null)
    {
        options ??= new DepthwiseConv1DOptions();
        return With(DepthwiseConvolutionLayers.depthwiseConv1DWith(
            options.Inner(options.Strides, options.DilationRate, activation), kernelSize));
    }

    /// <summary>
    /// Convolution of each channel of images by itself: [height, width, channels] to
    /// [height', width', channels * multiplier]. The kernel is [height, width, channels, multiplier].
    /// </summary>
    /// <exception cref="FunctionalException">A count or a size is below 1, or the padding is causal.</exception>
    public Network DepthwiseConv2D(
        Size2D kernelSize, Activation? activation = null, DepthwiseConv2DOptions? options = null)
    {
        options ??= new DepthwiseConv2DOptions();
        return With(DepthwiseConvolutionLayers.depthwiseConv2DWith(
            options.Inner(options.Strides.Pair, options.DilationRate.Pair, activation), kernelSize.Height, kernelSize.Width));
    }

    /// <summary>
    /// Convolution of each channel of sequences by itself, then of the results with a kernel of size 1:
    /// [length, channels] to [length', filters]. The kernels are
    /// [size, channels, multiplier] and [1, channels * multiplier, filters].
    /// </summary>
    /// <exception cref="FunctionalException">A count or a size is below 1.</exception>
    public Network SeparableConv1D(
        int filters, int kernelSize, Activation? activation = null, SeparableConv1DOptions? options = null)
    {
        options ??= new SeparableConv1DOptions();
        return With(SeparableConvolutionLayers.separableConv1DWith(
            options.Inner(options.Strides, options.DilationRate, activation), filters, kernelSize));
    }

    /// <summary>
    /// Convolution of each channel of images by itself, then of the results with a kernel of size 1:
    /// [height, width, channels] to [height', width', filters]. The kernels are
    /// [height, width, channels, multiplier] and [1, 1, channels * multiplier, filters].
    /// </summary>
    /// <exception cref="FunctionalException">A count or a size is below 1, or the padding is causal.</exception>
    public Network SeparableConv2D(
        int filters, Size2D kernelSize, Activation? activation = null, SeparableConv2DOptions? options = null)
    {
        options ??= new SeparableConv2DOptions();
        return With(SeparableConvolutionLayers.separableConv2DWith(
            options.Inner(options.Strides.Pair, options.DilationRate.Pair, activation), filters, kernelSize.Height, kernelSize.Width));
    }

    /// <summary>
    /// The transpose of a convolution of sequences, which enlarges them: [length, channels] to
    /// [length', filters]. The kernel is [size, filters, channels].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, an output padding is not below its stride, or the padding is causal.
    /// </exception>
    public Network Conv1DTranspose(
        int filters, int kernelSize, Activation? activation = null, Conv1DTransposeOptions? options = null)
    {
        options ??= new Conv1DTransposeOptions();
        return With(TransposedConvolutionLayers.conv1DTransposeWith(
            options.Inner(options.Strides, Interop.Option(options.OutputPadding), options.DilationRate, activation), filters, kernelSize));
    }

    /// <summary>
    /// The transpose of a convolution of images, which enlarges them: [height, width, channels] to
    /// [height', width', filters]. The kernel is [height, width, filters, channels].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, an output padding is not below its stride, or the padding is causal.
    /// </exception>
    public Network Conv2DTranspose(
        int filters, Size2D kernelSize, Activation? activation = null, Conv2DTransposeOptions? options = null)
    {
        options ??= new Conv2DTransposeOptions();
        return With(TransposedConvolutionLayers.conv2DTransposeWith(
            options.Inner(options.Strides.Pair, Interop.Option(options.OutputPadding?.Pair), options.DilationRate.Pair, activation),
            filters, kernelSize.Height, kernelSize.Width));
    }

    /// <summary>
    /// The transpose of a convolution of volumes, which enlarges them: [depth, height, width, channels] to
    /// [depth', height', width', filters]. The kernel is [depth, height, width, filters, channels].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, an output padding is not below its stride, or the padding is causal.
    /// </exception>
    public Network Conv3DTranspose(
        int filters, Size3D kernelSize, Activation? activation = null, Conv3DTransposeOptions? options = null)
    {
        options ??= new Conv3DTransposeOptions();
        return With(TransposedConvolutionLayers.conv3DTransposeWith(
            options.Inner(options.Strides.Triple, Interop.Option(options.OutputPadding?.Triple), options.DilationRate.Triple, activation),
            filters, kernelSize.Depth, kernelSize.Height, kernelSize.Width));
    }
}
