namespace Functional

open System

/// A statistic of the values in a window. Missing values (NaN) are skipped.
[<RequireQualifiedAccess>]
type WindowStatistic =
    /// How many values are not missing; known of every window.
    | Count
    /// The sum.
    | Sum
    /// The arithmetic mean.
    | Mean
    /// The least value.
    | Min
    /// The largest value.
    | Max
    /// The sample variance (n - 1); none of fewer than two values.
    | Variance
    /// The sample standard deviation (n - 1); none of fewer than two values.
    | Deviation
    /// The middle value.
    | Median

/// How a window moves. Begin with `MovingOptions.ofSize 7`.
type MovingOptions =
    {
        /// The number of values in a window.
        Size: int
        /// How many of them must not be missing for a result; else it is NaN. Default: all of them.
        MinPeriods: int option
        /// Whether a result belongs to the middle of its window, of an even size to the one behind the middle, in place of its
        /// last value. Default false.
        Centered: bool
    }

    /// A window of so many values up to each, all of which must be there, as pandas' `rolling(size)`.
    static member ofSize(size: int) = { Size = size; MinPeriods = None; Centered = false }

/// From summaries of windows to their statistics.
module internal WindowStatistics =
    let private ofSummary (statistic: WindowStatistic) (known: SlidingWindows.Summary) : float =
        match statistic with
        | WindowStatistic.Count -> float known.Count
        | WindowStatistic.Sum -> known.Sum
        | WindowStatistic.Mean -> known.Mean
        | WindowStatistic.Min -> known.Min
        | WindowStatistic.Max -> known.Max
        | WindowStatistic.Variance -> if known.Count < 2 then nan else known.Squares / float (known.Count - 1)
        | WindowStatistic.Deviation -> if known.Count < 2 then nan else sqrt (known.Squares / float (known.Count - 1))
        | WindowStatistic.Median -> nan

    let private enough (least: int) (count: int) (value: float) = if count < least || count = 0 then nan else value

    /// The statistic of each window of at most `size` values, NaN where fewer than `least` are known.
    let compute (statistic: WindowStatistic) (least: int) (size: int) (values: float[]) : float[] =
        match statistic with
        | WindowStatistic.Median ->
            SlidingWindows.medians size values
            |> Array.map (fun (struct (median, count)) -> enough least count median)
        | WindowStatistic.Count
        | WindowStatistic.Sum
        | WindowStatistic.Mean
        | WindowStatistic.Min
        | WindowStatistic.Max
        | WindowStatistic.Variance
        | WindowStatistic.Deviation ->
            let known =
                if size >= values.Length then
                    SlidingWindows.expanding values
                else
                    SlidingWindows.moving size values

            known
            |> Array.map (fun summary ->
                match statistic with
                | WindowStatistic.Count -> float summary.Count
                // no value at all has a sum, where none is demanded
                | WindowStatistic.Sum when least = 0 -> summary.Sum
                | _ -> enough least summary.Count (ofSummary statistic summary))

/// Statistics of a window that moves along a column (pandas: rolling): as many results as values, NaN where a window has not
/// enough of them. The time is linear in the number of values and does not depend on the window's size; that of the median is
/// n log n.
[<RequireQualifiedAccess>]
module Moving =
    /// A statistic of the windows that the options describe.
    let by (statistic: WindowStatistic) (options: MovingOptions) (values: seq<float>) : float[] =
        let operation = "Moving.by"

        if options.Size < 1 then
            Fail.argument
                operation
                "Size"
                options.Size
                "is too small; give the number of values in a window, 1 or more."

        let least = defaultArg options.MinPeriods options.Size

        if least < 0 || least > options.Size then
            Fail.argument operation "MinPeriods" least $"is not from 0 to {options.Size}, the size of the window."

        let xs = Array.ofSeq values

        if options.Centered then
            let behind = (options.Size - 1) / 2
            let padded = Array.append xs (Array.create behind nan)
            (WindowStatistics.compute statistic least options.Size padded)[behind..]
        else
            WindowStatistics.compute statistic least options.Size xs

    /// The sum of the last `size` values at each.
    let sum (size: int) (values: seq<float>) : float[] = by WindowStatistic.Sum (MovingOptions.ofSize size) values

    /// The mean of the last `size` values at each.
    let mean (size: int) (values: seq<float>) : float[] = by WindowStatistic.Mean (MovingOptions.ofSize size) values

    /// The least of the last `size` values at each.
    let min (size: int) (values: seq<float>) : float[] = by WindowStatistic.Min (MovingOptions.ofSize size) values

    /// The largest of the last `size` values at each.
    let max (size: int) (values: seq<float>) : float[] = by WindowStatistic.Max (MovingOptions.ofSize size) values

    /// The sample standard deviation of the last `size` values at each.
    let deviation (size: int) (values: seq<float>) : float[] =
        by WindowStatistic.Deviation (MovingOptions.ofSize size) values

    /// The median of the last `size` values at each.
    let median (size: int) (values: seq<float>) : float[] = by WindowStatistic.Median (MovingOptions.ofSize size) values

/// Statistics of all values up to each (pandas: expanding): as many results as values.
[<RequireQualifiedAccess>]
module Expanding =
    /// A statistic of the values up to each, NaN where fewer than `minPeriods` of them are not missing.
    let by (statistic: WindowStatistic) (minPeriods: int) (values: seq<float>) : float[] =
        if minPeriods < 0 then
            Fail.argument "Expanding.by" "minPeriods" minPeriods "is negative; give 0 or more."

        WindowStatistics.compute statistic minPeriods Int32.MaxValue (Array.ofSeq values)

    /// The sum of the values up to each.
    let sum (values: seq<float>) : float[] = by WindowStatistic.Sum 1 values

    /// The mean of the values up to each.
    let mean (values: seq<float>) : float[] = by WindowStatistic.Mean 1 values

    /// The least of the values up to each.
    let min (values: seq<float>) : float[] = by WindowStatistic.Min 1 values

    /// The largest of the values up to each.
    let max (values: seq<float>) : float[] = by WindowStatistic.Max 1 values

    /// The sample standard deviation of the values up to each.
    let deviation (values: seq<float>) : float[] = by WindowStatistic.Deviation 1 values

    /// The median of the values up to each.
    let median (values: seq<float>) : float[] = by WindowStatistic.Median 1 values
