// The code of README.md, as it stands there, so that it is known to run.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/readme.fsx

#r "../src/bin/Release/net10.0/Functional.Kernels.dll"
#r "../src/bin/Release/net10.0/Functional.dll"

open Functional

let train, test = Dataset.digits () |> Dataset.splitStratified 0.25 (Key.ofInt 4)

let net = dense 100 --> relu --> dropout 0.3 --> dense 10 --> softmax

let run =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.chain [ Optimizer.clipByGlobalNorm 1.0; Optimizer.adam 1e-3 ]
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = 20
            ValidationSplit = 0.2
            Callbacks = [ Callback.earlyStopping "val_accuracy" 5 ] }
        net
        train
        (Key.ofInt 1)

run.Model |> Model.evaluate test |> Report.classification |> printfn "%s"

let f (x: Tensor) = Tensor.sum (Tensor.sin x * x)
let value, slope = fgrad f (tensor [ 0.3; 1.1; 2.0 ])
let curvature = hessian f (tensor [ 0.3; 1.1; 2.0 ])
let perSample = vmap (grad f) (tensor [ [ 0.3; 1.1 ]; [ 2.0; 0.7 ] ])
let fast = Tensor.compile (grad f) // traced once, fused, laid out in memory

let gradients (xs: Tensor list) = [ grad f xs.Head ]
printfn "%s" (Plan.describe gradients [ tensor [ 0.3; 1.1; 2.0 ] ])
printfn "%s" (Plan.profile 10 gradients [ tensor [ 0.3; 1.1; 2.0 ] ]).Table

let predictor = Predictor.create run.Model // for servers: microseconds a row, no garbage, any number of threads
let probabilities = predictor.Predict(Array.zeroCreate predictor.InputSize)

let scale =
    Layer.make "scale" (fun _ shape -> [ "gamma", Tensor.ones shape ], shape) (fun p x -> p["gamma"] * x)

let scaled = dense 8 --> scale --> relu
