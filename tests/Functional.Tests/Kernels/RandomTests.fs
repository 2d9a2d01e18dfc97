module Functional.Tests.Kernels.RandomTests

#nowarn "9" // kernels take pointers

open System
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private uniform32 (keys: int[]) n =
    onlyResult (fun () ->
        let y: float32[] = Array.zeroCreate n
        RandomKernels.Uniform(ReadOnlySpan keys, Span y)
        y)

let private uniform64 (keys: int[]) n =
    onlyResult (fun () ->
        let y: float[] = Array.zeroCreate n
        RandomKernels.Uniform(ReadOnlySpan keys, Span y)
        y)

let private normal32 (keys: int[]) n =
    onlyResult (fun () ->
        let y: float32[] = Array.zeroCreate n
        RandomKernels.Normal(ReadOnlySpan keys, Span y)
        y)

let private normal64 (keys: int[]) n =
    onlyResult (fun () ->
        let y: float[] = Array.zeroCreate n
        RandomKernels.Normal(ReadOnlySpan keys, Span y)
        y)

let private wholes (keys: int[]) n =
    onlyResult (fun () ->
        let y = Array.zeroCreate n
        RandomKernels.Bits(ReadOnlySpan keys, Span y)
        y)

/// The largest distance between the distribution of the numbers and the one given, scaled as Kolmogorov's is.
let private distance cumulative (numbers: float[]) =
    let sorted = Array.sort numbers
    let n = float sorted.Length

    let worst =
        sorted
        |> Array.mapi (fun i x -> max (abs (cumulative x - float i / n)) (abs (cumulative x - float (i + 1) / n)))
        |> Array.max

    worst * sqrt n

let private normalCumulative x =
    let y = [| 0.0 |]
    UnaryKernels.Apply(FusedOp.Erf, ReadOnlySpan [| x / sqrt 2.0 |], Span y)
    (1.0 + y[0]) / 2.0

