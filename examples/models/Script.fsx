// What the scripts of this folder share: the library, the options, and where data sets are.

#I "../../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

open System
open System.IO
open Functional

/// The options that every script takes.
type Options =
    { Data: string option
      Epochs: int option
      Quick: bool }

    /// The epochs asked for, 1 if it is to be quick, else the script's own number.
    member options.EpochsOr(own: int) : int = options.Epochs |> Option.defaultValue (if options.Quick then 1 else own)

    /// Saves the pictures, and says where they are.
    member _.Show(report: HtmlReport) : unit =
        let page = Path.ChangeExtension(Path.GetFileName fsi.CommandLineArgs[0], "html")
        let page = Path.Combine(Path.GetTempPath(), page)
        report |> Report.save page
        printfn $"{page} shows it"

    /// Prints a figure beside the one to be reached, and fails if it was missed.
    member options.Judge(name: string, value: float, least: float) : unit =
        printfn $"{name} %.4f{value}, to be reached: {least}"

        if not options.Quick && value < least then
            failwith "The figure was missed."

/// The options of the command line; with --help they are told, and the script ends.
let options (description: string) : Options =
    let arguments = List.tail (List.ofArray fsi.CommandLineArgs)

    let rec read (options: Options) arguments : Options =
        match arguments with
        | [] -> options
        | "--data" :: folder :: rest -> read { options with Data = Some folder } rest
        | "--epochs" :: count :: rest -> read { options with Epochs = Some(int count) } rest
        | "--quick" :: rest -> read { options with Quick = true } rest
        | _ ->
            printfn $"{description}\n"

            printfn
                "  --data DIR   the folder with the data sets; else that of FUNCTIONAL_DATA, else shared/data above this one"

            printfn "  --epochs N   the number of epochs"
            printfn "  --quick      a part of the data and one epoch"
            exit (if arguments.Head = "--help" then 0 else 2)

    read { Data = None; Epochs = None; Quick = false } arguments

/// The path of a file of a data set. If it is nowhere, the script ends and says so.
let find (options: Options) (set: string) (file: string) : string =
    let rec upward (folder: DirectoryInfo) =
        match folder with
        | null -> []
        | folder -> Path.Combine(folder.FullName, "shared", "data") :: upward folder.Parent

    let folders =
        match options.Data with
        | Some folder -> [ folder ]
        | None ->
            Option.toList (Option.ofObj (Environment.GetEnvironmentVariable "FUNCTIONAL_DATA"))
            @ upward (DirectoryInfo Environment.CurrentDirectory)

    folders
    |> List.collect (fun folder -> [ Path.Combine(folder, set, file); Path.Combine(folder, file) ])
    |> List.tryFind File.Exists
    |> Option.defaultWith (fun () ->
        printfn $"Skipped: {set}/{file} is not there; name its folder with --data or FUNCTIONAL_DATA."
        exit 0)

let private some (options: Options) (train, test) =
    if options.Quick then
        Dataset.take 2048 train, Dataset.take 512 test
    else
        train, test

let private mnistFolder options = Path.GetDirectoryName(find options "mnist" "train-labels-idx1-ubyte.gz")

/// MNIST as rows of 784 grey values from 0 to 1.
let mnist options = Dataset.mnist (Some(mnistFolder options)) |> some options

/// MNIST as images [28; 28; 1].
let mnistImages options = Dataset.mnistImages (Some(mnistFolder options)) |> some options

/// A metric of an evaluation by its name.
let metric (name: string) (evaluation: Evaluation) : float = evaluation.Metrics |> List.find (fst >> (=) name) |> snd
