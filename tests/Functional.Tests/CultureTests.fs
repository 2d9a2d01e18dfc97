/// Messages and printed values under a culture with other signs: they are written alike everywhere.
module Functional.Tests.CultureTests

open System
open System.Globalization
open Functional
open Functional.Kernels
open Expecto

/// Invariant but for the minus sign, which is that of Swedish and many others, and the decimal comma.
let private swedish =
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NegativeSign <- "\u2212"
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture

let private under culture f =
    let before = CultureInfo.CurrentCulture
    CultureInfo.CurrentCulture <- culture

    try
        f ()
    finally
        CultureInfo.CurrentCulture <- before

let private messageOf (action: unit -> obj) =
    try
        action () |> string
    with
    | :? FunctionalException as e -> e.Message
    | :? ArgumentException as e -> e.Message

let private x = Tensor.zeros [ 2; 3 ]

let private program domain stride =
    FusedProgram(
        [| domain |],
        [| FusedOperand(ElementType.Float32, [| 1L |]); FusedOperand(ElementType.Float32, [| stride |]) |],
        [| FusedInstruction(FusedOp.Load, ElementType.Float32, 0) |],
        [| FusedStore(0, 1, FusedStoreKind.Sum) |]
    )

let private negative: (string * (unit -> obj)) list =
    [ "a shape", (fun () -> Tensor.reshape [ -2; 3 ] x)
      "an index", (fun () -> x[-7])
      "a new axis", (fun () -> Tensor.expandDims 9 x)
      "an axis", (fun () -> Tensor.sumOver [ -7 ] x)
      "a split axis", (fun () -> Tensor.split -1 [ -1; 4 ] x |> box)
      "a gathered index", (fun () -> Tensor.gather 0 (tensor [ -1 ]) x)
      "a range's start", (fun () -> x[-1 .. 1])
      "a domain of a kernel", (fun () -> program -1 1L |> box)
      "the strides of a kernel", (fun () -> program 2 -1L |> box)
      "a tensor", (fun () -> string (tensor [ -1.5; 2.0 ]) |> box)
      "an int64", (fun () -> string (tensor [ -1L ]) |> box) ]

[<Tests>]
let tests =
    [ for name, action in negative do
          testCase $"{name} is written alike under every culture" (fun () ->
              let expected = under CultureInfo.InvariantCulture (fun () -> messageOf action)
              Expect.Contains("-", expected)
              Expect.Equal(expected, under swedish (fun () -> messageOf action))) ]
    |> testList "Culture"
