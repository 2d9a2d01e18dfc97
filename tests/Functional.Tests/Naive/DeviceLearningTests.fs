/// Models on devices: prediction, training and files.
module Functional.Tests.Naive.DeviceLearningTests

open System.IO
open Functional
open Functional.Tests
open Expecto

let private naive = NaiveBackend.device

let private onCpu (x: Tensor) = Tensor.toDevice Device.cpu x

let private isOn (device: Device) (x: Tensor) = Expect.Equal(device, Tensor.device x)

let private areOn device (variables: Variables) =
    for v in Variables.flatten variables do
        isOn device v.Tensor

/// Counts how often numbers are read from its stores.
type private CountingBackend() =
    inherit NaiveBackend.NaiveBackend("naive:counting")
    let mutable reads = 0
    member _.Reads = reads

    override me.CreateStore values =
        let inner = NaiveStore(me, values)

        { new Store(me, inner.Signatures) with
            override _.Get slot = inner.Get slot
            override _.Set(slot, value) = inner.Set(slot, value)

            override _.Number slot =
                reads <- reads + 1
                inner.Number slot }

let private data = Training.points 60 1

let private net = dense 8 --> relu --> batchNorm --> dropout 0.2 --> dense 3 --> softmax

let private model = Model.create net [ 2 ] (Key.ofInt 5)
let private there = Model.toDevice naive model

let private options = { Training.options with Epochs = 4; BatchSize = 20; ValidationSplit = 0.2 }

let private close (a: Variables) (b: Variables) =
    for v, w in List.zip (Variables.flatten a) (Variables.flatten b) do
        Expect.True(Tensor.allClose 1e-3 1e-4 v.Tensor (onCpu w.Tensor), $"{v.Path}: {v.Tensor} and {w.Tensor}")

let private predicting =
    [ testCase "a moved model predicts there what it predicts here" (fun () ->
          Expect.Equal(naive, Model.device there)
          Expect.Equal(Device.cpu, Model.device model)
          areOn naive there.Variables

          for batchSize in [ 256; 16 ] do
              let y = Model.predictWith batchSize data.Features there
              isOn naive y
              Expect.True(Tensor.allClose 1e-5 1e-6 (Model.predict data.Features model) (onCpu y))

          isOn naive (Model.predict (Tensor.ones [ 2 ]) there)
          isOn Device.cpu (Model.predict (Tensor.toDevice naive data.Features) (Model.toDevice Device.cpu there))

          Expect.Equal<int[]>(
              Tensor.toInts (Model.predictClasses data.Features model),
              Tensor.toInts (Model.predictClasses data.Features there)
          ))

      testCase "a predictor answers from there" (fun () ->
          let sample = [| 0.5f; -1.0f |]
          let here = (Predictor.create model).Predict sample
          let there = (Predictor.create there).Predict sample
          Expect.All(Array.zip here there, (fun (a, b) -> Expect.True(abs (a - b) < 1e-5f))))

      testCase "an evaluation there gives the same numbers" (fun () ->
          let objective m = m |> Model.withObjective Training.options.Loss [ Metric.accuracy; Metric.auc ]
          let here = Model.evaluate data (objective model)
          let there = Model.evaluate data (objective there)
          Expect.Equal(here.Loss.Value, there.Loss.Value, 5)

          for (name, a), (_, b) in List.zip here.Metrics there.Metrics do
              Expect.True(abs (a - b) < 1e-5, $"{name}: {a} and {b}")

          Expect.Equal(Report.classification here, Report.classification there))

      testCase "a part of a moved model takes values of the host" (fun () ->
          let bias = [| 1.0f; 2.0f; 3.0f |]
          let changed = Model.setWeight "dense_1/bias" bias there
          areOn naive changed.Variables
          let found = Variables.flatten changed.Variables |> List.find (fun v -> v.Path = "dense_1/bias")
          Expect.Equal<float32[]>(bias, Tensor.toArray found.Tensor)) ]

