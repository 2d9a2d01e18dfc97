// Daily temperatures, with and without the season, a day and a week ahead, in F#; examples/Sequences has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/temperatures.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open System
open Deedle
open Functional

let options = Script.options "The lowest temperature of each day, by SimpleRNN, LSTM and GRU."
let days = Csv.read (Script.find options "temperatures" "daily-min-temperatures.csv")
let degrees = days.GetColumn<float>("Temp").Values |> Array.ofSeq

let angles =
    days.GetColumn<DateTime>("Date").Values
    |> Seq.map (fun day -> 2.0 * Math.PI * float day.DayOfYear / 365.25)
    |> Array.ofSeq

// the scale is that of the part that is learned
let known = degrees.Length * 4 / 5
let mean, deviation = Statistics.mean degrees[.. known - 1], Statistics.deviation degrees[.. known - 1]
let scaled = degrees |> Array.map (fun t -> (t - mean) / deviation)
let window = 14

let season =
    frame
        [ "temperature" => Series.ofValues scaled
          "sin" => Series.ofValues (Array.map sin angles)
          "cos" => Series.ofValues (Array.map cos angles) ]

let forecast name horizon withSeason (network: Layer<Tensor, Tensor>) =
    let cut = { WindowOptions.defaults with Window = window; Horizon = horizon }

    let all =
        if withSeason then
            season |> LaggedWindows.ofFrame cut [ "temperature" ]
        else
            scaled |> LaggedWindows.ofValues cut

    // windows to learn from end before the test part begins
    let train = all |> Dataset.take (known - window - horizon + 1)
    let test = all |> Dataset.skip (known - window)

    let run =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 0.003
                Loss = Loss.meanSquaredError
                Epochs = options.EpochsOr 8
                BatchSize = 32 }
            (network --> dense horizon)
            train
            (Key.ofInt 1)

    let rmse (said: Tensor) =
        deviation * sqrt (Tensor.toFloat (Tensor.mean (Tensor.square (said - test.Labels))))

    let said = run.Model |> Model.predict test.Features
    let last = Tensor.reshape [ test.Count; 1 ] test.Features[*, window - 1, 0]
    let error, naive = rmse said, rmse (Tensor.broadcastTo test.Labels.Shape last)
    printfn $"{name, -36} {Model.parameterCount run.Model, 6} parameters, RMSE %.3f{error}, naive %.3f{naive}"
    let inDegrees (values: Tensor) = Tensor.toFloat64Array (values[*, 0] * deviation + mean)
    name, error, naive, inDegrees said, inDegrees test.Labels

let all =
    [ forecast "next day: SimpleRNN 16" 1 false (simpleRnn 16)
      forecast "next day: LSTM 16" 1 false (lstm 16)
      forecast "next day: GRU 16" 1 false (gru 16)
      forecast "next day, with the season: GRU 16" 1 true (gru 16)
      forecast "next week: GRU 16" 7 false (gru 16)
      forecast "next week, with the season: GRU 16" 7 true (gru 16) ]

let chart (name, _, _, said: float[], came: float[]) =
    let last (values: float[]) = values[values.Length - 90 ..]

    Chart.lines [ for i in 1..90 -> float i ] [ "what came", last came; "forecast", last said ]
    |> Chart.withTitle name

Report.create "Daily temperatures"
|> Report.addText "Degrees Celsius; the last two years are the test part."
|> Report.addTable
    [ "network"; "RMSE"; "RMSE of the naive forecast" ]
    [ for name, error, naive, _, _ in all -> [ name; $"%.3f{error}"; $"%.3f{naive}" ] ]
|> Report.addChart "" (Chart.subplots 2 (List.map chart all))
|> options.Show

options.Judge(
    "times better than the naive forecast, at least",
    List.min [ for _, error, naive, _, _ in all -> naive / error ],
    1.0
)
