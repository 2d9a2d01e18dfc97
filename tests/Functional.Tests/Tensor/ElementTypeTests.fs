/// float16, bfloat16 and int64: what elements hold, how they are converted, and what is computed with them.
module Functional.Tests.ElementTypeTests

open System
open FsCheck.FSharp
open Functional.Numerics
open Functional
open Functional.Tests.Samples
open Functional.Tests.Training
open Expecto

/// Floats of any size, halfway cases of 8 bits among them.
let private doubles =
    gen {
        let! sign = Gen.elements [ 1.0; -1.0 ]
        let! mantissa = Gen.choose (0, 1 <<< 12)
        let! exponent = Gen.choose (-150, 140)
        let! nudge = Gen.elements [ 0.0; 0.0; 1e-9; -1e-9; 1e-16 ]
        return sign * (1.0 + float mantissa / 4096.0 + nudge) * Math.Pow(2.0, float exponent)
    }

let private neighbours (x: BFloat16) =
    let bits = BFloat16.ToBits x
    BFloat16.FromBits(bits + 1us), BFloat16.FromBits(bits - 1us)

let private widen (x: BFloat16) = float (BFloat16.op_Implicit x: float32)

/// Whether no neighbour is nearer, and the last bit is even where one is as near.
let private isNearest (x: float) (rounded: BFloat16) =
    let away, toward = neighbours rounded
    let value = widen rounded
    let isEven = BFloat16.ToBits rounded &&& 1us = 0us

    let between (other: BFloat16) =
        let middle = (widen other + value) / 2.0
        let isBeyond = if abs middle > abs value then abs x > abs middle else abs x < abs middle
        not (isBeyond || (x = middle && not isEven))

    if value = 0.0 then abs x <= widen (BFloat16.FromBits 1us) / 2.0
    elif Double.IsInfinity value then abs x >= 3.3961775292304957e38
    else between away && between toward

let private isRandom op =
    match op with
    | Op.RandomBits _
    | Op.KeySplit _
    | Op.KeyFold -> true
    | _ -> false

/// A sample with its float64 arguments in this type; none where a loop is written for other types.
let private inType (dtype: DType) sample =
    match sample.Op with
    | Op.Scan _ -> None
    | op -> Some(op, sample.Args |> List.map (fun x -> if x.DType = Float64 then Tensor.cast dtype x else x))

