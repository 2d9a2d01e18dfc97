// A smoothed random walk foretold by an LSTM, in F#; examples/Sequences has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/walk.fsx [--help] [--epochs N] [--quick]

#load "Script.fsx"

open System
open Functional

let options = Script.options "A random walk around 100, smoothed over 10 steps, by an LSTM of 50 units."
let walk = 100.0 + Tensor.cumsum 0 (Random.normal (Key.ofInt 1) [ 2000 ])
let smooth = Moving.mean 10 (Tensor.toFloat64Array walk) |> Array.filter (Double.IsNaN >> not)
let known, window = smooth.Length * 4 / 5, 24

// windows are distances from their last number, in units of the changes of the part that is learned
let unit = Statistics.deviation (Array.pairwise smooth[.. known - 1] |> Array.map (fun (a, b) -> b - a))
let windows = smooth |> LaggedWindows.ofValues { WindowOptions.defaults with Window = window }
let last = windows.Features[*, window - 1 .. window - 1, *]
let lastOf = Tensor.reshape [ -1; 1 ] last
let all = Dataset.ofTensors ((windows.Features - last) / unit) ((windows.Labels - lastOf) / unit)
let train, test = all |> Dataset.take (known - window), all |> Dataset.skip (known - window)
let model = Model.create (lstm 50 --> dense 1) [ window; 1 ] (Key.ofInt 1)
printfn $"{Model.summary model}"

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.meanSquaredError
            Epochs = options.EpochsOr 30
            BatchSize = 32 }
        model
        train
        (Key.ofInt 1)

let rmse (differences: Tensor) = unit * sqrt (Tensor.toFloat (Tensor.mean (Tensor.square differences)))
let changes = run.Model |> Model.predict test.Features
let error, naive = rmse (changes - test.Labels), rmse test.Labels
printfn $"RMSE %.3f{error}, of saying that the last number stays %.3f{naive}"
let said = changes * unit + lastOf[known - window ..] |> Tensor.toFloat64Array
let came = smooth[known..]

let chart count =
    let tail (values: float[]) = values[values.Length - count ..]
    Chart.lines [ for i in 1..count -> float i ] [ "what came", tail came; "forecast", tail said ]

Report.create "A smoothed random walk"
|> Report.addModel run.Model
|> Report.addSection "Forecasts"
|> Report.addChart "The walk" (Chart.line [ for i in 1 .. smooth.Length -> float i ] smooth)
|> Report.addChart "The test part" (chart said.Length)
|> Report.addChart "Its end" (chart 50)
|> options.Show

options.Judge("times better than the naive forecast", naive / error, 1.0)
