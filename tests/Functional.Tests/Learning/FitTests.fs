/// Training: what is written down, what is drawn from the key, what stops a run, and what resumes it.
module Functional.Tests.FitTests

open System
open System.Threading
open Expecto
open Functional
open Functional.Tests.Training

[<Tests>]
let tests =
    [ testCase "training learns, and writes down every epoch" (fun () ->
          let run = Learn.fit { options with Epochs = 30; ValidationSplit = 0.25 } net train (Key.ofInt 3)

          Expect.Equal<string list>([ "accuracy"; "loss"; "val_accuracy"; "val_loss" ], run.History.Keys)
          Expect.Equal(30, run.History["loss"].Length)
          Expect.True(run.History["loss"][29] < run.History["loss"][0])
          Expect.True(run.History["val_accuracy"][29] > 0.85, $"%A{run.History.Last}")
          Expect.Equal(StopReason.Completed, run.Stopped)
          Expect.Equal(30, run.State.Epoch)
          Expect.Equal(30 * 5, run.State.Step))

      testCase "the same key gives the same bits, another key others" (fun () ->
          let a = Learn.fit options net train (Key.ofInt 3)
          let b = Learn.fit options net train (Key.ofInt 3)
          let c = Learn.fit options net train (Key.ofInt 4)
          sameBits a.Model b.Model
          Expect.NotEqual<float[]>(weights a.Model, weights c.Model))

      testCase "a run gives the same bits on one thread and on many" (fun () ->
          // large enough for the kernels to share the work
          let net = dense 200 --> relu --> dropout 0.1 --> batchNorm --> dense 3 --> softmax
          let fit () = Learn.fit { options with BatchSize = 150 } net (points 1000 2) (Key.ofInt 3)

          let on threads =
              use _ = Functional.Kernels.KernelScope.UseThreads threads
              fit ()

          let alone = on 1
          sameBits alone.Model (fit ()).Model

          for threads in [ 2; 3; 8 ] do
              sameBits alone.Model (on threads).Model)

      testCase "runs on many threads at once do not disturb each other" (fun () ->
          let alone = Learn.fit options net train (Key.ofInt 3)
          let together = Array.Parallel.init 4 (fun _ -> Learn.fit options net train (Key.ofInt 3))

          for run in together do
              sameBits alone.Model run.Model)

      testCase "fitting leaves the model it began with as it was" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let before = weights model
          let run = Learn.fitModel options model train (Key.ofInt 2)
          Expect.Equal<float[]>(before, weights model)
          Expect.NotEqual<float[]>(before, weights run.Model))

      testCase "without shuffling the order is that of the data" (fun () ->
          let seen = ResizeArray<float>()

          let spy =
              Metric.create "spy" (fun () ->
                  { new MetricState() with
                      override _.Add(labels, _, _) = seen.AddRange(Tensor.toFloat64Array labels)
                      override _.Result = 0.0 })

          let numbered =
              Dataset.ofTensors (Tensor.zeros [ 10; 2 ]) (Tensor.arange 0.0 10.0 1.0 |> Tensor.reshape [ 10; 1 ])

          let fit shuffle split =
              seen.Clear()

              Learn.fit
                  { Fit.defaults with
                      Metrics = [ spy ]
                      Epochs = 2
                      BatchSize = 4
                      Shuffle = shuffle
                      ValidationSplit = split }
                  (dense 1)
                  numbered
                  (Key.ofInt 1)
              |> ignore

              List.ofSeq seen

          let inOrder = [ 0.0 .. 9.0 ]
          Expect.Equal<float list>(inOrder @ inOrder, fit false 0.0)
          let shuffled = fit true 0.0
          Expect.Equal<float list>(inOrder, List.sort shuffled[..9])
          Expect.Equal<float list>(inOrder, List.sort shuffled[10..])
          Expect.NotEqual<float list>(shuffled[..9], shuffled[10..])
          // the last samples are held back before anything is shuffled
          let split = fit true 0.35
          Expect.Equal<float list>([ 0.0 .. 5.0 ], List.sort split[..5])
          Expect.Equal<float list>([ 6.0; 7.0; 8.0; 9.0 ], split[6..9]))

      // narrow, its first layer reads a shuffled batch where the samples stand; wide, or behind another layer, from a copy
      for name, net in
          [ "narrow", dense 16 --> relu --> dense 1
            "wide", dense 300 --> dense 1
            "row by row", reshape [ 28; 28 ] --> dense 16 --> relu --> flatten --> dense 1
            "scaled", Layer.ofFunction "scaled" (fun x -> x * 0.5) --> dense 16 --> dense 1 ] do
          testCase
              $"shuffled, a {name} model has the bits that it has in the order in which the samples came"
              (fun () ->
                  let order = ResizeArray<int>()

                  let spy =
                      Metric.create "spy" (fun () ->
                          { new MetricState() with
                              override _.Add(labels, _, _) = order.AddRange(Tensor.toInts (Tensor.cast Int32 labels))
                              override _.Result = 0.0 })

                  let samples = Random.normal (Key.ofInt 4) [ 230; 784 ]
                  let numbers = Tensor.arange 0.0 230.0 1.0 |> Tensor.reshape [ 230; 1 ]

                  let fit shuffle (rows: int[]) =
                      let take x = Tensor.gather 0 (Tensor.ofInts [ 230 ] rows) x

                      let run =
                          Learn.fit
                              { Fit.defaults with
                                  Optimizer = Optimizer.sgd 1e-6
                                  BatchSize = 64
                                  Metrics = [ spy ]
                                  Shuffle = shuffle }
                              net
                              (Dataset.ofTensors (take samples) (take numbers))
                              (Key.ofInt 1)

                      weights run.Model

                  let shuffled = fit true [| 0..229 |]
                  let inOrder = fit false (order.ToArray())
                  Expect.Equal<float[]>(inOrder, shuffled))

      testCase "the loss of an epoch is the mean over its samples, penalties included" (fun () ->
          let net = denseWith { DenseOptions.defaults with KernelRegularizer = Some(Regularizer.l2 0.1) } 1
          let x = Random.normal (Key.ofInt 1) [ 10; 2 ]
          let y = Random.normal (Key.ofInt 2) [ 10; 1 ]
          let data = Dataset.ofTensors x y
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let output = Tensor.toFloat64Array (Model.predict x model)
          let labels = Tensor.toFloat64Array y
          let kernel = weights model |> Array.take 2
          let penalty = 0.1 * Array.sumBy (fun w -> w * w) kernel
          let expected = (Array.map2 (fun y p -> (y - p) ** 2.0) labels output |> Array.average) + penalty

          let run =
              Learn.fitModel
                  { Fit.defaults with Optimizer = Optimizer.sgd 0.0; BatchSize = 4; ValidationData = Some data }
                  model
                  data
                  (Key.ofInt 1)

          Expect.Equal(expected, run.History["loss"].Head, 5)
          Expect.Equal(expected, run.History["val_loss"].Head, 5)
          Expect.Equal(expected, (Model.evaluate data run.Model).Loss.Value, 5))

      testCase "class weights are sample weights by class" (fun () ->
          let weightOf label = [| 0.5; 1.0; 3.0 |][label]
          let weights = Tensor.toInts train.Labels |> Array.map (weightOf >> float32)
          let weighted = Dataset.withSampleWeights (Tensor.ofArray [ weights.Length ] weights) train

          let a = Learn.fit { options with ClassWeights = Map [ 0, 0.5; 2, 3.0 ] } net train (Key.ofInt 3)

          let b = Learn.fit options net weighted (Key.ofInt 3)
          let c = Learn.fit options net train (Key.ofInt 3)
          sameBits a.Model b.Model
          Expect.NotEqual<float[]>(Training.weights a.Model, Training.weights c.Model))

      testCase "a sample of weight zero teaches nothing" (fun () ->
          let far = Tensor.concat 0 [ train.Features; Tensor.full [ 1; 2 ] 1000.0 ]
          let labels = Tensor.concat 0 [ train.Labels; Tensor.ofInts [ 1 ] [| 0 |] ]
          let count = train.Count + 1
          let weights = Array.init count (fun i -> if i = train.Count then 0.0f else 1.0f)

          let run key data =
              Learn.fit
                  { options with Optimizer = Optimizer.sgd 0.1; BatchSize = count; Shuffle = false }
                  (dense 3 --> softmax)
                  data
                  (Key.ofInt key)

          let a =
              run 1 (Dataset.ofTensors far labels |> Dataset.withSampleWeights (Tensor.ofArray [ count ] weights))
          // the mean is taken over all samples, as in Keras, so that one more sample makes the steps a little smaller
          let share = float train.Count / float count

          let b =
              Learn.fit
                  { options with Optimizer = Optimizer.sgd (0.1 * share); BatchSize = count; Shuffle = false }
                  (dense 3 --> softmax)
                  train
                  (Key.ofInt 1)

          for x, y in Array.zip (Training.weights a.Model) (Training.weights b.Model) do
              Expect.Equal(x, y, 5))

      testCase "training through the logits is exact where probabilities are not" (fun () ->
          // outputs so far apart that the probability of the right class is zero in float32
          let x = Tensor.ofArray [ 1; 1 ] [| 1000.0f |]
          let data = Dataset.ofTensors x (Tensor.ofInts [ 1 ] [| 1 |])

          let net =
              denseWith { DenseOptions.defaults with KernelInitializer = Initializer.constant 1.0; UseBias = false } 2
              --> (fun x -> x * tensor [ 1.0; -1.0 ])
              --> softmax

          let run =
              Learn.fit
                  { options with Optimizer = Optimizer.sgd 1e-3; Metrics = []; Epochs = 1 }
                  net
                  data
                  (Key.ofInt 1)

          // -log softmax of (1000, -1000) at the second class
          Expect.Equal(2000.0, run.History["loss"].Head, 3)
          Expect.Equal(2000.0, (Learn.evaluate options data (Model.create net [ 1 ] (Key.ofInt 1))).Loss.Value, 3))

      testCase "the outputs that metrics see are probabilities" (fun () ->
          let run = Learn.fit options net train (Key.ofInt 3)

          let judged = Model.evaluate train run.Model
          let sums = Tensor.sumOver [ 1 ] judged.Outputs |> Tensor.toFloat64Array
          Expect.All(sums, (fun sum -> Expect.Equal(1.0, sum, 5)))
          Expect.True(Tensor.allClose 1e-5 1e-6 (Model.predict train.Features run.Model) judged.Outputs))

      testCase "batches and layers that remember work together" (fun () ->
          let net = dense 8 --> batchNorm --> relu --> dense 3 --> softmax
          let run = Learn.fit { options with Epochs = 5 } net train (Key.ofInt 3)

          let moved =
              Tree.flatten run.State.Variables.State |> List.filter (fun (path, _) -> path.Contains "moving_mean")

          Expect.NotEmpty moved
          Expect.True(Tensor.toFloat (Tensor.sum (Tensor.abs (snd moved.Head))) > 0.0))

      testCase "a run in float64 stays in float64" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let wide = Model.withVariables (Variables.cast Float64 model.Variables) model
          let run = Learn.fitModel options wide train (Key.ofInt 1)
          Expect.All(Variables.flatten run.Model.Variables, (fun v -> Expect.Equal(Float64, v.Tensor.DType)))
          Expect.Equal(Float64, (Model.predict train.Features run.Model).DType))

      testCase "the compiled step gives what the eager one gives" (fun () ->
          let model = Model.create (dense 4 --> tanh --> dense 3 --> softmax) [ 2 ] (Key.ofInt 1)
          let start = Learn.start options model (Key.ofInt 2)
          let step = Learn.trainOnBatch options model.Layer
          let mutable state = start
          let mutable parameters = model.Variables.Parameters
          let mutable memory = options.Optimizer.Init parameters

          for batch in Dataset.batches 50 train do
              let next, _ = step state (Batch.ofTensors batch.Features batch.Labels)

              state <- next

              let gradient =
                  Tree.grad
                      (fun parameters ->
                          let variables = { model.Variables with Parameters = parameters }
                          let _, apply = model.Layer.Logits.Value
                          let output, _ = apply variables (Run.training (Key.ofInt 0)) batch.Features
                          let _, form = Loss.sparseCategoricalCrossentropy.FromLogits.Value
                          Loss.value form batch.Labels output None)
                      parameters

              let updates, nextMemory = options.Optimizer.Update gradient memory parameters
              parameters <- Optimizer.apply updates parameters
              memory <- nextMemory

          for (_, a), (_, b) in List.zip (Tree.flatten state.Variables.Parameters) (Tree.flatten parameters) do
              Expect.True(Tensor.allClose 1e-5 1e-6 a b))

      testCase "hand-written loops do what fit does" (fun () ->
          let run = Learn.fit { options with Shuffle = false; Epochs = 1 } net train (Key.ofInt 3)
          let initial, key = Key.split (Key.ofInt 3)
          let model = Model.create net [ 2 ] initial
          let step = Learn.trainOnBatch options net
          let mutable state = Learn.start options model key

          for batch in Dataset.batches 32 train do
              let next, result = step state (Batch.ofTensors batch.Features batch.Labels)

              Expect.Equal<Shape>([ batch.Count; 3 ], result.Outputs.Shape)
              Expect.True(Double.IsFinite result.Loss)
              state <- next

          sameBits run.Model (Model.withVariables state.Variables model))

      testCase "cancelling returns what was learned so far, and resuming ends in the bits of an unbroken run" (fun () ->
          let options =
              { options with ValidationSplit = 0.2; Callbacks = [ Callback.reduceLROnPlateau "val_loss" 1 ] }

          let whole = Learn.fit { options with Epochs = 4 } net train (Key.ofInt 3)

          for stopAt in [ 0; 2; 5; 7; 15 ] do
              use source = new CancellationTokenSource()

              let stopper =
                  Callback.onBatchEnd (fun m ->
                      if m.State.Step = stopAt then
                          source.Cancel()

                      [])

              if stopAt = 0 then
                  source.Cancel()

              let part =
                  Learn.fit
                      { options with
                          Epochs = 4
                          Callbacks = options.Callbacks @ [ stopper ]
                          CancellationToken = source.Token }
                      net
                      train
                      (Key.ofInt 3)

              Expect.Equal(StopReason.Cancelled, part.Stopped)
              Expect.Equal(stopAt, part.State.Step)
              Expect.Equal(stopAt / 5, part.History.Epochs.Length)
              let rest = Learn.resume { options with Epochs = 4 } net train part.State
              sameBits whole.Model rest.Model
              Expect.Equal(4, rest.History.Epochs.Length)

              Expect.Equal<float list>(whole.History["val_loss"], rest.History["val_loss"])
              Expect.Equal<float list>(whole.History["learning_rate"], rest.History["learning_rate"]))

      testCase "a run can be prolonged" (fun () ->
          let whole = Learn.fit { options with Epochs = 4 } net train (Key.ofInt 3)
          let part = Learn.fit { options with Epochs = 2 } net train (Key.ofInt 3)
          let rest = Learn.resume { options with Epochs = 4 } net train part.State
          sameBits whole.Model rest.Model)

      testCase "averaged weights can be taken" (fun () ->
          let run =
              Learn.fit { options with Optimizer = Optimizer.ema 0.9 options.Optimizer } net train (Key.ofInt 3)

          let averaged = Learn.averaged run
          Expect.NotEqual<float[]>(weights run.Model, weights averaged)

          let failure =
              Expect.Throws<FunctionalException>(fun () ->
                  Learn.averaged (Learn.fit options net train (Key.ofInt 3)) |> ignore)

          Expect.Contains("train with Optimizer.ema", failure.Message))

      testCase "predictions do not depend on how they are batched, and one sample needs no batch" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let all = Model.predict train.Features model
          Expect.Equal<Shape>([ 200; 3 ], all.Shape)
          Expect.True(Tensor.allClose 1e-6 1e-7 all (Model.predictWith 7 train.Features model))
          Expect.True(Tensor.allClose 1e-6 1e-7 all (Model.apply train.Features model))
          let one = Model.predict train.Features[5] model
          Expect.Equal<Shape>([ 3 ], one.Shape)
          Expect.True(Tensor.allClose 1e-6 1e-7 all[5] one)
          Expect.Equal<Shape>([ 0; 3 ], (Model.predict (Tensor.zeros [ 0; 2 ]) model).Shape)

          Expect.Equal<int[]>(
              Tensor.toInts (Tensor.argmax 1 all),
              Tensor.toInts (Model.predictClasses train.Features model)
          ))

      testCase "a model can be differentiated and mapped" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let loss x = Tensor.sum (Tensor.square (Model.apply x model))
          let slopes = vmap (grad loss) train.Features
          Expect.Equal<Shape>(train.Features.Shape, slopes.Shape)
          Expect.True(Tensor.allClose 1e-5 1e-6 (grad loss train.Features[3]) slopes[3]))

      testCase "a network learns to read digits, and a report says how well" (fun () ->
          let digits = Dataset.digits ()
          let train, test = digits |> Dataset.split 0.25 (Key.ofInt 1)
          let net = dense 100 --> relu --> dropout 0.3 --> dense 10 --> softmax

          let run =
              Learn.fit
                  { Fit.defaults with
                      Optimizer = Optimizer.chain [ Optimizer.clipByGlobalNorm 1.0; Optimizer.adam 1e-3 ]
                      Loss = Loss.sparseCategoricalCrossentropy
                      Metrics = [ Metric.accuracy ]
                      Epochs = 15
                      ValidationSplit = 0.2
                      Callbacks = [ Callback.earlyStopping "val_accuracy" 5 ] }
                  net
                  train
                  (Key.ofInt 1)

          let judged = run.Model |> Model.evaluate test
          Expect.True(snd judged.Metrics.Head > 0.93, string judged)
          let table = judged |> Report.classification
          Expect.Contains("precision", table)
          Expect.Contains("weighted avg", table)
          Expect.Contains("predicted", judged |> Report.confusion)) ]
    |> testList "Learning.Fit"
