/// Reductions of losses, classes that are left out, other axes, and weights of single outputs and steps.
module Functional.Tests.LossReductionTests

open Expecto
open Functional
open Functional.Tests
open Functional.Tests.LossSamples

let private number x = Tensor.toFloat x
let private values x = Tensor.toFloat64Array x
let private close name (expected: float) (found: float) = Peer.agree 1e-12 name [| expected |] [| found |]

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private padded = Tensor.ofInts [ rows ] [| 0; -1; 1; 2; -1; 3; 0 |]
let private steps = Tensor.ofInts [ 3; 5 ] [| 0; 1; 2; 3; 0; 1; 1; 2; 3; 3; 0; 2; 1; 0; 3 |]
let private stepLogits = normal 20 [ 3; 5; classes ]
let private stepWeights = uniform 21 [ 3; 5 ]

let private torch =
    lazy
        (Peer.run
            [ "torch" ]
            """
import torch
import torch.nn.functional as F
t = {name: torch.tensor(v) for name, v in x.items()}
def both(name, output, f):
    p = t[output].clone().requires_grad_()
    v = f(p)
    give(name, v.detach().numpy())
    give(name + '_slope', torch.autograd.grad(v, p)[0].numpy())
index = t['padded'].long()
both('ignore', 'logits', lambda p: F.cross_entropy(p, index, ignore_index=-1))
both('ignoreSum', 'logits', lambda p: F.cross_entropy(p, index, ignore_index=-1, reduction='sum'))
both('sum', 'numbers', lambda p: F.mse_loss(p, t['logits'], reduction='sum') / 4)
both('axis', 'stepLogits', lambda p: F.cross_entropy(p.permute(0, 2, 1), t['steps'].long()))
both('elements', 'logits', lambda p: F.binary_cross_entropy_with_logits(p, t['bits'], weight=t['yesNo']))
both('steps', 'stepLogits', lambda p: (F.cross_entropy(p.permute(0, 2, 1), t['steps'].long(), reduction='none') * t['stepWeights']).mean())
w = t['weights']
both('weightedMean', 'logits', lambda p: (F.cross_entropy(p, t['indices'].long(), reduction='none') * w).sum() / w.sum())
"""
            [ "padded", padded
              "logits", logits
              "numbers", numbers
              "bits", bits
              "yesNo", yesNo
              "indices", indices
              "steps", steps
              "stepLogits", stepLogits
              "stepWeights", stepWeights
              "weights", sampleWeights ])

/// A batch of sequences of labels, zeros behind them, with logits and the lengths of both.
let private sequences (seed: int) =
    let key = Key.fold seed key
    let n, length, time, symbols = 4, 5, 12, 6
    let lengths = Random.randint 1 (length + 1) (Key.fold 1 key) [ n ] |> Tensor.toInts
    let drawn = Random.randint 1 symbols (Key.fold 2 key) [ n; length ] |> Tensor.toInts

    let labels = Array.init (n * length) (fun i -> if i % length < lengths[i / length] then drawn[i] else 0)

    let logits = Random.normalOf Float64 0.0 2.0 (Key.fold 3 key) [ n; time; symbols ]
    let steps = Random.randint 9 (time + 1) (Key.fold 4 key) [ n ]
    Tensor.ofInts [ n; length ] labels, Tensor.ofInts [ n ] lengths, logits, steps

let private ctcScript =
    """
import torch
t = {name: torch.tensor(v) for name, v in x.items()}
p = t['logits'].clone().requires_grad_()
logs = torch.log_softmax(p, -1).permute(1, 0, 2)
v = torch.nn.functional.ctc_loss(logs, t['labels'].long(), t['steps'].long(), t['lengths'].long(), blank=0, reduction='none')
give('loss', v.detach().numpy())
give('slope', torch.autograd.grad((v * torch.arange(1.0, 1.0 + len(v), dtype=torch.float64)).sum(), p)[0].numpy())
"""

let private unitRows (x: Tensor) = x / Tensor.normKeep [ -1 ] x