let private training =
    [ testCase "fit trains on the device of the model, and agrees with the CPU" (fun () ->
          let here = Learn.fitModel options model data (Key.ofInt 6)
          let result = Learn.fitModel options there data (Key.ofInt 6)
          areOn naive result.Model.Variables
          let losses = result.History["loss"]
          Expect.True(List.last losses < List.head losses, $"the loss falls: {losses}")
          close here.Model.Variables result.Model.Variables

          for key in here.History.Keys do
              for a, b in List.zip here.History[key] result.History[key] do
                  Expect.True(abs (a - b) < 1e-3, $"{key}: {a} and {b}"))

      testCase "fit builds and trains on the device in use" (fun () ->
          let here = Learn.fit options net data (Key.ofInt 6)
          let result = Device.using naive (fun () -> Learn.fit options net data (Key.ofInt 6))
          areOn naive result.Model.Variables
          close here.Model.Variables result.Model.Variables)

      testCase "data of any device are learned from, shuffled, in order, or from a source" (fun () ->
          let moved = Dataset.ofTensors (Tensor.toDevice naive data.Features) (Tensor.toDevice naive data.Labels)

          let options = { options with Epochs = 2; Shuffle = false; ValidationSplit = 0.0 }

          for options in [ options; { options with Shuffle = true } ] do
              let here = Learn.fitModel options model data (Key.ofInt 1)

              for model, data in [ there, data; there, moved; model, moved ] do
                  close here.Model.Variables (Learn.fitModel options model data (Key.ofInt 1)).Model.Variables

          let source = Batches.ofSeq [ for _ in 1..3 -> Batch.ofDataset data ]
          let here = Learn.fitBatches options model source (Key.ofInt 1)
          close here.Model.Variables (Learn.fitBatches options there source (Key.ofInt 1)).Model.Variables)

      testCase "steps by hand run there" (fun () ->
          let batch = Batch.ofTensors data.Features data.Labels
          let trainers = [ for m in [ model; there ] -> Trainer.create options m (Key.ofInt 2) ]

          for _ in 1..3 do
              match [ for trainer in trainers -> trainer.TrainOnBatch batch ] with
              | [ a; b ] -> Expect.True(abs (a - b) < 1e-4, $"{a} and {b}")
              | _ -> failtest "two trainers"

          let step = Learn.trainOnBatch options net
          let twice m = step (fst (step (Learn.start options m (Key.ofInt 2)) batch)) batch
          let here, ofHere = twice model
          let there, ofThere = twice there
          areOn naive there.Variables
          close here.Variables there.Variables
          Expect.Equal(ofHere.Loss, ofThere.Loss, 4)
          isOn naive ofThere.Outputs)

      testCase "the loss of a model there has the gradient that it has here" (fun () ->
          let batch = Batch.ofTensors data.Features data.Labels

          let value, gradient = Learn.lossAndGradient options batch (Key.ofInt 3) there
          Expect.Equal(fst (Learn.lossAndGradient options batch (Key.ofInt 3) model), value, 4)
          Tree.leaves gradient |> List.iter (isOn naive))

      testCase "a step reads no loss that nobody asks for" (fun () ->
          let backend = CountingBackend()
          let model = Model.toDevice backend.Device model
          let options = { options with Epochs = 2; ValidationSplit = 0.0; Metrics = [] }
          Learn.fitModel options model data (Key.ofInt 1) |> ignore
          // six steps; the loss and how many samples it is of, at the end of each epoch
          Expect.InRange(backend.Reads, 1, 2 * 2 * options.Epochs)) ]

let private files =
    [ testCase "a model saved from a device is loaded on the one in use" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              Model.save path there
              let loaded = Model.load path
              areOn Device.cpu loaded.Variables
              close model.Variables loaded.Variables
              let loaded = Device.using naive (fun () -> Model.load path)
              areOn naive loaded.Variables
              let path = Path.Combine(folder, "model.safetensors")
              Model.saveWeights path there
              areOn naive (Model.loadWeights path there).Variables
              areOn Device.cpu (Model.loadWeights path model).Variables)) ]

let private halves =
    [ testCase "a network of half types learns there as on the CPU" (fun () ->
          for dtype in [ Float16; BFloat16 ] do
              let small = model |> Model.withVariables (Variables.cast dtype model.Variables)
              let options = { options with Epochs = 6; ValidationSplit = 0.0 }
              let here = Learn.fitModel options small data (Key.ofInt 6)
              let result = Learn.fitModel options (Model.toDevice naive small) data (Key.ofInt 6)
              areOn naive result.Model.Variables

              for v in Variables.flatten result.Model.Variables do
                  Expect.Equal(dtype, v.Tensor.DType)

              let losses = result.History["loss"]
              Expect.True(List.last losses < List.head losses, $"{dtype}: {losses}")
              Expect.True(abs (List.last losses - List.last here.History["loss"]) < 0.1, $"{dtype}: {losses}")) ]

[<Tests>]
let tests = [ predicting; training; files; halves ] |> List.concat |> testList "Naive.DeviceLearning"
