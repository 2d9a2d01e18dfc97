module Functional.Tables.Tests.ModelSelectionTests

open System
open System.Threading
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private dataset (table: Sklearn.Table) =
    Dataset.ofTensors (Sklearn.x table) (Tensor.ofInts [ table.Y.Length ] (Array.map int table.Y))

/// Folds of rows that alternate, as scikit-learn takes them from a list.
let private alternating k n =
    Array.init k (fun i ->
        { TrainTest.Train =
            [| for row in 0 .. n - 1 do
                   if row % k <> i then
                       row |]
          TrainTest.Test =
            [| for row in 0 .. n - 1 do
                   if row % k = i then
                       row |] })

let private foldLines k =
    $"k, r = {k}, numpy.arange(len(x))\nfolds = [(r[numpy.mod(r, k) != i], r[numpy.mod(r, k) == i]) for i in range(k)]\n"


let private wine = lazy (Sklearn.scaled (Sklearn.wine ()))

let private gaussian =
    Estimator.ofLearner (GaussianNaiveBayes.learner GaussianNaiveBayesOptions.defaults)

let private ridge alpha =
    Estimator.ofLearner (RidgeRegression.learner { RidgeOptions.defaults with Alpha = alpha })

let private ridgeOf (p: SearchParameters) = ridge (p.Number "alpha")

let private plant = lazy (Sklearn.powerplant () |> Sklearn.every 40 0)

let private numbers (table: Sklearn.Table) = Dataset.ofTensors (Sklearn.x table) (Sklearn.y table)

let private smallNetwork = dense 8 --> tanh --> dense 3 --> softmax

