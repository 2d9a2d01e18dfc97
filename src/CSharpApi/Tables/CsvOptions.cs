using System.Text;
using FColumnType = Functional.ColumnType;
using FOptions = Functional.CsvOptions;
using FQuoting = Functional.Quoting;

namespace Functional.CSharp;

/// <summary>The type of a column of a table.</summary>
public enum ColumnType
{
    /// <summary>true and false, in any case.</summary>
    Bool,

    /// <summary>Whole numbers of 32 bits.</summary>
    Int32,

    /// <summary>Whole numbers of 64 bits.</summary>
    Int64,

    /// <summary>Numbers, of 64 bits.</summary>
    Double,

    /// <summary>Dates, with or without a time.</summary>
    Date,

    /// <summary>Anything.</summary>
    Text,
}

/// <summary>What quotation marks mean in a file of separated values.</summary>
public enum Quoting
{
    /// <summary>
    /// A cell that begins with a quotation mark goes on to the next single one, over separators and ends of lines; two of
    /// them stand for one.
    /// </summary>
    Standard,

    /// <summary>Quotation marks are ordinary characters (pandas: quoting=3).</summary>
    Ignored,
}

/// <summary>How a file of separated values is read.</summary>
public sealed record CsvOptions
{
    /// <summary>
    /// What stands between cells. Default: that one of comma, semicolon, tab and bar that the first line has most of.
    /// </summary>
    public char? Separator { get; init; }

    /// <summary>Default standard.</summary>
    public Quoting Quoting { get; init; }

    /// <summary>
    /// Whether the first line has the names of the columns; without it they are called 0, 1, ... Default true.
    /// </summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>How many lines in front of the header are left out. Default 0.</summary>
    public int SkipLines { get; init; }

    /// <summary>A line that begins with this character is left out. Default none.</summary>
    public char? Comment { get; init; }

    /// <summary>What parts a number's whole from its fraction. Default a point.</summary>
    public char DecimalSeparator { get; init; } = '.';

    /// <summary>What parts thousands in numbers, where they are parted. Default none.</summary>
    public char? ThousandsSeparator { get; init; }

    /// <summary>
    /// Cells that stand for a missing value. Default those of pandas: nothing, NA, N/A, n/a, NaN, nan, null, NULL, None, ...
    /// </summary>
    public IReadOnlyList<string> MissingValues { get; init; } = [.. FOptions.defaults.MissingValues];

    /// <summary>
    /// Formats of dates beside those of ISO 8601, in the words of DateTime.ParseExact. Default none.
    /// </summary>
    public IReadOnlyList<string> DateFormats { get; init; } = [];

    /// <summary>
    /// The types of columns by name, where the type that all their cells fit is not what is wanted. A cell that does not
    /// fit is an error. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>The columns that are read, in this order; all where none is named (pandas: usecols). Default none.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The most rows that are read (pandas: nrows). Default all.</summary>
    public int? MaxRows { get; init; }

    /// <summary>The encoding of a file without a byte order mark. Default UTF-8.</summary>
    public Encoding Encoding { get; init; } = FOptions.defaults.Encoding;

    internal FOptions Inner => new(
        Interop.OptionOf(Separator),
        Quoting == Quoting.Ignored ? FQuoting.Ignored : FQuoting.Standard,
        HasHeader,
        SkipLines,
        Interop.OptionOf(Comment),
        DecimalSeparator,
        Interop.OptionOf(ThousandsSeparator),
        ListModule.OfSeq(MissingValues),
        ListModule.OfSeq(DateFormats),
        InnerTypes(Types),
        ListModule.OfSeq(Columns),
        Interop.Option(MaxRows),
        Encoding);

    internal static FSharpMap<string, FColumnType> InnerTypes(IReadOnlyDictionary<string, ColumnType> types)
    {
        ArgumentNullException.ThrowIfNull(types);
        return MapModule.OfSeq(types.Select(type => Tuple.Create(type.Key, InnerType(type.Value))));
    }

    private static FColumnType InnerType(ColumnType type) => type switch
    {
        ColumnType.Bool => FColumnType.Bool,
        ColumnType.Int32 => FColumnType.Int32,
        ColumnType.Int64 => FColumnType.Int64,
        ColumnType.Double => FColumnType.Float,
        ColumnType.Date => FColumnType.Date,
        ColumnType.Text => FColumnType.Text,
        _ => throw Errors.Argument("CsvOptions", "type", type, "is no type of a column."),
    };
}
