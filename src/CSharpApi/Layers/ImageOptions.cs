namespace Functional.CSharp;

/// <summary>
/// The bounds of a number that is drawn at random. One number stands for both signs of it, and so does a pair for its
/// two: <c>RandomRotation(0.1)</c>, <c>RandomRotation((-0.1, 0.2))</c>.
/// </summary>
/// <param name="Low">The smallest one.</param>
/// <param name="High">The largest one.</param>
public readonly record struct Bounds(double Low, double High)
{
    /// <summary>From minus the number to the number.</summary>
    public static implicit operator Bounds(double both) => new(-Math.Abs(both), Math.Abs(both));

    /// <summary>From the first to the second.</summary>
    public static implicit operator Bounds((double Low, double High) pair) => new(pair.Low, pair.High);

    internal Tuple<double, double> Pair => Tuple.Create(Low, High);
}

/// <summary>The directions in which <see cref="Network.RandomFlip"/> mirrors images.</summary>
public enum FlipMode
{
    /// <summary>Left and right change places.</summary>
    Horizontal,

    /// <summary>Top and bottom change places.</summary>
    Vertical,

    /// <summary>Each with a draw of its own.</summary>
    HorizontalAndVertical,
}

/// <summary>The elements outside an image, where a moved image shows them.</summary>
public enum FillMode
{
    /// <summary>One value: k k k | a b c d | k k k.</summary>
    Constant,

    /// <summary>The element at the edge: a a a | a b c d | d d d.</summary>
    Nearest,

    /// <summary>The image mirrored at its edge: c b a | a b c d | d c b.</summary>
    Reflect,

    /// <summary>The image again: b c d | a b c d | a b c.</summary>
    Wrap,
}

/// <summary>Options of the layers that turn, move, stretch or shear images.</summary>
public sealed record ImageTransformOptions
{
    /// <summary>The elements outside the image. Default mirrored at the edge.</summary>
    public FillMode FillMode { get; init; } = FillMode.Reflect;

    /// <summary>The value of elements outside with <see cref="FillMode.Constant"/>. Default 0.</summary>
    public double FillValue { get; init; }

    /// <summary>The interpolation between elements: nearest or bilinear. Default bilinear.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>The place of the channels. Default behind the axes of space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;
}

/// <summary>Options of <see cref="Network.RandomErasing"/>.</summary>
public sealed record RandomErasingOptions
{
    /// <summary>
    /// The bounds of the probability with which an image is changed. Default (0, 1), so that half of them are; (1, 1)
    /// changes every image.
    /// </summary>
    public Bounds Factor { get; init; } = (0, 1);

    /// <summary>
    /// The bounds between which the squares of the rectangle's shares of the height and of the width are drawn. Default
    /// (0.02, 0.33).
    /// </summary>
    public Bounds Scale { get; init; } = (0.02, 0.33);

    /// <summary>The value of the rectangle. Default null: normal noise times the largest value.</summary>
    public double? FillValue { get; init; }

    /// <summary>The smallest and the largest value of the images. Default (0, 255).</summary>
    public Bounds ValueRange { get; init; } = (0, 255);

    /// <summary>The place of the channels. Default behind the axes of space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;
}

/// <summary>Options of <see cref="Network.Resizing"/>.</summary>
public sealed record ResizingOptions
{
    /// <summary>The interpolation between the elements. Default bilinear.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>Whether the largest part in the target's proportions is resized. Default false.</summary>
    public bool CropToAspectRatio { get; init; }

    /// <summary>Whether the image is filled up to the target's proportions first. Default false.</summary>
    public bool PadToAspectRatio { get; init; }

    /// <summary>The value that fills. Default 0.</summary>
    public double FillValue { get; init; }

    /// <summary>Whether an image that becomes smaller is smoothed first. Default false.</summary>
    public bool Antialias { get; init; }

    /// <summary>The place of the channels. Default behind the axes of space.</summary>
    public DataFormat DataFormat { get; init; } = DataFormat.ChannelsLast;
}
