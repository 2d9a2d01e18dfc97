module Functional.Tests.Kernels.CastTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private check name (element: Element<'a>) (cast: 'a[] -> 'b[] -> unit) (expected: 'a -> 'b) =
    Law.check
        name
        (Prop.forAll (Arb.fromGen (arrays element)) (fun x ->
            let result =
                onlyResult (fun () ->
                    let y = Array.zeroCreate x.Length
                    cast x y
                    y)

            same (Array.map expected x) result))

let private toInt (x: float) =
    if Double.IsNaN x then 0
    elif x >= 2147483647.0 then Int32.MaxValue
    elif x <= -2147483648.0 then Int32.MinValue
    else int (truncate x)

[<Tests>]
let tests =
    [ testCase "every type is cast to every other, and floats beyond a range to its ends" (fun () ->
          check "float32 to float64" singles (fun x (y: float[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) float

          check
              "float32 to int32"
              singles
              (fun x (y: int[]) -> CastKernels.Apply(ReadOnlySpan x, Span y))
              (float >> toInt)

          check "float32 to bool" singles (fun x (y: bool[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x ->
              x <> 0.0f)

          check
              "float64 to float32"
              doubles
              (fun x (y: float32[]) -> CastKernels.Apply(ReadOnlySpan x, Span y))
              float32

          check "float64 to int32" doubles (fun x (y: int[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) toInt

          check "float64 to bool" doubles (fun x (y: bool[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x ->
              x <> 0.0)

          check "int32 to float32" ints (fun x (y: float32[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) float32
          check "int32 to float64" ints (fun x (y: float[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) float
          check "int32 to bool" ints (fun x (y: bool[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x -> x <> 0)

          check "bool to float32" bools (fun x (y: float32[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x ->
              if x then 1.0f else 0.0f)

          check "bool to float64" bools (fun x (y: float[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x ->
              if x then 1.0 else 0.0)

          check "bool to int32" bools (fun x (y: int[]) -> CastKernels.Apply(ReadOnlySpan x, Span y)) (fun x ->
              if x then 1 else 0)) ]
    |> testList "Kernels.Cast"
