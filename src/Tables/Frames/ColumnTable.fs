namespace Functional

open System
open System.Collections.Generic
open System.Globalization
open Deedle
open Deedle.Indices
open Deedle.Vectors.ArrayVector

/// One column of a table, read when it is asked for, so that columns that no step touches cost nothing.
[<NoComparison; NoEquality>]
type internal TableColumn =
    {
        Form: Lazy<ColumnForm>
        Values: Lazy<Column>
        /// The column as Deedle holds it; of a column of a frame its own vector, whatever its type.
        Vector: Lazy<IVector>
        /// The same column with the rows of these numbers.
        Pick: int[] -> TableColumn
    }

/// Columns to and from Deedle's vectors.
module internal TableColumn =
    let private vectorOfNullable (values: Nullable<'T>[]) : IVector =
        values
        |> Array.map (fun value -> if value.HasValue then OptionalValue value.Value else OptionalValue.Missing)
        |> ArrayVectorBuilder.Instance.CreateMissing
        :> IVector

    let private toVector (column: Column) : IVector =
        match column with
        | Column.Numbers values -> Vector.ofValues values
        | Column.Words values -> Vector.ofValues values
        | Column.Flags values -> vectorOfNullable values
        | Column.Dates values -> vectorOfNullable values

    /// A column that a step gave.
    let rec ofColumn (column: Column) : TableColumn =
        { Form = lazy column.Form
          Values = lazy column
          Vector = lazy (toVector column)
          Pick = fun rows -> ofColumn (Column.rows rows column) }

    let private nullable (read: 'T -> 'U) (values: OptionalValue<'T>[]) =
        values |> Array.map (fun v -> if v.HasValue then Nullable(read v.Value) else Nullable())

    let private wordOf (value: obj) =
        match value with
        | :? IFormattable as formattable -> formattable.ToString(null, CultureInfo.InvariantCulture)
        | value -> string value

    let private isNumber (value: obj) =
        match value with
        | :? float
        | :? float32
        | :? int
        | :? int64
        | :? int16
        | :? byte
        | :? sbyte
        | :? uint16
        | :? uint32
        | :? uint64
        | :? decimal -> true
        | _ -> false

    let private isDate (value: obj) =
        match value with
        | :? DateTime
        | :? DateOnly
        | :? DateTimeOffset -> true
        | _ -> false

    /// The date and time of day; of one with an offset that of its place.
    let private dateOf (value: obj) : DateTime =
        match value with
        | :? DateOnly as date -> date.ToDateTime TimeOnly.MinValue
        | :? DateTimeOffset as moment -> moment.DateTime
        | value -> unbox<DateTime> value

    /// A column of boxed values, by the type that all of them have: else words.
    let private ofObjects (values: OptionalValue<obj>[]) : Column =
        let present = values |> Array.filter _.HasValue |> Array.map _.Value

        if present |> Array.forall isNumber then
            let number (value: OptionalValue<obj>) =
                if value.HasValue then
                    Convert.ToDouble(value.Value, CultureInfo.InvariantCulture)
                else
                    nan

            Column.Numbers(values |> Array.map number)
        elif present |> Array.forall (fun value -> value :? bool) then
            Column.Flags(values |> nullable unbox<bool>)
        elif present |> Array.forall isDate then
            Column.Dates(values |> nullable dateOf)
        else
            Column.Words(values |> Array.map (fun value -> if value.HasValue then wordOf value.Value else null))

    /// A column of values of one type.
    let rec private ofOptional
        form
        (read: OptionalValue<'T>[] -> Column)
        (values: Lazy<OptionalValue<'T>[]>)
        : TableColumn =
        { Form = form
          Values = lazy (read values.Value)
          Vector = lazy (ArrayVectorBuilder.Instance.CreateMissing values.Value :> IVector)
          Pick = fun rows -> ofOptional form read (lazy (rows |> Array.map (fun i -> values.Value[i]))) }

    let private series
        (frame: Frame<'R, string>)
        (name: string)
        form
        (read: OptionalValue<'T>[] -> Column)
        : TableColumn =
        let vector = lazy (frame.GetColumn<'T>(name).Vector)

        { ofOptional form read (lazy (Array.ofSeq vector.Value.DataSequence)) with
            Vector = lazy (vector.Value :> IVector) }

    let private numbers (frame: Frame<'R, string>) (name: string) (toFloat: 'T -> float) : TableColumn =
        let read (values: OptionalValue<'T>[]) =
            Column.Numbers(values |> Array.map (fun v -> if v.HasValue then toFloat v.Value else nan))

        let fast () =
            match FrameColumns.tryFloats frame name typeof<'T> with
            | Some values -> Column.Numbers values
            | None -> Fail.data "Preparation" $"column '{name}' is not of numbers."

        { series frame name (lazy ColumnForm.Numbers) read with Values = lazy (fast ()) }

    let private words (values: OptionalValue<string>[]) = Column.Words(values |> Array.map _.ValueOrDefault)

    /// A column whose form is seen by its values.
    let rec private formedByValues (column: TableColumn) : TableColumn =
        { column with
            Form = lazy column.Values.Value.Form
            Pick = fun rows -> formedByValues (column.Pick rows) }

    let private objects (frame: Frame<'R, string>) (name: string) : TableColumn =
        formedByValues (series frame name (lazy ColumnForm.Words) ofObjects)

    /// A column of a frame.
    let ofFrame (frame: Frame<'R, string>) (name: string) (columnType: Type) : TableColumn =
        let ofNumber =
            { new FrameColumns.INumberOperation<TableColumn> with
                member _.Invoke<'T>(toFloat: 'T -> float) = numbers frame name toFloat }

        if columnType = typeof<string> then
            series frame name (lazy ColumnForm.Words) words
        elif columnType = typeof<bool> then
            series frame name (lazy ColumnForm.Flags) (nullable id<bool> >> Column.Flags)
        elif columnType = typeof<DateTime> then
            series frame name (lazy ColumnForm.Dates) (nullable id<DateTime> >> Column.Dates)
        else
            FrameColumns.tryByNumber columnType ofNumber |> Option.defaultWith (fun () -> objects frame name)

    /// A column of boxed values, of which null is a missing one: by the type that all of them have, else words.
    let ofBoxed (values: obj[]) : TableColumn =
        let optional (value: obj) =
            match value with
            | null -> OptionalValue.Missing
            | :? float as x when Double.IsNaN x -> OptionalValue.Missing
            | value -> OptionalValue value

        ofColumn (ofObjects (values |> Array.map optional))

/// The columns of a frame under their names, without its row keys.
[<Sealed>]
type internal ColumnTable(rowCount: int, names: string[], columns: TableColumn[], kept: int[] option) =
    let places =
        lazy
            (let places = Dictionary<string, int>(names.Length)
             names |> Array.iteri (fun i name -> places[name] <- i)
             places)

    member _.RowCount = rowCount
    member _.Names = names
    member _.Columns = columns

    /// The numbers of the rows that are left of those at the start; none where all are.
    member _.Kept = kept

    /// The place of a column.
    member _.TryPlace(name: string) : int option =
        match places.Value.TryGetValue name with
        | true, place -> Some place
        | _ -> None

    /// The values of a column.
    member me.TryColumn(name: string) : Column option =
        me.TryPlace name |> Option.map (fun i -> columns[i].Values.Value)

    /// With other columns.
    member _.With(names: string[], columns: TableColumn[]) = ColumnTable(rowCount, names, columns, kept)

    /// The rows of these numbers, in this order.
    member _.Rows(rows: int[]) : ColumnTable =
        let first =
            match kept with
            | Some before -> rows |> Array.map (fun i -> before[i])
            | None -> rows

        ColumnTable(rows.Length, names, columns |> Array.map (fun column -> column.Pick rows), Some first)

    /// The rows that are marked.
    member me.Filter(keep: bool[]) : ColumnTable = me.Rows(Array.init rowCount id |> Array.filter (fun i -> keep[i]))

/// Tables of frames and of single rows, and frames of tables.
module internal ColumnTable =
    /// The columns of a frame, read when they are asked for.
    let ofFrame (frame: Frame<'R, string>) : ColumnTable =
        let names = Array.ofSeq frame.ColumnKeys
        let columns = (names, Array.ofSeq frame.ColumnTypes) ||> Array.map2 (TableColumn.ofFrame frame)
        ColumnTable(frame.RowCount, names, columns, None)

    /// A row of named values; null is a missing one.
    let ofRow (values: seq<string * obj>) : ColumnTable =
        let values = Array.ofSeq values
        let columns = values |> Array.map (fun (_, value) -> TableColumn.ofBoxed [| value |])
        ColumnTable(1, Array.map fst values, columns, None)

    /// The frame of a table that was made of `frame`: its row keys are those of the rows that are left. (Deedle's own ways of making
    /// a frame of columns align the rows of each with all others, which takes seconds for thousands of columns.)
    let toFrameLike (frame: Frame<'R, string>) (table: ColumnTable) : Frame<'R, string> =
        let indices = Linear.LinearIndexBuilder.Instance

        let rows =
            match table.Kept with
            | None -> frame.RowIndex
            | Some kept ->
                let keys = Array.ofSeq frame.RowKeys
                indices.Create(kept |> Array.map (fun i -> keys[i]), None)

        let columns = table.Columns |> Array.map _.Vector.Value

        Frame<'R, string>(
            rows,
            indices.Create(table.Names, None),
            Vector.ofValues columns,
            indices,
            ArrayVectorBuilder.Instance
        )
