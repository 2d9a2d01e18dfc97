// Spam told from text messages, by an embedding and an LSTM and by a small transformer, in F#; examples/Text has both in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/spam.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open System.IO
open System.Text.RegularExpressions
open Functional

let options = Script.options "Spam told from messages: F1 0.93."

let kinds, texts =
    File.ReadAllLines(Script.find options "sms" "SMSSpamCollection")
    |> Array.map (fun line -> let parts = line.Split('\t', 2) in parts[0], parts[1])
    |> Array.unzip

let split = kinds |> Split.stratified 0.2 (Key.ofInt 1)

let words (text: string) =
    [ for found in Regex.Matches(text.ToLowerInvariant(), @"\d+|[a-z']+|[£$!?]") ->
          // numbers are one word for each length
          if System.Char.IsAsciiDigit found.Value[0] then
              String.replicate found.Length "0"
          else
              found.Value ]

// 0 fills up in front, 1 is any other word; the words are those of the training messages alone
let numbers =
    split.Train
    |> Seq.collect (fun i -> words texts[i])
    |> Seq.countBy id
    |> Seq.sortBy (fun (word, count) -> -count, word)
    |> Seq.truncate 4998
    |> Seq.mapi (fun i (word, _) -> word, i + 2)
    |> Map.ofSeq

let length = 40

let encode (text: string) =
    let ids =
        words text
        |> List.truncate length
        |> List.map (fun word -> Map.tryFind word numbers |> Option.defaultValue 1)

    List.replicate (length - ids.Length) 0 @ ids

let encoded (texts: string[]) =
    Tensor.ofInts [ texts.Length; length ] (texts |> Seq.collect encode |> Array.ofSeq)

let labels = kinds |> Array.map (fun kind -> if kind = "spam" then 1 else 0)

let train, test =
    Dataset.ofTensors (encoded texts) (Tensor.ofInts [ labels.Length; 1 ] labels) |> Split.dataset split

let size = numbers.Count + 2

// the id 0 is padding, whose mask flows through the layers
let networks =
    [ "LSTM", embeddingWith { EmbeddingOptions.defaults with MaskZero = true } size 32 --> lstm 32
      "transformer",
      tokenAndPositionEmbeddingWith { TokenAndPositionOptions.defaults with MaskZero = true } size length 32
      --> transformerEncoder 64 4
      --> transformerEncoder 64 4
      --> globalAveragePooling1D ]

let judged =
    [ for name, read in networks do
          printfn $"{name}"

          let run =
              Learn.fit
                  { Fit.defaults with
                      Optimizer = Optimizer.adam 2e-3
                      Loss = Loss.binaryCrossentropy
                      Metrics = [ Metric.binaryAccuracy; Metric.f1 ]
                      Epochs = options.EpochsOr 6
                      BatchSize = 64
                      Progress = Progress.lines stdout }
                  (read --> dropout 0.3 --> dense 1 --> sigmoid)
                  train
                  (Key.ofInt 1)

          let evaluation = run.Model |> Model.evaluate test
          evaluation |> Report.classification |> printfn "%s"
          name, run, evaluation ]

(Report.create "Spam", judged)
||> List.fold (fun report (name, run, evaluation) ->
    report
    |> Report.addSection name
    |> Report.addModel run.Model
    |> Report.addHistory run.History
    |> Report.addEvaluation evaluation)
|> options.Show

for name, _, evaluation in judged do
    options.Judge($"F1 of spam, {name}", Script.metric "f1_score" evaluation, 0.93)
