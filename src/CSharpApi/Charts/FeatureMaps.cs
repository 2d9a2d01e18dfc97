using FFeatureMaps = Functional.FeatureMaps;

namespace Functional.CSharp;

/// <summary>Images of what a convolutional model has learned: filters, and the feature maps of a sample.</summary>
public static class FeatureMaps
{
    /// <summary>
    /// The kernels of the convolution at a path as images [filters, height, width, channels]; of a 1-D convolution the
    /// height is 1.
    /// </summary>
    /// <exception cref="FunctionalException">The layer is no convolution; the message names those there are.</exception>
    public static Tensor Filters(Model model, string path) => new(FFeatureMaps.filters(Checked(path), Inner(model)));

    /// <summary>
    /// The feature maps [channels, height, width] of the layer at a path for one sample, without the batch axis.
    /// </summary>
    /// <exception cref="FunctionalException">There is no such layer, or its result is not [height, width, channels].</exception>
    public static Tensor Of(Model model, string path, Tensor sample) =>
        new(FFeatureMaps.ofLayer(Checked(path), Interop.Inner(sample), Inner(model)));

    /// <summary>The result of the layer at a path for one sample, without the batch axis.</summary>
    /// <exception cref="FunctionalException">There is no such layer; the message names those there are.</exception>
    public static Tensor Output(Model model, string path, Tensor sample) =>
        new(FFeatureMaps.output(Checked(path), Interop.Inner(sample), Inner(model)));

    private static Functional.Model Inner(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Inner;
    }

    private static string Checked(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path;
    }
}
