// Two networks against each other that begin with 7x7 pixels, and grow to 14x14 and 28x28 (Karras et al., 2018), in F#;
// examples/Gan has it in C#.
//   dotnet build -c Release src/Charts && dotnet fsi examples/models/progressive.fsx [--help] [--data DIR] [--quick]

#load "Script.fsx"

open Functional

let options = Script.options "Digits by networks that grow: 8 of 10 digits, mean confidence 0.7."
let train, test = Script.mnistImages options
let latent, batchSize = 64, 64

let channels = 32

let conv filters size =
    conv2DWith { Conv2DOptions.defaults with Padding = WindowPadding.Same } filters (size, size)

let leaky = leakyReluOf 0.2
let half = averagePooling2D (2, 2)

// a new block of layers is faded in: the input goes from 0, where the old ones alone count, to 1
let faded (old: Symbol) (fresh: Symbol) (fade: Symbol) =
    let mix (xs: Tensor list) = xs[0] * (1.0 - xs[2]) + xs[1] * xs[2]
    [ old; fresh; fade ] --> Layer.ofFunctionOfMany "fade" mix

let generator stage =
    let block i =
        let part = conv channels 3 --> leaky --> batchNorm
        part --> part |> Layer.named $"block{i}"

    let pixels i = conv 1 1 --> tanh |> Layer.named $"pixels{i}"

    Network.graph [ "noise", [ latent ]; "fade", [ 1; 1; 1 ] ] (fun inputs ->
        let start = dense (7 * 7 * 32) --> leaky |> Layer.named "start"
        let first = inputs["noise"] --> start --> reshape [ 7; 7; 32 ] --> block 0

        let old, maps =
            ((first, first), [ 1..stage ])
            ||> List.fold (fun (_, maps) i -> maps, maps --> upSampling2D (2, 2) --> block i)

        let before =
            if stage = 0 then
                old --> pixels 0
            else
                old --> pixels (stage - 1) --> upSampling2D (2, 2)

        let after = if stage = 0 then before else maps --> pixels stage
        [ ("image", faded before after inputs["fade"]) ])

let discriminator stage =
    let side = 7 <<< stage
    let read i = conv channels 1 --> leaky |> Layer.named $"read{i}"
    let block i = conv channels 3 --> leaky --> half |> Layer.named $"block{i}"
    let last = conv 32 3 --> leaky --> flatten --> dropout 0.3 --> dense 1 |> Layer.named "block0"

    Network.graph [ "image", [ side; side; 1 ]; "fade", [ 1; 1; 1 ] ] (fun inputs ->
        let fresh = inputs["image"] --> read stage

        let maps =
            (fresh, [ stage .. -1 .. 1 ])
            ||> List.fold (fun maps i ->
                let smaller = maps --> block i

                if i = stage then
                    faded (inputs["image"] --> half --> read (i - 1)) smaller inputs["fade"]
                else
                    smaller)

        let maps = if stage = 0 then faded maps maps inputs["fade"] else maps
        [ ("score", maps --> last) ])

let apply (model: Model) part (variables: Variables) run xs =
    let ys, next = Network.apply (Variables.part part variables) run xs model.Network
    List.head ys, Variables.withPart part next variables

let steps = if options.Quick then 10 else 900 * options.EpochsOr 1

/// The batches of a stage: images of its size, and how far its layers are faded in.
let batches stage =
    let size = 28 >>> (2 - stage)
    let within = 28 / size

    seq {
        for epoch in Seq.initInfinite id do
            for part in train |> Dataset.shuffledBatches batchSize (Key.ofInt epoch) do
                if part.Count = batchSize then
                    part.Features * 2.0 - 1.0
    }
    |> Seq.truncate steps
    |> Seq.mapi (fun i images ->
        let fade = min 1.0 (float i / float (steps / 2))
        // the mean of the pixels that become one
        let images =
            Tensor.reshape [ batchSize; size; within; size; within; 1 ] images |> Tensor.meanOver [ 2; 4 ]

        Batch.ofInputs [ images; Tensor.full [ batchSize; 1; 1; 1 ] fade ] [])

