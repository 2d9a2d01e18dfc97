namespace Functional

open System

/// What scalers share.
module internal Scaling =
    /// The numbers of each column of an input.
    let columns operation (input: PreparationInput) : float[][] =
        Array.map2 (Column.numbers operation) input.Names input.Columns

    let private checkFinite operation (name: string) (values: float[]) =
        match values |> Array.tryFindIndex Double.IsInfinity with
        | Some row ->
            Fail.data
                operation
                $"column '{name}' has an infinite value in row {row}. Take it out, or make it a missing one."
        | None -> ()

    let private areAllFinite (values: float[]) =
        let mutable all = true

        for x in values do
            all <- all && Double.IsFinite x

        all

    /// The known values of a column; the column itself where none is missing. An infinite one is an error.
    let private known operation (name: string) (values: float[]) : float[] =
        if areAllFinite values then
            values
        else
            checkFinite operation name values
            Array.filter (Double.IsNaN >> not) values

    /// Numbers of the known values of each column, all columns at the same time; NaN where a column has none.
    let learn operation (input: PreparationInput) (f: float[] -> 'T) (empty: 'T) : 'T[] =
        // errors are raised here, where they are not wrapped as those of parallel loops
        Array.map2 (known operation) input.Names (columns operation input)
        |> Array.Parallel.map (fun values -> if values.Length = 0 then empty else f values)

    /// Each column by a function of its place and its numbers.
    let map operation (names: string[]) (f: int -> float[] -> float[]) (columns: Column[]) : Column[] =
        Array.Parallel.init columns.Length (fun i -> Column.Numbers(f i (Column.numbers operation names[i] columns[i])))

    /// Kinds that change each column by itself: from what was learnt, the place of the column and its numbers.
    let elementwise (name: string) learns check learn apply invert : PreparationKind =
        { PreparationKind.ofNumbers name with
            Learns = learns
            CheckSettings = check
            Learn = learn
            Apply = fun step input -> map name step.Columns (apply step) input.Columns
            Invert = Some(fun step columns -> map name step.Columns (invert step) columns) }

    /// The difference of 1 and the next larger number.
    let epsilon = Math.BitIncrement 1.0 - 1.0

    /// Nothing is divided by a scale of about 0: a constant column is shifted only, as in scikit-learn.
    let nonZero (scale: float) : float = if scale < 10.0 * epsilon then 1.0 else scale

    /// Mean and population deviation. A deviation that is mere rounding of the mean counts as 0, and is left at 1.
    let moments (values: float[]) =
        let n = float values.Length
        let mean = Numbers.mean values
        let variance = Numbers.centralSum 2 values / n
        let rounding = n * epsilon * variance + (n * mean * epsilon) ** 2.0
        mean, (if variance <= rounding then 1.0 else sqrt variance)

    /// x * scale + shift for each x.
    let line (scale: float) (shift: float) (values: float[]) : float[] =
        let results = Array.zeroCreate values.Length

        for i in 0 .. values.Length - 1 do
            results[i] <- values[i] * scale + shift

        results

    /// The least and the greatest of values that are not missing.
    let ends (values: float[]) : float * float =
        let mutable least = values[0]
        let mutable greatest = values[0]

        for x in values do
            if x < least then
                least <- x

            if x > greatest then
                greatest <- x

        least, greatest

    /// (x - center) / scale, from learnt numbers of these names.
    let centered (name: string) check learn : PreparationKind =
        let apply (step: PreparedStep) =
            let centers, scales = step.Numbers "center", step.Numbers "scale"
            fun i -> Array.map (fun x -> (x - centers[i]) / scales[i])

        let invert (step: PreparedStep) =
            let centers, scales = step.Numbers "center", step.Numbers "scale"
            fun i -> Array.map (fun x -> x * scales[i] + centers[i])

        let learns = [ "center", LearnedForm.NumberEach; "scale", LearnedForm.NumberEach ]
        elementwise name learns check learn apply invert

    /// The source of settings of a step, whose errors name it.
    let settings name settings : Settings.Source = { Owner = name; Settings = settings }

/// The options of `Scaler.minMaxWith`, named as scikit-learn names them.
[<RequireQualifiedAccess>]
type MinMaxOptions =
    {
        /// What the least and the greatest value of the data that it is fitted on become. Default 0 and 1.
        FeatureRange: float * float
        /// Whether values outside those of the fit become the nearest end. Default false.
        Clip: bool
    }

    /// From 0 to 1, not clipped.
    static member defaults: MinMaxOptions = { FeatureRange = 0.0, 1.0; Clip = false }

/// The options of `Scaler.standardWith`, named as scikit-learn names them.
[<RequireQualifiedAccess>]
type StandardOptions =
    {
        /// Whether the mean is subtracted. Default true.
        WithMean: bool
        /// Whether the deviation is divided by. Default true.
        WithStd: bool
    }

    /// Mean 0 and deviation 1.
    static member defaults: StandardOptions = { WithMean = true; WithStd = true }

