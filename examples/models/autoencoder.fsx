// A variational autoencoder of digits, in F#; examples/Autoencoders has it in C#, beside other autoencoders.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/autoencoder.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "A variational autoencoder of digits, and its latent plane."
let train, test = Script.mnist options

let encoder = Model.create (dense 512 --> relu --> dense 256 --> relu --> dense 4) [ 784 ] (Key.ofInt 1)

let decoder =
    Model.create (dense 256 --> relu --> dense 512 --> relu --> dense 784 --> sigmoid) [ 2 ] (Key.ofInt 2)

// the negative of the evidence's lower bound, per image: cross-entropy of all pixels, and the divergence from the normal
// distribution; a code is drawn by its mean and deviation, so that both have gradients
let bound (variables: Variables) (run: Run) (batch: Batch) =
    let pixels = batch.Features
    let code = fst (encoder.Layer.Apply (Variables.part "encoder" variables) run pixels)
    let mean, logVariance = code[*, 0..1], code[*, 2..3]
    let drawn = mean + exp (logVariance / 2.0) * Random.normal (Key.fold 1 run.Key) mean.Shape
    let made = fst (decoder.Layer.Apply (Variables.part "decoder" variables) run drawn)
    let reconstruction = 784.0 * Loss.value Loss.binaryCrossentropy pixels made None
    let divergence = Tensor.sumOver [ 1 ] (Tensor.square mean + exp logVariance - 1.0 - logVariance) / 2.0
    let divergence = Tensor.mean divergence
    reconstruction + divergence, [ reconstruction; divergence ], variables

let step = Step.createWithValues (Optimizer.adam 1e-3) [ "reconstruction"; "divergence" ] bound
let both = Variables.ofParts [ "encoder", encoder.Variables; "decoder", decoder.Variables ]
let loop = TrainingLoop.create [ step ] both (Key.ofInt 3)

for epoch in 1 .. options.EpochsOr 15 do
    loop.ResetLoss()

    for part in train |> Dataset.shuffledBatches 128 (Key.ofInt epoch) do
        loop.Run(step, Batch.ofInputs [ part.Features ] []) |> ignore

    printfn $"epoch {epoch}  loss %.2f{loop.Loss step}  last batch {loop.Values step}"

let trained name model = model |> Model.withVariables (Variables.part name loop.Variables)
let means = (trained "encoder" encoder |> Model.predict test.Features)[*, 0..1]
let back = trained "decoder" decoder |> Model.predict means
let rows = Tensor.concat 0 [ test.Features[..9]; back[..9] ] |> Tensor.reshape [ 20; 28; 28 ]
let plane = LatentPlane.ofModel LatentSpacing.Normal 20 (trained "decoder" decoder)

Report.create "A variational autoencoder of digits"
|> Report.addChart "Digits, and what came back" (Chart.imagesWith { ImageGridOptions.defaults with Columns = 10 } rows)
|> Report.addChart "What the decoder makes of the plane" (Chart.latentPlane plane)
|> options.Show

let error = Tensor.toFloat (Tensor.mean (Tensor.square (back - test.Features)))
options.Judge("1 - mean squared error", 1.0 - error, 0.955)
