// Hours of a power plant, in one of a hundred of which the power is that of another hour: an autoencoder that has seen nothing but
// sound hours gives the wrong ones back badly, in F#; examples/Autoencoders has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/anomalies.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Wrong hours of a power plant: average precision 0.4."
let hours = Csv.read (Script.find options "powerplant" "Folds5x2_pp.csv") |> Frame.toTensor

let split =
    Split.trainValidationTest (PartSize.Share 0.25) (PartSize.Share 0.25) (Key.ofInt 1) hours.Shape[0]

let rowsOf (rows: int[]) table = table |> Tensor.gather 0 (Tensor.ofInts [ rows.Length ] rows)

// scales are those of the training rows alone
let known = rowsOf split.Train hours
let all = (hours - Tensor.meanOver [ 0 ] known) / Tensor.stdOver [ 0 ] known
let train = rowsOf split.Train all

// rows with the power of the next hour in every hundredth of them, and labels that are 1 for these
let withFaults rows key =
    let sound = rowsOf rows all

    let isWrong =
        Tensor.less (Random.uniform key [ rows.Length; 1 ]) (Tensor.scalar 0.01) |> Tensor.cast Float32

    let power = sound[*, 4..]
    let faulty = isWrong * Tensor.concat 0 [ power[1.., *]; power[..0, *] ] + (1.0 - isWrong) * power
    Tensor.concat 1 [ sound[*, ..3]; faulty ], Tensor.cast Int32 (Tensor.squeezeAxes [ 1 ] isWrong)

let validation, validationLabels = withFaults split.Validation (Key.ofInt 2)
let test, labels = withFaults split.Test (Key.ofInt 3)

printfn
    $"{train.Shape[0]} sound hours to learn from; {Tensor.toInt (Tensor.sum labels)} of {test.Shape[0]} test hours are wrong"

let run =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.003
            Loss = Loss.meanSquaredError
            Epochs = options.EpochsOr 150
            BatchSize = 64 }
        (dense 32 --> tanh --> dense 4 --> dense 32 --> tanh --> dense 5)
        (Dataset.ofTensors train train)
        (Key.ofInt 1)

let scoresOf (rows: Tensor) =
    Tensor.meanOver [ 1 ] (Tensor.square ((run.Model |> Model.predict rows) - rows))

let chosen = OperatingPoints.byFBeta 1.0 validationLabels (scoresOf validation)
let scores = scoresOf test
let reached = OperatingPoints.at chosen.Threshold labels scores
let curve = PrecisionRecallCurve.ofScores labels scores

printfn
    $"threshold %.3f{chosen.Threshold}, chosen on the validation hours: recall %.3f{reached.Sensitivity}, precision %.3f{reached.Precision}"

let logsOf kind =
    Seq.zip (Tensor.toInts labels) (Tensor.toFloat64Array scores)
    |> Seq.filter (fun (label, _) -> label = kind)
    |> Seq.map (snd >> log10)
    |> Array.ofSeq

Report.create "Wrong hours of a power plant"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addSection "Test hours"
|> Report.addChart
    "The point is that of the threshold chosen on the validation hours"
    (Chart.precisionRecallWith [ ("reconstruction error", reached) ] [ ("reconstruction error", curve) ])
|> Report.addChart
    ""
    (Chart.violins [ "sound", logsOf 0; "wrong", logsOf 1 ]
     |> Chart.withYTitle "log10 of the reconstruction error")
|> options.Show

options.Judge("average precision on the test hours", PrecisionRecallCurve.averagePrecision curve, 0.4)
