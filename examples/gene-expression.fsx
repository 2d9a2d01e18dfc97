// Tells tumours apart by how active genes are in them.
//   dotnet build -c Release src/Charts && dotnet fsi examples/gene-expression.fsx [folder]
// The folder holds data.csv and labels.csv of "gene expression cancer RNA-Seq" (UCI Machine Learning Repository, data set 401).

#I "../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

open System.IO
open Deedle
open Functional

/// data.csv and labels.csv: 801 samples of 20,531 genes.
let read folder =
    let table name = Path.Combine(folder, name) |> Csv.readIndexed<string> "" CsvOptions.defaults
    let labels: Series<string, string> = (table "labels.csv").GetColumn "Class"
    table "data.csv" |> Frame.addCol "Class" labels |> Frame.toDataset "Class"

/// Made-up numbers in that shape, with as many tumours of each class: every gene has a level and a deviation of its own, and one
/// in ten differs between the classes.
let standIn () =
    let genes = 20531
    let classes = [ "BRCA", 300; "COAD", 78; "KIRC", 146; "LUAD", 141; "PRAD", 136 ]

    let labels =
        classes |> List.mapi (fun i (_, count) -> Array.replicate count i) |> Array.concat |> tensor

    let keys = Key.ofInt 2018 |> Key.splitMany 6 |> Array.ofList
    let level = 12.0 * Random.uniform keys[0] [ genes ]
    let deviation = 0.6 * exp (Random.normal keys[1] [ genes ])
    let differs = Random.bernoulli 0.1 keys[2] [ genes ] |> Tensor.cast Float32
    let shift = 1.1 * Random.normal keys[3] [ classes.Length; genes ] * differs * deviation
    let noise = Random.normal keys[4] [ labels.Size; genes ] * deviation

    Dataset.ofTensors (Tensor.relu (level + Tensor.gather 0 labels shift + noise)) labels
    |> Dataset.shuffle keys[5]
    |> Dataset.withFeatureNames [ for i in 0 .. genes - 1 -> $"gene_{i}" ]
    |> Dataset.withClassNames (List.map fst classes)

let arguments = fsi.CommandLineArgs |> List.ofArray |> List.tail

let tumours =
    match arguments with
    | folder :: _ -> read folder
    | [] ->
        printfn "No folder with data.csv and labels.csv: made-up numbers of the same shape and class counts are used."
        standIn ()

printfn "%O" tumours

// the genes that vary most
let variances = tumours.Features |> Tensor.varianceOf 1 [ 0 ] false |> Tensor.toFloat64Array
let named = Seq.zip tumours.FeatureNames variances |> List.ofSeq
printfn "variances: %A, ..., %A" (List.take 3 named) (List.skip (named.Length - 3) named)

let limit = variances |> Statistics.quantile 0.8002

let kept =
    [| for i in 0 .. variances.Length - 1 do
           if variances[i] >= limit then
               i |]

let genes = tumours |> Dataset.mapFeatures (Tensor.gather 1 (tensor kept))
printfn "quantile 0.8002: %.4f, which %d genes reach" limit kept.Length

// 528 samples to learn from, 265 to be tested on; each gene from 0 to 1, by what the first alone say of it
let train, test =
    let sizes =
        { SplitOptions.defaults with
            TrainSize = Some(PartSize.Share 0.66)
            TestSize = Some(PartSize.Share 0.33) }

    genes |> Split.dataset (Split.trainTestWith sizes (Key.ofInt 42) genes.Count)

let least = Tensor.minOver [ 0 ] train.Features
let range = Tensor.maxOver [ 0 ] train.Features - least
let scale = Dataset.mapFeatures (fun x -> (x - least) / range)
printfn "%d samples to learn from, %d to be tested on" train.Count test.Count

let fit layer =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = 10
            BatchSize = 32
            ValidationSplit = 0.2 }
        layer
        (scale train)
        (Key.ofInt 1)

let first = fit (dense 100 --> relu --> dropout 0.3 --> dense 5 --> softmax)

let second = fit (dense 100 --> relu --> dropout 0.3 --> dense 10 --> relu --> dense 5 --> softmax)

printfn "%s" (Model.summary first.Model)
let one, two = first.Model |> Model.evaluate (scale test), second.Model |> Model.evaluate (scale test)
let confusion = ConfusionMatrix.ofEvaluation one

let scores =
    [ for c in ConfusionMatrix.perClass confusion ->
          c.ClassName
          :: [ for score in [ c.Precision; c.Sensitivity; c.Specificity; c.F1 ] -> $"%.3f{score}" ] ]

for row in [ "class"; "precision"; "sensitivity"; "specificity"; "F1" ] :: scores do
    row |> List.map (sprintf "%12s") |> String.concat "" |> printfn "%s"

let comparison = McNemar.ofEvaluations one two
printfn "McNemar's test of both networks: %O" comparison

// a last layer of 3 for 5 classes is refused before training
let error =
    try
        fit (dense 3 --> softmax) |> ignore
        ""
    with :? FunctionalException as e ->
        e.Message

printfn "%s" error

let page = Path.Combine(Path.GetTempPath(), "gene-expression-script.html")

Report.create "Genes and tumours"
|> Report.addModel first.Model
|> Report.addChart "Two networks learn" (Chart.histories [ "100", first.History; "100, 10", second.History ])
|> Report.addSection "Evaluation"
|> Report.addTable [ "class"; "precision"; "sensitivity"; "specificity"; "F1" ] scores
|> Report.addChart "" (Chart.confusionMatrix confusion)
|> Report.addText $"McNemar's test of both networks: {comparison}"
|> Report.addSection "A last layer of the wrong size"
|> Report.addText error
|> Report.save page

printfn "%s holds the report" page

if ConfusionMatrix.accuracy confusion < 0.9 || error = "" then
    failwith "The tumours were not told apart."
