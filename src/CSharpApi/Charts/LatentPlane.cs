using FLatentPlane = Functional.LatentPlane;
using FLatentSpacing = Functional.LatentSpacing;

namespace Functional.CSharp;

/// <summary>The points of a latent plane that are decoded.</summary>
public sealed class LatentSpacing
{
    private LatentSpacing(FLatentSpacing inner) => Inner = inner;

    internal FLatentSpacing Inner { get; }

    /// <summary>
    /// At equal steps of probability of a normal distribution, from 5 % to 95 %: where the codes of a variational
    /// autoencoder lie.
    /// </summary>
    public static LatentSpacing Normal { get; } = new(FLatentSpacing.Normal);

    /// <summary>Evenly from -range to range along both axes.</summary>
    public static LatentSpacing Even(double range) => new(FLatentSpacing.NewEven(range));
}

/// <summary>Decoded images over a plane of codes.</summary>
public sealed class LatentPlane
{
    private LatentPlane(FLatentPlane inner) => Inner = inner;

    internal FLatentPlane Inner { get; }

    /// <summary>
    /// The images of <paramref name="count"/> by <paramref name="count"/> codes, by a decoder from codes [n, 2] to images [n,
    /// height, width], [n, height, width, channels], or [n, side²] of square images. The spacing is by default normal.
    /// </summary>
    /// <exception cref="FunctionalException">There are fewer than 2 codes along an axis, or the images have another shape.</exception>
    public static LatentPlane Of(Func<Tensor, Tensor> decoder, int count = 15, LatentSpacing? spacing = null) =>
        new(LatentPlaneModule.decode((spacing ?? LatentSpacing.Normal).Inner, count, Interop.Function(decoder)));

    /// <summary>The images of a model of two inputs, such as the decoder of an autoencoder.</summary>
    /// <exception cref="FunctionalException">There are fewer than 2 codes along an axis, or the images have another shape.</exception>
    public static LatentPlane Of(Model decoder, int count = 15, LatentSpacing? spacing = null)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return new(LatentPlaneModule.ofModel((spacing ?? LatentSpacing.Normal).Inner, count, decoder.Inner));
    }

    /// <summary>The codes of the columns, ascending.</summary>
    public IReadOnlyList<double> Xs => Array.AsReadOnly(Inner.Xs);

    /// <summary>The codes of the rows, ascending.</summary>
    public IReadOnlyList<double> Ys => Array.AsReadOnly(Inner.Ys);

    /// <summary>The decoded images, [rows, columns, height, width, channels].</summary>
    public Tensor Images => new(Inner.Images);
}
