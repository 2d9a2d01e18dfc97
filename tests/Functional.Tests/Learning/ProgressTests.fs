/// What training prints.
module Functional.Tests.ProgressTests

open System
open System.IO
open Expecto
open Functional
open Functional.Tests.Training

/// What a bar writes for these events, each at its time in seconds.
let private written isTerminal (events: (float * ProgressEvent) list) =
    use writer = new StringWriter(NewLine = "\n")
    let mutable now = 0.0
    let tell = (Progress.barOn writer isTerminal (fun () -> TimeSpan.FromSeconds now)).Start()

    for time, event in events do
        now <- time
        tell event

    writer.ToString()

let private report batch values = ProgressReport(1, 5, batch, Some 94, lazy values)
let private values = [ "accuracy", 0.91234; "loss", 0.30102 ]

[<Tests>]
let tests =
    [ testCase "a bar tells the time left and the values, and the time spent at the end" (fun () ->
          let text =
              written
                  true
                  [ 0.0, ProgressEvent.EpochBegins(report 0 [])
                    0.048, ProgressEvent.BatchEnds(report 12 values)
                    0.400, ProgressEvent.EpochEnds(report 94 (values @ [ "val_loss", 0.0004 ])) ]

          Expect.Equal(
              "Epoch 1/5\n"
              + "\r12/94 ━━╺━━━━━━━━━━━━━━━━━ 0s 4ms/step - accuracy: 0.9123 - loss: 0.3010"
              + "\r94/94 ━━━━━━━━━━━━━━━━━━━━ 0s 4ms/step - accuracy: 0.9123 - loss: 0.3010 - val_loss: 4.0000e-04\n",
              text
          ))

      testCase "where the number of batches is not known, only the batches done are counted" (fun () ->
          let report batch = ProgressReport(1, 5, batch, None, lazy [ "loss", 0.5 ])

          let text =
              written
                  true
                  [ 0.0, ProgressEvent.EpochBegins(report 0)
                    0.048, ProgressEvent.BatchEnds(report 12)
                    0.400, ProgressEvent.EpochEnds(report 94) ]

          Expect.Equal(
              "Epoch 1/5\n\r12/Unknown 4ms/step - loss: 0.5000\r94/Unknown 0s 4ms/step - loss: 0.5000\n",
              text.Replace("  ", "")
          ))

      testCase "a bar is redrawn no more than twenty times a second" (fun () ->
          let text =
              written
                  true
                  [ 0.0, ProgressEvent.EpochBegins(report 0 [])
                    for i in 1..94 do
                        float i * 0.01, ProgressEvent.BatchEnds(report i values) ]

          Expect.InRange(text.Split('\r').Length - 1, 15, 20))

      testCase "a shorter line leaves nothing of the longer one before" (fun () ->
          let text =
              written
                  true
                  [ 0.0, ProgressEvent.EpochBegins(report 0 [])
                    1.0, ProgressEvent.BatchEnds(report 1 [ "loss", 123456.0 ])
                    2.0, ProgressEvent.BatchEnds(report 2 [ "loss", 1.0 ]) ]

          let lines = text.Split '\r'
          Expect.Equal(lines[1].Length, lines[2].Length))

      testCase "without a terminal an epoch is one line" (fun () ->
          let text =
              written
                  false
                  [ 0.0, ProgressEvent.EpochBegins(report 0 [])
                    0.1, ProgressEvent.BatchEnds(report 12 values)
                    125.0, ProgressEvent.EpochEnds(report 94 values)
                    125.0, ProgressEvent.Message "Epoch 1: early stopping" ]

          Expect.Equal("Epoch 1/5 - 2:05 1s/step - accuracy: 0.9123 - loss: 0.3010\nEpoch 1: early stopping\n", text))

      testCase "numbers and times are short" (fun () ->
          for value, text in
              [ 0.5, "0.5000"
                12.34567, "12.3457"
                0.00012345, "1.2345e-04"
                0.0, "0.0000"
                -0.5, "-0.5000"
                nan, "nan"
                infinity, "inf" ] do
              Expect.Equal(text, ProgressText.number value)

          for seconds, text in [ 3.9, "3s"; 62.0, "1:02"; 3725.0, "1:02:05" ] do
              Expect.Equal(text, ProgressText.duration (TimeSpan.FromSeconds seconds))

          for seconds, text in [ 2.0, "2s/step"; 0.004, "4ms/step"; 0.000012, "12us/step" ] do
              Expect.Equal(text, ProgressText.perStep (TimeSpan.FromSeconds seconds) 1))

      testCase "a run tells its progress" (fun () ->
          let events = ResizeArray<ProgressEvent>()

          Learn.fit
              { options with Epochs = 2; BatchSize = 100; Progress = Progress.custom events.Add }
              net
              train
              (Key.ofInt 1)
          |> ignore

          let text event =
              match event with
              | ProgressEvent.EpochBegins r -> $"begin %d{r.Epoch}/%d{r.Epochs}"
              | ProgressEvent.BatchEnds r -> $"batch %d{r.Batch}/%d{r.Batches.Value}"
              | ProgressEvent.EpochEnds r -> $"""end %s{r.Values |> List.map fst |> String.concat " "}"""
              | ProgressEvent.Message m -> m

          Expect.Equal<string list>(
              [ for epoch in 1..2 do
                    $"begin %d{epoch}/2"
                    "batch 1/2"
                    "batch 2/2"
                    "end accuracy loss" ],
              events |> Seq.map text |> List.ofSeq
          )

          use writer = new StringWriter(NewLine = "\n")
          Learn.fit { options with Progress = Progress.lines writer } net train (Key.ofInt 1) |> ignore
          Expect.Equal(3, writer.ToString().TrimEnd().Split('\n').Length)) ]
    |> testList "Learning.Progress"
