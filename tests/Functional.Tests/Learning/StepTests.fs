/// Steps of one's own, and trainers.
module Functional.Tests.StepTests

open System
open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.Training

let private key = Key.ofInt 3
let private model () = Model.create (dense 8 --> tanh --> dense 3) [ 2 ] (Key.ofInt 1)

let private logits =
    Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

let private plain = { options with Loss = logits; Metrics = [] }

let private batches size = Dataset.batches size train |> Seq.map Batch.ofDataset |> List.ofSeq

let private values (variables: Variables) =
    Variables.flatten variables |> List.map (fun v -> v.Path, Tensor.toFloat64Array v.Tensor)

/// A step of one's own with the loss that a trainer of the model has.
let private own (model: Model) optimizer =
    Step.createWith optimizer (fun variables run batch ->
        let output, next = model.Layer.Apply variables run batch.Features
        Loss.value logits batch.Label output (batch.WeightsOf 0), next)

/// Numbers that one network makes of noise, and that another tells from given numbers.
let private generator = Model.create (dense 8 --> tanh --> dense 1) [ 2 ] (Key.ofInt 5)

let private critic = Model.create (dense 8 --> tanh --> dense 1) [ 1 ] (Key.ofInt 6)

let private saysReal =
    Loss.binaryCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }

let private judged (variables: Variables) run (x: Tensor) =
    fst (critic.Layer.Apply (Variables.part "critic" variables) run x)

let private made (variables: Variables) (run: Run) (count: int) =
    let noise = Random.normal (Key.fold 1 run.Key) [ count; 2 ]
    fst (generator.Layer.Apply (Variables.part "generator" variables) run noise)

let private against (label: float) (output: Tensor) = Loss.value saysReal (Tensor.fullLike label output) output None

let private discriminate =
    Step.create (Optimizer.forPaths [ [ "critic" ], Optimizer.adam 0.01 ]) (fun variables run batch ->
        let real = batch.Inputs.Head

        against 1.0 (judged variables run real)
        + against 0.0 (judged variables run (made variables run real.Shape.Head)))

let private generate =
    Step.create (Optimizer.forPaths [ [ "generator" ], Optimizer.adam 0.01 ]) (fun variables run batch ->
        against 1.0 (judged variables run (made variables run batch.Count)))

let private both = Variables.ofParts [ "generator", generator.Variables; "critic", critic.Variables ]

let private sameValues (a: Variables) (b: Variables) = Expect.Equal<(string * float[]) list>(values a, values b)

