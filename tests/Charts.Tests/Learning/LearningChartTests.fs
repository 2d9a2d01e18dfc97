module Functional.Charts.Tests.LearningChartTests

open System
open Functional
open Functional.Charts.Tests
open Expecto

let private refuses (words: string) (f: unit -> Figure) =
    Expect.throwsC (f >> ignore) (fun e -> Expect.stringContains e.Message words "")

let private plane = Tensor.ofArray [ 2; 2 ] [| 0f; 0f; 1f; 1f |]

[<Tests>]
let tests =
    [ yield! LearningPictures.all |> List.map (fun (name, figure) -> Browser.drawn name figure)

      testCase "a history without epochs cannot be drawn" (fun () ->
          refuses "train first" (fun () -> Chart.history (History [])))

      testCase "a history has a panel for each value, with training and validation" (fun () ->
          let log epoch : EpochLog =
              { Epoch = epoch; Values = [ "accuracy", 0.5; "loss", 1.0; "val_accuracy", 0.4; "val_loss", 1.1 ] }

          let figure = Chart.history (History [ log 1; log 2 ])
          Expect.equal figure.Traces.Length 4 "two curves in each of two panels"

          Expect.equal
              (figure.Traces |> List.map _.name)
              [ "training"; "validation"; "training"; "validation" ]
              "the names of the curves")

      testCase "an operating point of no curve is an error that names the curves" (fun () ->
          let labels, scores =
              Tensor.ofInts [ 4 ] [| 0; 1; 0; 1 |], Tensor.ofFloat64Array [ 4 ] [| 0.1; 0.9; 0.6; 0.4 |]

          let curve, point = RocCurve.ofScores labels scores, OperatingPoints.byYouden labels scores
          refuses "there are network" (fun () -> Chart.rocWith [ "other", point ] [ "network", curve ]))

      testCase "as many classes are needed as samples" (fun () ->
          refuses "one class for each sample" (fun () ->
              Chart.embedding "" [] (Tensor.ofInts [ 3 ] [| 0; 1; 2 |]) plane))

      testCase "pictures of an animation are of one grid" (fun () ->
          let regions side =
              PlaneGrid.create 3 (0.0, side) (0.0, 1.0)
              |> DecisionRegions.ofClassifier (fun x -> Tensor.zeros [ x.Shape[0] ])

          refuses "several grids" (fun () ->
              Chart.decisionAnimation [] plane (Tensor.ofInts [ 2 ] [| 0; 1 |]) [ "0", regions 1.0; "1", regions 2.0 ]))

      testCase "an animation has a frame for each recorded epoch" (fun () ->
          let _, recorder = LearningPictures.moonRun.Value
          Expect.equal (recorder.Frames |> List.map fst) [ for epoch in 0..4..40 -> string epoch ] "")

      testCase "the last line of a perceptron parts AND" (fun () ->
          let x, y, lines = LearningPictures.andLines ()
          let line = snd (List.last lines)
          let points = Tensor.toFloat64Array x |> Array.chunkBySize 2
          let side (p: float[]) = if line.WeightX * p[0] + line.WeightY * p[1] + line.Bias >= 0.0 then 1 else 0
          Expect.equal (Array.map side points) (Tensor.toInts y) ""
          Expect.isGreaterThan lines.Length 2 "several corrections")

      testCase "an unknown activation is an error that lists those there are" (fun () ->
          refuses "relu6, leaky_relu" (fun () -> Chart.activations [ "rely" ])) ]
    |> testList "Learning.Charts"
