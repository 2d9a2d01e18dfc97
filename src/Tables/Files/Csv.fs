namespace Functional

open System
open System.IO
open Deedle

/// Reading files of separated values into Deedle frames. (Deedle writes them: `frame.SaveCsv`.)
[<RequireQualifiedAccess>]
module Csv =
    let private limit operation (options: CsvOptions) =
        match options.MaxRows with
        | Some rows when rows < 0 -> Fail.argument operation "MaxRows" rows "is negative; give 0 or more."
        | Some rows -> rows
        | None -> Int32.MaxValue

    /// Reads columns again as text that turned out not to be of the type they began with.
    let private readAsText path openText (options: CsvOptions) (chosen: int[]) (texts: int[]) (vectors: IVector[]) =
        let columns = CsvColumns(texts |> Array.map (fun _ -> Some ColumnType.Text), options)
        use again = new CsvFile(path, openText, options)
        again.Read(texts |> Array.map (fun i -> chosen[i]), columns, limit "Csv.read" options) |> ignore
        texts |> Array.iteri (fun i column -> vectors[column] <- columns.ToVector i)

    /// The names, the number of rows and the columns of a text.
    let private readColumns operation path (openText: unit -> TextReader) (options: CsvOptions) =
        CsvText.reading path (fun () ->
            use file = new CsvFile(path, openText, options)
            let chosen = file.Chosen operation
            let names = chosen |> Array.map (fun i -> file.Names[i])
            let columns = CsvColumns(names |> Array.map (fun name -> Map.tryFind name options.Types), options)
            let count = file.Read(chosen, columns, limit operation options)
            let vectors = Array.init names.Length columns.ToVector

            match columns.TextAfterAll with
            | [] -> ()
            | texts -> readAsText path openText options chosen (Array.ofList texts) vectors

            names, count, vectors)

    let private readText path openText options : Frame<int, string> =
        readColumns "Csv.read" path openText options |> Frames.ofVectors

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

    /// The type of column that holds row keys of a type.
    let private keyType operation (key: Type) =
        let types =
            [ typeof<string>, ColumnType.Text
              typeof<int>, ColumnType.Int32
              typeof<int64>, ColumnType.Int64
              typeof<DateTime>, ColumnType.Date
              typeof<float>, ColumnType.Float
              typeof<bool>, ColumnType.Bool ]

        match types |> List.tryFind (fst >> (=) key) with
        | Some(_, columnType) -> columnType
        | None ->
            Fail.argument
                operation
                "the type of the keys"
                key.Name
                "is none that a file has; take string, int, int64, DateTime, float or bool."

    /// The values of a column as row keys. One that is missing, and one that stands twice, are errors.
    let private keysOf operation (column: string) (vector: IVector) : 'K[] =
        let keys, known = FrameColumns.valuesOf (vector :?> IVector<'K>)

        match known |> Option.map (fun known -> Array.IndexOf(known, false)) with
        | Some row when row >= 0 ->
            Fail.data operation $"row {row} has no value in column '{column}', which is to name the rows."
        | _ -> ()

        let rows = Collections.Generic.Dictionary<'K, int>(keys.Length)

        keys
        |> Array.iteri (fun row key ->
            if not (rows.TryAdd(key, row)) then
                Fail.data
                    operation
                    $"rows {rows[key]} and {row} both have '{key}' in column '{column}', and a name stands for one row. Drop \
                      one, or read the column as any other with Csv.readWith.")

        keys

    /// Reads a file whose column `index` names the rows, as text, whole numbers, dates, ...: the frame's row keys are its
    /// values, and it is no column of the frame (pandas: index_col). Say the type of the keys, as in
    /// `Csv.readIndexed<DateTime> "day" CsvOptions.defaults path`.
    ///
    /// Where the keys are dates, dates that Deedle's `SaveCsv` writes are read as well, in all columns: 03/25/2024, 03/25/2024
    /// 13:45:00, the month first, as pandas takes them. Where the day stands first, say so by DateFormats, which come before.
    ///
    /// Raises the errors of `readWith`, and `InvalidData` where a name is missing or stands twice.
    let readIndexed<'K when 'K: equality and 'K: not null>
        (index: string)
        (options: CsvOptions)
        (path: string)
        : Frame<'K, string> =
        let operation = "Csv.readIndexed"

        let columns =
            match options.Columns with
            | [] -> []
            | chosen when List.contains index chosen -> chosen
            | chosen -> index :: chosen

        let types = options.Types |> Map.add index (keyType operation typeof<'K>)

        let formats =
            if typeof<'K> = typeof<DateTime> then
                options.DateFormats @ [ "MM/dd/yyyy"; "MM/dd/yyyy HH:mm:ss" ]
            else
                options.DateFormats

        let options = { options with Types = types; Columns = columns; DateFormats = formats }

        let names, _, vectors = readColumns operation path (fun () -> CsvText.openFile options path) options

        let i = Array.IndexOf(names, index)
        let keys: 'K[] = keysOf operation index vectors[i]
        Frames.ofVectorsBy (Array.removeAt i names) keys (Array.removeAt i vectors)

    let private checkSize operation (size: int) =
        if size < 1 then
            Fail.argument
                operation
                "size"
                size
                "is too small; give the number of rows that are read at a time, 1 or more."

    /// The types of the chosen columns over the whole file, which is read once for them.
    let private typesOf operation (options: CsvOptions) (path: string) : Map<string, ColumnType> =
        CsvText.reading path (fun () ->
            use file = new CsvFile(path, (fun () -> CsvText.openFile options path), options)
            let chosen = file.Chosen operation
            let names = chosen |> Array.map (fun i -> file.Names[i])

            if names |> Array.forall (fun name -> options.Types.ContainsKey name) then
                options.Types
            else
                let found = Array.zip names (file.ReadTypes(chosen, limit operation options)) |> Map.ofArray
                Map.fold (fun types name wanted -> Map.add name wanted types) found options.Types)

    let private chunksOf operation (options: CsvOptions) (size: int) (path: string) : seq<Frame<int, string>> =
        seq {
            use file = new CsvFile(path, (fun () -> CsvText.openFile options path), options)
            let chosen = file.Chosen operation
            let names = chosen |> Array.map (fun i -> file.Names[i])
            let types = names |> Array.map (fun name -> Map.tryFind name options.Types)
            let mutable start = 0
            let mutable goesOn = true

            while goesOn do
                let columns = CsvColumns(types, options)
                let wanted = min size (limit operation options - start)
                let count = CsvText.reading path (fun () -> file.Read(chosen, columns, wanted))
                goesOn <- count = size

                if count > 0 then
                    let keys = Array.init count (fun i -> start + i)
                    Frames.ofVectorsBy names keys (Array.init names.Length columns.ToVector)

                start <- start + count
        }

    /// A file larger than memory as a source of frames of at most `size` rows, which go on counting their rows. The file is
    /// read once before the first pass, for the types of the columns over all rows, unless the options give the types of all
    /// columns; each pass then reads it anew. `Frame.toBatch` makes each frame a batch to train on, and `Batches.prefetch` reads
    /// ahead on another thread.
    ///
    /// Raises the errors of `readWith` while it is enumerated.
    let chunksWith (options: CsvOptions) (size: int) (path: string) : Batches<Frame<int, string>> =
        let operation = "Csv.chunks"
        checkSize operation size
        let typed = lazy { options with Types = typesOf operation options path }
        Batches.ofPasses None (fun _ -> chunksOf operation (typed.Force()) size path)

    /// A file larger than memory as a source of frames, read with `CsvOptions.defaults`; see `chunksWith`.
    let chunks (size: int) (path: string) : Batches<Frame<int, string>> = chunksWith CsvOptions.defaults size path
