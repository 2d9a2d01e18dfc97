module Functional.Tables.Tests.EvaluationTests

open System
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private ints (values: int seq) = Tensor.ofInts [ Seq.length values ] (Array.ofSeq values)
let private floats (values: float seq) = Tensor.ofFloat64Array [ Seq.length values ] (Array.ofSeq values)
let private asFloats (values: int[]) = values |> Array.map float

/// Right and predicted classes of k, of which one in three is wrong.
let private classes seed count k =
    let random = Random(seed: int)
    let right = Array.init count (fun _ -> random.Next k)
    right, right |> Array.map (fun c -> if random.Next 3 = 0 then random.Next k else c)

/// Labels 0 and 1 and scores from 0 to 1 with ties that lean to the label.
let private scored seed count =
    let random = Random(seed: int)
    let labels = Array.init count (fun _ -> random.Next 2)

    let score y =
        Math.Round(Math.Clamp(0.35 * float y + 0.65 * random.NextDouble(), 0.0, 1.0), 2)

    labels, labels |> Array.map score

/// Class numbers and rows of probabilities.
let private multiclass seed count k =
    let random = Random(seed: int)
    let labels = Array.init count (fun i -> if i < k then i else random.Next k)

    let rows =
        labels
        |> Array.map (fun label ->
            let raw = Array.init k (fun c -> random.NextDouble() + (if c = label then 0.5 else 0.0))
            raw |> Array.map (fun v -> v / Array.sum raw))

    labels, rows

let private metrics = [ "from sklearn import metrics as m" ]
let private matrixOf names right predicted = ConfusionMatrix.ofOutputs names (ints right) (ints predicted)

let private rightOfExample = [ 0; 1; 2; 3; 0; 1; 2; 3; 0; 1; 2; 3 ]
let private predictedOfExample = [ 0; 2; 1; 3; 0; 1; 2; 0; 0; 1; 2; 3 ]

