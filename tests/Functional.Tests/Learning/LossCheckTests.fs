/// What is known before training of the end of a model and its loss, and messages under any culture.
module Functional.Tests.LossCheckTests

open System
open System.Globalization
open Expecto
open Functional
open Functional.Tests

let private rows = 12
let private features = Random.normal (Key.ofInt 1) [ rows; 3 ]
let private yesNo = Tensor.ofInts [ rows ] (Array.init rows (fun i -> i % 2))

let private fitted loss (labels: Tensor) (layer: Layer<Tensor, Tensor>) =
    Learn.fit { Fit.defaults with Loss = loss } layer (Dataset.ofTensors features labels) (Key.ofInt 2)

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

/// Losses of probabilities with the labels they take, and the number of outputs.
let private ofProbabilities =
    let classes = Tensor.oneHot 2 yesNo

    [ Loss.binaryCrossentropy, yesNo, 1
      Loss.binaryFocal, yesNo, 1
      Loss.sparseCategoricalCrossentropy, yesNo, 2
      Loss.categoricalCrossentropy, classes, 2
      Loss.categoricalFocal, classes, 2
      Loss.klDivergence, classes, 2 ]

let private withActivation activation units =
    denseWith { DenseOptions.defaults with Activation = Some activation } units

let private pictures =
    Dataset.ofTensors (Random.normal (Key.ofInt 3) [ 4; 6; 6; 1 ]) (Tensor.zeros [ 4; 4; 4; 1 ])

