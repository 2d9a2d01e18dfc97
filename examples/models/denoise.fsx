// Digits with noise go in, and the digits without it are to come out, in F#; examples/Autoencoders has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/denoise.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Noise of deviation 0.5 taken from digits: 0.12 of its squared error left."
let train, test = Script.mnistImages options

let noisy key (images: Tensor) = images + 0.5 * Random.normal key images.Shape |> Tensor.clamp 0.0 1.0

let same = { Conv2DOptions.defaults with Padding = WindowPadding.Same }
let conv filters = conv2DWith { same with Activation = Some relu } filters (3, 3)

let down =
    conv 32 --> maxPooling2DWith { Pooling2DOptions.defaults with Padding = WindowPadding.Same } (2, 2)

let up = conv 32 --> upSampling2D (2, 2)

let network =
    down --> down --> up --> up --> conv2DWith { same with Activation = Some sigmoid } 1 (3, 3)

let model = Model.create network [ 28; 28; 1 ] (Key.ofInt 1)
printfn $"{Model.summary model}"
let given = noisy (Key.ofInt 1) test.Features

let run =
    Learn.fitModel
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.binaryCrossentropy
            Epochs = options.EpochsOr 5
            BatchSize = 128
            ValidationData = Some(Dataset.ofTensors given test.Features)
            Progress = Progress.lines stdout }
        model
        (Dataset.ofTensors (noisy (Key.ofInt 2) train.Features) train.Features)
        (Key.ofInt 1)

let clean = run.Model |> Model.predict given
let error (images: Tensor) = Tensor.toFloat (Tensor.mean (Tensor.square (images - test.Features)))
printfn $"mean squared error %.4f{error given} with the noise, %.4f{error clean} without"

let rows =
    [ test.Features; given; clean ]
    |> List.map (fun images -> images[..9])
    |> Tensor.concat 0
    |> Tensor.reshape [ 30; 28; 28 ]

Report.create "Noise taken away"
|> Report.addModel run.Model
|> Report.addHistory run.History
|> Report.addSection "Test digits"
|> Report.addChart
    "Digits, with noise, and what the network makes of that"
    (Chart.imagesWith { ImageGridOptions.defaults with Columns = 10 } rows)
|> options.Show

options.Judge("share of the squared error taken away", 1.0 - error clean / error given, 0.88)
