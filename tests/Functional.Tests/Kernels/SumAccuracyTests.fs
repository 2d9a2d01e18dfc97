/// One bound on the rounding errors of sums, eager and compiled.
module Functional.Tests.Kernels.SumAccuracyTests

open System
open FsCheck.FSharp
open Functional
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

/// The sum, and the sum of absolute values, of float64 numbers, nearly exact: what roundings lose is added at the end.
let private exactSums (x: seq<float>) =
    let mutable sum = 0.0
    let mutable lost = 0.0
    let mutable size = 0.0

    for v in x do
        let next = sum + v
        lost <- lost + (if abs sum >= abs v then (sum - next) + v else (v - next) + sum)
        sum <- next
        size <- size + abs v

    struct (sum + lost, size)

/// For each position on the axes that are kept the exact sum over the others, and the sum of absolute values.
let private sumsOver (axes: int list) (shape: int list) (x: float[]) =
    let kept = [ 0 .. shape.Length - 1 ] |> List.filter (fun axis -> not (List.contains axis axes))
    let steps = contiguous shape

    let offsets axes =
        positions (axes |> List.map (fun a -> shape[a]))
        |> List.map (List.map2 (*) (axes |> List.map (fun a -> steps[a])) >> List.sum)

    let joined = Array.ofList (offsets axes)
    [| for at in offsets kept -> exactSums (joined |> Seq.map (fun o -> x[at + o])) |]

/// |sum - exact| <= 16 log2 n eps sum |x|.
let private withinBound eps n (struct (exact: float, size: float)) (given: float) =
    abs (given - exact) <= 16.0 * Math.Log2(float (max 2 n)) * eps * size

/// A shape, the axes to sum over, and how to fill it: with equal numbers, of which roundings add up, or with random ones.
let private cases =
    let long = Gen.elements [ 1; 2; 3; 17; 64; 127; 129; 300; 1025 ]

    gen {
        let! rank = Gen.choose (1, 3)
        let! shape = Gen.listOfLength rank long

        let! shape =
            Gen.frequency
                [ 2, Gen.constant shape
                  1,
                  Gen.elements
                      [ [ 200_003 ]
                        [ 40_001; 3 ]
                        [ 100; 41; 3 ]
                        [ 4; 50_001 ]
                        [ 2; 70_001 ]
                        [ 5000; 20 ]
                        [ 300; 2; 100 ]
                        [ 60; 2050 ]
                        [ 2; 3; 20_000 ] ] ]

        let shape = if Shape.size shape > 300_000 then List.truncate 2 (List.sort shape) else shape
        let! axes = Gen.subListOf [ 0 .. shape.Length - 1 ]
        let axes = if axes.IsEmpty then [ 0 ] else axes
        let! equal = Gen.elements [ true; false ]
        let! seed = Gen.choose (0, Int32.MaxValue)
        return shape, axes, equal, seed
    }

let private values shape equal (seed: int) =
    let random = Random seed
    let first = 0.1 + random.NextDouble()

    Array.init (Shape.size shape) (fun _ -> if equal then first else 10.0 * random.NextDouble() - 3.0)

/// Ways to sum, all of which must keep the bound; compiled ones fuse what stands before and after.
let private ways: (string * (int list -> Tensor -> Tensor)) list =
    [ "eager", Tensor.sumOver
      "compiled", (fun axes x -> Tensor.compile (Tensor.sumOver axes) x)
      "compiled, of a fused argument",
      (fun axes x -> Tensor.compile (fun x -> Tensor.sumOver axes (Tensor.abs x * Tensor.sign x)) x)
      "compiled, with another sum beside it",
      (fun axes x -> Tensor.compile (fun x -> Tensor.sumOver axes (x + 0.0) + 0.0 * Tensor.sum (x * x)) x) ]

/// Sums over rows, of rows, of everything and of a value a row, by a fused program.
let private program (rows: int, columns: int) =
    let operand strides = FusedOperand(ElementType.Float32, Array.map int64 strides)
    let step op a = FusedInstruction(op, ElementType.Float32, a)

    FusedProgram(
        [| rows; columns |],
        [| operand [| columns; 1 |]
           operand [| 0; 1 |]
           operand [| 0; 0 |]
           operand [| 1; 0 |]
           operand [| 0; 0 |] |],
        [| step FusedOp.Load 0; step FusedOp.RowSum 0 |],
        [| FusedStore(0, 1, FusedStoreKind.Sum)
           FusedStore(0, 2, FusedStoreKind.Sum)
           FusedStore(1, 3, FusedStoreKind.Write)
           FusedStore(1, 4, FusedStoreKind.SumRows) |]
    )

