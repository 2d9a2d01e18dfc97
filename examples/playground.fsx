// Networks on points of the plane: rings, xor, a spiral, a hill; with any number of hidden layers; drawn while they learn.
//   dotnet build -c Release src/Charts && dotnet fsi examples/playground.fsx [task] [hidden layers] [relu|sigmoid]

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
open Functional

let arguments = fsi.CommandLineArgs |> Array.skip 1
let task = if arguments.Length > 0 then arguments[0] else "spiral"
let hidden = if arguments.Length > 1 then int arguments[1] else 2
let activation = if arguments.Length > 2 && arguments[2] = "sigmoid" then sigmoid else relu

/// A point within -1 and 1, and its class or height.
let point (random: Random) i =
    let within () = 2.0 * random.NextDouble() - 1.0
    let polar radius angle = radius * cos angle, radius * sin angle

    match task with
    | "rings" ->
        let x, y = polar ((if i % 2 = 0 then 0.3 else 0.8) + 0.05 * within ()) (Math.PI * within ())
        x, y, float (i % 2)
    | "xor" ->
        let x, y = within (), within ()
        x, y, (if x * y > 0.0 then 1.0 else 0.0)
    | "spiral" ->
        let t = random.NextDouble()
        let x, y = polar (0.1 + 0.85 * t + 0.01 * within ()) (3.0 * Math.PI * t + Math.PI * float (i % 2))
        x, y, float (i % 2)
    | "regression" ->
        let x, y = within (), within ()
        x, y, exp (-3.0 * (x * x + y * y)) + 0.3 * sin (3.0 * x)
    | other -> failwith $"'{other}' is no task; the tasks are rings, xor, spiral and regression."

let regression = task = "regression"
let random = Random 1
let points = [| for i in 0..599 -> point random i |]

let train, test =
    Dataset.ofTargets
        [| for x, y, _ in points -> [| float32 x; float32 y |] |]
        [| for _, _, label in points -> [| float32 label |] |]
    |> Dataset.split 0.25 (Key.ofInt 2)

let last = if regression then dense 1 else dense 1 --> sigmoid
let net = List.replicate hidden (dense 32 --> activation) |> List.fold (-->) Layer.identity

let grid = PlaneGrid.create 50 (-1.1, 1.1) (-1.1, 1.1)

let surface model =
    model |> Model.predict grid.Points |> Tensor.toArray |> Array.chunkBySize grid.Xs.Length

let classes = DecisionRecorder(grid, 5)
let heights = ResizeArray<string * float32[][]>()

let keepHeights =
    Callback.onEpochEnd (fun moment ->
        if moment.Epoch % 5 = 4 then
            heights.Add(string (moment.Epoch + 1), surface moment.Model)

        [])

let run =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.01
            Loss = (if regression then Loss.meanSquaredError else Loss.binaryCrossentropy)
            Metrics = [ (if regression then Metric.r2 else Metric.accuracy) ]
            Epochs = 200
            Callbacks = [ (if regression then keepHeights else classes.Callback) ] }
        (net --> last)
        train
        (Key.ofInt 3)

printfn "%s with %d hidden layers, %d parameters" task hidden (Model.parameterCount run.Model)
printfn "%O" (run.Model |> Model.evaluate test)

/// The predicted height of every point of the plane.
let heatmap (rows: float32[][]) =
    Traces.ofType
        "heatmap"
        [ "x", box grid.Xs
          "y", box grid.Ys
          "z", box rows
          "zmin", box -0.3
          "zmax", box 1.2
          "colorscale", box "Cividis" ]

let animation =
    if regression then
        Chart.ofTraces [ heatmap (snd heights[0]) ]
        |> Chart.withSize 860 620
        |> Chart.animateWith
            { AnimationOptions.defaults with Prefix = "epoch " }
            [ for epoch, rows in heights -> AnimationFrame.create epoch [ heatmap rows ] ]
    else
        classes.Frames |> Chart.decisionAnimation [] train.Features train.Labels

let page = Path.Combine(Path.GetTempPath(), "playground-script.html")
animation |> Chart.withTitle $"{task} with {hidden} hidden layers" |> Chart.saveHtml page
printfn "%s shows how it learned" page
