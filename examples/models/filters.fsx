// A convolutional network with batch normalization: its filters, its feature maps, and how far Adam's steps reach, in F#;
// examples/Images has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/filters.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "What a convolutional network has learned: accuracy 0.965."

// pixels from 0 to 255, and one-hot rows for the squared error
let prepared data =
    data |> Dataset.mapFeatures (fun x -> x * 255.0) |> Dataset.mapLabels (Tensor.oneHot 10)

let train, test = Script.mnistImages options
let train, test = prepared train, prepared test

let conv filters =
    conv2DWith { Conv2DOptions.defaults with Padding = WindowPadding.Same; Activation = Some relu } filters (3, 3)
    --> batchNorm

let model =
    Model.create (conv 32 --> conv 32 --> conv 1 --> flatten --> dense 10 --> softmax) [ 28; 28; 1 ] (Key.ofInt 1)

printfn $"{Model.summary model}"
let rate = 0.001

// the mean of |α m̂ / √v̂| over the first kernel (Kingma and Ba, 2015); Adam keeps the moving averages of gradients and of
// their squares under the names "mean" and "square"
let effectiveStep (state: TrainState) =
    let t = float state.Step
    let memory name = state.OptimizerState[$"{name}/conv2d/kernel"]
    let mean = memory "mean" / (1.0 - 0.9 ** t)
    let square = memory "square" / (1.0 - 0.999 ** t)
    Tensor.toFloat (Tensor.mean (rate * abs mean / (sqrt square + 1e-7)))

let steps = ResizeArray<float>()

let record (moment: Moment) : CallbackAction list =
    steps.Add(effectiveStep moment.State)
    []

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam rate
            Loss = Loss.meanSquaredError
            Metrics = [ Metric.categoricalAccuracy ]
            Epochs = options.EpochsOr 4
            BatchSize = 64
            Callbacks = [ Callback.onBatchEnd record ]
            Progress = Progress.lines stdout }
        model
        train
        (Key.ofInt 1)

let evaluation = run.Model |> Model.evaluate test
let digit = test.Features[0]

let mosaic images =
    Chart.imagesWith { ImageGridOptions.defaults with Columns = 8; OwnScales = true } images

Report.create "What a convolutional network has learned"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addEvaluation evaluation
|> Report.addSection "The first layer"
|> Report.addChart
    "The 32 filters of the first layer, each from its least weight (black) to its largest (white)"
    (mosaic (FeatureMaps.filters "conv2d" run.Model |> Tensor.squeezeAxes [ 3 ]))
|> Report.addChart "A digit" (Chart.images (Tensor.reshape [ 1; 28; 28 ] digit))
|> Report.addChart "The 32 maps of that digit" (mosaic (FeatureMaps.ofLayer "conv2d" digit run.Model))
|> Report.addSection "Adam"
|> Report.addChart
    "The mean of |α m̂ / √v̂| over the first layer's weights: how far a step of Adam moves them; α is 0.001"
    (Chart.line [ for i in 1 .. steps.Count -> float i ] steps
     |> Chart.withLogY
     |> Chart.withXTitle "step"
     |> Chart.withYTitle "effective step size")
|> options.Show

options.Judge("test accuracy", Script.metric "categorical_accuracy" evaluation, 0.965)
