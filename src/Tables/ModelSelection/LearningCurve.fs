namespace Functional

/// How a learning curve is taken.
[<NoEquality; NoComparison>]
type LearningCurveOptions =
    {
        /// The shares of the training rows, above 0 to 1, ascending. Default 0.1, 0.325, 0.55, 0.775 and 1.
        Sizes: float list
        /// Whether the training rows of each fold are put in random order first; else the first of them are taken. Default
        /// true (scikit-learn: false), so that rows sorted by class do no harm.
        Shuffle: bool
        /// Metrics, parallelism, key and cancellation. The train scores are always taken.
        CrossValidation: CrossValidationOptions
    }

    /// Five sizes from a tenth on, shuffled.
    static member defaults =
        { Sizes = [ 0.1; 0.325; 0.55; 0.775; 1.0 ]
          Shuffle = true
          CrossValidation = CrossValidationOptions.defaults }

/// How scores grow with the number of training rows.
type LearningCurve =
    {
        /// The metric.
        Metric: string
        /// The numbers of training rows, ascending.
        Sizes: int[]
        /// [sizes][folds]: the metric of the rows that were trained with.
        TrainScores: float[][]
        /// [sizes][folds]: the metric of the test rows.
        TestScores: float[][]
    }

/// Learning curves.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module LearningCurve =
    let private operation = "LearningCurve.run"

    let private sizesOf (shares: float list) (most: int) =
        for share in shares do
            if not (share > 0.0 && share <= 1.0) then
                Fail.argument
                    operation
                    "Sizes"
                    share
                    "is no share of the training rows; give numbers above 0 and at most 1."

        match shares |> List.map (fun share -> max 1 (int (share * float most))) |> List.distinct with
        | [] -> Fail.argument operation "Sizes" "[]" "is empty; give at least one share, such as 1."
        | sizes -> Array.ofList sizes

    /// The curve of each metric of an estimator: for every fold and every share of its training rows a fit, scored on those
    /// rows and on the test rows. The largest size is the number of training rows of the smallest fold. scikit-learn:
    /// learning_curve.
    ///
    /// Raises the errors of `CrossValidation.run`. A cancelled run raises OperationCanceledException.
    let run
        (options: LearningCurveOptions)
        (folds: TrainTest[])
        (estimator: Estimator)
        (dataset: Dataset)
        : LearningCurve list =
        let validation = { options.CrossValidation with TrainScores = true }
        CrossValidation.demandParallelism operation validation.Parallelism
        FoldRuns.demandFolds operation folds dataset
        let metrics = FoldRuns.metricsOf validation.Metrics dataset
        let classes = FoldRuns.classesOf dataset
        let sizes = sizesOf options.Sizes (folds |> Array.map _.Train.Length |> Array.min)

        let trains =
            folds
            |> Array.mapi (fun i fold ->
                if options.Shuffle then
                    let order = Random.permutation (Key.fold -1 (Key.fold i validation.Key)) fold.Train.Length
                    Tensor.toInts order |> Array.map (fun place -> fold.Train[place])
                else
                    fold.Train)

        let told = obj ()

        let work number =
            let size, i = number / folds.Length, number % folds.Length
            let rows = trains[i].[.. sizes[size] - 1], folds[i].Test

            let score =
                CrossValidation.score validation metrics estimator dataset classes (Key.fold i validation.Key) i rows

            lock told (fun () -> validation.Progress score)
            score

        let results =
            ParallelRuns.map validation.Parallelism validation.CancellationToken (sizes.Length * folds.Length) work

        if Array.exists Option.isNone results then
            raise (System.OperationCanceledException validation.CancellationToken)

        let bySize = results |> Array.choose id |> Array.chunkBySize folds.Length

        metrics
        |> List.mapi (fun m metric ->
            let scores (of': FoldScore -> (string * float) list) =
                bySize |> Array.map (Array.map (fun fold -> snd (List.item m (of' fold))))

            { Metric = metric.Name
              Sizes = sizes
              TrainScores = scores _.TrainScores
              TestScores = scores _.Scores })
