/// A physics-informed network: the heat equation u_t = α u_xx, solved by making its residual small. The derivatives in the loss
/// are those of the network (Raissi et al., 2019). With u(x, 0) = sin πx and u = 0 at both ends the solution is
/// exp(-α π² t) sin πx.
module Freedom.Heat

open System
open Functional

let private alpha = 0.1

let private solution (points: Tensor) =
    let x, t = points[*, 0..0], points[*, 1..1]
    exp (-alpha * Math.PI * Math.PI * t) * sin (Math.PI * x)

let private model =
    Model.create (dense 24 --> tanh --> dense 24 --> tanh --> dense 1) [ 2 ] (Key.ofInt 1)

/// The derivative of a function of points [n; 2] along one of their coordinates, for all points at once.
let private along (coordinate: int) (f: Tensor -> Tensor) (points: Tensor) =
    let direction = Tensor.oneHot 2 (Tensor.ofInts [] [| coordinate |])
    snd (jvp f points (Tensor.broadcastTo points.Shape direction))

/// What the network leaves of u_t - α u_xx at points inside, and how far it is from the solution at t = 0 and both ends.
let private loss (variables: Variables) (run: Run) (batch: Batch) =
    let u points = fst (model.Layer.Apply variables run points)
    let inside, atEdges = batch.Inputs[0], batch.Inputs[1]
    let residual = along 1 u inside - alpha * along 0 (along 0 u) inside

    Tensor.mean (Tensor.square residual)
    + 5.0 * Tensor.mean (Tensor.square (u atEdges - solution atEdges))

let private points key : Batch =
    let inside, rest = Key.split key
    let x, t = Key.split rest
    let count = 128
    let column value = Tensor.full [ count; 1 ] value
    let start = Tensor.concat 1 [ Random.uniform x [ count; 1 ]; column 0.0 ]
    let times = Random.uniform t [ count; 1 ]
    let edges = [ start; Tensor.concat 1 [ column 0.0; times ]; Tensor.concat 1 [ column 1.0; times ] ]
    Batch.ofInputs [ Random.uniform inside [ 512; 2 ]; Tensor.concat 0 edges ] []

let run (options: Options) : bool =
    let steps = options.StepsOr 4000
    let optimizer = Optimizer.adam 5e-3 |> Optimizer.withSchedule (Schedule.cosine 5e-3 steps)
    let step = Step.create optimizer loss
    let loop = TrainingLoop.create [ step ] model.Variables (Key.ofInt 2)

    for i in 1..steps do
        let value = loop.Run(step, points (Key.ofInt i))

        if i % 500 = 0 then
            printfn $"step {i, 5}  loss %.2e{value}"

    let trained = model |> Model.withVariables loop.Variables
    let side = 51
    let places = [ for i in 0 .. side - 1 -> float i / float (side - 1) ]

    let grid =
        tensor
            [ for t in places do
                  for x in places -> [ x; t ] ]

    let found, right = trained |> Model.predict grid, solution grid
    let error = Tensor.toFloat (Tensor.norm (found - right)) / Tensor.toFloat (Tensor.norm right)

    let at (time: int) (values: Tensor) = Tensor.toFloat64Array values[time * side .. (time + 1) * side - 1]

    let curves =
        [ for time in [ 0; 25; 50 ] do
              $"t = {places[time]}", at time found
              $"t = {places[time]}, exact", at time right ]

    let map (values: Tensor) = Chart.images (Tensor.reshape [ 1; side; side ] values)

    Report.create "The heat equation"
    |> Report.addChart "" (Chart.lines places curves |> Chart.withXTitle "x" |> Chart.withYTitle "u")
    |> Report.addChart "u over x (to the right) and t (downward)" (map found)
    |> Report.addChart "Its error" (map (abs (found - right)))
    |> options.Show

    options.Judge("error of the solution, relative", error, 0.01)
