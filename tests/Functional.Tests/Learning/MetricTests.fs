module Functional.Tests.MetricTests

open System
open Expecto
open Functional
open Functional.Tests

/// One metric on one set of labels and outputs, with its name in the script of the peer.
type private Case = { Name: string; Metric: Metric; Labels: Tensor; Output: Tensor; Weights: Tensor option }

let private random = Random(5)
let private ints n below = Tensor.ofInts [ n ] (Array.init n (fun _ -> random.Next below))

/// Scores with many ties.
let private coarse n =
    Tensor.ofFloat64Array [ n ] (Array.init n (fun _ -> float (random.Next 11) / 10.0))

let private rowsOfScores n classes =
    Tensor.softmax
        -1
        (Tensor.ofFloat64Array [ n; classes ] (Array.init (n * classes) (fun _ -> 3.0 * random.NextDouble())))

let private weightsOf n = Tensor.ofFloat64Array [ n ] (Array.init n (fun _ -> 0.1 + random.NextDouble()))

let private n = 60
let private truth2, scores2, w = ints n 2, coarse n, weightsOf n
let private truth5, scores5 = ints n 5, rowsOfScores n 5

/// Five outputs, of which class 3 is neither right nor predicted, and class 4 predicted alone.
let private truthAbsent = ints n 3

let private scoresAbsent =
    let raw = Tensor.toFloat64Array (rowsOfScores n 5)
    Tensor.ofFloat64Array [ n; 5 ] (raw |> Array.mapi (fun i v -> if i % 5 = 3 then 0.0 else v))

let private y3, p3 =
    let draw () =
        Tensor.ofFloat64Array [ n; 3 ] (Array.init (n * 3) (fun _ -> 10.0 * random.NextDouble() - 5.0))

    let y = draw ()
    y, y + 0.3 * draw ()

let private averages =
    [ "binary", Average.Binary
      "micro", Average.Micro
      "macro", Average.Macro
      "weighted", Average.Weighted ]

let private weighted = [ "", None; "_w", Some w ]

let private cases =
    [ for suffix, weights in weighted do
          let one name metric labels output =
              { Name = name + suffix; Metric = metric; Labels = labels; Output = output; Weights = weights }

          one "acc2" Metric.accuracy truth2 scores2
          one "acc2" Metric.binaryAccuracy truth2 (Tensor.reshape [ n; 1 ] scores2)
          one "acc5" Metric.accuracy truth5 scores5
          one "acc5" Metric.accuracy (Tensor.oneHot 5 truth5) scores5
          one "acc5" Metric.categoricalAccuracy (Tensor.oneHot 5 truth5) scores5
          one "acc5" Metric.sparseCategoricalAccuracy (Tensor.reshape [ n; 1 ] truth5) scores5
          one "acc5" (Metric.topK 1) truth5 scores5
          one "top2" (Metric.topK 2) truth5 scores5
          one "top3" (Metric.topK 3) (Tensor.oneHot 5 truth5) scores5
          one "auc2" Metric.auc truth2 scores2
          one "auc2" Metric.auc truth2 (Tensor.stack 1 [ 1.0 - scores2; scores2 ])
          one "auc5" Metric.auc truth5 scores5
          one "auc5" Metric.auc (Tensor.oneHot 5 truth5) scores5
          // the scores lie between the thresholds, so that the approximation is exact
          one "auc2" (Metric.aucWith AucOptions.defaults) truth2 scores2
          one "mse" Metric.meanSquaredError y3 p3
          one "mse" (Metric.ofLoss Loss.meanSquaredError) y3 p3
          one "rmse" Metric.rootMeanSquaredError y3 p3
          one "mae" Metric.meanAbsoluteError y3 p3
          one "mae" (Metric.custom "mae" (fun y p -> Tensor.meanOver [ -1 ] (Tensor.abs (y - p)))) y3 p3
          one "r2" Metric.r2 y3 p3
          one "logloss" (Metric.ofLoss Loss.sparseCategoricalCrossentropy) truth5 scores5

          for title, average in averages do
              let options = { ScoreOptions.defaults with Average = Some average }

              for kind, metric in
                  [ "precision", Metric.precisionWith options
                    "recall", Metric.recallWith options
                    "f1", Metric.f1With options
                    "f2", Metric.fBetaWith 2.0 options
                    "fhalf", Metric.fBetaWith 0.5 options ] do
                  one $"%s{kind}_%s{title}_2" metric truth2 scores2

                  if average <> Average.Binary then
                      one $"%s{kind}_%s{title}_5" metric truth5 scores5
                      one $"%s{kind}_%s{title}_absent" metric truthAbsent scoresAbsent ]

