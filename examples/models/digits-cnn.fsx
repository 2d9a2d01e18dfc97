// MNIST by five convolutions of 3x3, in F#; examples/Images has it in C#, beside other networks.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/digits-cnn.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Digits by five convolutions: accuracy 0.99 in 5 epochs."
let train, test = Script.mnistImages options

let conv filters = conv2D filters (3, 3) --> relu
let pool = maxPooling2D (2, 2)

let network =
    conv 32
    --> conv 32
    --> pool
    --> conv 64
    --> conv 64
    --> pool
    --> conv 64
    --> pool
    --> flatten
    --> dropout 0.5
    --> dense 10
    --> softmax

let model = Model.create network [ 28; 28; 1 ] (Key.ofInt 1)
printfn $"{Model.summary model}"

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = options.EpochsOr 5
            BatchSize = 128
            ValidationSplit = 0.1
            Progress = Progress.lines stdout }
        model
        train
        (Key.ofInt 1)

// sharpening, by a convolution whose kernel is given instead of learned
let sharpen =
    Model.create (conv2D 1 (3, 3)) [ 28; 28; 1 ] (Key.ofInt 0)
    |> Model.setWeight "conv2d/kernel" [| 0f; -1f; 0f; -1f; 5f; -1f; 0f; -1f; 0f |]

let evaluation = run.Model |> Model.evaluate test
let digits = test.Features[..19]
let pictures = Tensor.reshape [ 20; 28; 28 ] digits
let said = Tensor.argmax -1 evaluation.Outputs[..19]

Report.create "Digits by a convolutional network"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addEvaluation evaluation
|> Report.addChart "" (Chart.imagePredictions test.ClassNames test.Labels[..19] said pictures)
|> Report.addChart
    "Sharpened"
    (Chart.images (sharpen |> Model.predict digits |> Tensor.clamp 0.0 1.0 |> Tensor.reshape [ 20; 26; 26 ]))
|> options.Show

options.Judge("test accuracy", Script.metric "accuracy" evaluation, 0.99)
