/// A neural differential equation (Chen et al., 2018): y' is a network of y, found from points of a path. The gradient goes
/// through the steps that the integrator chose.
module Freedom.NeuralOde

open Functional

let private tolerance = 1e-4
let private pause = 0.25

/// The path that is to be found: y' = y³ A, a spiral.
let private truth (y: Tensor) = Tensor.matmul (y * y * y) (tensor [ [ -0.1; 2.0 ]; [ -2.0; -0.1 ] ])

let private model = Model.create (dense 50 --> tanh --> dense 2) [ 2 ] (Key.ofInt 1)

/// What the network says of the cubes of y.
let private slope (parameters: Tree<Tensor>) (y: Tensor) =
    let run = Run.training (Key.ofInt 0)
    fst (model.Layer.Apply { model.Variables with Parameters = parameters } run (y * y * y))

/// Points [times; 2] along the path of an equation from (2, 0), a quarter of a second after one another.
let private path (f: Tensor -> Tensor) count =
    (tensor [ [ 2.0; 0.0 ] ], [ 1..count ])
    ||> List.scan (fun y _ -> DormandPrince.follow f y (DormandPrince.chooseSteps tolerance f y pause))
    |> Tensor.concat 0

let run (options: Options) : bool =
    let steps, count = options.StepsOr 1500, 60
    let points = path truth count
    let starts, ends = points[.. count - 1, *], points[1.., *]
    let optimizer = Optimizer.adam 0.01 |> Optimizer.withSchedule (Schedule.cosine 0.01 steps)
    let parameters = model.Variables.Parameters

    let descend (parameters, memory, losses) i =
        let chosen = DormandPrince.chooseSteps tolerance (slope parameters) starts pause

        let loss p =
            Tensor.mean (Tensor.square (DormandPrince.follow (slope p) starts chosen - ends))

        let value, gradient = Tree.valueAndGrad loss parameters
        let updates, memory = optimizer.Update gradient memory parameters

        if i % 300 = 0 then
            printfn $"step {i, 4}  loss %.2e{Tensor.toFloat value}, {chosen.Length} steps of the integrator"

        Tree.map2 (+) parameters updates, memory, Tensor.toFloat value :: losses

    let found, _, losses = ((parameters, optimizer.Init parameters, []), [ 1..steps ]) ||> List.fold descend

    // the whole path from its first point alone
    let walked = path (slope found) count
    let error = Tensor.toFloat (Tensor.mean (abs (walked - points)))

    let trace name (points: Tensor) : XPlot.Plotly.Trace =
        XPlot.Plotly.Scatter(
            x = Tensor.toFloat64Array points[*, 0],
            y = Tensor.toFloat64Array points[*, 1],
            mode = "lines+markers",
            name = name
        )

    Report.create "A differential equation found from points"
    |> Report.addChart
        "Both begin at (2, 0)"
        (Chart.ofTraces [ trace "the path" points; trace "the network's" walked ] |> Chart.withSize 600 600)
    |> Report.addChart
        ""
        (Chart.line [ for i in 1..steps -> float i ] (List.rev losses)
         |> Chart.withLogY
         |> Chart.withXTitle "step"
         |> Chart.withYTitle "loss")
    |> options.Show

    options.Judge("mean distance from the path", error, 0.1)