let private script =
    """
from sklearn import metrics as m
t2, s2, t5, s5, ta, sa = [x[k] for k in ['truth2', 'scores2', 'truth5', 'scores5', 'truthAbsent', 'scoresAbsent']]
for suffix, w in [('', None), ('_w', x['w'])]:
    def one(name, f, *args, **kw):
        give(name + suffix, f(*args, sample_weight=w, **kw))
    one('acc2', m.accuracy_score, t2, s2 > 0.5)
    one('acc5', m.accuracy_score, t5, s5.argmax(1))
    one('top2', m.top_k_accuracy_score, t5, s5, k=2)
    one('top3', m.top_k_accuracy_score, t5, s5, k=3)
    one('auc2', m.roc_auc_score, t2, s2)
    one('mse', m.mean_squared_error, x['y3'], x['p3'])
    give('rmse' + suffix, np.sqrt(m.mean_squared_error(x['y3'], x['p3'], sample_weight=w)))
    one('mae', m.mean_absolute_error, x['y3'], x['p3'])
    one('r2', m.r2_score, x['y3'], x['p3'])
    one('logloss', m.log_loss, t5, s5)
    give('auc5' + suffix, np.mean([m.roc_auc_score(t5 == c, s5[:, c], sample_weight=w) for c in range(5)]))
    for title in ['binary', 'micro', 'macro', 'weighted']:
        for data, t, p in [('2', t2, s2 > 0.5), ('5', t5, s5.argmax(1)), ('absent', ta, sa.argmax(1))]:
            if title == 'binary' and data != '2': continue
            def score(kind, f, **kw):
                give(f'{kind}_{title}_{data}{suffix}', f(t, p, average=title, sample_weight=w, zero_division=0, **kw))
            score('precision', m.precision_score)
            score('recall', m.recall_score)
            score('f1', m.f1_score)
            score('f2', m.fbeta_score, beta=2)
            score('fhalf', m.fbeta_score, beta=0.5)
give('ovr', m.roc_auc_score(t5, s5, multi_class='ovr'))
give('confusion', m.confusion_matrix(t5, s5.argmax(1)))
f, t, h = m.roc_curve(t2, s2, drop_intermediate=False)
give('fpr', f); give('tpr', t); give('thresholds', h[1:])
"""

let private there =
    lazy
        Peer.run
            [ "sklearn" ]
            script
            [ "truth2", truth2
              "scores2", scores2
              "truth5", truth5
              "scores5", scores5
              "truthAbsent", truthAbsent
              "scoresAbsent", scoresAbsent
              "w", w
              "y3", y3
              "p3", p3 ]

/// The batches of a case, by the rows from where to where.
let private batches = [ 0, 1; 1, 17; 17, 17; 17, 40; 40, n ]

let private functional (case: Case) = case.Metric.Accumulator case.Labels.Signature case.Output.Signature

/// The value of a functional form over batches, each update of which `run` computes.
let private accumulated run (accumulator: MetricAccumulator) (case: Case) =
    (accumulator.Init, batches |> List.filter (fun (start, stop) -> start < stop))
    ||> List.fold (fun state (start, stop) ->
        let part x = Tensor.sliceAxis 0 start stop 1 x
        run accumulator state (part case.Labels :: part case.Output :: (Option.map part case.Weights |> Option.toList)))
    |> accumulator.Result

let private update (accumulator: MetricAccumulator) state (batch: Tensor list) =
    accumulator.Update state batch[0] batch[1] (List.tryItem 2 batch)

