/// One engine: steps of one's own, trainers, fit on sources, and what a step may cost.
module Functional.Tests.StepTests

open System
open System.Threading
open Expecto
open Functional
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
let steps =
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
          Expect.Equal<float list>([], (Learn.fit options net train key).StepLosses)) ]
    |> testList "Learning.Steps"

let private sameHistory (a: FitResult) (b: FitResult) =
    sameBits a.Model b.Model
    Expect.Equal<EpochLog list>(a.History.Epochs, b.History.Epochs)

let private source = Batches.ofDataset train

[<Tests>]
let sources =
    [ testCase "a source of the samples in their order trains as the dataset does" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let options = { options with Shuffle = false; ValidationData = Some train }
          let whole = Learn.fitModel options model train key

          for batched in
              [ source |> Batches.batch 32
                source |> Batches.batch 32 |> Batches.prefetch 2
                Batches.ofDatasetBy 32 train
                Batches.ofPasses None (fun _ -> Batches.batch 32 source :> seq<Batch>) ] do
              sameHistory whole (Learn.fitBatches options model batched key)

          let validation =
              { options with ValidationData = None; ValidationBatches = Some(Batches.ofDatasetBy 32 train) }

          sameHistory whole (Learn.fitBatches validation model (Batches.batch 32 source) key))

      testCase "a run over a shuffled source is resumed inside an epoch to the same bits" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)

          let batched =
              source
              |> Batches.shuffle 50 (Key.ofInt 4)
              |> Batches.mapRandom (Key.ofInt 5) (fun key (x, y) -> x + Random.normal key x.Shape * 0.01, y)
              |> Batches.batch 32
              |> Batches.prefetch 2

          for steps in [ None; Some 5; Some 9 ] do
              let options = { options with StepsPerEpoch = steps }
              let whole = Learn.fitBatches options model batched key
              Expect.Equal(3 * Option.defaultValue 7 steps, whole.State.Step)

              for stopAt in [ 1; 7; 8; 13 ] do
                  let stopper =
                      Callback.onBatchEnd (fun m ->
                          [ if m.Step = stopAt then
                                CallbackAction.Stop ])

                  let part = Learn.fitBatches { options with Callbacks = [ stopper ] } model batched key
                  Expect.Equal(stopAt, part.State.Step)
                  sameHistory whole (Learn.resumeBatches options model batched part.State))

      testCase "steps per epoch go on where the epoch before ended, in memory as from sources" (fun () ->
          let seen = ResizeArray<float>()

          let spy =
              Metric.create "spy" (fun () ->
                  { new MetricState() with
                      override _.Add(labels, _, _) = seen.AddRange(Tensor.toFloat64Array labels)
                      override _.Result = 0.0 })

          let numbered =
              Dataset.ofTensors (Tensor.zeros [ 7; 2 ]) (Tensor.reshape [ 7; 1 ] (Tensor.arange 0.0 7.0 1.0))

          let options =
              { Fit.defaults with
                  Metrics = [ spy ]
                  Epochs = 3
                  BatchSize = 2
                  Shuffle = false
                  StepsPerEpoch = Some 3 }

          Learn.fit options (dense 1) numbered key |> ignore
          let expected = [ 0..6 ] @ [ 0..6 ] @ [ 0; 1 ] |> List.map float
          Expect.Equal<float list>(expected, List.ofSeq seen)
          seen.Clear()
          let model = Model.create (dense 1) [ 2 ] (Key.ofInt 1)
          let endless = Batches.ofDataset numbered |> Batches.batch 2 |> Batches.forever
          Learn.fitBatches options model endless key |> ignore
          Expect.Equal<float list>(expected, List.ofSeq seen))

      testCase "what a source cannot do is refused" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)

          let message options source =
              (Expect.Throws<FunctionalException>(fun () -> Learn.fitBatches options model source key |> ignore))
                  .Message

          Expect.Contains("the source of batches is empty", message options (Batches.ofSeq []))

          Expect.Contains(
              "cannot be taken of a source",
              message { options with ValidationSplit = 0.1 } (Batches.batch 32 source)
          )

          Expect.Contains(
              "stepsPerEpoch = 0",
              message { options with StepsPerEpoch = Some 0 } (Batches.batch 32 source)
          ))

      testCase "lengths in buckets compile as many steps as there are buckets" (fun () ->
          let model = Model.create (lstm 4 --> dense 1) [ 5; 1 ] (Key.ofInt 1)

          let sample length =
              Tensor.full [ length; 1 ] (float length), Tensor.ofArray [ 1 ] [| float32 length |]

          let varied = Batches.init 40 (fun i -> sample (1 + i % 20)) |> Batches.batch 1
          let options = { Fit.defaults with Lengths = SequenceLengths.ToBuckets [ 10; 20 ]; Epochs = 1 }
          let before = Plan.compilations ()
          let run = Learn.fitBatches options model varied key
          Expect.Equal(40, run.State.Step)
          Expect.InRange(Plan.compilations () - before, 0L, 20L)
          Expect.True(Double.IsFinite run.History["loss"].Head))
      |> testSequenced

      testCase "padding labels with buckets leaves the loss of a causal network as it is" (fun () ->
          let model =
              Model.create
                  (lstmWith { RecurrentOptions.defaults with ReturnSequences = true } 4 --> dense 1)
                  [ 6; 1 ]
                  (Key.ofInt 1)

          let x = Random.normal (Key.ofInt 1) [ 8; 6; 1 ]
          let data = Batches.ofSeq [ Batch.ofTensors x (Tensor.cumsum 1 x) ]
          let options = { Fit.defaults with Epochs = 1; KeepStepLosses = true }
          let plain = Learn.fitBatches options model data key
          let padded = Learn.fitBatches { options with Lengths = SequenceLengths.To 11 } model data key
          Expect.Equal(plain.StepLosses.Head, padded.StepLosses.Head, 5)) ]
    |> testList "Learning.Sources"

