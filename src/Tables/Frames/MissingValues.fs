namespace Functional

open System

/// What stands in a tensor for the values that a column misses.
[<RequireQualifiedAccess>]
type MissingValues =
    /// None may be missing: it is an error that names the column and how many it misses.
    | Refused
    /// NaN, for functions that skip it. Only of tensors of floats.
    | KeptAsNaN
    /// A number.
    | Constant of float
    /// The mean of the column's values.
    | Mean
    /// The median of the column's values.
    | Median
    /// The value that stands most often in the column, the least of several.
    | MostFrequent
    /// The value of the nearest row before that has one; an error where there is none (pandas: ffill).
    | Previous
    /// The value of the nearest row behind that has one; an error where there is none (pandas: bfill).
    | Next

/// Filling the gaps of columns of floats, in which NaN is a missing value.
module internal MissingValues =
    let private missingIn (values: float[]) =
        let mutable count = 0

        for value in values do
            if Double.IsNaN value then
                count <- count + 1

        count

    let private replaced (value: float) (values: float[]) =
        values |> Array.map (fun x -> if Double.IsNaN x then value else x)

    /// Each missing value becomes the one before it, in the order of the rows given.
    let private carried (order: int[]) (values: float[]) =
        let filled = Array.copy values
        let mutable last = nan

        for row in order do
            if Double.IsNaN filled[row] then filled[row] <- last else last <- filled[row]

        filled

    let private mostFrequent (values: float[]) =
        Numbers.known values |> Array.countBy id |> Array.minBy (fun (value, count) -> -count, value) |> fst

    /// The column without gaps. What cannot be filled is an error that names the column.
    let fill operation (column: string) (rule: MissingValues) (values: float[]) : float[] =
        let refuse (reason: string) = Fail.data operation $"column '{column}' {reason}"

        let ofKnown (statistic: float[] -> float) =
            match Numbers.known values with
            | [||] -> refuse "has no value at all, and so none to fill it with. Drop it with Frame.dropCol."
            | known -> replaced (statistic known) values

        let checkedAll (filled: float[]) =
            match Array.tryFindIndex Double.IsNaN filled with
            | Some row -> refuse $"misses a value in row {row}, and there is none on that side to fill it with."
            | None -> filled

        match missingIn values, rule with
        | 0, _
        | _, MissingValues.KeptAsNaN -> values
        | missing, MissingValues.Refused ->
            refuse
                $"misses {missing} of {values.Length} values. Fill them with Frame.fillMissingWith, or on the way with \
                  Frame.toTensorWith, or leave their rows out with Frame.dropSparseRows."
        | _, MissingValues.Constant value -> replaced value values
        | _, MissingValues.Mean -> ofKnown Numbers.mean
        | _, MissingValues.Median -> ofKnown (Array.sort >> Quantiles.ofSorted QuantileMethod.Linear 0.5)
        | _, MissingValues.MostFrequent -> ofKnown mostFrequent
        | _, MissingValues.Previous -> values |> carried (Array.init values.Length id) |> checkedAll
        | _, MissingValues.Next ->
            values |> carried (Array.init values.Length (fun i -> values.Length - 1 - i)) |> checkedAll