let private confusion =
    [ testCase "the worked example has the precision, recall, accuracy and F1 that it prints" (fun () ->
          let matrix = matrixOf [] rightOfExample predictedOfExample
          let scores = ConfusionMatrix.perClass matrix
          let round (v: float) = Math.Round(v, 2)
          Expect.equal (scores |> List.map (fun s -> round s.Precision)) [ 0.75; 0.67; 0.67; 1.0 ] "precision"
          Expect.equal (scores |> List.map (fun s -> round s.Sensitivity)) [ 1.0; 0.67; 0.67; 0.67 ] "recall"
          Expect.equal (ConfusionMatrix.accuracy matrix) 0.75 "accuracy"
          Expect.equal (scores |> List.averageBy _.F1 |> round) 0.75 "macro F1")

      testCase "scores of a confusion matrix agree with scikit-learn's" (fun () ->
          for seed in 1..4 do
              let right, predicted = classes seed 200 (seed + 1)
              let matrix = matrixOf [] right predicted

              let expected =
                  Sklearn.ofColumns
                      metrics
                      "[m.balanced_accuracy_score(*x), m.balanced_accuracy_score(*x, adjusted=True), m.matthews_corrcoef(*x), \
                       m.cohen_kappa_score(*x), m.cohen_kappa_score(*x, weights='linear'), \
                       m.cohen_kappa_score(*x, weights='quadratic'), m.accuracy_score(*x)]"
                      [ asFloats right; asFloats predicted ]

              Peer.agree
                  expected
                  [ ConfusionMatrix.balancedAccuracy matrix
                    ConfusionMatrix.adjustedBalancedAccuracy matrix
                    ConfusionMatrix.matthews matrix
                    ConfusionMatrix.kappa matrix
                    ConfusionMatrix.kappaWeighted KappaWeights.Linear matrix
                    ConfusionMatrix.kappaWeighted KappaWeights.Quadratic matrix
                    ConfusionMatrix.accuracy matrix ])

      testCase "normalized matrices agree with scikit-learn's, also with an absent class" (fun () ->
          let right, predicted = classes 9 60 3
          let predicted = predicted |> Array.map (fun c -> if c = 2 then 1 else c)
          let matrix = matrixOf [] right predicted

          for by, name in [ Normalization.ByRow, "true"; Normalization.ByColumn, "pred"; Normalization.ByAll, "all" ] do
              let expected =
                  Sklearn.ofColumns
                      metrics
                      $"[m.confusion_matrix(*x, normalize='%s{name}')]"
                      [ asFloats right; asFloats predicted ]

              Peer.agree expected (ConfusionMatrix.normalized by matrix |> Seq.cast<float> |> List.ofSeq))

      testCase "the report is the text that scikit-learn prints" (fun () ->
          let right, predicted = classes 5 150 3
          let names = [ "setosa"; "versicolor of the north"; "vir" ]
          let report = Report.scores names (ints right) (ints predicted)

          for digits in [ 2; 4; 0 ] do
              let expected =
                  Sklearn.textOfColumns
                      metrics
                      $"m.classification_report(*x, digits=%d{digits}, target_names=['setosa', 'versicolor of the north', 'vir'])"
                      [ asFloats right; asFloats predicted ]

              Expect.equal (report.ToText digits) (expected.TrimEnd '\n') $"with %d{digits} digits")

      law "specificity is the sensitivity of the other class of two" (fun (pairs: NonEmptyArray<bool * bool>) ->
          let number = Array.map (fun b -> if b then 1 else 0)
          let right, predicted = Array.unzip pairs.Get
          let scores = ConfusionMatrix.perClass (matrixOf [ "no"; "yes" ] (number right) (number predicted))
          scores[0].Specificity = scores[1].Sensitivity && scores[1].Specificity = scores[0].Sensitivity)

      testCase "the frames of a report and of a matrix have a row for each class" (fun () ->
          let report = Report.scores [ "a"; "b" ] (ints [ 0; 1; 1 ]) (ints [ 0; 1; 0 ])
          let frame = ClassificationReport.toFrame report
          Expect.equal (List.ofSeq frame.RowKeys) [ "a"; "b"; "macro avg"; "weighted avg" ] "rows"
          Expect.equal (frame.GetColumn<float>("recall").["b"]) 0.5 "recall of b"
          let matrix = ConfusionMatrix.toFrame (ConfusionMatrix.ofReport report)
          Expect.equal (matrix.GetColumn<float>("a").["b"]) 1.0 "b taken for a")

      testCase "a class out of range is an error that names the row" (fun () ->
          let message =
              Expect.throwsC (fun () -> matrixOf [ "a"; "b" ] [ 0; 1; 2 ] [ 0; 1; 1 ] |> ignore) _.Message

          Expect.stringContains message "row 2" "which row") ]

