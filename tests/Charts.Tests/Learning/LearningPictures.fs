/// One chart of each kind of the charts of learning, from small runs on real data and on points of the plane.
module Functional.Charts.Tests.LearningPictures

open System
open Functional

let private digits = lazy Dataset.digits ()
let private iris = lazy Dataset.iris ()

/// Two arcs that interlock: points [n; 2] and classes [n].
let moons (n: int) : Tensor * Tensor =
    let random = Random 4
    let noise () = 0.12 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)

    let point i =
        let angle = Math.PI * random.NextDouble()

        if i % 2 = 0 then
            cos angle + noise (), sin angle + noise ()
        else
            1.0 - cos angle + noise (), 0.5 - sin angle + noise ()

    let points = Array.init n point

    points |> Array.collect (fun (x, y) -> [| float32 x; float32 y |]) |> Tensor.ofArray [ n; 2 ],
    Tensor.ofInts [ n ] (Array.init n (fun i -> i % 2))

/// Three clouds of points [n; 2] and the number of the cloud of each.
let clouds (n: int) : Tensor * Tensor =
    let random = Random 8
    let noise () = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5
    let centres = [| 0.0, 0.0; 3.0, 0.6; 1.2, 3.0 |]

    let point i =
        let x, y = centres[i % 3]
        [| float32 (x + noise ()); float32 (y + noise ()) |]

    Tensor.ofArray [ n; 2 ] (Array.collect point [| 0 .. n - 1 |]), Tensor.ofInts [ n ] (Array.init n (fun i -> i % 3))

let private fitted =
    lazy
        let train = digits.Value |> Dataset.range 0 600

        let model =
            Model.create (dense 32 --> relu --> dropout 0.2 --> dense 10 --> softmax) [ 64 ] (Key.ofInt 1)

        Learn.fitModel
            { Fit.defaults with
                Optimizer = Optimizer.adam 3e-3
                Loss = Loss.sparseCategoricalCrossentropy
                Metrics = [ Metric.accuracy ]
                Epochs = 12
                ValidationSplit = 0.25
                Callbacks = [ UpdateRatios.callback model ] }
            model
            train
            (Key.ofInt 2)

/// Neighbours of irises, as many and weighed as the parameters say.
let private neighboursOf (parameters: SearchParameters) =
    let weights =
        match parameters.Text "weights" with
        | "distance" -> NeighbourWeights.Distance
        | _ -> NeighbourWeights.Uniform

    KNearestNeighbours.classifier
        { KNearestNeighboursOptions.defaults with
            Neighbours = parameters.Whole "neighbours"
            Weights = weights }
    |> Estimator.ofLearner

let private irisFolds =
    lazy (Folds.shuffledStratifiedKFold 5 (Key.ofInt 3) (Tensor.toInts iris.Value.Labels))

let private search =
    lazy
        Search.grid
            SearchOptions.defaults
            irisFolds.Value
            neighboursOf
            [ "neighbours", ParameterValues.wholes [ 1; 3; 5; 9; 25; 75 ]
              "weights", ParameterValues.texts [ "uniform"; "distance" ] ]
            iris.Value

/// Candidates of many parameters with long names.
let private wideSearch =
    lazy
        let rates = ParameterValues.numbers [ 1e-4; 1e-3; 1e-2 ]
        let sizes = ParameterValues.wholes [ 1; 9 ]

        Search.grid
            SearchOptions.defaults
            irisFolds.Value
            (fun p ->
                KNearestNeighbours.classifier
                    { KNearestNeighboursOptions.defaults with Neighbours = p.Whole "number_of_neighbours" }
                |> Estimator.ofLearner)
            [ "number_of_neighbours", sizes
              "initial_learning_rate", rates
              "weight_decay_of_dense_layers", rates
              "units_of_the_first_layer", sizes
              "share_of_dropped_units", ParameterValues.numbers [ 0.1; 0.5 ]
              "activation_of_hidden_layers", ParameterValues.texts [ "relu"; "tanh"; "swish" ] ]
            iris.Value

let private learningCurve =
    lazy
        (LearningCurve.run LearningCurveOptions.defaults irisFolds.Value search.Value.Estimator iris.Value
         |> List.head)

/// The probabilities of digits that the network has not seen, and their labels.
let private held =
    lazy
        let rest = digits.Value |> Dataset.range 600 1197
        Model.predict rest.Features fitted.Value.Model, rest.Labels

