namespace Functional

open System

/// One line of a frequency table.
type Frequency<'T> =
    {
        /// The value.
        Value: 'T
        /// How often it occurs.
        Count: int
        /// Its share of all values.
        Relative: float
        /// How many values are this one or stand before it.
        Cumulative: int
        /// Their share of all values.
        CumulativeRelative: float
    }

/// How often the values of one column occur with each value of another.
type ContingencyTable<'R, 'C> =
    {
        /// The values of the rows, ascending.
        Rows: 'R list
        /// The values of the columns, ascending.
        Columns: 'C list
        /// [rows; columns]: how often both occur together.
        Counts: int[,]
    }

/// Whether two columns are independent, by Pearson's chi-square test.
type ChiSquare =
    {
        /// The sum of (observed - expected)^2 / expected.
        Statistic: float
        /// (rows - 1) (columns - 1)
        DegreesOfFreedom: int
        /// The chance of a statistic as large where the columns are independent.
        PValue: float
        /// [rows; columns]: the counts to expect where they are.
        Expected: float[,]
    }

/// How often values occur.
[<RequireQualifiedAccess>]
module Frequencies =
    /// The frequency table of the values, in ascending order of the values.
    let table (values: seq<'T>) : Frequency<'T> list =
        let counts = values |> Seq.countBy id |> Seq.sortBy fst |> List.ofSeq
        let all = counts |> List.sumBy snd

        (0, counts)
        ||> List.mapFold (fun before (value, n) ->
            let cumulative = before + n

            { Value = value
              Count = n
              Relative = float n / float all
              Cumulative = cumulative
              CumulativeRelative = float cumulative / float all },
            cumulative)
        |> fst

    /// How often each value of one column occurs with each of another of the same length. No values are an error.
    let contingency (rows: seq<'R>) (columns: seq<'C>) : ContingencyTable<'R, 'C> =
        let operation = "Frequencies.contingency"
        let rows, columns = Array.ofSeq rows, Array.ofSeq columns

        if rows.Length <> columns.Length then
            Fail.shapes
                operation
                [ "rows", [ rows.Length ]; "columns", [ columns.Length ] ]
                "both need as many values: the i-th of one belongs to the i-th of the other."

        if rows.Length = 0 then
            Fail.data operation "there are no values."

        let counts = Seq.zip rows columns |> Seq.countBy id |> dict
        let rows, columns = rows |> Array.distinct |> Array.sort, columns |> Array.distinct |> Array.sort

        let count i j =
            match counts.TryGetValue((rows[i], columns[j])) with
            | true, n -> n
            | _ -> 0

        { Rows = List.ofArray rows
          Columns = List.ofArray columns
          Counts = Array2D.init rows.Length columns.Length count }

    /// Pearson's chi-square test of independence, without Yates' correction (`scipy.stats.chi2_contingency` with
    /// correction=False).
    let chiSquare (table: ContingencyTable<'R, 'C>) : ChiSquare =
        let rows, columns = table.Rows.Length, table.Columns.Length
        let count i j = float table.Counts[i, j]
        let rowSums = Array.init rows (fun i -> Seq.sum (seq { for j in 0 .. columns - 1 -> count i j }))
        let columnSums = Array.init columns (fun j -> Seq.sum (seq { for i in 0 .. rows - 1 -> count i j }))
        let expected = Array2D.init rows columns (fun i j -> rowSums[i] * columnSums[j] / Array.sum rowSums)

        let statistic =
            Seq.sum (
                seq {
                    for i in 0 .. rows - 1 do
                        for j in 0 .. columns - 1 do
                            (count i j - expected[i, j]) ** 2.0 / expected[i, j]
                }
            )

        let freedom = (rows - 1) * (columns - 1)

        { Statistic = statistic
          DegreesOfFreedom = freedom
          PValue =
            if freedom = 0 then
                1.0
            else
                MathNet.Numerics.SpecialFunctions.GammaUpperRegularized(float freedom / 2.0, statistic / 2.0)
          Expected = expected }
