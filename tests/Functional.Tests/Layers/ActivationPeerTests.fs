/// Activations made of pieces or parts beside PyTorch, also at their corners.
module Functional.Tests.ActivationPeerTests

open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.LayerPeers

/// Functions that agree with PyTorch's everywhere, corners included.
let private withCorners =
    [ celu, "F.celu(x)"
      celuOf 0.5, "F.celu(x, 0.5)"
      hardTanh, "F.hardtanh(x)"
      hardShrink, "F.hardshrink(x)"
      hardShrinkOf 1.25, "F.hardshrink(x, 1.25)"
      softShrink, "F.softshrink(x)"
      softShrinkOf 0.25, "F.softshrink(x, 0.25)"
      tanhShrink, "F.tanhshrink(x)"
      thresholdOf 0.75 -3.0, "F.threshold(x, 0.75, -3.0)"
      logSigmoid, "F.logsigmoid(x)"
      glu, "F.glu(x)"
      squareplus, "(x + torch.sqrt(x * x + 4)) / 2"
      squareplusOf 1.0, "(x + torch.sqrt(x * x + 1)) / 2"
      softmaxOverAxes [ 1; 2 ], "F.softmax(x.flatten(1), -1).reshape(x.shape)" ]

/// Functions without a peer, by their definitions; they are not asked for corners.
let private byDefinition =
    [ sparsemax, "sparsemax(x, 2)"
      sparsePlus, "torch.where(x <= -1, torch.zeros_like(x), torch.where(x < 1, (x + 1) ** 2 / 4, x))"
      sparseSigmoid, "torch.clamp((x + 1) / 2, 0, 1)"
      reluWith { MaxValue = Some 1.5; NegativeSlope = 0.25; Threshold = 0.5 },
      "torch.where(x > 0.5, torch.clamp(x, max=1.5), 0.25 * (x - 0.5))"
      reluWith { ReluOptions.defaults with Threshold = 1.0 }, "torch.where(x > 1, x, torch.zeros_like(x))" ]

let private cases functions =
    functions |> List.map (fun (layer, python) -> { Layer = layer; Sample = [ 5; 4 ]; Python = python })

[<Tests>]
let tests =
    [ testCase "values and derivatives are PyTorch's" (fun () -> compare false (cases (withCorners @ byDefinition)))

      testCase "derivatives at corners are PyTorch's" (fun () -> compare true (cases withCorners))

      testCase "sparsemax gives probabilities, and any axis will do" (fun () ->
          let x = wave [ 3; 6; 2 ]
          let y = Activation.sparsemax 1 x
          Expect.True(Tensor.allClose 1e-12 1e-12 (Tensor.onesOf Float64 [ 3; 2 ]) (Tensor.sumOver [ 1 ] y))
          Expect.True(Tensor.toFloat (Tensor.min y) >= 0.0)
          let turned = Tensor.permute [ 0; 2; 1 ] (Activation.sparsemax -1 (Tensor.permute [ 0; 2; 1 ] x))
          Expect.Equal(bits turned, bits y)
          let even = Activation.sparsemax -1 (Tensor.zerosOf Float64 [ 4 ])
          Expect.True(Tensor.allClose 1e-12 1e-12 (Tensor.fullOf Float64 [ 4 ] 0.25) even))

      testCase "the derivative of sparsePlus is sparseSigmoid" (fun () ->
          let x = wave [ 30 ]
          let slope = grad (fun x -> Tensor.sum (Activation.sparsePlus x)) x
          Expect.True(Tensor.allClose 1e-12 1e-12 (Activation.sparseSigmoid x) slope))

      testCase "extremes stay finite" (fun () ->
          let x = Tensor.ofFloat64Array [ 4 ] [| -1e30; -1e3; 1e3; 1e30 |]

          for f in [ Activation.logSigmoid; Activation.sparsemax -1; Activation.celu 1.0; Activation.tanhShrink ] do
              for y in [ f x; grad (fun x -> Tensor.sum (f x)) x ] do
                  Expect.All(Tensor.toFloat64Array y, fun v -> Expect.True(System.Double.IsFinite v)))

      testCase "layers come back from their descriptions and names" (fun () ->
          for layer, _ in withCorners @ byDefinition do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)

          for name in [ "celu"; "glu"; "HardTanh"; "soft_shrink"; "log_sigmoid"; "sparsemax"; "squareplus"; "ReLU" ] do
              Activation.ofName name |> ignore

          let limited =
              Layer.ofName "ReLU" [ "max_value", Setting.Number 6.0; "negative_slope", Setting.Number 0.5 ]

          let x = Tensor.ofFloat64Array [ 1; 3 ] [| -2.0; 3.0; 9.0 |]
          Expect.Equal<float[]>([| -1.0; 3.0; 6.0 |], Tensor.toFloat64Array (predictAlone limited x)))

      testCase "wrong options are refused" (fun () ->
          Expect.Contains(
              "alpha = 0 would divide by zero",
              errorOf (fun () -> predictAlone (celuOf 0.0) (wave [ 2; 2 ]))
          )

          Expect.Contains(
              "max value = -1 is negative",
              errorOf (fun () -> reluWith { ReluOptions.defaults with MaxValue = Some -1.0 })
          )

          Expect.Contains("an even length", errorOf (fun () -> Layer.shapes [ [ 3 ] ] glu))

          Expect.Contains(
              "axis = 0 is the batch axis",
              errorOf (fun () -> Layer.shapes [ [ 3; 2 ] ] (softmaxOverAxes [ 0; 1 ]))
          )) ]
    |> testList "Layers.ActivationPeers"
