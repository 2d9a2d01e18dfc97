namespace Functional

/// Filling missing values, as in scikit-learn's `impute`. A column without any value to learn from is an error of `InvalidData`.
[<RequireQualifiedAccess>]
module Imputer =
    /// This number in the gaps of columns of numbers.
    let constant (value: float) : Preparation = Preparation.make Imputation.constant [ "value", Setting.Number value ]

    /// This word in the gaps of columns of words; columns of other forms become words where they are named.
    let word (value: string) : Preparation = Preparation.make Imputation.word [ "value", Setting.Text value ]

    /// The mean of each column of numbers. scikit-learn: SimpleImputer(strategy="mean").
    let mean: Preparation = Preparation.make Imputation.mean []

    /// The median of each column of numbers. scikit-learn: SimpleImputer(strategy="median").
    let median: Preparation = Preparation.make Imputation.median []

    /// The most frequent value of each column of any form, of equals the least. scikit-learn:
    /// SimpleImputer(strategy="most_frequent").
    let mode: Preparation = Preparation.make Imputation.mode []

    /// The mean of the rows whose word in the column `by` is the same. Rows of a class unknown at the fit or missing get the mean of
    /// the column.
    let classMean (by: string) : Preparation = Preparation.make Imputation.classMean [ "by", Setting.Text by ]

    /// The mean of the rows of the same class of the target, while a pipeline or `Preparation.fitApplyTo` fits; frames without the
    /// target column get the mean of the column.
    let targetMean: Preparation = Preparation.make Imputation.classMean [ "by", Setting.Text "" ]

    /// The mean of the values of the `count` nearest rows of the fit that have one, weighted. Distances are Euclidean over the
    /// columns that both rows have, scaled up to all. scikit-learn: KNNImputer.
    let nearestBy (weights: NeighbourWeights) (count: int) : Preparation =
        let weights =
            match weights with
            | NeighbourWeights.Uniform -> "uniform"
            | NeighbourWeights.Distance -> "distance"

        Preparation.make
            NeighbourImputation.kind
            [ "n_neighbors", Setting.Whole count; "weights", Setting.Text weights ]

    /// The mean of the values of the `count` nearest rows; see `nearestBy`. scikit-learn's default is 5.
    let nearest (count: int) : Preparation = nearestBy NeighbourWeights.Uniform count

    /// `regression` with options. A penalty of 0 or less, and less than one round, are errors.
    let regressionWith (options: RegressionImputerOptions) : Preparation =
        Preparation.make RegressionImputation.kind (RegressionImputation.settingsOf options)

    /// What a ridge regression on all other columns of numbers gives, in rounds, each column seeing what was filled in the others.
    /// scikit-learn: IterativeImputer(Ridge()).
    let regression: Preparation = regressionWith RegressionImputerOptions.defaults
