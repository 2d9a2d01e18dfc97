// Airline passengers foretold by recurrent networks, in F#; examples/Sequences has it in C#, beside other series.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/forecast.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Deedle
open Functional

let options =
    Script.options "The next month of airline passengers, by networks of 14 to 4,385 parameters."

let frame = Csv.read (Script.find options "airline" "airline-passengers.csv")
let logs = frame.GetColumn<float>("Passengers").Values |> Seq.map log |> Array.ofSeq
let known = logs.Length * 4 / 5

// a year is given as distances from its last month, in units of the changes of the part that is learned
let unit = Statistics.deviation (Array.pairwise logs[.. known - 1] |> Array.map (fun (a, b) -> b - a))
let windows = LaggedWindows.ofValues { WindowOptions.defaults with Window = 12 } logs
let last = windows.Features[*, 11..11, *]
let lastOf = Tensor.reshape [ -1; 1 ] last
let all = Dataset.ofTensors ((windows.Features - last) / unit) ((windows.Labels - lastOf) / unit)
let train, test = all |> Dataset.take (known - 12), all |> Dataset.skip (known - 12)
let naive = windows |> Dataset.skip (known - 12)

let sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let networks =
    [ "SimpleRNN 4", simpleRnn 4 --> dense 1
      "2 x SimpleRNN 10", simpleRnnWith sequences 10 --> simpleRnn 10 --> dense 1
      "LSTM 1", lstm 1 --> dense 1
      "LSTM 3", lstm 3 --> dense 1
      "GRU 32", gru 32 --> dense 1 ]

let forecasts =
    [ for name, network in networks do
          let run =
              Learn.fit
                  { Fit.defaults with
                      Optimizer = Optimizer.adam 0.01
                      Loss = Loss.meanSquaredError
                      Epochs = options.EpochsOr 150
                      BatchSize = 16 }
                  network
                  train
                  (Key.ofInt 1)

          let said = (run.Model |> Model.predict test.Features) * unit + lastOf[known - 12 ..]
          let rmse = sqrt (Tensor.toFloat (Tensor.mean (Tensor.square (said - naive.Labels))))
          printfn $"{name, -20} {Model.parameterCount run.Model, 6} parameters, RMSE %.4f{rmse}"
          name, rmse, Tensor.toFloat64Array said ]

let naiveRmse =
    sqrt (Tensor.toFloat (Tensor.mean (Tensor.square (naive.Labels - lastOf[known - 12 ..]))))

let came = Tensor.toFloat64Array naive.Labels

Report.create "Airline passengers"
|> Report.addText $"Logarithms of thousands a month. RMSE of saying that the last month stays: %.4f{naiveRmse}."
|> Report.addTable [ "network"; "RMSE" ] [ for name, rmse, _ in forecasts -> [ name; $"%.4f{rmse}" ] ]
|> Report.addChart
    "The test part"
    (Chart.lines
        [ for i in 1 .. came.Length -> float i ]
        (("what came", came) :: [ for name, _, said in forecasts -> name, said ]))
|> options.Show

let best = forecasts |> List.map (fun (_, rmse, _) -> rmse) |> List.min
options.Judge("times better than the naive forecast", naiveRmse / best, 1.5)
