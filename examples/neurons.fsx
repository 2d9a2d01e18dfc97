// The two first exercises of a course on neurons, drawn while they learn.
//   dotnet build -c Release src/Charts && dotnet fsi examples/neurons.fsx

#I "../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

open System.IO
open Functional
open XPlot.Plotly

let errors name (values: float[]) =
    Chart.line [ for pass in 1 .. values.Length -> float pass ] values
    |> Chart.withXTitle "pass"
    |> Chart.withYTitle name

// AND by a perceptron: each corner on the wrong side turns the line
let corners = tensor [ [ 0.0; 0.0 ]; [ 0.0; 1.0 ]; [ 1.0; 0.0 ]; [ 1.0; 1.0 ] ]
let conjunction = tensor [ 0; 0; 0; 1 ]

let perceptron =
    (corners, conjunction)
    ||> Perceptron.fit
            PerceptronOutput.Step
            { NeuronOptions.defaults with LearningRate = 0.1; Keep = NeuronHistory.Updates; Key = Key.ofInt 4 }

let answers = perceptron |> Perceptron.predict corners |> Tensor.toInts
printfn "AND: wrong corners in each pass %A, answers %A" perceptron.Errors answers

let turning =
    DecisionLine.ofHistory perceptron.History
    |> Chart.decisionLineAnimation [ "0"; "1" ] corners conjunction

// a line through three points by ADALINE: each point pulls it along the gradient of its squared error
let x, y = [ 1.0; 2.0; 3.0 ], [ 2.0; 3.0; 5.0 ]

let adaline =
    (Tensor.reshape [ 3; 1 ] (tensor x), tensor y)
    ||> Adaline.fit { NeuronOptions.defaults with LearningRate = 0.05; Iterations = 60; Key = Key.ofInt 1 }

let slope = Correlation.covariance x y / Statistics.variance x
let intercept = Statistics.mean y - slope * Statistics.mean x

printfn "ADALINE: y = %.3f x + %.3f; least squares: y = %.3f x + %.3f" adaline.Weights[0] adaline.Bias slope intercept

let through pass =
    let ends = [ 0.0; 4.0 ]
    let at x = adaline.History.Weights[pass].[0] * x + adaline.History.Biases[pass]
    Scatter(x = ends, y = List.map at ends, mode = "lines", name = "ADALINE")

let pulling =
    Chart.ofTraces [ through 0; Scatter(x = x, y = y, mode = "markers", name = "points", marker = Marker(size = 12)) ]
    |> Chart.withXTitle "x"
    |> Chart.withYTitle "y"
    |> Chart.withLayoutValues [ ("yaxis.range", box [ -1; 7 ]) ]
    |> Chart.animateWith
        { AnimationOptions.defaults with Prefix = "pass " }
        [ for pass in 0 .. adaline.History.Biases.Length - 1 -> AnimationFrame.create (string pass) [ through pass ] ]

let page = Path.Combine(Path.GetTempPath(), "neurons-script.html")

Report.create "Two neurons that learn"
|> Report.addSection "AND by a perceptron"
|> Report.addChart "The line after each change of the weights" turning
|> Report.addChart "" (errors "wrong corners" perceptron.Errors)
|> Report.addSection "A line through three points by ADALINE"
|> Report.addChart "The line after each pass over the points" pulling
|> Report.addChart "" (errors "mean squared error / 2" adaline.Errors |> Chart.withLogY)
|> Report.save page

printfn "%s shows how they learned" page

if answers <> Tensor.toInts conjunction || abs (adaline.Weights[0] - slope) > 0.1 then
    failwith "The neurons did not learn."
