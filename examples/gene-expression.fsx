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

open System
open System.IO
open Deedle
open Functional

/// data.csv and labels.csv: 801 samples of 20,531 genes.
let read folder =
    let table name = Path.Combine(folder, name) |> Csv.readIndexed<string> "" CsvOptions.defaults
    let labels: Series<string, string> = (table "labels.csv").GetColumn "Class"
    table "data.csv" |> Frame.addCol "Class" labels

/// Made-up numbers in that shape, with as many tumours of each class: every gene has a level and a deviation of its own, and one
/// in ten differs between the classes.
let standIn () =
    let genes = 20531
    let classes = [ "BRCA", 300; "COAD", 78; "KIRC", 146; "LUAD", 141; "PRAD", 136 ]

    let labels =
        [| for i, (_, count) in List.indexed classes do
               yield! Array.replicate count i |]

    let keys = Key.ofInt 2018 |> Key.splitMany 5 |> Array.ofList
    let level = 12.0 * Random.uniform keys[0] [ genes ]
    let deviation = 0.6 * exp (Random.normal keys[1] [ genes ])
    let differs = Random.bernoulli 0.1 keys[2] [ genes ] |> Tensor.cast Float32
    let shift = 1.1 * Random.normal keys[3] [ classes.Length; genes ] * differs * deviation
    let noise = Random.normal keys[4] [ labels.Length; genes ] * deviation

    Tensor.relu (level + Tensor.gather 0 (tensor labels) shift + noise)
    |> Frame.ofTensor [ for i in 0 .. genes - 1 -> $"gene_{i}" ]
    |> Frame.mapRowKeys (fun i -> $"sample_{i}")
    |> Frame.addCol
        "Class"
        (Series([ for i in 0 .. labels.Length - 1 -> $"sample_{i}" ], [ for i in labels -> fst classes[i] ]))

/// The genes that vary most, shown and kept: those whose variance reaches a quantile of all variances.
let varying share (table: Frame<string, string>) =
    let genes = (table |> Frame.dropCol "Class").GetColumns<float>()
    let variances = genes |> Series.mapValues (fun gene -> Statistics.variance gene.Values)
    let limit = Statistics.quantile share variances.Values
    printfn "variances:\n%O\n...\n%O" (variances |> Series.take 5) (variances |> Series.takeLast 5)

    let kept =
        Selector.variance (VarianceLimit.Quantile share)
        |> Preparation.fitTo "Class" table
        |> Prepared.apply table

    printfn "quantile %g: %.4f, which %d genes reach" share limit (kept.ColumnCount - 1)
    variances.Values, limit, kept

/// Two thirds of the samples to learn from and a third to be tested on; each gene from 0 to 1, by what the first alone say of it;
/// a column of 0 and 1 for each class.
let parts (table: Frame<string, string>) =
    let sizes =
        { SplitOptions.defaults with
            TrainSize = Some(PartSize.Share 0.66)
            TestSize = Some(PartSize.Share 0.33) }

    let split = Split.trainTestWith sizes (Key.ofInt 42) table.RowCount

    let scaled =
        Scaler.minMax |> Preparation.fitTo "Class" (table |> Split.rows split.Train) |> Prepared.apply table

    let data = scaled |> Frame.toDataset "Class"
    data |> Dataset.mapLabels (Tensor.oneHot data.ClassNames.Length) |> Split.dataset split

let fit epochs batchSize layer train =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.categoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = epochs
            BatchSize = batchSize
            ValidationSplit = 0.2 }
        layer
        train
        (Key.ofInt 1)

let scoreNames = [ "class"; "precision"; "sensitivity"; "specificity"; "F1" ]

