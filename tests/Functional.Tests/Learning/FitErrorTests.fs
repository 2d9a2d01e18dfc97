/// What training refuses, and how the errors say so.
module Functional.Tests.FitErrorTests

open Expecto
open Functional
open Functional.Tests.Training

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private fitting options data = message (fun () -> Learn.fit options net data (Key.ofInt 1))

[<Tests>]
let tests =
    [ testCase "options out of range are refused" (fun () ->
          Expect.Equal(
              "Fit: batchSize = 0 is no number of samples; give at least 1.",
              fitting { options with BatchSize = 0 } train
          )

          Expect.Equal(
              "Fit: epochs = -1 is no number of epochs; give at least 0.",
              fitting { options with Epochs = -1 } train
          )

          for share in [ -0.1; 1.0; nan ] do
              Expect.Contains(
                  "is no share of the samples to validate with; give a number from 0 to below 1.",
                  fitting { options with ValidationSplit = share } train
              )

          Expect.Equal(
              "Fit: a share of 0.9 of 3 samples leaves none to train or none to validate with; give another share, or more \
               samples.",
              fitting { options with ValidationSplit = 0.9 } (Dataset.take 3 train)
          )

          Expect.Equal(
              "Fit: classWeights = -1 is no weight for class 2; a weight is 0 or more, and finite.",
              fitting { options with ClassWeights = Map [ 2, -1.0 ] } train
          ))

      testCase "a callback that looks at an unknown value is refused before training" (fun () ->
          Expect.Equal(
              "Fit, callback early_stopping: monitor = 'val_loss' is no value of this training; there is accuracy, loss. \
               Values that begin with val_ need ValidationSplit, ValidationData or ValidationBatches.",
              fitting { options with Callbacks = [ Callback.earlyStopping "val_loss" 3 ] } train
          )

          Expect.Equal(
              "Fit, callback reduce_lr_on_plateau: monitor = 'lossy' is no value of this training; there is accuracy, \
               loss, val_accuracy, val_loss, learning_rate.",
              fitting
                  { options with ValidationSplit = 0.2; Callbacks = [ Callback.reduceLROnPlateau "lossy" 3 ] }
                  train
          ))

      testCase "data that cannot be learned from are refused" (fun () ->
          let values = Tensor.toArray train.Features
          values[6] <- nanf
          values[21] <- nanf
          let holes = Dataset.ofTensors (Tensor.ofArray [ 200; 2 ] values) train.Labels

          Expect.Equal(
              "Fit: the features hold NaN in 2 of 200 rows (row 3, 10, from 0). Drop these rows or fill the gaps before \
               training.",
              fitting options holes
          )

          let labels = Tensor.toInts train.Labels
          labels[7] <- 5

          Expect.Contains(
              "the label 5 in row 7",
              fitting options (Dataset.ofTensors train.Features (Tensor.ofInts [ 200 ] labels))
          )

          let model = Model.create net [ 2 ] (Key.ofInt 1)

          Expect.Contains(
              "the model was built for samples of another shape",
              message (fun () ->
                  Learn.fitModel
                      options
                      model
                      (Dataset.ofTensors (Tensor.zeros [ 4; 3 ]) (Tensor.ofInts [ 4 ] [| 0; 1; 2; 0 |]))
                      (Key.ofInt 1))
          ))

      testCase "labels of more classes than outputs are refused by the name of the layer" (fun () ->
          let labels = Tensor.oneHot 5 train.Labels
          let data = Dataset.ofTensors train.Features labels

          let text =
              message (fun () -> Learn.fit { options with Loss = Loss.categoricalCrossentropy } net data (Key.ofInt 1))

          Expect.Contains("Fit: the labels have 5 classes but the last layer 'dense_1' gives 3 outputs.", text)
          Expect.Contains("labels  [200; 5]", text)
          Expect.Contains("output  [None; 3]", text))

      testCase "wrong shapes given to a model are refused" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)

          Expect.Contains(
              "the model takes samples of its own shape, or a batch of them",
              message (fun () -> Model.predict (Tensor.zeros [ 5; 3 ]) model)
          )

          Expect.Contains("is not a number of samples", message (fun () -> Model.predictWith 0 train.Features model))

          Expect.Contains(
              "the variables have other names or shapes",
              message (fun () -> Model.withVariables (Model.create (dense 3) [ 2 ] (Key.ofInt 1)).Variables model)
          ))

      testCase "an unknown value of the history is refused" (fun () ->
          let run = Learn.fit options net train (Key.ofInt 3)

          Expect.Equal(
              "History: key = 'val_loss' was not written down; there is accuracy, loss.",
              message (fun () -> run.History["val_loss"])
          )) ]
    |> testList "Learning.FitError"
