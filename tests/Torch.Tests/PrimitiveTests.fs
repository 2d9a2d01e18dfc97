/// Every primitive in every type gives on libtorch what it gives on the library's own CPU backend.
module Functional.Torch.Tests.PrimitiveTests

open System
open Functional
open Functional.Tests.Samples
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

/// How far two evaluations of a primitive in one type may be apart, relative to the larger of 1 and the value.
let private tolerance (dtype: DType) =
    match dtype with
    | Float32 -> 4e-6
    | Float64 -> 1e-12
    // one unit in the last place of 11 bits, and of 8
    | Float16 -> 1.0 / 1024.0
    | BFloat16 -> 1.0 / 128.0
    | Int32
    | Int64
    | Bool -> 0.0

let private close (dtype: DType) (a: float) (b: float) =
    a = b || (Double.IsNaN a && Double.IsNaN b) || abs (a - b) <= tolerance dtype * max 1.0 (abs b)

/// Whether a primitive gives the same on both backends.
let private agrees op (args: Tensor list) =
    let expected = Core.applyMany op args
    let actual = Core.applyMany op (List.map there args)

    List.forall2
        (fun (e: Tensor) (a: Tensor) ->
            a.DType = e.DType
            && a.Shape = e.Shape
            && Array.forall2 (close e.DType) (Tensor.toFloat64Array a) (Tensor.toFloat64Array e))
        expected
        actual

let private isLoop op =
    match op with
    | Op.Scan _ -> true
    | _ -> false

let private law name (change: Tensor -> Tensor) =
    forAll name (floats @ others) (fun sample -> isLoop sample.Op || agrees sample.Op (List.map change sample.Args))

let private inType (dtype: DType) (x: Tensor) = if x.DType = Float64 then Tensor.cast dtype x else x

/// A view of memory with gaps, turned around.
let private scattered (x: Tensor) =
    if x.Rank = 0 || x.Size = 0 then
        x
    else
        let axes = [ 0 .. x.Rank - 1 ]
        let stored = there (Tensor.flip axes (Tensor.transpose x))
        let spread = Tensor.reshape (stored.Shape @ [ 1 ]) stored
        let doubled = Tensor.concat -1 [ spread; spread ]
        Tensor.transpose (Tensor.flip axes (Tensor.squeezeAxes [ -1 ] (Tensor.sliceAxis -1 0 1 1 doubled)))

let private onViews op (args: Tensor list) =
    let expected = Core.applyMany op args
    let actual = Core.applyMany op (args |> List.map (scattered >> there))

    List.forall2
        (fun (e: Tensor) a -> Array.forall2 (close e.DType) (Tensor.toFloat64Array a) (Tensor.toFloat64Array e))
        expected
        actual

[<Tests>]
let tests =
    [ for dtype in [ Float64; Float32; Float16; BFloat16 ] do
          case $"every primitive gives in {dtype} what it gives on the CPU backend" (fun () ->
              law $"{dtype}" (inType dtype))

      case "every primitive gives on views what it gives on contiguous tensors" (fun () ->
          forAll "views" (floats @ others) (fun sample -> isLoop sample.Op || onViews sample.Op sample.Args))

      case "loops give what they give on the CPU backend" (fun () ->
          forAll "loops" (floats @ others) (fun sample -> not (isLoop sample.Op) || agrees sample.Op sample.Args)) ]
    |> testList "Torch.Primitive"
