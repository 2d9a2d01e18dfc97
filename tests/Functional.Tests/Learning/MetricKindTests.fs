/// Metrics of single classes, the largest outputs, overlaps, correlations and values, against scikit-learn and SciPy.
module Functional.Tests.MetricKindTests

open Expecto
open Functional
open Functional.Tests

let private key = Key.ofInt 77
let private rows, classes = 60, 4
let private scores = Random.uniformOf Float64 0.0 1.0 (Key.fold 1 key) [ rows; classes ]
let private multi = Tensor.cast Int32 (Random.bernoulli 0.4 (Key.fold 2 key) [ rows; classes ])
let private classNumbers = Random.randint 0 3 (Key.fold 3 key) [ rows ]
let private y = Random.normalOf Float64 0.0 1.0 (Key.fold 4 key) [ rows; classes ]
let private p = y * 0.7 + Random.normalOf Float64 0.1 0.5 (Key.fold 5 key) [ rows; classes ]
let private weights = Random.uniformOf Float64 0.1 2.0 (Key.fold 6 key) [ rows ]

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private there =
    lazy
        (Peer.run
            [ "sklearn"; "scipy" ]
            """
import sklearn.metrics as m
from scipy.stats import pearsonr
s, t, c, w = x['scores'], x['multi'], x['numbers'], x['weights']
said = (s > 0.5).astype(int)
give('precisions', m.precision_score(t, said, average=None, sample_weight=w, zero_division=0))
give('recalls', m.recall_score(t, said, average=None, sample_weight=w, zero_division=0))
give('fbetas', m.fbeta_score(t, said, beta=2.0, average=None, sample_weight=w, zero_division=0))
best = s.argmax(-1)
give('classPrecisions', m.precision_score(c, best, labels=range(4), average=None, sample_weight=w, zero_division=0))
give('ious', m.jaccard_score(c, best, labels=range(4), average=None, sample_weight=w, zero_division=0))
order = np.argsort(-s, axis=-1, kind='stable')[:, :2]
top = np.zeros_like(said)
np.put_along_axis(top, order, 1, -1)
give('topPrecision', m.precision_score(t, top, average='micro'))
give('topRecall', m.recall_score(t, top, average='micro'))
give('topAbove', m.recall_score(t, top * (s > 0.6), average='micro'))
give('r2s', m.r2_score(x['y'], x['p'], sample_weight=w, multioutput='raw_values'))
give('r2Variance', m.r2_score(x['y'], x['p'], sample_weight=w, multioutput='variance_weighted'))
give('pearson', pearsonr(x['y'].reshape(-1), x['p'].reshape(-1))[0])
give('rowPearson', np.mean([pearsonr(a, b)[0] for a, b in zip(x['y'], x['p'])]))
a, b = x['y'].reshape(-1), x['p'].reshape(-1)
give('concordance', 2 * np.cov(a, b, bias=True)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2))
give('weightedPearson', np.cov(a, b, aweights=np.repeat(w, 4))[0, 1] / np.sqrt(np.cov(a, aweights=np.repeat(w, 4)) * np.cov(b, aweights=np.repeat(w, 4))))
"""
            [ "scores", scores; "multi", multi; "numbers", classNumbers; "weights", weights; "y", y; "p", p ])

let private all = [ 0 .. classes - 1 ]
let private weighted metric labels output = Metric.valueWeighted metric labels output (Some weights)

/// The value over batches of 7 rows.
let private inBatches (metric: Metric) (labels: Tensor) (output: Tensor) =
    let state = metric.Create()

    for start in 0..7 .. rows - 1 do
        let part (x: Tensor) = Tensor.sliceAxis 0 start (min rows (start + 7)) 1 x
        state.Add(part labels, part output, Some(part weights))

    state.Result

