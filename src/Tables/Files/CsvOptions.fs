namespace Functional

open System.Text

/// The type of a column of a table.
[<RequireQualifiedAccess>]
type ColumnType =
    /// true and false, in any case.
    | Bool
    /// Whole numbers of 32 bits.
    | Int32
    /// Whole numbers of 64 bits.
    | Int64
    /// Numbers, of 64 bits.
    | Float
    /// Dates, with or without a time.
    | Date
    /// Anything.
    | Text

/// What quotation marks mean in a file of separated values.
[<RequireQualifiedAccess>]
type Quoting =
    /// A cell that begins with a quotation mark goes on to the next single one, over separators and ends of lines; two of them
    /// stand for one. As in RFC 4180, and in pandas also for marks inside a cell, which are ordinary characters.
    | Standard
    /// Quotation marks are ordinary characters (pandas: quoting=3).
    | Ignored

/// How a file of separated values is read. Begin with `CsvOptions.defaults`, as in
/// `{ CsvOptions.defaults with Separator = Some ';'; DecimalSeparator = ',' }`.
type CsvOptions =
    {
        /// What stands between cells. Default: that one of comma, semicolon, tab and bar that the first line has most of.
        Separator: char option
        /// Default `Quoting.Standard`.
        Quoting: Quoting
        /// Whether the first line has the names of the columns; without it they are called 0, 1, ... Default true.
        HasHeader: bool
        /// How many lines in front of the header are left out. Default 0.
        SkipLines: int
        /// A line that begins with this character is left out. Default none.
        Comment: char option
        /// What parts a number's whole from its fraction. Default '.'.
        DecimalSeparator: char
        /// What parts thousands in numbers, where they are parted. Default none.
        ThousandsSeparator: char option
        /// Cells that stand for a missing value. Default those of pandas: nothing, NA, N/A, n/a, NaN, nan, null, NULL, None, ...
        MissingValues: string list
        /// Formats of dates beside those of ISO 8601 (2024-03-01, 2024-03-01 13:45, 2024-03-01T13:45:30.5), in the words of
        /// `System.DateTime.ParseExact`. Default none.
        DateFormats: string list
        /// The types of columns by name, where the type that all their cells fit is not what is wanted. A cell that does not
        /// fit is an error. Default none.
        Types: Map<string, ColumnType>
        /// The columns that are read, in this order; all where none is named (pandas: usecols). Default none.
        Columns: string list
        /// The most rows that are read (pandas: nrows). Default all.
        MaxRows: int option
        /// The encoding of a file without a byte order mark. Default UTF-8.
        Encoding: Encoding
    }

    /// A comma or what stands in its place, quotation marks, a header, decimal points, ISO dates, UTF-8.
    static member defaults =
        { Separator = None
          Quoting = Quoting.Standard
          HasHeader = true
          SkipLines = 0
          Comment = None
          DecimalSeparator = '.'
          ThousandsSeparator = None
          MissingValues =
            [ ""
              "#N/A"
              "#N/A N/A"
              "#NA"
              "-1.#IND"
              "-1.#QNAN"
              "-NaN"
              "-nan"
              "1.#IND"
              "1.#QNAN"
              "<NA>"
              "N/A"
              "NA"
              "NULL"
              "NaN"
              "None"
              "n/a"
              "nan"
              "null" ]
          DateFormats = []
          Types = Map.empty
          Columns = []
          MaxRows = None
          Encoding = UTF8Encoding(false) }
