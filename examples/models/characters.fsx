// Many to many: at each character of a text, the one that follows, in F#; examples/Sequences has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/characters.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open System
open System.IO
open Functional

let options = Script.options "A GRU with a softmax at each step: loss 1.75 of the test part."
let text = File.ReadAllText(Script.find options "nietzsche" "nietzsche.txt").ToLowerInvariant()
let symbols = text |> Seq.distinct |> Seq.sort |> Array.ofSeq
let numbers = symbols |> Array.mapi (fun i symbol -> symbol, i) |> dict
let ids = text |> Seq.map (fun symbol -> numbers[symbol]) |> Array.ofSeq
let length = 64
let rows = if options.Quick then 512 else (ids.Length - 1) / length
let window first = Tensor.ofInts [ rows; length ] ids[first .. first + rows * length - 1]
let train, test = Dataset.ofTensors (window 0) (window 1) |> Dataset.splitLast 0.1

let network =
    embedding symbols.Length 32
    --> gruWith { RecurrentOptions.defaults with ReturnSequences = true } 192
    --> timeDistributed (dense symbols.Length)
    --> softmax

let model = Model.create network [ length ] (Key.ofInt 1)
printfn $"{Model.summary model}"

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.004
            Loss = Loss.sparseCategoricalCrossentropy
            Epochs = options.EpochsOr 6
            BatchSize = 64
            ValidationData = Some test
            Progress = Progress.lines stdout }
        model
        train
        (Key.ofInt 1)

/// The text gone on with, by draws from what the last step says comes next.
let write count =
    let predictor = Predictor.create run.Model
    let random = Random 1

    let next (written: int list) =
        let window = written |> List.truncate length |> List.rev |> List.map float32 |> Array.ofList
        let output = predictor.Predict window
        let probabilities = output[output.Length - symbols.Length ..] |> Array.map float
        let place = random.NextDouble() * Array.sum probabilities
        let sums = probabilities |> Array.scan (+) 0.0 |> Array.tail
        let id = sums |> Array.tryFindIndex (fun sum -> sum > place) |> Option.defaultValue (symbols.Length - 1)
        id :: written

    let start = ids[.. length - 1] |> List.ofArray |> List.rev

    (start, [ 1..count ])
    ||> List.fold (fun written _ -> next written)
    |> List.rev
    |> List.map (fun id -> string symbols[id])
    |> String.concat ""

let loss = Seq.last run.History["val_loss"]
let written = write (if options.Quick then 20 else 300)
printfn $"{written}"

Report.create "The next character, at each one"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addSection "What it writes"
|> Report.addText $"Perplexity %.2f{exp loss} of {symbols.Length} symbols."
|> Report.addPreformatted written
|> options.Show

options.Judge("1.75 - loss a character of the test part", 1.75 - loss, 0.0)
