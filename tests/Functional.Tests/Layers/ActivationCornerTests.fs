/// Derivatives of activations where they have corners.
module Functional.Tests.ActivationCornerTests

open System
open System.Globalization
open Functional
open Expecto

let private apply (layer: Layer<Tensor, Tensor>) (x: Tensor) =
    let variables, _ = Layer.init (Key.ofInt 0) x.Shape.Tail layer
    Layer.predict (Variables.cast Float64 variables) x layer

let private slopes f (points: float list) =
    grad (fun x -> Tensor.sum (f x)) (tensorOf Float64 [ points ])
    |> Tensor.toFloat64Array
    |> List.ofArray

let private preluFrom alpha =
    preluWith { PReluOptions.defaults with AlphaInitializer = Initializer.constant alpha }

/// Activation, PyTorch's words, and the derivative at each corner.
let private corners: (Layer<Tensor, Tensor> * string * (float * float) list) list =
    [ relu, "F.relu(x)", [ 0.0, 0.0 ]
      relu6, "F.relu6(x)", [ 0.0, 0.0; 6.0, 0.0 ]
      leakyReluOf 0.3, "F.leaky_relu(x, 0.3)", [ 0.0, 0.3 ]
      elu, "F.elu(x)", [ 0.0, 1.0 ]
      eluOf 0.5, "F.elu(x, 0.5)", [ 0.0, 0.5 ]
      selu, "F.selu(x)", [ 0.0, 1.7580993408473766 ]
      preluFrom 0.25, "F.prelu(x, torch.tensor([0.25], dtype=torch.float64))", [ 0.0, 0.25 ]
      softsign, "F.softsign(x)", [ 0.0, 1.0 ]
      hardSigmoid, "F.hardsigmoid(x)", [ -3.0, 0.0; 3.0, 0.0 ]
      silu, "F.silu(x)", [ 0.0, 0.5 ]
      gelu, "F.gelu(x)", [ 0.0, 0.5 ]
      mish, "F.mish(x)", [ 0.0, 0.6 ]
      softplus, "F.softplus(x)", [ 0.0, 0.5 ] ]

let private near (expected: float) actual = abs (expected - actual) <= 1e-15 * max 1.0 (abs expected)

[<Tests>]
let tests =
    [ testCase "derivatives at corners are those that are documented" (fun () ->
          // PyTorch has -0.5 and 1.5 here up to 2.6; 0 and 1 are what x·hardSigmoid(x) has on either side of its corners
          let all = (hardSwish, "", [ -3.0, 0.0; 3.0, 1.0 ]) :: corners

          for layer, _, expected in all do
              for (point, slope), actual in List.zip expected (slopes (apply layer) (List.map fst expected)) do
                  Expect.True(near slope actual, $"{layer.Description.Kind} at {point}: {actual} instead of {slope}"))

      testCase "derivatives at corners are PyTorch's" (fun () ->
          let points = corners |> List.collect (fun (_, _, expected) -> List.map fst expected) |> List.distinct
          let number (x: float) = x.ToString("R", CultureInfo.InvariantCulture)
          let expressions = String.Join(", ", corners |> List.map (fun (_, torch, _) -> torch))

          let script =
              $"""
import sys, torch
import torch.nn.functional as F
x = torch.tensor([[float(v) for v in sys.stdin.read().split()]], dtype=torch.float64, requires_grad=True)
for y in [{expressions}, x.clamp(-3, 0), torch.abs(x)]:
    g, = torch.autograd.grad(y.sum(), x)
    print(*[repr(v) for v in g.reshape(-1).tolist()])
"""

          let output = Outside.python [ "torch" ] script (points |> List.map number |> String.concat " ")

          let functions =
              [ for layer, torch, expected in corners do
                    yield torch, apply layer, List.map fst expected
                yield "x.clamp(-3, 0)", Tensor.clamp -3.0 0.0, points
                yield "torch.abs(x)", Tensor.abs, points ]

          for (name, f, own), line in Seq.zip functions (output.Trim().Split '\n') do
              let expected = line.Split ' ' |> Array.map (fun v -> Double.Parse(v, CultureInfo.InvariantCulture))

              for point, (expected, actual) in List.zip points (List.zip (List.ofArray expected) (slopes f points)) do
                  if List.contains point own then
                      Expect.True(near expected actual, $"{name} at {point}: {actual} instead of {expected}"))

      testCase "what is relu for some setting has relu's derivative everywhere" (fun () ->
          let points = [ for i in -8 .. 8 -> 0.5 * float i ]
          let expected = slopes (apply relu) points

          for layer in [ relu6; leakyReluOf 0.0; eluOf 0.0; prelu ] do
              Expect.Equal<float list>(expected, slopes (apply layer) points))

      testCase "the learned slope of prelu gets nothing from 0 and from large numbers" (fun () ->
          let x = tensorOf Float64 [ 0.0; infinity; 1e300; -2.0 ]

          let slope =
              grad
                  (fun alpha -> Tensor.sum (Activation.prelu alpha x * tensorOf Float64 [ 1.0; 0.0; 1.0; 1.0 ]))
                  (tensorOf Float64 0.5)

          Expect.Equal(-2.0, Tensor.toFloat slope))

      testCase "clamping keeps the derivative up to its bounds" (fun () ->
          let f = Tensor.clamp -1.0 2.0
          let points = [ -1.5; -1.0; 0.0; 2.0; 2.5 ]
          Expect.Equal<float list>([ 0.0; 1.0; 1.0; 1.0; 0.0 ], slopes f points)

          Expect.Equal<float list>(
              [ 0.0; 1.0; 1.0; 1.0; 0.0 ],
              slopes (Tensor.clamp -1.0 2.0 |> Tensor.compile) points
          )

          Expect.Equal("[-1  0  2]", string (f (tensor [ -5; 0; 7 ])))
          Expect.Equal("[nan]", string (f (tensor [ nan ]))))

      testCase "two tensors share the derivative of their maximum and minimum where they meet" (fun () ->
          let zero = Tensor.scalarOf Float64 0.0

          for f in [ Tensor.maximum; Tensor.minimum ] do
              Expect.Equal<float list>([ 0.5 ], slopes (f zero) [ 0.0 ])
              Expect.Equal<float list>([ 0.5 ], slopes (fun x -> f x zero) [ 0.0 ]))

      testCase "activations leave NaN as it is" (fun () ->
          let x = tensorOf Float64 [ [ nan ] ]

          for layer, _, _ in corners do
              Expect.True(Double.IsNaN(Tensor.toFloat (apply layer x)), layer.Description.Kind)) ]
    |> testList "Layers.ActivationCorner"
