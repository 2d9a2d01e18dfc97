namespace Functional.CSharp;

/// <summary>Convolutions and poolings of images [batch, height, width, channels].</summary>
public sealed partial class Tensor
{
    /// <summary>
    /// The convolution of images with a kernel [height, width, channels / groups, filters]:
    /// [batch, height', width', filters]. As in Keras and PyTorch the kernel is not flipped.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than four axes, the kernel does not fit in the image, or takes other channels.
    /// </exception>
    public Tensor Conv2D(
        Tensor kernel,
        Size2D? strides = null,
        Padding padding = Padding.Valid,
        Size2D? dilationRate = null,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var (height, width) = ImageSize("Tensor.Conv2D", this);
        DemandAxes("Tensor.Conv2D", "kernel", kernel, 4);
        var (down, across) = strides ?? 1;
        var (below, beside) = dilationRate ?? 1;
        var window = WindowModule.create(
            padding.Inner(), down, across, below, beside, groups, kernel.Shape[0], kernel.Shape[1], height, width);
        return Wrap(TensorConvolutions.Tensor.conv2d(window, kernel.Inner, Inner));
    }

    /// <summary>
    /// The transpose of <see cref="Conv2D"/>: from its result [batch, height', width', filters] to images of a size,
    /// [batch, height, width, channels], with the same kernel and window. Also called a deconvolution.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than four axes, or the convolution of images of that size gives others.
    /// </exception>
    public Tensor Conv2DTranspose(
        Tensor kernel,
        Size2D size,
        Size2D? strides = null,
        Padding padding = Padding.Valid,
        Size2D? dilationRate = null,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        DemandAxes("Tensor.Conv2DTranspose", "images", this, 4);
        DemandAxes("Tensor.Conv2DTranspose", "kernel", kernel, 4);
        var (down, across) = strides ?? 1;
        var (below, beside) = dilationRate ?? 1;
        var window = WindowModule.create(
            padding.Inner(), down, across, below, beside, groups, kernel.Shape[0], kernel.Shape[1], size.Height, size.Width);
        return Wrap(TensorConvolutions.Tensor.conv2dTranspose(window, size.Height, size.Width, kernel.Inner, Inner));
    }

    /// <summary>
    /// The largest element of each window of images. Without strides, windows stand side by side; what lies outside the
    /// image does not count.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than four axes, or the window does not fit in the image.
    /// </exception>
    public Tensor MaxPool2D(Size2D size, Size2D? strides = null, Padding padding = Padding.Valid) =>
        Wrap(TensorPooling.Tensor.maxPool2d(PoolOf("Tensor.MaxPool2D", size, strides, padding), Inner));

    /// <summary>
    /// The mean of each window of images. Without strides, windows stand side by side; what lies outside the image does
    /// not count.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than four axes, or the window does not fit in the image.
    /// </exception>
    public Tensor AveragePool2D(Size2D size, Size2D? strides = null, Padding padding = Padding.Valid) =>
        Wrap(TensorPooling.Tensor.averagePool2d(PoolOf("Tensor.AveragePool2D", size, strides, padding), Inner));

    private Pool PoolOf(string operation, Size2D size, Size2D? strides, Padding padding)
    {
        var (height, width) = ImageSize(operation, this);
        var (down, across) = strides ?? size;
        return PoolModule.create(padding.Inner(), down, across, size.Height, size.Width, height, width);
    }

    private static (int Height, int Width) ImageSize(string operation, Tensor images)
    {
        DemandAxes(operation, "images", images, 4);
        return (images.Shape[1], images.Shape[2]);
    }
}
