/// Callbacks, driven by made-up values and in real runs.
module Functional.Tests.CallbackTests

open System
open System.IO
open Expecto
open Functional
open Functional.Tests.Training

/// A model whose one weight tells which epoch it is of.
let private model = Model.create (dense 1) [ 1 ] (Key.ofInt 1)

let private stateOf epoch rate =
    let weight value (x: Tensor) = Tensor.fullLike value x
    let variables = Variables.map (weight (float epoch)) model.Variables

    { Learn.start { Fit.defaults with Optimizer = Optimizer.sgd rate } model (Key.ofInt 1) with
        Variables = variables
        Epoch = epoch + 1 }

let private moment epoch rate values =
    let state = stateOf epoch rate
    let now = lazy (Model.withVariables state.Variables model)
    let learningRate = lazy Optimizer.learningRate state.OptimizerState
    Moment(epoch, 100, 1, Some 1, epoch + 1, lazy nan, lazy values, learningRate, now, lazy state)

/// Runs a callback over epochs with these values of "val_loss" (as a metric that is to grow, where `grows`), and gives
/// the epochs at whose end it asked to stop, and what it asked for at the end.
let private epochs grows (callback: Callback) (values: float list) =
    let handlers = callback.Start(fun _ -> grows)

    let stops =
        [ for epoch, value in List.indexed values do
              if List.contains CallbackAction.Stop (handlers.EpochEnd(moment epoch 0.1 [ "val_loss", value ])) then
                  epoch ]

    stops, handlers.TrainEnd(moment values.Length 0.1 [])

let private stoppedAt callback values = epochs false callback values |> fst |> List.tryHead

let private restored (actions: CallbackAction list) =
    actions
    |> List.tryPick (function
        | CallbackAction.SetVariables v -> Some(Tensor.toFloat v.Parameters["dense/kernel"])
        | _ -> None)

let private early = EarlyStoppingOptions.defaults

/// The learning rate after each epoch.
let private plateau (options: PlateauOptions) (values: float list) =
    let handlers = (Callback.reduceLROnPlateauWith options).Start(fun _ -> false)
    let mutable rate = 1.0

    [ for epoch, value in List.indexed values do
          let actions = handlers.EpochEnd(moment epoch rate [ "val_loss", value ])
          Expect.Contains(CallbackAction.Log("learning_rate", rate), actions)

          for action in actions do
              match action with
              | CallbackAction.SetLearningRate reduced ->
                  rate <- reduced
                  Expect.Contains(actions, (fun a -> a.ToString().Contains $"Epoch {epoch + 1}: ReduceLROnPlateau"))
              | _ -> ()

          rate ]