[<Tests>]
let tests =
    [ testCase "a forgotten activation before a loss of probabilities is an error with both fixes" (fun () ->
          Expect.Equal(
              "Fit: the loss binary_crossentropy takes probabilities, but the model ends in a dense layer without an \
               activation.\n\
               End the model in a sigmoid (model --> sigmoid), or keep the model and take \
               Loss.binaryCrossentropyFromLogits.",
              message (fun () -> fitted Loss.binaryCrossentropy yesNo (dense 4 --> relu --> dense 1))
          )

          Expect.Equal(
              "Fit: the loss kl_divergence takes probabilities, but the model ends in a tanh.\n\
               End the model in a softmax (model --> softmax).",
              message (fun () -> fitted Loss.klDivergence (Tensor.oneHot 2 yesNo) (dense 2 --> tanh' --> dropout 0.1))
          )

          for loss, labels, units in ofProbabilities do
              for layer in
                  [ dense units
                    dense units --> linear
                    dense units --> relu
                    withActivation tanh' units
                    dense 3 --> (dense units |> Layer.named "head")
                    dense 3 --> dense units --> dropout 0.5
                    dense units --> batchNorm ] do
                  Expect.Contains(
                      $"the loss {loss.Name} takes probabilities",
                      message (fun () -> fitted loss labels layer)
                  )

          let ofPictures =
              message (fun () ->
                  Learn.fit
                      { Fit.defaults with Loss = Loss.binaryCrossentropy }
                      (conv2D 1 (3, 3))
                      pictures
                      (Key.ofInt 1))

          Expect.Contains("the model ends in a conv2d layer without an activation", ofPictures))

      testCase "a softmax or sigmoid before a loss of logits is an error with both fixes" (fun () ->
          Expect.Equal(
              "Fit: the loss binary_crossentropy takes logits, but the model ends in a sigmoid, which the loss would \
               apply once more.\n\
               Leave out the sigmoid, or take Loss.binaryCrossentropy.",
              message (fun () -> fitted Loss.binaryCrossentropyFromLogits yesNo (dense 1 --> sigmoid))
          )

          for loss, labels, units in ofProbabilities do
              match loss.FromLogits with
              | Some(_, ofLogits) ->
                  for activation in [ softmax; sigmoid ] do
                      if units > 1 || activation.Description.Kind = "sigmoid" then
                          for layer in [ dense units --> activation; withActivation activation units ] do
                              Expect.Contains("takes logits", message (fun () -> fitted ofLogits labels layer))
              | None -> ())

      testCase "a softmax of a single output is an error" (fun () ->
          Expect.Contains(
              "the model ends in a softmax of a single output, which is always 1",
              message (fun () -> fitted Loss.binaryCrossentropy yesNo (dense 1 --> softmax))
          ))

      testCase "what fits or is not known is trained" (fun () ->
          for loss, labels, units in ofProbabilities do
              let activation =
                  match loss.FromLogits with
                  | Some("sigmoid", _) -> sigmoid
                  | Some _
                  | None -> softmax

              for layer in
                  [ dense units --> activation
                    withActivation activation units
                    dense units --> activation --> dropout 0.1
                    dense units --> hardSigmoid
                    // a function of the user's own may give anything
                    dense units --> (fun x -> Tensor.clamp 0.01 0.99 x) ] do
                  Expect.True(Double.IsFinite (fitted loss labels layer).History["loss"].Head)

              match loss.FromLogits with
              | Some(_, ofLogits) ->
                  Expect.True(Double.IsFinite (fitted ofLogits labels (dense units)).History["loss"].Head)
              | None -> ()

          let own = Loss.custom "own" (fun y p -> Tensor.square (Tensor.cast p.DType y - p))
          Expect.True(Double.IsFinite (fitted own yesNo (dense 1)).History["loss"].Head))

      testCase "fit, evaluate, predictClasses and the report decide logits at 0" (fun () ->
          let data = Dataset.ofTensors features yesNo
          let layer = dense 1

          let options =
              { Fit.defaults with
                  Loss = Loss.binaryCrossentropyFromLogits
                  Metrics = [ Metric.accuracy; Metric.precision ]
                  Optimizer = Optimizer.sgd 0.0
                  ValidationData = Some data }

          let run = Learn.fit options layer data (Key.ofInt 5)
          let logits = Model.predict features run.Model |> Tensor.toFloat64Array
          let expected = logits |> Array.map (fun z -> if z > 0.0 then 1 else 0)
          let truth = Tensor.toInts yesNo
          let accuracy = Array.map2 (fun a b -> if a = b then 1.0 else 0.0) expected truth |> Array.average
          // otherwise the test would not tell 0 from 0.5
          Expect.True(logits |> Array.exists (fun z -> z > 0.0 && z <= 0.5))
          Expect.Equal(accuracy, run.History["accuracy"].Head, 12)
          Expect.Equal(accuracy, run.History["val_accuracy"].Head, 12)
          Expect.Equal<int[]>(expected, Tensor.toInts (Model.predictClasses features run.Model))
          let evaluation = Model.evaluate data run.Model
          Expect.Equal(accuracy, (Map.ofList evaluation.Metrics)["accuracy"], 12)
          Expect.Equal(0.0, evaluation.Threshold)
          let report = Report.scoresAt evaluation.Threshold [] evaluation.Labels evaluation.Outputs
          Expect.Equal(accuracy, report.Accuracy, 12)
          Expect.Equal(string report, Report.classification evaluation))

      testCase "messages write numbers alike under every culture" (fun () ->
          let data = Dataset.ofTensors features yesNo

          let actions: (unit -> obj) list =
              [ fun () -> Dataset.withSampleWeights (Tensor.full [ rows ] -1.5) data |> box
                fun () -> Dataset.split 0.001 (Key.ofInt 1) (Dataset.range 0 1 data) |> box
                fun () -> Dataset.splitLast 0.999 data |> box
                fun () -> Learn.fit { Fit.defaults with ValidationSplit = 0.999 } (dense 1) data (Key.ofInt 1) |> box
                fun () -> Learn.fit { Fit.defaults with ValidationSplit = -1.5 } (dense 1) data (Key.ofInt 1) |> box
                fun () -> fitted Loss.binaryCrossentropy (Tensor.full [ rows ] -1.5) (dense 1 --> sigmoid) |> box
                fun () -> Loss.huber -0.5 |> box
                fun () -> Optimizer.sgd -0.5 |> box
                fun () -> Optimizer.adamWith { AdamOptions.defaults with Beta1 = 1.5 } |> box
                fun () -> Schedule.exponential -0.5 10 0.5 |> box
                fun () -> dropout 1.5 |> box
                fun () -> Tensor.sumOver [ -7 ] features |> box
                fun () -> Tensor.clamp 1.5 -2.5 features |> box
                fun () -> Random.uniformOf Float32 1.5 -2.5 (Key.ofInt 1) [ 1 ] |> box
                fun () -> Random.randint 2 -3 (Key.ofInt 1) [ 1 ] |> box
                fun () -> Metric.value Metric.accuracy (tensor [ -1.5 ]) (tensor [ [ 0.5; 0.5 ] ]) |> box
                fun () -> Metric.value Metric.precision (tensor [ [ 1.5; 0.0 ] ]) (tensor [ [ 0.5; 0.5 ] ]) |> box ]

          let texts () = actions |> List.map message

          let comma = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
          comma.NumberFormat.NumberDecimalSeparator <- ","
          comma.NumberFormat.NegativeSign <- "~"
          let before = CultureInfo.CurrentCulture
          let expected = texts ()
          CultureInfo.CurrentCulture <- comma

          let found =
              try
                  texts ()
              finally
                  CultureInfo.CurrentCulture <- before

          Expect.Equal<string list>(expected, found)) ]
    |> testList "Learning.LossCheck"
