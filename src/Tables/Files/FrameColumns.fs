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
