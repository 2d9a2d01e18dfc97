namespace Functional

/// Steps that keep some of the columns of numbers, and leave the others out. Missing values are an error.
[<RequireQualifiedAccess>]
module Selector =
    /// Keeps the columns whose population variance reaches a limit. scikit-learn: VarianceThreshold.
    let variance (limit: VarianceLimit) : Preparation =
        match limit with
        | VarianceLimit.Above above -> Preparation.make SelectionKinds.variance [ "above", Setting.Number above ]
        | VarianceLimit.Quantile share -> Preparation.make SelectionKinds.variance [ "quantile", Setting.Number share ]

    /// Leaves out each column that repeats one before it: see `FeatureSelection.byCorrelation`.
    let correlation (options: CorrelationFilterOptions) : Preparation =
        Preparation.make
            SelectionKinds.correlation
            [ "limit", Setting.Number options.Limit
              "method", Setting.Text(SelectionKinds.methodName options.Method) ]

    let private information keep isRegression =
        Preparation.make
            SelectionKinds.mutualInformation
            [ "keep", Setting.Whole keep
              "neighbors", Setting.Whole MutualInformationOptions.defaults.Neighbors
              "regression", Setting.Flag isRegression ]

    /// Keeps so many columns, those that tell most of the classes in the target. Needs a target: `Preparation.fitTo`.
    /// scikit-learn: SelectKBest(mutual_info_classif).
    let mutualInformation (keep: int) : Preparation = information keep false

    /// Keeps so many columns, those that tell most of the numbers in the target. Needs a target: `Preparation.fitTo`.
    /// scikit-learn: SelectKBest(mutual_info_regression).
    let mutualInformationOfNumbers (keep: int) : Preparation = information keep true

    /// Keeps so many columns by recursive elimination with a learner of the target, `step` columns less at each fit. Needs a
    /// target: `Preparation.fitTo`. scikit-learn: RFE.
    let recursive (keep: int) (step: int) (learner: Learner) : Preparation =
        Preparation.make
            (SelectionKinds.recursive (Some learner))
            [ "keep", Setting.Whole keep; "step", Setting.Whole step ]

/// Steps that make new columns of numbers of all that they take. Missing values are an error.
[<RequireQualifiedAccess>]
module Features =
    /// The products of the columns up to a degree, in their place; named "a", "a^2", "a b". scikit-learn: PolynomialFeatures.
    let polynomial (options: PolynomialFeaturesOptions) : Preparation =
        Preparation.make PolynomialKind.kind (PolynomialKind.settingsOf options)

    /// The scores along the principal components, named pca0, pca1, ... in place of the columns. Can be inverted.
    /// scikit-learn: PCA.
    let principalComponents (options: PrincipalComponentsOptions) : Preparation =
        Preparation.make PrincipalComponentsKind.kind (PrincipalComponentsKind.settingsOf options)
