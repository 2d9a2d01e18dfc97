namespace Functional

open System
open System.IO
open Deedle
open nietras.SeparatedValues

/// The columns of a file while its rows are read: of a type each that was asked for, or of the narrowest that their cells fit.
[<Sealed>]
type internal CsvColumns(types: ColumnType option[], options: CsvOptions) =
    let parser = CellParser options

    let builders: ColumnBuilder[] =
        types
        |> Array.map (fun wanted ->
            match wanted with
            | Some columnType -> ColumnBuilder.ofType parser columnType
            | None -> EmptyBuilder())

    // columns that turned out to be text after they had begun as something else
    let isTextAfterAll = Array.create types.Length false

    /// Adds a cell to a column whose type is still to be found.
    let rec grow i (cell: ReadOnlySpan<char>) =
        match builders[i] with
        | :? EmptyBuilder as empty ->
            builders[i] <- ColumnBuilder.ofMissing parser (ColumnBuilder.typeOf parser cell) empty.Count
            builders[i].TryAdd cell |> ignore
        | builder when builder.TryAdd cell -> ()
        | builder ->
            match builder.Widened with
            | Some wider ->
                builders[i] <- wider
                grow i cell
            | None ->
                isTextAfterAll[i] <- true
                builders[i] <- EmptyBuilder()

    /// The number of columns.
    member _.Count = types.Length

    /// The type that was asked for.
    member _.Wanted(i: int) : ColumnType option = types[i]

    /// Adds a cell. False where it is not of the type that was asked for.
    member _.TryAdd(i: int, cell: ReadOnlySpan<char>) : bool =
        if isTextAfterAll[i] then
            true
        elif parser.IsMissing cell then
            builders[i].AddMissing()
            true
        elif types[i].IsSome then
            builders[i].TryAdd cell
        else
            grow i cell
            true

    /// The columns that must be read again as text, since their cells before are not kept as they were written.
    member _.TextAfterAll: int list =
        [ for i in 0 .. types.Length - 1 do
              if isTextAfterAll[i] then
                  i ]

    /// The column as Deedle holds it. The builder's memory is given up.
    member _.ToVector(i: int) : IVector =
        let vector = builders[i].ToVector()
        builders[i] <- EmptyBuilder()
        vector

/// The types of columns, found without keeping a cell.
[<Sealed>]
type internal CsvTypes(options: CsvOptions, count: int) =
    let parser = CellParser options
    let types: ColumnType option[] = Array.create count None

    member _.Add(i: int, cell: ReadOnlySpan<char>) : unit =
        if not (parser.IsMissing cell) then
            types[i] <-
                match types[i] with
                | None -> Some(ColumnBuilder.typeOf parser cell)
                | Some known -> Some(ColumnBuilder.widened parser known cell)

    /// The types; a column without any value is one of floats.
    member _.Types: ColumnType[] = types |> Array.map (Option.defaultValue ColumnType.Float)

/// A file of separated values, open at its first row.
[<Sealed>]
type internal CsvFile(path: string, openText: unit -> TextReader, options: CsvOptions) =
    let openBehind () =
        let text = openText ()

        for _ in 1 .. options.SkipLines do
            text.ReadLine() |> ignore

        text

    let separator =
        match options.Separator with
        | Some separator -> separator
        | None ->
            use ahead = openBehind ()
            CsvText.detect options ahead

    let rows =
        let reading =
            SepReaderOptions(
                Nullable(Sep separator),
                HasHeader = false,
                DisableQuotesParsing = true,
                DisableColCountCheck = true,
                InitialBufferLength = (1 <<< 20)
            )

        let reader = SepReaderExtensions.From(&reading, openBehind ())
        new CsvRows(reader, separator, options)

    let mutable isAtRow = rows.MoveNext()

    let names =
        if not isAtRow then
            [||]
        elif options.HasHeader then
            let names = Array.init rows.Count (fun i -> rows.Cell(i).ToString())
            isAtRow <- rows.MoveNext()
            Frames.distinctNames names
        else
            Array.init rows.Count string

    let refuse reason = Fail.file path $"line {rows.Line + options.SkipLines} {reason}: {rows.Text}"

    let checkCount () =
        if rows.Count <> names.Length then
            refuse
                $"has {rows.Count} cells, and there are {names.Length} columns. Check its separators and quotation marks, or \
                  read the file with Quoting.Ignored"

    /// The names of the columns: those of the header, each made different from those before it.
    member _.Names: string[] = names

    /// The numbers of the columns that the options choose.
    member _.Chosen(operation: string) : int[] =
        let find argument name =
            match Array.IndexOf(names, name) with
            | -1 ->
                let known = String.concat ", " (Array.truncate 20 names)
                Fail.argument operation argument $"'{name}'" $"is no column of {path}; there is {known}."
            | i -> i

        for KeyValue(name, _) in options.Types do
            find "Types" name |> ignore

        match options.Columns with
        | [] -> Array.init names.Length id
        | chosen -> chosen |> List.map (find "Columns") |> Array.ofList

    /// Reads at most `limit` rows, and of them the cells of these columns. Gives the number of rows.
    member _.Read(chosen: int[], columns: CsvColumns, limit: int) : int =
        let mutable count = 0

        while isAtRow && count < limit do
            checkCount ()

            for i in 0 .. chosen.Length - 1 do
                if not (columns.TryAdd(i, rows.Cell chosen[i])) then
                    refuse $"has no {(columns.Wanted i).Value} in column '{names[chosen[i]]}'"

            count <- count + 1
            isAtRow <- rows.MoveNext()

        count

    /// Reads at most `limit` rows for the types of these columns.
    member _.ReadTypes(chosen: int[], limit: int) : ColumnType[] =
        let types = CsvTypes(options, chosen.Length)
        let mutable count = 0

        while isAtRow && count < limit do
            checkCount ()

            for i in 0 .. chosen.Length - 1 do
                types.Add(i, rows.Cell chosen[i])

            count <- count + 1
            isAtRow <- rows.MoveNext()

        types.Types

    interface IDisposable with
        member _.Dispose() = (rows :> IDisposable).Dispose()
