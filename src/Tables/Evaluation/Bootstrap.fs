namespace Functional

open MathNet.Numerics.Distributions

/// How the limits of an interval are taken from the resamples.
[<RequireQualifiedAccess>]
type BootstrapMethod =
    /// Quantiles of the resampled values.
    | Percentile
    /// The quantiles mirrored at the estimate. SciPy: "basic".
    | Basic
    /// Quantiles corrected for bias and for a deviation that changes with the value (Efron 1987). SciPy: "BCa".
    | Bca

/// How intervals are found.
type BootstrapOptions =
    {
        /// How often rows are drawn anew. Default 2000.
        Resamples: int
        /// The share of cases that the interval is to cover. Default 0.95.
        Confidence: float
        /// Default percentile (SciPy: BCa, which also leaves out each row once).
        Method: BootstrapMethod
        /// What the draws come from. Default the key of 0.
        Key: Key
    }

    /// 2000 resamples, 95 %, percentiles.
    static member defaults =
        { Resamples = 2000; Confidence = 0.95; Method = BootstrapMethod.Percentile; Key = Key.ofInt 0 }

/// An estimate and the interval that covers its true value in a share of cases.
type BootstrapInterval =
    {
        /// The value over all rows as they are.
        Estimate: float
        /// The lower limit.
        Lower: float
        /// The upper limit.
        Upper: float
        /// The share of cases that it covers.
        Confidence: float
        /// The deviation of the resampled values.
        StandardError: float
        /// The values of the resamples, in the order of the draws; those that were NaN are left out.
        Resampled: float[]
    }

    /// 0.9123 [0.8871, 0.9354]
    override i.ToString() =
        let text (v: float) = v.ToString("F4", System.Globalization.CultureInfo.InvariantCulture)
        $"{text i.Estimate} [{text i.Lower}, {text i.Upper}]"

