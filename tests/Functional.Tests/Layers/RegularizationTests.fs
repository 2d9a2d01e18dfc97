module Functional.Tests.RegularizationTests

open Expecto
open Functional
open Functional.Tests.Chains

let private run (layer: Layer<Tensor, Tensor>) key (x: Tensor) =
    fst (layer.Apply (fst (Layer.init (Key.ofInt 0) x.Shape.Tail layer)) (training key) x)

let private disturbing = [ dropout 0.4; gaussianNoise 0.5; gaussianDropout 0.4 ]

[<Tests>]
let tests =
    [ testCase "nothing is disturbed outside training" (fun () ->
          let x = Tensor.cast Float32 (wave [ 20; 5 ])

          for layer in disturbing do
              Expect.Same(x, predictAlone layer x))

      testCase "the key decides what is drawn" (fun () ->
          let x = Tensor.ones [ 20; 5 ]

          for layer in disturbing do
              Expect.Equal(bits (run layer 1 x), bits (run layer 1 x))
              Expect.NotEqual(bits (run layer 1 x), bits (run layer 2 x)))

      testTheory "dropout drops its share and keeps the mean" [ 0.1; 0.5; 0.9 ] (fun (rate: float) ->
          let y = run (dropout rate) 3 (Tensor.ones [ 200; 500 ]) |> Tensor.toFloat64Array
          let kept = 1.0 / (1.0 - rate)
          Expect.All(Array.distinct y, fun v -> Expect.True(v = 0.0 || abs (v - kept) < 1e-5))
          let dropped = float (y |> Array.filter ((=) 0.0) |> Array.length) / 100_000.0
          // four deviations of a binomial distribution
          Expect.Equal(rate, dropped, 4.0 * sqrt (rate * (1.0 - rate) / 100_000.0)))

      testCase "dropout of nothing drops nothing" (fun () ->
          let x = Tensor.cast Float32 (wave [ 4; 5 ])
          Expect.Equal(bits x, bits (run (dropout 0.0) 3 x)))

      testCase "what is dropped has no gradient, and what is kept has its scale" (fun () ->
          let x = Tensor.ones [ 10; 10 ]
          let slope = grad (fun x -> Tensor.sum (run (dropout 0.5) 3 x)) x
          Expect.Equal(bits (run (dropout 0.5) 3 x), bits slope))

      testCase "noise has its deviation" (fun () ->
          let x = Tensor.fullOf Float64 [ 300; 300 ] 2.0
          let moments (y: Tensor) = Tensor.toFloat (Tensor.mean y), Tensor.toFloat (Tensor.std y)
          let mean, sd = moments (run (gaussianNoise 0.5) 5 x)
          Expect.Equal(2.0, mean, 0.01)
          Expect.Equal(0.5, sd, 0.005)
          let mean, sd = moments (run (gaussianDropout 0.2) 5 x)
          Expect.Equal(2.0, mean, 0.02)
          Expect.Equal(2.0 * sqrt 0.25, sd, 0.01))

      testTheory "a rate outside its range is refused" [ 1.0; -0.1; System.Double.NaN ] (fun (rate: float) ->
          let expected = "is not a share to drop; give 0 or more, and less than 1."
          Expect.Contains(expected, errorOf (fun () -> dropout rate))
          Expect.Contains(expected, errorOf (fun () -> gaussianDropout rate)))

      testCase "disturbing integers is refused" (fun () ->
          Expect.Contains("gaussianNoise: sd = -1 is not a standard deviation", errorOf (fun () -> gaussianNoise -1.0))

          Expect.Contains(
              "dropout: works on float32, float64, float16 or bfloat16; cast it with Tensor.cast Float32 (the input is int32)",
              errorOf (fun () -> run (dropout 0.5) 1 (Tensor.ofInts [ 1; 2 ] [| 1; 2 |]))
          )) ]
    |> testList "Layers.Regularization"
