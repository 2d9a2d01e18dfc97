// Iris by networks that are too small, too large, and held back, in F#; examples/Fitting has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/capacity.fsx [--help] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Under- and overfitting, and four ways to hold a large network back."

// 50 flowers are learned, whose scale is that of all
let train, test =
    let test, train = Dataset.iris () |> Dataset.splitStratified (1.0 / 3.0) (Key.ofInt 3)
    let mean, deviation = Tensor.meanOver [ 0 ] train.Features, Tensor.stdOver [ 0 ] train.Features
    let scaled = Dataset.mapFeatures (fun x -> (x - mean) / deviation)
    scaled train, scaled test

let fit name callbacks (network: Layer<Tensor, Tensor>) =
    let run =
        Learn.fit
            { Fit.defaults with
                Optimizer = Optimizer.adam 0.005
                Loss = Loss.sparseCategoricalCrossentropy
                Metrics = [ Metric.accuracy ]
                Epochs = options.EpochsOr 400
                BatchSize = 16
                ValidationData = Some test
                Callbacks = callbacks }
            (network --> dense 3 --> softmax)
            train
            (Key.ofInt 1)

    let loss, validation = Seq.last run.History["loss"], run.History["val_loss"]
    let parameters = Model.parameterCount run.Model

    printfn
        $"{name, -14} {parameters, 6} parameters, loss %.4f{loss}, validation %.4f{Seq.last validation}, at best \
          %.4f{Seq.min validation}"

    [ name; $"{parameters}"; $"%.4f{loss}"; $"%.4f{Seq.last validation}"; $"%.4f{Seq.min validation}" ], run

let largeWith regularizer (drop: float) =
    let layer =
        denseWith { DenseOptions.defaults with Activation = Some relu; KernelRegularizer = regularizer } 128

    layer --> dropout drop --> layer --> dropout drop

let fits =
    [ fit "too small" [] (Layer.ofFunction "first" (fun x -> x[*, ..0]))
      fit "just right" [] (dense 4 --> tanh)
      fit "too large" [] (largeWith None 0.0)
      fit "with dropout" [] (largeWith None 0.5)
      fit "with L1" [] (largeWith (Some(Regularizer.l1 0.002)) 0.0)
      fit "with L2" [] (largeWith (Some(Regularizer.l2 0.005)) 0.0)
      fit
          "stopped early"
          [ Callback.earlyStoppingWith
                { EarlyStoppingOptions.defaults with
                    Monitor = "val_loss"
                    Patience = 30
                    RestoreBestWeights = true } ]
          (largeWith None 0.0) ]

let losses (row: string list, run: FitResult) =
    Chart.lines
        [ for i in 1 .. run.History["loss"].Length -> float i ]
        [ "loss", run.History["loss"]; "validation", run.History["val_loss"] ]
    |> Chart.withTitle row.Head
    |> Chart.withLogY

let large, stopped = snd fits[2], snd (List.last fits)
printfn $"stopped epoch: %A{stopped.StoppedEpoch}, best epoch: %A{stopped.BestEpoch}"

Report.create "Capacity"
|> Report.addTable [ "network"; "parameters"; "loss"; "validation loss"; "at best" ] (List.map fst fits)
|> Report.addChart "" (Chart.subplots 2 (fits |> List.map losses))
|> options.Show

// the large network forgets what it knew of other flowers; the one that is stopped does not
let kept = Seq.min stopped.History["val_loss"]
options.Judge("times less validation loss when stopped early", Seq.last large.History["val_loss"] / kept, 1.0)
