using Deedle;
using FJsonLines = Functional.JsonLines;
using FNested = Functional.NestedValues;
using FOptions = Functional.JsonLinesOptions;

namespace Functional.CSharp;

/// <summary>How JSON lines are read.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>
    /// Null refuses values that are objects or arrays, by an error that names line and key; a text makes their parts columns
    /// of their own, under the keys on the way joined by it: address.city, tags.0 (pandas: json_normalize). Default null.
    /// </summary>
    public string? FlattenWith { get; init; }

    /// <summary>Whether columns whose texts are all dates of ISO 8601 become dates. Default true.</summary>
    public bool Dates { get; init; } = true;

    /// <summary>
    /// The types of columns by name, where the type that all their values fit is not what is wanted. A value that does not
    /// fit is an error. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>The most rows that are read (pandas: nrows). Default all.</summary>
    public int? MaxRows { get; init; }

    internal FOptions Inner => new(
        FlattenWith is null ? FNested.Refused : FNested.NewFlattened(FlattenWith),
        Dates,
        CsvOptions.InnerTypes(Types),
        Interop.Option(MaxRows));
}

/// <summary>JSON lines: a text with a JSON object, a row, on each line (pandas: read_json(lines=True)).</summary>
/// <remarks>
/// A file that is not there, and a line that cannot be a row, raise a <see cref="FunctionalException"/>, which gives the
/// line's number and text.
/// </remarks>
public static class JsonLines
{
    /// <summary>
    /// Reads a file, plain or gzip, into a frame with rows 0, 1, ... and a column for each key, in the order in which they
    /// come first, of the narrowest type that all its values fit; values of several kinds are text. null, and a key that a
    /// line has not, are missing.
    /// </summary>
    public static Frame<int, string> Read(string path, JsonLinesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FJsonLines.readWith((options ?? new()).Inner, path);
    }

    /// <summary>Reads a text as <see cref="Read"/> does a file.</summary>
    public static Frame<int, string> Parse(string text, JsonLinesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return FJsonLines.parseWith((options ?? new()).Inner, text);
    }
}