let private validations =
    [ testCase "scores of folds agree with scikit-learn's cross_validate, also at any parallelism" (fun () ->
          let table = wine.Value
          let data = dataset table
          let folds = alternating 5 data.Count

          let options =
              { CrossValidationOptions.defaults with
                  Metrics =
                      [ Metric.accuracy
                        Metric.named
                            "f1_macro"
                            (Metric.f1With { ScoreOptions.defaults with Average = Some Average.Macro }) ]
                  TrainScores = true }

          let expected =
              table
              |> Sklearn.run (
                  foldLines 5
                  + "from sklearn.model_selection import cross_validate\n\
                     from sklearn.naive_bayes import GaussianNB\n\
                     r = cross_validate(GaussianNB(), x, y, cv=folds, scoring=['accuracy', 'f1_macro'], return_train_score=True)\n\
                     result = [r['test_accuracy'], r['test_f1_macro'], r['train_accuracy'], [r['test_accuracy'].mean(), r['test_accuracy'].std()]]"
              )

          for parallelism in [ 1; 4 ] do
              let found = CrossValidation.run { options with Parallelism = parallelism } folds gaussian data

              Peer.agree
                  expected
                  [ yield! found.Scores "accuracy"
                    yield! found.Scores "f1_macro"
                    yield! found.Folds |> List.map (fun fold -> snd fold.TrainScores.Head)
                    found.Mean "accuracy"
                    found.Deviation "accuracy" ]

              let frame = CrossValidation.toFrame found

              Expect.equal
                  (List.ofSeq frame.ColumnKeys)
                  [ "fit_time"; "score_time"; "test_accuracy"; "test_f1_macro"; "train_accuracy"; "train_f1_macro" ]
                  "columns")

      testCase "numbers are scored by R2 unless said" (fun () ->
          let table = plant.Value

          let found =
              CrossValidation.run
                  CrossValidationOptions.defaults
                  (alternating 4 table.Y.Length)
                  (ridge 1.0)
                  (numbers table)

          let expected =
              table
              |> Sklearn.run (
                  foldLines 4
                  + "from sklearn.model_selection import cross_val_score\nfrom sklearn.linear_model import Ridge\nresult = cross_val_score(Ridge(), x, y, cv=folds)"
              )

          Peer.agree expected (found.Scores "r2_score"))

      testCase "cross-validated predictions stand in the order of the rows" (fun () ->
          let table = wine.Value
          let data = dataset table

          let found =
              CrossValidation.predictions CrossValidationOptions.defaults (alternating 5 data.Count) gaussian data

          let expected =
              table
              |> Sklearn.run (
                  foldLines 5
                  + "from sklearn.model_selection import cross_val_predict\nfrom sklearn.naive_bayes import GaussianNB\nresult = cross_val_predict(GaussianNB(), x, y, cv=folds, method='predict_proba')"
              )

          Peer.agree expected (Sklearn.floats found)
          let missing = alternating 5 data.Count |> Array.tail

          Expect.throws
              (fun () -> CrossValidation.predictions CrossValidationOptions.defaults missing gaussian data |> ignore)
              "a row is not tested")

      testCase "learning curves agree with scikit-learn's" (fun () ->
          let table = wine.Value
          let data = dataset table
          let folds = alternating 4 data.Count
          // rows are sorted by class: turn them round, so that the first rows hold all
          let folds =
              folds
              |> Array.map (fun fold -> { fold with Train = fold.Train |> Array.sortBy (fun row -> row * 7919 % 178) })

          let options = { LearningCurveOptions.defaults with Sizes = [ 0.3; 0.6; 1.0 ]; Shuffle = false }
          let curve = LearningCurve.run options folds gaussian data |> List.exactlyOne

          let expected =
              table
              |> Sklearn.run (
                  foldLines 4
                  + "folds = [(numpy.array(sorted(t, key=lambda r: r * 7919 % 178)), s) for t, s in folds]\n\
                     from sklearn.model_selection import learning_curve\n\
                     from sklearn.naive_bayes import GaussianNB\n\
                     result = list(learning_curve(GaussianNB(), x, y, cv=folds, train_sizes=[0.3, 0.6, 1.0]))"
              )

          Peer.agree
              expected
              [ yield! Array.map float curve.Sizes
                yield! Array.concat curve.TrainScores
                yield! Array.concat curve.TestScores ])

      testCase "a network of logits is scored by probabilities" (fun () ->
          let table = { wine.Value with Y = wine.Value.Y |> Array.map (fun y -> if y = 0.0 then 1.0 else 0.0) }

          let data =
              dataset table |> Dataset.mapLabels (fun y -> Tensor.reshape [ -1; 1 ] (Tensor.cast Float32 y))

          let options = { Fit.defaults with Loss = Loss.binaryCrossentropyFromLogits; Epochs = 5 }
          let network = Estimator.ofNetwork options (dense 1)

          let outputs =
              CrossValidation.predictions CrossValidationOptions.defaults (alternating 3 178) network data

          let values = Tensor.toFloat64Array outputs
          Expect.isTrue (values |> Array.forall (fun p -> p > 0.0 && p < 1.0)) "probabilities")

      testCase "what is learnt of features is learnt from the training rows of each fold" (fun () ->
          let table = Sklearn.wine ()
          let data = dataset table

          let scale (train: Dataset) =
              let mean = Tensor.meanOver [ 0 ] train.Features
              let deviation = Tensor.sqrt (Tensor.meanOver [ 0 ] (Tensor.square (train.Features - mean)))
              fun x -> (x - mean) / deviation

          let learner = LogisticRegression.learner LogisticRegressionOptions.defaults
          let estimator = Estimator.ofLearner learner |> Estimator.after scale
          let validate = CrossValidation.run CrossValidationOptions.defaults (alternating 5 data.Count)
          let found = validate estimator data
          let prepared = validate (Estimator.ofLearner learner |> Estimator.prepared Scaler.standard) data
          Peer.agree (found.Scores "accuracy") (prepared.Scores "accuracy")

          let expected =
              table
              |> Sklearn.run (
                  foldLines 5
                  + "from sklearn.model_selection import cross_val_score\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n\
                     from sklearn.linear_model import LogisticRegression\n\
                     result = cross_val_score(make_pipeline(StandardScaler(), LogisticRegression()), x, y, cv=folds)"
              )

          Peer.agree expected (found.Scores "accuracy"))

      testCase "rows that a preparation leaves out are left out of the training alone" (fun () ->
          let table = plant.Value
          let data = numbers table
          let folds = alternating 4 data.Count

          let found =
              data
              |> CrossValidation.run
                  CrossValidationOptions.defaults
                  folds
                  (ridge 1.0
                   |> Estimator.prepared (
                       Preparation.chain [ Rows.dropOutliers (OutlierLimits.Deviations 1.5); Scaler.standard ]
                   ))

          let expected =
              table
              |> Sklearn.run (
                  foldLines 4
                  + String.concat
                      "\n"
                      [ "from sklearn.preprocessing import StandardScaler"
                        "from sklearn.linear_model import Ridge"
                        "def score(a, b):"
                        "    z = numpy.abs(x[a] - x[a].mean(0)) / x[a].std(0)"
                        "    kept = a[(z <= 1.5).all(1)]"
                        "    s = StandardScaler().fit(x[kept])"
                        "    return Ridge(1.0).fit(s.transform(x[kept]), y[kept]).score(s.transform(x[b]), y[b])"
                        "result = [score(a, b) for a, b in folds]" ]
              )

          Expect.equal (found.Folds |> List.sumBy _.TestCount) data.Count "every row is tested"
          Peer.agree expected (found.Scores "r2_score"))

      testCase "an error of one fold is raised as it is" (fun () ->
          let broken = Estimator.ofFunction "broken" (fun _ _ -> Fail.data "broken" "it never fits.")
          let data = dataset wine.Value

          let message =
              Expect.throwsC
                  (fun () ->
                      CrossValidation.run CrossValidationOptions.defaults (alternating 3 178) broken data |> ignore)
                  _.Message

          Expect.stringContains message "it never fits" "the estimator's own words"
          let outside = [| { TrainTest.Train = [| 0; 1 |]; TrainTest.Test = [| 178 |] } |]

          let message =
              Expect.throwsC
                  (fun () -> CrossValidation.run CrossValidationOptions.defaults outside gaussian data |> ignore)
                  _.Message

          Expect.stringContains message "row 178" "which row")

      testCase "a cancelled run gives the folds that are done" (fun () ->
          use source = new CancellationTokenSource()
          let data = dataset wine.Value

          let options =
              { CrossValidationOptions.defaults with
                  Parallelism = 1
                  Progress =
                      (fun fold ->
                          if fold.Fold = 1 then
                              source.Cancel())
                  CancellationToken = source.Token }

          let found = CrossValidation.run options (alternating 5 data.Count) gaussian data
          Expect.equal (found.Folds |> List.map _.Fold) [ 0; 1 ] "folds")

      testCase "a fold that lacks the last class has probabilities of all classes" (fun () ->
          let data = dataset wine.Value
          // the first 130 rows are of the first two classes
          let fold = { TrainTest.Train = [| 0..129 |]; TrainTest.Test = [| 100..177 |] }
          let found = CrossValidation.run CrossValidationOptions.defaults [| fold |] gaussian data
          Expect.isLessThan (found.Mean "accuracy") 0.5 "the class that was never seen is never said") ]

