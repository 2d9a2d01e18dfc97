namespace Functional

open System
open System.Threading
open Deedle

/// How an estimator is cross-validated.
[<NoEquality; NoComparison>]
type CrossValidationOptions =
    {
        /// The scores of each fold. Default none named: as scikit-learn's `score` the accuracy, where labels are class numbers
        /// (Int32 [n]) or one-hot rows whose classes have names, and R2 of other numbers.
        Metrics: Metric list
        /// Whether the training rows are scored as well. Default false.
        TrainScores: bool
        /// How many folds are fitted at a time. The results do not depend on it. Default the number of processors.
        Parallelism: int
        /// What the fits draw from: the i-th fold from the i-th key under it. Default the key of 0.
        Key: Key
        /// Called when a fold is done, by one thread at a time. Default nothing.
        Progress: FoldScore -> unit
        /// Fits no further folds; those that are done are given.
        CancellationToken: CancellationToken
    }

    /// Accuracy or R2 of the test rows, as many folds at a time as there are processors.
    static member defaults =
        { Metrics = []
          TrainScores = false
          Parallelism = Environment.ProcessorCount
          Key = Key.ofInt 0
          Progress = ignore
          CancellationToken = CancellationToken.None }

/// The scores of one fold.
and FoldScore =
    {
        /// The number of the fold, from 0.
        Fold: int
        /// The number of rows it was fitted to.
        TrainCount: int
        /// The number of rows it was tested with.
        TestCount: int
        /// The metrics of the test rows, by name.
        Scores: (string * float) list
        /// The metrics of the training rows, where they were asked for; else empty.
        TrainScores: (string * float) list
        /// How long the fit took.
        FitSeconds: float
        /// How long predictions and metrics took.
        ScoreSeconds: float
        /// Of a search: why the fit or its scores failed; all scores are NaN then.
        Failure: string option
    }

/// Statistics over folds.
module internal FoldStatistics =
    /// A statistic of scores, all of which count: NaN where one is NaN, which the statistic would leave out.
    let ofAll (statistic: seq<float> -> float) (scores: float list) : float =
        if List.exists Double.IsNaN scores then nan else statistic scores

/// The scores of an estimator on rows that it was not fitted to, fold by fold.
type CrossValidation =
    {
        /// The name of the estimator.
        Estimator: string
        /// The folds in order; fewer where it was cancelled.
        Folds: FoldScore list
    }

    /// The names of the metrics.
    member v.Metrics =
        match v.Folds with
        | fold :: _ -> fold.Scores |> List.map fst
        | [] -> []

    /// The metric of each fold on its test rows. An unknown name is an error that lists the names.
    member v.Scores(metric: string) : float list =
        v.Folds
        |> List.map (fun fold ->
            match fold.Scores |> List.tryFind (fst >> (=) metric) with
            | Some(_, score) -> score
            | None ->
                let known = fold.Scores |> List.map fst |> String.concat ", "
                Fail.argument "CrossValidation" "metric" $"'{metric}'" $"is not among the metrics; there is {known}.")

    /// The mean of a metric over the folds; NaN where the score of one is.
    member v.Mean(metric: string) : float = FoldStatistics.ofAll Statistics.mean (v.Scores metric)

    /// The deviation of a metric over the folds, of the population as scikit-learn's table has it; NaN where the score of one is.
    member v.Deviation(metric: string) : float = FoldStatistics.ofAll Statistics.populationDeviation (v.Scores metric)

    /// accuracy: 0.9533 ± 0.0340 over 5 folds
    override v.ToString() =
        let text (x: float) = x.ToString("F4", Globalization.CultureInfo.InvariantCulture)

        v.Metrics
        |> List.map (fun name ->
            $"{name}: {text (v.Mean name)} ± {text (v.Deviation name)} over {v.Folds.Length} folds")
        |> String.concat "\n"

