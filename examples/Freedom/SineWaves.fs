/// Meta-learning (Finn et al., 2017): parameters from which one step of descent on ten points of a new sine wave is enough. The
/// gradient goes through that inner step.
module Freedom.SineWaves

open System
open Functional

let private shots = 10
let private innerRate = 0.01

let private model =
    Model.create (dense 40 --> relu --> dense 40 --> relu --> dense 1) [ 1 ] (Key.ofInt 1)

let private apply (parameters: Tree<Tensor>) x =
    fst (model.Layer.Apply { model.Variables with Parameters = parameters } (Run.training (Key.ofInt 0)) x)

let private error parameters (points: Tensor) =
    Tensor.mean (Tensor.square (apply parameters points[*, 0..0] - points[*, 1..1]))

/// The parameters after one step of descent on points [n; 2].
let private adapted parameters points =
    Tree.map2 (fun p g -> p - innerRate * g) parameters (Tree.grad (fun p -> error p points) parameters)

/// Waves of amplitudes from 0.1 to 5 and phases from 0 to π: points [waves; 2 shots; 2], of which the first half is to learn
/// from.
let private waves count key =
    let amplitudes, rest = Key.split key
    let phases, places = Key.split rest
    let amplitude = 0.1 + 4.9 * Random.uniform amplitudes [ count; 1; 1 ]
    let phase = Math.PI * Random.uniform phases [ count; 1; 1 ]
    let x = 10.0 * Random.uniform places [ count; 2 * shots; 1 ] - 5.0
    Tensor.concat 2 [ x; amplitude * sin (x - phase) ]

/// The error on the second half of each wave's points after a step on the first half: all waves at once, by vmap.
let private metaLoss parameters (points: Tensor) =
    let ofWave (points: Tensor) = error (adapted parameters points[.. shots - 1, *]) points[shots.., *]
    Tensor.mean (vmap ofWave points)

let run (options: Options) : bool =
    let steps = options.StepsOr 6000

    let step =
        Step.create (Optimizer.adam 1e-3) (fun variables _ batch -> metaLoss variables.Parameters batch.Features)

    let loop = TrainingLoop.create [ step ] model.Variables (Key.ofInt 2)

    for i in 1..steps do
        let loss = loop.Run(step, Batch.ofInputs [ waves 25 (Key.ofInt i) ] [])

        if i % 1000 = 0 then
            printfn $"step {i, 5}  loss after the inner step %.3f{loss}"

    let parameters = loop.Variables.Parameters
    let unseen = waves 200 (Key.ofInt 0)

    let before =
        vmap (fun (points: Tensor) -> error parameters points[shots.., *]) unseen
        |> Tensor.mean
        |> Tensor.toFloat

    let after = Tensor.toFloat (metaLoss parameters unseen)
    printfn $"mean squared error on new waves: %.3f{before} before a step, %.3f{after} after one"

    let xs = [ -5.0 .. 0.1..5.0 ]
    let column = tensor [ for x in xs -> [ x ] ]
    let wave = unseen[0]
    let learned = wave[.. shots - 1, *]

    let line parameters = Tensor.toFloat64Array (apply parameters column)

    let again parameters = adapted parameters learned

    let chart =
        Chart.lines
            xs
            [ "before", line parameters
              "after 1 step", line (again parameters)
              "after 5 steps", line (parameters |> again |> again |> again |> again |> again) ]
        |> Chart.withTraces
            [ XPlot.Plotly.Scatter(
                  x = Tensor.toFloat64Array learned[*, 0],
                  y = Tensor.toFloat64Array learned[*, 1],
                  mode = "markers",
                  name = "the ten points"
              ) ]

    Report.create "Sine waves from ten points"
    |> Report.addText $"Mean squared error on 200 new waves: %.3f{before} before the inner step, %.3f{after} after it."
    |> Report.addChart "" chart
    |> options.Show

    options.Judge("error after one step, as a share of that before", after / before, 0.4)
