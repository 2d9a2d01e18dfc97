/// Runs that are stopped and resumed end as if they had never been stopped.
module Functional.Tests.ResumeTests

open System.IO
open System.Threading
open Expecto
open Functional
open Functional.Tests.Training

let private weighted =
    let weight i = if i % 3 = 0 then 2.0f else 0.5f
    Dataset.withSampleWeights (Tensor.ofArray [ 200 ] (Array.init 200 weight)) train

/// Every callback of the library, and metrics of every kind of memory.
let private rich folder =
    let best =
        Callback.modelCheckpointWith
            { CheckpointOptions.defaults with Monitor = "loss"; SaveBestOnly = true }
            (Path.Combine(folder, "best-{epoch}.zip"))

    let plateau =
        Callback.reduceLROnPlateauWith
            { PlateauOptions.defaults with
                Monitor = "loss"
                Patience = 1
                Cooldown = 1
                MinDelta = 0.05
                Factor = 0.5 }

    { options with
        Optimizer = Optimizer.sgdWith { SgdOptions.defaults with Momentum = 0.9; LearningRate = 2.0 }
        Metrics =
            [ Metric.accuracy
              Metric.unweighted Metric.accuracy |> Metric.named "plain"
              Metric.auc
              Metric.f1
              Metric.ofLoss Loss.sparseCategoricalCrossentropy ]
        Epochs = 4
        ValidationSplit = 0.2
        Callbacks =
            [ Callback.earlyStopping "val_loss" 2
              plateau
              Callback.learningRateScheduler (fun epoch rate -> if epoch = 2 then rate * 0.9 else rate)
              Callback.terminateOnNaN
              best
              Callback.csvLogger (Path.Combine(folder, "log.csv")) ] }

let private filesOf folder =
    [ for path in Directory.GetFiles folder |> Array.sort ->
          Path.GetFileName path, (if path.EndsWith ".csv" then File.ReadAllText path else "") ]

/// A run of `options` that `stopper` ends, saved, loaded and resumed without it.
let private interrupted folder options (stopper: Callback) token =
    let part =
        Learn.fit
            { options with Callbacks = options.Callbacks @ [ stopper ]; CancellationToken = token }
            net
            weighted
            (Key.ofInt 3)

    let path = Path.Combine(folder, "run.state")
    TrainState.save path part.State
    let state = TrainState.load path
    File.Delete path
    part, Learn.resume options net weighted state

let private same
    (whole: FitResult)
    (wholeFiles: (string * string) list)
    (rest: FitResult)
    (restFiles: (string * string) list)
    =
    sameBits whole.Model rest.Model
    Expect.Equal<EpochLog list>(whole.History.Epochs, rest.History.Epochs)
    Expect.Equal<StopReason>(whole.Stopped, rest.Stopped)
    Expect.Equal<int option>(whole.BestEpoch, rest.BestEpoch)
    Expect.Equal<int option>(whole.StoppedEpoch, rest.StoppedEpoch)
    Expect.Equal<(string * string) list>(wholeFiles, restFiles)

let private wholeRun () =
    Sample.inFolder (fun folder ->
        let run = Learn.fit (rich folder) net weighted (Key.ofInt 3)
        run, filesOf folder)

