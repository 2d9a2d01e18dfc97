namespace Functional

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open Deedle

/// The values of JSON lines that are objects or arrays themselves.
[<RequireQualifiedAccess>]
type NestedValues =
    /// They are an error that names the line and the key.
    | Refused
    /// Their parts are columns of their own, under the keys on the way joined by this text: `address.city` and, for the elements
    /// of an array, `tags.0` (pandas: json_normalize).
    | Flattened of separator: string

/// How JSON lines are read. Begin with `JsonLinesOptions.defaults`.
type JsonLinesOptions =
    {
        /// Default `NestedValues.Refused`.
        Nested: NestedValues
        /// Whether columns whose texts are all dates of ISO 8601 become dates. Default true.
        Dates: bool
        /// The types of columns by name, where the type that all their values fit is not what is wanted. A value that does not fit
        /// is an error. Default none.
        Types: Map<string, ColumnType>
        /// The most rows that are read (pandas: nrows). Default all.
        MaxRows: int option
    }

    /// Nested values are refused, texts that are dates become dates.
    static member defaults = { Nested = NestedValues.Refused; Dates = true; Types = Map.empty; MaxRows = None }

/// A column of JSON values while lines are read. Numbers widen from Int32 to Int64 to Float; values of several kinds are text.
[<Sealed>]
type private JsonColumn(parser: CellParser, dates: bool, wanted: ColumnType option) =
    let mutable kind = JsonValueKind.Null

    let mutable builder: ColumnBuilder =
        match wanted with
        | Some columnType -> ColumnBuilder.ofType parser columnType
        | None -> EmptyBuilder()

    let mutable count = 0
    let mutable isTextAfterAll = false

    let kindOf (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.False -> JsonValueKind.True
        | kind -> kind

    let textOf (value: JsonElement) : string =
        match value.ValueKind with
        | JsonValueKind.String -> value.GetString() |> Option.ofObj |> Option.defaultValue ""
        | _ -> value.GetRawText()

    let firstType (text: string) =
        match kind with
        | JsonValueKind.Number ->
            match ColumnBuilder.typeOf parser (text.AsSpan()) with
            | ColumnType.Int32
            | ColumnType.Int64 as whole -> whole
            | ColumnType.Float
            | ColumnType.Bool
            | ColumnType.Date
            | ColumnType.Text -> ColumnType.Float
        | JsonValueKind.True -> ColumnType.Bool
        | _ ->
            let mutable date = DateTime.MinValue

            if dates && parser.TryDate(text.AsSpan(), &date) then
                ColumnType.Date
            else
                ColumnType.Text

    let rec grow (text: string) =
        if not (builder.TryAdd(text.AsSpan())) then
            match builder.Widened with
            | Some wider ->
                builder <- wider
                grow text
            | None -> isTextAfterAll <- true

    /// How many rows it has.
    member _.Count = count

    /// Whether it must be read again as text, since its values before are not kept as they were written.
    member _.IsTextAfterAll = isTextAfterAll

    /// Adds missing values up to a row.
    member _.FillTo(row: int) =
        while count < row do
            builder.AddMissing()
            count <- count + 1

    /// Adds a value that is neither an object nor an array. False where it is not of the type that was asked for.
    member me.TryAdd(value: JsonElement) : bool =
        count <- count + 1

        if value.ValueKind = JsonValueKind.Null then
            builder.AddMissing()
            true
        elif wanted.IsSome then
            builder.TryAdd((textOf value).AsSpan())
        elif isTextAfterAll then
            true
        else
            let found = kindOf value
            let text = textOf value

            if kind = JsonValueKind.Null then
                kind <- found
                builder <- ColumnBuilder.ofMissing parser (firstType text) (count - 1)

            if kind = found then grow text else isTextAfterAll <- true
            true

    member _.ToVector() : IVector = builder.ToVector()

/// All columns while lines are read.
[<Sealed>]
type private JsonTable(path: string, options: JsonLinesOptions, types: Map<string, ColumnType>) =
    let parser = CellParser CsvOptions.defaults
    let columns = Dictionary<string, JsonColumn>()
    let names = List<string>()
    let mutable row = 0

    let columnOf name =
        match columns.TryGetValue name with
        | true, column -> column
        | _ ->
            let column = JsonColumn(parser, options.Dates, Map.tryFind name types)
            columns[name] <- column
            names.Add name
            column

    let add (line: int) (name: string) (value: JsonElement) =
        let column = columnOf name

        if column.Count > row then
            Fail.file path $"line {line} has '{name}' twice."

        column.FillTo row

        if not (column.TryAdd value) then
            Fail.file path $"line {line} has no {types[name]} in '{name}': {value.GetRawText()}"

    let rec addValue (line: int) (name: string) (value: JsonElement) : unit =
        match value.ValueKind, options.Nested with
        | JsonValueKind.Object, NestedValues.Flattened separator ->
            for part in value.EnumerateObject() do
                addValue line (name + separator + part.Name) part.Value
        | JsonValueKind.Array, NestedValues.Flattened separator ->
            value.EnumerateArray() |> Seq.iteri (fun i part -> addValue line $"{name}{separator}{i}" part)
        | (JsonValueKind.Object | JsonValueKind.Array), NestedValues.Refused ->
            let kind = if value.ValueKind = JsonValueKind.Array then "an array" else "an object"

            Fail.file
                path
                $"line {line} has {kind} in '{name}', and a cell holds one value. Read it with \
                  Nested = NestedValues.Flattened \".\", which makes columns of its parts."
        | _ -> add line name value

    /// Adds the row of an object.
    member _.AddRow(line: int, element: JsonElement) =
        for part in element.EnumerateObject() do
            addValue line part.Name part.Value

        row <- row + 1

    member _.RowCount = row

    /// The columns that must be read again as text.
    member _.TextAfterAll =
        [ for name in names do
              if columns[name].IsTextAfterAll then
                  name ]

    member _.ToFrame() : Frame<int, string> =
        for name in names do
            columns[name].FillTo row

        Frames.ofVectors (names.ToArray(), row, [| for name in names -> columns[name].ToVector() |])

/// JSON lines: a text with a JSON object, a row, on each line (pandas: read_json(lines=True)).
[<RequireQualifiedAccess>]
module JsonLines =
    let private shortened (line: string) = if line.Length > 200 then line.Substring(0, 200) + "..." else line

    let private addLine (path: string) (table: JsonTable) (number: int) (line: string) =
        let document =
            try
                JsonDocument.Parse line
            with :? JsonException as e ->
                Fail.file path $"line {number} is no JSON object ({e.Message}): {shortened line}"

        use document = document

        if document.RootElement.ValueKind <> JsonValueKind.Object then
            Fail.file path $"line {number} is no JSON object, which a row is: {shortened line}"

        table.AddRow(number, document.RootElement)

    let rec private readText path (openText: unit -> TextReader) options types : Frame<int, string> =
        let table = JsonTable(path, options, types)
        let limit = defaultArg options.MaxRows Int32.MaxValue
        use text = openText ()
        let mutable line = text.ReadLine()
        let mutable number = 1

        while not (isNull line) && table.RowCount < limit do
            if not (String.IsNullOrWhiteSpace line) then
                addLine path table number line

            line <- text.ReadLine()
            number <- number + 1

        match table.TextAfterAll with
        | [] -> table.ToFrame()
        | texts ->
            let types = (types, texts) ||> List.fold (fun types name -> Map.add name ColumnType.Text types)
            readText path openText options types

    let private readFrom path openText options =
        CsvText.reading path (fun () -> readText path openText options options.Types)

    /// Reads a file, plain or gzip, into a frame with rows 0, 1, ... and a column for each key, in the order in which they come
    /// first. A column is of the narrowest type that all its values fit: Bool, Int32, Int64, Float, Date, Text; values of
    /// several kinds are text, as they stand in the file. null, and a key that a line has not, are missing.
    ///
    /// Raises `InvalidFile` for a file that is not there, and for a line that is no object, has a nested value that is refused,
    /// or a value that is not of the type asked for; the error gives the line's number and text.
    let readWith (options: JsonLinesOptions) (path: string) : Frame<int, string> =
        readFrom path (fun () -> CsvText.openFile CsvOptions.defaults path) options

    /// Reads a file with `JsonLinesOptions.defaults`.
    let read (path: string) : Frame<int, string> = readWith JsonLinesOptions.defaults path

    /// Reads a text as `readWith` does a file.
    let parseWith (options: JsonLinesOptions) (text: string) : Frame<int, string> =
        readFrom "the text" (fun () -> new StringReader(text)) options

    /// Reads a text with `JsonLinesOptions.defaults`.
    let parse (text: string) : Frame<int, string> = parseWith JsonLinesOptions.defaults text
