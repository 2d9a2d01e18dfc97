/// Frames made of columns that are there already.
module internal Functional.Frames

open Deedle
open Deedle.Indices
open Deedle.Vectors.ArrayVector

/// The frame of columns under names, with these row keys. (Deedle's own ways of making a frame of columns align the rows of
/// each with all others, which takes seconds for thousands of columns.) `ascending` where the keys are known to be.
let private ofVectorsWith (names: string[]) (rowKeys: 'R[]) (ascending: bool option) (columns: IVector[]) =
    let indices = Linear.LinearIndexBuilder.Instance
    let rows = indices.Create(rowKeys, ascending)
    let keys = indices.Create(names, None)
    Frame<'R, string>(rows, keys, Vector.ofValues columns, indices, ArrayVectorBuilder.Instance)

/// The frame of columns under names, with these row keys, each of which stands once.
let ofVectorsBy (names: string[]) (rowKeys: 'R[]) (columns: IVector[]) : Frame<'R, string> =
    ofVectorsWith names rowKeys None columns

/// The frame of columns under names, with rows 0 .. n - 1.
let ofVectors (names: string[], rowCount: int, columns: IVector[]) : Frame<int, string> =
    ofVectorsWith names (Array.init rowCount id) (Some true) columns

/// A column of values, of which those are missing whose flag is not set.
let vectorOf (known: bool[] option) (values: 'T[]) : IVector =
    match known with
    | None -> Vector.ofValues values
    | Some known ->
        let optional =
            Array.map2
                (fun value isKnown -> if isKnown then OptionalValue value else OptionalValue.Missing)
                values
                known

        ArrayVectorBuilder.Instance.CreateMissing optional

/// Names, each made different from those before it, as pandas does: a, a.1, a.2.
let distinctNames (names: string[]) : string[] =
    let taken = System.Collections.Generic.HashSet<string>()

    names
    |> Array.map (fun name ->
        let mutable candidate = name
        let mutable i = 0

        while not (taken.Add candidate) do
            i <- i + 1
            candidate <- $"{name}.{i}"

        candidate)
