module Functional.Tests.NormalizationTests

open System
open System.Globalization
open Expecto
open Functional
open Functional.Tests.Chains

let private start (layer: Layer<Tensor, Tensor>) shape =
    fst (Layer.init (Key.ofInt 0) shape layer) |> Variables.cast Float64

let private close (expected: Tensor) (actual: Tensor) =
    Expect.Equal<Shape>(expected.Shape, actual.Shape)
    let difference = Tensor.toFloat (Tensor.max (Tensor.abs (expected - actual)))
    Expect.True(difference < 1e-11, $"differs by {difference}")

[<Tests>]
let tests =
    [ testCase "batch normalization brings features to mean 0 and variance 1" (fun () ->
          let layer = batchNormWith { BatchNormOptions.defaults with Epsilon = 1e-12 }
          let variables = start layer [ 4; 3 ]
          let y, _ = layer.Apply variables (training 1) (wave [ 8; 4; 3 ])
          close (Tensor.zerosOf Float64 [ 3 ]) (Tensor.meanOver [ 0; 1 ] y)
          Expect.True(Tensor.allClose 1e-9 1e-9 (Tensor.onesOf Float64 [ 3 ]) (Tensor.varOver [ 0; 1 ] y)))

      testCase "the running averages follow the batches' biased moments" (fun () ->
          let variables = start batchNorm [ 3 ]
          let x = wave [ 8; 3 ]
          let _, after = batchNorm.Apply variables (training 1) x
          close (Tensor.meanOver [ 0 ] x * 0.01) (at "moving_mean" after.State)
          close (Tensor.varOver [ 0 ] x * 0.01 + 0.99) (at "moving_variance" after.State)
          let y = Layer.predict after x batchNorm

          let expected =
              (x - (at "moving_mean" after.State)) / Tensor.sqrt ((at "moving_variance" after.State) + 1e-3)

          close expected y
          // a second look changes nothing
          let _, same = batchNorm.Apply after resting x
          Expect.True((variableBits after = variableBits same)))

      testCase "another axis may hold the features" (fun () ->
          let layer = batchNormWith { BatchNormOptions.defaults with Axis = 1 }
          let variables = start layer [ 3; 4 ]
          Expect.Equal<Shape>([ 3 ], (at "gamma" variables.Parameters).Shape)
          let x = wave [ 8; 3; 4 ]
          let y, after = layer.Apply variables (training 1) x
          let swapped, afterSwapped = batchNorm.Apply variables (training 1) (Tensor.swapAxes 1 2 x)
          close (Tensor.swapAxes 1 2 swapped) y
          close (at "moving_mean" afterSwapped.State) (at "moving_mean" after.State))

      testCase "layer normalization works sample by sample, over one axis or several" (fun () ->
          let x = wave [ 5; 4; 3 ]
          let exact = { LayerNormOptions.defaults with Epsilon = 1e-12 }
          let one = layerNormWith exact
          let several = layerNormWith { exact with Axes = [ 1; 2 ] }
          Expect.Equal<Shape>([ 3 ], (at "gamma" (start one [ 4; 3 ]).Parameters).Shape)
          Expect.Equal<Shape>([ 4; 3 ], (at "beta" (start several [ 4; 3 ]).Parameters).Shape)
          let y = Layer.predict (start one [ 4; 3 ]) x one
          close (Tensor.zerosOf Float64 [ 5; 4 ]) (Tensor.meanOver [ 2 ] y)
          let y = Layer.predict (start several [ 4; 3 ]) x several
          close (Tensor.zerosOf Float64 [ 5 ]) (Tensor.meanOver [ 1; 2 ] y)
          Expect.True(Tensor.allClose 1e-9 1e-9 (Tensor.onesOf Float64 [ 5 ]) (Tensor.varOver [ 1; 2 ] y)))

      testCase "without scale and centre there is nothing to learn" (fun () ->
          let layer = batchNormWith { BatchNormOptions.defaults with Scale = false; Center = false }
          Expect.Equal(0, Tree.count (start layer [ 3 ]).Parameters)
          let layer = layerNormWith { LayerNormOptions.defaults with Scale = false; Center = false }
          Expect.Equal(0, Tree.count (start layer [ 3 ]).Parameters))

      testCase "values, slopes and running averages are PyTorch's" (fun () ->
          let script =
              """
import torch
def wave(*shape):
    n = 1
    for s in shape: n *= s
    return (2 * torch.sin(1.0 + 1.7 * torch.arange(n, dtype=torch.float64))).reshape(shape)
def show(*ts):
    for t in ts: print(*[repr(v) for v in t.detach().reshape(-1).tolist()])
for norm in [torch.nn.BatchNorm1d(3, eps=1e-3, momentum=0.01), torch.nn.LayerNorm(3, eps=1e-3)]:
    norm = norm.double()
    norm.weight.data = wave(3) + 3
    norm.bias.data = wave(3)
    x = wave(8, 3).requires_grad_()
    y = norm(x)
    y2 = norm(x * x)
    show(y, *torch.autograd.grad((torch.cos(y) + y2).sum(), [x, norm.weight, norm.bias]))
    if hasattr(norm, 'running_mean'):
        show(norm.running_mean, norm.running_var)
        norm.eval()
        show(norm(x))
"""

          let expected =
              Outside.python [ "torch" ] script ""
              |> fun output -> output.Trim().Split '\n'
              |> Array.map (fun line ->
                  line.Split ' ' |> Array.map (fun v -> Double.Parse(v, CultureInfo.InvariantCulture)))

          let x = wave [ 8; 3 ]

          let gradients (layer: Layer<Tensor, Tensor>) =
              let variables = start layer [ 3 ]

              let variables =
                  variables
                  |> Variables.mapi (fun path x ->
                      if path.EndsWith "gamma" then wave [ 3 ] + 3.0
                      elif path.EndsWith "beta" then wave [ 3 ]
                      else x)

              let both variables x =
                  let y, after = layer.Apply variables (training 1) x
                  let y2, after = layer.Apply after (training 1) (x * x)
                  y, Tensor.sum (Tensor.cos y + y2), after

              let y, _, after = both variables x

              let slopes =
                  variables.Parameters
                  |> Tree.grad (fun parameters ->
                      let _, loss, _ = both { variables with Parameters = parameters } x
                      loss)

              let slope = x |> grad (fun x -> let _, loss, _ = both variables x in loss)
              after, [ y; slope; at "gamma" slopes; at "beta" slopes ]

          let compare (expected: float[] list) (actual: Tensor list) =
              List.iter2
                  (fun (expected: float[]) (x: Tensor) -> close (Tensor.ofFloat64Array x.Shape expected) x)
                  expected
                  actual

          let expected = List.ofArray expected
          let after, actual = gradients batchNorm
          compare (List.take 4 expected) actual
          close (Tensor.ofFloat64Array [ 3 ] expected[4]) (at "moving_mean" after.State)
          // PyTorch averages unbiased variances: 8/7 of these
          let biased = expected[5] |> Array.map (fun v -> (v - 0.99 * 0.99) * 7.0 / 8.0 + 0.99 * 0.99)
          close (Tensor.ofFloat64Array [ 3 ] biased) (at "moving_variance" after.State)

          let unbiased =
              after
              |> Variables.mapi (fun path x ->
                  if path.EndsWith "moving_variance" then
                      Tensor.ofFloat64Array [ 3 ] expected[5]
                  else
                      x)

          close (Tensor.ofFloat64Array [ 8; 3 ] expected[6]) (Layer.predict unbiased x batchNorm)
          let _, actual = gradients layerNorm
          compare (List.skip 7 expected) actual)

      testCase "options out of range are refused" (fun () ->
          Expect.Contains(
              "batchNorm: momentum = 1.5 is not a weight; give a number from 0 to 1.",
              errorOf (fun () -> batchNormWith { BatchNormOptions.defaults with Momentum = 1.5 })
          )

          Expect.Contains(
              "epsilon = 0 is not above 0.",
              errorOf (fun () -> layerNormWith { LayerNormOptions.defaults with Epsilon = 0.0 })
          )

          Expect.Contains("are none", errorOf (fun () -> layerNormWith { LayerNormOptions.defaults with Axes = [] }))

          Expect.Contains(
              "is the batch axis; count the axes of a sample from 1, or from the end.",
              errorOf (fun () ->
                  Layer.init (Key.ofInt 0) [ 3 ] (batchNormWith { BatchNormOptions.defaults with Axis = 0 }))
          )

          Expect.Contains(
              "the input has other features than the layer was built for",
              errorOf (fun () -> Layer.predict (start batchNorm [ 3 ]) (wave [ 2; 4 ]) batchNorm)
          )) ]
    |> testList "Layers.Normalization"