/// Intervals of any statistic by drawing rows with replacement (Efron 1979).
[<RequireQualifiedAccess>]
module Bootstrap =
    let private check operation (options: BootstrapOptions) count =
        if options.Resamples < 2 then
            Fail.argument operation "Resamples" options.Resamples "is too few; give at least 2, better 1000."

        if not (options.Confidence > 0.0 && options.Confidence < 1.0) then
            Fail.argument
                operation
                "Confidence"
                options.Confidence
                "is no share; give a number between 0 and 1, such as 0.95."

        if count < 1 then
            Fail.data operation "there are no rows to draw from."

    let private normal = Normal(0.0, 1.0)

    /// The shares at which BCa takes quantiles: from the place of the estimate among the resamples (bias) and the skewness
    /// of the estimates that leave one row out (acceleration).
    let internal bcaShares (estimate: float) (resampled: float[]) (leftOut: float[]) (tail: float) : float * float =
        let below = resampled |> Array.filter (fun v -> v < estimate) |> Array.length
        let notAbove = resampled |> Array.filter (fun v -> v <= estimate) |> Array.length
        let bias = normal.InverseCumulativeDistribution(float (below + notAbove) / 2.0 / float resampled.Length)
        let mean = Array.average leftOut
        let deviations = leftOut |> Array.map (fun v -> mean - v)
        let squares = deviations |> Array.sumBy (fun d -> d * d)
        let cubes = deviations |> Array.sumBy (fun d -> d * d * d)
        let acceleration = if squares = 0.0 then 0.0 else cubes / (6.0 * squares ** 1.5)

        let share z =
            let shifted = bias + z
            normal.CumulativeDistribution(bias + shifted / (1.0 - acceleration * shifted))

        share (normal.InverseCumulativeDistribution tail), share (normal.InverseCumulativeDistribution(1.0 - tail))

    let private limits (options: BootstrapOptions) estimate (resampled: float[]) (leaveOneOut: unit -> float[]) =
        let sorted = Array.sort resampled
        let at share = Quantiles.ofSorted QuantileMethod.Linear share sorted
        let tail = (1.0 - options.Confidence) / 2.0

        match options.Method with
        | BootstrapMethod.Percentile -> at tail, at (1.0 - tail)
        | BootstrapMethod.Basic -> 2.0 * estimate - at (1.0 - tail), 2.0 * estimate - at tail
        | BootstrapMethod.Bca ->
            let lower, upper = bcaShares estimate resampled (leaveOneOut ()) tail

            // all resamples on one side of the estimate: the correction is not defined
            if System.Double.IsNaN lower || System.Double.IsNaN upper then
                at tail, at (1.0 - tail)
            else
                at lower, at upper

    let private interval operation (options: BootstrapOptions) count (statistic: int[] -> float) : BootstrapInterval =
        check operation options count
        let estimate = statistic (Array.init count id)

        let draw i =
            statistic (Tensor.toInts (Random.randint 0 count (Key.fold i options.Key) [ count ]))

        let resampled = Array.Parallel.init options.Resamples draw |> Array.filter (System.Double.IsNaN >> not)

        if resampled.Length < 2 then
            Fail.data
                operation
                "the statistic is NaN in all resamples but one at most; there are too few rows of each kind."

        let leaveOneOut () =
            Array.Parallel.init count (fun i ->
                statistic (Array.init (count - 1) (fun row -> if row < i then row else row + 1)))
            |> Array.filter (System.Double.IsNaN >> not)

        let lower, upper = limits options estimate resampled leaveOneOut

        { Estimate = estimate
          Lower = lower
          Upper = upper
          Confidence = options.Confidence
          StandardError = Statistics.deviation resampled
          Resampled = resampled }

    /// The interval of a statistic of rows: `statistic` is given row numbers, each row with replacement, and may be called
    /// from several threads. Resamples for which it is NaN, such as an area under a curve where a class was not drawn, are
    /// left out. The same key gives the same interval.
    let ofRows (options: BootstrapOptions) (count: int) (statistic: int[] -> float) : BootstrapInterval =
        interval "Bootstrap.ofRows" options count statistic

    /// The interval of a statistic of one column of numbers, such as `Statistics.median`.
    let ofValues (options: BootstrapOptions) (statistic: float[] -> float) (values: seq<float>) : BootstrapInterval =
        let values = Array.ofSeq values

        interval "Bootstrap.ofValues" options values.Length (fun rows ->
            statistic (rows |> Array.map (fun i -> values[i])))

    let private rowCount operation (labels: Tensor) (outputs: Tensor) =
        match labels.Shape, outputs.Shape with
        | n :: _, m :: _ when n = m -> n
        | _ ->
            Fail.shapes
                operation
                [ "labels", labels.Shape; "outputs", outputs.Shape ]
                "both need a first axis that counts the samples, of one length."

    let private rowsOf (rows: int[]) (x: Tensor) = Tensor.gather 0 (Tensor.ofInts [ rows.Length ] rows) x

    /// The interval of a metric of a model's outputs: `Bootstrap.ofMetric BootstrapOptions.defaults Metric.accuracy labels
    /// outputs`. Both need as many rows.
    let ofMetric (options: BootstrapOptions) (metric: Metric) (labels: Tensor) (outputs: Tensor) : BootstrapInterval =
        let operation = "Bootstrap.ofMetric"
        let count = rowCount operation labels outputs
        interval operation options count (fun rows -> Metric.value metric (rowsOf rows labels) (rowsOf rows outputs))

    /// The interval of the metric of a first model less that of a second on the same samples: they differ where 0 is
    /// outside.
    let ofDifference
        (options: BootstrapOptions)
        (metric: Metric)
        (labels: Tensor)
        (first: Tensor)
        (second: Tensor)
        : BootstrapInterval =
        let operation = "Bootstrap.ofDifference"
        let count = rowCount operation labels first
        rowCount operation labels second |> ignore

        interval operation options count (fun rows ->
            let labels = rowsOf rows labels
            Metric.value metric labels (rowsOf rows first) - Metric.value metric labels (rowsOf rows second))
