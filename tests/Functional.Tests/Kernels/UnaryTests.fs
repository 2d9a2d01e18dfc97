module Functional.Tests.Kernels.UnaryTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private singleOf kind (x: float32[]) =
    let y = Array.zeroCreate x.Length
    UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
    y

let private doubleOf kind (x: float[]) =
    let y = Array.zeroCreate x.Length
    UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
    y

let private expm1 x = if abs x < 1e-5 then x + x * x / 2.0 + x * x * x / 6.0 else Math.Exp x - 1.0
let private log1p x = if abs x < 1e-5 then x - x * x / 2.0 + x * x * x / 3.0 else Math.Log(1.0 + x)

/// The function of float64, and how far from it that of float32 may be, in units of the last place.
let private functions =
    [ FusedOp.Exp, Math.Exp, 1.0
      FusedOp.Expm1, expm1, 2.0
      FusedOp.Log, Math.Log, 1.0
      FusedOp.Log1p, log1p, 1.0
      FusedOp.Sqrt, Math.Sqrt, 0.5
      FusedOp.Rsqrt, (fun x -> 1.0 / Math.Sqrt x), 1.5
      FusedOp.Sin, Math.Sin, 0.51
      FusedOp.Cos, Math.Cos, 0.51
      FusedOp.Tan, Math.Tan, 0.51
      FusedOp.Asin, Math.Asin, 0.51
      FusedOp.Acos, Math.Acos, 0.51
      FusedOp.Atan, Math.Atan, 0.51
      FusedOp.Sinh, Math.Sinh, 0.51
      FusedOp.Cosh, Math.Cosh, 0.51
      FusedOp.Tanh, Math.Tanh, 1.5
      FusedOp.Sigmoid, (fun x -> if x < 0.0 then Math.Exp x / (1.0 + Math.Exp x) else 1.0 / (1.0 + Math.Exp -x)), 2.0
      FusedOp.Softplus, (fun x -> max x 0.0 + log1p (Math.Exp -(abs x))), 2.0
      FusedOp.Erf, (fun x -> (doubleOf FusedOp.Erf [| x |])[0]), 1.5 ]

/// Those whose result is the rounded one.
let private exactFunctions =
    [ FusedOp.Neg, (fun (x: float) -> -x)
      FusedOp.Abs, abs
      FusedOp.Sign, (fun x -> if Double.IsNaN x then x else float (sign x))
      FusedOp.Floor, floor
      FusedOp.Ceil, ceil
      FusedOp.Round, (fun x -> Math.Round(x, MidpointRounding.ToEven))
      FusedOp.Sqrt, sqrt
      FusedOp.Relu, (fun x -> if x < 0.0 then 0.0 else x) ]

/// Numbers of all sizes and, more densely, those where functions bend.
let private samples =
    let random = Random 7

    [| for _ in 1..12_000 do
           BitConverter.Int32BitsToSingle(random.Next(Int32.MinValue, Int32.MaxValue))
       for _ in 1..12_000 do
           float32 (random.NextDouble() * 2.0 - 1.0)
       for _ in 1..12_000 do
           float32 (random.NextDouble() * 40.0 - 20.0)
       for _ in 1..12_000 do
           float32 (random.NextDouble() * 220.0 - 110.0)
       for x in
           [ 0.0f
             1.0f
             Single.Epsilon
             1.17549435e-38f
             Single.MaxValue
             infinityf
             88.72284f
             103.97f
             0.625f
             0.9277f ] do
           x
           -x
       nanf |]

/// The functions that have vector code of their own.
let private dense =
    functions
    |> List.filter (fun (kind, _, _) ->
        List.contains
            kind
            [ FusedOp.Exp
              FusedOp.Expm1
              FusedOp.Log
              FusedOp.Log1p
              FusedOp.Tanh
              FusedOp.Sigmoid
              FusedOp.Softplus
              FusedOp.Erf ])

