namespace Functional.CSharp;

/// <summary>Layers of sequences [length, channels] and images [height, width, channels].</summary>
public sealed partial class Network
{
    /// <summary>
    /// Convolution of sequences: [length, channels] to [length', filters]. The kernel is
    /// [size, channels / groups, filters].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A count or a size is below 1, or the groups do not divide the filters.
    /// </exception>
    public Network Conv1D(int filters, int kernelSize, Activation? activation = null, Conv1DOptions? options = null)
    {
        options ??= new Conv1DOptions();
        return With(ConvolutionLayers.conv1DWith(
            new Functional.Conv1DOptions(
                options.Strides,
                options.Padding.Inner(),
                options.DilationRate,
                options.Groups,
                Interop.Option(activation?.Inner),
                options.UseBias,
                options.KernelInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.KernelRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.KernelConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            filters,
            kernelSize));
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
            new Functional.Conv2DOptions(
                options.Strides.Pair,
                options.Padding.Inner(),
                options.DilationRate.Pair,
                options.Groups,
                Interop.Option(activation?.Inner),
                options.UseBias,
                options.KernelInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.KernelRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.KernelConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            filters,
            kernelSize.Height,
            kernelSize.Width));
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
        return With(ConvolutionLayers.depthwiseConv2DWith(
            new Functional.DepthwiseConv2DOptions(
                options.Strides.Pair,
                options.Padding.Inner(),
                options.DilationRate.Pair,
                options.DepthMultiplier,
                Interop.Option(activation?.Inner),
                options.UseBias,
                options.DepthwiseInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.DepthwiseRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.DepthwiseConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            kernelSize.Height,
            kernelSize.Width));
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
            new Functional.Conv2DTransposeOptions(
                options.Strides.Pair,
                options.Padding.Inner(),
                Interop.Option(options.OutputPadding?.Pair),
                options.DilationRate.Pair,
                Interop.Option(activation?.Inner),
                options.UseBias,
                options.KernelInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.KernelRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.KernelConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            filters,
            kernelSize.Height,
            kernelSize.Width));
    }

    /// <summary>
    /// The largest element of each window of a sequence. Without strides, windows stand side by side.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network MaxPooling1D(int poolSize = 2, int? strides = null, Padding padding = Padding.Valid) =>
        With(PoolingLayers.maxPooling1DWith(Options(strides, padding), poolSize));

    /// <summary>
    /// The largest element of each window of an image. Without strides, windows stand side by side; what lies outside
    /// the image does not count.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network MaxPooling2D(Size2D? poolSize = null, Size2D? strides = null, Padding padding = Padding.Valid)
    {
        var size = poolSize ?? 2;
        return With(PoolingLayers.maxPooling2DWith(Options(strides, padding), size.Height, size.Width));
    }

    /// <summary>
    /// The mean of each window of a sequence. Without strides, windows stand side by side; what lies outside the
    /// sequence does not count.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network AveragePooling1D(int poolSize = 2, int? strides = null, Padding padding = Padding.Valid) =>
        With(PoolingLayers.averagePooling1DWith(Options(strides, padding), poolSize));

    /// <summary>
    /// The mean of each window of an image. Without strides, windows stand side by side; what lies outside the image
    /// does not count, as in Keras. PyTorch counts it unless told otherwise.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network AveragePooling2D(Size2D? poolSize = null, Size2D? strides = null, Padding padding = Padding.Valid)
    {
        var size = poolSize ?? 2;
        return With(PoolingLayers.averagePooling2DWith(Options(strides, padding), size.Height, size.Width));
    }

    /// <summary>
    /// The largest element of each channel of a sequence: [channels], or [1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalMaxPooling1D(bool keepDims = false) =>
        With(PoolingLayers.globalMaxPooling1DWith(new GlobalPoolingOptions(keepDims)));

    /// <summary>
    /// The largest element of each channel of an image: [channels], or [1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalMaxPooling2D(bool keepDims = false) =>
        With(PoolingLayers.globalMaxPooling2DWith(new GlobalPoolingOptions(keepDims)));

    /// <summary>
    /// The mean of each channel of a sequence: [channels], or [1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalAveragePooling1D(bool keepDims = false) =>
        With(PoolingLayers.globalAveragePooling1DWith(new GlobalPoolingOptions(keepDims)));

    /// <summary>
    /// The mean of each channel of an image: [channels], or [1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalAveragePooling2D(bool keepDims = false) =>
        With(PoolingLayers.globalAveragePooling2DWith(new GlobalPoolingOptions(keepDims)));

    /// <summary>A sequence with each element repeated.</summary>
    /// <exception cref="FunctionalException">The size is below 1.</exception>
    public Network UpSampling1D(int size = 2) => With(ResizingLayers.upSampling1D(size));

    /// <summary>Images larger by this factor, twice as high and wide by default.</summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network UpSampling2D(Size2D? size = null, Interpolation interpolation = Interpolation.Nearest)
    {
        var factor = size ?? 2;
        return With(ResizingLayers.upSampling2DWith(interpolation.Inner(), factor.Height, factor.Width));
    }

    /// <summary>A sequence with zeros in front and behind.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding1D(int front = 1, int behind = 1) => With(ResizingLayers.zeroPadding1D(front, behind));

    /// <summary>
    /// An image with rows of zeros above and below, and columns of zeros at both sides; one of each by default.
    /// </summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding2D(Size2D? padding = null)
    {
        var (rows, columns) = padding ?? 1;
        return ZeroPadding2D(rows, rows, columns, columns);
    }

    /// <summary>An image with zeros around it, as many at each side as it says.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding2D(int top, int bottom, int left, int right) =>
        With(ResizingLayers.zeroPadding2DWith(Tuple.Create(top, bottom), Tuple.Create(left, right)));

    private static Pooling1DOptions Options(int? strides, Padding padding) =>
        new(strides is { } stride ? FSharpOption<int>.Some(stride) : FSharpOption<int>.None, padding.Inner());

    private static Pooling2DOptions Options(Size2D? strides, Padding padding) =>
        new(Interop.Option(strides?.Pair), padding.Inner());
}
