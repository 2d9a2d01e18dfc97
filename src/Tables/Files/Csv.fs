namespace Functional

open System
open System.IO
open System.IO.Compression
open Deedle
open Deedle.Indices
open Deedle.Vectors.ArrayVector
open nietras.SeparatedValues

/// Making frames of columns that are there already.
module internal Frames =
    /// The frame of columns under names, with rows 0 .. n - 1. (Deedle's own ways of making a frame of columns align the rows
    /// of each with all others, which takes seconds for thousands of columns.)
    let ofVectors (names: string[]) (rowCount: int) (columns: IVector[]) : Frame<int, string> =
        let indices = Linear.LinearIndexBuilder.Instance
        let rows = indices.Create(Array.init rowCount id, Some true)
        let keys = indices.Create(names, None)
        Frame<int, string>(rows, keys, Vector.ofValues columns, indices, ArrayVectorBuilder.Instance)

/// Opening files of separated values.
module private CsvText =
    let private isGzip (stream: Stream) =
        let first, second = stream.ReadByte(), stream.ReadByte()
        stream.Position <- 0L
        first = 0x1F && second = 0x8B

    /// The text of a file, unpacked where it is gzip.
    let openFile (options: CsvOptions) (path: string) : TextReader =
        let stream =
            try
                new FileStream(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.Read,
                    1 <<< 16,
                    FileOptions.SequentialScan
                )
            with
            | :? FileNotFoundException
            | :? DirectoryNotFoundException -> Fail.file path "there is no such file."
            | :? UnauthorizedAccessException -> Fail.file path "it is a folder, or reading it is not allowed."

        let bytes: Stream =
            if isGzip stream then
                new GZipStream(stream, CompressionMode.Decompress)
            else
                stream

        new StreamReader(bytes, options.Encoding, true, 1 <<< 16)

    /// The separator that the first line, from the reader's place on, has most of: a comma where it has none.
    let detect (options: CsvOptions) (text: TextReader) : char =
        let isInNumbers c = c = options.DecimalSeparator || options.ThousandsSeparator = Some c

        let isComment (line: string) =
            match options.Comment with
            | Some mark -> line.StartsWith mark
            | None -> false

        let mutable line = text.ReadLine()

        while not (isNull line) && (line = "" || isComment line) do
            line <- text.ReadLine()

        let count separator = if isNull line then 0 else line |> Seq.filter ((=) separator) |> Seq.length

        match [ ','; ';'; '\t'; '|' ] |> List.filter (isInNumbers >> not) with
        | [] -> ','
        | candidates -> candidates |> List.maxBy count

/// The columns of a file while its rows are read.
[<Sealed>]
type private CsvColumns(types: ColumnType option[], options: CsvOptions) =
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
            | None -> isTextAfterAll[i] <- true

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

    /// The columns that must be read again as text, since what they held before is not kept as it was written.
    member _.TextAfterAll: int list =
        [ for i in 0 .. types.Length - 1 do
              if isTextAfterAll[i] then
                  i ]

    member _.ToVector(i: int) : IVector = builders[i].ToVector()

/// A file of separated values, open at its first row.
[<Sealed>]
type private CsvFile(path: string, openText: unit -> TextReader, options: CsvOptions) =
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

    let mutable hasFirst = rows.MoveNext()

    let names =
        if not hasFirst then
            [||]
        elif options.HasHeader then
            let names = Array.init rows.Count (fun i -> rows.Cell(i).ToString())
            hasFirst <- rows.MoveNext()
            names
        else
            Array.init rows.Count string

    let refuse reason = Fail.file path $"line {rows.Line + options.SkipLines} {reason}: {rows.Text}"

    let checkCount () =
        if rows.Count <> names.Length then
            refuse
                $"has {rows.Count} cells, and there are {names.Length} columns. Check its separators and quotation marks, or \
                  read the file with Quoting.Ignored"

    /// The names of the columns: those of the header, each made different from those before it.
    member _.Names: string[] =
        (Set.empty, names)
        ||> Array.mapFold (fun taken name ->
            let rec free i =
                let candidate = if i = 0 then name else $"{name}.{i}"
                if Set.contains candidate taken then free (i + 1) else candidate

            let name = free 0
            name, Set.add name taken)
        |> fst

    /// Reads all rows, and of them the cells of these columns. Gives the number of rows.
    member _.Read(chosen: int[], columns: CsvColumns, wanted: ColumnType option[]) : int =
        let mutable count = 0
        let mutable isRow = hasFirst

        while isRow do
            checkCount ()

            for i in 0 .. chosen.Length - 1 do
                if not (columns.TryAdd(i, rows.Cell chosen[i])) then
                    refuse $"has no {wanted[i].Value} in column '{names[chosen[i]]}'"

            count <- count + 1
            isRow <- rows.MoveNext()

        count

    interface IDisposable with
        member _.Dispose() = (rows :> IDisposable).Dispose()

/// Reading files of separated values into Deedle frames. (Deedle writes them: `frame.SaveCsv`.)
[<RequireQualifiedAccess>]
module Csv =
    let private readText path (openText: unit -> TextReader) (options: CsvOptions) : Frame<int, string> =
        use file = new CsvFile(path, openText, options)
        let names = file.Names
        let types = names |> Array.map (fun name -> Map.tryFind name options.Types)

        for KeyValue(name, _) in options.Types do
            if not (Array.contains name names) then
                let known = String.concat ", " (Array.truncate 20 names)
                Fail.argument "Csv.read" "types" $"'{name}'" $"is no column of {path}; there is {known}."

        let columns = CsvColumns(types, options)
        let count = file.Read(Array.init names.Length id, columns, types)
        let vectors = Array.init names.Length columns.ToVector

        match columns.TextAfterAll with
        | [] -> ()
        | texts ->
            let texts = Array.ofList texts
            let asText = texts |> Array.map (fun _ -> Some ColumnType.Text)
            let columns = CsvColumns(asText, options)
            use again = new CsvFile(path, openText, options)
            again.Read(texts, columns, asText) |> ignore
            texts |> Array.iteri (fun i column -> vectors[column] <- columns.ToVector i)

        Frames.ofVectors names count vectors

    /// Reads a file, plain or gzip, into a frame with rows 0, 1, ... and a column for each of the file's, of the narrowest
    /// type that all its cells fit: Bool, Int32, Int64, Float, Date (`DateTime`), Text (`string`); one without any value is of
    /// floats. What is missing in the file is missing in the frame.
    ///
    /// Raises `InvalidFile` for a file that is not there, and for a line with another number of cells than the header or with
    /// a cell that is not of a type asked for; the error gives the line's number and text.
    let readWith (options: CsvOptions) (path: string) : Frame<int, string> =
        readText path (fun () -> CsvText.openFile options path) options

    /// Reads a file with `CsvOptions.defaults`.
    let read (path: string) : Frame<int, string> = readWith CsvOptions.defaults path

    /// Reads a text as `readWith` does a file.
    let parseWith (options: CsvOptions) (text: string) : Frame<int, string> =
        readText "the text" (fun () -> new StringReader(text)) options

    /// Reads a text with `CsvOptions.defaults`.
    let parse (text: string) : Frame<int, string> = parseWith CsvOptions.defaults text