[<Tests>]
let tests =
    [ testCase "scores of single classes are scikit-learn's" (fun () ->
          let ofClass c = { ScoreOptions.defaults with MultiLabel = true; Class = Some c }

          for name, make in
              [ "precisions", Metric.precisionWith; "recalls", Metric.recallWith; "fbetas", Metric.fBetaWith 2.0 ] do
              let found = all |> List.map (fun c -> weighted (make (ofClass c)) multi scores)
              Peer.agree 1e-12 name there.Value[name] (Array.ofList found)

          let single c = { ScoreOptions.defaults with Class = Some c }
          let found = all |> List.map (fun c -> weighted (Metric.precisionWith (single c)) classNumbers scores)
          Peer.agree 1e-12 "classes" there.Value["classPrecisions"] (Array.ofList found)
          Expect.Equal("precision_2", (Metric.precisionWith (single 2)).Name)

          Expect.Contains(
              "none of the output's classes",
              message (fun () -> weighted (Metric.precisionWith (single 9)) classNumbers scores)
          ))

      testCase "absent classes count as 0 where they are asked for" (fun () ->
          let labels, output =
              Tensor.ofInts [ 2 ] [| 0; 1 |], tensorOf Float64 [ [ 0.9; 0.1; 0.0 ]; [ 0.2; 0.8; 0.0 ] ]

          let options = { ScoreOptions.defaults with Average = Some Average.Macro }
          Expect.Equal(1.0, Metric.value (Metric.f1With options) labels output)

          Peer.agree
              1e-15
              "all"
              [| 2.0 / 3.0 |]
              [| Metric.value (Metric.f1With { options with CountsAbsent = true }) labels output |])

      testCase "the k largest outputs of a row are taken as ones" (fun () ->
          let top = ScoreOptions.ofTopK 2
          let value metric = [| Metric.value metric multi scores |]
          Peer.agree 1e-12 "precision" there.Value["topPrecision"] (value (Metric.precisionWith top))
          Peer.agree 1e-12 "recall" there.Value["topRecall"] (value (Metric.recallWith top))
          Peer.agree 1e-12 "above" there.Value["topAbove"] (value (Metric.recallWith { top with Threshold = 0.6 }))
          let wrong = { ScoreOptions.defaults with TopK = Some 2 }
          Expect.Contains("needs MultiLabel", message (fun () -> Metric.precisionWith wrong)))

      testCase "intersections over unions of named classes are scikit-learn's" (fun () ->
          let said = Tensor.argmax -1 scores
          let ious = there.Value["ious"]

          for targets in [ [ 0 ]; [ 1; 2 ]; all ] do
              let expected = targets |> List.averageBy (fun c -> ious[c])
              let options = { IouOptions.defaults with Classes = classes; TargetClasses = targets }
              let oneHot = Tensor.oneHot classes classNumbers
              Peer.agree 1e-12 "numbers" [| expected |] [| weighted (Metric.iouOf options) classNumbers said |]
              Peer.agree 1e-12 "one-hot" [| expected |] [| weighted (Metric.oneHotIou classes targets) oneHot scores |]
              Peer.agree 1e-12 "batches" [| expected |] [| inBatches (Metric.iouOf options) classNumbers said |])

      testCase "ignored classes and those out of range are left out" (fun () ->
          let labels, said =
              Tensor.ofInts [ 6 ] [| 0; 1; 1; 255; 7; 0 |], Tensor.ofInts [ 6 ] [| 0; 1; 0; 0; 1; -1 |]

          let options = { IouOptions.defaults with IgnoreClass = Some 255 }
          Peer.agree 1e-15 "iou" [| 0.5 |] [| Metric.value (Metric.iouOf options) labels said |]

          Peer.agree
              1e-15
              "binary"
              [| 0.5 |]
              [| Metric.value (Metric.binaryIou [ 1 ] 0.5) (tensor [ 1; 1; 0 ]) (tensor [ 0.5; 0.4; 0.1 ]) |]

          Expect.Contains(
              "none of the 2 classes",
              message (fun () -> Metric.value (Metric.iouOf { options with TargetClasses = [ 2 ] }) labels said)
          ))

      testCase "R2 of each output, weighted by variance and adjusted" (fun () ->
          let of' aggregation = Metric.r2With { R2Options.defaults with Aggregation = aggregation }
          let each = all |> List.map (fun c -> weighted (of' (R2Aggregation.Output c)) y p) |> Array.ofList
          Peer.agree 1e-10 "raw" there.Value["r2s"] each

          Peer.agree
              1e-10
              "variance"
              there.Value["r2Variance"]
              [| weighted (of' R2Aggregation.VarianceWeightedAverage) y p |]

          let plain = Metric.value Metric.r2 y p
          let adjusted = Metric.value (Metric.r2With { R2Options.defaults with Regressors = 3 }) y p
          let n = float rows
          Peer.agree 1e-12 "adjusted" [| 1.0 - (1.0 - plain) * (n - 1.0) / (n - 4.0) |] [| adjusted |])

      testCase "correlations are SciPy's, of rows and of all samples, whole and in batches" (fun () ->
          let value metric = [| Metric.value metric y p |]
          Peer.agree 1e-10 "rows" there.Value["rowPearson"] (value Metric.pearsonCorrelation)
          Peer.agree 1e-10 "samples" there.Value["pearson"] (value Metric.pearsonOfSamples)
          Peer.agree 1e-10 "concordance" there.Value["concordance"] (value Metric.concordanceOfSamples)
          Peer.agree 1e-10 "weighted" there.Value["weightedPearson"] [| inBatches Metric.pearsonOfSamples y p |])

      law "the concordance of a row with itself is 1, and that with another never above Pearson's" (fun (seed: int) ->
          let a = Random.normalOf Float64 0.0 1.0 (Key.fold seed key) [ 5; 6 ]
          let b = Random.normalOf Float64 0.5 2.0 (Key.fold (seed + 1) key) [ 5; 6 ]
          Peer.agree 1e-12 "itself" (Array.create 5 1.0) (Tensor.toFloat64Array (Metric.concordanceOfRows a a))

          let pairs =
              Array.zip
                  (Tensor.toFloat64Array (Metric.concordanceOfRows a b))
                  (Tensor.toFloat64Array (Metric.pearsonOfRows a b))

          for concordance, pearson in pairs do
              Expect.True(abs concordance <= abs pearson + 1e-12, $"{concordance} and {pearson}"))

      testCase "means, sums, equality, and class numbers in order" (fun () ->
          let values = tensor [ 1.0; 3.0; 5.0; 7.0 ]
          let some = Some(tensor [ 1.0; 1.0; 0.0; 0.0 ])
          Expect.Equal(4.0, Metric.value Metric.mean values values)
          Expect.Equal(2.0, Metric.valueWeighted Metric.mean values values some)
          Expect.Equal(16.0, Metric.value Metric.sum values values)
          Expect.Equal(4.0, Metric.valueWeighted Metric.sum values values some)
          Expect.Equal(0.75, Metric.value Metric.equality (tensor [ 1; 2; 3; 4 ]) (tensor [ 0; 2; 3; 4 ]))
          let ids = Tensor.ofInts [ 2; 3 ] [| 1; 0; 3; 1; 2; 3 |]
          Expect.Equal(0.5, Metric.value (Metric.topKOfIds 1) (Tensor.ofInts [ 2 ] [| 2; 1 |]) ids)
          Expect.Equal(1.0, Metric.value (Metric.topKOfIds 2) (Tensor.ofInts [ 2 ] [| 0; 1 |]) ids)
          Peer.agree 1e-12 "cosine" [| 1.0 |] [| Metric.value Metric.cosineSimilarity y (y * 3.0) |]) ]
    |> testList "Learning.MetricKinds"
