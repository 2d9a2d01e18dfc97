// Tells three kinds of iris apart by the lengths of their leaves.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/iris.fsx

#r "../src/bin/Release/net10.0/Functional.Kernels.dll"
#r "../src/bin/Release/net10.0/Functional.dll"

open Functional

let train, test = Dataset.iris () |> Dataset.splitStratified 0.3 (Key.ofInt 4)

// each feature is shifted and scaled by what the training samples alone say of it
let mean = Tensor.meanOver [ 0 ] train.Features
let deviation = Tensor.stdOver [ 0 ] train.Features
let standardize = Dataset.mapFeatures (fun x -> (x - mean) / deviation)

let run =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 0.02
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = 200
            BatchSize = 16
            ValidationSplit = 0.2
            Callbacks = [ Callback.earlyStopping "val_loss" 30 ] }
        (dense 16 --> relu --> dense 3 --> softmax)
        (standardize train)
        (Key.ofInt 2)

let evaluation = run.Model |> Model.evaluate (standardize test)
evaluation |> Report.classification |> printfn "%s"

let accuracy = evaluation.Metrics |> List.find (fst >> (=) "accuracy") |> snd
printfn "test accuracy %.4f" accuracy

if accuracy < 0.95 then
    failwith "The kinds were not told apart."