[<Tests>]
let tests =
    [ testCase "Philox gives the words its authors published" (fun () ->
          // Random123, kat_vectors: counter, key, result.
          let words (text: string) = text.Split ' ' |> Array.map (fun w -> Convert.ToUInt32(w, 16))

          for counter, key, expected in
              [ "00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"
                "ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"
                "243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1" ] do
              let c, k = words counter, words key
              let struct (w, x, y, z) = Philox.Block(k[0], k[1], c[0], c[1], c[2], c[3])
              Expect.Equal<uint32[]>(words expected, [| w; x; y; z |]))

      testCase "blocks computed side by side are those computed one by one, with vectors of any width" (fun () ->
          Law.checkWith 40 "words" (fun (a: int) (b: int) (FsCheck.PositiveInt n) ->
              let n = n % 700 + 1
              let blocks = (n + 3) / 4

              let expected =
                  [| for i in 0 .. blocks - 1 do
                         let struct (w, x, y, z) = Philox.Block(uint a, uint b, uint i, 0u, 0u, 0u)
                         yield! [| int w; int x; int y; int z |] |]

              same expected[.. n - 1] (onlyResult (fun () -> wholes [| a; b |] n))))

      testCase "a number depends on its key and its position only" (fun () ->
          let numbers (draw: int[] -> int -> 'T[]) =
              Law.checkWith 20 "prefixes" (fun (a: int) (b: int) (FsCheck.PositiveInt n) ->
                  let long = draw [| a; b |] 20_011
                  let short = draw [| a; b |] n
                  let two = draw [| 5; 6; a; b |] (2 * n)
                  same long[.. n - 1] short
                  same short two[n..])

          numbers uniform32
          numbers uniform64
          numbers normal32
          numbers normal64
          numbers wholes)

      testCase "numbers are distributed as they should" (fun () ->
          // Kolmogorov's statistic passes 1.95 once in a thousand; the keys are fixed.
          for key in [ [| 1; 2 |]; [| -7; 12345 |] ] do
              Expect.InRange(distance id (uniform32 key 40_000 |> Array.map float), 0.0, 1.95)
              Expect.InRange(distance id (uniform64 key 40_000), 0.0, 1.95)
              Expect.InRange(distance normalCumulative (normal32 key 40_000 |> Array.map float), 0.0, 1.95)
              Expect.InRange(distance normalCumulative (normal64 key 40_000), 0.0, 1.95)
              let uniform = uniform32 key 40_000

              Expect.All(
                  uniform,
                  (fun u -> Expect.True(u >= 0.0f && u < 1.0f && floor (u * 16777216.0f) = u * 16777216.0f))
              ))

      testCase
          "quantiles of the normal distribution, in the centre and in both tails, with vectors of any width"
          (fun () ->
              // SciPy 1.10's norm.ppf.
              let known =
                  [ 1e-300, -37.0470962993612
                    1e-100, -21.273453560965322
                    1e-12, -7.034483825301131
                    1.3e-11, -6.667611456510741
                    1e-4, -3.7190164854556804
                    0.07, -1.4757910281791706
                    0.075, -1.4395314709384563
                    0.3, -0.5244005127080409
                    0.5, 0.0
                    0.6, 0.2533471031357997
                    0.93, 1.475791028179171
                    0.999999999, 5.997807019601637
                    0.9999999999999998, 8.125890664701908 ]

              let quantiles (p: float[]) =
                  onlyResult (fun () ->
                      let room = Array.append p (Array.zeroCreate InverseNormal.Padding)
                      use pointer = fixed room
                      InverseNormal.Apply(KernelScope.Level, pointer, p.Length)
                      room[.. p.Length - 1])

              let result = quantiles [| for p, _ in known -> p |]

              for (p, expected), actual in List.zip known (List.ofArray result) do
                  Expect.True(abs (actual - expected) <= 4e-15 * abs expected, $"{p}: {actual}, not {expected}"))

      testCase "normal numbers do not change" (fun () ->
          // What every machine must give: the first four of one key, in both types.
          let singles = [| 1049818920L; 3181473331L; 3216629665L; 3201432147L |]
          Expect.Equal<int64[]>(singles, bits (normal32 [| 42; 0 |] 4))

          let doubles =
              [| 4598842507101172694L; -4614153373367806045L; 4612244941339084930L; 4585185339872266843L |]

          Expect.Equal<int64[]>(doubles, bits (normal64 [| 42; 0 |] 4)))

      testCase "keys come from keys" (fun () ->
          let split (keys: int[]) n =
              let y = Array.zeroCreate (keys.Length * n)
              RandomKernels.Split(ReadOnlySpan keys, n, Span y)
              y

          let fold (keys: int[]) (data: int[]) =
              let y = Array.zeroCreate keys.Length
              RandomKernels.FoldIn(ReadOnlySpan keys, ReadOnlySpan data, Span y)
              y

          Law.check "split and fold" (fun (a: int) (b: int) (c: int) ->
              let key = [| a; b |]
              let children = split key 50 |> Array.chunkBySize 2
              same (Array.concat children[..9]) (split key 10)
              same (split key 3) ((split [| 1; 2; a; b |] 3)[6..])
              let folded = fold key [| c |]
              same folded ((fold [| 9; 9; a; b |] [| 0; c |])[2..])
              // No two alike, nor like the key.
              let all = key :: folded :: List.ofArray children
              Expect.Equal(52, List.length (List.distinct all))
              Expect.NotEqual<int[]>(fold key [| c + 1 |], folded)))

      testCase "what a key draws is unlike what its children are, and draw" (fun () ->
          let key = [| 3; 4 |]
          let children = Array.zeroCreate 4
          RandomKernels.Split(ReadOnlySpan key, 2, Span children)
          let a = wholes key 1000
          let b = wholes children[..1] 1000
          let c = wholes children[2..] 1000
          Expect.Empty(Set.intersect (set a) (set children))
          Expect.Equal(3000, (Set.unionMany [ set a; set b; set c ]).Count))

      testCase "numbers that do not come evenly from the keys are refused" (fun () ->
          Expect.Throws<ArgumentException>(fun () ->
              RandomKernels.Uniform(ReadOnlySpan [| 1; 2; 3; 4 |], Span [| 0.0; 0.0; 0.0 |]))
          |> ignore) ]
    |> testList "Kernels.Random"
