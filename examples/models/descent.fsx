// Batch, mini-batch and stochastic descent on digits, in F#; examples/Fitting has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/descent.fsx [--help] [--epochs N] [--quick]

#load "Script.fsx"

open System.Diagnostics
open Functional

let options = Script.options "One rate, and batches of all digits, of 32, and of one: accuracy 0.94."
let train, test = Dataset.digits () |> Dataset.splitStratified 0.25 (Key.ofInt 4)
let model = Model.create (dense 32 --> relu --> dense 10 --> softmax) [ 64 ] (Key.ofInt 1)
let epochs = options.EpochsOr 20

let runs =
    [ for name, batchSize in [ "batch", train.Count; "mini-batch", 32; "stochastic", 1 ] do
          let time = Stopwatch.StartNew()

          let run =
              Learn.fitModel
                  { Fit.defaults with
                      Optimizer = Optimizer.sgd 0.05
                      Loss = Loss.sparseCategoricalCrossentropy
                      Metrics = [ Metric.accuracy ]
                      Epochs = epochs
                      BatchSize = batchSize }
                  model
                  train
                  (Key.ofInt 1)

          let seconds = time.Elapsed.TotalSeconds
          let accuracy = run.Model |> Model.evaluate test |> Script.metric "accuracy"
          let losses = run.History["loss"]

          printfn
              $"{name, -12} {run.State.Step, 6} steps, %.2f{seconds} s, loss %.4f{Seq.last losses}, test accuracy %.4f{accuracy}"

          name, seconds, losses, accuracy ]

Report.create "Kinds of descent"
|> Report.addText $"{train.Count} digits of 8x8 pixels, {Model.parameterCount model} parameters, rate 0.05."
|> Report.addTable
    [ "kind"; "seconds"; "loss"; "test accuracy" ]
    [ for name, seconds, losses, accuracy in runs ->
          [ name; $"%.2f{seconds}"; $"%.4f{Seq.last losses}"; $"%.4f{accuracy}" ] ]
|> Report.addChart
    ""
    (Chart.lines [ for i in 1..epochs -> float i ] [ for name, _, losses, _ in runs -> name, losses ]
     |> Chart.withXTitle "epoch"
     |> Chart.withYTitle "loss"
     |> Chart.withLogY)
|> options.Show

let _, _, _, accuracy = runs[1]
options.Judge("test accuracy of mini-batches", accuracy, 0.94)
