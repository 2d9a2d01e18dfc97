// A generative adversarial network that writes digits, in F#, with a loop written by hand; examples/Gan has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/gan.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Digits written by a generator against a discriminator."
let train, _ = Script.mnist options
let latent, batchSize = 100, 64

let part units =
    dense units --> leakyReluOf 0.2 --> batchNormWith { BatchNormOptions.defaults with Momentum = 0.8 }

let generator =
    Model.create (part 256 --> part 512 --> part 1024 --> dense 784 --> tanh) [ latent ] (Key.ofInt 1)

let discriminator =
    Model.create
        (dense 512 --> leakyReluOf 0.2 --> dense 256 --> leakyReluOf 0.2 --> dense 1 --> sigmoid)
        [ 784 ]
        (Key.ofInt 2)

let written (variables: Variables) (run: Run) count =
    let noise = Random.normal (Key.fold 1 run.Key) [ count; latent ]
    generator.Layer.Apply (Variables.part "generator" variables) run noise

let judged (variables: Variables) run x =
    fst (discriminator.Layer.Apply (Variables.part "discriminator" variables) run x)

let against label (score: Tensor) = Loss.value Loss.binaryCrossentropy (Tensor.fullLike label score) score None
let share (claim: Tensor) = Tensor.mean (Tensor.cast Float32 claim)
let half = Tensor.scalar 0.5
let adam = Optimizer.adamWith { AdamOptions.defaults with LearningRate = 2e-4; Beta1 = 0.5 }

// real digits are to be called 1, written ones 0
let discriminate =
    Step.createWithValues
        (Optimizer.forPaths [ ([ "discriminator" ], adam) ])
        [ "accuracy" ]
        (fun variables run batch ->
            let onReal = judged variables run batch.Features
            let onWritten = judged variables run (fst (written variables run batch.Count))
            let right = (share (Tensor.greater onReal half) + share (Tensor.less onWritten half)) / 2.0
            (against 1.0 onReal + against 0.0 onWritten) / 2.0, [ right ], variables)

// what the generator writes is to be called 1; its batch normalization remembers the averages of these batches
let generate =
    Step.createWithValues (Optimizer.forPaths [ ([ "generator" ], adam) ]) [ "accuracy" ] (fun variables run batch ->
        let digits, next = written variables run batch.Count
        let score = judged variables run digits
        against 1.0 score, [ share (Tensor.greater score half) ], Variables.withPart "generator" next variables)

let both =
    Variables.ofParts [ "generator", generator.Variables; "discriminator", discriminator.Variables ]

let loop = TrainingLoop.create [ discriminate; generate ] both (Key.ofInt 4)
let trained () = generator |> Model.withVariables (Variables.part "generator" loop.Variables)
let noise = Random.normal (Key.ofInt 5) [ 25; latent ]
let epochs = options.EpochsOr 12

let report =
    (Report.create "Digits by a generative adversarial network", [ 1..epochs ])
    ||> List.fold (fun report epoch ->
        for part in train |> Dataset.shuffledBatches batchSize (Key.ofInt epoch) do
            let real = Batch.ofInputs [ part.Features * 2.0 - 1.0 ] []
            let first, second = loop.Run(discriminate, real), loop.Run(generate, real)

            if loop.Count % 1000 = 0 then
                printfn $"step {loop.Count / 2}  discriminator {first} {loop.Values discriminate}  generator {second}"

        let digits = trained () |> Model.predict noise |> Tensor.reshape [ 25; 28; 28 ]

        report
        |> Report.addChart
            $"After epoch {epoch}"
            (Chart.imagesWith { ImageGridOptions.defaults with Columns = 5 } digits))

report |> options.Show