/// The options of `Scaler.robustWith`, named as scikit-learn names them.
[<RequireQualifiedAccess>]
type RobustOptions =
    {
        /// Whether the median is subtracted. Default true.
        WithCentering: bool
        /// Whether the range of the quantiles is divided by. Default true.
        WithScaling: bool
        /// The two quantiles in percent. Default 25 and 75.
        QuantileRange: float * float
        /// Whether a normal variable gets the variance 1. Default false.
        UnitVariance: bool
    }

    /// The median and the interquartile range.
    static member defaults: RobustOptions =
        { WithCentering = true; WithScaling = true; QuantileRange = 25.0, 75.0; UnitVariance = false }

/// The kinds of scalers that shift and scale each column.
module internal LinearScalers =
    let private minMaxSettings settings =
        let source = Scaling.settings "min_max" settings
        Settings.number source "low", Settings.number source "high", Settings.flag source "clip"

    let private checkMinMax settings =
        let low, high, _ = minMaxSettings settings

        if not (low < high && Double.IsFinite low && Double.IsFinite high) then
            Fail.argument
                "Scaler.minMax"
                "featureRange"
                $"({string low}, {string high})"
                "is no range; give two finite numbers, the smaller one first."

    let private learnMinMax _ input =
        let ends = Scaling.learn "min_max" input Scaling.ends (nan, nan)

        [ "min", Learned.Numbers(Array.map fst ends); "max", Learned.Numbers(Array.map snd ends) ]

    // the scale and the shift of each column, with x * scale + shift as scikit-learn computes it
    let private minMaxLine (step: PreparedStep) =
        let low, high, clip = minMaxSettings step.Settings
        let least, greatest = step.Numbers "min", step.Numbers "max"
        let scales = Array.map2 (fun a b -> (high - low) / Scaling.nonZero (b - a)) least greatest
        let shifts = Array.map2 (fun a scale -> low - a * scale) least scales
        scales, shifts, (fun values -> if clip then Array.map (fun x -> Math.Clamp(x, low, high)) values else values)

    let minMax =
        let apply step =
            let scales, shifts, clip = minMaxLine step
            fun i values -> clip (Scaling.line scales[i] shifts[i] values)

        let invert step =
            let scales, shifts, _ = minMaxLine step
            fun i -> Array.map (fun x -> (x - shifts[i]) / scales[i])

        let learns = [ "min", LearnedForm.NumberEach; "max", LearnedForm.NumberEach ]
        Scaling.elementwise "min_max" learns checkMinMax learnMinMax apply invert

    let private learnStandard settings input =
        let source = Scaling.settings "standard" settings
        let withMean, withStd = Settings.flag source "with_mean", Settings.flag source "with_std"
        let found = Scaling.learn "standard" input Scaling.moments (nan, nan)

        [ "center", Learned.Numbers(found |> Array.map (fun (mean, _) -> if withMean then mean else 0.0))
          "scale", Learned.Numbers(found |> Array.map (fun (_, scale) -> if withStd then scale else 1.0)) ]

    let standard =
        let check settings =
            let source = Scaling.settings "standard" settings
            Settings.flag source "with_mean" |> ignore
            Settings.flag source "with_std" |> ignore

        Scaling.centered "standard" check learnStandard

    let private robustSettings settings =
        let source = Scaling.settings "robust" settings
        Settings.number source "quantile_low", Settings.number source "quantile_high"

    let private checkRobust settings =
        let source = Scaling.settings "robust" settings

        for name in [ "with_centering"; "with_scaling"; "unit_variance" ] do
            Settings.flag source name |> ignore

        let low, high = robustSettings settings

        if not (low >= 0.0 && low < high && high <= 100.0) then
            Fail.argument
                "Scaler.robust"
                "quantileRange"
                $"({string low}, {string high})"
                "are no two quantiles in percent; give two numbers from 0 to 100, the smaller one first."

    let private learnRobust settings input =
        let source = Scaling.settings "robust" settings
        let low, high = robustSettings settings

        let withCentering, withScaling =
            Settings.flag source "with_centering", Settings.flag source "with_scaling"

        let unit =
            if Settings.flag source "unit_variance" then
                NormalDistribution.quantile (high / 100.0) - NormalDistribution.quantile (low / 100.0)
            else
                1.0

        let quantiles values =
            let sorted = Array.sort values
            let at p = Quantiles.ofSorted QuantileMethod.Linear p sorted
            at 0.5, Scaling.nonZero (at (high / 100.0) - at (low / 100.0)) / unit

        let found = Scaling.learn "robust" input quantiles (nan, nan)

        [ "center", Learned.Numbers(found |> Array.map (fun (median, _) -> if withCentering then median else 0.0))
          "scale", Learned.Numbers(found |> Array.map (fun (_, scale) -> if withScaling then scale else 1.0)) ]

    let robust = Scaling.centered "robust" checkRobust learnRobust

    let maxAbs =
        let learn _ input =
            let largest values = Scaling.nonZero (values |> Array.fold (fun most x -> max most (abs x)) 0.0)
            let scales = Scaling.learn "max_abs" input largest nan

            [ "center", Learned.Numbers(Array.zeroCreate scales.Length); "scale", Learned.Numbers scales ]

        Scaling.centered "max_abs" ignore learn