let private updateCompiled (accumulator: MetricAccumulator) (state: Tensor list) batch =
    let run =
        Tree.compile (fun tree ->
            let state, batch = List.splitAt state.Length (Tree.leaves tree)
            Tree.ofList (update accumulator state batch |> List.mapi (fun i x -> string i, x)))

    Tree.leaves (run (Tree.ofList (state @ batch |> List.mapi (fun i x -> $"x%02d{i}", x))))

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

      testCase "a pass goes on from its memory, and leaves weights out where it is told to" (fun () ->
          for case in cases do
              let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              let first, second = case.Metric.Create(), case.Metric.Create()
              let part start stop x = Tensor.sliceAxis 0 start stop 1 x

              let add (state: MetricState) start stop =
                  state.Add(
                      part start stop case.Labels,
                      part start stop case.Output,
                      Option.map (part start stop) case.Weights
                  )

              add first 0 40
              second.Restore first.Memory.Value
              Peer.agree 0.0 case.Name [| first.Result |] [| second.Result |]
              add second 40 n
              Peer.agree 1e-13 case.Name [| whole |] [| second.Result |]

              let plain = Metric.value case.Metric case.Labels case.Output
              let unweighted = Metric.unweighted case.Metric

              Peer.agree
                  0.0
                  case.Name
                  [| plain |]
                  [| Metric.valueWeighted unweighted case.Labels case.Output case.Weights |])

      testCase "a stream of batches gives what the whole gives" (fun () ->
          for case in cases do
              let state = case.Metric.Create()

              for start, stop in batches do
                  let part x = Tensor.sliceAxis 0 start stop 1 x
                  state.Add(part case.Labels, part case.Output, Option.map part case.Weights)

              let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              Peer.agree 1e-13 case.Name [| whole |] [| state.Result |])

      testCase "the functional form of a metric gives what the metric gives, compiled too" (fun () ->
          for case in cases do
              match functional case with
              | None -> Expect.Equal("auc", case.Metric.Name)
              | Some accumulator ->
                  let whole = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
                  Peer.agree 1e-12 case.Name [| whole |] [| accumulated update accumulator case |]

                  Peer.agree
                      1e-12
                      (case.Name + ", compiled")
                      [| whole |]
                      [| accumulated updateCompiled accumulator case |]

                  let shapes (state: Tensor list) = state |> List.map (fun x -> x.Shape, x.DType)
                  let after = update accumulator accumulator.Init [ case.Labels; case.Output ]
                  Expect.Equal<(Shape * DType) list>(shapes accumulator.Init, shapes after))

      testCase "a row of weight 0 is left out, whatever it holds" (fun () ->
          for case in cases do
              let more (value: float) (x: Tensor) =
                  Tensor.concat 0 [ Tensor.cast Float64 x; Tensor.fullOf Float64 (2 :: x.Shape.Tail) value ]

              let weights = Option.defaultValue (Tensor.onesOf Float64 [ n ]) case.Weights

              let case =
                  { case with
                      Labels = more 7.5 case.Labels
                      Output = more nan case.Output
                      Weights = Some(more 0.0 weights) }

              let expected =
                  Metric.valueWeighted
                      case.Metric
                      (Tensor.sliceAxis 0 0 n 1 case.Labels)
                      (Tensor.sliceAxis 0 0 n 1 case.Output)
                      (Some weights)

              let found = Metric.valueWeighted case.Metric case.Labels case.Output case.Weights
              Peer.agree 1e-13 case.Name [| expected |] [| found |]

              match functional case with
              | None -> ()
              | Some accumulator ->
                  let state =
                      update accumulator accumulator.Init (case.Labels :: case.Output :: Option.toList case.Weights)

                  Peer.agree 1e-13 (case.Name + ", functional") [| expected |] [| accumulator.Result state |])

      testCase "a functional form tells at its end that a label is no class" (fun () ->
          for metric in [ Metric.accuracy; Metric.recall; Metric.topK 2 ] do
              let labels, output = tensor [ 0; 3 ], Tensor.ones [ 2; 3 ]
              let accumulator = (metric.Accumulator labels.Signature output.Signature).Value
              let state = accumulator.Update accumulator.Init labels output None
              let error = Expect.Throws<FunctionalException>(fun () -> accumulator.Result state |> ignore)
              Expect.StartsWith($"{metric.Name}: a label is none of the classes of the output", error.Message))

      testCase "a metric whose function reads numbers has no functional form, and is measured all the same" (fun () ->
          let reads = Metric.custom "reads" (fun _ p -> Tensor.scalar (Tensor.toFloat (Tensor.max p)))
          Expect.True((reads.Accumulator truth2.Signature scores2.Signature).IsNone)
          Expect.Equal(4.0, Metric.value reads (tensor [ 0; 0 ]) (tensor [ 1.0; 4.0 ]))
          let state = reads.Create()
          state.Add(tensor [ 0; 0; 0 ], tensor [ 1.0; 1.0; 1.0 ], None)
          state.Add(tensor [ 0 ], tensor [ 5.0 ], None)
          // one number a batch counts as often as the batch has samples
          Expect.Equal(2.0, state.Result))

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

          // of keras/src/metrics/confusion_metrics_test.py
          for curve, summation, expected in
              [ AucCurve.Roc, AucSummation.Interpolation, 0.7855
                AucCurve.Roc, AucSummation.Majoring, 1.0
                AucCurve.Roc, AucSummation.Minoring, 0.571
                AucCurve.PrecisionRecall, AucSummation.Interpolation, 0.9165714
                AucCurve.PrecisionRecall, AucSummation.Majoring, 1.0
                AucCurve.PrecisionRecall, AucSummation.Minoring, 0.3003 ] do
              Expect.InRange(value curve summation, expected - 1e-3, expected + 1e-3))

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

      testCase "a second pass begins anew" (fun () ->
          let first = Metric.accuracy.Create()
          first.Add(tensor [ 0 ], tensor [ 1.0 ], None)
          let second = Metric.accuracy.Create()
          second.Add(tensor [ 1 ], tensor [ 1.0 ], None)
          Expect.Equal(0.0, first.Result)
          Expect.Equal(1.0, second.Result))

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
               takes one class a sample; for several, measure each column by itself."

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
