/// Losses against their formulas, finite differences, PyTorch, and what Keras calls them.
module Functional.Tests.LossTests

open System
open Expecto
open Functional
open Functional.Tests
open Functional.Tests.LossSamples

/// The loss of a row of labels y and outputs p in plain numbers.
let rec private plain (name: string) (y: float[]) (p: float[]) =
    let mean f = Array.map2 f y p |> Array.average
    let total f = Array.map2 f y p |> Array.sum
    let clip v = min (1.0 - 1e-7) (max 1e-7 v)
    let share = p |> Array.map (fun v -> clip (v / Array.sum p))
    let sign v = if v = 0.0 then -1.0 else v

    match name with
    | name when name.EndsWith("_from_logits", StringComparison.Ordinal) ->
        let name = name.Replace("_from_logits", "")

        let probabilities =
            if name.StartsWith("binary", StringComparison.Ordinal) then
                p |> Array.map (fun z -> 1.0 / (1.0 + exp -z))
            else
                p |> Array.map (fun z -> exp z / Array.sumBy exp p)

        plain name y probabilities
    | "mean_squared_error" -> mean (fun y p -> (y - p) ** 2.0)
    | "mean_absolute_error" -> mean (fun y p -> abs (y - p))
    | "mean_absolute_percentage_error" -> mean (fun y p -> 100.0 * abs (y - p) / max (abs y) 1e-7)
    | "mean_squared_logarithmic_error" -> mean (fun y p -> (log (1.0 + max y 1e-7) - log (1.0 + max p 1e-7)) ** 2.0)
    | "huber" ->
        mean (fun y p ->
            let e = abs (y - p)
            if e <= 1.0 then e * e / 2.0 else e - 0.5)
    | "log_cosh" -> mean (fun y p -> log (cosh (p - y)))
    | "binary_crossentropy" -> mean (fun y p -> -(y * log (clip p) + (1.0 - y) * log (1.0 - clip p)))
    | "binary_focal_crossentropy" ->
        mean (fun y p ->
            let right = y * p + (1.0 - y) * (1.0 - p)
            -log right * (1.0 - right) ** 2.0)
    | "categorical_crossentropy"
    | "sparse_categorical_crossentropy" -> -(Array.map2 (fun y p -> y * log p) y share |> Array.sum)
    | "categorical_focal_crossentropy" ->
        Array.map2 (fun y p -> -0.25 * (1.0 - p) ** 2.0 * y * log p) y share |> Array.sum
    | "categorical_generalized_cross_entropy" -> 2.0 * (1.0 - sqrt (total (fun y p -> y * p)))
    | "hinge" -> mean (fun y p -> max 0.0 (1.0 - sign y * p))
    | "squared_hinge" -> mean (fun y p -> max 0.0 (1.0 - sign y * p) ** 2.0)
    | "categorical_hinge" ->
        max 0.0 (Array.max (Array.map2 (fun y p -> (1.0 - y) * p) y p) - total (fun y p -> y * p) + 1.0)
    | "kl_divergence" -> total (fun y p -> y * log (y / p))
    | "poisson" -> mean (fun y p -> p - y * log (p + 1e-7))
    | "cosine_similarity" ->
        let length v = sqrt (Array.sumBy (fun v -> v * v) v)
        -(total (fun y p -> y * p)) / (length y * length p)
    | name -> failwith $"no plain form of %s{name}"

/// The losses whose batch has one overlap, which are no mean of samples.
let private ofBatch = [ "dice"; "tversky" ]

let private everyLoss = List.map fst Loss.all |> List.except ofBatch

