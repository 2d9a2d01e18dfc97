namespace Functional

open System

/// How probabilities are cut into bins.
[<RequireQualifiedAccess>]
type BinStrategy =
    /// Bins of equal width over 0 to 1. scikit-learn: "uniform".
    | EqualWidth
    /// Bins of about as many samples, cut at quantiles of the probabilities. scikit-learn: "quantile".
    | EqualFrequency

/// How reliability is measured.
type CalibrationOptions =
    {
        /// The number of bins. Default 10 (scikit-learn's calibration_curve: 5).
        Bins: int
        /// How they are cut. Default equal width.
        Strategy: BinStrategy
    }

    /// Ten bins of equal width.
    static member defaults = { Bins = 10; Strategy = BinStrategy.EqualWidth }

/// The samples whose probability falls into one bin.
type CalibrationBin =
    {
        /// The lower limit, open but for the first bin.
        Lower: float
        /// The upper limit, closed.
        Upper: float
        /// The number of samples, at least 1.
        Count: int
        /// The mean of their probabilities.
        MeanProbability: float
        /// The share of them that are positive.
        PositiveShare: float
    }

/// How far probabilities can be believed.
type Calibration =
    {
        /// The reliability curve: the bins that have samples, ascending.
        Bins: CalibrationBin list
        /// The mean of (p - y)^2 over the samples (Brier 1950).
        Brier: float
        /// The mean over the samples of |positive share - mean probability| of their bin (Naeini et al. 2015).
        ExpectedError: float
        /// The largest |positive share - mean probability| of a bin.
        MaximumError: float
    }

/// Reliability of probabilities.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Calibration =
    let private limits (options: CalibrationOptions) (probabilities: float[]) =
        let share i = float i / float options.Bins

        match options.Strategy with
        | BinStrategy.EqualWidth -> Array.init (options.Bins + 1) share
        | BinStrategy.EqualFrequency ->
            let sorted = Array.sort probabilities
            Array.init (options.Bins + 1) (fun i -> Quantiles.ofSorted QuantileMethod.Linear (share i) sorted)

    /// The bin of a probability: how many of the inner limits are below it.
    let private binOf (inner: float[]) (probability: float) =
        let found = Array.BinarySearch(inner, probability)
        let mutable bin = if found >= 0 then found else ~~~found

        // of equal limits the first
        while bin > 0 && inner[bin - 1] >= probability do
            bin <- bin - 1

        bin

    let private demandProbabilities operation (probabilities: float[]) =
        match probabilities |> Array.tryFindIndex (fun p -> not (p >= 0.0 && p <= 1.0)) with
        | Some row ->
            Fail.data
                operation
                $"the value of row {row} (counted from 0) is {probabilities[row]} and no probability. Give numbers from 0 to 1, \
                  such as those of a sigmoid or softmax."
        | None -> ()

    let private measure operation (options: CalibrationOptions) (positive: bool[]) (probabilities: float[]) =
        if options.Bins < 1 then
            Fail.argument operation "Bins" options.Bins "is no number of bins; give at least 1."

        if positive.Length = 0 then
            Fail.data operation "there are no samples."

        demandProbabilities operation probabilities
        let limits = limits options probabilities
        let inner = limits[1 .. options.Bins - 1]
        let bins = Array.map (binOf inner) probabilities
        let answer row = if positive[row] then 1.0 else 0.0

        let binOfRows (bin, rows: int[]) =
            { Lower = limits[bin]
              Upper = limits[bin + 1]
              Count = rows.Length
              MeanProbability = rows |> Array.averageBy (fun row -> probabilities[row])
              PositiveShare = rows |> Array.averageBy answer }

        let filled =
            [| 0 .. positive.Length - 1 |]
            |> Array.groupBy (fun row -> bins[row])
            |> Array.sortBy fst
            |> Array.map binOfRows

        let gap (bin: CalibrationBin) = abs (bin.PositiveShare - bin.MeanProbability)

        { Bins = List.ofArray filled
          Brier = probabilities |> Array.mapi (fun row p -> (p - answer row) ** 2.0) |> Array.average
          ExpectedError = (filled |> Array.sumBy (fun bin -> float bin.Count * gap bin)) / float positive.Length
          MaximumError = filled |> Array.map gap |> Array.max }

    /// The reliability of probabilities of class 1: labels 0 and 1, one probability a sample, [n] or [n; 1].
    ///
    /// Raises `InvalidData` for a value outside 0 to 1. scikit-learn: calibration_curve and brier_score_loss.
    let ofProbabilities (options: CalibrationOptions) (labels: Tensor) (probabilities: Tensor) : Calibration =
        let operation = "Calibration.ofProbabilities"
        let positive, values = Ranking.read operation labels probabilities
        measure operation options positive values

    /// The reliability of the class that is said: for each sample the largest of its probabilities [n; k], and whether it
    /// is that of its label (Guo et al. 2017, "On calibration of modern neural networks"). The Brier score is that of
    /// being right, too; `brier` is that of all classes.
    ///
    /// Labels are class numbers [n] or one-hot [n; k]. Raises `InvalidData` for a value outside 0 to 1.
    let ofClasses (options: CalibrationOptions) (labels: Tensor) (probabilities: Tensor) : Calibration =
        let operation = "Calibration.ofClasses"
        Classes.check operation true (fun _ -> true) labels probabilities

        if Classes.isSingle probabilities.Shape then
            ofProbabilities options labels probabilities
        else
            let right = Tensor.toInts (fst (Classes.right operation labels probabilities))
            let said = Tensor.toInts (Classes.predicted Classes.half probabilities)
            demandProbabilities operation (Tensor.toFloat64Array probabilities)

            measure
                operation
                options
                (Array.map2 (=) right said)
                (Tensor.toFloat64Array (Tensor.maxOver [ -1 ] probabilities))

    /// The Brier score: the mean over samples of (p - y)^2, for k classes of the sum of it over the classes (Brier 1950,
    /// from 0 to 2). Labels are 0 and 1 beside one probability a sample, else class numbers or one-hot beside [n; k].
    /// scikit-learn: brier_score_loss, for one probability a sample.
    let brier (labels: Tensor) (probabilities: Tensor) : float =
        let operation = "Calibration.brier"
        Classes.check operation true (fun _ -> true) labels probabilities
        let values = Tensor.toFloat64Array probabilities
        demandProbabilities operation values
        let right = Tensor.toInts (fst (Classes.right operation labels probabilities))

        let k =
            if Classes.isSingle probabilities.Shape then
                1
            else
                Classes.count probabilities.Shape

        let error i p =
            let isRight = if k = 1 then right[i] = 1 else right[i / k] = i % k
            (p - (if isRight then 1.0 else 0.0)) ** 2.0

        (values |> Array.mapi error |> Array.sum) / float right.Length
