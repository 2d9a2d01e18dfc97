namespace Functional

open System
open System.Runtime.ExceptionServices
open System.Threading
open Deedle

/// How far a search is.
type SearchProgress =
    {
        /// How many fits are done.
        Done: int
        /// How many there are in all; of a halving search in this round.
        Total: int
        /// The round of a halving search, from 0; else 0.
        Round: int
        /// The parameters of the fit that is done.
        Parameters: SearchParameters
        /// Its scores.
        Score: FoldScore
    }

    /// 3/16: alpha = 0.1, fold 2: accuracy 0.9444
    override p.ToString() =
        let text (score: float) = score.ToString("F4", Globalization.CultureInfo.InvariantCulture)

        let scores =
            match p.Score.Failure with
            | Some reason -> "failed: " + reason
            | None -> p.Score.Scores |> List.map (fun (name, score) -> $"{name} {text score}") |> String.concat ", "

        $"{p.Done}/{p.Total}: {p.Parameters}, fold {p.Score.Fold}: {scores}"

/// How searches compare candidates.
[<NoEquality; NoComparison>]
type SearchOptions =
    {
        /// Metrics (the first decides), train scores, parallelism, key and cancellation. As many fits, of any candidates and
        /// folds, are done at a time as its Parallelism says. Its own Progress is called as well.
        CrossValidation: CrossValidationOptions
        /// Called when a fit is done, by one thread at a time. Default nothing.
        Progress: SearchProgress -> unit
    }

    /// The defaults of cross-validation.
    static member defaults = { CrossValidation = CrossValidationOptions.defaults; Progress = ignore }

/// The scores of one candidate of a search.
type SearchCandidate =
    {
        /// Its parameters.
        Parameters: SearchParameters
        /// Its scores, fold by fold.
        Validation: CrossValidation
        /// The mean of the deciding metric over the folds; NaN where a fold failed.
        MeanScore: float
        /// The deviation of it over the folds, of the population.
        Deviation: float
        /// 1 for the best, and the same for equals; NaN comes last.
        Rank: int
        /// The round of a halving search; else 0.
        Round: int
        /// What the round gave each fit: of a halving search training samples or the value of its resource, else the samples
        /// of the dataset.
        Resources: int
    }

    /// Why the first fold that failed did.
    member c.Failure: string option = c.Validation.Folds |> List.tryPick _.Failure

/// What a search found.
[<NoEquality; NoComparison>]
type SearchResult =
    {
        /// The metric that decided.
        Metric: string
        /// All candidates in the order in which they were tried.
        Candidates: SearchCandidate list
        /// The first of the best; of a halving search that of its last round.
        Best: SearchCandidate
        /// The estimator with the best parameters, to be fitted to all samples.
        Estimator: Estimator
    }

    /// accuracy 0.9533 with alpha = 0.1, the best of 6 candidates
    override r.ToString() =
        let score = r.Best.MeanScore.ToString("F4", Globalization.CultureInfo.InvariantCulture)
        $"{r.Metric} {score} with {r.Best.Parameters}, the best of {r.Candidates.Length} candidates"

