// The code of README.md, as it stands there, so that it is known to run.
//   dotnet build -c Release src/Charts && dotnet fsi examples/readme.fsx

#I "../src/Charts/bin/Release/net10.0"
#r "Functional.Kernels.dll"
#r "Functional.dll"
#r "Deedle.dll"
#r "Functional.Tables.dll"
#r "Newtonsoft.Json.dll"
#r "XPlot.Plotly.dll"
#r "Functional.Charts.dll"

// what it writes is not kept
System.Environment.CurrentDirectory <- System.IO.Directory.CreateTempSubdirectory().FullName

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

let evaluation = run.Model |> Model.evaluate test
evaluation |> Report.classification |> printfn "%s"

let images =
    Chart.imagePredictions
        test.ClassNames
        test.Labels[..19]
        (Tensor.argmax -1 evaluation.Outputs[..19])
        (Tensor.reshape [ 20; 8; 8 ] test.Features[..19])

Report.create "Handwritten digits"
|> Report.addDataset train
|> Report.addModel run.Model
|> Report.addHistory run.History // curves of loss and accuracy
|> Report.addEvaluation evaluation // scores of each class, confusion matrix
|> Report.addChart "The first of the test, wrong ones in red" images
|> Report.save "digits.html" // one page, which works without a network

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

let sales =
    Dataset.ofInputs
        [ Random.randint 0 5000 (Key.ofInt 3) [ 64; 128 ]; Random.normal (Key.ofInt 4) [ 64; 12 ] ]
        [ Random.normal (Key.ofInt 5) [ 64; 1 ]; Tensor.ones [ 64; 1 ] ]

let sold =
    Learn.fit
        { Fit.defaults with
            Outputs =
                [ { Output.named "price" with LossWeight = 0.5 }
                  { Output.named "sold" with Loss = Some Loss.binaryCrossentropy; Metrics = Some [ Metric.accuracy ] } ] }
        joined
        sales
        (Key.ofInt 6)

printfn $"{sold.History}" // loss, price_loss, sold_accuracy, sold_loss
printfn $"""{sold.Model |> Model.evaluate sales |> Evaluation.output "sold"}"""

let tower = Layer.withSharedWeights (dense 32 --> relu)

let pair =
    Network.graph [ "left", [ 64 ]; "right", [ 64 ] ] (fun inputs ->
        let both = [ inputs["left"] --> tower; inputs["right"] --> tower ]
        [ "same", both --> Merge.multiply --> dense 1 --> sigmoid ])

let translator =
    Network.graph [ "sentence", [ 8 ]; "written", [ 8 ] ] (fun inputs ->
        let states = [ inputs["sentence"] --> embedding 50 16 ] --> gruWithState RecurrentOptions.defaults 32
        let sequences = { RecurrentOptions.defaults with ReturnSequences = true }
        let decoded = [ inputs["written"] --> embedding 50 16; states[1] ] --> gruWithState sequences 32
        [ "next", decoded[0] --> dense 50 --> softmax ])

let source =
    Batches.ofDataset train // or Batches.ofSeq, of names of files, rows, a generator
    |> Batches.shuffle 1000 (Key.ofInt 1)
    |> Batches.mapRandom (Key.ofInt 2) (fun key (x, y) -> x + Random.normal key x.Shape * 0.01, y)
    |> Batches.batch 32
    |> Batches.prefetch 2

let streamed =
    Learn.fitBatches
        { Fit.defaults with
            Loss = Loss.sparseCategoricalCrossentropy
            ValidationBatches = Some(Batches.ofDatasetBy 256 test) }
        (Model.create net [ 64 ] (Key.ofInt 3))
        source
        (Key.ofInt 4)

let generator = Model.create (dense 16 --> relu --> dense 1) [ 2 ] (Key.ofInt 1)
let critic = Model.create (dense 16 --> relu --> dense 1) [ 1 ] (Key.ofInt 2)

let made (variables: Variables) (run: Run) count =
    let noise = Random.normal (Key.fold 1 run.Key) [ count; 2 ]
    fst (generator.Layer.Apply (Variables.part "generator" variables) run noise)

