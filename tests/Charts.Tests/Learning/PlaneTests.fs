module Functional.Charts.Tests.PlaneTests

open System
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private nearly (tolerance: float) (expected: float) (actual: float) =
    abs (expected - actual) <= tolerance * max 1.0 (abs expected)

/// A grid with a range of integers on each axis, and a line through whole numbers.
let private linesAndGrids =
    gen {
        let! left = Gen.choose (-20, 20)
        let! low = Gen.choose (-20, 20)
        let! width = Gen.choose (1, 30)
        let! height = Gen.choose (1, 30)
        let! a = Gen.choose (-9, 9)
        let! b = Gen.choose (-9, 9)
        let! c = Gen.choose (-40, 40)
        let grid = PlaneGrid.create 2 (float left, float (left + width)) (float low, float (low + height))
        return grid, DecisionLine.create [| float a; float b |] (float c)
    }
    |> Arb.fromGen

/// A quadratic cost with these coefficients, and its slope.
let private quadratic (a: float, b: float, c: float) (w: Tensor) =
    let x, y = Tensor.sliceAxis 0 0 1 1 w, Tensor.sliceAxis 0 1 2 1 w
    Tensor.sum (a * x * x + b * x * y + c * y * y)

[<Tests>]
let tests =
    [ law
          "the ends of a segment are on the line and on the edge of the grid"
          (Prop.forAll linesAndGrids (fun (grid, line) ->
              match DecisionLine.segment grid line with
              | None -> true
              | Some(first, last) ->
                  let isOnLine (x, y) = abs (line.WeightX * x + line.WeightY * y + line.Bias) < 1e-6
                  let isEdge (values: float[]) v = v = values[0] || v = Array.last values
                  let isOnEdge (x, y) = isEdge grid.Xs x || isEdge grid.Ys y
                  [ first; last ] |> List.forall (fun p -> isOnLine p && isOnEdge p)))

      law
          "a line misses a grid only where its corners are all on one side"
          (Prop.forAll linesAndGrids (fun (grid, line) ->
              let side (x, y) = line.WeightX * x + line.WeightY * y + line.Bias

              let corners =
                  [ for x in [ grid.Xs[0]; Array.last grid.Xs ] do
                        for y in [ grid.Ys[0]; Array.last grid.Ys ] -> side (x, y) ]

              let crosses = List.exists (fun s -> s < -1e-6) corners && List.exists (fun s -> s > 1e-6) corners
              not crosses || (DecisionLine.segment grid line).IsSome))

      testCase "regions are those of the classifier, whatever it gives" (fun () ->
          let grid = PlaneGrid.create 5 (-1.0, 1.0) (-2.0, 2.0)
          let column k (x: Tensor) = Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 k (k + 1) 1 x)
          let isRight (x: Tensor) = Tensor.greater (column 0 x) (Tensor.scalar 0.25)
          let classes x = Tensor.cast Int32 (isRight x)
          let single x = Tensor.cast Float32 (isRight x) * 0.8 + 0.1
          let both x = Tensor.stack 1 [ 1.0 - single x; single x ]
          let logits x = Tensor.log (both x)
          let expected = Array2D.init 5 5 (fun _ c -> if c >= 3 then 1 else 0)

          for name, classify in
              [ "classes", classes; "a probability", single; "probabilities", both; "logits", logits ] do
              let regions = DecisionRegions.ofClassifier classify grid
              Expect.equal regions.Classes expected name

              match regions.Confidence with
              | Some confidence ->
                  Expect.isTrue (confidence |> Seq.cast<float> |> Seq.forall (nearly 1e-6 0.9)) $"confidence of {name}"
              | None -> Expect.isTrue (name = "classes" || name = "logits") "only these have none")

      testCase "a row for each point is demanded of a classifier" (fun () ->
          let grid = PlaneGrid.create 3 (0.0, 1.0) (0.0, 1.0)

          Expect.throwsC
              (fun () -> DecisionRegions.ofClassifier (fun _ -> Tensor.zeros [ 4 ]) grid |> ignore)
              (fun e -> Expect.stringContains e.Message "for each point" ""))

      law "costs and gradients on a grid are those of the function" (fun (a: int8) (b: int8) (c: int8) ->
          let a, b, c = float a, float b, float c

          let surface =
              PlaneGrid.create 4 (-1.0, 2.0) (0.0, 3.0) |> CostSurface.ofFunction 3 (quadratic (a, b, c))

          let costs =
              seq {
                  for row in 0..3 do
                      for column in 0..3 do
                          let x, y = surface.Grid.Xs[column], surface.Grid.Ys[row]
                          nearly 1e-9 (a * x * x + b * x * y + c * y * y) surface.Costs[row, column]
              }

          let slopes =
              surface.Gradients
              |> Seq.map (fun (x, y, gx, gy) ->
                  nearly 1e-9 (2.0 * a * x + b * y) gx && nearly 1e-9 (b * x + 2.0 * c * y) gy)

          Seq.forall id costs && Seq.forall id slopes && surface.Gradients.Length = 9)

      testCase "gradient descent on a parabola halves the weights at a rate of a quarter" (fun () ->
          let cost = quadratic (1.0, 0.0, 1.0)
          let path = CostSurface.descend { Optimizer = Optimizer.sgd 0.25; Steps = 4 } cost (8.0, -4.0)

          let expected =
              [| 8.0, -4.0, 80.0; 4.0, -2.0, 20.0; 2.0, -1.0, 5.0; 1.0, -0.5, 1.25; 0.5, -0.25, 0.3125 |]

          Expect.equal path expected "")

      testCase "the cost of a model's weights is its loss with these weights" (fun () ->
          let model = Model.create (dense 3 --> tanh' --> dense 1) [ 2 ] (Key.ofInt 4)
          let x, y = Random.normal (Key.ofInt 5) [ 16; 2 ], Random.normal (Key.ofInt 6) [ 16; 1 ]
          let cost = CostSurface.ofModel Loss.meanSquaredError x y ("dense/kernel", 4) ("dense_1/bias", 0) model
          let kernel = Model.weights model |> List.find (fst >> (=) "dense/kernel") |> snd |> Tensor.toArray
          let changed = Array.updateAt 4 0.7f kernel

          let expected =
              model
              |> Model.setWeight "dense/kernel" changed
              |> Model.setWeight "dense_1/bias" [| -0.2f |]
              |> Model.predict x
              |> fun p -> Tensor.toFloat (Tensor.mean ((p - y) * (p - y)))

          let actual = Tensor.toFloat (cost (Tensor.ofFloat64Array [ 2 ] [| 0.7; -0.2 |]))
          Expect.isTrue (nearly 1e-6 expected actual) $"{expected} and {actual}"

          Expect.isTrue
              ((PlaneGrid.create 3 (0.0, 1.0) (0.0, 1.0) |> CostSurface.ofFunction 2 cost).Costs[1, 1] > 0.0)
              "on a grid")

      testCase "the derivatives of all activations agree with central differences" (fun () ->
          for f in ActivationCurves.all do
              let curve = ActivationCurves.ofFunction 40 (-4.1, 4.3) f
              let h = 1e-5

              let difference x =
                  let at v = Tensor.toFloat (snd f (Tensor.scalarOf Float64 v))
                  (at (x + h) - at (x - h)) / (2.0 * h)

              for x, d in Array.zip curve.Xs curve.Derivatives do
                  Expect.isTrue (nearly 1e-5 (difference x) d) $"{fst f} at {x}: {d} and {difference x}") ]
    |> testList "Learning.Plane"
