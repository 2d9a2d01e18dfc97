namespace Functional.CSharp;

/// <summary>Layers that change the size of sequences, images and volumes.</summary>
public sealed partial class Network
{
    /// <summary>A sequence with each element repeated.</summary>
    /// <exception cref="FunctionalException">The size is below 1.</exception>
    public Network UpSampling1D(int size = 2) => With(UpSamplingLayers.upSampling1D(size));

    /// <summary>Images larger by this factor, twice as high and wide by default.</summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network UpSampling2D(
        Size2D? size = null,
        Interpolation interpolation = Interpolation.Nearest,
        DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (down, across) = size ?? 2;
        return With(UpSamplingLayers.upSampling2DWith(
            new UpSampling2DOptions(interpolation.Inner(), dataFormat.Inner()), down, across));
    }

    /// <summary>Volumes larger by this factor, twice along each axis by default, each element repeated.</summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network UpSampling3D(Size3D? size = null, DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (deep, down, across) = size ?? 2;
        return With(UpSamplingLayers.upSampling3DIn(dataFormat.Inner(), deep, down, across));
    }

    /// <summary>Images with this height and width.</summary>
    /// <exception cref="FunctionalException">
    /// A size is below 1, or the proportions are to be kept both by cutting and by filling.
    /// </exception>
    public Network Resizing(int height, int width, ResizingOptions? options = null)
    {
        options ??= new ResizingOptions();
        return With(ResizingLayers.resizingWith(
            new Functional.ResizingOptions(
                options.Interpolation.Inner(),
                options.CropToAspectRatio,
                options.PadToAspectRatio,
                options.FillValue,
                options.Antialias,
                options.DataFormat.Inner()),
            height,
            width));
    }

    /// <summary>
    /// The middle of images with this height and width; smaller images are enlarged, and cut to these proportions.
    /// </summary>
    /// <exception cref="FunctionalException">A size is below 1.</exception>
    public Network CenterCrop(int height, int width, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(ResizingLayers.centerCropIn(dataFormat.Inner(), height, width));

    /// <summary>A sequence with zeros in front and behind.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding1D(int front = 1, int behind = 1, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(MarginLayers.zeroPadding1DIn(dataFormat.Inner(), front, behind));

    /// <summary>
    /// An image with rows of zeros above and below, and columns of zeros at both sides; one of each by default.
    /// </summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding2D(Size2D? padding = null, DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (rows, columns) = padding ?? 1;
        return ZeroPadding2D(rows, rows, columns, columns, dataFormat);
    }

    /// <summary>An image with zeros around it, as many at each side as it says.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding2D(
        int top, int bottom, int left, int right, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(MarginLayers.zeroPadding2DIn(dataFormat.Inner(), Tuple.Create(top, bottom), Tuple.Create(left, right)));

    /// <summary>A volume with zeros at both sides of each axis; one plane, row and column of each by default.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding3D(Size3D? padding = null, DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (planes, rows, columns) = padding ?? 1;
        return ZeroPadding3D((planes, planes), (rows, rows), (columns, columns), dataFormat);
    }

    /// <summary>A volume with zeros around it, as many at each side as it says.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public Network ZeroPadding3D(
        (int Front, int Back) planes,
        (int Top, int Bottom) rows,
        (int Left, int Right) columns,
        DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(MarginLayers.zeroPadding3DIn(
            dataFormat.Inner(), planes.ToTuple(), rows.ToTuple(), columns.ToTuple()));

    /// <summary>A sequence without so many elements in front and behind.</summary>
    /// <exception cref="FunctionalException">A count is negative, or nothing would be left.</exception>
    public Network Cropping1D(int front = 1, int behind = 1) => With(MarginLayers.cropping1D(front, behind));

    /// <summary>An image without so many rows above and below, and columns at both sides.</summary>
    /// <exception cref="FunctionalException">A count is negative, or nothing would be left.</exception>
    public Network Cropping2D(Size2D cropping, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        Cropping2D(cropping.Height, cropping.Height, cropping.Width, cropping.Width, dataFormat);

    /// <summary>An image without so many rows and columns at each side.</summary>
    /// <exception cref="FunctionalException">A count is negative, or nothing would be left.</exception>
    public Network Cropping2D(
        int top, int bottom, int left, int right, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(MarginLayers.cropping2DIn(dataFormat.Inner(), Tuple.Create(top, bottom), Tuple.Create(left, right)));

    /// <summary>A volume without so many planes, rows and columns at both sides; one of each by default.</summary>
    /// <exception cref="FunctionalException">A count is negative, or nothing would be left.</exception>
    public Network Cropping3D(Size3D? cropping = null, DataFormat dataFormat = DataFormat.ChannelsLast)
    {
        var (planes, rows, columns) = cropping ?? 1;
        return Cropping3D((planes, planes), (rows, rows), (columns, columns), dataFormat);
    }

    /// <summary>A volume without so many planes, rows and columns at each side.</summary>
    /// <exception cref="FunctionalException">A count is negative, or nothing would be left.</exception>
    public Network Cropping3D(
        (int Front, int Back) planes,
        (int Top, int Bottom) rows,
        (int Left, int Right) columns,
        DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(MarginLayers.cropping3DIn(
            dataFormat.Inner(), planes.ToTuple(), rows.ToTuple(), columns.ToTuple()));
}
