using FImages = Functional.ImageCharts.Chart;
using FOptions = Functional.ImageGridOptions;

namespace Functional.CSharp;

/// <summary>How a grid of images looks.</summary>
public sealed record ImageGridOptions
{
    /// <summary>Images in a row. Default 0: as many as make the grid about square.</summary>
    public int Columns { get; init; }

    /// <summary>A title above each image, of one or more lines. Default none.</summary>
    public IReadOnlyList<string> Titles { get; init; } = [];

    /// <summary>The colour of each title. Default none: all in the colour of text.</summary>
    public IReadOnlyList<string> TitleColors { get; init; } = [];

    /// <summary>Whether each grey image has a scale of its own instead of one for all. Default false.</summary>
    public bool OwnScales { get; init; }

    /// <summary>The colour scale of images of one channel. Default black to white.</summary>
    public IReadOnlyList<(double Position, string Color)> Colors { get; init; } = [(0, "#000000"), (1, "#FFFFFF")];

    /// <summary>Whether the colour scale of images of one channel stands beside them. Default false.</summary>
    public bool ShowScale { get; init; }

    internal FOptions Inner => new(
        Columns, ListModule.OfSeq(Titles), ListModule.OfSeq(TitleColors), OwnScales, Palette.Inner(Colors), ShowScale);
}

public static partial class Chart
{
    /// <summary>
    /// Images in a grid, row by row: [n, height, width] or [n, height, width, 1] in shades from the least number to the
    /// greatest, or [n, height, width, 3] in colours: of floats from 0 to 1 where all lie there, else from 0 to 255 where all
    /// lie there, as of whole numbers; else from the least to the greatest number.
    /// </summary>
    public static Figure Images(Tensor images, ImageGridOptions? options = null) =>
        new(FImages.imagesWith((options ?? new()).Inner, Interop.Inner(images)));

    /// <summary>
    /// Images in a grid, each below "Label: " and the name of its class. Labels are class numbers [n]; without names, numbers
    /// are shown.
    /// </summary>
    public static Figure ImagesWithLabels(Tensor images, Tensor labels, IEnumerable<string>? classNames = null) =>
        new(FImages.imagesWithLabels(classNames ?? [], Interop.Inner(labels), Interop.Inner(images)));

    /// <summary>
    /// Images in a grid, each below "Label: " and "Pred: " with the names of its class and of the predicted one; wrong ones in
    /// red. Labels and predictions are class numbers [n]; without names, numbers are shown.
    /// </summary>
    public static Figure ImagePredictions(
        Tensor images, Tensor labels, Tensor predicted, IEnumerable<string>? classNames = null) =>
        new(FImages.imagePredictions(
            classNames ?? [], Interop.Inner(labels), Interop.Inner(predicted), Interop.Inner(images)));
}
