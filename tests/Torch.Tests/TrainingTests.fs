/// Models train on libtorch as on the CPU backend: the loss agrees.
module Functional.Torch.Tests.TrainingTests

open Functional
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

/// Trains the same model on both devices, and compares the losses of all epochs.
let private agree (tolerance: float) (options: FitOptions) (net: Layer<Tensor, Tensor>) (shape: Shape) (data: Dataset) =
    let model = Model.create net shape (Key.ofInt 5)
    let onCpu = Learn.fitModel options model data (Key.ofInt 6)
    let onTorch = Learn.fitModel options (Model.toDevice device.Value model) data (Key.ofInt 6)
    let losses, others = onCpu.History["loss"], onTorch.History["loss"]

    for a, b in List.zip losses others do
        Expect.True(abs (a - b) <= tolerance * max 1.0 (abs a), $"{losses} and {others}")

    for v in Variables.flatten onTorch.Model.Variables do
        Expect.Equal(device.Value, v.Tensor.Device)

let private options = { Training.options with Epochs = 2; BatchSize = 32; ValidationSplit = 0.1 }

let private digits () =
    let all = Dataset.digits ()
    Dataset.take 300 all

[<Tests>]
let tests =
    [ case "digits by a dense network with dropout" (fun () ->
          agree 1e-4 options (dense 64 --> relu --> dropout 0.3 --> dense 10 --> softmax) [ 64 ] (digits ()))

      case "digits by a convolutional network" (fun () ->
          let net =
              reshape [ 8; 8; 1 ]
              --> conv2D 8 (3, 3)
              --> batchNorm
              --> relu
              --> maxPooling2D (2, 2)
              --> flatten
              --> dense 10
              --> softmax

          agree 1e-3 options net [ 64 ] (digits ()))

      case "rows of digits by an LSTM" (fun () ->
          let net = reshape [ 8; 8 ] --> lstm 16 --> dense 10 --> softmax
          agree 1e-4 options net [ 64 ] (digits ()))

      case "what only a memory can tell by a GRU, from data that are on the device" (fun () ->
          let x = Random.normal (Key.ofInt 1) [ 200; 8; 1 ]
          let first = Tensor.reshape [ 200 ] (Tensor.sliceAxis 1 0 1 1 x)
          let y = Tensor.cast Int32 (Tensor.greater first (tensor 0.0))

          let options =
              { options with Optimizer = Optimizer.adam 0.02; Epochs = 4; Metrics = []; ValidationSplit = 0.0 }

          let net = gru 8 --> dense 2 --> softmax
          let data = Dataset.ofTensors (there x) (there y)
          agree 1e-3 options net [ 8; 1 ] data)

      case "rows of digits by a transformer" (fun () ->
          let net = reshape [ 8; 8 ] --> dense 16 --> transformerEncoder 32 2 --> flatten --> dense 10 --> softmax

          agree 1e-3 options net [ 64 ] (digits ())) ]
    |> testList "Torch.Training"