/// A model and samples whose batches are large enough to be gathered on another thread.
let private wide () =
    let x = Random.normal (Key.ofInt 1) [ 300; 600 ]
    let y = Tensor.argmax 1 (Tensor.sliceAxis 1 0 4 1 x)
    Dataset.ofTensors x y

[<Tests>]
let costs =
    [ testCase "rows gathered on another thread give the bits of rows gathered before" (fun () ->
          let data = wide ()
          let net = dense 16 --> relu --> dense 4 --> softmax
          let model = Model.create net [ 600 ] (Key.ofInt 1)
          let run = Learn.fitModel options model data key

          // the same batches, made by hand
          let trainer = Trainer.create options model key

          for pass in 0..2 do
              let order = Random.permutation (key |> Key.fold 0x73687566 |> Key.fold pass) 300 |> Tensor.toInts

              for rows in Array.chunkBySize 32 order do
                  let part = Dataset.rows rows data
                  trainer.TrainOnBatch(part.Features, part.Labels) |> ignore

          sameBits run.Model trainer.Model

          for threads in [ 1; 2; 8 ] do
              use _ = Functional.Kernels.KernelScope.UseThreads threads
              sameBits run.Model (Learn.fitModel options model data key).Model)

      testCase "an epoch more allocates little more than its order" (fun () ->
          let data = wide ()
          let model = Model.create (dense 16 --> relu --> dense 4 --> softmax) [ 600 ] (Key.ofInt 1)

          let allocated epochs =
              let before = GC.GetTotalAllocatedBytes true

              Learn.fitModel { options with Epochs = epochs; BatchSize = 4; Metrics = [] } model data key
              |> ignore

              GC.GetTotalAllocatedBytes true - before

          allocated 2 |> ignore
          let perStep = float (allocated 42 - allocated 2) / (40.0 * 75.0)
          Expect.True(perStep < 1000.0, $"{perStep} bytes a step"))
      |> testSequenced

      testCase "a learning rate set at every batch copies no parameters" (fun () ->
          let data = Dataset.ofTensors (Tensor.ones [ 64; 1000 ]) (Tensor.ones [ 64; 1000 ])
          let model = Model.create (dense 1000) [ 1000 ] (Key.ofInt 1)

          let setting =
              Callback.onBatchEnd (fun m -> [ CallbackAction.SetLearningRate(m.LearningRate.Value * 0.999) ])

          let allocated epochs callbacks =
              let before = GC.GetTotalAllocatedBytes true

              Learn.fitModel { Fit.defaults with Epochs = epochs; BatchSize = 8; Callbacks = callbacks } model data key
              |> ignore

              GC.GetTotalAllocatedBytes true - before

          allocated 1 [ setting ] |> ignore
          let more = allocated 6 [ setting ] - allocated 1 [ setting ]
          // 40 steps on parameters of 4 MB
          Expect.True(float more / 40.0 < 40000.0, $"{more} bytes in 40 steps"))
      |> testSequenced

      testCase "the second fit, evaluation and prediction compile nothing" (fun () ->
          let model = Model.create (dense 7 --> relu --> dense 3 --> softmax) [ 2 ] (Key.ofInt 1)

          let use' () =
              let run = Learn.fitModel { options with ValidationSplit = 0.2 } model train key
              Model.evaluate train run.Model |> ignore
              Model.predict train.Features run.Model |> ignore

          use' ()
          let before = Plan.compilations ()
          use' ()
          Expect.Equal(0L, Plan.compilations () - before))
      |> testSequenced

      testCase "a source larger than memory trains in flat memory" (fun () ->
          // 2 GB in batches of 4 MB
          let total, width = 500, 4096
          let most = ref 0L

          let big =
              Batches.init total (fun i ->
                  if i % 50 = 49 then
                      most.Value <- max most.Value (GC.GetTotalMemory true)

                  let x = Tensor.ofArray [ 256; width ] (Array.create (256 * width) (float32 (i % 7)))
                  Batch.ofTensors x (Tensor.ones [ 256; 1 ]))
              |> Batches.prefetch 2

          let model = Model.create (dense 1) [ width ] (Key.ofInt 1)
          let before = GC.GetTotalMemory true
          let run = Learn.fitBatches { Fit.defaults with Optimizer = Optimizer.sgd 1e-6 } model big key
          Expect.Equal(total, run.State.Step)
          let grown = (most.Value - before) / 1_000_000L
          Expect.True(grown < 100L, $"{grown} MB more at most, of {total * 4} MB gone through"))
      |> testSequenced ]
    |> testList "Learning.Costs"