let private curves =
    [ testCase "ROC and precision-recall curves and their areas agree with scikit-learn's, with ties" (fun () ->
          for seed in 1..3 do
              let labels, scores = scored seed 120
              let columns = [ asFloats labels; scores ]
              let roc = RocCurve.ofScores (ints labels) (floats scores)
              // scikit-learn before 1.3 began its thresholds at the highest score and 1
              let lines = metrics @ [ "f, t, c = m.roc_curve(*x, drop_intermediate=False)" ]
              let found = Array.concat [ roc.FalsePositiveRates; roc.TruePositiveRates; Array.tail roc.Thresholds ]
              Peer.agree (Sklearn.ofColumns lines "[f, t, c[1:]]" columns) (List.ofArray found)
              let curve = PrecisionRecallCurve.ofScores (ints labels) (floats scores)
              let lines = metrics @ [ "p, r, c = m.precision_recall_curve(*x)" ]
              let found = Array.concat [ curve.Precisions; curve.Recalls; curve.Thresholds ]
              // before 1.3 points after full recall were left out: compare from the other end
              let expected = Sklearn.ofColumns lines "[p, r, c]" columns
              Peer.agree expected (List.ofArray found)

              Peer.agree
                  (Sklearn.ofColumns metrics "[m.roc_auc_score(*x), m.average_precision_score(*x)]" columns)
                  [ RocCurve.area roc; PrecisionRecallCurve.averagePrecision curve ]

              Peer.agree (Sklearn.ofColumns lines "[m.auc(r, p)]" columns) [ PrecisionRecallCurve.area curve ])

      testCase "a simplified ROC curve keeps scikit-learn's points" (fun () ->
          let labels, scores = scored 11 200
          let roc = RocCurve.simplified (RocCurve.ofScores (ints labels) (floats scores))
          let lines = metrics @ [ "f, t, c = m.roc_curve(*x)" ]

          Peer.agree
              (Sklearn.ofColumns lines "[f, t, c[1:]]" [ asFloats labels; scores ])
              (List.ofArray (Array.concat [ roc.FalsePositiveRates; roc.TruePositiveRates; Array.tail roc.Thresholds ])))

      law
          "the area under the ROC curve is the chance that a positive outranks a negative"
          (fun (pairs: (bool * int8)[]) ->
              let positives = pairs |> Array.filter fst |> Array.map snd
              let negatives = pairs |> Array.filter (fst >> not) |> Array.map snd

              (positives.Length > 0 && negatives.Length > 0)
              ==> lazy
                  (let wins =
                      Seq.sum (
                          seq {
                              for p in positives do
                                  for n in negatives ->
                                      if p > n then 1.0
                                      elif p = n then 0.5
                                      else 0.0
                          }
                      )

                   let chance = wins / float (positives.Length * negatives.Length)
                   let labels = pairs |> Array.map (fun (isPositive, _) -> if isPositive then 1 else 0)
                   let roc = RocCurve.ofScores (ints labels) (floats (pairs |> Array.map (snd >> float)))
                   abs (RocCurve.area roc - chance) < 1e-12))

      testCase "curves of several classes agree with scikit-learn's averages" (fun () ->
          let labels, rows = multiclass 3 150 4
          let scores = Tensor.ofFloat64Array [ labels.Length; 4 ] (Array.concat rows)
          let curves = OneVsRest.curves [] (ints labels) scores
          let lines = metrics @ [ "y, p = x[0].astype(int), x[1].reshape(-1, 4)"; "b = np.eye(4)[y]" ]

          let expected =
              Sklearn.ofColumns
                  lines
                  "[m.roc_auc_score(y, p, multi_class='ovr'), m.roc_auc_score(y, p, multi_class='ovr', average='weighted'), \
                   m.roc_auc_score(b, p, average='micro'), m.average_precision_score(b, p), \
                   m.average_precision_score(b, p, average='micro'), m.roc_auc_score(y, p, multi_class='ovo')]"
                  [ asFloats labels; Array.concat rows ]

          Peer.agree
              expected
              [ curves.MacroRocArea
                curves.WeightedRocArea
                curves.MicroRocArea
                curves.MacroAveragePrecision
                curves.MicroAveragePrecision
                OneVsRest.oneVsOneArea (ints labels) scores ])

      testCase "a class without samples has no curve, and is said to be missing" (fun () ->
          let labels, rows = multiclass 3 40 2
          let wide = rows |> Array.map (fun row -> Array.append row [| 0.0 |])
          let scores = Tensor.ofFloat64Array [ labels.Length; 3 ] (Array.concat wide)
          let curves = OneVsRest.curves [ "a"; "b"; "c" ] (ints labels) scores
          Expect.equal curves.MissingClasses [ "c" ] "missing"
          Expect.isNone curves.Classes[2].Roc "no curve"
          Expect.isFalse (Double.IsNaN curves.MacroRocArea) "the mean of the others"
          Expect.stringContains (string curves) "left out of the averages: c" "said")

      testCase "labels of one kind have no curve" (fun () ->
          Expect.throws (fun () -> RocCurve.ofScores (ints [ 1; 1 ]) (floats [ 0.1; 0.2 ]) |> ignore) "roc"
          Expect.throws (fun () -> PrecisionRecallCurve.ofScores (ints [ 0; 0 ]) (floats [ 0.1; 0.2 ]) |> ignore) "pr") ]

