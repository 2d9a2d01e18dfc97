namespace Functional.CSharp;

/// <summary>
/// Convolutions and poolings of sequences [batch, length, channels] and volumes [batch, depth, height, width, channels].
/// </summary>
public sealed partial class Tensor
{
    /// <summary>
    /// The convolution of sequences with a kernel [size, channels / groups, filters]: [batch, length', filters].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than three axes, the kernel does not fit in the sequence, or takes other channels.
    /// </exception>
    public Tensor Conv1D(
        Tensor kernel, int strides = 1, Padding padding = Padding.Valid, int dilationRate = 1, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        DemandAxes("Tensor.Conv1D", "sequences", this, 3);
        DemandAxes("Tensor.Conv1D", "kernel", kernel, 3);
        var window = WindowModule.along(padding.Inner(), strides, dilationRate, kernel.Shape[0], Shape[1]);
        return Wrap(TensorSequenceWindows.Tensor.conv1d(window, groups, kernel.Inner, Inner));
    }

    /// <summary>
    /// The convolution of volumes with a kernel [depth, height, width, channels / groups, filters]:
    /// [batch, depth', height', width', filters].
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than five axes, the kernel does not fit in the volume, or takes other channels.
    /// </exception>
    public Tensor Conv3D(
        Tensor kernel,
        Size3D? strides = null,
        Padding padding = Padding.Valid,
        Size3D? dilationRate = null,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        DemandAxes("Tensor.Conv3D", "volumes", this, 5);
        DemandAxes("Tensor.Conv3D", "kernel", kernel, 5);
        var (depth, plane) = WindowOf(kernel, (Shape[1], Shape[2], Shape[3]), strides, padding, dilationRate, groups);
        return Wrap(TensorVolumeWindows.Tensor.conv3d(depth, plane, kernel.Inner, Inner));
    }

    /// <summary>
    /// The transpose of <see cref="Conv1D"/>: from its result [batch, length', filters] to sequences
    /// [batch, <paramref name="length"/>, channels], with the same kernel and window.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than three axes, or the convolution of sequences of that length gives others.
    /// </exception>
    public Tensor Conv1DTranspose(
        Tensor kernel, int length, int strides = 1, Padding padding = Padding.Valid, int dilationRate = 1, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        DemandAxes("Tensor.Conv1DTranspose", "sequences", this, 3);
        DemandAxes("Tensor.Conv1DTranspose", "kernel", kernel, 3);
        var window = WindowModule.along(padding.Inner(), strides, dilationRate, kernel.Shape[0], length);
        return Wrap(TensorSequenceWindows.Tensor.conv1dTranspose(window, groups, length, kernel.Inner, Inner));
    }

    /// <summary>
    /// The transpose of <see cref="Conv3D"/>: from its result [batch, depth', height', width', filters] to volumes of a size,
    /// [batch, depth, height, width, channels], with the same kernel and window.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// A tensor has other than five axes, or the convolution of volumes of that size gives others.
    /// </exception>
    public Tensor Conv3DTranspose(
        Tensor kernel,
        Size3D size,
        Size3D? strides = null,
        Padding padding = Padding.Valid,
        Size3D? dilationRate = null,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        DemandAxes("Tensor.Conv3DTranspose", "volumes", this, 5);
        DemandAxes("Tensor.Conv3DTranspose", "kernel", kernel, 5);
        var (depth, plane) = WindowOf(kernel, size, strides, padding, dilationRate, groups);
        return Wrap(TensorVolumeWindows.Tensor.conv3dTranspose(
            depth, plane, size.Depth, size.Height, size.Width, kernel.Inner, Inner));
    }

    /// <summary>The largest element of each window of sequences. Without strides, windows stand side by side.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than three axes, or the window does not fit in the sequence.
    /// </exception>
    public Tensor MaxPool1D(int size, int? strides = null, Padding padding = Padding.Valid) =>
        Wrap(TensorSequenceWindows.Tensor.maxPool1d(PoolOf("Tensor.MaxPool1D", size, strides, padding), Inner));

    /// <summary>The mean of each window of sequences. Without strides, windows stand side by side.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than three axes, or the window does not fit in the sequence.
    /// </exception>
    public Tensor AveragePool1D(int size, int? strides = null, Padding padding = Padding.Valid) =>
        Wrap(TensorSequenceWindows.Tensor.averagePool1d(PoolOf("Tensor.AveragePool1D", size, strides, padding), Inner));

    /// <summary>The largest element of each window of volumes. Without strides, windows stand side by side.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than five axes, or the window does not fit in the volume.
    /// </exception>
    public Tensor MaxPool3D(Size3D size, Size3D? strides = null, Padding padding = Padding.Valid)
    {
        var (depth, plane) = PoolOf("Tensor.MaxPool3D", size, strides, padding);
        return Wrap(TensorVolumeWindows.Tensor.maxPool3d(depth, plane, Inner));
    }

    /// <summary>The mean of each window of volumes. Without strides, windows stand side by side.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has other than five axes, or the window does not fit in the volume.
    /// </exception>
    public Tensor AveragePool3D(Size3D size, Size3D? strides = null, Padding padding = Padding.Valid)
    {
        var (depth, plane) = PoolOf("Tensor.AveragePool3D", size, strides, padding);
        return Wrap(TensorVolumeWindows.Tensor.averagePool3d(depth, plane, Inner));
    }

    private PoolAxis PoolOf(string operation, int size, int? strides, Padding padding)
    {
        DemandAxes(operation, "sequences", this, 3);
        return PoolModule.along(padding.Inner(), strides ?? size, size, Shape[1]);
    }

    private (PoolAxis Depth, Pool Plane) PoolOf(string operation, Size3D size, Size3D? strides, Padding padding)
    {
        DemandAxes(operation, "volumes", this, 5);
        var (deep, down, across) = strides ?? size;
        var inner = padding.Inner();
        return (
            PoolModule.along(inner, deep, size.Depth, Shape[1]),
            PoolModule.create(inner, down, across, size.Height, size.Width, Shape[2], Shape[3]));
    }

    private static void DemandAxes(string operation, string argument, Tensor tensor, int rank)
    {
        if (tensor.Rank != rank)
        {
            throw Errors.Argument(
                operation, argument, $"a tensor of {tensor.Rank} axes", $"must have {Words[rank]}; reshape it.");
        }
    }

    private static readonly string[] Words = ["none", "one", "two", "three", "four", "five"];

    /// <summary>The windows along the depth and over the planes of volumes of a size.</summary>
    private static (WindowAxis Depth, Window Plane) WindowOf(
        Tensor kernel, Size3D size, Size3D? strides, Padding padding, Size3D? dilationRate, int groups)
    {
        var (deep, down, across) = strides ?? 1;
        var (behind, below, beside) = dilationRate ?? 1;
        var kernelSize = kernel.Shape;
        var depth = WindowModule.along(padding.Inner(), deep, behind, kernelSize[0], size.Depth);
        var plane = WindowModule.create(
            padding.Inner(), down, across, below, beside, groups, kernelSize[1], kernelSize[2], size.Height, size.Width);
        return (depth, plane);
    }
}
