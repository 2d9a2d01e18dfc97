namespace Functional.CSharp;

/// <summary>Poolings of sequences, images and volumes.</summary>
public sealed partial class Network
{
    /// <summary>
    /// The largest element of each window of a sequence. Without strides, windows stand side by side; what lies outside the sequence does not
    /// count.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network MaxPooling1D(
        int poolSize = 2,
        int? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(PoolingLayers.maxPooling1DWith(
            new Pooling1DOptions(Interop.Option(strides), padding.Inner(), dataFormat.Inner()), poolSize));

    /// <summary>
    /// The largest element of each window of an image. Without strides, windows stand side by side; what lies outside the image does not
    /// count.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network MaxPooling2D(
        Size2D? poolSize = null,
        Size2D? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (height, width) = poolSize ?? 2;
        return With(PoolingLayers.maxPooling2DWith(
            new Pooling2DOptions(Interop.Option(strides?.Pair), padding.Inner(), dataFormat.Inner()), height, width));
    }

    /// <summary>
    /// The largest element of each window of a volume. Without strides, windows stand side by side; what lies outside the volume does not
    /// count.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network MaxPooling3D(
        Size3D? poolSize = null,
        Size3D? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (depth, height, width) = poolSize ?? 2;
        return With(PoolingLayers.maxPooling3DWith(
            new Pooling3DOptions(Interop.Option(strides?.Triple), padding.Inner(), dataFormat.Inner()),
            depth,
            height,
            width));
    }

    /// <summary>
    /// The mean of each window of a sequence. Without strides, windows stand side by side; what lies outside the sequence does not
    /// count, as in Keras. PyTorch counts it unless told otherwise.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network AveragePooling1D(
        int poolSize = 2,
        int? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(PoolingLayers.averagePooling1DWith(
            new Pooling1DOptions(Interop.Option(strides), padding.Inner(), dataFormat.Inner()), poolSize));

    /// <summary>
    /// The mean of each window of an image. Without strides, windows stand side by side; what lies outside the image does not
    /// count, as in Keras. PyTorch counts it unless told otherwise.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network AveragePooling2D(
        Size2D? poolSize = null,
        Size2D? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (height, width) = poolSize ?? 2;
        return With(PoolingLayers.averagePooling2DWith(
            new Pooling2DOptions(Interop.Option(strides?.Pair), padding.Inner(), dataFormat.Inner()), height, width));
    }

    /// <summary>
    /// The mean of each window of a volume. Without strides, windows stand side by side; what lies outside the volume does not
    /// count, as in Keras. PyTorch counts it unless told otherwise.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1, or the padding is causal.</exception>
    public Network AveragePooling3D(
        Size3D? poolSize = null,
        Size3D? strides = null,
        Padding padding = Padding.Valid,
        DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (depth, height, width) = poolSize ?? 2;
        return With(PoolingLayers.averagePooling3DWith(
            new Pooling3DOptions(Interop.Option(strides?.Triple), padding.Inner(), dataFormat.Inner()),
            depth,
            height,
            width));
    }

    /// <summary>
    /// The largest element of each channel of a sequence: [channels], or [1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalMaxPooling1D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalMaxPooling1DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The largest element of each channel of an image: [channels], or [1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalMaxPooling2D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalMaxPooling2DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The largest element of each channel of a volume: [channels], or [1, 1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalMaxPooling3D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalMaxPooling3DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The mean of each channel of a sequence: [channels], or [1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalAveragePooling1D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalAveragePooling1DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The mean of each channel of an image: [channels], or [1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalAveragePooling2D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalAveragePooling2DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The mean of each channel of a volume: [channels], or [1, 1, 1, channels] where dimensions are kept.
    /// </summary>
    public Network GlobalAveragePooling3D(
        bool keepDims = false, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(GlobalPoolingLayers.globalAveragePooling3DWith(new GlobalPoolingOptions(keepDims, dataFormat.Inner())));

    /// <summary>
    /// The largest elements of so many windows of a sequence. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveMaxPooling1D(
        int outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveMaxPooling1DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize));

    /// <summary>
    /// The largest elements of so many windows of an image. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveMaxPooling2D(
        Size2D outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveMaxPooling2DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize.Height, outputSize.Width));

    /// <summary>
    /// The largest elements of so many windows of a volume. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveMaxPooling3D(
        Size3D outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveMaxPooling3DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize.Depth, outputSize.Height, outputSize.Width));

    /// <summary>
    /// The means of so many windows of a sequence. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveAveragePooling1D(
        int outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveAveragePooling1DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize));

    /// <summary>
    /// The means of so many windows of an image. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveAveragePooling2D(
        Size2D outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveAveragePooling2DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize.Height, outputSize.Width));

    /// <summary>
    /// The means of so many windows of a volume. Window i of m goes from i * n / m, rounded down, to (i + 1) * n / m,
    /// rounded up.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network AdaptiveAveragePooling3D(
        Size3D outputSize, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(AdaptivePoolingLayers.adaptiveAveragePooling3DWith(
            new AdaptivePoolingOptions(dataFormat.Inner()), outputSize.Depth, outputSize.Height, outputSize.Width));
}