/// Scoring candidates side by side.
module internal SearchRuns =
    /// One candidate with the rows of each of its fits, and the resources that these are.
    type Trial =
        { Parameters: SearchParameters
          Estimator: Estimator
          Folds: TrainTest[]
          Round: int
          Resources: int }

    /// 1 and the number of better scores, NaN last.
    let ranks (higherIsBetter: bool) (scores: float list) : int list =
        let value score =
            if Double.IsNaN score then infinity
            elif higherIsBetter then -score
            else score

        scores
        |> List.map (fun score -> 1 + (scores |> List.filter (fun other -> value other < value score) |> List.length))

    /// The estimator of parameters; where there is none, one whose every fit raises the reason.
    let estimatorOf (build: SearchParameters -> Estimator) (parameters: SearchParameters) : Estimator =
        try
            build parameters
        with
        | :? OperationCanceledException -> reraise ()
        | e ->
            { Name = "none"
              Fit =
                fun _ _ ->
                    ExceptionDispatchInfo.Throw e
                    failwith "unreachable" }

    /// The scores of a fold that failed: NaN, as scikit-learn's error_score.
    let private failed
        (options: CrossValidationOptions)
        (metrics: Metric list)
        i
        (fold: TrainTest)
        (e: exn)
        : FoldScore =
        let scores = metrics |> List.map (fun metric -> metric.Name, nan)

        { Fold = i
          TrainCount = fold.Train.Length
          TestCount = fold.Test.Length
          Scores = scores
          TrainScores = if options.TrainScores then scores else []
          FitSeconds = nan
          ScoreSeconds = nan
          Failure = Some e.Message }

    let private candidateOf (deciding: Metric) (trial: Trial) (folds: FoldScore list) : SearchCandidate =
        let scored = { Estimator = trial.Estimator.Name; Folds = folds }

        { Parameters = trial.Parameters
          Validation = scored
          MeanScore = scored.Mean deciding.Name
          Deviation = scored.Deviation deciding.Name
          Rank = 0
          Round = trial.Round
          Resources = trial.Resources }

    /// All folds of all trials, in parallel; none of a trial that was cancelled. A fold that fails is scored NaN.
    let score (options: SearchOptions) (d: Dataset) (trials: Trial[]) : SearchCandidate list =
        let validation = options.CrossValidation
        let metrics = FoldRuns.metricsOf validation.Metrics d
        let classes = FoldRuns.classesOf d

        let jobs =
            [| for t in 0 .. trials.Length - 1 do
                   for i in 0 .. trials[t].Folds.Length - 1 -> t, i |]

        let told = obj ()
        let mutable finished = 0

        let work job =
            let t, i = jobs[job]
            let trial = trials[t]
            let fold = trial.Folds[i]
            let key = Key.fold i validation.Key

            let score =
                try
                    CrossValidation.score validation metrics trial.Estimator d classes key i (fold.Train, fold.Test)
                with
                | :? OperationCanceledException -> reraise ()
                | e -> failed validation metrics i fold e

            lock told (fun () ->
                finished <- finished + 1
                validation.Progress score

                options.Progress
                    { Done = finished
                      Total = jobs.Length
                      Round = trial.Round
                      Parameters = trial.Parameters
                      Score = score })

            score

        let results = ParallelRuns.map validation.Parallelism validation.CancellationToken jobs.Length work
        let deciding = metrics.Head

        let candidates =
            [ for t in 0 .. trials.Length - 1 do
                  let folds =
                      [ for job in 0 .. jobs.Length - 1 do
                            if fst jobs[job] = t then
                                results[job] ]

                  if List.forall Option.isSome folds then
                      candidateOf deciding trials[t] (List.choose id folds) ]

        let ranked = candidates |> List.map _.MeanScore |> ranks deciding.HigherIsBetter
        List.map2 (fun (candidate: SearchCandidate) rank -> { candidate with Rank = rank }) candidates ranked

