// Looks at two tables before and after something is learned from them.
//   dotnet build -c Release src/Charts && dotnet fsi examples/exploration.fsx [folder]
// The folder holds drug/drug200.csv and wine/wine.csv; without it they are looked for in the folder that FUNCTIONAL_DATA names,
// then in shared/data beside this folder or any above it.

#I "../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

open System
open System.IO
open Deedle
open Functional

let rec upward (folder: DirectoryInfo) =
    match folder with
    | null -> []
    | folder -> Path.Combine(folder.FullName, "shared", "data") :: upward folder.Parent

let data =
    List.tail (List.ofArray fsi.CommandLineArgs)
    @ Option.toList (Option.ofObj (Environment.GetEnvironmentVariable "FUNCTIONAL_DATA"))
    @ upward (DirectoryInfo Environment.CurrentDirectory)
    |> List.tryFind (fun folder -> File.Exists(Path.Combine(folder, "drug", "drug200.csv")))

if data.IsNone then
    printfn "Skipped: drug200.csv and wine.csv are not there; give their folder, or name it with FUNCTIONAL_DATA."
    exit 0

let read folder name = Csv.read (Path.Combine(data.Value, folder, name))

// two hundred patients: what they are like, and the drug that each was given
let patients = read "drug" "drug200.csv"
let numbers name : float[] = patients.GetColumn<float>(name).Values |> Array.ofSeq
let words name = patients |> Split.labels name
printfn "%O" (Frame.describe patients)

let outliers = Outliers.ofValues (numbers "Na_to_K")
printfn "Na_to_K: %d mild outliers above %.2f" outliers.Mild.Length (snd outliers.InnerLimits)
let r = Correlation.pearson (numbers "Age") (numbers "Na_to_K")
printfn "Age and Na_to_K: correlation %.3f, strength: %O" r (Correlation.strength r)
let dependence = Frequencies.chiSquare (Frequencies.contingency (words "BP") (words "Drug"))
printfn "BP and Drug: chi-square %.1f, p = %.3g" dependence.Statistic dependence.PValue

let fourths =
    Discretizer.equalWidth 4 (IntervalNames.Labels [ "low"; "middle"; "high"; "highest" ])
    |> Preparation.on [ "Na_to_K" ]

for part in Frequencies.table (Split.labels "Na_to_K" (fourths |> Preparation.fit patients |> Prepared.apply patients)) do
    printfn "    %-8s %4d patients" part.Value part.Count

// words become numbers, numbers are scaled, a network learns: one value, which is saved and takes patients as they come
let preparation =
    Preparation.chain
        [ Encoder.ordered "BP" [ "LOW"; "NORMAL"; "HIGH" ]
          Encoder.ordered "Cholesterol" [ "NORMAL"; "HIGH" ]
          Encoder.oneHot
          Scaler.standard ]

printfn "\nPrepared"
(preparation |> Preparation.fitTo "Drug" patients |> Prepared.apply patients |> Frame.take 3).Print()
let network = dense 32 --> relu --> dense 5 --> softmax

let options =
    { Fit.defaults with
        Optimizer = Optimizer.adam 0.01
        Loss = Loss.sparseCategoricalCrossentropy
        Metrics = [ Metric.accuracy ]
        Epochs = 100
        BatchSize = 16
        ValidationSplit = 0.2 }

let train, test = patients |> Split.frame (Split.stratified 0.25 (Key.ofInt 1) (words "Drug"))

let fitted =
    Pipeline.classifier "Drug" preparation (PipelineEnd.Network(network, options))
    |> Pipeline.fit train (Key.ofInt 1)

let file = Path.GetTempFileName()
fitted |> FittedPipeline.save file
let loaded = FittedPipeline.load file
File.Delete file

let accuracy = loaded |> FittedPipeline.score test
let patient = {| Age = 47; Sex = "M"; BP = "LOW"; Cholesterol = "HIGH"; Na_to_K = 13.093 |}

printfn
    "test accuracy %.4f; a patient of 47 years is given %s"
    accuracy
    (loaded |> FittedPipeline.predictRecord patient).Class

// a hundred and seventy-eight wines of three growers
let wines = read "wine" "wine.csv"
let measured = wines |> Frame.dropCol "class"
printfn "%O" (Frame.describe wines)

for name in measured.ColumnKeys do
    let found = Outliers.ofValues (measured.GetColumn<float>(name).Values)

    if found.Mild.Length + found.Extreme.Length > 0 then
        printfn "%s: %d mild and %d extreme outliers" name found.Mild.Length found.Extreme.Length

let scaled = Scaler.standard |> Preparation.fit measured |> Prepared.apply measured |> Frame.toTensor
let growers = [ "grower 1"; "grower 2"; "grower 3" ]
let some = wines |> Frame.sliceCols [ "alcohol"; "flavanoids"; "color_intensity"; "proline"; "class" ]
let page = Path.Combine(Path.GetTempPath(), "exploration-script.html")

Report.create "Drugs and wines"
|> Report.addSection "Two hundred patients"
|> Report.addPreformatted (string (Frame.describe patients))
|> Report.addChart "" (Chart.columnBoxPlots patients)
|> Report.addChart "" (Chart.valueCounts "Drug" patients)
|> Report.addChart
    ""
    (Chart.contingency (Frequencies.contingency (words "BP") (words "Drug"))
     |> Chart.withXTitle "drug"
     |> Chart.withYTitle "blood pressure")
|> Report.addHistory fitted.History.Value
|> Report.addSection "A hundred and seventy-eight wines"
|> Report.addPreformatted (string (Frame.describe wines))
|> Report.addChart "" (Chart.columnBoxPlots measured)
|> Report.addChart "" (Chart.correlation measured)
|> Report.addChart "" (Chart.pairPlotByClass "class" some)
|> Report.addChart "" (Chart.principalComponents growers (Frame.toDataset "class" wines).Labels scaled)
|> Report.save page

printfn "%s shows both tables" page

if accuracy < 0.9 then
    failwith "The drugs were not told apart."
