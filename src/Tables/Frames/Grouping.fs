namespace Functional

open System
open Deedle

/// What is computed of a column for each group of rows. Missing values are skipped, as in pandas; a group without a value
/// misses the result, but for counts and sums.
[<RequireQualifiedAccess>]
type Aggregate =
    /// How many rows the group has.
    | Size
    /// How many values are not missing.
    | Count of column: string
    /// The sum: int64 of whole numbers and bool, else float. 0 where there is no value.
    | Sum of column: string
    /// The arithmetic mean.
    | Mean of column: string
    /// The least value, of numbers, dates or words.
    | Min of column: string
    /// The largest value, of numbers, dates or words.
    | Max of column: string
    /// The sample variance (n - 1).
    | Variance of column: string
    /// The sample standard deviation (n - 1).
    | Deviation of column: string
    /// The middle value.
    | Median of column: string
    /// The quantile of a share from 0 to 1, linear between values.
    | Quantile of column: string * share: float
    /// The first value that is not missing, of any type.
    | First of column: string
    /// The last value that is not missing, of any type.
    | Last of column: string
    /// How many different values there are (pandas: nunique).
    | Distinct of column: string

/// Groups of the rows of a frame that have the same values in some columns (pandas: groupby).
[<RequireQualifiedAccess>]
module Grouping =
    open GroupStatistics

    let private operation = "Grouping.by"

    /// The results of a function on all processors. Its own error goes through.
    let private inParallel (f: 'T -> 'U) (items: 'T list) : 'U[] =
        try
            items |> Array.ofList |> Array.Parallel.map f
        with :? AggregateException as e ->
            match e.InnerException with
            | :? FunctionalException as inner -> raise (FunctionalException inner.Error)
            | _ -> reraise ()

    let private typeOf (frame: Frame<'R, string>) (name: string) : Type =
        match Seq.zip frame.ColumnKeys frame.ColumnTypes |> Seq.tryFind (fst >> (=) name) with
        | Some(_, columnType) -> columnType
        | None ->
            let known = frame.ColumnKeys |> Seq.truncate 20 |> String.concat ", "
            Fail.argument operation "column" $"'{name}'" $"is no column of the frame; there is {known}."

    let private floatsOf (frame: Frame<'R, string>) (name: string) : float[] =
        let columnType = typeOf frame name

        match FrameColumns.tryFloats frame name columnType with
        | Some values -> values
        | None ->
            Fail.data
                operation
                $"column '{name}' is of {columnType.Name} and not of numbers; Count, Min, Max, First, Last and Distinct are of \
                  any type."

    let private floats (values: float[]) : IVector = Vector.ofValues values
    let private wholes (values: int[]) : IVector = Vector.ofValues values

    let private codesOf frame name = KeyCodes.ofColumn operation frame name (typeOf frame name)

    /// The cells of a column in these rows, and of its type; missing for row -1.
    let private gathered (frame: Frame<'R, string>) name (rows: int[]) : IVector =
        FrameColumns.gather frame name (typeOf frame name) rows

    let private sum (frame: Frame<'R, string>) name (groups: Groups) : IVector =
        let columnType = typeOf frame name

        if columnType = typeof<int> || columnType = typeof<int64> || columnType = typeof<bool> then
            let values = FrameColumns.wholes frame name columnType
            let sums = Array.zeroCreate<int64> groups.Count

            for row in 0 .. values.Length - 1 do
                let group = groups.Of[row]

                if group >= 0 then
                    sums[group] <- sums[group] + values[row]

            Vector.ofValues sums
        else
            floats (fst (sums groups (floatsOf frame name)))

    /// The rows of the least or largest values, by the ascending codes of the values: of numbers, dates and words alike.
    let private extreme (isBetter: int -> int -> bool) (frame: Frame<'R, string>) name (groups: Groups) : IVector =
        let codes = (codesOf frame name).Codes

        groups
        |> rowsBy (fun row -> codes[row] >= 0) (fun row best -> isBetter codes[row] codes[best])
        |> gathered frame name

    let private firstOrLast (isBetter: int -> int -> bool) (frame: Frame<'R, string>) name (groups: Groups) : IVector =
        let isKnown = FrameColumns.isKnown frame name (typeOf frame name)
        groups |> rowsBy isKnown isBetter |> gathered frame name

    let private compute (frame: Frame<'R, string>) (groups: Groups) (aggregation: Aggregate) : IVector =
        match aggregation with
        | Aggregate.Size -> wholes (sizes groups)
        | Aggregate.Count name ->
            let isKnown = FrameColumns.isKnown frame name (typeOf frame name)
            let known = groups.Of |> Array.mapi (fun row group -> if isKnown row then group else -1)
            wholes (sizes { groups with Of = known })
        | Aggregate.Sum name -> sum frame name groups
        | Aggregate.Mean name -> floats (means groups (floatsOf frame name))
        | Aggregate.Min name -> extreme (<) frame name groups
        | Aggregate.Max name -> extreme (>) frame name groups
        | Aggregate.Variance name -> floats (variances groups (floatsOf frame name))
        | Aggregate.Deviation name -> floats (variances groups (floatsOf frame name) |> Array.map sqrt)
        | Aggregate.Median name -> floats (quantiles 0.5 groups (floatsOf frame name))
        | Aggregate.Quantile(name, share) ->
            Quantiles.checkShare operation share
            floats (quantiles share groups (floatsOf frame name))
        | Aggregate.First name -> firstOrLast (fun _ _ -> false) frame name groups
        | Aggregate.Last name -> firstOrLast (fun _ _ -> true) frame name groups
        | Aggregate.Distinct name ->
            let codes = codesOf frame name
            wholes (distincts groups codes.Codes codes.Count)

    let private checkNames (keys: string list) (columns: (string * Aggregate) list) =
        if keys.IsEmpty then
            Fail.argument operation "keys" keys.Length "is no column to group by; name at least one."

        match keys @ List.map fst columns |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name, _) ->
            Fail.argument
                operation
                "columns"
                $"'{name}'"
                "would name two columns of the result; give each a name of its own."
        | None -> ()

    /// A frame with a row for each combination of values that the key columns have, ascending by the first key, then the
    /// second, ...: the keys, and a column for each named aggregation. A row that misses a key is in no group. As pandas'
    /// `groupby(keys, as_index=False).agg(...)`.
    ///
    /// `sales |> Grouping.by [ "city"; "year" ] [ "n", Aggregate.Size; "price", Aggregate.Mean "price" ]`
    ///
    /// Raises `InvalidArgument` for a column that is not there and a name that stands twice, and `InvalidData` for an aggregation
    /// that a column's type has not.
    let by (keys: string list) (columns: (string * Aggregate) list) (frame: Frame<'R, string>) : Frame<int, string> =
        checkNames keys columns
        let codes = keys |> inParallel (codesOf frame) |> List.ofArray |> KeyCodes.combined
        let groups = { Of = codes.Codes; Count = codes.Count }
        let first = groups |> rowsBy (fun _ -> true) (fun _ _ -> false)
        let keyColumns = keys |> List.map (fun key -> gathered frame key first) |> Array.ofList
        let values = columns |> inParallel (snd >> compute frame groups)
        let names = List.append keys (List.map fst columns) |> Array.ofList
        Frames.ofVectors (names, groups.Count, Array.append keyColumns values)

    /// The rows of each combination of values of the key columns as a frame of their own, ascending by the keys. A row that
    /// misses a key is in no group.
    let split (keys: string list) (frame: Frame<'R, string>) : Frame<'R, string> list =
        checkNames keys []
        let codes = keys |> List.map (codesOf frame) |> KeyCodes.combined
        let rows = Array.init codes.Count (fun _ -> ResizeArray<int>())

        codes.Codes
        |> Array.iteri (fun row group ->
            if group >= 0 then
                rows[group].Add row)

        [ for group in rows -> FrameColumns.rows frame (group.ToArray()) ]