/// Labels of 400 samples, and the scores of a good and of a poor model.
let private scores () =
    let random = Random 21
    let labels = Array.init 400 (fun _ -> if random.NextDouble() < 0.35 then 1 else 0)

    let probability strength label =
        let logit = strength * (float label - 0.5) + 2.2 * (random.NextDouble() + random.NextDouble() - 1.0)
        1.0 / (1.0 + exp (-logit))

    let of' strength = Tensor.ofFloat64Array [ 400 ] (labels |> Array.map (probability strength))
    Tensor.ofInts [ 400 ] labels, of' 3.0, of' 1.2

/// Values and predictions of 300 samples, whose error grows with the value.
let private predictions () =
    let random = Random 12
    let actual = Array.init 300 (fun _ -> 20.0 + 60.0 * random.NextDouble())
    let noise () = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5
    let predicted = actual |> Array.map (fun y -> y + 0.08 * y * noise ())
    Tensor.ofFloat64Array [ 300 ] actual, Tensor.ofFloat64Array [ 300 ] predicted

/// A convolutional network of the digits, of few epochs, and one of its digits.
let private convolutional =
    lazy
        let images =
            Dataset.ofTensors
                (Tensor.reshape [ 1797; 8; 8; 1 ] digits.Value.Features |> Tensor.sliceAxis 0 0 600 1)
                (Tensor.sliceAxis 0 0 600 1 digits.Value.Labels)

        let layer =
            conv2D 12 (3, 3)
            --> relu
            --> conv2D 16 (3, 3)
            --> relu
            --> maxPooling2D (2, 2)
            --> flatten
            --> dense 10
            --> softmax

        let run =
            Learn.fit
                { Fit.defaults with
                    Optimizer = Optimizer.adam 3e-3
                    Loss = Loss.sparseCategoricalCrossentropy
                    Epochs = 4 }
                layer
                images
                (Key.ofInt 3)

        run.Model, Tensor.squeezeAxes [ 0 ] (Tensor.sliceAxis 0 7 8 1 images.Features)

/// The regions of a network on the two arcs in training.
let moonRun =
    lazy
        let x, y = moons 200
        let recorder = DecisionRecorder(PlaneGrid.around 60 0.15 x, 4)

        let run =
            Learn.fit
                { Fit.defaults with
                    Optimizer = Optimizer.adam 0.02
                    Loss = Loss.binaryCrossentropy
                    Epochs = 40
                    Callbacks = [ recorder.Callback ] }
                (dense 12 --> tanh' --> dense 12 --> tanh' --> dense 1 --> sigmoid)
                (Dataset.ofTensors x (Tensor.reshape [ 200; 1 ] (Tensor.cast Float32 y)))
                (Key.ofInt 5)

        run.Model, recorder

/// Rosenbrock's valley.
let valley (w: Tensor) =
    let x, y = Tensor.sliceAxis 0 0 1 1 w, Tensor.sliceAxis 0 1 2 1 w
    let a, b = 1.0 - x, y - x * x
    Tensor.sum (a * a + 100.0 * b * b)

let private bowl (w: Tensor) =
    let x, y = Tensor.sliceAxis 0 0 1 1 w, Tensor.sliceAxis 0 1 2 1 w
    Tensor.sum (x * x + 0.3 * y * y + 0.4 * x * y + Tensor.sin (2.0 * x) * 0.5)

let private bowlSurface =
    lazy
        PlaneGrid.create 61 (-3.0, 3.0) (-3.0, 3.0)
        |> CostSurface.ofFunction 9 bowl
        |> CostSurface.withPath (
            CostSurface.descend
                { DescentOptions.defaults with Optimizer = Optimizer.momentum 0.06 0.85 }
                bowl
                (2.6, 2.4)
        )

let private valleySurface =
    lazy
        PlaneGrid.create 81 (-2.0, 2.0) (-1.0, 3.0)
        |> CostSurface.ofFunction 8 valley
        |> CostSurface.withPath (
            CostSurface.descend { Optimizer = Optimizer.adam 0.05; Steps = 250 } valley (-1.5, 2.5)
        )

/// The samples and classes of AND, and the lines of a perceptron that learns them.
let andLines () =
    let x = Tensor.ofArray [ 4; 2 ] [| 0f; 0f; 0f; 1f; 1f; 0f; 1f; 1f |]
    let y = Tensor.ofInts [ 4 ] [| 0; 0; 0; 1 |]

    let options =
        { NeuronOptions.defaults with
            LearningRate = 0.1
            Start = NeuronStart.Given([| [| -0.4; 0.6 |] |], [| 0.2 |])
            Keep = NeuronHistory.Updates }

    x, y, DecisionLine.ofHistory (Perceptron.fit PerceptronOutput.Step options x y).History

