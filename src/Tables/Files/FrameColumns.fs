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

let private column (frame: Frame<'R, 'C>) (key: 'C) (toFloat: 'T -> float) : float[] option =
    let values, known = values<'T, 'R, 'C> frame key

    match known with
    | None -> Some(Array.map toFloat values)
    | Some known -> Some(Array.map2 (fun value isKnown -> if isKnown then toFloat value else nan) values known)

/// A column of a type of numbers as floats, NaN where a value is missing; none for another type. true is 1.
let tryFloats (frame: Frame<'R, 'C>) (key: 'C) (columnType: Type) : float[] option =
    if columnType = typeof<float> then
        column frame key (id: float -> float)
    elif columnType = typeof<float32> then
        column frame key (float: float32 -> float)
    elif columnType = typeof<int> then
        column frame key (float: int -> float)
    elif columnType = typeof<int64> then
        column frame key (float: int64 -> float)
    elif columnType = typeof<bool> then
        column frame key (fun (value: bool) -> if value then 1.0 else 0.0)
    elif columnType = typeof<int16> then
        column frame key (float: int16 -> float)
    elif columnType = typeof<byte> then
        column frame key (float: byte -> float)
    elif columnType = typeof<decimal> then
        column frame key (float: decimal -> float)
    else
        None

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
    match columnType with
    | t when t = typeof<float> -> gatherAs<float, _> frame key rows
    | t when t = typeof<float32> -> gatherAs<float32, _> frame key rows
    | t when t = typeof<int> -> gatherAs<int, _> frame key rows
    | t when t = typeof<int64> -> gatherAs<int64, _> frame key rows
    | t when t = typeof<bool> -> gatherAs<bool, _> frame key rows
    | t when t = typeof<DateTime> -> gatherAs<DateTime, _> frame key rows
    | t when t = typeof<string> -> gatherAs<string, _> frame key rows
    | t when t = typeof<int16> -> gatherAs<int16, _> frame key rows
    | t when t = typeof<byte> -> gatherAs<byte, _> frame key rows
    | t when t = typeof<decimal> -> gatherAs<decimal, _> frame key rows
    | _ -> gatherAs<obj, _> frame key rows

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

let private isKnownAs<'T, 'R when 'R: equality> (frame: Frame<'R, string>) (key: string) : int -> bool =
    match values<'T, 'R, _> frame key with
    | _, Some known -> fun row -> known[row]
    | _, None -> fun _ -> true

/// Whether a column has a value in a row.
let isKnown (frame: Frame<'R, string>) (key: string) (columnType: Type) : int -> bool =
    match columnType with
    | t when t = typeof<float> -> isKnownAs<float, _> frame key
    | t when t = typeof<float32> -> isKnownAs<float32, _> frame key
    | t when t = typeof<int16> -> isKnownAs<int16, _> frame key
    | t when t = typeof<byte> -> isKnownAs<byte, _> frame key
    | t when t = typeof<decimal> -> isKnownAs<decimal, _> frame key
    | t when t = typeof<int> -> isKnownAs<int, _> frame key
    | t when t = typeof<int64> -> isKnownAs<int64, _> frame key
    | t when t = typeof<bool> -> isKnownAs<bool, _> frame key
    | t when t = typeof<DateTime> -> isKnownAs<DateTime, _> frame key
    | t when t = typeof<string> -> isKnownAs<string, _> frame key
    | _ -> isKnownAs<obj, _> frame key
