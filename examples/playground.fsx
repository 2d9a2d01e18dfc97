// Networks on points of the plane: rings, xor, a spiral, a hill; with any number of hidden layers; drawn while they learn.
//   dotnet build -c Release src/Charts && dotnet fsi examples/playground.fsx [rings|xor|spiral|regression] [hidden layers] [relu|sigmoid]

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

/// Something to learn about points of the plane, and the network that is to learn it.
type Exercise = { Task: string; Hidden: int; Units: string }

/// What is done where nothing is asked for: linear separation fails at xor, one hidden layer is enough.
let all =
    [ for task, hidden, units in
          [ "rings", 1, "relu"
            "xor", 0, "relu"
            "xor", 1, "relu"
            "xor", 1, "sigmoid"
            "spiral", 2, "relu"
            "regression", 2, "relu" ] -> { Task = task; Hidden = hidden; Units = units } ]

let exercises =
    match List.tail (List.ofArray fsi.CommandLineArgs) with
    | [] -> all
    | [ task ] -> [ { Task = task; Hidden = 2; Units = "relu" } ]
    | [ task; hidden ] -> [ { Task = task; Hidden = int hidden; Units = "relu" } ]
    | task :: hidden :: units :: _ -> [ { Task = task; Hidden = int hidden; Units = units } ]

/// A point within -1 and 1, and its class or height.
let point task (random: Random) i =
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

let grid = PlaneGrid.create 50 (-1.1, 1.1) (-1.1, 1.1)

/// Heights from low to high in the colours of one scale.
let colors = [ for position, color in Palette.sequential -> [ box position; box color ] ]

/// The predicted height of every point of the plane.
let surface model =
    let rows = model |> Model.predict grid.Points |> Tensor.toArray |> Array.chunkBySize grid.Xs.Length

    Traces.ofType
        "heatmap"
        [ "x", box grid.Xs
          "y", box grid.Ys
          "z", box rows
          "zmin", box -0.3
          "zmax", box 1.2
          "colorscale", box colors
          "hoverinfo", box "skip" ]

/// Points in the colour of their own height.
let heights (points: Dataset) =
    let column i = points.Features |> Tensor.gather 1 (tensor [ i ]) |> Tensor.toFloat64Array

    Traces.ofType
        "scatter"
        [ "x", box (column 0)
          "y", box (column 1)
          "mode", box "markers"
          "marker.color", box (Tensor.toFloat64Array points.Labels)
          "marker.colorscale", box colors
          "marker.cmin", box -0.3
          "marker.cmax", box 1.2
          "marker.size", box 8
          "marker.line.width", box 1
          "marker.line.color", box "white" ]

/// The surface during training under the points that the network learns from.
let surfaceAnimation (train: Dataset) (frames: AnimationFrame list) =
    Chart.ofTraces [ frames.Head.Traces.Head; heights train ]
    |> Chart.withXTitle "feature 1"
    |> Chart.withYTitle "feature 2"
    |> Chart.withSize 860 620
    |> Chart.animateWith { AnimationOptions.defaults with Prefix = "epoch " } frames

/// Trains the network, says how well it learned, and gives the pictures of its training.
let run (exercise: Exercise) =
    let regression = exercise.Task = "regression"
    let random = Random 1
    let points = [| for i in 0..599 -> point exercise.Task random i |]

    let train, test =
        Dataset.ofTargets
            [| for x, y, _ in points -> [| float32 x; float32 y |] |]
            [| for _, _, label in points -> [| float32 label |] |]
        |> Dataset.split 0.25 (Key.ofInt 2)

    let activation = if exercise.Units = "sigmoid" then sigmoid else relu
    let hidden = List.replicate exercise.Hidden (dense 32 --> activation) |> List.fold (-->) Layer.identity
    let classes = DecisionRecorder(grid, 5)
    let frames = ResizeArray<AnimationFrame>()

    let keep =
        Callback.onEpochEnd (fun moment ->
            if moment.Epoch % 5 = 4 then
                frames.Add(AnimationFrame.create (string (moment.Epoch + 1)) [ surface moment.Model ])

            [])

    let learned =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 0.01
                Loss = (if regression then Loss.meanSquaredError else Loss.binaryCrossentropy)
                Metrics = [ (if regression then Metric.r2 else Metric.accuracy) ]
                Epochs = 200
                Callbacks = [ (if regression then keep else classes.Callback) ] }
            (hidden --> if regression then dense 1 else dense 1 --> sigmoid)
            train
            (Key.ofInt 3)

    let name, value = (learned.Model |> Model.evaluate test).Metrics |> List.last
    printfn "%A, %d parameters: test %s %.4f" exercise (Model.parameterCount learned.Model) name value

    if regression then
        surfaceAnimation train (List.ofSeq frames)
    else
        classes.Frames |> Chart.decisionAnimation [] train.Features train.Labels
    |> Chart.withTitle $"test {name} %.4f{value}"

let page = Path.Combine(Path.GetTempPath(), "playground-script.html")

(Report.create "Networks on points of the plane", exercises)
||> List.fold (fun report exercise ->
    report
    |> Report.addSection $"{exercise.Task} with {exercise.Hidden} hidden layers of {exercise.Units}"
    |> Report.addChart "" (run exercise))
|> Report.save page

printfn "%s shows how they learned" page
