module Functional.Tests.ActivationTests

open System
open System.Globalization
open Expecto
open Functional
open Functional.Tests.Chains

let private apply (layer: Layer<Tensor, Tensor>) (x: Tensor) =
    let variables, _ = Layer.init (Key.ofInt 0) x.Shape.Tail layer
    Layer.predict (Variables.cast Float64 variables) x layer

let private sigmoidOf x = 1.0 / (1.0 + exp -x)

let private clampTo lo hi (x: float) = max lo (min hi x)

/// Layer, the same in PyTorch's words, and the same for one number in plain arithmetic.
let private cases: (Layer<Tensor, Tensor> * string * (float -> float)) list =
    [ linear, "x", id
      relu, "F.relu(x)", max 0.0
      relu6, "F.relu6(x)", clampTo 0.0 6.0
      sigmoid, "torch.sigmoid(x)", sigmoidOf
      tanh', "torch.tanh(x)", tanh
      leakyRelu, "F.leaky_relu(x, 0.3)", (fun x -> if x < 0.0 then 0.3 * x else x)
      leakyReluOf 0.01, "F.leaky_relu(x)", (fun x -> if x < 0.0 then 0.01 * x else x)
      elu, "F.elu(x)", (fun x -> if x < 0.0 then exp x - 1.0 else x)
      eluOf 0.5, "F.elu(x, 0.5)", (fun x -> if x < 0.0 then 0.5 * (exp x - 1.0) else x)
      selu, "F.selu(x)", (fun x -> 1.0507009873554805 * (if x < 0.0 then 1.6732632423543772 * (exp x - 1.0) else x))
      geluTanh,
      "F.gelu(x, approximate='tanh')",
      (fun x -> 0.5 * x * (1.0 + tanh (sqrt (2.0 / Math.PI) * (x + 0.044715 * x ** 3.0))))
      silu, "F.silu(x)", (fun x -> x * sigmoidOf x)
      softplus, "F.softplus(x)", (fun x -> log (1.0 + exp x))
      softsign, "F.softsign(x)", (fun x -> x / (1.0 + abs x))
      hardSigmoid, "F.relu6(x + 3) / 6", (fun x -> clampTo 0.0 1.0 (x / 6.0 + 0.5))
      hardSwish, "x * F.relu6(x + 3) / 6", (fun x -> x * clampTo 0.0 1.0 (x / 6.0 + 0.5))
      mish, "F.mish(x)", (fun x -> x * tanh (log (1.0 + exp x)))
      exponential, "torch.exp(x)", exp
      preluWith { PReluOptions.defaults with AlphaInitializer = Initializer.constant 0.25 },
      "F.prelu(x, torch.tensor([0.25], dtype=torch.float64))",
      (fun x -> if x < 0.0 then 0.25 * x else x) ]

/// Not at the kinks, where a derivative is a matter of taste.
let private points = [| for i in -40 .. 40 -> 0.2 * float i + 0.013 |]

let private near (expected: float) (actual: float) = abs (expected - actual) <= 1e-11 * max 1.0 (abs expected)

