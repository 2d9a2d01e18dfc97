// Mines told from rocks by their echoes, five folds, in F#; examples/Fitting has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/sonar.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "208 echoes of mines and rocks: area under the ROC curve 0.9."

let echoes =
    Csv.readWith { CsvOptions.defaults with HasHeader = false } (Script.find options "sonar" "sonar.csv")

let named = echoes |> Frame.toDataset (Seq.last echoes.ColumnKeys)
let all = named |> Dataset.mapLabels (Tensor.reshape [ -1; 1 ])

let network =
    dense 60 --> relu --> dropout 0.3 --> dense 30 --> relu --> dropout 0.3 --> dense 1 --> sigmoid

// numbers are scaled by what the training part of each fold alone says of them
let scaled (train: Dataset) =
    let mean, deviation = Tensor.meanOver [ 0 ] train.Features, Tensor.stdOver [ 0 ] train.Features
    fun (x: Tensor) -> (x - mean) / deviation

let estimator =
    network
    |> Estimator.ofNetwork
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.binaryCrossentropy
            Epochs = options.EpochsOr 60
            BatchSize = 8 }
    |> Estimator.after scaled

let folds = Folds.shuffledStratifiedKFold 5 (Key.ofInt 2) (Tensor.toInts named.Labels)

let probabilities = all |> CrossValidation.predictions CrossValidationOptions.defaults folds estimator

let curve = RocCurve.ofScores named.Labels probabilities
let point = OperatingPoints.byYouden named.Labels probabilities
let matrix = ConfusionMatrix.ofOutputs named.ClassNames named.Labels probabilities

Report.create "Mines and rocks"
|> Report.addDataset named
|> Report.addSection "Echoes that were not learned"
|> Report.addChart
    $"Positive is '{named.ClassNames[1]}'; the point has the largest sensitivity + specificity"
    (Chart.rocWith [ ("network", point) ] [ ("network", curve) ])
|> Report.addChart "" (Chart.confusionMatrix matrix)
|> options.Show

options.Judge("area under the ROC curve", RocCurve.area curve, 0.9)