[<Tests>]
let tests =
    [ testCase "each function of one float has its error bounded here" (fun () ->
          let bounded = List.map (fun (op, _, _) -> op) functions @ List.map fst exactFunctions

          for op in Enum.GetValues<FusedOp>() do
              match ElementwiseOperation.Of op with
              | null -> ()
              | row ->
                  if row.Arity = 1 && not (isNull row.Float32) then
                      Expect.Contains(op, bounded))

      testCase "functions of float32 are close to those of float64" (fun () ->
          for kind, exact, bound in functions do
              for result in onAllLevels (fun () -> singleOf kind samples) do
                  let worst =
                      Array.map2 (fun (x: float32) y -> ulps32 y (exact (float x)), x, y) samples result |> Array.max

                  let distance, x, y = worst

                  Expect.True(
                      distance <= bound,
                      $"{kind} {x:R} gives {y:R}, {distance} units from {exact (float x):R}."
                  ))

      testCase "all sizes of float32, densely, are within two units" (fun () ->
          // Every 16381st float there is: NaN, infinities and numbers below the normal range among them.
          let points =
              Array.init (int (0x100000000L / 16381L)) (fun i -> BitConverter.UInt32BitsToSingle(uint32 i * 16381u))

          for kind, exact, _ in dense do
              let expected = points |> Array.map (float >> exact)

              for level in levels do
                  let result = withSetting level 1 (fun () -> singleOf kind points)

                  for i in 0 .. points.Length - 1 do
                      let distance = ulps32 result[i] expected[i]

                      if not (distance <= 2.0) then
                          Expect.Fail
                              $"{kind} {points[i]:R} gives {result[i]:R}, {distance} units from {expected[i]:R}.")

      testCase "functions of float64 are close to exact ones" (fun () ->
          let random = Random 8
          let between lo hi = Array.init 400 (fun _ -> lo + (hi - lo) * random.NextDouble())

          for kind, exact, points, bound in
              [ FusedOp.Exp, Exact.exp, between -10.0 10.0, 1.0
                FusedOp.Expm1, (fun x -> Exact.exp x - 1m), between -5.0 10.0, 2.0
                FusedOp.Log, Exact.log, between 1e-3 50.0, 1.0
                FusedOp.Log1p, (fun x -> Exact.log (1m + x)), between -0.9 9.0, 1.5
                FusedOp.Tanh, Exact.tanh, between -9.0 9.0, 2.0
                FusedOp.Sigmoid, Exact.sigmoid, between -9.0 9.0, 2.0
                FusedOp.Softplus, (fun x -> Exact.log (1m + Exact.exp x)), between -9.0 9.0, 2.0
                FusedOp.Erf, Exact.erf, between -3.0 3.0, 1.0 ] do
              for result in onAllLevels (fun () -> doubleOf kind points) do
                  for x, y in Array.zip points result do
                      let expected = exact (Exact.ofFloat x)
                      let last = Math.BitIncrement(abs (float expected)) - abs (float expected)
                      let distance = float (abs (Exact.ofFloat y - expected)) / last
                      Expect.True(distance <= bound, $"{kind} {x:R} gives {y:R}, {distance} units from {expected}."))

      testCase "functions of float64 agree with those of float32 on special values" (fun () ->
          let special =
              [| 0.0
                 -0.0
                 nan
                 infinity
                 -infinity
                 1.0
                 -1.0
                 2.0
                 -2.0
                 1e300
                 -1e300
                 5e-324
                 -5e-324
                 710.0
                 -746.0
                 1e-310 |]

          for kind, exact, _ in functions do
              for result in onAllLevels (fun () -> doubleOf kind special) do
                  for x, y in Array.zip special result do
                      let expected = exact x

                      let same =
                          if Double.IsNaN expected then Double.IsNaN y
                          elif Double.IsInfinity expected then y = expected
                          else abs (y - expected) <= 1e-14 * abs expected + 1e-323

                      Expect.True(same, $"{kind} {x:R} gives {y:R}, not {expected:R}."))

      testCase "zero keeps its sign where the function does" (fun () ->
          for kind in
              [ FusedOp.Expm1
                FusedOp.Log1p
                FusedOp.Tanh
                FusedOp.Erf
                FusedOp.Sin
                FusedOp.Tan
                FusedOp.Sqrt
                FusedOp.Asin
                FusedOp.Atan
                FusedOp.Sinh
                FusedOp.Floor
                FusedOp.Ceil
                FusedOp.Round ] do
              let zeros = onlyResult (fun () -> singleOf kind [| 0.0f; -0.0f |])
              Expect.Equal<int64[]>([| 0L; 0x80000000L |], bits zeros)
              let zeros = onlyResult (fun () -> doubleOf kind [| 0.0; -0.0 |])
              Expect.Equal<int64[]>([| 0L; Int64.MinValue |], bits zeros))

      testCase "roundings, signs and magnitudes are exact" (fun () ->
          Law.check
              "exact functions of one element"
              (Prop.forAll (Arb.fromGen (arrays doubles)) (fun x ->
                  for kind, exact in exactFunctions do
                      let expected = Array.map exact x
                      same expected (onlyResult (fun () -> doubleOf kind x))
                      let x = Array.map float32 x
                      let expected = Array.map (float >> exact >> float32) x
                      same expected (onlyResult (fun () -> singleOf kind x)))))

      testCase "functions of whole numbers and booleans are the plain ones" (fun () ->
          let cases =
              [ FusedOp.Neg, (fun x -> -x)
                FusedOp.Abs, (fun x -> if x < 0 then -x else x)
                FusedOp.Sign, sign
                FusedOp.Relu, max 0 ]

          Law.check
              "functions of one int32"
              (Prop.forAll (Arb.fromGen (arrays ints)) (fun x ->
                  for kind, exact in cases do
                      let result =
                          onlyResult (fun () ->
                              let y = Array.zeroCreate x.Length
                              UnaryKernels.Apply(kind, ReadOnlySpan x, Span y)
                              y)

                      same (Array.map exact x) result))

          Law.check "not" (fun (x: bool[]) ->
              let y = Array.zeroCreate x.Length
              UnaryKernels.Apply(FusedOp.Not, ReadOnlySpan x, Span y)
              y = Array.map not x))

      testCase "an element's result does not depend on where it stands" (fun () ->
          let x = samples[..3000]

          for kind, _, _ in functions do
              for level in levels do
                  let whole = withSetting level 1 (fun () -> singleOf kind x)

                  for start in [ 1; 7; 2981; 3000 ] do
                      let part = withSetting level 1 (fun () -> singleOf kind x[start..])
                      same whole[start..] part)

      testCase "the result may be written over the argument" (fun () ->
          let x = samples[..1000]
          let y = Array.copy x
          UnaryKernels.Apply(FusedOp.Tanh, ReadOnlySpan y, Span y)
          same (singleOf FusedOp.Tanh x) y)

      testCase "lengths that differ, and functions that integers lack, are refused" (fun () ->
          Expect.Throws<ArgumentException>(fun () ->
              UnaryKernels.Apply(FusedOp.Exp, ReadOnlySpan [| 1.0f |], Span [||]))
          |> ignore

          Expect.Throws<ArgumentOutOfRangeException>(fun () ->
              UnaryKernels.Apply(FusedOp.Exp, ReadOnlySpan [| 1 |], Span [| 1 |]))
          |> ignore) ]
    |> testList "Kernels.Unary"
