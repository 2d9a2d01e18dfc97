module Functional.Tables.Tests.FrameTests

open Deedle
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

[<Tests>]
let tests =
    [ law "a tensor goes through a frame and comes back" (fun (rows: PositiveInt) (columns: PositiveInt) ->
          let shape = [ rows.Get; columns.Get ]
          let x = Random.uniform (Key.ofInt (rows.Get * 1000 + columns.Get)) shape
          let frame = x |> Frame.ofTensor [ for i in 1 .. columns.Get -> $"c{i}" ]
          frame.RowCount = rows.Get && Tensor.toFloat64Array x = Tensor.toFloat64Array (Frame.toTensor frame))

      testCase "columns of every type of number become one tensor, row by row" (fun () ->
          let frame =
              frame
                  [ "i" => (Series.ofValues [ 1; 2 ] :> ISeries<int>)
                    "f" => Series.ofValues [ 0.5; 1.5 ]
                    "s" => Series.ofValues [ 2.5f; 3.5f ]
                    "l" => Series.ofValues [ 7L; 8L ]
                    "b" => Series.ofValues [ true; false ] ]

          let expected = [| 1.0; 0.5; 2.5; 7.0; 1.0; 2.0; 1.5; 3.5; 8.0; 0.0 |]
          let found = Frame.toTensorOf Float64 frame
          Expect.equal found.Shape [ 2; 5 ] ""
          Expect.equal (Tensor.toFloat64Array found) expected "")

      testCase "a missing value and a column of words are errors that name the column" (fun () ->
          let frame = Csv.parse "a,b,c\n1,2,x\n,3,y\n"
          let missing = message (fun () -> frame |> Frame.dropCol "c" |> Frame.toTensor)
          Expect.stringContains missing "'a' misses 1 of 2" ""
          let words = message (fun () -> frame |> Frame.dropCol "a" |> Frame.toTensor)
          Expect.stringContains words "'c' is of String" "")

      testCase "the irises of a file become a dataset with names of columns and classes" (fun () ->
          let data = Csv.read (Outside.data "iris/iris.csv")
          let label = Seq.last data.ColumnKeys
          let iris = data |> Frame.toDataset label
          Expect.equal iris.Count 150 ""
          Expect.equal iris.SampleShape [ 4 ] ""
          Expect.equal iris.FeatureNames (data.ColumnKeys |> Seq.truncate 4 |> List.ofSeq) ""
          Expect.equal iris.ClassNames.Length 3 ""
          Expect.equal (Tensor.toInts iris.Labels |> Array.countBy id |> Array.map snd) [| 50; 50; 50 |] "")

      testCase "classes that are numbers are ordered by value, whatever their type" (fun () ->
          for labels in [ "2\n10\n-1\n"; "20000000000\n100000000000\n-1\n"; "2.5\n10.5\n-1\n" ] do
              let rows = "label\n" + labels |> Csv.parse
              let frame = rows |> Frame.addCol "x" (rows.RowKeys |> Seq.map (fun i -> i, float i) |> series)
              Expect.equal (frame |> Frame.toDataset "label" |> _.Labels |> Tensor.toInts) [| 1; 2; 0 |] labels)

      testCase "a column of numbers is the target of a regression" (fun () ->
          let data = Csv.read (Outside.data "powerplant/Folds5x2_pp.csv")
          let plant = data |> Frame.toTargets "PE"
          Expect.equal plant.Labels.Shape [ 9568; 1 ] ""
          let first = Tensor.toFloat64Array plant.Labels |> Array.head
          Expect.floatClose Accuracy.medium first (data.GetColumn<float>("PE")[0]) "") ]
    |> testList "Frame"