[<Tests>]
let tests =
    [ testCase "each activation is its formula" (fun () ->
          let x = Tensor.ofFloat64Array [ 9; 9 ] points

          for layer, _, f in cases do
              let y = apply layer x |> Tensor.toFloat64Array

              for x, actual in Array.zip points y do
                  Expect.True(near (f x) actual, $"{layer.Description.Kind} {x} gave {actual} instead of {f x}"))

      testCase "gelu is x times the normal distribution function" (fun () ->
          // from tables of the normal distribution
          let x = tensorOf Float64 [ [ -1.0; 0.0; 1.0; 1.959963984540054 ] ]

          let expected = [ -0.15865525393145707; 0.0; 0.8413447460685429; 1.959963984540054 * 0.975 ]

          List.zip expected (List.ofArray (Tensor.toFloat64Array (apply gelu x)))
          |> List.iter (fun (expected, actual) -> Expect.Equal(expected, actual, 1e-12)))

      testCase "softmax gives probabilities along the last axis, or another" (fun () ->
          let x = wave [ 3; 4; 5 ]
          let one = Tensor.onesOf Float64
          Expect.True(Tensor.allClose 1e-12 1e-12 (one [ 3; 4 ]) (Tensor.sumOver [ 2 ] (apply softmax x)))
          Expect.True(Tensor.allClose 1e-12 1e-12 (one [ 3; 5 ]) (Tensor.sumOver [ 1 ] (apply (softmaxOver 1) x)))
          Expect.True(Tensor.allClose 1e-12 1e-12 (Tensor.log (apply softmax x)) (apply logSoftmax x)))

      testCase "values and slopes are PyTorch's" (fun () ->
          let others =
              [ gelu, "F.gelu(x)"; softmax, "torch.softmax(x, -1)"; logSoftmax, "torch.log_softmax(x, -1)" ]

          let cases = [ for layer, torch, _ in cases -> layer, torch ] @ others

          let script =
              let expressions = String.Join(", ", cases |> List.map snd)

              $"""
import sys, torch
import torch.nn.functional as F
x = torch.tensor([float(v) for v in sys.stdin.read().split()], dtype=torch.float64).reshape(9, 9).requires_grad_()
w = torch.cos(torch.arange(81, dtype=torch.float64)).reshape(9, 9)
for y in [{expressions}]:
    g, = torch.autograd.grad((y * w).sum(), x)
    print(*[repr(v) for v in torch.cat([y.detach().reshape(-1), g.reshape(-1)]).tolist()])
"""

          let number (x: float) = x.ToString("R", CultureInfo.InvariantCulture)
          let output = Outside.python [ "torch" ] script (points |> Array.map number |> String.concat " ")
          let lines = output.Trim().Split '\n'
          Expect.Equal(cases.Length, lines.Length)
          let x = Tensor.ofFloat64Array [ 9; 9 ] points
          let w = Tensor.cos (Tensor.reshape [ 9; 9 ] (Tensor.arangeOf Float64 0.0 81.0 1.0))

          for (layer, torch), line in Seq.zip cases lines do
              let expected = line.Split ' ' |> Array.map (fun v -> Double.Parse(v, CultureInfo.InvariantCulture))
              let slope = grad (fun x -> Tensor.sum (apply layer x * w)) x
              let actual = Array.append (Tensor.toFloat64Array (apply layer x)) (Tensor.toFloat64Array slope)

              for i, (expected, actual) in Seq.indexed (Array.zip expected actual) do
                  Expect.True(
                      near expected actual,
                      $"{layer.Description.Kind}, PyTorch's {torch}, number {i}: {actual} instead of {expected}"
                  ))

      testCase "large numbers have finite values and slopes" (fun () ->
          let x = tensorOf Float64 [ [ -1000.0; -100.0; 0.0; 100.0; 1000.0 ] ]

          for layer in softmax :: logSoftmax :: gelu :: [ for layer, _, _ in cases -> layer ] do
              if layer.Description.Kind <> "exponential" then
                  let finite (y: Tensor) = Tensor.toBool (Tensor.all (Tensor.isFinite y))
                  Expect.True(finite (apply layer x), layer.Description.Kind)

                  Expect.True(
                      finite (grad (fun x -> Tensor.sum (apply layer x)) x),
                      $"the slope of {layer.Description.Kind}"
                  ))

      testCase "float32 stays float32" (fun () ->
          for layer, _, _ in cases do
              let variables, _ = Layer.init (Key.ofInt 0) [ 4 ] layer
              Expect.Equal(Float32, (Layer.predict variables (Tensor.ones [ 2; 4 ]) layer).DType))

      testCase "prelu learns one slope an element, or shares it along axes" (fun () ->
          let alphaOf layer =
              let variables, _ = Layer.init (Key.ofInt 0) [ 4; 5; 3 ] layer
              at "alpha" variables.Parameters

          Expect.Equal<Shape>([ 4; 5; 3 ], (alphaOf prelu).Shape)
          let perChannel = preluWith { PReluOptions.defaults with SharedAxes = [ 1; 2 ] }
          Expect.Equal<Shape>([ 1; 1; 3 ], (alphaOf perChannel).Shape)
          Expect.Equal(0.0, Tensor.toFloat (Tensor.sum (alphaOf prelu)))

          Expect.Contains(
              "shared axis = 3 is not an axis of a sample [4; 5]; they count from 1, since 0 is the batch.",
              errorOf (fun () ->
                  Layer.init (Key.ofInt 0) [ 4; 5 ] (preluWith { PReluOptions.defaults with SharedAxes = [ 3 ] }))
          ))

      testCase "settings out of range are refused" (fun () ->
          Expect.Contains("leakyRelu: slope = NaN is not a finite number.", errorOf (fun () -> leakyReluOf nan))

          Expect.Contains(
              "elu: alpha = ∞ is not a finite number.",
              (errorOf (fun () -> eluOf infinity)).Replace("Infinity", "∞")
          )

          Expect.Contains(
              "softmax: axis = 0 is the batch axis; samples do not mix, so take an axis behind it.",
              errorOf (fun () -> Layer.init (Key.ofInt 0) [ 4 ] (softmaxOver 0))
          )

          Expect.Contains("axis 3 is outside", errorOf (fun () -> Layer.init (Key.ofInt 0) [ 4 ] (softmaxOver 3)))) ]
    |> testList "Layers.Activation"
