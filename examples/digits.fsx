// Learns to read handwritten digits.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/digits.fsx

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
            Epochs = 40
            ValidationSplit = 0.2
            Callbacks = [ Callback.earlyStopping "val_accuracy" 5 ] }
        net
        train
        (Key.ofInt 1)

printfn "%s" (Model.summary run.Model)
let evaluation = run.Model |> Model.evaluate test
evaluation |> Report.classification |> printfn "%s"

// the model is a function: the pixels that speak most for the answer are where its derivative is largest
let image = test.Features[0]

let answer =
    run.Model |> Model.predictClasses (Tensor.expandDims 0 image) |> Tensor.toInts |> Array.head

let belief pixels = (run.Model |> Model.apply (Tensor.expandDims 0 pixels))[0, answer]

let evidence = grad belief image |> Tensor.abs |> Tensor.reshape [ 8; 8 ]

let rows = Tensor.sumOver [ 1 ] evidence
let label = Array.head (Tensor.toInts test.Labels)
let row = Tensor.toInt (Tensor.argmax 0 rows)
printfn "A %d, read as %d; the row that matters most is %d" label answer row

let accuracy = evaluation.Metrics |> List.find (fst >> (=) "accuracy") |> snd
printfn "test accuracy %.4f" accuracy

if accuracy < 0.95 then
    failwith "The digits were not learned."