let private thresholds =
    let labels, scores = scored 21 150
    let y, s = ints labels, floats scores

    [ testCase "no threshold costs less than the one chosen by cost" (fun () ->
          for misses in [ 0.2; 1.0; 5.0; 40.0 ] do
              let costs = { DecisionCosts.defaults with FalseNegative = misses }
              let chosen = OperatingPoints.byCost costs y s
              let least = OperatingPoints.all y s |> Array.map (OperatingPoints.cost costs) |> Array.min
              Expect.equal (OperatingPoints.cost costs chosen) least $"a miss costs %g{misses}"
              let classes = Tensor.toInts (OperatingPoints.classify s chosen)
              let missed = Array.fold2 (fun n y c -> if y = 1 && c = 0 then n + 1 else n) 0 labels classes
              let alarms = Array.fold2 (fun n y c -> if y = 0 && c = 1 then n + 1 else n) 0 labels classes

              Expect.equal
                  (OperatingPoints.cost costs chosen)
                  (misses * float missed + float alarms)
                  "the cost of the classes")

      testCase "a threshold by rate keeps the rate, and the next one does not" (fun () ->
          let all = OperatingPoints.all y s
          let chosen = OperatingPoints.bySensitivity 0.9 y s
          let place = all |> Array.findIndex (fun p -> p = chosen)
          Expect.isGreaterThanOrEqual chosen.Sensitivity 0.9 "reached"
          Expect.isLessThan all[place - 1].Sensitivity 0.9 "the threshold before is too high"
          let chosen = OperatingPoints.byFalsePositiveRate 0.1 y s
          let place = all |> Array.findIndex (fun p -> p = chosen)
          Expect.isLessThanOrEqual chosen.FalsePositiveRate 0.1 "kept"
          Expect.isGreaterThan all[place + 1].FalsePositiveRate 0.1 "the threshold after is too low"
          let chosen = OperatingPoints.byPrecision 0.8 y s
          Expect.isGreaterThanOrEqual chosen.Precision 0.8 "precise"
          let others = all |> Array.filter (fun p -> p.Precision >= 0.8) |> Array.map _.Sensitivity
          Expect.equal chosen.Sensitivity (Array.max others) "with the most recall")

      testCase "Youden's J and F agree with a look at every point" (fun () ->
          let all = OperatingPoints.all y s
          Expect.equal (OperatingPoints.byYouden y s).YoudenJ (all |> Array.map _.YoudenJ |> Array.max) "J"

          let expected =
              Sklearn.ofColumns
                  metrics
                  "[m.fbeta_score(x[0], x[1] >= 0.5, beta=2), m.precision_score(x[0], x[1] >= 0.5)]"
                  [ asFloats labels; scores ]

          let half = OperatingPoints.at 0.5 y s
          Peer.agree expected [ half.FBeta 2.0; half.Precision ]

          Expect.equal
              (OperatingPoints.byFBeta 2.0 y s).Threshold
              (all |> Array.maxBy (fun p -> p.FBeta 2.0)).Threshold
              "F2")

      testCase "a precision out of reach is an error that tells the highest" (fun () ->
          let y, s = ints [ 0; 1; 0 ], floats [ 0.9; 0.5; 0.1 ]
          let message = Expect.throwsC (fun () -> OperatingPoints.byPrecision 0.9 y s |> ignore) _.Message
          Expect.stringContains message "the highest is 0.5" "the highest") ]

let private calibration =
    [ testCase "reliability curves agree with scikit-learn's" (fun () ->
          let labels, scores = scored 31 300
          let y, s = ints labels, floats scores

          for strategy, name in [ BinStrategy.EqualWidth, "uniform"; BinStrategy.EqualFrequency, "quantile" ] do
              let found = Calibration.ofProbabilities { Bins = 7; Strategy = strategy } y s

              let lines =
                  metrics
                  @ [ "from sklearn.calibration import calibration_curve"
                      $"t, p = calibration_curve(*x, n_bins=7, strategy='%s{name}')" ]

              Peer.agree
                  (Sklearn.ofColumns lines "[t, p, m.brier_score_loss(*x)]" [ asFloats labels; scores ])
                  [ yield! found.Bins |> List.map _.PositiveShare
                    yield! found.Bins |> List.map _.MeanProbability
                    found.Brier ])

      testCase "the expected error weighs the bins by their samples" (fun () ->
          let found =
              Calibration.ofProbabilities
                  CalibrationOptions.defaults
                  (ints [ 1; 1; 0; 0 ])
                  (floats [ 0.95; 0.95; 0.95; 0.15 ])

          Expect.floatClose Accuracy.high found.ExpectedError ((3.0 * (0.95 - 2.0 / 3.0) + 0.15) / 4.0) "expected"
          Expect.floatClose Accuracy.high found.MaximumError (0.95 - 2.0 / 3.0) "largest")

      testCase "of classes the confidence in the class that is said is compared with being right" (fun () ->
          let labels, rows = multiclass 8 90 3
          let p = Tensor.ofFloat64Array [ 90; 3 ] (Array.concat rows)
          let found = Calibration.ofClasses CalibrationOptions.defaults (ints labels) p
          let said = rows |> Array.map Array.max

          let isRight =
              Array.map2
                  (fun label row -> if Array.findIndex ((=) (Array.max row)) row = label then 1 else 0)
                  labels
                  rows

          let expected = Calibration.ofProbabilities CalibrationOptions.defaults (ints isRight) (floats said)
          Expect.equal found expected "the same"

          let lines = metrics @ [ "p = x[1].reshape(-1, 3)"; "b = np.eye(3)[x[0].astype(int)]" ]

          Peer.agree
              (Sklearn.ofColumns lines "[((p - b) ** 2).sum() / len(b)]" [ asFloats labels; Array.concat rows ])
              [ Calibration.brier (ints labels) p ])

      testCase "a logit is no probability" (fun () ->
          let message =
              Expect.throwsC
                  (fun () ->
                      Calibration.ofProbabilities CalibrationOptions.defaults (ints [ 0; 1 ]) (floats [ 0.2; 1.5 ])
                      |> ignore)
                  _.Message

          Expect.stringContains message "row 1" "which") ]