/// The circle loss in plain loops.
let private circleInLoops gamma margin (labels: int[]) (rows: float[][]) =
    [| for i in 0 .. labels.Length - 1 ->
           let terms same =
               [ for j in 0 .. labels.Length - 1 do
                     if i <> j && (labels[i] = labels[j]) = same then
                         let u = max 0.0 (1.0 - Array.sum (Array.map2 (*) rows[i] rows[j]))

                         yield
                             (if same then
                                  gamma * (margin + u) * (u - margin)
                              else
                                  gamma * max 0.0 (1.0 + margin - u) * (1.0 - margin - u)) ]

           let logSum (xs: float list) = List.max xs + log (List.sumBy (fun x -> exp (x - List.max xs)) xs)

           if (terms true).IsEmpty || (terms false).IsEmpty then
               0.0
           else
               let z = logSum (terms true) + logSum (terms false)
               max z 0.0 + log (1.0 + exp (-(abs z))) |]

[<Tests>]
let tests =
    [ law "a sum is the mean times the number of losses, and no reduction leaves them" (fun (seed: int) ->
          let p = normal seed [ rows; classes ]

          for loss, labels in [ Loss.meanSquaredError, numbers; Loss.categoricalCrossentropyFromLogits, oneHot ] do
              let reduced reduction = Loss.value (Loss.withReduction reduction loss) labels p (Some sampleWeights)

              let plain = loss.PerSample labels p

              close
                  "sum"
                  (number (Loss.value loss labels p (Some sampleWeights)) * float rows)
                  (number (reduced LossReduction.Sum))

              Peer.agree 1e-12 "none" (values (plain * sampleWeights)) (values (reduced LossReduction.None))

              close
                  "weighted mean"
                  (number (Tensor.sum (plain * sampleWeights)) / number (Tensor.sum sampleWeights))
                  (number (reduced LossReduction.MeanWithSampleWeight)))

      testCase "a reduction reaches the form of logits, and none is refused by training" (fun () ->
          let loss = Loss.withReduction LossReduction.Sum Loss.binaryCrossentropy
          Expect.Equal(LossReduction.Sum, (snd loss.FromLogits.Value).Reduction)
          let options = { Fit.defaults with Loss = Loss.withReduction LossReduction.None Loss.meanSquaredError }
          let data = Dataset.ofTensors (Tensor.ones [ 4; 2 ]) (Tensor.ones [ 4; 1 ])
          let text = message (fun () -> Learn.fit options (dense 1) data key)
          Expect.Contains("training needs one number", text))

      testCase "values and slopes are PyTorch's, with ignored classes, other axes and weights of any shape" (fun () ->
          let ce = Loss.sparseCategoricalCrossentropyFromLogits
          let ignoring = Loss.withIgnoreClass -1 ce
          let overAxis = Loss.withAxis 1 ce
          let moved (p: Tensor) = Tensor.moveAxis -1 1 p

          for name, at, f in
              [ "ignore", logits, (fun p -> Loss.value ignoring padded p None)
                "ignoreSum",
                logits,
                (fun p -> Loss.value (Loss.withReduction LossReduction.Sum ignoring) padded p None)
                "sum",
                numbers,
                (fun p -> Loss.value (Loss.withReduction LossReduction.Sum Loss.meanSquaredError) logits p None)
                "axis", stepLogits, (fun p -> Loss.value overAxis steps (moved p) None)
                "elements", logits, (fun p -> Loss.value Loss.binaryCrossentropyFromLogits bits p (Some yesNo))
                "steps", stepLogits, (fun p -> Loss.value ce steps p (Some stepWeights))
                "weightedMean",
                logits,
                (fun p ->
                    Loss.value
                        (Loss.withReduction LossReduction.MeanWithSampleWeight ce)
                        indices
                        p
                        (Some sampleWeights)) ] do
              let value, slope = fgrad f at
              Peer.agree 1e-9 name torch.Value[name] (values value)
              Peer.agree 1e-9 $"{name}, slope" torch.Value[name + "_slope"] (values slope))

      testCase "classes along another axis cost what they cost along the last" (fun () ->
          for loss, labels in
              [ Loss.categoricalCrossentropy, oneHot
                Loss.categoricalFocal, oneHot
                Loss.cosineSimilarity, numbers
                Loss.klDivergence, shares ] do
              let wide x = Tensor.stack 1 [ x; x * 1.0; x ] |> Tensor.moveAxis -1 1
              let along = (Loss.withAxis 1 loss).PerSample (wide labels) (wide probabilities)
              let expected = loss.PerSample labels probabilities
              Expect.Equal<Shape>([ rows; 3 ], along.Shape)
              Peer.agree 1e-12 loss.Name (values expected) (values along[*, 1])

          Expect.Contains(
              "has no axis 5",
              message (fun () -> Loss.value (Loss.withAxis 5 Loss.klDivergence) shares shares None)
          ))

      testCase "an ignored class may be any number, and training with it goes as without its rows" (fun () ->
          let x = Tensor.cast Float32 (normal 30 [ rows; 3 ])
          let kept = Tensor.ofInts [ 5 ] [| 0; 2; 3; 5; 6 |]
          let loss = Loss.withIgnoreClass -1 Loss.sparseCategoricalCrossentropy

          let train loss x y =
              let options = { Fit.defaults with Loss = loss; BatchSize = 100; Epochs = 3; Shuffle = false }
              (Learn.fit options (dense classes --> softmax) (Dataset.ofTensors x y) key).History["loss"]

          let all = train loss x padded
          let some = train Loss.sparseCategoricalCrossentropy (Tensor.take 0 kept x) (Tensor.take 0 kept padded)
          Peer.agree 1e-6 "losses" (Array.ofList some) (Array.ofList all)
          Expect.Contains("not class numbers", message (fun () -> Loss.withIgnoreClass 0 Loss.meanSquaredError)))

      testCase "CTC is PyTorch's, values and slopes" (fun () ->
          for seed in 1..4 do
              let labels, lengths, logits, steps = sequences seed

              let there =
                  Peer.run
                      [ "torch" ]
                      ctcScript
                      [ "labels", labels; "lengths", lengths; "logits", logits; "steps", steps ]

              let losses p = Loss.ctcOf lengths steps labels p
              Peer.agree 1e-9 "loss" there["loss"] (values (losses logits))
              let weights = Tensor.arangeOf Float64 1.0 5.0 1.0
              Peer.agree 1e-9 "slope" there["slope"] (values (grad (fun p -> Tensor.sum (losses p * weights)) logits)))

      testCase "CTC counts the alignments of a label: 7 of 81 of three different symbols in four steps" (fun () ->
          let even = Tensor.zerosOf Float64 [ 1; 4; 3 ]
          let loss labels = number (Loss.value Loss.ctc (Tensor.ofInts [ 1; 3 ] labels) even None)
          close "1 2 1" (log (81.0 / 7.0)) (loss [| 1; 2; 1 |])
          close "1 1 with a blank between" (log (81.0 / 5.0)) (loss [| 1; 1; 0 |])
          close "no label" (log 81.0) (loss [| 0; 0; 0 |])
          Expect.Equal(infinity, loss [| 1; 1; 1 |])
          let slope = grad (fun p -> Loss.value Loss.ctc (Tensor.ofInts [ 1; 3 ] [| 1; 1; 1 |]) p None) even
          Peer.agree 0.0 "of what cannot be" (Array.zeroCreate 12) (values slope))

      testCase "the circle loss is its formula in loops, and its mean leaves out samples without partners" (fun () ->
          let embeddings = unitRows (normal 40 [ 6; 3 ])
          let labels = [| 1; 1; 2; 2; 3; 2 |]
          let plain = circleInLoops 80.0 0.4 labels (Array.chunkBySize 3 (values embeddings))
          let given = Tensor.ofInts [ 6 ] labels
          Peer.agree 1e-9 "each" plain (values (Loss.circle.PerSample given embeddings))
          let counted = plain |> Array.filter (fun x -> x > 0.0)
          close "mean" (Array.average counted) (number (Loss.value Loss.circle given embeddings None))
          let check = checkGradients (fun p -> Loss.value Loss.circle given p None) embeddings
          Expect.True(check.Passed, $"{check}"))

      testCase "losses of embeddings and sequences are found by name and train" (fun () ->
          Expect.Equal("ctc", (Loss.ofName "CTC").Name)
          Expect.Equal("circle", (Loss.ofName "Circle").Name)
          let labels, _, logits, _ = sequences 7
          let data = Dataset.ofTensors (Tensor.cast Float32 logits) labels
          let options = { Fit.defaults with Loss = Loss.ctc; Epochs = 200; Optimizer = Optimizer.adam 0.05 }
          let losses = (Learn.fit options (dense 6) data key).History["loss"]
          Expect.True(List.last losses < 0.3 * losses.Head, $"{losses.Head} became {List.last losses}")) ]
    |> testList "Learning.LossReduction"
