// Four things that are true or not of a digit, each with an output of its own, in F#; examples/Fitting has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/labels.fsx [--help] [--epochs N] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Several labels of one digit: all four right in 0.93 of the digits."
let names = [ "even"; "above four"; "divisible by three"; "with a loop" ]

let labelsOf digit =
    [| digit % 2 = 0; digit > 4; digit % 3 = 0; List.contains digit [ 0; 6; 8; 9 ] |]
    |> Array.map (fun claim -> if claim then 1f else 0f)

let digits = Dataset.digits ()
let labels = Tensor.toInts digits.Labels |> Array.collect labelsOf |> Tensor.ofArray [ digits.Count; 4 ]
let train, test = Dataset.ofTensors digits.Features labels |> Dataset.split 0.25 (Key.ofInt 4)

let run =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.003
            Loss = Loss.binaryCrossentropy
            Metrics = [ Metric.binaryAccuracy ]
            Epochs = options.EpochsOr 40
            BatchSize = 32 }
        (dense 64 --> relu --> dropout 0.2 --> dense 4 --> sigmoid)
        train
        (Key.ofInt 1)

let said =
    Tensor.greater (run.Model |> Model.predict test.Features) (Tensor.scalar 0.5) |> Tensor.cast Float32

let right = Tensor.equal said test.Labels |> Tensor.cast Float32
let each = Tensor.toFloat64Array (Tensor.meanOver [ 0 ] right)
let together = Tensor.toFloat (Tensor.mean (Tensor.minOver [ 1 ] right))

for name, share in Seq.zip names each do
    printfn $"{name, -20} %.4f{share}"

let titles =
    [ for i in 0..11 ->
          Seq.zip names (Tensor.toFloat64Array said[i])
          |> Seq.filter (fun (_, value) -> value > 0.0)
          |> Seq.map fst
          |> String.concat "\n" ]

Report.create "Several labels at a time"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addSection "Test digits"
|> Report.addTable [ "label"; "accuracy" ] [ for name, share in Seq.zip names each -> [ name; $"%.4f{share}" ] ]
|> Report.addChart
    "What is said of digits"
    (Chart.imagesWith
        { ImageGridOptions.defaults with Columns = 6; Titles = titles }
        (Tensor.reshape [ 12; 8; 8 ] test.Features[..11]))
|> options.Show

options.Judge("digits with all four labels right", together, 0.93)
