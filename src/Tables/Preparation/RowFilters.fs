namespace Functional

open System

/// How far from the others a value is an outlier.
[<RequireQualifiedAccess>]
type OutlierLimits =
    /// Beyond so many interquartile ranges below the first or above the third quartile: 1.5 is mild, 3 extreme.
    | InterquartileRanges of float
    /// Beyond so many (population) deviations from the mean.
    | Deviations of float
    /// Below or above these two quantiles, from 0 to 1.
    | Quantiles of low: float * high: float

/// The kinds that leave rows out of training.
module internal RowFilters =
    let missing =
        let keeps (_: PreparedStep) (input: PreparationInput) =
            let gaps = input.Columns |> Array.map Column.missing
            Array.init input.RowCount (fun row -> not (gaps |> Array.exists (fun gap -> gap[row])))

        { PreparationKind.ofAll "drop_missing_rows" with Keeps = Some keeps }

    let private name = "drop_outliers"

    let settingsOf (limits: OutlierLimits) =
        match limits with
        | OutlierLimits.InterquartileRanges factor -> [ "method", Setting.Text "iqr"; "factor", Setting.Number factor ]
        | OutlierLimits.Deviations factor -> [ "method", Setting.Text "deviations"; "factor", Setting.Number factor ]
        | OutlierLimits.Quantiles(low, high) ->
            [ "method", Setting.Text "quantiles"; "low", Setting.Number low; "high", Setting.Number high ]

    let private limitsOf settings : OutlierLimits =
        let source = Scaling.settings name settings

        match Settings.text source "method" with
        | "iqr" -> OutlierLimits.InterquartileRanges(Settings.number source "factor")
        | "deviations" -> OutlierLimits.Deviations(Settings.number source "factor")
        | "quantiles" -> OutlierLimits.Quantiles(Settings.number source "low", Settings.number source "high")
        | other -> Fail.argument name "method" $"'{other}'" "is unknown; there are iqr, deviations and quantiles."

    let private check settings =
        match limitsOf settings with
        | OutlierLimits.InterquartileRanges factor
        | OutlierLimits.Deviations factor when not (factor >= 0.0 && Double.IsFinite factor) ->
            Fail.argument name "factor" factor "is no distance; give a number of 0 or more."
        | OutlierLimits.Quantiles(low, high) when not (low >= 0.0 && low < high && high <= 1.0) ->
            Fail.argument
                name
                "quantiles"
                $"({string low}, {string high})"
                "are no two quantiles; give two from 0 to 1 in order."
        | OutlierLimits.InterquartileRanges _
        | OutlierLimits.Deviations _
        | OutlierLimits.Quantiles _ -> ()

    let private fences (limits: OutlierLimits) (values: float[]) : float * float =
        let sorted = Array.sort values
        let at p = Quantiles.ofSorted QuantileMethod.Linear p sorted

        match limits with
        | OutlierLimits.InterquartileRanges factor ->
            let low, high = at 0.25, at 0.75
            low - factor * (high - low), high + factor * (high - low)
        | OutlierLimits.Deviations factor ->
            let mean = Numbers.mean values
            let deviation = sqrt (Numbers.centralSum 2 values / float values.Length)
            mean - factor * deviation, mean + factor * deviation
        | OutlierLimits.Quantiles(low, high) -> at low, at high

    let outliers =
        let learn settings input =
            let found = Scaling.learn name input (fences (limitsOf settings)) (-infinity, infinity)

            [ "low", Learned.Numbers(Array.map fst found); "high", Learned.Numbers(Array.map snd found) ]

        let keeps (step: PreparedStep) (input: PreparationInput) =
            let low, high = step.Numbers "low", step.Numbers "high"
            let columns = Scaling.columns name input
            // a missing value is no outlier
            let isOut row =
                Seq.exists
                    (fun i -> columns[i].[row] < low[i] || columns[i].[row] > high[i])
                    (seq { 0 .. columns.Length - 1 })

            Array.init input.RowCount (isOut >> not)

        { PreparationKind.ofNumbers name with
            Learns = [ "low", LearnedForm.NumberEach; "high", LearnedForm.NumberEach ]
            CheckSettings = check
            Learn = learn
            Keeps = Some keeps }

    let columns =
        { PreparationKind.ofAll "drop_columns" with
            OutputNames = fun _ -> [||]
            Apply = fun _ _ -> [||] }

/// Leaving rows out while a preparation is fitted (`Preparation.fitApply`, `Pipeline.fit`). Fitted preparations that are applied
/// afterwards keep all rows, so that every row gets a prediction.
[<RequireQualifiedAccess>]
module Rows =
    /// Leaves out rows that miss a value of any column but the target; of some columns with `Preparation.on`.
    let dropMissing: Preparation = Preparation.make RowFilters.missing []

    /// Leaves out rows with an outlier in any column of numbers, by limits learnt of each column. A missing value is none.
    let dropOutliers (limits: OutlierLimits) : Preparation =
        Preparation.make RowFilters.outliers (RowFilters.settingsOf limits)

/// Preparations of whole columns, and of one's own.
[<AutoOpen>]
module OwnPreparations =
    /// Making and fitting preparations.
    module Preparation =
        /// Takes these columns out.
        let dropColumns (columns: seq<string>) : Preparation =
            Preparation.make RowFilters.columns [] |> Preparation.on columns

        /// Takes all columns out but these and the target.
        let keepColumns (columns: seq<string>) : Preparation =
            Preparation.make RowFilters.columns [] |> Preparation.except columns

        /// A function of each number of the columns, a missing one (NaN) included. The step is code: it is not saved, unless its
        /// kind is made known (`Preparation.make` with a kind of one's own, and `PreparationKind.register`).
        let ofFunction (name: string) (f: float -> float) : Preparation =
            let apply _ (input: PreparationInput) = Scaling.map name input.Names (fun _ -> Array.map f) input.Columns

            Preparation.make { PreparationKind.ofNumbers name with Apply = apply } []

        /// A function of each number and the function that undoes it; see `ofFunction`.
        let ofFunctions (name: string) (f: float -> float) (inverse: float -> float) : Preparation =
            let kind =
                { PreparationKind.ofNumbers name with
                    Apply = fun _ input -> Scaling.map name input.Names (fun _ -> Array.map f) input.Columns
                    Invert =
                        Some(fun step columns -> Scaling.map name step.Columns (fun _ -> Array.map inverse) columns) }

            Preparation.make kind []
