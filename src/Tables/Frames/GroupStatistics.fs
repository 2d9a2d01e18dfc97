/// Statistics of the values of each group, of columns of floats in which NaN is missing: one pass over the rows each.
module internal Functional.GroupStatistics

open System

/// The rows of a frame in groups.
type Groups =
    {
        /// The group of each row; -1 for none.
        Of: int[]
        /// The number of groups.
        Count: int
    }

/// How many rows each group has.
let sizes (groups: Groups) : int[] =
    let counts = Array.zeroCreate groups.Count

    for group in groups.Of do
        if group >= 0 then
            counts[group] <- counts[group] + 1

    counts

/// How many values of each group are not missing.
let counts (groups: Groups) (values: float[]) : int[] =
    let counts = Array.zeroCreate groups.Count

    for row in 0 .. values.Length - 1 do
        let group = groups.Of[row]

        if group >= 0 && not (Double.IsNaN values[row]) then
            counts[group] <- counts[group] + 1

    counts

/// The sum of each group with what rounding lost of it (Kahan), and the number of its values. 0 for a group without a value.
let sums (groups: Groups) (values: float[]) : float[] * int[] =
    let counts = Array.zeroCreate groups.Count
    // sum and loss of a group side by side, in one line of the cache
    let state = Array.zeroCreate (2 * groups.Count)

    for row in 0 .. values.Length - 1 do
        let group = groups.Of[row]
        let value = values[row]

        if group >= 0 && not (Double.IsNaN value) then
            let sum = state[2 * group]
            let corrected = value - state[2 * group + 1]
            let next = sum + corrected
            let lost = (next - sum) - corrected
            state[2 * group] <- next
            state[2 * group + 1] <- if Double.IsNaN lost then 0.0 else lost
            counts[group] <- counts[group] + 1

    Array.init groups.Count (fun group -> state[2 * group]), counts

/// The mean of each group; NaN for one without a value.
let means (groups: Groups) (values: float[]) : float[] =
    let sums, counts = sums groups values
    Array.map2 (fun sum count -> if count = 0 then nan else sum / float count) sums counts

/// The sample variance of each group, by the differences from its mean; NaN for one of fewer than two values.
let variances (groups: Groups) (values: float[]) : float[] =
    let means = means groups values

    let squares =
        values
        |> Array.mapi (fun row value ->
            let group = groups.Of[row]

            if group < 0 then
                nan
            else
                let difference = value - means[group]
                difference * difference)

    let sums, counts = sums groups squares
    Array.map2 (fun sum count -> if count < 2 then nan else sum / float (count - 1)) sums counts

/// The known values of each group, in the order of the rows.
let private valuesOf (groups: Groups) (values: float[]) : float[][] =
    let room = counts groups values |> Array.map Array.zeroCreate<float>
    let filled = Array.zeroCreate<int> groups.Count

    for row in 0 .. values.Length - 1 do
        let group = groups.Of[row]

        if group >= 0 && not (Double.IsNaN values[row]) then
            room[group].[filled[group]] <- values[row]
            filled[group] <- filled[group] + 1

    room

/// A quantile of each group, linear between values; NaN for one without a value.
let quantiles (share: float) (groups: Groups) (values: float[]) : float[] =
    valuesOf groups values
    |> Array.map (fun values ->
        if values.Length = 0 then
            nan
        else
            Array.sortInPlace values
            Quantiles.ofSorted QuantileMethod.Linear share values)

/// How many different values each group has.
let distincts (groups: Groups) (codes: int[]) (codeCount: int) : int[] =
    let counts = Array.zeroCreate groups.Count
    let seen = Collections.Generic.HashSet<int64>()

    for row in 0 .. codes.Length - 1 do
        let group, code = groups.Of[row], codes[row]

        if group >= 0 && code >= 0 && seen.Add(int64 group * int64 codeCount + int64 code) then
            counts[group] <- counts[group] + 1

    counts

/// The row of each group that is chosen over every other by `isBetter candidate current`, of rows that hold a value; -1 for none.
let inline rowsBy
    ([<InlineIfLambda>] isKnown: int -> bool)
    ([<InlineIfLambda>] isBetter: int -> int -> bool)
    (groups: Groups)
    =
    let rows = Array.create groups.Count -1

    for row in 0 .. groups.Of.Length - 1 do
        let group = groups.Of[row]

        if group >= 0 && isKnown row && (rows[group] < 0 || isBetter row rows[group]) then
            rows[group] <- row

    rows
