using FPalette = Functional.Palette;

namespace Functional.CSharp;

/// <summary>Colours that stay apart for the colour-blind, and symbols and dashes that tell series apart without colour.</summary>
public static class Palette
{
    /// <summary>
    /// Twelve colours for classes and series, as "#rrggbb": Okabe and Ito's palette, black and yellow last; then light green, blue,
    /// brown and navy.
    /// </summary>
    public static IReadOnlyList<string> Qualitative => FPalette.qualitative;

    /// <summary>A colour scale for numbers from low to high: positions from 0 to 1 and colours. Cividis.</summary>
    public static IReadOnlyList<(double Position, string Color)> Sequential => Scale(FPalette.sequential);

    /// <summary>A light colour scale for counts and shares under dark numbers: white to blue.</summary>
    public static IReadOnlyList<(double Position, string Color)> Tint => Scale(FPalette.tint);

    /// <summary>A colour scale for numbers on both sides of a middle: blue, white in the middle, orange.</summary>
    public static IReadOnlyList<(double Position, string Color)> Diverging => Scale(FPalette.diverging);

    /// <summary>The colour of series i, from 0 on; from the 13th on, colours begin again.</summary>
    public static string Color(int i) => FPalette.color(i);

    /// <summary>The marker symbol of class i, from 0 on.</summary>
    public static string Symbol(int i) => FPalette.symbol(i);

    /// <summary>The line dash of series i, from 0 on.</summary>
    public static string Dash(int i) => FPalette.dash(i);

    internal static FSharpList<Tuple<double, string>> Inner(IEnumerable<(double Position, string Color)> scale) =>
        ListModule.OfSeq(scale.Select(stop => Tuple.Create(stop.Position, stop.Color)));

    private static IReadOnlyList<(double Position, string Color)> Scale(IEnumerable<Tuple<double, string>> scale) =>
        [.. scale.Select(stop => (stop.Item1, stop.Item2))];
}
