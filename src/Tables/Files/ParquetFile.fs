namespace Functional

open System
open System.IO
open System.Threading.Tasks
open Deedle
open global.Parquet
open global.Parquet.Schema

/// The values of one column of a Parquet file, row group by row group.
module private ParquetColumns =
    let private wait (task: ValueTask) = task.AsTask().GetAwaiter().GetResult()

    let private noLevels = Nullable<Memory<int>>()

    /// Values of a type that has none for "missing".
    let private structs<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (groups: ParquetRowGroupReader list)
        (field: DataField)
        : 'T[] * bool[] option =
        if field.IsNullable then
            let optional =
                [| for group in groups ->
                       let values = Array.zeroCreate<Nullable<'T>>(int group.RowCount)
                       wait (group.ReadAsync<'T>(field, Memory<Nullable<'T>> values, noLevels))
                       values |]
                |> Array.concat

            let known = optional |> Array.map _.HasValue
            optional |> Array.map _.GetValueOrDefault(), (if Array.contains false known then Some known else None)
        else
            [| for group in groups ->
                   let values = Array.zeroCreate<'T>(int group.RowCount)
                   wait (group.ReadAsync<'T>(field, Memory<'T> values, noLevels))
                   values |]
            |> Array.concat,
            None

    let private texts (groups: ParquetRowGroupReader list) (field: DataField) : string[] * bool[] option =
        let all =
            [| for group in groups ->
                   let values = Array.zeroCreate<string>(int group.RowCount)
                   wait (group.ReadAsync(field, Memory<string> values, noLevels))
                   values |]
            |> Array.concat

        let known = all |> Array.map (isNull >> not)
        all, (if Array.contains false known then Some known else None)

    /// A column as Deedle holds it; unsigned and 8-bit whole numbers become the next wider signed type.
    let read (path: string) (groups: ParquetRowGroupReader list) (field: DataField) : IVector =
        let vector (values, known) = Frames.vectorOf known values
        let mapped f (values, known) = Frames.vectorOf known (Array.map f values)

        match field.ClrType with
        | t when t = typeof<float> ->
            match structs<float> groups field with
            | values, Some known -> Vector.ofValues (Array.map2 (fun v k -> if k then v else nan) values known)
            | values, None -> Vector.ofValues values
        | t when t = typeof<float32> -> vector (structs<float32> groups field)
        | t when t = typeof<bool> -> vector (structs<bool> groups field)
        | t when t = typeof<byte> -> mapped int (structs<byte> groups field)
        | t when t = typeof<sbyte> -> mapped int (structs<sbyte> groups field)
        | t when t = typeof<int16> -> mapped int (structs<int16> groups field)
        | t when t = typeof<uint16> -> mapped int (structs<uint16> groups field)
        | t when t = typeof<int> -> vector (structs<int> groups field)
        | t when t = typeof<uint32> -> mapped int64 (structs<uint32> groups field)
        | t when t = typeof<int64> -> vector (structs<int64> groups field)
        | t when t = typeof<uint64> -> mapped decimal (structs<uint64> groups field)
        | t when t = typeof<decimal> -> vector (structs<decimal> groups field)
        | t when t = typeof<DateTime> -> vector (structs<DateTime> groups field)
        | t when t = typeof<string> || t = typeof<ReadOnlyMemory<char>> -> vector (texts groups field)
        | t ->
            Fail.file
                path
                $"column '{field.Name}' holds {t.Name}, which frames are not made of; leave it out by naming the others with \
                  ParquetFile.readColumns."

    let private writeStructs<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (group: ParquetRowGroupWriter)
        (field: DataField)
        (values: 'T[], known: bool[] option)
        =
        match known with
        | None -> group.WriteAsync<'T>(field, ReadOnlyMemory<'T> values).GetAwaiter().GetResult()
        | Some known ->
            let optional =
                Array.map2 (fun value isKnown -> if isKnown then Nullable value else Nullable()) values known

            group.WriteAsync<'T>(field, ReadOnlyMemory<Nullable<'T>> optional).GetAwaiter().GetResult()

    let private structWriter<'T, 'R when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'R: equality>
        (frame: Frame<'R, string>)
        (name: string)
        : DataField * (ParquetRowGroupWriter -> unit) =
        let values, known = FrameColumns.values<'T, _, _> frame name
        let field = DataField(name, typeof<'T>, Nullable known.IsSome)
        field, (fun group -> writeStructs<'T> group field (values, known))

    /// A column of a frame: its field, and how it is written.
    let writer operation (frame: Frame<'R, string>) (name: string) (columnType: Type) =
        match columnType with
        | t when t = typeof<float> -> structWriter<float, _> frame name
        | t when t = typeof<float32> -> structWriter<float32, _> frame name
        | t when t = typeof<bool> -> structWriter<bool, _> frame name
        | t when t = typeof<int16> -> structWriter<int16, _> frame name
        | t when t = typeof<byte> -> structWriter<byte, _> frame name
        | t when t = typeof<int> -> structWriter<int, _> frame name
        | t when t = typeof<int64> -> structWriter<int64, _> frame name
        | t when t = typeof<decimal> -> structWriter<decimal, _> frame name
        | t when t = typeof<DateTime> -> structWriter<DateTime, _> frame name
        | t when t = typeof<string> ->
            let values, known = FrameColumns.values<string, _, _> frame name

            let texts =
                match known with
                | None -> values
                | Some known -> Array.map2 (fun value isKnown -> if isKnown then value else null) values known

            let field = DataField(name, typeof<string>, Nullable true)
            field, (fun group -> group.WriteAsync(field, texts).GetAwaiter().GetResult())
        | t ->
            Fail.data
                operation
                $"column '{name}' holds {t.Name}, which is not written to Parquet. Make it numbers, dates or text, or drop it \
                  with Frame.dropCol."

/// Apache Parquet: columns of types, compressed, with missing values (pandas: read_parquet, to_parquet).
[<RequireQualifiedAccess>]
module ParquetFile =
    let private reading (path: string) (read: ParquetReader -> 'T) : 'T =
        CsvText.reading path (fun () ->
            try
                use file = CsvText.openBytes path
                let reader = ParquetReader.CreateAsync(file).GetAwaiter().GetResult()

                try
                    read reader
                finally
                    reader.DisposeAsync().AsTask().GetAwaiter().GetResult()
            with
            | (:? ParquetException | :? IOException) as e ->
                Fail.file path $"it is no Parquet file that can be read: {e.Message}"
            | :? NotSupportedException as e -> Fail.file path $"it has what is not read from Parquet: {e.Message}")

    let private readChosen (choose: DataField[] -> DataField list) (path: string) : Frame<int, string> =
        reading path (fun reader ->
            let chosen = choose (reader.Schema.GetDataFields())

            for field in chosen do
                if field.IsArray || field.MaxRepetitionLevel > 0 || field.Path.Length > 1 then
                    Fail.file
                        path
                        $"column '{field.Path}' is nested, and a cell holds one value; leave it out by naming the others with \
                          ParquetFile.readColumns."

            let groups = [ for i in 0 .. reader.RowGroupCount - 1 -> reader.OpenRowGroupReader i ]
            let rows = groups |> List.sumBy (fun group -> int group.RowCount)
            let names = [| for field in chosen -> field.Name |]
            Frames.ofVectors (names, rows, [| for field in chosen -> ParquetColumns.read path groups field |]))

    /// Reads a file into a frame with rows 0, 1, ... and its columns, each of its own type: bool, whole numbers of 32 and 64 bits
    /// (8 and 16 bits become 32), float, float32, decimal, `DateTime` and text. What is missing in the file is missing in the
    /// frame.
    ///
    /// Raises `InvalidFile` for a file that is not there or damaged, and for a column that is nested or of another type.
    let read (path: string) : Frame<int, string> = readChosen List.ofArray path

    /// Reads some columns of a file, in this order.
    ///
    /// Raises the errors of `read`, and `InvalidArgument` for a name that is no column.
    let readColumns (columns: seq<string>) (path: string) : Frame<int, string> =
        let choose (fields: DataField[]) =
            [ for name in columns ->
                  match fields |> Array.tryFind (fun field -> field.Name = name) with
                  | Some field -> field
                  | None ->
                      let known = fields |> Array.truncate 20 |> Array.map _.Name |> String.concat ", "

                      Fail.argument
                          "ParquetFile.readColumns"
                          "columns"
                          $"'{name}'"
                          $"is no column of {path}; there is {known}." ]

        readChosen choose path

    /// Writes the columns of a frame, which are of bool, numbers, dates or text, with their missing values, as one row group
    /// compressed by Snappy. Row keys are not written. The file is replaced when the new one is complete.
    ///
    /// Raises `InvalidData` for a column of another type, and `InvalidFile` where the file cannot be written.
    let write (path: string) (frame: Frame<'R, string>) : unit =
        let operation = "ParquetFile.write"

        let columns =
            [ for name, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes ->
                  ParquetColumns.writer operation frame name columnType ]

        AtomicFile.write path (fun stream ->
            use memory = new MemoryStream()
            let schema = ParquetSchema(columns |> Seq.map (fun (field, _) -> field :> Field))
            let writer = ParquetWriter.CreateAsync(schema, memory).GetAwaiter().GetResult()
            let group = writer.CreateRowGroup()

            for _, write in columns do
                write group

            group.Dispose()
            writer.DisposeAsync().AsTask().GetAwaiter().GetResult()
            memory.WriteTo stream)
