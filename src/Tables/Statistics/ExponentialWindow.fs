namespace Functional

open System

/// How fast the weights of older values fall.
[<RequireQualifiedAccess>]
type Decay =
    /// The weight alpha of a new value, above 0 and at most 1.
    | Alpha of float
    /// alpha = 2 / (span + 1), of a span of 1 or more.
    | Span of float
    /// alpha = 1 / (1 + center), of a center of mass of 0 or more.
    | CenterOfMass of float
    /// The number of values after which a weight is half, above 0: alpha = 1 - 2^(-1 / half-life).
    | HalfLife of float

/// How values are weighted. Begin with `ExponentialOptions.ofDecay (Decay.Span 12.0)`.
type ExponentialOptions =
    {
        /// How fast the weights of older values fall.
        Decay: Decay
        /// Whether results are divided by the sum of the weights so far: right from the first value on; without it the first
        /// value keeps the weight of all before it. Default true.
        Adjust: bool
        /// Whether missing values (NaN) are left out as if they were not there; else weights fall over them too. Default false.
        IgnoreMissing: bool
        /// How many values must not be missing for a result; else it is NaN. Default 0.
        MinPeriods: int
    }

    /// As pandas' `ewm` with no other argument.
    static member ofDecay(decay: Decay) = { Decay = decay; Adjust = true; IgnoreMissing = false; MinPeriods = 0 }

/// The weights while values come in.
[<Sealed>]
type private ExponentialState(alpha: float, options: ExponentialOptions) =
    let fresh = if options.Adjust then 1.0 else alpha
    let mutable old = 1.0
    let mutable sum = 1.0
    let mutable squares = 1.0
    let mutable mean = nan
    let mutable variance = 0.0
    let mutable count = 0

    let decay () =
        let factor = 1.0 - alpha
        old <- old * factor
        sum <- sum * factor
        squares <- squares * factor * factor

    let take (x: float) =
        let before = mean
        let all = old + fresh

        if mean <> x then
            mean <- (old * mean + fresh * x) / all

        let fallen = before - mean
        let risen = x - mean
        variance <- (old * (variance + fallen * fallen) + fresh * risen * risen) / all
        sum <- sum + fresh
        squares <- squares + fresh * fresh
        old <- all

        if not options.Adjust then
            sum <- sum / old
            squares <- squares / (old * old)
            old <- 1.0

    /// Takes the next value, which may be NaN.
    member _.Add(x: float) =
        let isKnown = not (Double.IsNaN x)

        if isKnown then
            count <- count + 1

        if Double.IsNaN mean then
            if isKnown then
                mean <- x
        elif isKnown || not options.IgnoreMissing then
            decay ()

            if isKnown then
                take x

    /// The weighted mean, NaN before there are enough values.
    member _.Mean = if count < options.MinPeriods then nan else mean

    /// The weighted variance, corrected for bias; NaN of one value.
    member _.Variance =
        let all = sum * sum

        if count < max 1 options.MinPeriods || all - squares <= 0.0 then
            nan
        else
            all / (all - squares) * variance

/// Statistics weighted exponentially, the newest value most (pandas: ewm): as many results as values.
[<RequireQualifiedAccess>]
module ExponentialWindow =
    let private refuse (value: float) reason = Fail.argument "ExponentialWindow" "Decay" value reason

    let private alphaOf (decay: Decay) : float =
        match decay with
        | Decay.Alpha alpha when alpha > 0.0 && alpha <= 1.0 -> alpha
        | Decay.Alpha alpha -> refuse alpha "is no weight; give an alpha above 0 and at most 1."
        | Decay.Span span when span >= 1.0 -> 2.0 / (span + 1.0)
        | Decay.Span span -> refuse span "is no span; give 1 or more."
        | Decay.CenterOfMass center when center >= 0.0 -> 1.0 / (1.0 + center)
        | Decay.CenterOfMass center -> refuse center "is no center of mass; give 0 or more."
        | Decay.HalfLife life when life > 0.0 -> 1.0 - Math.Pow(2.0, -1.0 / life)
        | Decay.HalfLife life -> refuse life "is no half-life; give more than 0."

    let private run (options: ExponentialOptions) (read: ExponentialState -> float) (values: seq<float>) : float[] =
        let state = ExponentialState(alphaOf options.Decay, options)

        [| for x in values do
               state.Add x
               read state |]

    /// The weighted mean of the values up to each.
    let meanWith (options: ExponentialOptions) (values: seq<float>) : float[] = run options _.Mean values

    /// The weighted sample variance of the values up to each, corrected for bias as in pandas.
    let varianceWith (options: ExponentialOptions) (values: seq<float>) : float[] = run options _.Variance values

    /// The weighted sample standard deviation of the values up to each, the root of `varianceWith`.
    let deviationWith (options: ExponentialOptions) (values: seq<float>) : float[] =
        varianceWith options values |> Array.map sqrt

    /// The weighted mean of the values up to each, with the other options' defaults.
    let mean (decay: Decay) (values: seq<float>) : float[] = meanWith (ExponentialOptions.ofDecay decay) values

    /// The weighted sample standard deviation of the values up to each, with the other options' defaults.
    let deviation (decay: Decay) (values: seq<float>) : float[] =
        deviationWith (ExponentialOptions.ofDecay decay) values
