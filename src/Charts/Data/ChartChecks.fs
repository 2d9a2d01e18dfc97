/// Checks of the numbers and labels that charts are given.
module internal Functional.ChartChecks

open System

/// The numbers; none that is finite is an error.
let numbers operation argument (values: seq<float>) : float[] =
    let values = Array.ofSeq values

    if values.Length = 0 then
        Fail.data operation $"{argument} has no values; give one at least."
    elif not (Array.exists Double.IsFinite values) then
        Fail.data operation $"{argument} has no finite number among its {values.Length} values."
    else
        values

/// Arrays of one length.
let sameLength operation (first: string, firstLength: int) (second: string, secondLength: int) =
    if firstLength <> secondLength then
        Fail.shapes
            operation
            [ first, [ firstLength ]; second, [ secondLength ] ]
            "both need as many values: the i-th of one belongs to the i-th of the other."

/// Named series; none is an error.
let series operation (all: seq<string * #seq<float>>) : (string * float[]) list =
    let all = [ for name, values in all -> name, numbers operation $"series '{name}'" values ]

    if all.IsEmpty then
        Fail.data operation "there are no series; give one at least."

    all

/// A matrix with a row and a column at least, and a label for each.
let matrix operation (rows: string[]) (columns: string[]) (values: 'T[,]) =
    let shape = [ Array2D.length1 values; Array2D.length2 values ]

    if List.contains 0 shape then
        Fail.data operation "the matrix has no cells."

    if shape <> [ rows.Length; columns.Length ] then
        Fail.shapes
            operation
            [ "the matrix", shape; "labels of rows", [ rows.Length ]; "labels of columns", [ columns.Length ] ]
            "give a label for each row and each column."
