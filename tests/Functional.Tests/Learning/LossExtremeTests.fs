/// Losses of outputs that are infinite, huge, zero, or certain.
module Functional.Tests.LossExtremeTests

open Expecto
open Functional
open Functional.Tests
open Functional.Tests.LossSamples

/// The value and the gradient, compiled.
let private compiled f z = Tensor.compile (fgrad f >> fst) z, Tensor.compile (grad f) z

/// A loss of logits, its labels for the class 2 of 3, and its value and gradient for the logits [-inf; 0; log 3].
let private masked =
    let oneHot, number = tensor [ [ 0.0; 0.0; 1.0 ] ], tensor [ 2 ]
    let crossentropy = -log 0.75
    let slope = [| 0.0; 0.25; -0.25 |]

    // -(1 - p)^2 log p by the logits, with dp/dz = p (1 - p) and -p p
    let focal = 0.25 * 0.0625 * crossentropy

    let focalSlope =
        let byP = 0.25 * (2.0 * 0.25 * log 0.75 - 0.0625 / 0.75)
        [| 0.0; -byP * 0.75 * 0.25; byP * 0.75 * 0.25 |]

    [ Loss.categoricalCrossentropyFromLogits, oneHot, crossentropy, slope
      Loss.sparseCategoricalCrossentropyFromLogits, number, crossentropy, slope
      Loss.categoricalFocalFromLogits, oneHot, focal, focalSlope ]

