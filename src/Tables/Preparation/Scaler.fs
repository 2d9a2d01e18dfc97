namespace Functional

open System

/// The length by which a row is divided.
[<RequireQualifiedAccess>]
type RowNorm =
    /// The sum of the absolute values.
    | L1
    /// The root of the sum of the squares.
    | L2
    /// The largest absolute value.
    | Max

/// The kind that gives each row the length 1.
module internal RowNorms =
    let nameOf (norm: RowNorm) =
        match norm with
        | RowNorm.L1 -> "l1"
        | RowNorm.L2 -> "l2"
        | RowNorm.Max -> "max"

    let private ofSettings settings =
        match Settings.text (Scaling.settings "normalizer" settings) "norm" with
        | "l1" -> RowNorm.L1
        | "l2" -> RowNorm.L2
        | "max" -> RowNorm.Max
        | other -> Fail.argument "normalizer" "norm" $"'{other}'" "is unknown; there are l1, l2 and max."

    /// The norm of each row, from the columns one after the other.
    let private norms (norm: RowNorm) (rows: int) (columns: float[][]) : float[] =
        let all = Array.zeroCreate rows

        for column in columns do
            for i in 0 .. rows - 1 do
                match norm with
                | RowNorm.L1 -> all[i] <- all[i] + abs column[i]
                | RowNorm.L2 -> all[i] <- all[i] + column[i] * column[i]
                | RowNorm.Max -> all[i] <- max all[i] (abs column[i])

        let finish length =
            match norm with
            | RowNorm.L2 -> sqrt length
            | RowNorm.L1
            | RowNorm.Max -> length

        all |> Array.map (finish >> fun length -> if length = 0.0 then 1.0 else length)

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let columns = Scaling.columns "normalizer" input

        for name, column in Array.zip input.Names columns do
            if Array.exists Double.IsNaN column then
                Fail.data
                    "normalizer"
                    $"column '{name}' misses values, and no length has a gap. Fill them with an Imputer first."

        let lengths = norms (ofSettings step.Settings) input.RowCount columns
        columns |> Array.map (fun column -> Column.Numbers(Array.map2 (/) column lengths))

    let kind =
        { PreparationKind.ofNumbers "normalizer" with CheckSettings = ofSettings >> ignore; Apply = apply }

/// Scalers of columns of numbers, as in scikit-learn's `preprocessing`. Missing values are left out of what is learnt, and stay
/// missing. All but the normalizer can be inverted. An infinite value in the data of the fit is an error of `InvalidData`.
[<RequireQualifiedAccess>]
module Scaler =
    /// `minMax` with options. A range whose ends are not in order is an error.
    let minMaxWith (options: MinMaxOptions) : Preparation =
        let low, high = options.FeatureRange

        Preparation.make
            LinearScalers.minMax
            [ "low", Setting.Number low; "high", Setting.Number high; "clip", Setting.Flag options.Clip ]

    /// From 0 for the least to 1 for the greatest value of the fit: (x - min) / (max - min). A constant column becomes 0.
    /// scikit-learn: MinMaxScaler.
    let minMax: Preparation = minMaxWith MinMaxOptions.defaults

    /// `standard` with options.
    let standardWith (options: StandardOptions) : Preparation =
        Preparation.make
            LinearScalers.standard
            [ "with_mean", Setting.Flag options.WithMean; "with_std", Setting.Flag options.WithStd ]

    /// Mean 0 and deviation 1: (x - mean) / deviation, with the population's deviation. A constant column becomes 0.
    /// scikit-learn: StandardScaler.
    let standard: Preparation = standardWith StandardOptions.defaults

    /// `robust` with options. Quantiles that are not in order within 0 to 100 are an error.
    let robustWith (options: RobustOptions) : Preparation =
        let low, high = options.QuantileRange

        Preparation.make
            LinearScalers.robust
            [ "with_centering", Setting.Flag options.WithCentering
              "with_scaling", Setting.Flag options.WithScaling
              "quantile_low", Setting.Number low
              "quantile_high", Setting.Number high
              "unit_variance", Setting.Flag options.UnitVariance ]

    /// (x - median) / (third quartile - first quartile): outliers move neither. scikit-learn: RobustScaler.
    let robust: Preparation = robustWith RobustOptions.defaults

    /// x divided by the largest absolute value: from -1 to 1, and 0 stays 0. scikit-learn: MaxAbsScaler.
    let maxAbs: Preparation = Preparation.make LinearScalers.maxAbs []

    /// Each row divided by its length; a row of zeros stays. Missing values are an error. scikit-learn: Normalizer.
    let normalizerOf (norm: RowNorm) : Preparation =
        Preparation.make RowNorms.kind [ "norm", Setting.Text(RowNorms.nameOf norm) ]

    /// Each row divided by the root of the sum of its squares; see `normalizerOf`.
    let normalizer: Preparation = normalizerOf RowNorm.L2

    /// `power` with options. Box-Cox of a number that is not positive is an error that names column and row.
    let powerWith (options: PowerOptions) : Preparation =
        Preparation.make PowerScaling.kind (PowerScaling.settingsOf options)

    /// The power transform under which each column is most nearly normal, by the greatest likelihood, then mean 0 and deviation 1.
    /// scikit-learn: PowerTransformer.
    let power: Preparation = powerWith PowerOptions.defaults

    /// `quantile` with options. Less than one quantile is an error.
    let quantileWith (options: QuantileOptions) : Preparation =
        Preparation.make QuantileScaling.kind (QuantileScaling.settingsOf options)

    /// Each number by the share of the values of the fit below it, from 0 to 1. scikit-learn: QuantileTransformer; all rows are
    /// taken, where that draws 10,000 of them.
    let quantile: Preparation = quantileWith QuantileOptions.defaults
