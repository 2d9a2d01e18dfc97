// Digits through 32 numbers, and through [4; 4; 8] by convolutions: encoder, decoder and the whole as models, in F#;
// examples/Autoencoders has them in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/autoencoders.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options =
    Script.options "A dense autoencoder, cross-entropy 0.10, and a convolutional one of 4,385 parameters, 0.12."

let train, test = Script.mnistImages options

let learn name epochs batchSize (encoder: Layer<Tensor, Tensor>) (decoder: Layer<Tensor, Tensor>) =
    let network = (encoder |> Layer.named "encoder") --> (decoder |> Layer.named "decoder")
    let model = Model.create network [ 28; 28; 1 ] (Key.ofInt 1)
    printfn $"{name}\n{Model.summary model}"

    let run =
        Learn.fitModel
            { Fit.defaults with
                Optimizer = Optimizer.adam 1e-3
                Loss = Loss.binaryCrossentropy
                Epochs = options.EpochsOr epochs
                BatchSize = batchSize
                ValidationData = Some(Dataset.ofTensors test.Features test.Features)
                Progress = Progress.lines stdout }
            model
            (Dataset.ofTensors train.Features train.Features)
            (Key.ofInt 1)

    // both halves are models over the same weights
    let codes = run.Model |> Model.part "encoder" |> Model.predict test.Features[..9]
    let back = run.Model |> Model.part "decoder" |> Model.predict codes
    let rows = Tensor.concat 0 [ test.Features[..9]; back ] |> Tensor.reshape [ 20; 28; 28 ]
    name, run, rows

let flat =
    learn "dense" 10 256 (flatten --> dense 32 --> relu) (dense 784 --> sigmoid --> reshape [ 28; 28; 1 ])

let same = { Conv2DOptions.defaults with Padding = WindowPadding.Same; Activation = Some relu }
let conv filters = conv2DWith same filters (3, 3)
let pool = maxPooling2DWith { Pooling2DOptions.defaults with Padding = WindowPadding.Same } (2, 2)
let up = upSampling2D (2, 2)
// without padding: 16 by 16 to 14 by 14, and so to 28 by 28
let cut = conv2DWith { same with Padding = WindowPadding.Valid } 16 (3, 3)
let pixels = conv2DWith { same with Activation = Some sigmoid } 1 (3, 3)

let convolutional =
    learn
        "convolutional"
        5
        128
        (conv 16 --> pool --> conv 8 --> pool --> conv 8 --> pool)
        (conv 8 --> up --> conv 8 --> up --> cut --> up --> pixels)

(Report.create "Digits through fewer numbers", [ flat; convolutional ])
||> List.fold (fun report (name, run, rows) ->
    report
    |> Report.addSection name
    |> Report.addModel run.Model
    |> Report.addHistory run.History
    |> Report.addChart
        "Digits, and what came back"
        (Chart.imagesWith { ImageGridOptions.defaults with Columns = 10 } rows))
|> options.Show

let loss (_, run: FitResult, _) = Seq.last run.History["val_loss"]
options.Judge("0.10 - cross-entropy of the dense one", 0.10 - loss flat, 0.0)
options.Judge("0.12 - cross-entropy of the convolutional one", 0.12 - loss convolutional, 0.0)