[<Tests>]
let tests =
    [ testCase "huge logits give finite losses and slopes" (fun () ->
          for dtype in [ Float32; Float64 ] do
              let output =
                  Tensor.cast
                      dtype
                      (tensor [ [ 1000.0; -1000.0; 0.0; 1000.0 ]; [ -1000.0; -1000.0; -1000.0; 1000.0 ] ])

              let first x = Tensor.sliceAxis 0 0 2 1 x

              for loss, labels in smoothed do
                  let form = snd loss.FromLogits.Value
                  let value, slope = fgrad (fun z -> Loss.value form (first labels) z None) output
                  Expect.True(Tensor.toBool (Tensor.all (Tensor.isFinite value)), $"%s{loss.Name} {dtype}: {value}")
                  Expect.True(Tensor.toBool (Tensor.all (Tensor.isFinite slope)), $"%s{loss.Name} {dtype}: {slope}")

          // the exact numbers: log(1 + e^1000) = 1000, and 0 on the right side
          let z = tensor [ 1000.0; 1000.0; -1000.0; -1000.0 ]
          let form = snd Loss.binaryCrossentropy.FromLogits.Value

          Expect.Equal<float32[]>(
              [| 1000f; 0f; 0f; 1000f |],
              Tensor.toArray (form.PerSample (tensor [ 0; 1; 0; 1 ]) z)
          ))

      testCase "a class masked by minus infinity costs nothing" (fun () ->
          for loss, labels, expected, slope in masked do
              for dtype, tolerance in [ Float32, 1e-6; Float64, 1e-14 ] do
                  let output = Tensor.cast dtype (Tensor.ofFloat64Array [ 1; 3 ] [| -infinity; 0.0; log 3.0 |])

                  for run in [ (fun f z -> fgrad f z); compiled ] do
                      let value, found = run (fun z -> Loss.value loss labels z None) output
                      Peer.agree tolerance loss.Name [| expected |] (Tensor.toFloat64Array value)
                      Peer.agree tolerance (loss.Name + "'s slope") slope (Tensor.toFloat64Array found))

      testCase
          "soft labels count where the logits are finite, and a share of a masked class costs infinitely"
          (fun () ->
              let logits = Tensor.ofFloat64Array [ 1; 3 ] [| -infinity; 0.0; log 3.0 |]
              let of' (labels: float[]) = Tensor.ofFloat64Array [ 1; 3 ] labels
              let loss = Loss.categoricalCrossentropyFromLogits

              let value, slope = fgrad (fun z -> Loss.value loss (of' [| 0.0; 0.5; 0.5 |]) z None) logits

              Peer.agree 1e-14 "soft" [| -0.5 * log 0.25 - 0.5 * log 0.75 |] (Tensor.toFloat64Array value)
              Peer.agree 1e-14 "soft slope" [| 0.0; -0.25; 0.25 |] (Tensor.toFloat64Array slope)

              // as in PyTorch: infinite, with the gradient p - y
              let smoothing = { CrossentropyOptions.defaults with FromLogits = true; LabelSmoothing = 0.3 }

              for loss, labels in
                  [ loss, of' [| 0.1; 0.1; 0.8 |]
                    Loss.categoricalCrossentropyWith smoothing, of' [| 0.0; 0.0; 1.0 |]
                    Loss.sparseCategoricalCrossentropyWith smoothing, tensor [ 2 ] ] do
                  let value, slope = fgrad (fun z -> Loss.value loss labels z None) logits
                  Expect.Equal(infinity, Tensor.toFloat value)
                  Peer.agree 1e-14 "smooth slope" [| -0.1; 0.15; -0.05 |] (Tensor.toFloat64Array slope))

      testCase "infinite logits of yes and no cost nothing on the right side" (fun () ->
          let z = tensor [ -infinity; infinity; -infinity; infinity ]
          let expected = [| 0.0; 0.0; infinity; infinity |]

          for loss in [ Loss.binaryCrossentropyFromLogits; Loss.binaryFocalFromLogits ] do
              Peer.agree 0.0 loss.Name expected (Tensor.toFloat64Array (loss.PerSample (tensor [ 0; 1; 1; 0 ]) z))

              let slope = grad (fun z -> Loss.value loss (tensor [ 0; 1 ]) z None) (tensor [ -infinity; infinity ])
              Peer.agree 0.0 loss.Name [| 0.0; 0.0 |] (Tensor.toFloat64Array slope))

      testCase "infinite outputs cost what they do in PyTorch" (fun () ->
          let script =
              """
import torch
import torch.nn.functional as F
y, p = torch.tensor(x['labels']), torch.tensor(x['outputs']).requires_grad_()
def both(name, f):
    v = f(p)
    give(name, v.detach().numpy())
    give(name + '_slope', torch.autograd.grad(v.sum(), p)[0].numpy())
both('mse', lambda p: (p - y) ** 2)
both('mae', lambda p: (p - y).abs())
both('huber', lambda p: F.huber_loss(p, y, reduction='none'))
both('hinge', lambda p: torch.clamp(1 - p * torch.where(y == 0, -1.0, y), min=0))
"""

          let outputs = tensor [ infinity; -infinity; infinity; -infinity; 1.0 ]
          let labels = tensor [ 1.0; 1.0; 0.0; 0.0; 0.0 ]
          let there = Peer.run [ "torch" ] script [ "labels", labels; "outputs", outputs ]

          for name, loss in
              [ "mse", Loss.meanSquaredError
                "mae", Loss.meanAbsoluteError
                "huber", Loss.huber 1.0
                "hinge", Loss.hinge ] do
              let total = fun p -> Tensor.sum (loss.PerSample labels p)
              Peer.agree 0.0 name there[name] (Tensor.toFloat64Array (loss.PerSample labels outputs))
              Peer.agree 0.0 (name + "'s slope") there[name + "_slope"] (Tensor.toFloat64Array (grad total outputs))

          // log(cosh(e)) is even, and e^2 / 2 near 0
          let logCosh = fun p -> Tensor.sum (Loss.logCosh.PerSample (Tensor.zerosLike p) p)
          let infinite = Loss.logCosh.PerSample labels outputs |> Tensor.toFloat64Array
          Peer.agree 0.0 "log_cosh" (Array.replicate 4 infinity) infinite[..3]
          Expect.Equal(1.0, Tensor.toFloat (grad (grad logCosh >> Tensor.sum) (tensor [ 0.0 ]) |> Tensor.sum), 6)
          // a masked wrong class is no rival
          let margins =
              Loss.categoricalHinge.PerSample (tensor [ [ 0; 1; 0 ] ]) (tensor [ [ -infinity; 2.0; 0.5 ] ])

          Peer.agree 0.0 "categorical_hinge" [| 0.0 |] (Tensor.toFloat64Array margins))

      testCase "the cosine of large vectors does not overflow" (fun () ->
          let y, p = tensor [ [ 3e30; 4e30 ] ], tensor [ [ 4e20; 3e20 ] ]
          Expect.Equal(-0.96, Tensor.toFloat (Loss.value Loss.cosineSimilarity y p None), 6))

      testCase "a sample of weight 0 counts nothing, even where its loss is infinite" (fun () ->
          let labels, logits = tensor [ 0; 1 ], tensor [ [ -infinity; 0.0 ]; [ 0.0; 0.0 ] ]

          let value, slope =
              fgrad
                  (fun z ->
                      Loss.value Loss.sparseCategoricalCrossentropyFromLogits labels z (Some(tensor [ 0.0; 2.0 ])))
                  logits

          Expect.Equal(log 2.0, Tensor.toFloat value, 6)
          Peer.agree 1e-6 "slope" [| 0.0; 0.0; 0.5; -0.5 |] (Tensor.toFloat64Array slope))

      testCase "probabilities of 0 and 1 are clipped" (fun () ->
          let value = Loss.value Loss.binaryCrossentropy (tensor [ 1; 0 ]) (tensor [ 0.0; 1.0 ]) None
          Expect.InRange(Tensor.toFloat value, 15.8, 16.2)
          let value = Loss.value Loss.categoricalCrossentropy (tensor [ [ 1; 0 ] ]) (tensor [ [ 0.0; 1.0 ] ]) None
          Expect.InRange(Tensor.toFloat value, 16.1, 16.2)
          // rows that do not add up to 1 are divided by their sum
          let value = Loss.value Loss.sparseCategoricalCrossentropy (tensor [ 1 ]) (tensor [ [ 3.0; 1.0 ] ]) None
          Expect.Equal(log 4.0, Tensor.toFloat value, 5))

      testCase "log cosh does not overflow" (fun () ->
          let value, slope =
              fgrad (fun p -> Loss.value Loss.logCosh (tensor [ 0.0; 0.0 ]) p None) (tensor [ 1000.0; -1000.0 ])

          Expect.Equal(1000.0 - log 2.0, Tensor.toFloat value, 3)
          Expect.Equal<float32[]>([| 0.5f; -0.5f |], Tensor.toArray slope))

      testCase "the cosine with zero is 0, and so are its slopes' infinities" (fun () ->
          let value, slope =
              fgrad
                  (fun p -> Loss.value Loss.cosineSimilarity (tensor [ [ 1.0; 2.0 ] ]) p None)
                  (tensor [ [ 0.0; 0.0 ] ])

          Expect.Equal(0.0, Tensor.toFloat value)
          Expect.True(Tensor.toBool (Tensor.all (Tensor.isFinite slope)))) ]
    |> testList "Learning.LossExtreme"
