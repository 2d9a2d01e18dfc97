namespace Functional

open System

/// The distribution that a quantile transform gives.
[<RequireQualifiedAccess>]
type QuantileOutput =
    /// Uniform from 0 to 1.
    | Uniform
    /// Normal of mean 0 and deviation 1.
    | Normal

/// The options of `Scaler.quantileWith`.
[<RequireQualifiedAccess>]
type QuantileOptions =
    {
        /// The number of quantiles that are learnt, at most as many as there are rows. Default 1000.
        Quantiles: int
        /// The distribution that comes out. Default uniform.
        Output: QuantileOutput
    }

    /// 1000 quantiles, uniform.
    static member defaults: QuantileOptions = { Quantiles = 1000; Output = QuantileOutput.Uniform }

/// The quantile transform: each number by its rank among those of the fit.
module internal QuantileScaling =
    /// Linear between the points (xs, ys), of which xs ascend; the ends outside. Of equal xs the last.
    let private interpolate (xs: float[]) (ys: float[]) (x: float) : float =
        let last = xs.Length - 1

        if Double.IsNaN x then
            nan
        elif x < xs[0] then
            ys[0]
        elif x >= xs[last] then
            ys[last]
        else
            // the last place whose x is not above
            let mutable low = 0
            let mutable high = last

            while high - low > 1 do
                let middle = (low + high) / 2
                if xs[middle] <= x then low <- middle else high <- middle

            ys[low] + (x - xs[low]) * (ys[low + 1] - ys[low]) / (xs[low + 1] - xs[low])

    /// How near to an end counts as the end of a normal distribution, as in scikit-learn.
    let private threshold = 1e-7

    let private references (count: int) =
        if count = 1 then
            [| 0.0 |]
        else
            Array.init count (fun i -> float i / float (count - 1))

    let private flip (values: float[]) = values |> Array.rev |> Array.map (~-)

    let private isNear (output: QuantileOutput) (sign: float) (x: float) (bound: float) =
        match output with
        | QuantileOutput.Uniform -> x = bound
        | QuantileOutput.Normal -> sign * (x - bound) + threshold > 0.0

    let private largest = NormalDistribution.quantile (1.0 - (threshold - Scaling.epsilon))
    let private least = NormalDistribution.quantile (threshold - Scaling.epsilon)

    let private forward (output: QuantileOutput) (quantiles: float[]) : float -> float =
        let shares = references quantiles.Length
        let flippedQuantiles, flippedShares = flip quantiles, flip shares

        fun x ->
            let share =
                if isNear output -1.0 x quantiles[0] then
                    0.0
                elif isNear output 1.0 x quantiles[quantiles.Length - 1] then
                    1.0
                else
                    // the middle of the ranks where several quantiles are equal
                    0.5 * (interpolate quantiles shares x - interpolate flippedQuantiles flippedShares -x)

            match output with
            | QuantileOutput.Uniform -> share
            | QuantileOutput.Normal when Double.IsNaN share -> nan
            | QuantileOutput.Normal -> Math.Clamp(NormalDistribution.quantile share, least, largest)

    let private backward (output: QuantileOutput) (quantiles: float[]) : float -> float =
        let shares = references quantiles.Length

        fun y ->
            let share =
                match output with
                | QuantileOutput.Uniform -> y
                | QuantileOutput.Normal -> NormalDistribution.share y

            if isNear output -1.0 share 0.0 then quantiles[0]
            elif isNear output 1.0 share 1.0 then quantiles[quantiles.Length - 1]
            else interpolate shares quantiles share

    let settingsOf (options: QuantileOptions) : (string * Setting) list =
        let output =
            match options.Output with
            | QuantileOutput.Uniform -> "uniform"
            | QuantileOutput.Normal -> "normal"

        [ "n_quantiles", Setting.Whole options.Quantiles; "output_distribution", Setting.Text output ]

    let private outputOf settings =
        match Settings.text (Scaling.settings "quantile" settings) "output_distribution" with
        | "uniform" -> QuantileOutput.Uniform
        | "normal" -> QuantileOutput.Normal
        | other ->
            Fail.argument "quantile" "output_distribution" $"'{other}'" "is unknown; there are uniform and normal."

    let private countOf settings = Settings.whole (Scaling.settings "quantile" settings) "n_quantiles"

    let private check settings =
        outputOf settings |> ignore

        if countOf settings < 1 then
            Fail.argument "quantile" "n_quantiles" (countOf settings) "is no number of quantiles; give at least 1."

    let private learn settings (input: PreparationInput) =
        let shares = references (min (countOf settings) input.RowCount)

        let quantiles values =
            let sorted = Array.sort values
            let found = shares |> Array.map (fun p -> Quantiles.ofSorted QuantileMethod.Linear p sorted)
            // rounding must not let them fall
            found |> Array.scan max found[0] |> Array.tail

        [ "quantiles", Learned.NumberLists(Scaling.learn "quantile" input quantiles (Array.create shares.Length nan)) ]

    let kind =
        let map f (step: PreparedStep) =
            let output, quantiles = outputOf step.Settings, step.NumberLists "quantiles"
            fun i -> Array.map (f output quantiles[i])

        let learns = [ "quantiles", LearnedForm.NumbersEach ]
        Scaling.elementwise "quantile" learns check learn (map forward) (map backward)