let private numbers =
    let random = Random 41
    let ys = Array.init 200 (fun _ -> 20.0 * random.NextDouble() - 5.0)
    let ps = ys |> Array.map (fun y -> y + random.NextDouble() - 0.3)

    [ testCase "the regression report agrees with scikit-learn's metrics" (fun () ->
          let report = RegressionReport.ofPredictionsWith 3 (floats ys) (floats ps)

          let expected =
              Sklearn.ofColumns
                  metrics
                  "[m.mean_absolute_error(*x), m.mean_squared_error(*x), m.mean_squared_error(*x, squared=False), \
                   m.mean_absolute_percentage_error(*x), m.median_absolute_error(*x), m.max_error(*x), m.r2_score(*x), \
                   1 - (1 - m.r2_score(*x)) * 199 / 196, m.explained_variance_score(*x), np.mean(x[1] - x[0])]"
                  [ ys; ps ]

          Peer.agree
              expected
              [ report.MeanAbsoluteError
                report.MeanSquaredError
                report.RootMeanSquaredError
                report.MeanAbsolutePercentageError
                report.MedianAbsoluteError
                report.MaximumError
                report.R2
                Option.get report.AdjustedR2
                report.ExplainedVariance
                report.Bias ])

      testCase "each column of several outputs has its report" (fun () ->
          let pairs (a: float[]) (b: float[]) = Tensor.ofFloat64Array [ a.Length; 2 ] (Sklearn.rowMajor [ a; b ])
          let reports = RegressionReport.ofColumns (pairs ys ps) (pairs ps ys)
          Expect.equal reports[0] (RegressionReport.ofPredictions (floats ys) (floats ps)) "first"
          Expect.equal reports[1] (RegressionReport.ofPredictions (floats ps) (floats ys)) "second")

      testCase "residuals have SciPy's quantiles and Jarque-Bera statistic" (fun () ->
          let residuals = Residuals.ofPredictions (floats ys) (floats ps)
          let theoretical, sorted = Array.unzip (Residuals.normalQuantiles residuals)
          let statistic, p = Residuals.jarqueBera residuals

          Peer.agree
              (Sklearn.ofColumns
                  [ "r = x[0] - x[1]"; "a, b = stats.probplot(r, fit=False)"; "d = np.diff(r)"; "c = r - r.mean()" ]
                  "[a, b, stats.jarque_bera(r), (d @ d) / (r @ r), (c[:-2] @ c[2:]) / (c @ c), (r - r.mean()) / r.std(ddof=1)]"
                  [ ys; ps ])
              [ yield! theoretical
                yield! sorted
                statistic
                p
                Residuals.durbinWatson residuals
                (Residuals.autocorrelation 2 residuals)[2]
                yield! residuals.Standardized ])

      testCase "the farthest residual is the first outlier" (fun () ->
          let values =
              Array.init 50 (fun i ->
                  if i = 7 then 9.0
                  elif i = 20 then -12.0
                  else float (i % 3))

          let residuals = Residuals.ofPredictions (floats values) (floats (Array.create 50 0.0))
          Expect.equal (Residuals.outliers 3.0 residuals) [ 20; 7 ] "rows") ]

