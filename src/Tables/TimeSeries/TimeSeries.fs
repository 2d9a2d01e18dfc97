namespace Functional

open System
open Deedle

/// Which of several values of one time is kept.
[<RequireQualifiedAccess>]
type Duplicates =
    /// None: a time that stands twice is an error that names it.
    | Refused
    /// The first one.
    | First
    /// The last one.
    | Last
    /// Their mean.
    | Mean

/// A part of a time series where values are missing.
type TimeGap =
    {
        /// The last time before it that is there.
        After: DateTime
        /// The first time behind it that is there.
        Before: DateTime
        /// How many times of the period are missing between them; 0 where the distance is no multiple of the period.
        Missing: int
    }

/// Whether the times of a series follow one another at one distance.
type PeriodCheck =
    {
        /// The distance.
        Period: Period
        /// Whether all times follow at this distance.
        IsRegular: bool
        /// Where they do not.
        Gaps: TimeGap list
    }

    /// The period and its gaps in words, a line each.
    override c.ToString() =
        let gap (gap: TimeGap) =
            if gap.Missing > 0 then
                $"  {gap.Missing} missing after {Periods.text gap.After}, before {Periods.text gap.Before}"
            else
                $"  from {Periods.text gap.After} to {Periods.text gap.Before} is no multiple of the period"

        let head =
            if c.IsRegular then
                $"Period {c.Period}, without a gap."
            else
                $"Period {c.Period}, {c.Gaps.Length} gaps:"

        String.concat "\n" (head :: List.map gap c.Gaps)

/// What is computed of the values of one period.
[<RequireQualifiedAccess>]
type Resampling =
    /// A statistic of the values that are not missing.
    | Statistic of WindowStatistic
    /// The first value that is not missing.
    | First
    /// The last value that is not missing.
    | Last