[<Tests>]
let tests =
    [ lawWith
          40
          "sums keep one bound, eager and compiled, with the same bits on any number of threads"
          (Prop.forAll (Arb.fromGen cases) (fun (shape, axes, equal, seed) ->
              let x = values shape equal seed
              let n = axes |> List.map (fun axis -> shape[axis]) |> Shape.size

              let check (x: Tensor) eps =
                  let exact = sumsOver axes shape (Tensor.toFloat64Array (Tensor.cast Float64 x))

                  for name, sum in ways do
                      let results =
                          [ for threads in [ 1; 2; 4 ] ->
                                withSetting KernelScope.DetectedLevel threads (fun () ->
                                    Tensor.toFloat64Array (Tensor.cast Float64 (sum axes x))) ]

                      for result in results do
                          same results.Head result

                      Array.iter2
                          (fun exact given ->
                              Expect.True(withinBound eps n exact given, $"{name}: {given} for {exact} of {n}"))
                          exact
                          results.Head

              check (Tensor.reshape shape (tensor (Array.map float32 x))) (Math.ScaleB(1.0, -23))
              check (Tensor.reshape shape (tensorOf Float64 x)) (Math.ScaleB(1.0, -52))))

      testCase "sums of generated and of interpreted programs keep the bound, with the same bits" (fun () ->
          for rows, columns in [ 40_001, 3; 130, 1500; 3, 200_001; 1, 300_000; 5000, 64; 1200, 300 ] do
              for equal in [ true; false ] do
                  let x = values [ rows; columns ] equal (rows + columns)
                  let singles = Array.map float32 x
                  let x = Array.map float singles
                  let zeros n : Array = Array.zeroCreate<float32> n

                  let case: FusedCases.Case =
                      { Program = program (rows, columns)
                        Arrays = [ singles; zeros columns; zeros 1; zeros rows; zeros 1 ]
                        Places = [ for i in 0..4 -> i, 0 ] }

                  let shape = [ rows; columns ]

                  let exact =
                      [ rows, sumsOver [ 0 ] shape x
                        rows * columns, sumsOver [ 0; 1 ] shape x
                        columns, sumsOver [ 1 ] shape x
                        rows * columns, sumsOver [ 0; 1 ] shape x ]

                  for level in levels do
                      let results =
                          [ for mode in [ FusedMode.Interpreted; FusedMode.Generated ] do
                                for threads in [ 1; 2; 4 ] ->
                                    withSetting level threads (fun () -> FusedCases.run mode case)
                                    |> List.map (fun a -> a :?> float32[]) ]

                      for result in results do
                          List.iter2 same results.Head result

                      for (n, exact), given in List.zip exact results.Head.Tail do
                          Array.iter2
                              (fun exact given ->
                                  Expect.True(
                                      withinBound (Math.ScaleB(1.0, -23)) n exact (float given),
                                      $"{level}: {given} for {exact} of {rows} x {columns}"
                                  ))
                              exact
                              given)

      testCase "sums that are not finite are what additions make them" (fun () ->
          for rows, columns in [ 3000, 5; 2, 4000 ] do
              for special in [ [ infinityf ]; [ infinityf; -infinityf ]; [ nanf ]; [ -infinityf ] ] do
                  let x = Array.create (rows * columns) 1.0f
                  special |> List.iteri (fun i v -> x[(i * 2 + 1) * columns / (if rows = 2 then 4 else 1)] <- v)
                  let x = Tensor.reshape [ rows; columns ] (tensor x)

                  for axes in [ [ 0 ]; [ 1 ]; [ 0; 1 ] ] do
                      let eager = Tensor.toArray (Tensor.sumOver axes x)
                      let compiled = Tensor.toArray (Tensor.compile (fun x -> Tensor.sumOver axes (x * 1.0)) x)
                      let kind v = if Single.IsFinite v then 0.0f else v
                      same (Array.map kind eager) (Array.map kind compiled))

      testCase "the mean of many equal pixels is the pixel" (fun () ->
          let x = Tensor.full [ 50; 224; 224; 3 ] 0.4789

          for mean in
              [ Tensor.toArray (Tensor.meanOver [ 0; 1; 2 ] x)
                Tensor.toArray (Tensor.compile (Tensor.meanOver [ 0; 1; 2 ]) x) ] do
              for v in mean do
                  Expect.True(abs (v - 0.4789f) <= 1e-6f, $"{v}")) ]
    |> testList "Kernels.SumAccuracy"