/// Trying parameters by cross-validation.
[<RequireQualifiedAccess>]
module Search =
    /// The best of the last round in which a candidate did not fail. That all failed is an error with the reason of the first.
    let internal resultOf
        operation
        (options: SearchOptions)
        (d: Dataset)
        build
        (rounds: SearchCandidate list list)
        : SearchResult =
        let candidates = List.concat rounds

        let bestOf (round: SearchCandidate list) =
            round |> List.filter _.Failure.IsNone |> List.sortBy _.Rank |> List.tryHead

        match rounds |> List.rev |> List.tryPick bestOf, candidates with
        | None, [] -> raise (OperationCanceledException options.CrossValidation.CancellationToken)
        | None, first :: _ ->
            let reason = Option.defaultValue "" first.Failure

            Fail.data
                operation
                $"all {candidates.Length} candidates failed; the first, with {first.Parameters}: {reason}"
        | Some best, _ ->
            { Metric = (FoldRuns.metricsOf options.CrossValidation.Metrics d).Head.Name
              Candidates = candidates
              Best = best
              Estimator = build best.Parameters }

    let private over
        operation
        options
        (folds: TrainTest[])
        (build: SearchParameters -> Estimator)
        (d: Dataset)
        (candidates: SearchParameters list)
        =
        CrossValidation.demandParallelism operation options.CrossValidation.Parallelism
        FoldRuns.demandFolds operation folds d

        let trial parameters : SearchRuns.Trial =
            { Parameters = parameters
              Estimator = SearchRuns.estimatorOf build parameters
              Folds = folds
              Round = 0
              Resources = d.Count }

        let scored = candidates |> List.map trial |> Array.ofList |> SearchRuns.score options d
        resultOf operation options d build [ scored ]

    /// Tries all combinations of the values: `Search.grid options folds build [ "alpha", ParameterValues.numbers [ 0.1; 1.0 ] ]
    /// dataset`, where `build` makes an estimator of parameters. scikit-learn: GridSearchCV; fit the result's Estimator to all
    /// samples for its refit.
    ///
    /// A candidate that fails, in `build`, in a fit or in a score, is scored NaN, ranked last, and has its reason in `Failure`, as
    /// by scikit-learn's error_score; that all fail is an error. A cancelled search gives the candidates that are done; where none
    /// is, it raises OperationCanceledException.
    let grid
        (options: SearchOptions)
        (folds: TrainTest[])
        (build: SearchParameters -> Estimator)
        (values: (string * Setting list) list)
        (dataset: Dataset)
        : SearchResult =
        let operation = "Search.grid"
        over operation options folds build dataset (ParameterSpace.grid operation values)

    /// Tries so many candidates that are drawn from distributions, with the key of the cross-validation. scikit-learn:
    /// RandomizedSearchCV. See `grid`.
    let random
        (options: SearchOptions)
        (folds: TrainTest[])
        (build: SearchParameters -> Estimator)
        (count: int)
        (space: (string * ParameterDistribution) list)
        (dataset: Dataset)
        : SearchResult =
        let operation = "Search.random"
        let key = Key.fold -2 options.CrossValidation.Key
        over operation options folds build dataset (ParameterSpace.random operation count key space)

    /// Fits the best estimator to all samples: gives the function from features to outputs.
    let refit (key: Key) (dataset: Dataset) (result: SearchResult) : Dataset -> Tensor =
        result.Estimator.Fit key dataset

    /// The candidates as a table, under the names of scikit-learn's cv_results_: mean_fit_time, param_x, split0_test_accuracy,
    /// mean_test_accuracy, std_test_accuracy for each metric, rank; and iter and n_resources of a halving search. Where a
    /// candidate failed there is a column error with the reasons.
    let toFrame (result: SearchResult) : Frame<int, string> =
        let candidates = Array.ofList result.Candidates
        let keys = Array.init candidates.Length id
        let numbers (of': SearchCandidate -> float) = Series(keys, candidates |> Array.map of') :> ISeries<int>
        let wholes (of': SearchCandidate -> int) = Series(keys, candidates |> Array.map of') :> ISeries<int>
        let first = result.Best

        let parameter (name: string, value: Setting) =
            let found (c: SearchCandidate) = c.Parameters.Values |> List.tryFind (fst >> (=) name) |> Option.map snd

            let texts () =
                Series(
                    keys,
                    candidates |> Array.map (found >> Option.map ParameterText.ofSetting >> Option.defaultValue "")
                )
                :> ISeries<int>

            match value with
            | Setting.Number _ -> numbers (fun c -> c.Parameters.Number name)
            | Setting.Whole _ -> wholes (fun c -> c.Parameters.Whole name)
            | Setting.Text _
            | Setting.Flag _
            | Setting.Items _
            | Setting.Group _ -> texts ()

        let ofMetric name =
            [ for i in 0 .. first.Validation.Folds.Length - 1 do
                  $"split{i}_test_{name}", numbers (fun c -> (c.Validation.Scores name)[i])
              $"mean_test_{name}", numbers (fun c -> c.Validation.Mean name)
              $"std_test_{name}", numbers (fun c -> c.Validation.Deviation name) ]

        let reasons =
            Series.ofOptionalObservations (Seq.zip keys (candidates |> Seq.map _.Failure)) :> ISeries<int>

        let meanTime (of': FoldScore -> float) = numbers (fun c -> c.Validation.Folds |> List.averageBy of')

        [ "iter", wholes _.Round
          "n_resources", wholes _.Resources
          "mean_fit_time", meanTime _.FitSeconds
          "mean_score_time", meanTime _.ScoreSeconds
          for name, value in first.Parameters.Values do
              "param_" + name, parameter (name, value)
          yield! first.Validation.Metrics |> List.collect ofMetric
          $"rank_test_{result.Metric}", wholes _.Rank
          if candidates |> Array.exists _.Failure.IsSome then
              "error", reasons ]
        |> Frame.ofColumns
