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

let encoder = Layer.named "encoder" (dense 32 --> relu --> dense 8)
let decoder = Layer.named "decoder" (dense 32 --> relu --> dense 64)
let autoencoder = Model.create (encoder --> decoder) [ 64 ] (Key.ofInt 1)

Model.layers autoencoder
|> List.iter (fun l -> printfn $"{l.Path} {l.Kind} {l.OutputShape} {l.Parameters}")

let codes = autoencoder |> Model.part "encoder" |> Model.predict test.Features

let maps =
    autoencoder |> Model.outputs [ "encoder/dense"; "encoder" ] |> Model.predictAll [ test.Features ]

let frozen = autoencoder |> Model.freeze [ "encoder" ]

let joined =
    Network.graph [ "ids", [ 128 ]; "numbers", [ 12 ] ] (fun inputs ->
        let text = inputs["ids"] --> embedding 5000 64 --> lstm 32
        let all = [ text; inputs["numbers"] --> dense 16 ] --> concatenate -1
        [ "price", all --> dense 1; "sold", all --> dense 1 --> sigmoid ])

let prices = Model.ofGraph joined (Key.ofInt 2)

let scale =
    Layer.make "scale" (fun _ shape -> [ "gamma", Tensor.ones shape ], shape) (fun p x -> p["gamma"] * x)

let scaled = dense 8 --> scale --> relu
