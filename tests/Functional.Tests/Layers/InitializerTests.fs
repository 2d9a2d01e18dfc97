module Functional.Tests.InitializerTests

open System
open Expecto
open Functional
open Functional.Tests.Chains

let private draw (initializer: Initializer) shape = Tensor.toFloat64Array (initializer.Draw (Key.ofInt 42) shape)

let private deviation values =
    let mean = Array.average values
    sqrt (Array.averageBy (fun x -> (x - mean) ** 2.0) values)

/// Initializer, the deviation for a kernel [300; 200], and the largest magnitude it may draw.
let private scaled: (Initializer * float * float) list =
    let limit fan scale = sqrt (3.0 * scale / fan)
    // a normal distribution cut at two of the deviations it had before
    let cut sd = 2.0 * sd / 0.87962566103423978

    [ Initializer.glorotUniform, sqrt (1.0 / 250.0), limit 250.0 1.0
      Initializer.glorotNormal, sqrt (1.0 / 250.0), cut (sqrt (1.0 / 250.0))
      Initializer.heUniform, sqrt (2.0 / 300.0), limit 300.0 2.0
      Initializer.heNormal, sqrt (2.0 / 300.0), cut (sqrt (2.0 / 300.0))
      Initializer.lecunUniform, sqrt (1.0 / 300.0), limit 300.0 1.0
      Initializer.lecunNormal, sqrt (1.0 / 300.0), cut (sqrt (1.0 / 300.0))
      Initializer.randomNormal 0.0 0.05, 0.05, 1.0
      Initializer.randomUniform -0.05 0.05, 0.1 / sqrt 12.0, 0.05
      Initializer.truncatedNormal 0.0 0.05, 0.05 * 0.87962566103423978, 0.1
      Initializer.varianceScaling 3.0 FanMode.FanOut InitialDistribution.UntruncatedNormal, sqrt (3.0 / 200.0), 2.0
      Initializer.varianceScaling 3.0 FanMode.FanOut InitialDistribution.Uniform, sqrt (3.0 / 200.0), limit 200.0 3.0 ]

