/// Columns of frames as arrays, without boxing a cell.
module internal Functional.FrameColumns

open System
open Deedle
open Deedle.Vectors

/// The values of a column of one type in the order of the rows, and whether each is there where some are not. What stands
/// for a missing one means nothing. Both are copies.
let valuesOf (vector: IVector<'T>) : 'T[] * bool[] option =
    match vector.Data with
    | VectorData.DenseList values ->
        let all = Array.zeroCreate values.Count
        values.CopyTo(all, 0)
        all, None
    | VectorData.SparseList values ->
        let optional = Array.zeroCreate<OptionalValue<'T>> values.Count
        values.CopyTo(optional, 0)
        optional |> Array.map _.ValueOrDefault, Some(optional |> Array.map _.HasValue)
    | VectorData.Sequence values ->
        let values = Array.ofSeq values
        values |> Array.map _.ValueOrDefault, Some(values |> Array.map _.HasValue)

/// The values of a column by its key; see `valuesOf`. (Finding a column by its number takes milliseconds in wide frames.)
let values<'T, 'R, 'C when 'R: equality and 'C: equality> (frame: Frame<'R, 'C>) (key: 'C) : 'T[] * bool[] option =
    valuesOf (frame.GetColumn<'T> key).Vector

/// What is done with a column of whatever type.
type IColumnOperation<'Result> =
    /// With a column of values of this type.
    abstract Invoke<'T> : unit -> 'Result

/// What is done with a column of numbers of whatever type.
type INumberOperation<'Result> =
    /// With a column of values that are floats by a function.
    abstract Invoke<'T> : toFloat: ('T -> float) -> 'Result

/// An operation on a column of a type of numbers or of bool, of which true is 1; none for another type.
let tryByNumber (columnType: Type) (operation: INumberOperation<'Result>) : 'Result option =
    match columnType with
    | t when t = typeof<float> -> Some(operation.Invoke<float> id)
    | t when t = typeof<float32> -> Some(operation.Invoke<float32> float)
    | t when t = typeof<int> -> Some(operation.Invoke<int> float)
    | t when t = typeof<int64> -> Some(operation.Invoke<int64> float)
    | t when t = typeof<bool> -> Some(operation.Invoke<bool>(fun value -> if value then 1.0 else 0.0))
    | t when t = typeof<int16> -> Some(operation.Invoke<int16> float)
    | t when t = typeof<byte> -> Some(operation.Invoke<byte> float)
    | t when t = typeof<decimal> -> Some(operation.Invoke<decimal> float)
    | _ -> None

/// An operation on a column of a type; of another than numbers, bool, dates and words as objects.
let byType (columnType: Type) (operation: IColumnOperation<'Result>) : 'Result =
    let ofNumber =
        { new INumberOperation<'Result> with
            member _.Invoke<'T>(_: 'T -> float) = operation.Invoke<'T>() }

    match tryByNumber columnType ofNumber with
    | Some result -> result
    | None when columnType = typeof<DateTime> -> operation.Invoke<DateTime>()
    | None when columnType = typeof<string> -> operation.Invoke<string>()
    | None -> operation.Invoke<obj>()

/// A column of a type of numbers as floats, NaN where a value is missing; none for another type. true is 1.
let tryFloats (frame: Frame<'R, 'C>) (key: 'C) (columnType: Type) : float[] option =
    tryByNumber
        columnType
        { new INumberOperation<float[]> with
            member _.Invoke<'T>(toFloat: 'T -> float) =
                match values<'T, 'R, 'C> frame key with
                | all, None ->
                    match box all with
                    | :? (float[]) as floats -> floats
                    | _ -> Array.map toFloat all
                | all, Some known -> Array.map2 (fun value isKnown -> if isKnown then toFloat value else nan) all known }

let private gatherAs<'T, 'R when 'R: equality> (frame: Frame<'R, string>) (key: string) (rows: int[]) : IVector =
    let values, known = values<'T, 'R, _> frame key
    let isKnown row = row >= 0 && (known.IsNone || known.Value[row])

    if rows |> Array.forall isKnown then
        Vector.ofValues (rows |> Array.map (fun row -> values[row]))
    else
        rows
        |> Array.map (fun row -> if isKnown row then values[row] else Unchecked.defaultof<'T>)
        |> Frames.vectorOf (Some(Array.map isKnown rows))

/// The cells of a column in these rows, as a column of its type; missing for row -1.
let gather (frame: Frame<'R, string>) (key: string) (columnType: Type) (rows: int[]) : IVector =
    byType
        columnType
        { new IColumnOperation<IVector> with
            member _.Invoke<'T>() = gatherAs<'T, 'R> frame key rows }

/// These rows of a frame, by their numbers, in this order.
let rows (frame: Frame<'R, string>) (rows: int[]) : Frame<'R, string> =
    let keys = Array.ofSeq frame.RowKeys
    let names = Array.ofSeq frame.ColumnKeys
    let columns = Array.map2 (fun name t -> gather frame name t rows) names (Array.ofSeq frame.ColumnTypes)
    Frames.ofVectorsBy names (rows |> Array.map (fun row -> keys[row])) columns

/// A column of whole numbers or bool as whole numbers, 0 where one is missing.
let wholes (frame: Frame<'R, string>) (key: string) (columnType: Type) : int64[] =
    let mapped (toWhole: 'T -> int64) =
        match values<'T, _, _> frame key with
        | all, None -> Array.map toWhole all
        | all, Some known -> Array.map2 (fun value isKnown -> if isKnown then toWhole value else 0L) all known

    if columnType = typeof<bool> then
        mapped (fun (value: bool) -> if value then 1L else 0L)
    elif columnType = typeof<int> then
        mapped (int64: int -> int64)
    else
        mapped (id: int64 -> int64)

let private knownAs<'T, 'R when 'R: equality> (frame: Frame<'R, string>) (key: string) : bool[] option =
    let vector = (frame.GetColumn<'T> key).Vector

    match vector.Data with
    | VectorData.DenseList _ -> None
    | VectorData.SparseList _
    | VectorData.Sequence _ -> snd (valuesOf vector)

/// Whether a column has a value in each row; none where it has one in all.
let known (frame: Frame<'R, string>) (key: string) (columnType: Type) : bool[] option =
    byType
        columnType
        { new IColumnOperation<bool[] option> with
            member _.Invoke<'T>() = knownAs<'T, 'R> frame key }
