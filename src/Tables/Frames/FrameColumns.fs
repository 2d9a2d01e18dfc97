/// Columns of frames as arrays, without boxing a cell.
module internal Functional.FrameColumns

open System
open Deedle
open Deedle.Vectors

/// The values of a column of one type, and whether each is there.
let private valuesOf (series: Series<'R, 'T>) : 'T[] * bool[] option =
    match series.Vector.Data with
    | VectorData.DenseList values ->
        let all = Array.zeroCreate values.Count
        Seq.iteri (fun i value -> all[i] <- value) values
        all, None
    | VectorData.SparseList values ->
        let all = Array.zeroCreate values.Count
        let known = Array.zeroCreate values.Count

        values
        |> Seq.iteri (fun i value ->
            known[i] <- value.HasValue
            all[i] <- value.ValueOrDefault)

        all, Some known
    | VectorData.Sequence values ->
        let values = Array.ofSeq values
        values |> Array.map _.ValueOrDefault, Some(values |> Array.map _.HasValue)

let private column (frame: Frame<'R, 'C>) (key: 'C) (toFloat: 'T -> float) : float[] option =
    // by its key, since finding one by its number takes milliseconds in wide frames
    let values, known = valuesOf (frame.GetColumn<'T> key)

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