/// Fitting to some rows and testing with others, fold by fold.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module CrossValidation =
    let internal demandParallelism operation (parallelism: int) =
        if parallelism < 1 then
            Fail.argument operation "Parallelism" parallelism "is no number of folds at a time; give at least 1."

    /// Fits to the training rows of a fold and scores its test rows.
    let internal score
        (options: CrossValidationOptions)
        metrics
        estimator
        (d: Dataset)
        classes
        key
        i
        (train, test)
        : FoldScore =
        let trainRows, testRows = Dataset.rows train d, Dataset.rows test d
        let predict, fitSeconds = FoldRuns.fit estimator key trainRows classes
        let watch = Diagnostics.Stopwatch.StartNew()
        let scores = FoldRuns.scores metrics testRows (predict testRows)

        let trainScores =
            if options.TrainScores then
                FoldRuns.scores metrics trainRows (predict trainRows)
            else
                []

        { Fold = i
          TrainCount = trainRows.Count
          TestCount = testRows.Count
          Scores = scores
          TrainScores = trainScores
          FitSeconds = fitSeconds
          ScoreSeconds = watch.Elapsed.TotalSeconds
          Failure = None }

    /// The scores of an estimator, fitted anew to the training rows of each fold and tested with its test rows.
    /// scikit-learn: cross_validate.
    ///
    /// Raises `InvalidData` for no folds or rows that the dataset does not have, and whatever the fit of a fold raises.
    let run
        (options: CrossValidationOptions)
        (folds: TrainTest[])
        (estimator: Estimator)
        (dataset: Dataset)
        : CrossValidation =
        let operation = "CrossValidation.run"
        demandParallelism operation options.Parallelism
        FoldRuns.demandFolds operation folds dataset
        let metrics = FoldRuns.metricsOf options.Metrics dataset
        let classes = FoldRuns.classesOf dataset
        let told = obj ()

        let work i =
            let fold = folds[i]
            let key = Key.fold i options.Key
            let result = score options metrics estimator dataset classes key i (fold.Train, fold.Test)
            lock told (fun () -> options.Progress result)
            result

        let done' = ParallelRuns.map options.Parallelism options.CancellationToken folds.Length work
        { Estimator = estimator.Name; Folds = done' |> Array.choose id |> List.ofArray }

    /// The outputs for each row of the dataset, from the fit of the fold that tests it: [n; ...] in the order of the rows.
    /// Each row must be tested by one fold exactly. scikit-learn: cross_val_predict (method="predict_proba" for classes).
    ///
    /// Uses Parallelism, Key and CancellationToken of the options; a cancelled run raises OperationCanceledException.
    let predictions
        (options: CrossValidationOptions)
        (folds: TrainTest[])
        (estimator: Estimator)
        (dataset: Dataset)
        : Tensor =
        let operation = "CrossValidation.predictions"
        demandParallelism operation options.Parallelism
        FoldRuns.demandFolds operation folds dataset
        let tested = folds |> Array.collect _.Test
        let places = Array.create dataset.Count -1
        tested |> Array.iteri (fun place row -> places[row] <- place)

        if tested.Length <> dataset.Count || Array.contains -1 places then
            Fail.data operation "the folds do not test each row once; take the folds of k-fold or leave-one-out."

        let classes = FoldRuns.classesOf dataset

        let work i =
            let fold = folds[i]

            let predict, _ =
                FoldRuns.fit estimator (Key.fold i options.Key) (Dataset.rows fold.Train dataset) classes

            predict (Dataset.rows fold.Test dataset)

        let outputs = ParallelRuns.map options.Parallelism options.CancellationToken folds.Length work

        if Array.exists Option.isNone outputs then
            raise (OperationCanceledException options.CancellationToken)

        let all = outputs |> Array.choose id |> List.ofArray |> Tensor.concat 0
        Tensor.gather 0 (Tensor.ofInts [ places.Length ] places) all

    /// A row for each fold: fit_time, score_time, test_accuracy, and train_accuracy where it was asked for, under the names of
    /// scikit-learn's cross_validate.
    let toFrame (validation: CrossValidation) : Frame<int, string> =
        let keys = validation.Folds |> List.map _.Fold
        let column (of': FoldScore -> float) = Series(keys, validation.Folds |> List.map of')

        let scores prefix (of': FoldScore -> (string * float) list) =
            match validation.Folds with
            | fold :: _ ->
                [ for i, (name, _) in List.indexed (of' fold) ->
                      prefix + name => column (fun fold -> snd (List.item i (of' fold))) ]
            | [] -> []

        Frame.ofColumns
            [ "fit_time" => column _.FitSeconds
              "score_time" => column _.ScoreSeconds
              yield! scores "test_" _.Scores
              yield! scores "train_" _.TrainScores ]