let private searches =
    [ testCase "a grid search agrees with scikit-learn's" (fun () ->
          let table = plant.Value
          let data = numbers table
          let folds = alternating 4 data.Count
          let seen = ResizeArray<SearchProgress>()
          let options = { SearchOptions.defaults with Progress = seen.Add }
          let alphas = [ 0.1; 10.0; 1000.0; 100000.0 ]
          let found = Search.grid options folds ridgeOf [ "alpha", ParameterValues.numbers alphas ] data

          let expected =
              table
              |> Sklearn.run (
                  foldLines 4
                  + "from sklearn.model_selection import GridSearchCV\nfrom sklearn.linear_model import Ridge\n\
                     g = GridSearchCV(Ridge(), {'alpha': [0.1, 10, 1000, 100000]}, cv=folds).fit(x, y)\n\
                     r = g.cv_results_\n\
                     result = [r['mean_test_score'], r['std_test_score'], r['rank_test_score'], r['split2_test_score'], [g.best_params_['alpha']], g.predict(x)]"
              )

          let refitted = Search.refit (Key.ofInt 1) data found data

          Peer.agree
              expected
              [ yield! found.Candidates |> List.map _.MeanScore
                yield! found.Candidates |> List.map _.Deviation
                yield! found.Candidates |> List.map (fun c -> float c.Rank)
                yield! found.Candidates |> List.map (fun c -> (c.Validation.Scores "r2_score")[2])
                found.Best.Parameters.Number "alpha"
                yield! Sklearn.floats refitted ]

          Expect.equal (seen |> Seq.map _.Done |> List.ofSeq) [ 1..16 ] "progress"
          let frame = Search.toFrame found
          Expect.equal (List.ofSeq (frame.GetColumn<float>("param_alpha").Values)) alphas "the table's parameters"
          Expect.equal (frame.GetColumn<int>("rank_test_r2_score").Values |> Seq.min) 1 "the table's ranks")

      testCase "a lower loss is the better" (fun () ->
          let table = plant.Value

          let options =
              { SearchOptions.defaults with
                  CrossValidation = { CrossValidationOptions.defaults with Metrics = [ Metric.meanSquaredError ] } }

          let found =
              Search.grid
                  options
                  (alternating 4 table.Y.Length)
                  ridgeOf
                  [ "alpha", ParameterValues.numbers [ 1e7; 1.0 ] ]
                  (numbers table)

          Expect.equal (found.Best.Parameters.Number "alpha") 1.0 "the smaller error"
          Expect.equal (found.Candidates |> List.map _.Rank) [ 2; 1 ] "ranks")

      testCase "a random search draws within its distributions, and the same from the same key" (fun () ->
          let table = plant.Value

          let space =
              [ "alpha", ParameterDistribution.LogUniform(1e-3, 1e3)
                "depth", ParameterDistribution.Whole(2, 4)
                "kind", ParameterDistribution.Choice(ParameterValues.texts [ "a"; "b" ])
                "share", ParameterDistribution.Uniform(0.0, 1.0) ]

          let search () =
              Search.random SearchOptions.defaults (alternating 2 table.Y.Length) ridgeOf 40 space (numbers table)

          let found = search ()
          let values read = found.Candidates |> List.map (fun c -> read c.Parameters)
          Expect.isTrue (values (fun p -> p.Number "alpha") |> List.forall (fun a -> a >= 1e-3 && a < 1e3)) "in range"
          Expect.isTrue (values (fun p -> p.Number "alpha") |> List.exists (fun a -> a < 0.1)) "small ones"
          Expect.isTrue (values (fun p -> p.Number "alpha") |> List.exists (fun a -> a > 10.0)) "large ones"
          Expect.equal (values (fun p -> p.Whole "depth") |> List.distinct |> List.sort) [ 2; 3; 4 ] "every depth"
          Expect.equal (values (fun p -> p.Text "kind") |> List.distinct |> List.sort) [ "a"; "b" ] "every kind"

          Expect.equal
              ((search ()).Candidates |> List.map _.Parameters)
              (found.Candidates |> List.map _.Parameters)
              "again"

          Expect.throws (fun () -> found.Best.Parameters.Number "beta" |> ignore) "no such parameter")

      testCase "halving has scikit-learn's rounds and resources" (fun () ->
          for candidates, factor, k in [ 12, 3, 4; 30, 2, 3; 3, 3, 5; 100, 4, 2 ] do
              let lines =
                  foldLines k
                  + "from sklearn.experimental import enable_halving_search_cv\nfrom sklearn.model_selection import HalvingGridSearchCV\nfrom sklearn.linear_model import Ridge\n\
                     h = HalvingGridSearchCV(Ridge(), {'alpha': list(numpy.logspace(-3, 3, N))}, factor=F, cv=C).fit(x, y)\n\
                     result = [h.n_resources_, h.n_candidates_]"

              let lines =
                  lines
                      .Replace("N)", $"{candidates})")
                      .Replace("factor=F", $"factor={factor}")
                      .Replace("cv=C", $"cv={k}")

              let table = plant.Value
              let data = numbers table
              let expected = table |> Sklearn.run lines
              let alphas = List.init candidates (fun i -> 10.0 ** (-3.0 + 6.0 * float i / float (candidates - 1)))
              let tried = Search.combinations [ "alpha", ParameterValues.numbers alphas ]
              let halving = { HalvingOptions.defaults with Factor = factor }
              let found = Search.halving SearchOptions.defaults halving (alternating k data.Count) ridgeOf tried data
              let rounds = found.Candidates |> List.groupBy _.Round |> List.map snd

              Peer.agree
                  expected
                  [ yield! rounds |> List.map (fun r -> float r.Head.Resources)
                    yield! rounds |> List.map (fun r -> float r.Length) ]

              Expect.equal found.Best.Round (rounds.Length - 1) "the best is of the last round")

      testCase "halving gives a parameter what it has to give" (fun () ->
          let table = plant.Value
          let data = numbers table
          let build (p: SearchParameters) = ridge (p.Number "alpha" / float (p.Whole "epochs"))
          let halving = { HalvingOptions.defaults with Resource = HalvingResource.Parameter("epochs", 9) }
          let tried = Search.combinations [ "alpha", ParameterValues.numbers [ for i in 1..9 -> 1e4 * float i ] ]
          let found = Search.halving SearchOptions.defaults halving (alternating 3 data.Count) build tried data

          Expect.equal
              (found.Candidates |> List.map (fun c -> c.Parameters.Whole "epochs") |> List.countBy id)
              [ 1, 9; 3, 3; 9, 1 ]
              "epochs"

          Expect.equal (found.Best.Parameters.Number "alpha") 1e4 "the best alpha")

      testCase "a candidate that fails is scored NaN as by scikit-learn, and has its reason in the table" (fun () ->
          let table = plant.Value
          let data = numbers table
          let alphas = [ -1.0; 0.1; 1000.0 ]

          let build (p: SearchParameters) =
              if p.Number "alpha" < 0.0 then
                  Estimator.ofFunction "broken" (fun _ _ -> Fail.data "broken" "it never fits.")
              else
                  ridgeOf p

          let values = [ "alpha", ParameterValues.numbers alphas ]
          let folds = alternating 4 data.Count
          let found = Search.grid SearchOptions.defaults folds build values data

          let expected =
              table
              |> Sklearn.run (
                  foldLines 4
                  + "import warnings\nwarnings.simplefilter('ignore')\nfrom sklearn.model_selection import GridSearchCV\nfrom sklearn.linear_model import Ridge\n\
                     r = GridSearchCV(Ridge(), {'alpha': [-1.0, 0.1, 1000]}, cv=folds).fit(x, y).cv_results_\n\
                     result = [r['rank_test_score'], r['mean_test_score'][1:], numpy.isnan(r['mean_test_score'])]"
              )

          Peer.agree
              expected
              [ yield! found.Candidates |> List.map (fun c -> float c.Rank)
                yield! found.Candidates.Tail |> List.map _.MeanScore
                yield! found.Candidates |> List.map (fun c -> if Double.IsNaN c.MeanScore then 1.0 else 0.0) ]

          let reasons = (Search.toFrame found).GetColumn<string> "error"
          Expect.stringContains reasons[0] "it never fits" "the reason"
          Expect.isFalse (reasons.TryGet 1).HasValue "none of the others"

          let failing = [ "alpha", ParameterValues.numbers [ -1.0; -2.0 ] ]

          let message =
              Expect.throwsC
                  (fun () -> Search.grid SearchOptions.defaults folds build failing data |> ignore)
                  _.Message

          Expect.stringContains message "all 2 candidates failed" "nothing is left"
          Expect.stringContains message "it never fits" "with a reason")

      testCase "halving goes on without the candidates that fail" (fun () ->
          let data = numbers plant.Value

          // the third fails at once, the first where it is given more
          let build (p: SearchParameters) =
              match p.Number "alpha", p.Whole "epochs" with
              | 3.0, _ -> failwith "three"
              | 1.0, 2 -> failwith "one"
              | alpha, epochs -> ridge (1e4 * alpha / float epochs)

          let halving =
              { HalvingOptions.defaults with Resource = HalvingResource.Parameter("epochs", 4); Factor = 2 }

          let tried = Search.combinations [ "alpha", ParameterValues.numbers [ 1.0; 2.0; 3.0; 4.0; 5.0 ] ]
          let found = Search.halving SearchOptions.defaults halving (alternating 3 data.Count) build tried data
          let tried round = found.Candidates |> List.filter (fun c -> c.Round = round)

          Expect.equal
              [ for round in 0..2 -> tried round |> List.map (fun c -> c.Parameters.Number "alpha", c.Failure) ]
              [ [ 1.0, None; 2.0, None; 3.0, Some "three"; 4.0, None; 5.0, None ]
                [ 1.0, Some "one"; 2.0, None; 4.0, None ]
                [ 2.0, None; 4.0, None ] ]
              "rounds"

          Expect.equal (found.Best.Parameters.Number "alpha", found.Best.Round) (2.0, 2) "the best of those left") ]