/// Series of numbers over time: Deedle's `Series<DateTime, float>`, ascending.
[<RequireQualifiedAccess>]
module TimeSeries =
    let private values (series: Series<DateTime, float>) : DateTime[] * float[] =
        let known, isKnown = FrameColumns.valuesOf series.Vector

        let values =
            match isKnown with
            | None -> known
            | Some isKnown -> Array.map2 (fun value there -> if there then value else nan) known isKnown

        Array.ofSeq series.Keys, values

    let private ofArrays (times: DateTime[]) (values: float[]) : Series<DateTime, float> = Series(times, values)

    let private checkAscending operation (times: DateTime[]) =
        match times |> Array.pairwise |> Array.tryFind (fun (a, b) -> a >= b) with
        | Some(a, b) ->
            Fail.data
                operation
                $"{Periods.text b} stands behind {Periods.text a}; times must ascend. TimeSeries.ofFrame sorts them, and \
                  drops those that stand twice."
        | None -> ()

    /// The series of two columns of a frame, dates and numbers, in the order of the dates. Rows without a date are left out.
    /// What becomes of several values of one time is said by `duplicates`.
    ///
    /// Raises `InvalidArgument` for a column that is not there, and `InvalidData` for one of another type.
    let ofFrame (duplicates: Duplicates) (time: string) (value: string) (frame: Frame<'R, string>) =
        let operation = "TimeSeries.ofFrame"

        let typeOf name =
            match Seq.zip frame.ColumnKeys frame.ColumnTypes |> Seq.tryFind (fst >> (=) name) with
            | Some(_, columnType) -> columnType
            | None ->
                let known = frame.ColumnKeys |> Seq.truncate 20 |> String.concat ", "
                Fail.argument operation "column" $"'{name}'" $"is no column of the frame; there is {known}."

        if typeOf time <> typeof<DateTime> then
            Fail.data
                operation
                $"column '{time}' is of {(typeOf time).Name} and not of dates; see CsvOptions.DateFormats."

        let times, known = FrameColumns.values<DateTime, _, _> frame time

        let numbers =
            match FrameColumns.tryFloats frame value (typeOf value) with
            | Some numbers -> numbers
            | None -> Fail.data operation $"column '{value}' is of {(typeOf value).Name} and not of numbers."

        let rows =
            [| for row in 0 .. times.Length - 1 do
                   if known.IsNone || known.Value[row] then
                       times[row], numbers[row] |]
            |> Array.groupBy fst
            |> Array.sortBy fst

        let keep (time: DateTime, all: (DateTime * float)[]) =
            match duplicates with
            | _ when all.Length = 1 -> snd all[0]
            | Duplicates.First -> snd all[0]
            | Duplicates.Last -> snd all[all.Length - 1]
            | Duplicates.Mean ->
                match all |> Array.map snd |> Numbers.known with
                | [||] -> nan
                | known -> Numbers.mean known
            | Duplicates.Refused ->
                Fail.data
                    operation
                    $"{all.Length} rows have the time {Periods.text time}; say by Duplicates which is kept."

        ofArrays (Array.map fst rows) (Array.map keep rows)

    /// The period of a series, its most frequent distance, and where its times do not keep to it. Needs two times.
    let checkPeriod (series: Series<DateTime, float>) : PeriodCheck =
        let operation = "TimeSeries.checkPeriod"
        let times, _ = values series
        checkAscending operation times

        if times.Length < 2 then
            Fail.data operation $"needs at least two times, and there are {times.Length}."

        let period = Periods.infer times

        let gaps =
            [ for after, before in Array.pairwise times do
                  let count = Periods.between after period before
                  let isMultiple = count > 0 && Periods.after after period count = before

                  if not (isMultiple && count = 1) then
                      { After = after; Before = before; Missing = (if isMultiple then count - 1 else 0) } ]

        { Period = period; IsRegular = gaps.IsEmpty; Gaps = gaps }

    /// The series with a value at every time of a period from its first time on; missing where it has none at just this time
    /// (pandas: asfreq).
    let everyPeriod (period: Period) (series: Series<DateTime, float>) : Series<DateTime, float> =
        let operation = "TimeSeries.everyPeriod"
        Periods.check operation period
        let times, known = values series
        checkAscending operation times

        match times with
        | [||] -> series
        | times ->
            let at = Collections.Generic.Dictionary<DateTime, float>()
            Array.iter2 (fun time value -> at[time] <- value) times known
            let last = Periods.between times[0] period times[times.Length - 1]
            let wanted = Array.init (last + 1) (Periods.after times[0] period)

            wanted
            |> Array.map (fun time ->
                match at.TryGetValue time with
                | true, value -> value
                | _ -> nan)
            |> ofArrays wanted

    /// The series with its gaps filled, at most `limit` missing values in a row where it is given. What lies before the first
    /// value stays missing but for `GapFilling.Next`; behind the last one it is the last value but for `Next` and
    /// `Nearest`. As pandas' `interpolate`.
    let interpolateWith (rule: GapFilling) (limit: int option) (series: Series<DateTime, float>) =
        let operation = "TimeSeries.interpolate"
        let times, known = values series
        checkAscending operation times

        match limit with
        | Some limit when limit < 1 -> Fail.argument operation "limit" limit "is too small; give 1 or more."
        | _ -> ()

        let ticks = times |> Array.map _.Ticks
        Interpolate.fill rule (defaultArg limit Int32.MaxValue) ticks known |> ofArrays times

    /// The series with its gaps filled; see `interpolateWith`.
    let interpolate (rule: GapFilling) (series: Series<DateTime, float>) : Series<DateTime, float> =
        interpolateWith rule None series

    /// The start of the period that a time lies in: periods are counted from midnight of the first day, those of months from
    /// the first of its month, and for 12 months from the first of January.
    let private origin (period: Period) (first: DateTime) : DateTime =
        match period with
        | Period.Every _ -> first.Date
        | Period.Months months when months % 12 = 0 -> DateTime(first.Year, 1, 1)
        | Period.Months 3 -> DateTime(first.Year, (first.Month - 1) / 3 * 3 + 1, 1)
        | Period.Months _ -> DateTime(first.Year, first.Month, 1)

    let private statistic (rule: Resampling) (values: float[]) : float =
        match rule with
        | Resampling.First -> values |> Array.tryFind (Double.IsNaN >> not) |> Option.defaultValue nan
        | Resampling.Last -> values |> Array.tryFindBack (Double.IsNaN >> not) |> Option.defaultValue nan
        | Resampling.Statistic statistic ->
            let least =
                match statistic with
                | WindowStatistic.Count
                | WindowStatistic.Sum -> 0
                | WindowStatistic.Mean
                | WindowStatistic.Min
                | WindowStatistic.Max
                | WindowStatistic.Variance
                | WindowStatistic.Deviation
                | WindowStatistic.Median -> 1

            match values with
            | [||] -> if least = 0 then 0.0 else nan
            | values -> WindowStatistics.compute statistic least Int32.MaxValue values |> Array.last

    /// A value for each period from the first value's to the last's, under the time at which the period starts: a statistic of
    /// the values in it. Periods of a fixed length are counted from midnight of the first day, months and quarters as the
    /// calendar has them. A period without a value has the count and the sum 0, and else is missing. As pandas' `resample` with
    /// `label="left"`: "D", "MS", "QS", "YS".
    let resample (period: Period) (rule: Resampling) (series: Series<DateTime, float>) : Series<DateTime, float> =
        let operation = "TimeSeries.resample"
        Periods.check operation period
        let times, known = values series
        checkAscending operation times

        match times with
        | [||] -> series
        | times ->
            let start = origin period times[0]
            let start = Periods.after start period (Periods.between start period times[0])
            let number = times |> Array.map (Periods.between start period)
            let count = number[number.Length - 1] + 1
            let starts = Array.init count (Periods.after start period)
            let rooms = Array.init count (fun _ -> ResizeArray<float>())
            Array.iter2 (fun bin value -> rooms[bin].Add value) number known
            ofArrays starts (rooms |> Array.map (fun room -> statistic rule (room.ToArray())))