let private comparisons =
    [ testCase "McNemar's p-values are SciPy's" (fun () ->
          for b, c in [ 10, 3; 4, 4; 0, 7; 60, 31; 1, 0 ] do
              let test = McNemar.ofCounts 50 b c 5

              Peer.agree
                  (Sklearn.ofColumns
                      [ $"b, c = {b}, {c}"; "s = max(0, abs(b - c) - 1) ** 2 / (b + c)" ]
                      "[s, stats.chi2.sf(s, 1), stats.binomtest(b, b + c).pvalue]"
                      [])
                  [ test.Statistic; test.PValue; test.ExactPValue ])

      testCase "McNemar's test counts what each model has right" (fun () ->
          let probabilities = Tensor.ofFloat64Array [ 4; 2 ] [| 0.9; 0.1; 0.2; 0.8; 0.6; 0.4; 0.3; 0.7 |]
          let test = McNemar.test (ints [ 0; 1; 1; 0 ]) probabilities (ints [ 0; 0; 1; 1 ])

          Expect.equal
              (test.BothRight, test.OnlyFirstRight, test.OnlySecondRight, test.BothWrong)
              (1, 1, 1, 1)
              "counts"

          let none = McNemar.ofCounts 3 0 0 1
          Expect.equal (none.Statistic, none.PValue, none.ExactPValue) (0.0, 1.0, 1.0) "no difference")

      testCase "bootstrap intervals of the mean are near those of the normal distribution, by every method" (fun () ->
          let values = Array.init 400 (fun i -> float (i * 7919 % 401))
          let error = Statistics.deviation values / sqrt 400.0

          for method in [ BootstrapMethod.Percentile; BootstrapMethod.Basic; BootstrapMethod.Bca ] do
              let options = { BootstrapOptions.defaults with Method = method }
              let interval = Bootstrap.ofValues options Statistics.mean values
              Expect.equal interval.Estimate (Statistics.mean values) "estimate"

              let within (expected: float) actual =
                  Expect.isLessThan (abs (actual - expected)) (0.3 * error) (string method)

              within (interval.Estimate - 1.96 * error) interval.Lower
              within (interval.Estimate + 1.96 * error) interval.Upper

              Expect.equal
                  (Bootstrap.ofValues options Statistics.mean values)
                  interval
                  "the same key gives the same interval")

      testCase "BCa takes SciPy's quantiles" (fun () ->
          let random = Random 5
          let resampled = Array.init 999 (fun _ -> random.NextDouble() ** 2.0)
          let leftOut = Array.init 40 (fun _ -> random.NextDouble() ** 3.0)
          let lower, upper = Bootstrap.bcaShares 0.3 resampled leftOut 0.05

          Peer.agree
              (Sklearn.ofColumns
                  [ "z0 = stats.norm.ppf((np.sum(x[0] < 0.3) + np.sum(x[0] <= 0.3)) / (2 * len(x[0])))"
                    "u = (x[1].mean() - x[1]) * (len(x[1]) - 1)"
                    "a = (u ** 3).sum() / (6 * (u ** 2).sum() ** 1.5)"
                    "f = lambda z: stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))" ]
                  "[f(stats.norm.ppf(0.05)), f(stats.norm.ppf(0.95))]"
                  [ resampled; leftOut ])
              [ lower; upper ])

      testCase "the difference of a model from itself is 0, and its accuracy has an interval around it" (fun () ->
          let labels, scores = scored 51 100
          let y, s = ints labels, floats scores
          let same = Bootstrap.ofDifference BootstrapOptions.defaults Metric.auc y s s
          Expect.equal (same.Lower, same.Upper) (0.0, 0.0) "no difference"
          let accuracy = Bootstrap.ofMetric BootstrapOptions.defaults Metric.accuracy y s
          Expect.isLessThan accuracy.Lower accuracy.Estimate "below"
          Expect.isGreaterThan accuracy.Upper accuracy.Estimate "above") ]

[<Tests>]
let tests =
    testList "Evaluation" (confusion @ curves @ thresholds @ calibration @ numbers @ comparisons)
