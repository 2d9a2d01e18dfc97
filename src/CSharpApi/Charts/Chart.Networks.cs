using FCharts = Functional.NetworkCharts.Chart;
using FColorScaling = Functional.ColorScaling;
using FStructure = Functional.StructureCharts.Chart;

namespace Functional.CSharp;

/// <summary>How colours stand for numbers in several pictures beside each other.</summary>
public enum ColorScaling
{
    /// <summary>One scale for all, so that they can be compared.</summary>
    Shared,

    /// <summary>A scale for each, from its least number to its largest, so that each shows what it has.</summary>
    Each,
}

public static partial class Chart
{
    /// <summary>
    /// Activations by name with their derivatives, a panel each; all of the library's for no name.
    /// </summary>
    /// <exception cref="FunctionalException">A name is unknown; the message lists those there are.</exception>
    public static Figure Activations(params IEnumerable<string> names) => new(FCharts.activations(Names(names)));

    /// <summary>Functions of one number with their derivatives, a panel each, from -5 to 5.</summary>
    /// <exception cref="FunctionalException">There is no function, or one changes the shape.</exception>
    public static Figure Activations(IEnumerable<(string Name, Func<Tensor, Tensor> Function)> functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return new(FCharts.activationsOf(functions.Select(one => Tuple.Create(one.Name, Interop.Function(one.Function)))));
    }

    /// <summary>
    /// Images [n, height, width] beside each other as one picture, with labels above them where there are some. Signed
    /// numbers have a scale with white at 0.
    /// </summary>
    /// <exception cref="FunctionalException">There is no image, or the labels are not as many.</exception>
    public static Figure ImageMosaic(
        Tensor images,
        string title = "",
        ColorScaling scaling = ColorScaling.Shared,
        IEnumerable<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        return new(FCharts.imageMosaic(title, Inner(scaling), Names(labels), Interop.Inner(images)));
    }

    /// <summary>
    /// The first 64 filters of the convolution at a path: for up to 4 channels an image a channel, else the mean over the
    /// channels.
    /// </summary>
    /// <exception cref="FunctionalException">The layer is no convolution; the message names those there are.</exception>
    public static Figure Filters(Model model, string path, ColorScaling scaling = ColorScaling.Shared)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        return new(FCharts.filters(Inner(scaling), path, model.Inner));
    }

    /// <summary>The first 64 feature maps of the layer at a path for one sample, without the batch axis.</summary>
    /// <exception cref="FunctionalException">There is no such layer, or its result is not [height, width, channels].</exception>
    public static Figure FeatureMaps(
        Model model, string path, Tensor sample, ColorScaling scaling = ColorScaling.Shared)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        return new(FCharts.featureMaps(Inner(scaling), path, Interop.Inner(sample), model.Inner));
    }

    /// <summary>The decoded images of a plane of codes, the first code to the right and the second upward.</summary>
    public static Figure LatentPlane(LatentPlane plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        return new(FCharts.latentPlane(plane.Inner));
    }

    /// <summary>
    /// A model's layers as a graph from top to bottom: name, kind, output shape and number of parameters of each, coloured by
    /// whether it has parameters, is frozen, or is a block of layers. <see cref="Model.Part"/> shows the inside of a block.
    /// </summary>
    public static Figure Structure(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(FStructure.structure(model.Inner));
    }

    private static FColorScaling Inner(ColorScaling scaling) => scaling switch
    {
        ColorScaling.Shared => FColorScaling.Shared,
        ColorScaling.Each => FColorScaling.Each,
        _ => throw Errors.Argument("Chart", "scaling", scaling, "is none."),
    };
}