let learn stage (generator: Model) (discriminator: Model) =
    let images variables (run: Run) (batch: Batch) =
        let noise = Random.normal (Key.fold 1 run.Key) [ batchSize; latent ]
        apply generator "generator" variables run [ noise; batch.Inputs[1] ]

    let against label variables run images fade =
        let score = fst (apply discriminator "discriminator" variables run [ images; fade ])
        let fromLogits = Loss.binaryCrossentropyWith { CrossentropyOptions.defaults with FromLogits = true }
        Loss.value fromLogits (Tensor.fullLike label score) score None

    let own part =
        Optimizer.forPaths
            [ ([ part ], Optimizer.adamWith { AdamOptions.defaults with LearningRate = 4e-4; Beta1 = 0.5 }) ]

    let discriminate =
        Step.create (own "discriminator") (fun variables run batch ->
            against 0.9 variables run batch.Inputs[0] batch.Inputs[1]
            + against 0.0 variables run (fst (images variables run batch)) batch.Inputs[1])

    let generate =
        Step.createWith (own "generator") (fun variables run batch ->
            let made, next = images variables run batch
            against 1.0 variables run made batch.Inputs[1], next)

    let both =
        Variables.ofParts [ "generator", generator.Variables; "discriminator", discriminator.Variables ]

    let loop = TrainingLoop.create [ discriminate; generate ] both (Key.ofInt 4)

    for batch in batches stage do
        let first, second = loop.Run(discriminate, batch), loop.Run(generate, batch)

        if loop.Count % 600 = 0 then
            printfn $"step {loop.Count / 2, 5}  discriminator %.4f{first}  generator %.4f{second}"

    let trained name model = model |> Model.withVariables (Variables.part name loop.Variables)
    trained "generator" generator, trained "discriminator" discriminator

// the layers that the smaller network had go on from what they have learned
let grown (smaller: Model option) (larger: Model) =
    match smaller with
    | Some model -> larger |> Model.withMatchingWeights (Model.weights model) |> fst
    | None -> larger

let written key count (generator: Model) =
    generator
    |> Model.predictAll [ Random.normal key [ count; latent ]; Tensor.ones [ count; 1; 1; 1 ] ]
    |> List.head

let time = System.Diagnostics.Stopwatch.StartNew()

let report, networks =
    ((Report.create "Digits that grow", None), [ 0..2 ])
    ||> List.fold (fun (report, networks) stage ->
        let side = 7 <<< stage

        let g =
            Model.createMany (generator stage) [ [ latent ]; [ 1; 1; 1 ] ] (Key.ofInt (10 + stage))
            |> grown (Option.map fst networks)

        let d =
            Model.createMany (discriminator stage) [ [ side; side; 1 ]; [ 1; 1; 1 ] ] (Key.ofInt (20 + stage))
            |> grown (Option.map snd networks)

        printfn $"{side}x{side}: {Model.parameterCount g} and {Model.parameterCount d} parameters"
        let g, d = learn stage g d
        let images = g |> written (Key.ofInt 5) 30 |> Tensor.reshape [ 30; side; side ]
        let chart = Chart.imagesWith { ImageGridOptions.defaults with Columns = 10 } images
        report |> Report.addChart $"{side}x{side} pixels" chart, Some(g, d))

printfn $"%.0f{time.Elapsed.TotalSeconds} s"
report |> options.Show

// a classifier of real digits reads the written ones
let classifier =
    Learn.fit
        { Fit.defaults with
            Optimizer = Optimizer.adam 1e-3
            Loss = Loss.sparseCategoricalCrossentropy
            Metrics = [ Metric.accuracy ]
            Epochs = 5
            BatchSize = 128 }
        (flatten --> dense 256 --> relu --> dropout 0.2 --> dense 10 --> softmax)
        train
        (Key.ofInt 7)

let probabilities =
    classifier.Model |> Model.predict ((written (Key.ofInt 6) 1000 (fst networks.Value) + 1.0) / 2.0)

let counts = Tensor.toInts (Tensor.argmax -1 probabilities) |> Seq.countBy id |> Seq.sort |> List.ofSeq
printfn $"it reads: %A{counts}"
options.Judge("digits that appear", float (counts |> List.filter (fun (_, count) -> count >= 10) |> List.length), 8.0)
options.Judge("mean confidence", Tensor.toFloat (Tensor.mean (Tensor.maxOver [ 1 ] probabilities)), 0.7)