[<Tests>]
let tests =
    [ testCase "a run cancelled after any batch and resumed is the run that was never cancelled" (fun () ->
          let whole, files = wholeRun ()
          // 160 samples in batches of 32
          for stopAt in 0 .. whole.State.Step - 1 do
              Sample.inFolder (fun folder ->
                  use source = new CancellationTokenSource()

                  if stopAt = 0 then
                      source.Cancel()

                  let stopper =
                      Callback.onBatchEnd (fun m ->
                          if m.Step = stopAt then
                              source.Cancel()

                          [])

                  let part, rest = interrupted folder (rich folder) stopper source.Token
                  Expect.Equal<StopReason>(StopReason.Cancelled, part.Stopped)
                  Expect.Equal<int>(stopAt, part.State.Step)
                  same whole files rest (filesOf folder)))

      testCase "a run that a callback stops inside an epoch goes on as if it had not" (fun () ->
          let whole, files = wholeRun ()

          for stopAt in [ 1; 4; 7; 8 ] do
              Sample.inFolder (fun folder ->
                  let stopper =
                      Callback.onBatchEnd (fun m ->
                          [ if m.Step = stopAt then
                                CallbackAction.Stop ])

                  let part, rest = interrupted folder (rich folder) stopper CancellationToken.None
                  Expect.Equal<StopReason>(StopReason.StoppedBy "on_batch_end", part.Stopped)
                  Expect.Equal<int option>(Some((stopAt + 4) / 5), part.StoppedEpoch)

                  same
                      whole
                      files
                      rest
                      (filesOf folder |> List.filter (fun (name, _) -> List.contains name (List.map fst files)))))

      testCase "a metric that cannot be continued says so when its epoch is resumed" (fun () ->
          let counting =
              Metric.create "count" (fun () ->
                  let mutable count = 0.0

                  { new MetricState() with
                      override _.Add(_, output, _) = count <- count + float output.Shape.Head
                      override _.Result = count })

          let options = { options with Metrics = [ counting ]; Epochs = 2 }

          let stopper =
              Callback.onBatchEnd (fun m ->
                  [ if m.Step = 2 then
                        CallbackAction.Stop ])

          Sample.inFolder (fun folder ->
              let _, rest = interrupted folder options stopper CancellationToken.None

              Expect.Equal<string list>(
                  [ "The metric 'count' cannot be continued inside an epoch: its value of epoch 1 is that of the remaining \
                     batches." ],
                  rest.Messages
              )

              Expect.Equal<float list>([ 200.0 - 64.0; 200.0 ], rest.History["count"])))

      testCase "a saved run names its best and its last epoch" (fun () ->
          let run =
              Learn.fit
                  { options with
                      Optimizer = Optimizer.adam 0.3
                      Epochs = 60
                      ValidationSplit = 0.3
                      Callbacks = [ Callback.earlyStopping "val_loss" 3 ] }
                  net
                  train
                  (Key.ofInt 5)

          let losses = run.History["val_loss"]
          Expect.Equal<int option>(Some losses.Length, run.StoppedEpoch)
          Expect.Equal<int option>(Some(1 + List.findIndex ((=) (List.min losses)) losses), run.BestEpoch)
          Expect.Equal<int option>(None, (Learn.fit options net train (Key.ofInt 5)).StoppedEpoch))

      testCase "metrics get the weights of samples, in training, in validation and in evaluation" (fun () ->
          let seen = ResizeArray<float[] option>()

          let spy =
              Metric.create "spy" (fun () ->
                  { new MetricState() with
                      override _.Add(_, _, weights) = seen.Add(weights |> Option.map Tensor.toFloat64Array)
                      override _.Result = 0.0 })

          let options =
              { options with
                  Metrics = [ spy ]
                  Epochs = 1
                  BatchSize = 80
                  Shuffle = false
                  ValidationSplit = 0.2 }

          let all = Tensor.toFloat64Array weighted.SampleWeights.Value
          let run = Learn.fit options net weighted (Key.ofInt 1)
          Expect.Equal<float[] option list>([ Some all[..79]; Some all[80..159]; Some all[160..] ], List.ofSeq seen)
          seen.Clear()
          Learn.evaluate options weighted run.Model |> ignore
          Expect.Equal<float[] option list>([ Some all[..79]; Some all[80..159]; Some all[160..] ], List.ofSeq seen)
          seen.Clear()

          Learn.fit
              { options with ClassWeights = Map [ 0, 3.0; 1, 1.0; 2, 1.0 ]; ValidationSplit = 0.0 }
              net
              train
              (Key.ofInt 1)
          |> ignore

          let ofClass label = if label = 0 then 3.0 else 1.0
          Expect.Equal<float[]>(Tensor.toInts train.Labels |> Array.map ofClass, seen |> Seq.choose id |> Array.concat)
          seen.Clear()
          Learn.fit { options with Metrics = [ Metric.unweighted spy ] } net weighted (Key.ofInt 1) |> ignore
          Expect.All(seen, (fun weights -> Expect.True weights.IsNone)))

      testCase "the share that is split off leaves floor(n (1 - share)) samples, in fit as in splitLast" (fun () ->
          for count in [ 5; 7; 10; 33; 100 ] do
              for percent in [ 1; 10; 15; 20; 25; 30; 35; 50; 80; 90 ] do
                  let expected = count * (100 - percent) / 100
                  let data = Dataset.take count train
                  let share = float percent / 100.0

                  if expected >= 1 && expected < count then
                      let first, last = Dataset.splitLast share data
                      Expect.Equal<int list>([ expected; count - expected ], [ first.Count; last.Count ])
                      let trained = ref 0

                      let counter =
                          Callback.onBatchEnd (fun m ->
                              trained.Value <- m.Batches.Value
                              [ CallbackAction.Stop ])

                      let options =
                          { options with
                              Metrics = []
                              BatchSize = 1
                              ValidationSplit = share
                              Callbacks = [ counter ] }

                      if count <= 10 then
                          Learn.fit options (dense 3 --> softmax) data (Key.ofInt 1) |> ignore
                          Expect.Equal<int>(expected, trained.Value)) ]
    |> testList "Learning.Resume"
