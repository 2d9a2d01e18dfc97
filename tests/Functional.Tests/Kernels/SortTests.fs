module Functional.Tests.Kernels.SortTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private rows (element: Element<'T>) =
    gen {
        let! rows = Gen.choose (0, 20)
        // from 1024 elements on a row is sorted by digits
        let! n = Gen.frequency [ 3, Gen.choose (0, 30); 2, Gen.choose (0, 3000) ]
        let! x = arrayOf (rows * n) element
        return rows, n, x
    }
    |> Arb.fromGen

let private check
    name
    (element: Element<'T>)
    (order: 'T -> 'T -> int)
    (sort: 'T[] -> int -> int -> bool -> 'T[] * int[])
    =
    Law.checkWith
        25
        name
        (Prop.forAll (rows element) (fun (rows, n, x) ->
            for descending in [ false; true ] do
                let indices = onlyResult (fun () -> snd (sort x rows n descending))
                let values = onlyResult (fun () -> fst (sort x rows n descending))
                let compare i j = if descending then order x[j] x[i] else order x[i] x[j]

                let expected =
                    [| for row in 0 .. rows - 1 do
                           yield! List.sortWith compare [ row * n .. row * n + n - 1 ] |]

                same (expected |> Array.map (fun i -> i % max 1 n)) indices
                same (expected |> Array.map (fun i -> x[i])) values))

/// NaN is the greatest, and equals itself.
let private orderOfFloats (a: float) b =
    match Double.IsNaN a, Double.IsNaN b with
    | true, true -> 0
    | true, false -> 1
    | false, true -> -1
    | _ ->
        if a < b then -1
        elif a > b then 1
        else 0

[<Tests>]
let tests =
    [ testCase "rows are sorted stably, NaN being the greatest" (fun () ->
          check "sort float64" doubles orderOfFloats (fun x rows n descending ->
              let values, indices = Array.zeroCreate x.Length, Array.zeroCreate x.Length
              SortKernels.Sort(ReadOnlySpan x, rows, n, descending, Span values, Span indices)
              values, indices)

          check "sort float32" singles (fun a b -> orderOfFloats (float a) (float b)) (fun x rows n descending ->
              let values, indices = Array.zeroCreate x.Length, Array.zeroCreate x.Length
              SortKernels.Sort(ReadOnlySpan x, rows, n, descending, Span values, Span indices)
              values, indices)

          check "sort int32" ints compare (fun x rows n descending ->
              let values, indices = Array.zeroCreate x.Length, Array.zeroCreate x.Length
              SortKernels.Sort(ReadOnlySpan x, rows, n, descending, Span values, Span indices)
              values, indices)

          check "sort bool" bools compare (fun x rows n descending ->
              let values, indices = Array.zeroCreate x.Length, Array.zeroCreate x.Length
              SortKernels.Sort(ReadOnlySpan x, rows, n, descending, Span values, Span indices)
              values, indices)) ]
    |> testList "Kernels.Sort"
