// Squared error against cross-entropy for a neuron that is to give 0 for 1, in F#; examples/Fitting has it in C#. (Nielsen, Neural
// Networks and Deep Learning, chapter 3.)
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/losses.fsx [--help] [--epochs N]

#load "Script.fsx"

open System
open Functional

let options =
    Script.options "The further a neuron begins from its target, the less the squared error moves it."

let rate = 0.15
let steps = options.EpochsOr 300
let squared (at: Tensor) = Tensor.square (Tensor.sigmoid (Tensor.sum at)) / 2.0
let crossEntropy (at: Tensor) = Tensor.softplus (Tensor.sum at)

let descend cost start =
    CostSurface.descend { Optimizer = Optimizer.sgd rate; Steps = steps } cost start

// what the neuron says of 1 at each step of the descent
let outputs cost start = [ for w, b, _ in descend cost start -> 1.0 / (1.0 + Math.Exp(-w - b)) ]
let starts = [ 0.6, 0.9; 2.0, 2.0; 4.0, 2.0 ]
let all = [ for start in starts -> start, outputs squared start, outputs crossEntropy start ]

for (w, b), bySquares, byEntropy in all do
    printfn
        $"from w = {w}, b = {b}: output %.4f{bySquares.Head} becomes %.4f{List.last bySquares} by squared error, \
          %.4f{List.last byEntropy} by cross-entropy"

let chart ((w: float, b: float), bySquares: float list, byEntropy) =
    Chart.lines
        [ for i in 0 .. bySquares.Length - 1 -> float i ]
        [ "squared error", bySquares; "cross-entropy", byEntropy ]
    |> Chart.withTitle $"w = {w}, b = {b}"
    |> Chart.withXTitle "step"
    |> Chart.withYTitle "output, to be 0"

let plateau =
    PlaneGrid.create 100 (-4.0, 5.0) (-4.0, 4.0)
    |> CostSurface.ofFunction 0 squared
    |> CostSurface.withPath (descend squared starts[2])

Report.create "Squared error against cross-entropy"
|> Report.addChart "" (Chart.subplots 3 (List.map chart all))
|> Report.addChart "The squared error: a plateau at the start (4, 2)" (Chart.costContour plateau)
|> options.Show

let gains = [ for _, bySquares, byEntropy in all -> List.last bySquares / List.last byEntropy ]
options.Judge("times smaller output by cross-entropy, at least", List.min gains, 1.0)