[<Tests>]
let tests =
    [ testCase "initializers have their means, deviations and limits" (fun () ->
          for initializer, sd, limit in scaled do
              let values = draw initializer [ 300; 200 ]

              let what =
                  $"{initializer.Name}: mean {Array.average values}, deviation {deviation values} instead of {sd}"

              Expect.True(abs (Array.average values) < 0.02 * sd, what)
              Expect.True(abs (deviation values / sd - 1.0) < 0.01, what)

              Expect.True(
                  values |> Array.forall (fun x -> abs x <= limit * (1.0 + 1e-6)),
                  $"{initializer.Name} goes beyond {limit}"
              ))

      testCase "normal numbers have their mean, and constants are constant" (fun () ->
          Expect.Equal(3.0, Array.average (draw (Initializer.randomNormal 3.0 0.1) [ 100; 100 ]), 0.01)
          Expect.All(draw Initializer.zeros [ 3 ], fun x -> Expect.Equal(0.0, x))
          Expect.All(draw Initializer.ones [ 3 ], fun x -> Expect.Equal(1.0, x))
          Expect.All(draw (Initializer.constant 0.5) [ 2; 2 ], fun x -> Expect.Equal(0.5, x)))

      testCase "fans are those of Keras" (fun () ->
          Expect.Equal((1L, 1L), Initializer.fans [])
          Expect.Equal((7L, 7L), Initializer.fans [ 7 ])
          Expect.Equal((3L, 4L), Initializer.fans [ 3; 4 ])
          Expect.Equal((75L, 100L), Initializer.fans [ 5; 5; 3; 4 ]))

      testCase "the same key gives the same numbers, another one others" (fun () ->
          for initializer, _, _ in (Initializer.orthogonal 1.0, 0.0, 0.0) :: scaled do
              let at key = bits (initializer.Draw (Key.ofInt key) [ 6; 5 ])
              Expect.Equal(at 1, at 1)
              Expect.NotEqual(at 1, at 2))

      testTheory
          "orthogonal columns, or rows where the matrix is wide"
          [ 8, 8; 13, 5; 5, 13; 1, 4; 64, 256 ]
          (fun (rows: int, columns: int) ->
              let q = (Initializer.orthogonal 3.0).Draw (Key.ofInt 4) [ rows; columns ] |> Tensor.cast Float64

              let product =
                  if rows >= columns then
                      Tensor.matmul (Tensor.transpose q) q
                  else
                      Tensor.matmul q (Tensor.transpose q)

              let n = min rows columns
              Expect.True(Tensor.allClose 1e-6 1e-5 (Tensor.eyeOf Float64 n n * 9.0) product))

      testCase "orthogonal has no preferred direction" (fun () ->
          // the signs of R's diagonal make the distribution uniform over all orthogonal matrices: the first entry's sign is
          // fair
          let first =
              [ for key in 0..399 -> Tensor.toFloat ((Initializer.orthogonal 1.0).Draw (Key.ofInt key) [ 2; 2 ]).[0, 0] ]

          let positive = first |> List.filter (fun x -> x > 0.0) |> List.length
          Expect.InRange(positive, 160, 240))

      testCase "a convolution kernel is orthogonal as one matrix" (fun () ->
          let q =
              (Initializer.orthogonal 1.0).Draw (Key.ofInt 4) [ 3; 3; 4; 8 ]
              |> Tensor.reshape [ 36; 8 ]
              |> Tensor.cast Float64

          Expect.True(Tensor.allClose 1e-6 1e-6 (Tensor.eyeOf Float64 8 8) (Tensor.matmul (Tensor.transpose q) q)))

      testCase "the identity is cut where it is not square" (fun () ->
          Expect.Equal<float[]>([| 2.0; 0.0; 0.0; 0.0; 2.0; 0.0 |], draw (Initializer.identity 2.0) [ 2; 3 ]))

      testCase "initializers come back from their settings" (fun () ->
          let others =
              [ Initializer.zeros
                Initializer.ones
                Initializer.constant 0.5
                Initializer.orthogonal 0.3
                Initializer.identity 2.0 ]

          for initializer in others @ [ for initializer, _, _ in scaled -> initializer ] do
              let setting = Initializer.toSetting initializer
              let back = Initializer.ofSetting setting
              Expect.Equal(setting, Initializer.toSetting back)
              let bitsOf (i: Initializer) = bits (i.Draw (Key.ofInt 3) [ 4; 3 ])
              Expect.Equal(bitsOf initializer, bitsOf back))

      testCase "initializers out of range are refused" (fun () ->
          let message (f: unit -> Initializer) = errorOf f
          Expect.Contains("sd = -1 is not a standard deviation", message (fun () -> Initializer.randomNormal 0.0 -1.0))
          Expect.Contains("low = 1 is not below high = 0", message (fun () -> Initializer.randomUniform 1.0 0.0))
          Expect.Contains("value = NaN is not a finite number", message (fun () -> Initializer.constant nan))

          Expect.Contains(
              "scale = 0 is not above 0",
              message (fun () -> Initializer.varianceScaling 0.0 FanMode.FanIn InitialDistribution.Uniform)
          )

          Expect.Contains(
              "an orthogonal parameter needs two axes or more",
              errorOf (fun () -> (Initializer.orthogonal 1.0).Draw (Key.ofInt 0) [ 3 ])
          )

          Expect.Contains(
              "an identity is a matrix",
              errorOf (fun () -> (Initializer.identity 1.0).Draw (Key.ofInt 0) [ 3 ])
          )

          Expect.Contains(
              "name = 'mine' is not an initializer of the library",
              errorOf (fun () -> Initializer.ofSetting (Setting.Group [ "name", Setting.Text "mine" ]))
          )

          Expect.Contains(
              "the setting 'mean' is missing",
              errorOf (fun () -> Initializer.ofSetting (Setting.Group [ "name", Setting.Text "random_normal" ]))
          )) ]
    |> testList "Layers.Initializer"
