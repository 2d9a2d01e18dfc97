module Functional.Tests.Kernels.ReductionTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

/// outer, n, inner, and the elements.
let private blocks least (element: Element<'T>) =
    gen {
        let! outer, n, inner =
            Gen.frequency
                [ 8, Gen.zip3 (Gen.choose (0, 5)) (Gen.choose (least, 40)) (Gen.choose (0, 40))
                  2, Gen.zip3 (Gen.choose (1, 40)) (Gen.choose (least, 300)) (Gen.constant 1)
                  2, Gen.zip3 (Gen.choose (1, 3)) (Gen.choose (least, 300)) (Gen.choose (1, 9))
                  1,
                  Gen.elements
                      [ 1, 5000, 1; 1, 100_003, 1; 3, 40_000, 1; 1, 30_000, 3; 2, 70, 700; 1, 2000, 600; 40, 50, 90 ] ]

        let! elements = arrayOf (outer * n * inner) element
        return outer, n, inner, elements
    }
    |> Arb.fromGen

/// The elements of each lane.
let private lanes (outer, n, inner, x: 'T[]) =
    [| for o in 0 .. outer - 1 do
           for i in 0 .. inner - 1 do
               [| for j in 0 .. n - 1 -> x[(o * n + j) * inner + i] |] |]

let private either f (a: float) b = if Double.IsNaN a || Double.IsNaN b then nan else f a b

/// NumPy's: the first NaN, or the first of the largest.
let private argBy better (lane: float[]) =
    match Array.tryFindIndex Double.IsNaN lane with
    | Some i -> i
    | None ->
        [ 1 .. lane.Length - 1 ]
        |> List.fold (fun best i -> if better lane[i] lane[best] then i else best) 0

[<Tests>]
let tests =
    [ testCase "the largest and the smallest element of each lane are found" (fun () ->
          let check kind f reduce =
              Law.checkWith
                  60
                  (string kind)
                  (Prop.forAll (blocks 1 doubles) (fun (outer, n, inner, x) ->
                      let expected = lanes (outer, n, inner, x) |> Array.map (Array.reduce f)
                      let result = onlyResult (fun () -> reduce x outer n inner)
                      same expected result

                      let ints =
                          x |> Array.map (fun v -> if Double.IsNaN v then 0 else int (Math.Clamp(v, -1e9, 1e9)))

                      let expected =
                          lanes (outer, n, inner, ints)
                          |> Array.map (Array.reduce (fun a b -> int (f (float a) (float b))))

                      let result =
                          onlyResult (fun () ->
                              let y = Array.zeroCreate (outer * inner)
                              ReduceKernels.Apply(kind, ReadOnlySpan ints, outer, n, inner, Span y)
                              y)

                      same expected result))

          for kind, f in
              [ ReduceKind.Max, either (fun a b -> Math.Max(a, b))
                ReduceKind.Min, either (fun a b -> Math.Min(a, b)) ] do
              check kind f (fun (x: float[]) outer n inner ->
                  let y = Array.zeroCreate (outer * inner)
                  ReduceKernels.Apply(kind, ReadOnlySpan x, outer, n, inner, Span y)
                  y))

      lawWith
          60
          "sums are as exact as pairwise ones"
          (Prop.forAll (blocks 0 tame) (fun (outer, n, inner, x) ->
              let lanes = lanes (outer, n, inner, x)
              let exact = lanes |> Array.map (Array.sumBy decimal >> float)
              let sizes = lanes |> Array.map (Array.sumBy abs)

              let results =
                  onAllLevels (fun () ->
                      let y = Array.zeroCreate (outer * inner)
                      ReduceKernels.Apply(ReduceKind.Sum, ReadOnlySpan x, outer, n, inner, Span y)
                      y)

              for result in results do
                  Array.iter2
                      (fun (e, size) s -> Expect.True(abs (s - e) <= 8e-15 * size))
                      (Array.zip exact sizes)
                      result

              let x = Array.map float32 x

              let results =
                  onAllLevels (fun () ->
                      let y = Array.zeroCreate (outer * inner)
                      ReduceKernels.Apply(ReduceKind.Sum, ReadOnlySpan x, outer, n, inner, Span y)
                      y)

              // The numbers themselves are rounded to float32 first.
              for result in results do
                  Array.iter2
                      (fun (e, size) s -> Expect.True(abs (float s - e) <= 4e-6 * size))
                      (Array.zip exact sizes)
                      result))

      testCase "a long sum of equal numbers loses next to nothing" (fun () ->
          let x = Array.create 4_000_003 0.1f

          for result in
              onAllLevels (fun () ->
                  let y = [| 0.0f |]
                  ReduceKernels.Apply(ReduceKind.Sum, ReadOnlySpan x, 1, x.Length, 1, Span y)
                  y) do
              Expect.Equal(float x.Length * float 0.1f, float result[0], 400_000.0 * 1e-6))

      lawWith
          60
          "sums of int32 wrap, and sums of nothing are 0"
          (Prop.forAll (blocks 0 ints) (fun (outer, n, inner, x) ->
              let result =
                  onlyResult (fun () ->
                      let y = Array.create (outer * inner) 5
                      ReduceKernels.Apply(ReduceKind.Sum, ReadOnlySpan x, outer, n, inner, Span y)
                      y)

              same (lanes (outer, n, inner, x) |> Array.map (Array.fold (+) 0)) result))

      testCase "all and any are those of each lane" (fun () ->
          let mostly value (random: Random) = (random.Next 40 = 0) <> value

          for element in [ mostly true; mostly false ] do
              Law.checkWith
                  60
                  "all, any"
                  (Prop.forAll (blocks 0 element) (fun (outer, n, inner, x) ->
                      let all () =
                          let y = Array.zeroCreate (outer * inner)
                          ReduceKernels.All(ReadOnlySpan x, outer, n, inner, Span y)
                          y

                      let any () =
                          let y = Array.zeroCreate (outer * inner)
                          ReduceKernels.Any(ReadOnlySpan x, outer, n, inner, Span y)
                          y

                      let lanes = lanes (outer, n, inner, x)
                      same (lanes |> Array.map (Array.forall id)) (onlyResult all)
                      same (lanes |> Array.map (Array.exists id)) (onlyResult any))))

      lawWith
          60
          "positions of the largest and the smallest"
          (Prop.forAll (blocks 1 doubles) (fun (outer, n, inner, x) ->
              let check (x: float[]) (kernel: bool -> int[] -> unit) =
                  let lanes = lanes (outer, n, inner, x)

                  let result isLargest =
                      onlyResult (fun () ->
                          let y = Array.zeroCreate (outer * inner)
                          kernel isLargest y
                          y)

                  same (lanes |> Array.map (argBy (>))) (result true)
                  same (lanes |> Array.map (argBy (<))) (result false)

              let inline extremes (x: 'T[]) isLargest (y: int[]) =
                  if isLargest then
                      ArgKernels.ArgMax(ReadOnlySpan x, outer, n, inner, Span y)
                  else
                      ArgKernels.ArgMin(ReadOnlySpan x, outer, n, inner, Span y)

              check x (extremes x)
              let singles = Array.map float32 x
              check (Array.map float singles) (extremes singles)
              let ints = x |> Array.map (fun v -> if Double.IsNaN v then 0 else int (Math.Clamp(v, -9.0, 9.0)))
              check (Array.map float ints) (extremes ints)))

      lawWith
          60
          "running sums"
          (Prop.forAll (blocks 0 tame) (fun (outer, n, inner, x) ->
              let result =
                  onlyResult (fun () ->
                      let y = Array.zeroCreate x.Length
                      ScanKernels.CumSum(ReadOnlySpan x, outer, n, inner, Span y)
                      y)

              for lane, sums in Array.zip (lanes (outer, n, inner, x)) (lanes (outer, n, inner, result)) do
                  same (Array.scan (+) 0.0 lane |> Array.tail) sums))

      testCase "an empty axis has no extremes" (fun () ->
          Expect.Throws<ArgumentException>(fun () ->
              ArgKernels.ArgMax(ReadOnlySpan Array.empty<float>, 1, 0, 1, Span [| 0 |]))
          |> ignore) ]
    |> testList "Kernels.Reduction"