[<Tests>]
let tests =
    [ testCase "a step of one's own is the trainer's step, bit for bit" (fun () ->
          let model = model ()
          let trainer = Trainer.create plain model key
          let step = own model plain.Optimizer
          let loop = TrainingLoop.create [ step ] model.Variables key

          for batch in batches 40 do
              Expect.Equal(trainer.TrainOnBatch batch, loop.Run(step, batch))

          sameValues trainer.State.Variables loop.Variables
          Expect.Equal(5, loop.Count))

      testCase "two steps train two models against each other" (fun () ->
          let loop = TrainingLoop.create [ discriminate; generate ] both key

          for i in 1..400 do
              let real = Random.normal (Key.fold i key) [ 32; 1 ] * 0.5 + 3.0
              let batch = { Inputs = [ real ]; Labels = []; Weights = [] }
              loop.Run(discriminate, batch) |> ignore
              loop.Run(generate, batch) |> ignore

          let run = { Training = false; Key = Key.ofInt 9 }
          let mean = Tensor.toFloat (Tensor.mean (made loop.Variables run 1000))
          Expect.InRange(mean, 2.0, 4.0)
          Expect.InRange(loop.Loss discriminate, 0.0, 3.0))

      testCase "an optimizer for paths leaves the others' bits alone" (fun () ->
          let loop = TrainingLoop.create [ discriminate; generate ] both key
          let batch = { Inputs = [ Tensor.ones [ 4; 1 ] ]; Labels = []; Weights = [] }
          loop.Run(generate, batch) |> ignore
          sameValues critic.Variables (Variables.part "critic" loop.Variables)
          let before, after = values generator.Variables, values (Variables.part "generator" loop.Variables)
          Expect.NotEqual<(string * float[]) list>(before, after))

      testCase "parts of a model have optimizers of their own" (fun () ->
          let model = model ()

          let optimizer =
              Optimizer.forPaths [ [ "dense_1" ], Optimizer.sgd 0.5; [ "dense/kernel" ], Optimizer.adam 0.01 ]

          let alone optimizer =
              let trainer = Trainer.create { plain with Optimizer = optimizer } model key
              trainer.TrainOnBatch(batches(40).Head) |> ignore
              Map.ofList (values trainer.State.Variables)

          let parts, sgd, adam = alone optimizer, alone (Optimizer.sgd 0.5), alone (Optimizer.adam 0.01)
          let first = Map.ofList (values model.Variables)
          Expect.Equal<float[]>(sgd["dense_1/kernel"], parts["dense_1/kernel"])
          Expect.Equal<float[]>(sgd["dense_1/bias"], parts["dense_1/bias"])
          Expect.Equal<float[]>(adam["dense/kernel"], parts["dense/kernel"])
          Expect.Equal<float[]>(first["dense/bias"], parts["dense/bias"])

          let failure =
              Expect.Throws<FunctionalException>(fun () ->
                  alone (Optimizer.forPaths [ [ "nowhere" ], Optimizer.sgd 0.1 ]) |> ignore)

          Expect.Contains("takes no parameter", failure.Message))

      testCase "a trainer gives loss and gradient in one call, and changes nothing" (fun () ->
          let model = model ()
          let trainer = Trainer.create plain model key
          let batch = batches(50).Head
          let loss, gradient = trainer.LossAndGradient batch

          let expected =
              Tree.grad
                  (fun parameters ->
                      let variables = { model.Variables with Parameters = parameters }
                      let output, _ = model.Layer.Apply variables { Training = true; Key = key } batch.Features
                      Loss.value logits batch.Label output None)
                  model.Variables.Parameters

          for (path, a), (_, b) in List.zip (Tree.flatten expected) (Tree.flatten gradient) do
              Expect.True(Tensor.allClose 1e-5 1e-6 a b, path)

          sameValues model.Variables trainer.State.Variables
          Expect.Equal(loss, trainer.TrainOnBatch batch, 6)
          let again, _ = Learn.lossAndGradient plain batch key model
          Expect.Equal(loss, again, 6))

      testCase "a trainer keeps the means of loss and metrics until they are reset" (fun () ->
          let options = { plain with Metrics = [ Metric.accuracy; Metric.auc |> Metric.unweighted ] }
          let trainer = Trainer.create options (model ()) key
          let losses = [ for batch in batches 50 -> trainer.TrainOnBatch batch ]
          Expect.Equal<string list>([ "accuracy"; "auc"; "loss" ], trainer.Metrics |> List.map fst)
          Expect.Equal(List.average losses, trainer.Metrics |> List.find (fst >> (=) "loss") |> snd, 6)
          trainer.ResetMetrics()
          let batch = batches(50).Head
          let loss = trainer.TrainOnBatch batch
          let accuracy = Metric.value Metric.accuracy batch.Label trainer.Outputs
          let known = Map.ofList trainer.Metrics
          Expect.Equal(loss, known["loss"], 6)
          Expect.Equal(accuracy, known["accuracy"], 6))

      testCase "a learning rate is read and set in place" (fun () ->
          let trainer = Trainer.create plain (model ()) key
          Expect.Equal(Some 0.01, trainer.LearningRate)
          trainer.SetLearningRate 0.5
          Expect.Equal(Some 0.5, trainer.LearningRate)
          trainer.TrainOnBatch(batches(50).Head) |> ignore
          trainer.SetLearningRate 0.0
          let before = trainer.State.Variables
          trainer.TrainOnBatch(batches(50).Head) |> ignore
          Expect.Equal(Some 0.0, trainer.LearningRate)
          sameValues before trainer.State.Variables)

      testCase "a function of a state gives the metrics of its batch" (fun () ->
          let model = model ()
          let options = { plain with Metrics = [ Metric.accuracy ] }
          let step = Learn.trainOnBatch options model.Layer
          let batch = batches(50).Head
          let _, result = step (Learn.start options model key) batch

          Expect.Equal<(string * float) list>(
              [ "accuracy", Metric.value Metric.accuracy batch.Label result.Outputs ],
              result.Metrics
          ))

      testCase "the loss of every step is had on request" (fun () ->
          let run = Learn.fit { options with KeepStepLosses = true; BatchSize = 50; Epochs = 2 } net train key
          Expect.Equal(8, run.StepLosses.Length)
          Expect.Equal(List.average run.StepLosses[..3], run.History["loss"].Head, 6)
          Expect.Equal<float list>([], (Learn.fit options net train key).StepLosses))

      testCase "a step of one's own gives values beside its loss, and learns as without them" (fun () ->
          let model = model ()

          let watched =
              Step.createWithValues (Optimizer.adam 0.01) [ "accuracy"; "twice" ] (fun variables run batch ->
                  let output, next = model.Layer.Apply variables run batch.Features
                  let right = Tensor.equal (Tensor.argmax -1 output) batch.Label
                  let loss = Loss.value logits batch.Label output None
                  loss, [ Tensor.mean (Tensor.cast Float32 right); loss * 2.0 ], next)

          let plain = own model (Optimizer.adam 0.01)
          let loop = TrainingLoop.create [ watched; plain ] model.Variables key
          Expect.Equal<string list>([ "accuracy"; "twice" ], loop.Values watched |> List.map fst)
          Expect.True(loop.Values watched |> List.forall (snd >> Double.IsNaN))
          Expect.Equal<(string * float) list>([], loop.Values plain)

          for batch in batches 50 do
              let before = model |> Model.withVariables loop.Variables
              let loss = loop.Run(watched, batch)
              let values = Map.ofList (loop.Values watched)
              let outputs = before |> Model.predict batch.Features
              Expect.Equal(Metric.value Metric.accuracy batch.Label outputs, values["accuracy"], 6)
              Expect.Equal(2.0 * loss, values["twice"], 6)

          let alone = TrainingLoop.create [ plain ] model.Variables key

          for batch in batches 50 do
              alone.Run(plain, batch) |> ignore

          sameValues alone.Variables loop.Variables)

      testCase "other numbers of values than of names are refused" (fun () ->
          let step names =
              Step.createWithValues (Optimizer.sgd 0.1) names (fun variables _ batch ->
                  let loss = Tensor.mean batch.Features * 0.0
                  loss, [ loss ], variables)

          let run names =
              let step = step names
              let loop = TrainingLoop.create [ step ] (model ()).Variables key
              loop.Run(step, batches(50).Head)

          Expect.Contains("must be 2 scalars", errorOf (fun () -> run [ "a"; "b" ]))) ]
    |> testList "Learning.Step"