[<Tests>]
let tests =
    [ testTheory "a loss is its formula, row by row" everyLoss (fun name ->
          let loss = find name
          let labels, output = example loss
          let y = if loss.Labels = LabelKind.Classes then oneHot else labels

          let expected =
              Array.map2
                  (plain name)
                  (Array.chunkBySize classes (Tensor.toFloat64Array y))
                  (Array.chunkBySize classes (Tensor.toFloat64Array output))

          let actual = loss.PerSample labels output
          Expect.Equal<int list>([ rows ], actual.Shape)
          Peer.agree 1e-13 name expected (Tensor.toFloat64Array actual)
          Peer.agree 1e-13 name [| Array.average expected |] [| Tensor.toFloat (Loss.value loss labels output None) |]
          let weights = Tensor.toFloat64Array sampleWeights
          let weighted = Array.map2 (*) weights expected |> Array.average

          for weights in [ sampleWeights; Tensor.reshape [ rows; 1 ] sampleWeights; Tensor.cast Float32 sampleWeights ] do
              let actual = Tensor.toFloat (Loss.value loss labels output (Some weights))
              Peer.agree (if weights.DType = Float32 then 1e-6 else 1e-13) name [| weighted |] [| actual |])

      testTheory "a loss computes in the type of the output" everyLoss (fun name ->
          let loss = find name
          let labels, output = example loss
          let wide = Loss.value loss labels output None
          let narrow = Loss.value loss (Tensor.cast Float32 labels) (Tensor.cast Float32 output) None
          Expect.Equal(Float32, narrow.DType)
          Expect.Equal(Float64, wide.DType)
          Peer.agree 2e-6 name (Tensor.toFloat64Array wide) (Tensor.toFloat64Array narrow))

      testTheory "slopes are those of finite differences, compiled or not, with logits too" everyLoss (fun name ->
          let loss = find name
          let labels, output = example loss

          let forms = [ Some(loss, output); loss.FromLogits |> Option.map (fun (_, form) -> form, logits) ]

          for loss, output in List.choose id forms do
              let f output = Loss.value loss labels output (Some sampleWeights)

              let check = checkGradients f output
              Expect.True(check.Passed, $"%s{name}: {check}")
              Expect.True(Tensor.allClose 1e-12 1e-14 (grad f output) (Tensor.compile (grad f) output)))

      testTheory "each sample's loss is the batch's row" everyLoss (fun name ->
          let loss = find name
          let labels, output = example loss
          let whole = loss.PerSample labels output

          for i in 0 .. rows - 1 do
              let row x = Tensor.sliceAxis 0 i (i + 1) 1 x
              Expect.True(Tensor.allClose 1e-14 0.0 (row whole) (loss.PerSample (row labels) (row output))))

      testCase "the form of logits agrees with that of probabilities" (fun () ->
          for loss, labels in smoothed do
              let kind, form = loss.FromLogits.Value

              let activation =
                  match kind with
                  | "softmax" -> Tensor.softmax -1
                  | "sigmoid" -> Tensor.sigmoid
                  | kind -> failwith kind

              Expect.True(form.FromLogits.IsNone)
              let expected = loss.PerSample labels (activation logits)

              Peer.agree
                  1e-12
                  loss.Name
                  (Tensor.toFloat64Array expected)
                  (Tensor.toFloat64Array (form.PerSample labels logits)))

      testCase "smoothing spreads labels evenly" (fun () ->
          let options = { CrossentropyOptions.defaults with LabelSmoothing = 0.2 }

          let check (name: string) (expected: Tensor) (actual: Tensor) =
              Peer.agree 1e-13 name (Tensor.toFloat64Array expected) (Tensor.toFloat64Array actual)

          check
              "binary"
              (Loss.binaryCrossentropy.PerSample (bits * 0.8 + 0.1) yesNo)
              ((Loss.binaryCrossentropyWith options).PerSample bits yesNo)

          let spread = Loss.categoricalCrossentropy.PerSample (oneHot * 0.8 + 0.05) probabilities
          check "categorical" spread ((Loss.categoricalCrossentropyWith options).PerSample oneHot probabilities)
          check "sparse" spread ((Loss.sparseCategoricalCrossentropyWith options).PerSample indices probabilities))

      testCase "labels may lack or have a last axis of length 1, and come in any type" (fun () ->
          let output = tensor [ [ 0.2 ]; [ 0.9 ]; [ 0.6 ] ]

          let values =
              [ tensor [ 0; 1; 1 ]
                tensor [ [ 0 ]; [ 1 ]; [ 1 ] ]
                tensor [ 0.0; 1.0; 1.0 ]
                tensor [ false; true; true ] ]
              |> List.collect (fun labels ->
                  [ Loss.value Loss.binaryCrossentropy labels output None
                    Loss.value Loss.binaryCrossentropy labels (Tensor.squeeze output) None ])
              |> List.map Tensor.toFloat

          Expect.All(values, fun v -> Expect.Equal(values.Head, v, 6))

          let sparse =
              [ indices; Tensor.reshape [ rows; 1 ] indices; Tensor.cast Float32 indices ]
              |> List.map (fun labels ->
                  Tensor.toFloat (Loss.value Loss.sparseCategoricalCrossentropy labels probabilities None))

          Expect.All(sparse, fun v -> Expect.Equal(sparse.Head, v)))

      testCase "sequences have a loss for each step" (fun () ->
          let output = Tensor.softmax -1 (normal 8 [ 2; 3; 5 ])
          let labels = tensor [ [ 0; 4; 2 ]; [ 1; 1; 3 ] ]
          let steps = Loss.sparseCategoricalCrossentropy.PerSample labels output
          Expect.Equal<int list>([ 2; 3 ], steps.Shape)

          let flat =
              Loss.sparseCategoricalCrossentropy.PerSample (Tensor.flatten labels) (Tensor.reshape [ 6; 5 ] output)

          Peer.agree 1e-14 "steps" (Tensor.toFloat64Array flat) (Tensor.toFloat64Array steps)
          let weights = Tensor.ofFloat64Array [ 2 ] [| 1.0; 3.0 |]
          let rowWise = Tensor.toFloat64Array (Tensor.meanOver [ 1 ] steps)
          let weighted = Loss.value Loss.sparseCategoricalCrossentropy labels output (Some weights)
          Peer.agree 1e-14 "weights" [| (rowWise[0] + 3.0 * rowWise[1]) / 2.0 |] [| Tensor.toFloat weighted |])

      testCase "labels of hinge losses may be bits or signs" (fun () ->
          for loss in [ Loss.hinge; Loss.squaredHinge ] do
              let ofBits = loss.PerSample bits numbers
              let ofSigns = loss.PerSample (bits * 2.0 - 1.0) numbers
              Expect.True(Tensor.sameElements ofBits ofSigns))

      testCase "huber is quadratic up to delta and linear beyond" (fun () ->
          let of' e =
              Tensor.toFloat (Loss.value (Loss.huber 2.0) (tensor [ 0.0 ]) (tensor [ e ]) None)

          Expect.Equal(1.125, of' 1.5, 6)
          Expect.Equal(2.0, of' -2.0, 6)
          Expect.Equal(18.0, of' 10.0, 5))

      testCase "a loss of one's own gets labels in the shape of the output, and no broadcast" (fun () ->
          let squares = Loss.custom "squares" (fun y p -> Tensor.square (y - p))
          let labels, output = [| 0.0; 1.0; 2.0; 3.0 |], [| 0.5; 1.5; 1.0; 5.0 |]

          for labelShape in [ [ 4 ]; [ 4; 1 ] ] do
              for outputShape in [ [ 4 ]; [ 4; 1 ] ] do
                  let labels, output =
                      Tensor.ofFloat64Array labelShape labels, Tensor.ofFloat64Array outputShape output

                  Expect.Equal(1.375, Tensor.toFloat (Loss.value squares labels output None))

                  Expect.Equal(
                      1.375,
                      Tensor.toFloat (Tensor.compile (fun p -> Loss.value squares labels p None) output)
                  )

                  Expect.Equal(1.375, Metric.value (Metric.custom "squares" squares.PerSample) labels output)

          // one number in all
          let mean = Loss.custom "mean" (fun y p -> Tensor.mean (Tensor.square (y - p)))

          Expect.Equal(
              1.375,
              Tensor.toFloat (
                  Loss.value mean (Tensor.ofFloat64Array [ 4 ] labels) (Tensor.ofFloat64Array [ 4; 1 ] output) None
              )
          ))

      testCase "a loss of one's own is used like any other" (fun () ->
          let loss =
              Loss.custom "fourth_power" (fun y p -> Tensor.meanOver [ -1 ] (Tensor.square (Tensor.square (y - p))))

          Expect.Equal("fourth_power", loss.Name)
          Expect.Equal(LabelKind.Own, loss.Labels)
          let value = Loss.value loss (tensor [ [ 0.0; 0.0 ] ]) (tensor [ [ 1.0; 2.0 ] ]) None
          Expect.Equal(8.5, Tensor.toFloat value)
          Loss.checkLabels "Fit" "" [ 7 ] (tensor [ 1; 2 ]) loss)

      testCase "losses of overlap are their formulas, of the batch and of each sample" (fun () ->
          let y, p = Tensor.reshape [ rows; 2; 2 ] bits, Tensor.reshape [ rows; 2; 2 ] yesNo

          let dice (y: float[]) (p: float[]) =
              1.0 - (2.0 * Array.sum (Array.map2 (*) y p) + 1e-7) / (Array.sum y + Array.sum p + 1e-7)

          let tversky (y: float[]) (p: float[]) =
              let found = Array.sum (Array.map2 (*) y p)
              let wrong = Array.sum (Array.map2 (fun y p -> (1.0 - y) * p) y p)
              let missed = Array.sum (Array.map2 (fun y p -> y * (1.0 - p)) y p)
              1.0 - found / (found + 0.3 * wrong + 0.8 * missed + 1e-7)

          let axesOf perSample = if perSample then Some [ 1; 2 ] else None
          let tverskyOf perSample = Loss.tverskyWith { Alpha = 0.3; Beta = 0.8; Axis = axesOf perSample }

          for plain, loss in [ dice, (fun perSample -> Loss.diceWith { Axis = axesOf perSample }); tversky, tverskyOf ] do
              let values x = Tensor.toFloat64Array x
              let expected = Array.map2 plain (Array.chunkBySize 4 (values y)) (Array.chunkBySize 4 (values p))
              Peer.agree 1e-13 "each" expected (values ((loss true).PerSample y p))
              Peer.agree 1e-13 "whole" [| plain (values y) (values p) |] (values ((loss false).PerSample y p))

              for perSample in [ false; true ] do
                  let check = checkGradients (fun p -> Loss.value (loss perSample) y p None) p
                  Expect.True(check.Passed, $"{check}"))

      testCase "a loss of the whole batch takes no weights of samples" (fun () ->
          let message =
              Expect
                  .Throws<FunctionalException>(fun () ->
                      Loss.value Loss.dice bits yesNo (Some sampleWeights) |> ignore)
                  .Message

          Expect.Contains("samples cannot be weighted", message))

      testCase "losses have Keras's names" (fun () ->
          for names, loss in
              [ [ "mse"; "MSE"; "mean_squared_error"; "MeanSquaredError" ], Loss.meanSquaredError
                [ "mae"; "MAE"; "mean_absolute_error" ], Loss.meanAbsoluteError
                [ "mape" ], Loss.meanAbsolutePercentageError
                [ "msle" ], Loss.meanSquaredLogarithmicError
                [ "bce"; "BCE"; "BinaryCrossentropy" ], Loss.binaryCrossentropy
                [ "kld"; "KLDivergence"; "kl_divergence" ], Loss.klDivergence
                [ "sparse_categorical_crossentropy" ], Loss.sparseCategoricalCrossentropy
                [ "logcosh"; "log_cosh"; "LogCosh" ], Loss.logCosh
                [ "huber" ], Loss.huber 1.0
                [ "sparse_categorical_crossentropy_from_logits" ], Loss.sparseCategoricalCrossentropyFromLogits ] do
              for name in names do
                  let found = Loss.ofName name
                  Expect.Equal(loss.Name, found.Name)
                  Expect.Equal(loss.Outputs, found.Outputs)

          let error = Expect.Throws<FunctionalException>(fun () -> Loss.ofName "mseee" |> ignore)
          Expect.StartsWith("Loss.ofName: name = 'mseee' is not known; there is mean_squared_error, ", error.Message))

      testCase "values and slopes are PyTorch's" (fun () ->
          let script =
              """
import torch
import torch.nn.functional as F
t = {name: torch.tensor(v) for name, v in x.items()}
index = t['indices'].long()
def both(name, output, f):
    p = t[output].clone().requires_grad_()
    v = f(p)
    give(name, v.detach().numpy())
    give(name + '_slope', torch.autograd.grad(v, p)[0].numpy())
both('mse', 'numbers', lambda p: F.mse_loss(p, t['logits']))
both('mae', 'numbers', lambda p: F.l1_loss(p, t['logits']))
both('huber', 'numbers', lambda p: F.huber_loss(p, t['logits'], delta=0.7))
both('bce', 'yesNo', lambda p: F.binary_cross_entropy(p, t['bits']))
both('bceLogits', 'logits', lambda p: F.binary_cross_entropy_with_logits(p, t['bits']))
both('ce', 'logits', lambda p: F.cross_entropy(p, index))
both('ceSmooth', 'logits', lambda p: F.cross_entropy(p, index, label_smoothing=0.2))
both('ceShares', 'logits', lambda p: F.cross_entropy(p, t['shares']))
both('ceWeights', 'logits', lambda p: (F.cross_entropy(p, index, reduction='none') * t['weights']).mean())
both('nll', 'probabilities', lambda p: F.nll_loss(torch.log(p / p.sum(-1, keepdim=True)), index))
both('kl', 'probabilities', lambda p: F.kl_div(torch.log(p), t['shares'], reduction='batchmean'))
both('poisson', 'yesNo', lambda p: F.poisson_nll_loss(p, t['counts'], log_input=False, eps=1e-7))
both('cosine', 'numbers', lambda p: -F.cosine_similarity(p, t['logits'], dim=-1).mean())
both('hinge', 'numbers', lambda p: torch.clamp(1 - p * (2 * t['bits'] - 1), min=0).mean())
def focal(p):
    q = torch.sigmoid(p)
    ce = F.binary_cross_entropy_with_logits(p, t['bits'], reduction='none')
    p_t = q * t['bits'] + (1 - q) * (1 - t['bits'])
    a_t = 0.25 * t['bits'] + 0.75 * (1 - t['bits'])
    return (a_t * ce * (1 - p_t) ** 2).mean()
both('focal', 'logits', focal)
"""

          let inputs =
              [ "numbers", numbers
                "logits", logits
                "yesNo", yesNo
                "bits", bits
                "indices", indices
                "shares", shares
                "probabilities", probabilities
                "counts", counts
                "weights", sampleWeights ]

          let there = Peer.run [ "torch" ] script inputs
          let ofLogits (loss: Loss) = snd loss.FromLogits.Value

          let smooth =
              Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.LabelSmoothing = 0.2; FromLogits = true }

          let focal =
              Loss.binaryFocalWith { BinaryFocalOptions.defaults with Alpha = Some 0.25; FromLogits = true }

          for name, loss, labels, output, weights in
              [ "mse", Loss.meanSquaredError, logits, numbers, None
                "mae", Loss.meanAbsoluteError, logits, numbers, None
                "huber", Loss.huber 0.7, logits, numbers, None
                "bce", Loss.binaryCrossentropy, bits, yesNo, None
                "bceLogits", ofLogits Loss.binaryCrossentropy, bits, logits, None
                "ce", ofLogits Loss.sparseCategoricalCrossentropy, indices, logits, None
                "ce", ofLogits Loss.categoricalCrossentropy, oneHot, logits, None
                "ceSmooth", smooth, indices, logits, None
                "ceShares", ofLogits Loss.categoricalCrossentropy, shares, logits, None
                "ceWeights", ofLogits Loss.sparseCategoricalCrossentropy, indices, logits, Some sampleWeights
                "nll", Loss.sparseCategoricalCrossentropy, indices, probabilities, None
                "kl", Loss.klDivergence, shares, probabilities, None
                "poisson", Loss.poisson, counts, yesNo, None
                "cosine", Loss.cosineSimilarity, logits, numbers, None
                "hinge", Loss.hinge, bits, numbers, None
                "focal", focal, bits, logits, None ] do
              let value, slope = fgrad (fun p -> Loss.value loss labels p weights) output
              Peer.agree 1e-12 name there[name] (Tensor.toFloat64Array value)
              Peer.agree 1e-11 (name + "'s slope") there[name + "_slope"] (Tensor.toFloat64Array slope)) ]
    |> testList "Learning.Loss"
