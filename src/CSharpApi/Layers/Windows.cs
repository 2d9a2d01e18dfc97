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
        _ => throw Unknown("interpolation", interpolation),
    };

    private static Exception Unknown(string argument, object value) =>
        Errors.Argument("Network", argument, value, "is none of its type's values; take one of those.");
}
