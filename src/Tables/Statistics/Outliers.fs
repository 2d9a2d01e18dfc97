namespace Functional

open System

/// The limits of Tukey's box plot, and what lies outside (Tukey, Exploratory Data Analysis, 1977).
type Outliers =
    {
        /// Q1 - 1.5 IQR and Q3 + 1.5 IQR: a value outside is an outlier.
        InnerLimits: float * float
        /// Q1 - 3 IQR and Q3 + 3 IQR: an outlier outside is an extreme one.
        OuterLimits: float * float
        /// The outliers that are not extreme, ascending.
        Mild: float list
        /// The extreme outliers, ascending.
        Extreme: float list
    }

/// Finding outliers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Outliers =
    /// The mild and extreme outliers of a column, with quartiles by a named method. NaN is skipped; no value is an error.
    let ofValuesBy (method: QuantileMethod) (values: seq<float>) : Outliers =
        let xs = Numbers.sorted "Outliers.ofValues" values
        let first = Quantiles.ofSorted method 0.25 xs
        let third = Quantiles.ofSorted method 0.75 xs
        let limits factor = first - factor * (third - first), third + factor * (third - first)
        let isOutside (lower, upper) x = x < lower || x > upper
        let inner, outer = limits 1.5, limits 3.0
        let outside = xs |> Array.filter (isOutside inner) |> List.ofArray
        let extreme, mild = outside |> List.partition (isOutside outer)
        { InnerLimits = inner; OuterLimits = outer; Mild = mild; Extreme = extreme }

    /// The mild and extreme outliers of a column, with quartiles linear between values. NaN is skipped; no value is an error.
    let ofValues (values: seq<float>) : Outliers = ofValuesBy QuantileMethod.Linear values
