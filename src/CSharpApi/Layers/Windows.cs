namespace Functional.CSharp;

/// <summary>Choices of windows in the terms of the library.</summary>
internal static class Windows
{
    public static WindowPadding Inner(this Padding padding) => padding switch
    {
        Padding.Valid => WindowPadding.Valid,
        Padding.Same => WindowPadding.Same,
        Padding.Causal => WindowPadding.Causal,
        _ => throw Unknown("padding", padding),
    };

    public static Functional.Interpolation Inner(this Interpolation interpolation) => interpolation switch
    {
        Interpolation.Nearest => Functional.Interpolation.Nearest,
        Interpolation.Bilinear => Functional.Interpolation.Bilinear,
        Interpolation.Bicubic => Functional.Interpolation.Bicubic,
        Interpolation.Lanczos3 => Functional.Interpolation.Lanczos3,
        Interpolation.Lanczos5 => Functional.Interpolation.Lanczos5,
        _ => throw Unknown("interpolation", interpolation),
    };

    public static Functional.DataFormat Inner(this DataFormat format) => format switch
    {
        DataFormat.ChannelsLast => Functional.DataFormat.ChannelsLast,
        DataFormat.ChannelsFirst => Functional.DataFormat.ChannelsFirst,
        _ => throw Unknown("data format", format),
    };

    public static Functional.FlipMode Inner(this FlipMode mode) => mode switch
    {
        FlipMode.Horizontal => Functional.FlipMode.Horizontal,
        FlipMode.Vertical => Functional.FlipMode.Vertical,
        FlipMode.HorizontalAndVertical => Functional.FlipMode.HorizontalAndVertical,
        _ => throw Unknown("mode", mode),
    };

    public static Functional.FillMode Inner(this FillMode mode) => mode switch
    {
        FillMode.Constant => Functional.FillMode.Constant,
        FillMode.Nearest => Functional.FillMode.Nearest,
        FillMode.Reflect => Functional.FillMode.Reflect,
        FillMode.Wrap => Functional.FillMode.Wrap,
        _ => throw Unknown("fill mode", mode),
    };

    private static Exception Unknown(string argument, object value) =>
        Errors.Argument("Network", argument, value, "is none of its type's values; take one of those.");
}
