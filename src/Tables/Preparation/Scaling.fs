namespace Functional

open System

/// What scalers share: functions of the known numbers of each column.
module internal ScalerKinds =
    /// The number of each column by a function of its known values; a column without any gives NaN.
    let each (operation: string) (input: PreparationInput) (f: float[] -> float) : float[] =
        let one (name: string) column =
            match Numbers.known (Column.numbers operation name column) with
            | [||] -> nan
            | known -> f known

        Array.map2 one input.Names input.Columns

    /// A scale of 0 would divide by zero: a constant column is left at 1, as scikit-learn does.
    let nonZero (scale: float) = if abs scale < 10.0 * Double.Epsilon then 1.0 else scale

    /// x * scale + shift in place of each x of each column.
    let linear
        (operation: string)
        (scales: float[])
        (shifts: float[])
        (names: string[])
        (columns: Column[])
        : Column[] =
        columns
        |> Array.mapi (fun i column ->
            let scale, shift = scales[i], shifts[i]
            Column.Numbers(Column.numbers operation names[i] column |> Array.map (fun x -> x * scale + shift)))