let private graph () =
    Network.graph [ "ids", [ 128 ]; "numbers", [ 12 ] ] (fun inputs ->
        let text = inputs["ids"] --> embedding 5000 64 --> lstm 32
        let numbers = inputs["numbers"] --> dense 16 --> relu
        let all = [ text; numbers ] --> concatenate -1
        let trunk = all --> dense 32 --> relu
        let skipped = [ trunk; numbers ] --> concatenate -1
        [ "price", skipped --> dense 1; "sold", trunk --> dense 1 --> sigmoid ])

let private circle (codes: Tensor) =
    // an image [n; 16; 16] of a disc whose place and size the codes say
    let codes = Tensor.toFloat64Array codes |> Array.chunkBySize 2

    codes
    |> Array.collect (fun code ->
        [| for row in 0..15 do
               for column in 0..15 ->
                   let dx, dy = float column - 7.5 - 3.0 * code[0], float row - 7.5
                   let radius = 4.0 + 2.0 * code[1]
                   float32 (1.0 / (1.0 + exp (sqrt (dx * dx + dy * dy) - radius))) |])
    |> Tensor.ofArray [ codes.Length; 16; 16 ]

/// Points in three clouds, the cloud of each, and a silhouette of each.
let private silhouettes () =
    let x, c = clouds 150
    x, c, ClusterScores.silhouettes Distance.Euclidean x c