/// From a table of genes to two networks that are compared, as in a notebook: gives the accuracy of the first, and the report with
/// all that was seen.
let study title share epochs batchSize (table: Frame<string, string>) report =
    printfn "%s: %d samples of %d genes" title table.RowCount (table.ColumnCount - 1)
    let variances, limit, kept = varying share table
    let train, test = parts kept
    printfn "%d samples to learn from, %d to be tested on" train.Count test.Count
    let classes = train.ClassNames.Length

    let first =
        train |> fit epochs batchSize (dense 100 --> relu --> dropout 0.3 --> dense classes --> softmax)

    let second =
        train
        |> fit epochs batchSize (dense 100 --> relu --> dropout 0.3 --> dense 10 --> relu --> dense classes --> softmax)

    let one, two = first.Model |> Model.evaluate test, second.Model |> Model.evaluate test
    let confusion = ConfusionMatrix.ofEvaluation one

    let scores =
        [ for c in ConfusionMatrix.perClass confusion ->
              c.ClassName
              :: [ for score in [ c.Precision; c.Sensitivity; c.Specificity; c.F1 ] -> $"%.3f{score}" ] ]

    printfn "%s" (Model.summary first.Model)

    for row in scoreNames :: scores do
        row |> List.map (sprintf "%13s") |> String.concat "" |> printfn "%s"

    let comparison = McNemar.ofEvaluations one two
    let accuracy = ConfusionMatrix.accuracy confusion
    let other = ConfusionMatrix.accuracy (ConfusionMatrix.ofEvaluation two)
    printfn "test accuracy %.4f with a hidden layer of 100, %.4f with 100 and 10" accuracy other
    printfn "McNemar's test: %O\n" comparison

    accuracy,
    report
    |> Report.addSection title
    |> Report.addText
        $"{table.RowCount} samples of {table.ColumnCount - 1} genes, of which the {kept.ColumnCount - 1} whose variance reaches %.4f{limit} are kept."
    |> Report.addChart
        "How much the genes vary"
        (Chart.histogram (variances |> Seq.map (fun v -> Math.Log10(v + 1e-6)))
         |> Chart.withXTitle "decimal logarithm of the variance")
    |> Report.addPreformatted (Model.summary first.Model)
    |> Report.addChart "Two networks learn" (Chart.histories [ "100", first.History; "100, 10", second.History ])
    |> Report.addTable scoreNames scores
    |> Report.addChart "The network with a hidden layer of 100, on the test samples" (Chart.confusionMatrix confusion)
    |> Report.addText $"McNemar's test of both networks: {comparison}"

/// Tables of other tumours and tissues, where they are there: in the folder that FUNCTIONAL_DATA names, or in shared/data beside
/// the current folder or any above it.
let others () =
    let rec upward (folder: DirectoryInfo) =
        match folder with
        | null -> []
        | folder -> Path.Combine(folder.FullName, "shared", "data") :: upward folder.Parent

    let folders =
        Option.toList (Option.ofObj (Environment.GetEnvironmentVariable "FUNCTIONAL_DATA"))
        @ upward (DirectoryInfo Environment.CurrentDirectory)

    [ for title, file, label in
          [ "Cell lines of 14 kinds of cancer", "nci60.csv.gz", "labs"
            "Seven kinds of tissue", "tissue_gene_expression.csv.gz", "y" ] do
          let paths = folders |> List.map (fun folder -> Path.Combine(folder, "gene-expression", file))

          match paths |> List.tryFind File.Exists with
          | Some path ->
              let table = path |> Csv.readIndexed<string> "rownames" CsvOptions.defaults
              title, table |> Frame.mapColKeys (fun name -> if name = label then "Class" else name)
          | None -> () ]

let title, tumours =
    match List.ofArray fsi.CommandLineArgs with
    | _ :: folder :: _ -> "Five kinds of tumours", read folder
    | _ ->
        printfn "No folder with data.csv and labels.csv: made-up numbers of the same shape and class counts are used."
        "Five kinds of tumours (made-up numbers)", standIn ()

let accuracy, report = Report.create "Genes and tumours" |> study title 0.8002 10 32 tumours

// a last layer of 3 for 5 classes is refused before training
let error =
    try
        let train, _ = parts (tumours |> Frame.sliceCols [ "gene_0"; "gene_1"; "Class" ])
        train |> fit 10 32 (dense 3 --> softmax) |> ignore
        ""
    with :? FunctionalException as e ->
        e.Message

printfn "A last layer of 3 for 5 classes is refused before training:\n%s\n" error
let page = Path.Combine(Path.GetTempPath(), "gene-expression-script.html")

(report |> Report.addSection "A last layer of the wrong size" |> Report.addText error, others ())
||> List.fold (fun report (name, table) -> snd (study name 0.5 60 4 table report))
|> Report.save page

printfn "%s holds the report" page

if accuracy < 0.9 || error = "" then
    failwith "The tumours were not told apart."
