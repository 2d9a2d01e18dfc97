/// A layer of one's own in ten lines: bumps around centres that are learned.
module Freedom.OwnLayer

open Functional

/// exp(-|x - centre|² / width²) for each unit: a radial basis.
let radial (units: int) =
    Layer.make
        "radial"
        (fun key shape ->
            let centres = 2.0 * Random.normal key [ units; shape.Head ]
            [ "centres", centres; "widths", Tensor.ones [ units ] ], [ units ])
        (fun p x ->
            let distances = Tensor.sumOver [ -1 ] (Tensor.square (Tensor.expandDims 1 x - p["centres"]))
            exp (-distances / Tensor.square p["widths"]))

/// Points on two rings around each other, and on which of them they lie.
let private rings count key =
    let angles, radii = Key.split key
    let angle = 6.2831853 * Random.uniform angles [ count; 1 ]
    let labels = Tensor.ofInts [ count ] (Array.init count (fun i -> i % 2))

    let radius =
        Tensor.reshape [ count; 1 ] (1.0 + 1.5 * Tensor.cast Float32 labels)
        + 0.2 * Random.normal radii [ count; 1 ]

    Dataset.ofTensors (Tensor.concat 1 [ radius * cos angle; radius * sin angle ]) labels

let run (options: Options) : bool =
    let train, test = rings 600 (Key.ofInt 1), rings 400 (Key.ofInt 2)

    let result =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 0.02
                Loss = Loss.sparseCategoricalCrossentropy
                Metrics = [ Metric.accuracy ]
                Epochs = options.StepsOr 60 }
            (radial 12 --> dense 2 --> softmax)
            train
            (Key.ofInt 3)

    printfn $"{Model.summary result.Model}"
    let accuracy = (result.Model |> Model.evaluate test).Metrics |> List.find (fst >> (=) "accuracy") |> snd
    let regions = PlaneGrid.around 100 0.2 test.Features |> DecisionRegions.ofModel result.Model

    Report.create "A layer of one's own"
    |> Report.addModel result.Model
    |> Report.addHistory result.History
    |> Report.addSection "The plane"
    |> Report.addChart "" (Chart.decisionBoundary [ "inner"; "outer" ] test.Features test.Labels regions)
    |> options.Show

    options.Judge("share of points on the wrong ring", 1.0 - accuracy, 0.02)