/// All kinds by name.
let all: (string * (unit -> Figure)) list =
    [ "history", (fun () -> Chart.history fitted.Value.History)
      "histories", (fun () -> Chart.histories [ "small", fitted.Value.History; "again", fitted.Value.History ])
      "update-ratios", (fun () -> Chart.updateRatios fitted.Value.History)
      "update-ratios-of-step",
      (fun () ->
          let run = fitted.Value
          let optimizer = Optimizer.adam 3e-3

          let batch =
              Batch.ofTensors
                  (Tensor.sliceAxis 0 0 64 1 digits.Value.Features)
                  (Tensor.sliceAxis 0 0 64 1 digits.Value.Labels)

          let options = { Fit.defaults with Loss = Loss.sparseCategoricalCrossentropy; Optimizer = optimizer }
          let _, gradient = Learn.lossAndGradient options batch (Key.ofInt 1) run.Model

          UpdateRatios.ofStep optimizer gradient run.State.OptimizerState run.Model.Variables.Parameters
          |> Chart.updateRatiosOfStep)
      "confusion-matrix",
      (fun () ->
          Chart.confusionMatrix (ConfusionMatrix.ofOutputs digits.Value.ClassNames (snd held.Value) (fst held.Value)))
      "confusion-matrix-of-two",
      (fun () ->
          let labels = Tensor.ofInts [ 8 ] [| 0; 0; 0; 0; 1; 1; 1; 1 |]
          let said = Tensor.ofInts [ 8 ] [| 0; 0; 0; 1; 1; 1; 1; 1 |]
          Chart.confusionMatrix (ConfusionMatrix.ofOutputs [ "healthy people"; "ill people" ] labels said))
      "roc",
      (fun () ->
          let labels, good, poor = scores ()

          [ "network", RocCurve.ofScores labels good; "baseline", RocCurve.ofScores labels poor ]
          |> Chart.rocWith [ "network", OperatingPoints.byYouden labels good ])
      "roc-one-vs-rest",
      (fun () -> Chart.rocOneVsRest (OneVsRest.curves digits.Value.ClassNames (snd held.Value) (fst held.Value)))
      "precision-recall",
      (fun () ->
          let labels, good, poor = scores ()

          [ "network", PrecisionRecallCurve.ofScores labels good
            "baseline", PrecisionRecallCurve.ofScores labels poor ]
          |> Chart.precisionRecallWith [ "network", OperatingPoints.byFBeta 1.0 labels good ])
      "precision-recall-one-vs-rest",
      (fun () ->
          Chart.precisionRecallOneVsRest (OneVsRest.curves digits.Value.ClassNames (snd held.Value) (fst held.Value)))
      "calibration",
      (fun () ->
          let labels, good, poor = scores ()
          let of' = Calibration.ofProbabilities CalibrationOptions.defaults labels
          Chart.calibration [ "network", of' good; "baseline", of' poor ])
      "predicted-against-true", (fun () -> predictions () ||> Chart.predictedAgainstTrue)
      "residuals", (fun () -> predictions () ||> Residuals.ofPredictions |> Chart.residuals)
      "decision-boundary",
      (fun () ->
          let x, y = moons 200
          let model, recorder = moonRun.Value
          ignore recorder

          DecisionRegions.ofModel model (PlaneGrid.around 120 0.15 x)
          |> Chart.decisionBoundary [ "upper"; "lower" ] x y)
      "decision-boundary-of-three",
      (fun () ->
          let x, y = clouds 240
          let layer = dense 16 --> relu --> dense 3 --> softmax

          let run =
              Learn.fit
                  { Fit.defaults with
                      Optimizer = Optimizer.adam 0.02
                      Loss = Loss.sparseCategoricalCrossentropy
                      Epochs = 30 }
                  layer
                  (Dataset.ofTensors x y)
                  (Key.ofInt 6)

          DecisionRegions.ofModel run.Model (PlaneGrid.around 120 0.1 x) |> Chart.decisionBoundary [] x y)
      "decision-animation",
      (fun () ->
          let x, y = moons 200
          Chart.decisionAnimation [ "upper"; "lower" ] x y (snd moonRun.Value).Frames)
      "decision-line",
      (fun () ->
          let x, y, lines = andLines ()
          Chart.decisionLine [ "false"; "true" ] x y (snd (List.last lines)))
      "decision-line-animation",
      (fun () ->
          let x, y, lines = andLines ()
          Chart.decisionLineAnimation [ "false"; "true" ] x y lines)
      "cost-contour", (fun () -> Chart.costContour bowlSurface.Value)
      "cost-surface", (fun () -> Chart.costSurface bowlSurface.Value)
      "cost-contour-of-a-valley", (fun () -> Chart.costContour valleySurface.Value)
      "cost-surface-of-a-valley", (fun () -> Chart.costSurface valleySurface.Value)
      "activations", (fun () -> Chart.activations [])
      "filters", (fun () -> Chart.filters ColorScaling.Shared "conv2d" (fst convolutional.Value))
      "filters-of-many-channels", (fun () -> Chart.filters ColorScaling.Each "conv2d_1" (fst convolutional.Value))
      "feature-maps",
      (fun () ->
          let model, sample = convolutional.Value
          Chart.featureMaps ColorScaling.Shared "relu" sample model)
      "feature-maps-each",
      (fun () ->
          let model, sample = convolutional.Value
          Chart.featureMaps ColorScaling.Each "conv2d_1" sample model)
      "latent-plane", (fun () -> Chart.latentPlane (LatentPlane.decode LatentSpacing.Normal 15 circle))
      "structure", (fun () -> Chart.structure (fst convolutional.Value))
      "structure-of-a-graph", (fun () -> Chart.structure (Model.ofGraph (graph ()) (Key.ofInt 1)))
      "clusters",
      (fun () ->
          let x, c = clouds 240

          let withNoise =
              Tensor.toInts c |> Array.mapi (fun i c -> if i % 17 = 0 then -1 else c) |> Tensor.ofInts [ 240 ]

          Chart.clusters (Some(Tensor.ofFloat64Array [ 3; 2 ] [| 0.0; 0.0; 3.0; 0.6; 1.2; 3.0 |])) x withNoise)
      "embedding",
      (fun () ->
          Chart.tsneWith
              { TSneOptions.defaults with Iterations = 500 }
              iris.Value.ClassNames
              iris.Value.Labels
              iris.Value.Features)
      "embedding-of-digits",
      (fun () -> Chart.principalComponents digits.Value.ClassNames digits.Value.Labels digits.Value.Features)
      "feature-importances",
      (fun () ->
          Chart.featureImportancesWith
              [ "sepal length", 0.11, 0.02
                "sepal width", 0.03, 0.015
                "petal length", 0.44, 0.05
                "petal width", 0.42, 0.06 ])
      "coefficients", (fun () -> Chart.featureImportances [ for i in 1..40 -> $"gene {i}", sin (float i) / float i ])
      "silhouettes",
      (fun () ->
          let x, c, values = silhouettes ()
          ignore x
          Chart.silhouettes c values)
      "clusters-with-silhouettes",
      (fun () ->
          let x, c, values = silhouettes ()
          Chart.clustersWithSilhouettes None x c values)
      "learning-curve", (fun () -> Chart.learningCurve learningCurve.Value)
      "learning-curves", (fun () -> Chart.learningCurves [ learningCurve.Value; learningCurve.Value ])
      "search-coordinates", (fun () -> Chart.searchCoordinates search.Value)
      "search-coordinates-of-many", (fun () -> Chart.searchCoordinates wideSearch.Value)
      "search-heatmap", (fun () -> Chart.searchHeatmap "neighbours" "weights" search.Value)
      "elbow",
      (fun () -> Chart.elbow (Some 3) [ 1, 681.4; 2, 152.3; 3, 78.9; 4, 57.2; 5, 46.5; 6, 39.0; 7, 34.3; 8, 30.1 ]) ]
