// MNIST by a dense network of 784-16-32-10. The idx files are looked for in the folder given, then in FUNCTIONAL_DATA, then in
// ../shared/data/mnist.
//   dotnet build -c Release src/Functional.fsproj && dotnet fsi examples/mnist.fsx [folder] [epochs]

#r "../src/bin/Release/net10.0/Functional.Kernels.dll"
#r "../src/bin/Release/net10.0/Functional.dll"

open Functional

let arguments = fsi.CommandLineArgs |> List.ofArray |> List.tail
let epochs = arguments |> List.tryItem 1 |> Option.map int |> Option.defaultValue 5

let learn (train, test) =
    let run =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.rmsprop 1e-3
                Loss = Loss.sparseCategoricalCrossentropy
                Metrics = [ Metric.accuracy ]
                Epochs = epochs
                BatchSize = 64
                Progress = Progress.lines stdout }
            (dense 16 --> relu --> dropout 0.1 --> dense 32 --> relu --> dropout 0.1 --> dense 10 --> softmax)
            train
            (Key.ofInt 1)

    let accuracy = (run.Model |> Model.evaluate test).Metrics |> List.find (fst >> (=) "accuracy") |> snd
    printfn "test accuracy %.4f" accuracy

match
    (try
        Ok(Dataset.mnist (List.tryHead arguments))
     with :? FunctionalException as e ->
         Error e.Message)
with
| Ok data -> learn data
| Error why -> printfn "skipped: %s" why