let judged isReal (variables: Variables) run x =
    let y = fst (critic.Layer.Apply (Variables.part "critic" variables) run x)
    Loss.value Loss.binaryCrossentropyFromLogits (Tensor.fullLike isReal y) y None

let discriminate =
    Step.create (Optimizer.forPaths [ [ "critic" ], Optimizer.adam 2e-3 ]) (fun variables run batch ->
        judged 1.0 variables run batch.Features + judged 0.0 variables run (made variables run batch.Count))

let generate =
    Step.create (Optimizer.forPaths [ [ "generator" ], Optimizer.adam 2e-3 ]) (fun variables run batch ->
        judged 1.0 variables run (made variables run batch.Count))

let loop =
    TrainingLoop.create
        [ discriminate; generate ]
        (Variables.ofParts [ "generator", generator.Variables; "critic", critic.Variables ])
        (Key.ofInt 3)

for i in 1..100 do
    let real = Batch.ofInputs [ Random.normal (Key.ofInt i) [ 32; 1 ] * 0.5 + 3.0 ] []
    loop.Run(discriminate, real) |> ignore
    loop.Run(generate, real) |> ignore

let forger = generator |> Model.withVariables (Variables.part "generator" loop.Variables)

let parts =
    Optimizer.forPaths
        [ [ "encoder" ], Optimizer.sgd 0.01; [ "decoder" ], Optimizer.accumulate 4 (Optimizer.adam 1e-3) ]

let flats =
    Csv.parse "city,size,age,rent\nRome,40,12,800\nRome,75,,1200\nParis,30,5,1100\nParis,62,40,1900\nOslo,55,8,1500\n"

printfn $"{Frame.describe flats}"
let byCity = flats |> Grouping.by [ "city" ] [ "flats", Aggregate.Size; "rent", Aggregate.Mean "rent" ]

let rents =
    Pipeline.regressor
        "rent"
        (Preparation.chain [ Imputer.median; Encoder.oneHot; Scaler.standard ])
        (PipelineEnd.Learner(RidgeRegression.learner { RidgeOptions.defaults with Alpha = 0.1 }))
    |> Pipeline.fit flats (Key.ofInt 1)

rents |> FittedPipeline.save "rents.zip"

let rent =
    FittedPipeline.load "rents.zip"
    |> FittedPipeline.predictRecord {| city = "Rome"; size = 60.0; age = 20.0 |}

printfn $"%.0f{rent.Number} a month"

open XPlot.Plotly

let wave shift = [ for i in 0..60 -> sin (float i / 6.0 + shift) ]

let lines =
    Chart.lines [ 0.0 .. 60.0 ] [ "first", wave 0.0; "second", wave 1.0 ] |> Chart.withXTitle "step"

let bars =
    Chart.bars BarMode.Stacked [ "a"; "b" ] [ "this year", [ 2.0; 3.0 ]; "last year", [ 1.0; 2.0 ] ]

let own =
    Chart.ofTraces [ Scatter(y = wave 2.0, mode = "markers") ] |> Chart.withTitle "Traces of one's own"

Chart.subplots 2 [ lines; bars; own ] |> Chart.saveHtml "charts.html" // Chart.savePng, saveSvg: by an installed Chromium

let moving =
    Chart.ofTraces [ Scatter(y = wave 0.0) ]
    |> Chart.animate [ for i in 0..9 -> AnimationFrame.create $"{i}" [ Scatter(y = wave (float i / 3.0)) ] ]

moving |> Chart.saveHtml "moving.html" // a slider and a play button; Chart.saveGif
let xplot = Chart.toXPlot lines // to go on with XPlot

let scale =
    Layer.make "scale" (fun _ shape -> [ "gamma", Tensor.ones shape ], shape) (fun p x -> p["gamma"] * x)

let scaled = dense 8 --> scale --> relu

let device = Device.named "cpu"
let there = tensor [ 1.0; 2.0 ] |> Tensor.toDevice device // in C#: x.To(device), x.Device
let noise = Device.using device (fun () -> Random.normal (Key.ofInt 1) [ 2 ]) // the same numbers on every device
let moved = run.Model |> Model.toDevice device
