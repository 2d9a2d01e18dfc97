/// Random numbers: laws of keys, and of the numbers within bounds that a sound generator breaks once in a million.
module Functional.Tests.RandomTests

open System
open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private key = Key.ofInt 1

let private count = 100_000

let private mean (xs: float[]) = Array.average xs

let private variance (xs: float[]) =
    let m = mean xs
    xs |> Array.averageBy (fun x -> (x - m) * (x - m))

/// Within five standard errors.
let private near expected error (actual: float) =
    Expect.True(abs (actual - expected) < 5.0 * error, $"{actual} is not within 5 * {error} of {expected}")

let private words (key: Key) = List.ofArray (Tensor.toInts key.Value)

[<Tests>]
let tests =
    [ testCase "the same key gives the same numbers" (fun () ->
          forAll "same" (Gen.zip (Gen.choose (Int32.MinValue, Int32.MaxValue)) (shapeOf 0 3)) (fun (seed, shape) ->
              let draw () =
                  let key = Key.ofInt seed

                  [ Random.uniform key shape
                    Random.normalOf Float64 1.0 2.0 key shape
                    Random.bits key shape
                    Random.truncatedNormal key shape
                    Random.randint -5 6 key shape ]

              List.forall2 Tensor.sameElements (draw ()) (draw ())))

      testCase "keys of different seeds, children and numbers all differ" (fun () ->
          let keys =
              [ for seed in 0..99 do
                    let key = Key.ofInt seed
                    words key
                    let a, b = Key.split key
                    words a
                    words b

                    for child in Key.splitMany 5 (Key.fold 1 key) do
                        words child

                    for i in [ 0; 1; 2; -1; Int32.MaxValue ] do
                        words (Key.fold i key) ]

          Expect.Equal(keys.Length, keys |> List.distinct |> List.length)
          Expect.Empty(Key.splitMany 0 key)
          Expect.Equal<int list>(words (Key.fold 7 key), words (Key.foldTensor (tensor 7) key))
          Expect.Equal<int list>(words key, words (Key.ofTensor (Key.toTensor key))))

      testCase "numbers of split keys do not resemble each other" (fun () ->
          let a, b = Key.split key

          for x, y in [ a, b; key, a; key, Key.fold 1 key ] do
              let u = Tensor.toFloat64Array (Random.uniform x [ count ])
              let v = Tensor.toFloat64Array (Random.uniform y [ count ])
              let correlation = Array.map2 (fun u v -> (u - 0.5) * (v - 0.5) * 12.0) u v |> mean
              near 0.0 (1.0 / sqrt (float count)) correlation)

      testCase "uniform numbers are uniform" (fun () ->
          for dtype in [ Float32; Float64 ] do
              let x = Tensor.toFloat64Array (Random.uniformOf dtype -1.0 3.0 key [ 10; count / 10 ])
              Expect.All(x, (fun v -> Expect.InRange(v, -1.0, 3.0)))
              near 1.0 (sqrt (16.0 / 12.0 / float count)) (mean x)
              // the variance of (x - m)^2 is (1/80 - 1/144) times the width to the fourth
              near (16.0 / 12.0) (sqrt (256.0 * (1.0 / 80.0 - 1.0 / 144.0) / float count)) (variance x)

          let u = Tensor.toArray (Random.uniform key [ count ])
          Expect.True(Array.min u >= 0.0f && Array.max u < 1.0f)
          // as many in each of ten bins, by chi-squared: its mean is 9 and its deviation sqrt 18
          let expected = float count / 10.0

          let chi =
              u
              |> Array.countBy (fun v -> int (v * 10.0f))
              |> Array.sumBy (fun (_, n) -> (float n - expected) ** 2.0 / expected)

          Expect.True(chi < 9.0 + 6.0 * sqrt 18.0, $"chi-squared {chi}"))

      testCase "normal numbers are normal" (fun () ->
          for dtype in [ Float32; Float64 ] do
              let x = Tensor.toFloat64Array (Random.normalOf dtype 2.0 3.0 key [ count ])
              near 2.0 (3.0 / sqrt (float count)) (mean x)
              near 9.0 (9.0 * sqrt (2.0 / float count)) (variance x)
              let inside = x |> Array.averageBy (fun v -> if abs (v - 2.0) < 3.0 then 1.0 else 0.0)
              near 0.6826894921 (sqrt (0.68 * 0.32 / float count)) inside
              Expect.All(x, (fun v -> Expect.True(Double.IsFinite v))))

      testCase "truncated normal numbers end at two deviations" (fun () ->
          for dtype in [ Float32; Float64 ] do
              let x = Tensor.toFloat64Array (Random.truncatedNormalOf dtype 1.0 0.5 key [ count ])
              Expect.All(x, (fun v -> Expect.InRange(v, 0.0, 2.0)))
              let deviation = 0.87962566 * 0.5
              near 1.0 (deviation / sqrt (float count)) (mean x)
              near (deviation * deviation) (deviation * deviation * sqrt (2.0 / float count)) (variance x)
              let inside = x |> Array.averageBy (fun v -> if abs (v - 1.0) < 0.5 then 1.0 else 0.0)
              near (0.6826894921 / 0.9544997361) (sqrt (0.72 * 0.28 / float count)) inside)

      testCase "the truncated normal is the inverse of the error function" (fun () ->
          // its numbers come from uniform ones; the error function must lead back to those
          let u = Tensor.toFloat64Array (Random.uniformOf Float64 -1.0 1.0 key [ 1000 ])
          let x = Random.truncatedNormalOf Float64 0.0 1.0 key [ 1000 ]
          let back = Tensor.toFloat64Array (Tensor.erf (x / sqrt 2.0))
          Expect.All(Array.zip u back, (fun (u, b) -> Expect.Equal(u * 0.95449973610364158, b, 12))))

      testCase "coins fall with their probability" (fun () ->
          for p in [ 0.1; 0.5; 0.9 ] do
              let x = Random.bernoulli p key [ count ]
              Expect.Equal(Bool, x.DType)
              near p (sqrt (p * (1.0 - p) / float count)) (mean (Tensor.toFloat64Array x))

          Expect.False(Tensor.toBool (Tensor.any (Random.bernoulli 0.0 key [ count ])))
          Expect.True(Tensor.toBool (Tensor.all (Random.bernoulli 1.0 key [ count ]))))

      testCase "integers fill their range evenly" (fun () ->
          let x = Tensor.toInts (Random.randint -3 4 key [ count ])
          let counts = x |> Array.countBy id
          Expect.Equal<int list>([ -3 .. 3 ], counts |> Array.map fst |> Array.sort |> List.ofArray)
          let expected = float count / 7.0
          let chi = counts |> Array.sumBy (fun (_, n) -> (float n - expected) ** 2.0 / expected)
          Expect.True(chi < 6.0 + 6.0 * sqrt 12.0, $"chi-squared {chi}")
          // the whole range of int32, without overflow
          let wide = Tensor.toFloat64Array (Random.randint Int32.MinValue Int32.MaxValue key [ count ])
          near 0.0 (4294967296.0 / sqrt (12.0 * float count)) (mean wide)
          Expect.Equal<int[]>([| 5; 5 |], Tensor.toInts (Random.randint 5 6 key [ 2 ])))

      testCase "every bit is as often 1 as 0" (fun () ->
          let x = Tensor.toInts (Random.bits key [ count ])

          for bit in 0..31 do
              x |> Array.averageBy (fun v -> float ((v >>> bit) &&& 1)) |> near 0.5 (0.5 / sqrt (float count)))

      testCase "a permutation has every number once" (fun () ->
          forAll "permutation" (Gen.zip (Gen.choose (0, 300)) (Gen.choose (0, 1000))) (fun (n, seed) ->
              Array.sort (Tensor.toInts (Random.permutation (Key.ofInt seed) n)) = [| 0 .. n - 1 |])

          // all six orders of three, as often
          let orders =
              Key.splitMany 6000 key
              |> List.countBy (fun key -> List.ofArray (Tensor.toInts (Random.permutation key 3)))

          Expect.Equal(6, orders.Length)
          Expect.All(orders, (fun (_, n) -> near 1000.0 (sqrt (1000.0 * 5.0 / 6.0)) (float n))))

      testCase "shuffling keeps rows together" (fun () ->
          let x = Tensor.reshape [ 50; 2 ] (Tensor.arangeInt 0 100)
          let y = Random.shuffle key x
          Expect.False(Tensor.sameElements x y)
          Expect.True(Tensor.sameElements x (Tensor.sort 0 y))
          Expect.True(Tensor.toBool (Tensor.all (Tensor.equal (y[*, 1] - y[*, 0]) (tensor 1)))))

      testCase "categories are drawn with the probabilities of softmax" (fun () ->
          let p = [ 0.1; 0.2; 0.7; 0.0 ]
          let logits = Tensor.log (tensorOf Float64 p) + 5.0
          let drawn = Random.categorical key (Tensor.broadcastTo [ count; 4 ] logits)
          Expect.Equal<int list>([ count ], drawn.Shape)
          let counts = Tensor.toInts drawn |> Array.countBy id |> Map.ofArray

          p
          |> List.iteri (fun i p ->
              let share = float (Map.tryFind i counts |> Option.defaultValue 0) / float count
              near p (sqrt (p * (1.0 - p) / float count) + 1e-9) share))

      testCase "what cannot be drawn says why" (fun () ->
          fails "Random.uniform: shape = [-1] has a negative length; every axis has 0 or more elements." (fun () ->
              Random.uniform key [ -1 ])

          fails "Random.uniform: low = 1 is not below 1 by a finite distance; give the smaller bound first." (fun () ->
              Random.uniformOf Float32 1.0 1.0 key [ 1 ])

          fails "Random.uniform: gives float32, float64, float16 or bfloat16 (the wanted type is int32)" (fun () ->
              Random.uniformOf Int32 0.0 1.0 key [ 1 ])

          fails "Random.normal: deviation = -1 is not a standard deviation; give 0 or more." (fun () ->
              Random.normalOf Float32 0.0 -1.0 key [ 1 ])

          fails "Random.bernoulli: p = 1.5 is not a probability; give a number from 0 to 1." (fun () ->
              Random.bernoulli 1.5 key [ 1 ])

          fails "Random.bernoulli: p = NaN is not a probability; give a number from 0 to 1." (fun () ->
              Random.bernoulli nan key [ 1 ])

          fails "Random.randint: low = 3 is not below high = 3; give the smaller bound first." (fun () ->
              Random.randint 3 3 key [ 1 ])

          fails "Random.permutation: n = -1 is negative; permute 0 numbers or more." (fun () ->
              Random.permutation key -1)

          fails "Random.shuffle: axis 0 is outside the shape []; a scalar has no axes." (fun () ->
              Random.shuffle key (tensor 1.0))

          fails
              "Random.categorical: logits are float32, float64, float16 or bfloat16; cast them with Tensor.cast (the logits' type is int32)"
              (fun () -> Random.categorical key (tensor [ 1; 2 ]))

          fails "Key.split: n = -1 is negative; ask for 0 keys or more." (fun () -> Key.splitMany -1 key)

          fails "Key.ofTensor: a key is an int32 tensor of shape [2], and this one is float32.\ntensor  [2]" (fun () ->
              Key.ofTensor (tensor [ 1.0; 2.0 ]))

          fails "Key.fold: the data is one int32 number for each key.\nkey   [2]\ndata  [3]" (fun () ->
              Key.foldTensor (tensor [ 1; 2; 3 ]) key)) ]
    |> testList "Tensor.Random"