[<Tests>]
let tests =
    [ testCase "a bfloat16 is the nearest to the float or double it comes from" (fun () ->
          Law.check
              "double to bfloat16"
              (Prop.forAll (Arb.fromGen doubles) (fun x -> isNearest x (BFloat16.op_Explicit x: BFloat16)))

          Law.check
              "float to bfloat16"
              (Prop.forAll (Arb.fromGen doubles) (fun x ->
                  let x = float32 x
                  isNearest (float x) (BFloat16.op_Explicit x: BFloat16)))

          Law.check "every bfloat16 is its own float's" (fun (bits: uint16) ->
              let x = BFloat16.FromBits bits

              BFloat16.IsNaN x || BFloat16.ToBits(BFloat16.op_Explicit (widen x): BFloat16) = bits)

          Expect.True(BFloat16.IsNaN(BFloat16.op_Explicit nan: BFloat16)))

      testCase "an int64 is rounded once to a bfloat16, and exactly to others that hold it" (fun () ->
          // halfway between two bfloat16s but for its last bit, which a float32 on the way would lose
          let x = (1L <<< 40) + (1L <<< 32) + 1L
          Expect.Equal(float ((1L <<< 40) + (1L <<< 33)), widen (BFloat16.op_Explicit x: BFloat16))
          let y = (1L <<< 40) + (1L <<< 32)
          Expect.Equal(float (1L <<< 40), widen (BFloat16.op_Explicit y: BFloat16))

          Law.check "int64 to itself" (fun (x: int64) -> Tensor.toInt64s (tensor [ x ]) = [| x |])
          Law.check "int64 to float64" (fun (x: int64) -> Tensor.toFloat64Array (tensor [ x ]) = [| float x |])

          Law.check "int64 to int32, the nearest" (fun (x: int64) ->
              Tensor.toInts (tensor [ x ]) = [| int (Math.Clamp(x, int64 Int32.MinValue, int64 Int32.MaxValue)) |]))

      testCase "every type casts to every other as by way of float64, where that holds the elements" (fun () ->
          let values =
              [ 0.0; 1.0; -1.0; 2.5; -3.75; 100.0; 65504.0; 1e-5; 300.2; -70000.0; nan; infinity; -infinity ]

          for source in DType.All do
              for target in DType.All do
                  let x = Tensor.cast source (tensorOf Float64 values)
                  let direct = Tensor.cast target x
                  let byFloat64 = Tensor.cast target (Tensor.cast Float64 x)
                  Expect.True(Tensor.sameElements direct byFloat64, $"{source} to {target}: {direct}, not {byFloat64}")
                  Expect.Equal(target, direct.DType))

      testCase "float16 is System.Half, and rounds as it does" (fun () ->
          Law.check
              "float64 to float16"
              (Prop.forAll (Arb.fromGen doubles) (fun x ->
                  Tensor.toHalves (tensorOf Float64 [ x ]) = [| (Half.op_Explicit x: Half) |])))

      testCase "arrays of every type come back" (fun () ->
          let longs = [| Int64.MinValue; -1L; 0L; (1L <<< 53) + 1L; Int64.MaxValue |]
          Expect.Equal<int64[]>(longs, Tensor.toInt64s (Tensor.ofInt64s [ 5 ] longs))
          Expect.Equal<int64[]>(longs, Tensor.toInt64s (tensor longs))
          Expect.Equal(Int64, (tensor longs).DType)
          Expect.Equal<int64[]>(longs, Tensor.toInt64s (tensor [ longs; longs ]).[0..0])
          let halves = [| Half.MaxValue; Half.Epsilon; Half.NaN |]
          Expect.Equal<Half[]>(halves, Tensor.toHalves (Tensor.ofHalves [ 3 ] halves))
          Expect.Equal(Float16, (tensor halves).DType)
          let brains: BFloat16[] = [| BFloat16.op_Explicit 1.5; BFloat16.op_Explicit nan |]
          Expect.Equal<BFloat16[]>(brains, Tensor.toBFloat16s (Tensor.ofBFloat16s [ 2 ] brains))
          Expect.Equal(BFloat16, (tensor brains).DType)
          Expect.Equal(Int64, (Tensor.ofSpan [ 5 ] (ReadOnlySpan longs)).DType))

      testCase "elements are printed as NumPy prints them, bfloat16 by its own fewest digits" (fun () ->
          Expect.Equal("[1.    2.5   0.333]", string (tensorOf Float16 [ 1.0; 2.5; 0.333 ]))
          Expect.Equal("[1.    2.5   0.332]", string (tensorOf BFloat16 [ 1.0; 2.5; 0.333 ]))
          Expect.Equal("65500.0", string (tensorOf Float16 65504.0))
          Expect.Equal("3.39e+38", string (tensorOf BFloat16 3.3895e38))
          Expect.Equal("[9223372036854775807                  -1]", string (tensor [ Int64.MaxValue; -1L ])))

      testCase "the arithmetic of int64 is exact and wraps around, eager and compiled" (fun () ->
          let floorDiv (a: int64) (b: int64) =
              if b = 0L then
                  0L
              elif b = -1L then
                  -a
              else
                  let q = a / b
                  if a % b <> 0L && (a < 0L) <> (b < 0L) then q - 1L else q

          let operations: (string * (Tensor -> Tensor -> Tensor) * (int64 -> int64 -> int64)) list =
              [ "add", Tensor.add, (+)
                "sub", Tensor.sub, (-)
                "mul", Tensor.mul, (*)
                "floorDiv", Tensor.floorDiv, floorDiv
                "maximum", Tensor.maximum, max
                "minimum", Tensor.minimum, min ]

          for name, f, expected in operations do
              let compiled = Jit.compile (fun xs -> [ f xs[0] xs[1] ])

              Law.check name (fun (pairs: (int64 * int64) list) ->
                  let a, b = List.unzip pairs

                  let x, y =
                      Tensor.ofInt64s [ a.Length ] (Array.ofList a), Tensor.ofInt64s [ b.Length ] (Array.ofList b)

                  let wanted = List.map2 expected a b |> Array.ofList
                  Tensor.toInt64s (f x y) = wanted && Tensor.toInt64s (compiled [ x; y ]).Head = wanted)

          Law.check "comparisons" (fun (a: int64) (b: int64) ->
              let x, y = tensor [ a ], tensor [ b ]

              Tensor.toBools (Tensor.less x y) = [| a < b |]
              && Tensor.toBools (Tensor.equal x y) = [| a = b |]
              && Tensor.toBools (Tensor.greaterEqual x y) = [| a >= b |])

          Expect.Equal<int64[]>(
              [| 3486784401L; 1L; 0L |],
              Tensor.toInt64s (tensor [ 3L; 1L; 2L ] ** tensor [ 20L; 7L; -1L ])
          ))

      testCase "sums, products, orders and indices of int64 are exact" (fun () ->
          let big = 1L <<< 60
          let rows = [ [ big; 1L; 2L ]; [ big + 1L; -5L; 7L ] ]
          let x = tensor rows
          Expect.Equal<int64[]>([| big + 3L; big + 3L |], Tensor.toInt64s (Tensor.sumOver [ 1 ] x))
          Expect.Equal<int64[]>([| 2L * big + 1L; -4L; 9L |], Tensor.toInt64s (Tensor.sumOver [ 0 ] x))
          Expect.Equal(big + 1L, (Tensor.toInt64s (Tensor.max x))[0])

          Expect.Equal<int64[]>(
              [| big; big + 1L; big + 3L |],
              Tensor.toInt64s (Tensor.cumsum 0 (tensor [ big; 1L; 2L ]))
          )

          Expect.Equal<int[]>([| 1; 0; 1 |], Tensor.toInts (Tensor.argmax 0 x))
          Expect.Equal<int64[]>([| -5L; 7L; big + 1L |], Tensor.toInt64s (Tensor.sort -1 x).[1..1])
          let y = tensor [ [ 3L ]; [ 1L ]; [ 1L ] ]
          Expect.Equal<int64[]>([| 3L * big + 3L; 3L * big + 5L |], Tensor.toInt64s (Tensor.matmul x y))

          Expect.Equal<int64[]>(
              [| 3L * big + 3L; 3L * big + 5L |],
              Tensor.toInt64s (Tensor.compile (Tensor.matmul x) y)
          )

          Expect.Equal<int64[]>([| 2L; big |], Tensor.toInt64s (Tensor.gather 0 (tensor [ 2; 0 ]) x[0]))

          Expect.Equal<int64[]>(
              [| big; big + 3L |],
              Tensor.toInt64s (Tensor.scatterAdd 0 (tensor [ 1; 1 ]) (tensor [ 1L; 2L ]) (tensor [ big; big ]))
          )

          Expect.Contains(
              "1.5 is not an int64",
              (Expect.Throws<FunctionalException>(fun () -> x + 1.5 |> ignore)).Message
          ))

      testCase "one primitive of a half type is the same bits, eager and compiled" (fun () ->
          for dtype in [ Float16; BFloat16 ] do
              forAll $"{dtype}, compiled" (floats @ others) (fun sample ->
                  match inType dtype sample with
                  | Some(op, args) when not (isRandom op) ->
                      let eager = Core.applyMany op args
                      let compiled = Jit.compile (Core.applyMany op) args
                      List.forall2 Tensor.sameElements eager compiled
                  | _ -> true))

      testCase "numbers drawn in a half type lie in 0 to below 1, and a plan draws the same" (fun () ->
          for dtype in [ Float16; BFloat16 ] do
              let draw key = Random.uniformOf dtype 0.0 1.0 (Key.ofTensor key) [ 10000 ]
              let key = Key.toTensor (Key.ofInt 1)
              let x = draw key
              Expect.Equal(dtype, x.DType)
              let values = Tensor.toArray x
              Expect.True(Array.min values >= 0.0f && Array.max values < 1.0f)
              Expect.InRange(Array.average values, 0.49f, 0.51f))

      testCase "a compiled program of half types is at least as accurate as its primitives one by one" (fun () ->
          let f (x: Tensor) = Tensor.sum (Tensor.softmax -1 (Tensor.tanh x * 3.0) * x)
          let x = Random.normal (Key.ofInt 3) [ 20; 30 ]

          for dtype, tolerance in [ Float16, 2e-3; BFloat16, 2e-2 ] do
              let x = Tensor.cast dtype x
              let exact = Tensor.toFloat (f (Tensor.cast Float64 x))
              let compiled = Tensor.compile f x
              Expect.Equal(dtype, compiled.DType)
              Expect.InRange(Tensor.toFloat compiled, exact - tolerance * abs exact, exact + tolerance * abs exact))

      testCase "half types have derivatives, in their own type" (fun () ->
          for dtype in [ Float16; BFloat16 ] do
              let x = tensorOf dtype [ 1.0; -2.0; 3.0 ]

              for gradient in
                  [ grad (fun x -> Tensor.sum (x * x)) x; Tensor.compile (grad (fun x -> Tensor.sum (x * x))) x ] do
                  Expect.True(Tensor.sameElements (x * 2.0) gradient)

          let inner = Tensor.compile (fun (x: Tensor) -> Tensor.cast Float32 (Tensor.cast BFloat16 x))
          Expect.Equal(1.0, Tensor.toFloat (inner (Tensor.scalar 1.001))))

      testCase "labels of int64 are learned from as those of int32" (fun () ->
          let options = { Fit.defaults with Loss = Loss.sparseCategoricalCrossentropy }
          let model = Model.create (dense 3 --> softmax) [ 2 ] (Key.ofInt 4)
          let x = Random.normal (Key.ofInt 3) [ 4; 2 ]
          let loss labels = (Trainer.create options model (Key.ofInt 2)).TrainOnBatch(x, labels)
          Expect.Equal(loss (Tensor.ofInts [ 4 ] [| 0; 2; 1; 1 |]), loss (Tensor.ofInt64s [ 4 ] [| 0L; 2L; 1L; 1L |])))

      testCase "a network whose variables are bfloat16 learns, predicts and is saved" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 5)
          let small = model |> Model.withVariables (Variables.cast BFloat16 model.Variables)
          let options = { Training.options with Optimizer = Optimizer.sgd 0.1; Epochs = 20 }
          let result = Learn.fitModel options small train (Key.ofInt 6)
          let losses = result.History["loss"]
          Expect.True(List.last losses < 0.6 * List.head losses, $"{losses}")

          for v in Variables.flatten result.Model.Variables do
              Expect.Equal(BFloat16, v.Tensor.DType)

          let wide = (Learn.fitModel options model train (Key.ofInt 6)).Model
          let y = Model.predict train.Features result.Model
          Expect.Equal(BFloat16, y.DType)
          Expect.True(Tensor.allClose 0.1 0.1 (Model.predict train.Features wide) (Tensor.cast Float32 y))) ]
    |> testList "Tensor.ElementType"
