// An LSTM learns which character of "Beyond Good and Evil" follows the 40 before it, and writes at four temperatures after each
// epoch, in F#; examples/Text has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/nietzsche.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open System
open System.IO
open Functional

let options = Script.options "Text written character by character: loss 1.70 after 2 epochs."
let text = File.ReadAllText(Script.find options "nietzsche" "nietzsche.txt").ToLowerInvariant()
let symbols = text |> Seq.distinct |> Seq.sort |> Array.ofSeq
let numbers = symbols |> Array.mapi (fun i symbol -> symbol, i) |> dict
let ids = text |> Seq.map (fun symbol -> numbers[symbol]) |> Array.ofSeq
let window, stride = 40, 3

// a window of ids every three characters, and the id behind each
let all =
    let starts = [| 0..stride .. ids.Length - window - 1 |]
    let starts = if options.Quick then starts[..4999] else starts
    let windows = starts |> Array.collect (fun start -> ids[start .. start + window - 1])
    let next = starts |> Array.map (fun start -> ids[start + window])
    Dataset.ofTensors (Tensor.ofInts [ starts.Length; window ] windows) (Tensor.ofInts [ starts.Length ] next)

printfn $"{text.Length} characters, {symbols.Length} of them distinct; {all.Count} windows"

let network =
    categoryEncoding CategoryMode.OneHot symbols.Length
    --> lstm 128
    --> dense symbols.Length
    --> softmax

let model = Model.create network [ window ] (Key.ofInt 1)
printfn $"{Model.summary model}"
let random = Random 1

/// The number of a class, drawn by its probability to the power of 1 / temperature.
let draw temperature (probabilities: float32[]) =
    let weights = probabilities |> Array.map (fun p -> float p ** (1.0 / temperature))
    let place = random.NextDouble() * Array.sum weights
    let sums = weights |> Array.scan (+) 0.0 |> Array.tail
    sums |> Array.tryFindIndex (fun sum -> sum > place) |> Option.defaultValue (symbols.Length - 1)

/// Texts that go on from one drawn at random, each character shown as soon as it is there.
let write (model: Model) count =
    let predictor = Predictor.create model
    let place = random.Next(ids.Length - window)

    [ for temperature in [ 0.2; 0.5; 1.0; 1.2 ] do
          printfn $"\n-- temperature {temperature}"
          let mutable last = ids[place .. place + window - 1]

          let written =
              [ for _ in 1..count do
                    let id = last |> Array.map float32 |> predictor.Predict |> draw temperature
                    last <- Array.append last[1..] [| id |]
                    let symbol = if symbols[id] = '\n' then " " else string symbols[id]
                    printf $"{symbol}"
                    symbol ]

          printfn ""
          $"temperature {temperature}: " + String.concat "" written ]

let samples = ResizeArray<string * string list>()

let onEpoch (moment: Moment) : CallbackAction list =
    samples.Add($"After epoch {moment.Epoch + 1}", write moment.Model (if options.Quick then 40 else 400))
    []

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.rmsprop 0.01
            Loss = Loss.sparseCategoricalCrossentropy
            Epochs = options.EpochsOr 2
            BatchSize = 128
            Callbacks = [ Callback.onEpochEnd onEpoch ]
            Progress = Progress.lines stdout }
        model
        all
        (Key.ofInt 1)

(Report.create "An LSTM on Nietzsche" |> Report.addModel run.Model |> Report.addHistory run.History, samples)
||> Seq.fold (fun report (title, texts) ->
    (report |> Report.addSection title, texts)
    ||> List.fold (fun report text -> report |> Report.addText text))
|> options.Show

options.Judge("1.70 - loss", 1.70 - Seq.last run.History["loss"], 0.0)
