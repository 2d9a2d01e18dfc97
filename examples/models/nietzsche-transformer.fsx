// A small transformer learns at each of 96 characters of "Beyond Good and Evil" which one follows, and writes with a cache of keys
// and values, in F#; examples/Text has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/nietzsche-transformer.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open System.IO
open Functional

let options = Script.options "Text written by a transformer: loss 1.65 after 4 epochs."
let text = File.ReadAllText(Script.find options "nietzsche" "nietzsche.txt").ToLowerInvariant()
let symbols = text |> Seq.distinct |> Seq.sort |> Array.ofSeq
let numbers = symbols |> Array.mapi (fun i symbol -> symbol, i) |> dict
let ids = text |> Seq.map (fun symbol -> numbers[symbol]) |> Array.ofSeq
let length, features = 96, 96
let rows = if options.Quick then 256 else (ids.Length - 1) / length
let window first = Tensor.ofInts [ rows; length ] ids[first .. first + rows * length - 1]

let block =
    transformerDecoderWith
        { TransformerOptions.defaults with NormalizeFirst = true; Activation = gelu }
        (4 * features)
        4

let network =
    embedding symbols.Length features
    --> residual (positionEmbedding length)
    --> block
    --> block
    --> layerNorm
    --> dense symbols.Length

let model = Model.create network [ length ] (Key.ofInt 1)
printfn $"{Model.summary model}"
let epochs, batches = options.EpochsOr 4, (rows + 31) / 32

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3 |> Optimizer.withSchedule (Schedule.oneCycle 0.004 (epochs * batches))
            Loss = Loss.sparseCategoricalCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }
            Epochs = epochs
            BatchSize = 32
            Progress = Progress.lines stdout }
        model
        (Dataset.ofTensors (window 0) (window 1))
        (Key.ofInt 1)

let write temperature =
    printfn $"\n-- temperature {temperature}"

    let generate =
        { GenerateOptions.defaults with
            MaxNewTokens = length - 40
            Sampling = { SamplingOptions.defaults with Temperature = temperature } }

    let written =
        [ for id in run.Model |> Generate.stream generate (Key.ofInt 1) ids[..39] do
              let symbol = if symbols[id] = '\n' then " " else string symbols[id]
              printf $"{symbol}"
              symbol ]

    printfn ""
    $"temperature {temperature}: " + String.concat "" written

let samples = List.map write [ 0.5; 1.0 ]

(Report.create "A small transformer on Nietzsche"
 |> Report.addModel run.Model
 |> Report.addHistory run.History
 |> Report.addSection "What it writes",
 samples)
||> List.fold (fun report sample -> report |> Report.addText sample)
|> options.Show

options.Judge("1.65 - loss", 1.65 - Seq.last run.History["loss"], 0.0)