/// Alone, since other tests compile as well.
let private plans =
    [ testCase "the folds of a network share their plans" (fun () ->
          let data = dataset { wine.Value with X = wine.Value.X[..175]; Y = wine.Value.Y[..175] }

          let options =
              { Fit.defaults with
                  Loss = Loss.sparseCategoricalCrossentropy
                  Optimizer = Optimizer.adam 0.01
                  Epochs = 20
                  BatchSize = 33 }

          let network = Estimator.ofNetwork options smallNetwork

          let count folds =
              let before = PlanCache.compilations ()

              let found =
                  CrossValidation.run { CrossValidationOptions.defaults with Parallelism = 2 } folds network data

              found, PlanCache.compilations () - before

          // 176 rows: four folds of 44 leave 132 = 4 x 33 to train with
          let folds = alternating 4 176
          let first, _ = count folds[..0]
          let all, compiled = count folds
          Expect.equal compiled 0L "all folds use the plans of the first"
          Expect.equal (all.Scores "accuracy").Head (first.Scores "accuracy").Head "and its fit is the same"
          Expect.isGreaterThan (all.Mean "accuracy") 0.9 "they learn") ]
    |> testList "plans"
    |> testSequenced

[<Tests>]
let tests = testList "ModelSelection" (plans :: validations @ searches)
