namespace Functional

open System

/// Features chosen among those of samples [n; k], by a score.
type FeatureSelection =
    {
        /// The score of each of the k features: a variance, a mutual information, ...
        Scores: float[]
        /// The numbers of the chosen features, ascending.
        Selected: int[]
    }

/// What a feature's variance must reach.
[<RequireQualifiedAccess>]
type VarianceLimit =
    /// Strictly above this number; 0 leaves out constant features alone, as scikit-learn's default does.
    | Above of variance: float
    /// At or above the quantile (linear between values) of this share of all variances: 0.8 keeps about a fifth.
    | Quantile of share: float

/// Options of the correlation filter.
type CorrelationFilterOptions =
    {
        /// Above which absolute correlation (strictly) a feature counts as a repetition. Default 0.95.
        Limit: float
        /// How the association is measured. Default Pearson.
        Method: CorrelationMethod
    }

    /// Pearson's correlation above 0.95.
    static member defaults = { Limit = 0.95; Method = CorrelationMethod.Pearson }

/// Choosing features.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module FeatureSelection =
    let private columnsOf operation (x: Tensor) : float[][] =
        let samples = Samples.read operation x
        Array.init samples.Features (fun j -> Array.init samples.Rows (fun row -> samples.At(row, j)))

    /// The chosen columns of x [n; k], in ascending order: [n; selected].
    let apply (x: Tensor) (selection: FeatureSelection) : Tensor =
        match x.Shape with
        | [ _; k ] when k = selection.Scores.Length ->
            Tensor.gather 1 (Tensor.ofInts [ selection.Selected.Length ] selection.Selected) x
        | shape ->
            Fail.shapes
                "FeatureSelection.apply"
                [ "x", shape; "the features chosen from", [ selection.Scores.Length ] ]
                "give samples as [n; k] with the features in the order of the choice."

    /// The names of the chosen features, from those of all. Other than one name a feature is an error.
    let names (all: string list) (selection: FeatureSelection) : string list =
        if all.Length <> selection.Scores.Length then
            Fail.argument
                "FeatureSelection.names"
                "names"
                all.Length
                $"is the number of names, and there are {selection.Scores.Length} features; name each one."

        let all = Array.ofList all
        selection.Selected |> Array.map (fun i -> all[i]) |> List.ofArray

    /// The features of the `count` largest scores; of equal ones the first, and NaN last. A count below 1 or above the
    /// number of features is an error.
    let best (count: int) (scores: float[]) : FeatureSelection =
        if count < 1 || count > scores.Length then
            Fail.argument
                "FeatureSelection.best"
                "count"
                count
                $"is not from 1 to {scores.Length}, the number of features."

        let order =
            Array.init scores.Length id
            |> Array.sortBy (fun i -> (if Double.IsNaN scores[i] then infinity else -scores[i]), i)

        { Scores = scores; Selected = Array.sort order[.. count - 1] }

    let private where scores (isKept: int -> bool) =
        { Scores = scores; Selected = Array.init (Array.length scores) id |> Array.filter isKept }

    /// The features whose population variance reaches a limit. No feature that does is an error, which tells the largest
    /// variance. scikit-learn: VarianceThreshold.
    let byVariance (limit: VarianceLimit) (x: Tensor) : FeatureSelection =
        let operation = "FeatureSelection.byVariance"
        let columns = columnsOf operation x
        let variances = columns |> Array.map Statistics.populationVariance

        let isKept =
            match limit with
            | VarianceLimit.Above variance when variance >= 0.0 ->
                // rounding gives constant columns tiny variances
                fun i -> variances[i] > variance && Array.exists (fun v -> v <> columns[i].[0]) columns[i]
            | VarianceLimit.Above variance ->
                Fail.argument operation "variance" variance "is no variance; give 0 or more."
            | VarianceLimit.Quantile share ->
                Quantiles.checkShare operation share
                let least = Quantiles.ofSorted QuantileMethod.Linear share (Array.sort variances)
                fun i -> variances[i] >= least

        let selection = where variances isKept

        if selection.Selected.Length = 0 then
            Fail.data operation $"no feature varies enough; the largest variance is {Array.max variances}."

        selection

    /// Columns as unit vectors, so that products of two are their correlation; a constant column is NaN.
    let private unit (column: float[]) =
        let mean = Numbers.mean column
        let centered = column |> Array.map (fun v -> v - mean)
        let length = sqrt (Numbers.sum (centered |> Array.map (fun v -> v * v)))
        centered |> Array.map (fun v -> if length = 0.0 then nan else v / length)

    let private correlator (method: CorrelationMethod) (columns: float[][]) : int -> int -> float =
        let product (units: float[][]) i j = (units[i], units[j]) ||> Array.fold2 (fun sum a b -> sum + a * b) 0.0

        match method with
        | CorrelationMethod.Pearson -> product (Array.map unit columns)
        | CorrelationMethod.Spearman -> product (columns |> Array.map (Statistics.ranks >> unit))
        | CorrelationMethod.Kendall -> fun i j -> Correlation.kendall columns[i] columns[j]

    /// Leaves out each feature that repeats one before it that is kept: whose absolute correlation with it is above the
    /// limit. The scores are the largest absolute correlation of each feature with those kept before it, 0 where there is
    /// none. Constant features correlate with nothing.
    ///
    /// A limit outside 0 to 1 is an error. The work is n k^2 for k kept features.
    let byCorrelation (options: CorrelationFilterOptions) (x: Tensor) : FeatureSelection =
        let operation = "FeatureSelection.byCorrelation"

        if not (options.Limit >= 0.0 && options.Limit <= 1.0) then
            Fail.argument operation "Limit" options.Limit "is no absolute correlation; give a number from 0 to 1."

        let columns = columnsOf operation x
        let correlation = correlator options.Method columns
        let kept = ResizeArray<int>()
        let scores = Array.zeroCreate columns.Length

        for j in 0 .. columns.Length - 1 do
            for i in kept do
                let r = abs (correlation i j)

                if r > scores[j] then
                    scores[j] <- r

            if scores[j] <= options.Limit then
                kept.Add j

        { Scores = scores; Selected = kept.ToArray() }