[<Tests>]
let tests =
    [ testCase "early stopping waits for patience epochs without improvement" (fun () ->
          let falling = [ 5.0; 4.0; 3.0; 3.0; 3.5; 2.9; 3.0; 3.0; 3.0; 3.0 ]
          Expect.Equal(Some 3, stoppedAt (Callback.earlyStoppingWith { early with Patience = 0 }) falling)
          Expect.Equal(Some 3, stoppedAt (Callback.earlyStoppingWith { early with Patience = 1 }) falling)
          Expect.Equal(Some 4, stoppedAt (Callback.earlyStoppingWith { early with Patience = 2 }) falling)
          Expect.Equal(Some 8, stoppedAt (Callback.earlyStoppingWith { early with Patience = 3 }) falling)
          Expect.Equal(None, stoppedAt (Callback.earlyStoppingWith { early with Patience = 5 }) falling))

      testCase "improvement is strict, and more than the least difference" (fun () ->
          Expect.Equal(Some 1, stoppedAt (Callback.earlyStoppingWith { early with Patience = 1 }) [ 1.0; 1.0 ])
          let delta = { early with Patience = 1; MinDelta = 0.5 }
          Expect.Equal(Some 1, stoppedAt (Callback.earlyStoppingWith delta) [ 2.0; 1.5 ])
          Expect.Equal(None, stoppedAt (Callback.earlyStoppingWith delta) [ 2.0; 1.4 ])
          Expect.Equal(Some 1, stoppedAt (Callback.earlyStoppingWith { delta with MinDelta = -0.5 }) [ 2.0; 1.5 ]))

      testCase "the direction is the metric's own, or the one that is asked for" (fun () ->
          let stops grows mode =
              epochs grows (Callback.earlyStoppingWith { early with Patience = 2; Mode = mode }) [ 1.0; 2.0; 3.0 ]
              |> fst

          Expect.Equal<int list>([ 2 ], stops false MonitorMode.Auto)
          Expect.Equal<int list>([], stops true MonitorMode.Auto)
          Expect.Equal<int list>([ 2 ], stops true MonitorMode.Min)
          Expect.Equal<int list>([], stops false MonitorMode.Max))

      testCase "a baseline must be passed, and early epochs are not looked at" (fun () ->
          let baseline = { early with Patience = 3; Baseline = Some 2.0 }
          Expect.Equal(None, stoppedAt (Callback.earlyStoppingWith baseline) [ 5.0; 3.0; 1.0; 0.9 ])
          Expect.Equal(Some 3, stoppedAt (Callback.earlyStoppingWith baseline) [ 5.0; 4.0; 3.0; 3.0; 3.0 ])
          let late = { early with Patience = 1; StartFromEpoch = 3 }
          Expect.Equal(Some 4, stoppedAt (Callback.earlyStoppingWith late) [ 1.0; 2.0; 3.0; 4.0; 5.0 ]))

      testCase "the weights of the best epoch come back, also when training was never stopped" (fun () ->
          let restoring = Callback.earlyStoppingWith { early with Patience = 2; RestoreBestWeights = true }
          let values = [ 3.0; 1.0; 2.0; 2.0 ]
          let stops, ending = epochs false restoring values
          Expect.Equal<int list>([ 3 ], stops)
          Expect.Equal(Some 1.0, restored ending)

          Expect.Equal<string list>(
              [ "Epoch 4: early stopping"; "Restoring model weights from the end of the best epoch: 2." ],
              ending
              |> List.choose (function
                  | CallbackAction.Say text -> Some text
                  | _ -> None)
          )

          Expect.Equal(Some 1.0, epochs false restoring [ 3.0; 1.0; 2.0 ] |> snd |> restored)
          let plain = Callback.earlyStoppingWith { early with Patience = 2 }
          Expect.Equal(None, epochs false plain values |> snd |> restored))

      testCase "a NaN is never the best" (fun () ->
          let restoring = Callback.earlyStoppingWith { early with Patience = 3; RestoreBestWeights = true }

          for grows in [ false; true ] do
              let stops, ending = epochs grows restoring [ nan; 2.0; nan; nan; nan ]
              Expect.Equal<int list>([ 4 ], stops)
              Expect.Equal(Some 1.0, restored ending)

          let stops, ending = epochs false restoring [ nan; nan; nan ]
          Expect.Equal<int list>([ 2 ], stops)
          Expect.Equal(None, restored ending))

      testCase "a callback serves several runs" (fun () ->
          let callback = Callback.earlyStoppingWith { early with Patience = 2 }
          Expect.Equal(Some 2, stoppedAt callback [ 1.0; 2.0; 3.0 ])
          Expect.Equal(Some 2, stoppedAt callback [ 9.0; 9.0; 9.0 ]))

      testCase "the rate falls on a plateau" (fun () ->
          let options = { PlateauOptions.defaults with Factor = 0.5; Patience = 2; MinDelta = 0.0 }

          Expect.Equal<float list>(
              [ 1.0; 1.0; 0.5; 0.5; 0.25; 0.25 ],
              plateau options [ 3.0; 3.0; 3.0; 3.0; 3.0; 2.0 ]
          )

          Expect.Equal<float list>(
              [ 1.0; 1.0; 0.5; 0.5; 0.5; 0.25 ],
              plateau { options with Cooldown = 2 } [ 3.0; 3.0; 3.0; 3.0; 3.0; 3.0 ]
          )

          Expect.Equal<float list>(
              [ 1.0; 0.5; 0.4; 0.4 ],
              plateau { options with Patience = 1; MinLearningRate = 0.4 } [ 3.0; 3.0; 3.0; 3.0 ]
          )

          Expect.Equal<float list>(
              [ 1.0; 0.5; 0.25 ],
              plateau { options with Patience = 1; MinDelta = 0.5 } [ 3.0; 2.9; 2.8 ]
          ))

      testCase "early stopping ends a run, and the best weights are those of the best epoch" (fun () ->
          let seen = ResizeArray<float * float[]>()

          let spy =
              Callback.onEpochEnd (fun m ->
                  seen.Add(snd (List.find (fst >> (=) "val_loss") m.Values), weights m.Model)
                  [])

          let run =
              Learn.fit
                  { options with
                      Optimizer = Optimizer.adam 0.3
                      Epochs = 60
                      ValidationSplit = 0.3
                      Callbacks = [ Callback.earlyStopping "val_loss" 3; spy ] }
                  net
                  train
                  (Key.ofInt 5)

          Expect.Equal(StopReason.StoppedBy "early_stopping", run.Stopped)
          Expect.True(run.History.Epochs.Length < 60)
          let best = seen |> Seq.minBy fst |> snd
          Expect.Equal<float[]>(best, weights run.Model)
          Expect.Equal($"Epoch {run.History.Epochs.Length}: early stopping", run.Messages.Head)
          Expect.StartsWith("Restoring model weights from the end of the best epoch: ", run.Messages[1]))

      testCase "a loss that is not finite ends a run" (fun () ->
          let run =
              Learn.fit
                  { options with
                      Loss = Loss.meanSquaredError
                      Metrics = []
                      Optimizer = Optimizer.sgd 1e30
                      Epochs = 5
                      Callbacks = [ Callback.terminateOnNaN ] }
                  (dense 1)
                  (Dataset.ofTensors train.Features (Tensor.ones [ 200; 1 ]))
                  (Key.ofInt 1)

          Expect.Equal(StopReason.StoppedBy "terminate_on_nan", run.Stopped)
          Expect.Single run.History.Epochs |> ignore
          Expect.Matches("Batch [0-9]: Invalid loss, terminating training", Expect.Single run.Messages))

      testCase "a scheduler sets the rate of every epoch" (fun () ->
          let run =
              Learn.fit
                  { options with
                      Epochs = 4
                      Callbacks =
                          [ Callback.learningRateScheduler (fun epoch rate -> if epoch = 0 then 0.01 else rate / 2.0) ] }
                  net
                  train
                  (Key.ofInt 1)

          Expect.Equal<float list>([ 0.01; 0.005; 0.0025; 0.00125 ], run.History["learning_rate"]))

      testCase "the csv file has a line for every epoch, and NA for what is missing" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "log.csv")

              let odd =
                  Callback.onEpochEnd (fun m ->
                      [ if m.Epoch <> 1 then
                            CallbackAction.Log("extra", float m.Epoch) ])

              let options = { options with Callbacks = [ odd; Callback.csvLogger path ] }
              let run = Learn.fit options net train (Key.ofInt 1)

              let value (name: string) (epoch: int) =
                  let v = run.History[name] |> List.item epoch
                  v.ToString("R", Globalization.CultureInfo.InvariantCulture)


              let expected =
                  [ "epoch,accuracy,loss,extra"
                    for i, extra in [ 0, "0"; 1, "NA"; 2, "2" ] do
                        $"""%d{i},%s{value "accuracy" i},%s{value "loss" i},%s{extra}""" ]

              Expect.Equal<string list>(expected, List.ofArray (File.ReadAllLines path))
              // a new run begins a new file, and one that appends does not
              Learn.fit options net train (Key.ofInt 1) |> ignore
              Expect.Equal(4, File.ReadAllLines(path).Length)
              let appending = Callback.csvLoggerWith { CsvLoggerOptions.defaults with Append = true } path
              Learn.fit { options with Callbacks = [ odd; appending ] } net train (Key.ofInt 1) |> ignore
              Expect.Equal(7, File.ReadAllLines(path).Length)))

      testCase "checkpoints are written when the value is best, under names with values in them" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model-{epoch:00}-{val_loss:F2}.zip")

              let best = Callback.modelCheckpointWith { CheckpointOptions.defaults with SaveBestOnly = true } path

              let run =
                  Learn.fit
                      { options with Epochs = 4; ValidationSplit = 0.2; Callbacks = [ best ] }
                      net
                      train
                      (Key.ofInt 1)

              let losses = run.History["val_loss"]

              let expected =
                  [ for i, loss in List.indexed losses do
                        if i = 0 || loss < List.min losses[.. i - 1] then
                            let shown = loss.ToString("F2", Globalization.CultureInfo.InvariantCulture)
                            $"model-%02d{i + 1}-%s{shown}.zip" ]

              Expect.Equal<string list>(
                  expected,
                  Directory.GetFiles folder |> Array.map Path.GetFileName |> Array.sort |> List.ofArray
              )

              let failing = Callback.modelCheckpoint (Path.Combine(folder, "{nonsense}.zip"))

              let failure =
                  Expect.Throws<FunctionalException>(fun () ->
                      Learn.fit { options with Callbacks = [ failing ] } net train (Key.ofInt 1) |> ignore)

              Expect.Contains(
                  "has '{nonsense}', which is not known; there is epoch, accuracy, loss.",
                  failure.Message
              )))

      testCase "functions are called when their time comes" (fun () ->
          let calls = ResizeArray<string>()

          let note name =
              fun (m: Moment) ->
                  calls.Add $"%s{name} %d{m.Epoch}.%d{m.Batch}"
                  []

          Learn.fit
              { options with
                  Epochs = 2
                  BatchSize = 100
                  Callbacks =
                      [ Callback.onTrainBegin (note "train begins")
                        Callback.onEpochBegin (note "epoch begins")
                        Callback.onBatchEnd (note "batch ends")
                        Callback.onEpochEnd (note "epoch ends")
                        Callback.onTrainEnd (note "train ends") ] }
              net
              train
              (Key.ofInt 1)
          |> ignore

          Expect.Equal<string list>(
              [ "train begins 0.0"
                "epoch begins 0.0"
                "batch ends 0.1"
                "batch ends 0.2"
                "epoch ends 0.2"
                "epoch begins 1.0"
                "batch ends 1.1"
                "batch ends 1.2"
                "epoch ends 1.2"
                "train ends 2.0" ],
              List.ofSeq calls
          ))

      testCase "a rate cannot be set where a schedule rules it" (fun () ->
          let failure =
              Expect.Throws<FunctionalException>(fun () ->
                  Learn.fit
                      { options with
                          Optimizer = Optimizer.withSchedule (Schedule.constant 0.1) (Optimizer.sgd 0.1)
                          Callbacks = [ Callback.learningRateScheduler (fun _ rate -> rate / 2.0) ] }
                      net
                      train
                      (Key.ofInt 1)
                  |> ignore)

          Expect.Contains("a schedule rules the learning rate", failure.Message))

      testCase "options out of range are refused" (fun () ->
          let message (action: unit -> Callback) =
              Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

          Expect.Equal(
              "Callback.earlyStopping: patience = -1 is no number of epochs; give at least 0.",
              message (fun () -> Callback.earlyStopping "loss" -1)
          )

          Expect.Equal(
              "Callback.reduceLROnPlateau: factor = 1 would not reduce the learning rate; give a number between 0 and 1.",
              message (fun () -> Callback.reduceLROnPlateauWith { PlateauOptions.defaults with Factor = 1.0 })
          )) ]
    |> testList "Learning.Callback"
