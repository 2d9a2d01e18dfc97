namespace Functional

/// Encoding words, true and false, and dates as numbers. Columns of numbers are encoded where they are named.
[<RequireQualifiedAccess>]
module Encoder =
    /// `oneHot` with options.
    let oneHotWith (options: OneHotOptions) : Preparation =
        Preparation.make OneHotEncoding.kind (OneHotEncoding.settingsOf options)

    /// A column of 0 and 1 for each category, named `column_category`: numbers by value, words by their characters. Missing values
    /// are a category of their own, `column_missing`, where there are any at the fit. scikit-learn: OneHotEncoder.
    let oneHot: Preparation = oneHotWith OneHotOptions.defaults

    let private ordinalSettings (unknown: UnknownValues) =
        [ "handle_unknown", Setting.Text(Categories.unknownName unknown) ]

    /// `ordinal` with what becomes of values that were not there at the fit.
    let ordinalWith (unknown: UnknownValues) : Preparation =
        Preparation.make OrdinalEncoding.kind (ordinalSettings unknown)

    /// Each category as its number, from 0, in ascending order. Missing values stay missing; a value that was not there at the fit is
    /// an error. scikit-learn: OrdinalEncoder.
    let ordinal: Preparation = ordinalWith UnknownValues.Error

    /// The categories of one column as their numbers in this order: `Encoder.ordered "size" [ "small"; "large" ]`.
    let ordered (column: string) (categories: string list) : Preparation =
        let order = Setting.Items [ Setting.Items(categories |> List.map Setting.Text) ]

        Preparation.make OrdinalEncoding.kind (("categories", order) :: ordinalSettings UnknownValues.Error)
        |> Preparation.on [ column ]

    /// `target` with another smoothing.
    let targetWith (smoothing: TargetSmoothing) : Preparation =
        Preparation.make TargetEncoding.kind (TargetEncoding.settingsOf smoothing)

    /// Each category as the mean of the target over its rows, drawn to the mean of all rows; of a target of two classes as the share
    /// of the second. Values that were not there at the fit are the mean of all rows. Micci-Barreca, "A preprocessing scheme for
    /// high-cardinality categorical attributes", SIGKDD Explorations 3 (2001). scikit-learn: TargetEncoder, which encodes the
    /// rows of the fit fold by fold, where this encodes all of them alike.
    let target: Preparation = targetWith TargetSmoothing.Auto

    /// These parts of each date as columns `column_part`.
    let dateParts (parts: DatePart list) : Preparation =
        Preparation.make DateEncoding.kind (DateEncoding.settingsOf parts)
