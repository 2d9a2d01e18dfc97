/// Labels and outputs for every metric, and what scikit-learn says of them.
module Functional.Tests.MetricCases

open System
open Functional
open Functional.Tests

/// One metric on one set of labels and outputs, with its name in the script of the peer.
type Case = { Name: string; Metric: Metric; Labels: Tensor; Output: Tensor; Weights: Tensor option }

let random = Random(5)
let ints n below = Tensor.ofInts [ n ] (Array.init n (fun _ -> random.Next below))

/// Scores with many ties.
let coarse n =
    Tensor.ofFloat64Array [ n ] (Array.init n (fun _ -> float (random.Next 11) / 10.0))

let rowsOfScores n classes =
    Tensor.softmax
        -1
        (Tensor.ofFloat64Array [ n; classes ] (Array.init (n * classes) (fun _ -> 3.0 * random.NextDouble())))

let weightsOf n = Tensor.ofFloat64Array [ n ] (Array.init n (fun _ -> 0.1 + random.NextDouble()))

let n = 60
let truth2, scores2, w = ints n 2, coarse n, weightsOf n
let truth5, scores5 = ints n 5, rowsOfScores n 5

/// Five outputs, of which class 3 is neither right nor predicted, and class 4 predicted alone.
let truthAbsent = ints n 3

let scoresAbsent =
    let raw = Tensor.toFloat64Array (rowsOfScores n 5)
    Tensor.ofFloat64Array [ n; 5 ] (raw |> Array.mapi (fun i v -> if i % 5 = 3 then 0.0 else v))

let y3, p3 =
    let draw () =
        Tensor.ofFloat64Array [ n; 3 ] (Array.init (n * 3) (fun _ -> 10.0 * random.NextDouble() - 5.0))

    let y = draw ()
    y, y + 0.3 * draw ()

/// Three questions a sample, with any number of ones a row.
let many = Tensor.reshape [ n; 3 ] (ints (3 * n) 2)

let chances = Tensor.reshape [ n; 3 ] (coarse (3 * n))

let averages =
    [ "binary", Average.Binary
      "micro", Average.Micro
      "macro", Average.Macro
      "weighted", Average.Weighted ]

let weighted = [ "", None; "_w", Some w ]

let cases =
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
                    "fhalf", Metric.fBetaWith 0.5 options
                    "jaccard", Metric.iouWith options ] do
                  one $"%s{kind}_%s{title}_2" metric truth2 scores2

                  if average <> Average.Binary then
                      one $"%s{kind}_%s{title}_5" metric truth5 scores5
                      one $"%s{kind}_%s{title}_absent" metric truthAbsent scoresAbsent

              if average <> Average.Binary then
                  let options = { options with MultiLabel = true }
                  one $"precision_%s{title}_many" (Metric.precisionWith options) many chances
                  one $"recall_%s{title}_many" (Metric.recallWith options) many chances
                  one $"f2_%s{title}_many" (Metric.fBetaWith 2.0 options) many chances
                  one $"jaccard_%s{title}_many" (Metric.iouWith options) many chances

          one "jaccard_macro_5" Metric.meanIou truth5 scores5 ]

let script =
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
        for data, t, p in [('2', t2, s2 > 0.5), ('5', t5, s5.argmax(1)), ('absent', ta, sa.argmax(1)),
                           ('many', x['many'], x['chances'] > 0.5)]:
            if title == 'binary' and data != '2': continue
            def score(kind, f, **kw):
                give(f'{kind}_{title}_{data}{suffix}', f(t, p, average=title, sample_weight=w, zero_division=0, **kw))
            score('precision', m.precision_score)
            score('recall', m.recall_score)
            score('f1', m.f1_score)
            score('f2', m.fbeta_score, beta=2)
            score('fhalf', m.fbeta_score, beta=0.5)
            score('jaccard', m.jaccard_score)
give('ovr', m.roc_auc_score(t5, s5, multi_class='ovr'))
give('confusion', m.confusion_matrix(t5, s5.argmax(1)))
f, t, h = m.roc_curve(t2, s2, drop_intermediate=False)
give('fpr', f); give('tpr', t); give('thresholds', h[1:])
"""

let there =
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
              "many", many
              "chances", chances
              "w", w
              "y3", y3
              "p3", p3 ]
