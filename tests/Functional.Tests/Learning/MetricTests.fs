/// Metrics against scikit-learn and their definitions, and what Keras calls them.
module Functional.Tests.MetricTests

open System
open Expecto
open Functional
open Functional.Tests
open Functional.Tests.MetricCases

let private says (expected: string) (action: unit -> unit) =
    Expect.Equal(expected, (Expect.Throws<FunctionalException> action).Message)

let private measuring metric labels output = fun () -> Metric.value metric labels output |> ignore

[<Tests>]
let tests =
    [ testCase "metrics are scikit-learn's" (fun () ->
          for case in cases do
              let here = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              Peer.agree 1e-12 case.Name there.Value[case.Name] [| here |]

          Peer.agree 1e-12 "roc_auc_score" there.Value["ovr"] [| Metric.value Metric.auc truth5 scores5 |])

      testCase "the ROC curve and the confusion matrix are scikit-learn's" (fun () ->
          let curve = Metric.rocCurve truth2 scores2
          Peer.agree 1e-14 "false positive rates" there.Value["fpr"] curve.FalsePositiveRates
          Peer.agree 1e-14 "true positive rates" there.Value["tpr"] curve.TruePositiveRates
          Peer.agree 0.0 "thresholds" there.Value["thresholds"] (Array.tail curve.Thresholds)
          Expect.Equal(infinity, curve.Thresholds[0])

          for labels in [ truth5; Tensor.oneHot 5 truth5 ] do
              for predicted in [ scores5; Tensor.argmax -1 scores5 ] do
                  let matrix = Metric.confusionMatrix 5 labels predicted
                  Expect.Equal(Int32, matrix.DType)
                  Peer.agree 0.0 "confusion" there.Value["confusion"] (Tensor.toFloat64Array matrix))

      testCase "beside a loss of logits the threshold is 0" (fun () ->
          let labels, logits = tensor [ 0; 1; 1; 0 ], tensor [ -1.0; 0.2; 3.0; 0.1 ]
          let probabilities = Tensor.sigmoid logits

          for metric in
              [ Metric.accuracy
                Metric.binaryAccuracy
                Metric.precision
                Metric.recall
                Metric.f1
                Metric.specificity
                Metric.aucWith AucOptions.defaults
                Metric.ofLoss Loss.binaryCrossentropy
                Metric.named "mine" Metric.accuracy ] do
              let ofLogits = metric |> Metric.forLoss Loss.binaryCrossentropyFromLogits
              Expect.Equal(metric.Name, ofLogits.Name)
              Expect.Equal(metric.HigherIsBetter, ofLogits.HigherIsBetter)
              Expect.Equal(Metric.value metric labels probabilities, Metric.value ofLogits labels logits, 6)
              let same = metric |> Metric.forLoss Loss.binaryCrossentropy
              Expect.Equal(Metric.value metric labels probabilities, Metric.value same labels probabilities)

          // a threshold of the user's own stays
          let own = Metric.binaryAccuracyAt 0.15 |> Metric.forLoss Loss.binaryCrossentropyFromLogits
          Expect.Equal(1.0, Metric.value own labels logits))

      testCase "the area by thresholds is Keras's" (fun () ->
          let labels, scores, weights =
              tensor [ 0; 0; 1; 1 ], tensor [ 0.0; 0.5; 0.3; 0.9 ], tensor [ 1.0; 2.0; 3.0; 4.0 ]

          let value curve summation =
              Metric.valueWeighted
                  (Metric.aucWith { AucOptions.defaults with Thresholds = 3; Curve = curve; Summation = summation })
                  labels
                  scores
                  (Some weights)

          // true positives 7, 4, 0 of 7 and false positives 3, 0, 0 of 3 at the three thresholds
          for curve, summation, expected in
              [ AucCurve.Roc, AucSummation.Interpolation, (1.0 + 4.0 / 7.0) / 2.0
                AucCurve.Roc, AucSummation.Majoring, 1.0
                AucCurve.Roc, AucSummation.Minoring, 4.0 / 7.0
                AucCurve.PrecisionRecall, AucSummation.Interpolation, 0.5 * (3.0 + 2.0 * log 2.5) / 7.0 + 4.0 / 7.0
                AucCurve.PrecisionRecall, AucSummation.Majoring, 1.0
                AucCurve.PrecisionRecall, AucSummation.Minoring, 3.0 / 7.0 * 0.7 ] do
              Expect.Equal(expected, value curve summation, 1e-12))

      testCase "metrics have Keras's names" (fun () ->
          for names, expected in
              [ [ "acc"; "accuracy"; "Accuracy" ], "accuracy"
                [ "mse"; "MeanSquaredError" ], "mean_squared_error"
                [ "mae" ], "mean_absolute_error"
                [ "mape"; "MeanAbsolutePercentageError" ], "mean_absolute_percentage_error"
                [ "AUC"; "auc" ], "auc"
                [ "RootMeanSquaredError"; "rmse" ], "root_mean_squared_error"
                [ "R2Score" ], "r2_score"
                [ "TopKCategoricalAccuracy" ], "top_k_categorical_accuracy"
                [ "F1Score" ], "f1_score"
                [ "poisson" ], "poisson" ] do
              for name in names do
                  Expect.Equal(expected, (Metric.ofName name).Name)

          Expect.False((Metric.ofName "mse").HigherIsBetter)
          Expect.Throws<FunctionalException>(fun () -> Metric.ofName "acuracy" |> ignore) |> ignore)

      law "the area under the curve is the chance of the right order" (fun (pairs: (int * bool) list) ->
          let positives = pairs |> List.filter snd |> List.map fst
          let negatives = pairs |> List.filter (snd >> not) |> List.map fst

          if pairs.IsEmpty then
              true
          else
              let labels = Tensor.ofInts [ pairs.Length ] [| for _, l in pairs -> if l then 1 else 0 |]
              let scores = Tensor.ofFloat64Array [ pairs.Length ] [| for s, _ in pairs -> float s |]
              let area = Metric.value Metric.auc labels scores

              if positives.IsEmpty || negatives.IsEmpty then
                  Double.IsNaN area
              else
                  let expected =
                      [ for p in positives do
                            for q in negatives ->
                                if p > q then 1.0
                                elif p = q then 0.5
                                else 0.0 ]
                      |> List.average

                  abs (area - expected) < 1e-12)

      testCase "weights are like repeated samples" (fun () ->
          let counts = Array.init n (fun i -> i % 4)
          let weights = Tensor.ofInts [ n ] counts

          let picks =
              Tensor.ofInts
                  [ Array.sum counts ]
                  [| for i in 0 .. n - 1 do
                         yield! Array.replicate counts[i] i |]

          for case in cases |> List.filter (fun c -> c.Weights.IsNone) do
              let repeated =
                  Metric.value case.Metric (Tensor.gather 0 picks case.Labels) (Tensor.gather 0 picks case.Output)

              let value = Metric.valueWeighted case.Metric case.Labels case.Output (Some weights)
              Peer.agree 1e-12 case.Name [| repeated |] [| value |])

      testCase "specificity is the recall of what is not the class" (fun () ->
          let labels, output = tensor [ 0; 0; 0; 0; 1; 1 ], tensor [ 0.1; 0.2; 0.5; 0.9; 0.3; 0.8 ]
          Expect.Equal(0.75, Metric.value Metric.specificity labels output)

          for classes in [ 3 ] do
              let truth, scores = ints 40 classes, rowsOfScores 40 classes
              let predicted = Tensor.argmax -1 scores

              let each =
                  [ for c in 0 .. classes - 1 do
                        let is x = Tensor.cast Int32 (Tensor.equal x (Tensor.scalarOf Int32 (float c)))
                        Metric.value Metric.specificity (is truth) (Tensor.cast Float32 (is predicted)) ]

              Expect.Equal(List.average each, Metric.value Metric.specificity truth scores, 12))

      testCase "the threshold is strict" (fun () ->
          Expect.Equal(1.0, Metric.value Metric.binaryAccuracy (tensor [ 0; 1 ]) (tensor [ 0.5; 0.51 ]))
          Expect.Equal(1.0, Metric.value (Metric.binaryAccuracyAt 0.0) (tensor [ 0; 1 ]) (tensor [ 0.0; 0.1 ]))
          let atZero = Metric.recallWith { ScoreOptions.defaults with Threshold = 0.0 }
          Expect.Equal(0.5, Metric.value atZero (tensor [ 1; 1 ]) (tensor [ 0.0; 0.1 ])))

      testCase
          "counts of a confusion matrix add up to the samples, and their ratios are precision and recall"
          (fun () ->
              let options = { ScoreOptions.defaults with Threshold = 0.3 }
              let value metric = Metric.valueWeighted (metric options) truth2 scores2 (Some w)
              let tp, fp = value Metric.truePositivesWith, value Metric.falsePositivesWith
              let tn, fn = value Metric.trueNegativesWith, value Metric.falseNegativesWith
              let equal (a: float) (b: float) = Expect.Equal(a, b, 1e-12)
              equal (Tensor.toFloat (Tensor.sum w)) (tp + fp + tn + fn)
              equal (value Metric.precisionWith) (tp / (tp + fp))
              equal (value Metric.recallWith) (tp / (tp + fn))
              equal (value Metric.specificityWith) (tn / (tn + fp))
              equal (value Metric.iouWith) (tp / (tp + fp + fn))
              Expect.False(Metric.falsePositives.HigherIsBetter || Metric.falseNegatives.HigherIsBetter))

      testCase "a rate where another is high enough is the best over the points of the ROC curve" (fun () ->
          let curve = Metric.rocCurve truth2 scores2
          // the points as true and false positive rates, of which the first and the last take nothing and all
          let points = Array.zip curve.TruePositiveRates curve.FalsePositiveRates

          for least in [ 0.0; 0.25; 0.6; 0.9; 1.0 ] do
              let best holds value = points |> Array.filter holds |> Array.map value |> Array.fold max 0.0

              let sensitivity = best (fun (_, fpr) -> 1.0 - fpr >= least) fst
              let specificity = best (fun (tpr, _) -> tpr >= least) (fun (_, fpr) -> 1.0 - fpr)
              let value metric = Metric.value (metric least) truth2 scores2
              Expect.Equal(sensitivity, value Metric.sensitivityAtSpecificity, 1e-12)
              Expect.Equal(specificity, value Metric.specificityAtSensitivity, 1e-12)
              let precision = value Metric.precisionAtRecall
              let recall = Metric.value (Metric.recallAtPrecision precision) truth2 scores2
              Expect.True(recall >= least, $"recall %g{recall} at the precision %g{precision} of recall %g{least}"))

      testCase "several questions a sample are averaged by binary accuracy" (fun () ->
          let labels, output =
              tensor [ [ 1; 0; 1 ]; [ 0; 0; 0 ] ], tensor [ [ 0.9; 0.1; 0.2 ]; [ 0.1; 0.7; 0.8 ] ]

          Expect.Equal(0.5, Metric.value Metric.binaryAccuracy labels output, 12))

      testCase "of equal outputs the first counts" (fun () ->
          let output = tensor [ [ 0.4; 0.4; 0.2 ]; [ 0.4; 0.4; 0.2 ] ]
          Expect.Equal(0.5, Metric.value Metric.accuracy (tensor [ 0; 1 ]) output)
          Expect.Equal(0.5, Metric.value (Metric.topK 1) (tensor [ 0; 1 ]) output)
          Expect.Equal(1.0, Metric.value (Metric.topK 2) (tensor [ 0; 1 ]) output)
          Expect.Equal(0.0, Metric.value (Metric.topK 2) (tensor [ 0 ]) (tensor [ [ nan; 1.0; 2.0 ] ])))

      testCase "where a definition divides by zero the value is 0" (fun () ->
          let labels, output = tensor [ 0; 0 ], tensor [ 0.1; 0.2 ]

          for metric in [ Metric.precision; Metric.recall; Metric.f1 ] do
              Expect.Equal(0.0, Metric.value metric labels output)

          Expect.Equal(0.0, Metric.value Metric.specificity (tensor [ 1 ]) (tensor [ 0.9 ]))
          Expect.Equal(0.0, Metric.accuracy.Create().Result)
          let unweighted = Some(Tensor.zeros [ 2 ])
          Expect.Equal(0.0, Metric.valueWeighted Metric.accuracy labels output unweighted))

      testCase "R² of labels that do not vary" (fun () ->
          let constant = tensor [ 2.0; 2.0 ]
          Expect.Equal(1.0, Metric.value Metric.r2 constant constant)
          Expect.Equal(0.0, Metric.value Metric.r2 constant (tensor [ 1.0; 2.0 ]))
          Expect.True(Double.IsNaN(Metric.value Metric.r2 (tensor [ 1.0 ]) (tensor [ 1.0 ])))
          // far from 0, where sums of squares would cancel
          let y = Tensor.ofFloat64Array [ 3 ] [| 1e9; 1e9 + 1.0; 1e9 + 2.0 |]
          Expect.Equal(0.5, Metric.value Metric.r2 y (y + Tensor.ofFloat64Array [ 3 ] [| 0.0; 1.0; 0.0 |]), 9))

      testCase "a metric of one's own, a loss, and another name" (fun () ->
          let largest = Metric.custom "largest" (fun _ output -> Tensor.maxOver [ -1 ] output)
          Expect.Equal(3.0, Metric.value largest (tensor [ 0; 0 ]) (tensor [ [ 1.0; 2.0 ]; [ 4.0; 3.0 ] ]))
          Expect.Equal("mean_absolute_error", (Metric.ofLoss Loss.meanAbsoluteError).Name)
          Expect.False((Metric.ofLoss Loss.meanAbsoluteError).HigherIsBetter)
          Expect.Equal("acc", (Metric.named "acc" Metric.accuracy).Name)

          Expect.Equal(
              "precision_weighted",
              (Metric.precisionWith { ScoreOptions.defaults with Average = Some Average.Weighted }).Name
          ))

      testCase "what cannot be measured is told" (fun () ->
          measuring Metric.accuracy (Tensor.zeros [ 0 ]) (Tensor.zeros [ 0; 3 ])
          |> says "accuracy: there are no samples to measure: the output is empty."

          measuring Metric.accuracy (tensor [ 0; 3 ]) (Tensor.ones [ 2; 3 ])
          |> says
              "accuracy: the label 3 in row 1 (counted from 0) is none of the classes 0 to 2. Number the classes from 0, \
               and give the model an output for each."

          measuring Metric.auc (tensor [ 0; 2 ]) (tensor [ 0.1; 0.2 ])
          |> says
              "auc: the label 2 in row 1 (counted from 0) is none of the classes 0 to 1. Number the classes from 0, and \
               give the model an output for each."

          measuring Metric.accuracy (Tensor.zeros [ 4; 5 ]) (Tensor.zeros [ 4; 3 ])
          |> says
              "accuracy: the labels have 5 classes but the output has 3 outputs.\n\
               labels  [4; 5]\n\
               output  [4; 3]\n\
               Make the last layer Dense(5), or pass labels of 3 classes."

          measuring Metric.precision (tensor [ [ 1; 1; 0 ] ]) (Tensor.ones [ 1; 3 ])
          |> says
              "precision: the labels of row 0 (counted from 0) add up to 2 and not to 1, so they name no class. This metric \
               takes one class a sample; for several, set MultiLabel."

          (fun () ->
              Metric.recallWith { ScoreOptions.defaults with MultiLabel = true; Average = Some Average.Binary }
              |> ignore)
          |> says
              "recall_binary: average = Binary is for one of two classes; of several columns take Macro, Micro or \
               Weighted."

          (fun () -> Metric.precisionAtRecall 1.5 |> ignore)
          |> says "precision_at_recall: recall = 1.5 is no share; give a number from 0 to 1."

          measuring (Metric.precisionWith { ScoreOptions.defaults with Average = Some Average.Binary }) truth5 scores5
          |> says
              "precision_binary: average = Binary needs two classes, and there are 5; use Macro, Micro or Weighted."

          (fun () -> Metric.valueWeighted Metric.accuracy truth2 scores2 (Some(Tensor.ones [ 7 ])) |> ignore)
          |> says
              "accuracy: the weights are not one number a sample.\n\
               weights  [7]\n\
               samples  [60]\n\
               Pass weights of the shape of the samples, or of their first axis."

          (fun () -> Metric.topK 0 |> ignore)
          |> says "topK: k = 0 is below 1; count how many of the largest outputs may hold the right class."

          (fun () -> Metric.rocCurve (tensor [ 1; 1 ]) (tensor [ 0.1; 0.2 ]) |> ignore)
          |> says "rocCurve: the labels are all of one kind; a curve needs positives and negatives."

          (fun () -> Metric.confusionMatrix 2 (tensor [ 0; 1 ]) (tensor [ 0; 2 ]) |> ignore)
          |> says
              "confusionMatrix: the label 2 in row 1 (counted from 0) is none of the classes 0 to 1. Number the classes \
               from 0, and give the model an output for each.") ]
    |> testList "Learning.Metric"
