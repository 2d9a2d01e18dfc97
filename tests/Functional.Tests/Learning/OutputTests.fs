/// Training models of several inputs and outputs.
module Functional.Tests.OutputTests

open System
open System.Threading
open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.Training

let private key = Key.ofInt 3
let private count = 120

let private numbers = Random.normal (Key.ofInt 11) [ count; 3 ]
let private ids = Tensor.ofInts [ count; 1 ] (Array.init count (fun i -> i * 7 % 5))

/// Numbers and categories decide a price and whether something is sold.
let private price =
    Tensor.sumOver [ 1 ] numbers + Tensor.cast Float32 (Tensor.flatten ids) * 0.5 |> Tensor.expandDims 1

let private sold = Tensor.cast Float32 (Tensor.greater price (Tensor.scalar 1.0))

let private graph activation =
    Network.graph [ "ids", [ 1 ]; "numbers", [ 3 ] ] (fun inputs ->
        let category = inputs["ids"] --> embedding 5 4 --> flatten
        let all = [ category; inputs["numbers"] ] --> concatenate -1 --> dense 16 --> tanh'
        [ "price", all --> dense 1; "sold", all --> dense 1 --> activation ])

let private net = graph sigmoid
let private model () = Model.ofGraph net (Key.ofInt 2)
let private data = Dataset.ofInputs [ ids; numbers ] [ price; sold ]

let private heads =
    [ { Output.named "price" with LossWeight = 0.25; Metrics = Some [ Metric.meanAbsoluteError ] }
      { Output.named "sold" with
          Loss = Some Loss.binaryCrossentropy
          LossWeight = 2.0
          Metrics = Some [ Metric.accuracy; Metric.auc ] } ]

let private options = { Fit.defaults with Optimizer = Optimizer.adam 0.02; Outputs = heads; Epochs = 3 }

let private batch = Batch.ofDataset data

/// The sum of the weighted losses, written by hand; the second output is given as logits where `asLogits` says so.
let private handWritten (weights: float list) (losses: Loss list) (network: Network) asLogits =
    fun variables run (batch: Batch) ->
        let outputs, next = Network.applyLogits asLogits variables run batch.Inputs network

        let each =
            List.zip3 losses batch.Labels outputs
            |> List.map (fun (loss, labels, output) -> Loss.value loss labels output None)

        List.map2 (fun (loss: Tensor) weight -> loss * weight) each weights |> List.reduce (+), next

let private values (variables: Variables) =
    Variables.flatten variables |> List.map (fun v -> v.Path, Tensor.toFloat64Array v.Tensor)

[<Tests>]
let tests =
    [ testCase "two outputs have two losses, weights of losses and metrics, under Keras's names" (fun () ->
          let run = Learn.fit { options with ValidationSplit = 0.25; Epochs = 30 } net data key

          let own =
              [ "loss"; "price_loss"; "price_mean_absolute_error"; "sold_accuracy"; "sold_auc"; "sold_loss" ]

          Expect.Equal<string list>(own @ (own |> List.map (fun name -> "val_" + name)), run.History.Keys)

          for prefix in [ ""; "val_" ] do
              for loss, price, sold in
                  List.zip3
                      run.History[prefix + "loss"]
                      run.History[prefix + "price_loss"]
                      run.History[prefix + "sold_loss"] do
                  Expect.Equal(loss, 0.25 * price + 2.0 * sold, 1e-5)

          Expect.True(List.last run.History["val_price_loss"] < 0.3 * run.History["val_price_loss"].Head)
          Expect.True(List.last run.History["val_sold_accuracy"] > 0.85))

      testCase "training is that of a hand-written sum of the losses, bit for bit" (fun () ->
          let model = model ()
          let _, ofLogits = Loss.binaryCrossentropy.FromLogits.Value

          let step =
              handWritten [ 0.25; 2.0 ] [ Loss.meanSquaredError; ofLogits ] model.Network [ false; true ]
              |> Step.createWith options.Optimizer

          let loop = TrainingLoop.create [ step ] model.Variables key
          let trainer = Trainer.create options model key

          for batch in Dataset.batches 40 data |> Seq.map Batch.ofDataset do
              Expect.Equal(loop.Run(step, batch), trainer.TrainOnBatch batch)

          Expect.Equal<(string * float[]) list>(values loop.Variables, values trainer.State.Variables))

      testCase "loss and gradients are PyTorch's" (fun () ->
          let model = model () |> Model.cast Float64
          let w = dict (Model.weights model)
          let loss, gradient = Learn.lossAndGradient options batch key model

          let script =
              """
import torch
t = {k: torch.tensor(v, requires_grad=k.startswith('w_')) for k, v in x.items()}
rows = t['w_table'][t['ids'].long().reshape(-1)]
hidden = torch.tanh(torch.cat([rows, t['numbers']], 1) @ t['w_k0'] + t['w_b0'])
price = hidden @ t['w_k1'] + t['w_b1']
sold = torch.sigmoid(hidden @ t['w_k2'] + t['w_b2'])
loss = 0.25 * torch.nn.functional.mse_loss(price, t['price']) + 2 * torch.nn.functional.binary_cross_entropy(sold, t['sold'])
loss.backward()
give('loss', loss.detach())
for name in ['w_table', 'w_k0', 'w_b0', 'w_k1', 'w_b1', 'w_k2', 'w_b2']:
    give(name, t[name].grad)
"""

          let paths =
              [ "w_table", "embedding/embeddings"
                "w_k0", "dense/kernel"
                "w_b0", "dense/bias"
                "w_k1", "dense_1/kernel"
                "w_b1", "dense_1/bias"
                "w_k2", "dense_2/kernel"
                "w_b2", "dense_2/bias" ]

          let there =
              Peer.run
                  [ "torch" ]
                  script
                  ([ "ids", ids; "numbers", numbers; "price", price; "sold", sold ]
                   @ (paths |> List.map (fun (name, path) -> name, w[path])))

          Peer.agree 1e-9 "loss" there["loss"] [| loss |]

          for name, path in paths do
              Peer.agree 1e-9 path there[name] (Tensor.toFloat64Array gradient[path]))

      testCase "one loss and the metrics serve all outputs, and options for a number change one" (fun () ->
          let net = branch [ dense 2 |> Layer.named "a"; dense 2 |> Layer.named "b" ]
          let x = Random.normal (Key.ofInt 5) [ 40; 3 ]
          let data = Dataset.ofInputs [ x ] [ Tensor.zeros [ 40; 2 ]; Tensor.ones [ 40; 2 ] ]
          let options = { Fit.defaults with Metrics = [ Metric.meanAbsoluteError ] }
          let run = Learn.fit options net data key

          Expect.Equal<int>(5, run.History.Keys.Length)
          let names = run.Model.OutputNames
          Expect.Contains($"{names[1]}_mean_absolute_error", run.History.Keys)
          let first = { Output.at 0 with LossWeight = 0.0; Metrics = Some [] }
          let before = Model.create net [ 3 ] (fst (Key.split key))
          let run = Learn.fit { options with Outputs = [ first ] } net data key
          Expect.Equal<int>(4, run.History.Keys.Length)
          Expect.Equal(run.History["loss"].Head, run.History[$"{names[1]}_loss"].Head, 1e-6)
          // a loss that does not count moves nothing
          let kernels (model: Model) = Model.weights model |> List.map (snd >> Tensor.toFloat64Array)
          Expect.Equal<float[] list>(List.truncate 2 (kernels before), List.truncate 2 (kernels run.Model)))

      testCase "a source of batches or samples trains as the dataset does" (fun () ->
          let options = { options with Shuffle = false }
          let model = model ()
          let whole = Learn.fitModel options model data key

          for source in
              [ Batches.ofDatasetBy 32 data
                Batches.ofDatasetSamples data |> Batches.batchSamples BatchOptions.defaults ] do
              let run = Learn.fitBatches options model source key
              sameBits whole.Model run.Model
              Expect.Equal<EpochLog list>(whole.History.Epochs, run.History.Epochs))

      testCase "a run is resumed after any batch to the same bits, with callbacks that watch an output" (fun () ->
          let options =
              { options with
                  ValidationSplit = 0.2
                  Callbacks =
                      [ Callback.earlyStopping "val_sold_accuracy" 2; Callback.reduceLROnPlateau "price_loss" 1 ] }

          let whole = Learn.fit options net data key

          for stopAt in 1 .. whole.State.Step - 1 do
              use source = new CancellationTokenSource()

              let stopper =
                  Callback.onBatchEnd (fun m ->
                      if m.Step = stopAt then
                          source.Cancel()

                      [])

              let part =
                  { options with Callbacks = options.Callbacks @ [ stopper ]; CancellationToken = source.Token }

              let part = Learn.fit part net data key
              let path = IO.Path.GetTempFileName()
              TrainState.save path part.State
              let rest = Learn.resume options net data (TrainState.load path)
              IO.File.Delete path
              sameBits whole.Model rest.Model
              Expect.Equal<EpochLog list>(whole.History.Epochs, rest.History.Epochs)) ]
    |> testList "Learning.Outputs"

[<Tests>]
let judging =
    [ testCase "evaluation gives losses and metrics of each output, and each by itself" (fun () ->
          let run = Learn.fit options net data key
          let e = Model.evaluate data run.Model

          Expect.Equal<string list>(
              [ "price_loss"; "sold_loss"; "price_mean_absolute_error"; "sold_accuracy"; "sold_auc" ],
              List.map fst e.Metrics
          )

          let metric = dict e.Metrics
          Expect.Equal(e.Loss.Value, 0.25 * metric["price_loss"] + 2.0 * metric["sold_loss"], 1e-5)

          match Model.predictAll [ ids; numbers ] run.Model with
          | [ ofPrice; ofSold ] ->
              Expect.Equal(
                  Metric.value Metric.meanAbsoluteError price ofPrice,
                  metric["price_mean_absolute_error"],
                  1e-6
              )

              Expect.Equal(Metric.value Metric.accuracy sold ofSold, metric["sold_accuracy"], 1e-9)
              let part = Evaluation.output "sold" e
              Expect.Equal<string list>([ "accuracy"; "auc" ], List.map fst part.Metrics)
              Expect.Equal(bits ofSold, bits part.Outputs)
              Expect.Equal(metric["sold_loss"], part.Loss.Value)
          | outputs -> Expect.Equal(2, outputs.Length)

          Expect.Contains("there are price, sold", errorOf (fun () -> Evaluation.output "rent" e))
          let streamed = Learn.evaluateBatches options (Batches.ofDatasetBy 50 data) run.Model
          Expect.Equal(e.Loss.Value, streamed.Loss.Value, 1e-6)

          for (name, expected), (other, given) in List.zip e.Metrics streamed.Metrics do
              Expect.Equal(name, other)
              Expect.Equal(expected, given, 1e-6)

          Expect.Contains("Evaluation.output", errorOf (fun () -> e.Outputs))
          Expect.Contains("support", e |> Evaluation.output "sold" |> Report.classification))

      testCase "a predictor answers for several inputs and outputs" (fun () ->
          let model = model ()
          let predictor = Predictor.createWith 2 model
          Expect.Equal<int list>([ 2; 6 ], predictor.InputSizes)
          Expect.Equal<int list>([ 2; 2 ], predictor.OutputSizes)
          let firstOf (x: Tensor) = Tensor.sliceAxis 0 0 2 1 x
          let arrays = [| for x in [ ids; numbers ] -> Tensor.toArray (Tensor.cast Float32 (firstOf x)) |]

          let expected =
              [| for y in Model.predictAll [ firstOf ids; firstOf numbers ] model -> Tensor.toArray y |]

          let given = predictor.PredictAll arrays
          Expect.Equal<float32[][]>(expected, given)
          Expect.Contains("PredictAll", errorOf (fun () -> predictor.InputSize))
          Expect.Contains("input 'numbers'", errorOf (fun () -> predictor.PredictAll [| arrays[0]; arrays[0] |])))

      testCase "steps by hand give the losses and metrics of each output" (fun () ->
          let model = model ()
          let step = Learn.trainOnBatch options net
          let next, result = step (Learn.start options model key) batch
          let trainer = Trainer.create options model key
          Expect.Equal(trainer.TrainOnBatch batch, result.Loss)
          Expect.Equal<(string * float[]) list>(values trainer.State.Variables, values next.Variables)

          let all = dict (("loss", result.Loss) :: result.Metrics)
          Expect.Equal<string list>(List.map fst trainer.Metrics, all.Keys |> Seq.sort |> List.ofSeq)

          for name, value in trainer.Metrics do
              Expect.Equal(value, all[name], 1e-6)

          Expect.Equal<Shape list>([ [ count; 1 ]; [ count; 1 ] ], trainer.AllOutputs |> List.map _.Shape)
          Expect.Equal<Shape list>([ [ count; 1 ]; [ count; 1 ] ], result.AllOutputs |> List.map _.Shape)
          Expect.Contains("AllOutputs", errorOf (fun () -> trainer.Outputs)))

      testCase "weights of samples are for all outputs or for each" (fun () ->
          let ofPrice = Tensor.ofArray [ count ] (Array.init count (fun i -> float32 (i % 3)))
          let ofSold = Tensor.ofArray [ count ] (Array.init count (fun i -> if i < 50 then 0.0f else 1.5f))

          let expected (weights: Tensor list) =
              match Model.predictAll [ ids; numbers ] (model ()) with
              | [ a; b ] ->
                  let value loss labels output weights = Tensor.toFloat (Loss.value loss labels output (Some weights))

                  0.25 * value Loss.meanSquaredError price a weights[0]
                  + 2.0 * value Loss.binaryCrossentropy sold b weights[1]
              | _ -> nan

          let loss data = (Learn.evaluate options data (model ())).Loss.Value
          Expect.Equal(expected [ ofPrice; ofSold ], loss (Dataset.withOutputWeights [ ofPrice; ofSold ] data), 1e-5)
          Expect.Equal(expected [ ofPrice; ofPrice ], loss (Dataset.withSampleWeights ofPrice data), 1e-5)
          let trainer = Trainer.create options (model ()) key
          let weighted = batch |> Batch.withOutputWeights [ ofPrice; ofSold ]
          Expect.Equal(expected [ ofPrice; ofSold ], trainer.TrainOnBatch weighted, 1e-5)

          let metric data =
              (Learn.evaluate options data (model ())).Metrics |> List.find (fst >> (=) "sold_accuracy") |> snd

          let rest = data |> Dataset.skip 50
          Expect.Equal(metric rest, metric (Dataset.withOutputWeights [ ofPrice; ofSold ] data), 1e-9))

      testCase "what does not fit is an error that names the output" (fun () ->
          let failure options data = errorOf (fun () -> Learn.fit options net data key)
          let wide = Tensor.zeros [ count; 3 ]
          let labels = Dataset.ofInputs [ ids; numbers ] [ wide; sold ]
          Expect.StartsWith("Fit, output 'price': ", failure options labels)
          Expect.Contains("the last layer 'dense_1' gives 1 output", failure options labels)

          Expect.Contains(
              "Fit: outputs = 1 is not the number of outputs that the model has, which is 2: price, sold.",
              failure options (Dataset.ofInputs [ ids; numbers ] [ price ])
          )

          Expect.Contains(
              "its outputs are price, sold",
              failure { options with Outputs = [ Output.named "rent" ] } data
          )

          Expect.Contains("which has 2: price, sold", failure { options with Outputs = [ Output.at 2 ] } data)

          Expect.Contains(
              "given options 2 times",
              failure { options with Outputs = [ Output.at 0; Output.named "price" ] } data
          )

          Expect.Contains("for classes", failure { options with ClassWeights = Map [ 0, 2.0 ] } data)

          let monitor = { options with Callbacks = [ Callback.earlyStopping "val_loss" 1 ] }
          Expect.Contains("price_loss", failure monitor data)

          Expect.Contains(
              "Fit, output 'sold': the loss binary_crossentropy takes probabilities, but the model ends in a dense layer",
              errorOf (fun () -> Learn.fit options (graph linear) data key)
          )

          let step batch =
              errorOf (fun () -> (Trainer.create options (model ()) key).TrainOnBatch(batch: Batch))

          Expect.Contains("labels = 1", step (Batch.ofInputs [ ids; numbers ] [ price ]))
          Expect.StartsWith("Fit, output 'price'", step (Batch.ofInputs [ ids; numbers ] [ wide; sold ]))

          let three =
              batch
              |> Batch.withOutputWeights [ Tensor.ones [ count ]; Tensor.ones [ count ]; Tensor.ones [ count ] ]

          Expect.Contains("weights = 3", step three)

          Expect.Contains(
              "Fit, input 'numbers'",
              errorOf (fun () -> Learn.fitModel options (model ()) (Dataset.ofInputs [ ids; ids ] [ price; sold ]) key)
          )

          Expect.Contains("input 1", errorOf (fun () -> Dataset.ofInputs [ ids; Tensor.zeros [ 3; 1 ] ] [ price ]))) ]
    |> testList "Learning.Judging"

/// Sequences of three digits, to be given back in reverse, one digit after the other.
let private reversing () =
    let digits = Tensor.toInts (Random.randint 1 5 (Key.ofInt 8) [ 300; 3 ])
    let at row step = digits[3 * row + step]
    let rows f = Tensor.ofInts [ 300; 3 ] (Array.init 900 (fun i -> f (i / 3) (i % 3)))
    // the decoder is given the digit before, and 0 for the first
    let before = rows (fun row step -> if step = 0 then 0 else at row (3 - step))
    Dataset.ofInputs [ rows at; before ] [ rows (fun row step -> at row (2 - step)) ]

[<Tests>]
let networks =
    [ testCase "an encoder-decoder of two inputs learns to reverse" (fun () ->
          let sequences = { RecurrentOptions.defaults with ReturnSequences = true }

          let net =
              Network.graph [ "source", [ 3 ]; "target", [ 3 ] ] (fun inputs ->
                  let source = inputs["source"] --> embedding 5 8

                  match [ source ] --> gruWithState RecurrentOptions.defaults 24 with
                  | [ _; state ] ->
                      let decoded = [ inputs["target"] --> embedding 5 8; state ] --> gruWithState sequences 24
                      [ "next", decoded.Head --> dense 5 --> softmax ]
                  | others -> failwith $"{others.Length} results")

          let run =
              Learn.fit
                  { Fit.defaults with
                      Optimizer = Optimizer.adam 0.02
                      Loss = Loss.sparseCategoricalCrossentropy
                      Metrics = [ Metric.accuracy ]
                      Epochs = 25
                      ValidationSplit = 0.2 }
                  net
                  (reversing ())
                  key

          Expect.Equal<string list>([ "accuracy"; "loss"; "val_accuracy"; "val_loss" ], run.History.Keys)
          Expect.True(List.last run.History["val_accuracy"] > 0.9))

      testCase "a siamese pair is trained, and its weights stay shared" (fun () ->
          let tower = Layer.withSharedWeights (dense 8 --> tanh')

          let net =
              Network.graph [ "left", [ 3 ]; "right", [ 3 ] ] (fun inputs ->
                  let a, b = inputs["left"] --> tower, inputs["right"] --> tower
                  [ "same", [ a; b ] --> Merge.multiply --> dense 1 --> sigmoid ])

          let left = Random.normal (Key.ofInt 1) [ 200; 3 ]
          let sign = Array.init 200 (fun i -> if i % 2 = 0 then 1.0f else -1.0f)
          let right = left * Tensor.ofArray [ 200; 1 ] sign
          let same = Tensor.ofArray [ 200; 1 ] (sign |> Array.map (max 0.0f))

          let options =
              { Fit.defaults with
                  Optimizer = Optimizer.adam 0.02
                  Loss = Loss.binaryCrossentropy
                  Metrics = [ Metric.accuracy ]
                  Epochs = 20 }

          let run = Learn.fit options net (Dataset.ofInputs [ left; right ] [ same ]) key
          Expect.True(List.last run.History["accuracy"] > 0.9)
          Expect.Equal<int>(4, (Model.weights run.Model).Length)
          let predict a b = Model.predictAll [ a; b ] run.Model |> List.exactlyOne
          Expect.Equal(bits (predict left right), bits (predict right left)))

      testCase "of several inputs the sequences are padded, and the labels of their length" (fun () ->
          let sample length : Sample =
              { Inputs = [ Tensor.ofInts [ length ] (Array.create length 1); Tensor.ones [ 2 ] ]
                Labels = [ Tensor.ones [ length ]; Tensor.ones [ 1 ] ]
                Weight = 1.0 }

          let batch = Batch.ofSamples (SequenceLengths.To 5) [ sample 2; sample 4 ]
          let shapes = List.map (fun (x: Tensor) -> x.Shape)
          Expect.Equal<Shape list>([ [ 2; 5 ]; [ 2; 2 ] ], shapes batch.Inputs)
          Expect.Equal<Shape list>([ [ 2; 5 ]; [ 2; 1 ] ], shapes batch.Labels)
          Expect.Equal<Shape list>([ [ 2; 5 ]; [ 2 ] ], shapes batch.Weights)
          let perStep = Tensor.toFloat64Array batch.Weights[0]
          Expect.Equal(10.0, Array.sum perStep, 1e-5)
          Expect.Equal(0.0, perStep[2])

          let net =
              Network.graph [ "ids", [ 4 ]; "numbers", [ 2 ] ] (fun inputs ->
                  let sequences = { RecurrentOptions.defaults with ReturnSequences = true }
                  let steps = inputs["ids"] --> embedding 3 4 --> lstmWith sequences 4
                  [ "step", steps --> dense 1; "all", inputs["numbers"] --> dense 1 ])

          let model = Model.ofGraph net key
          let x = Tensor.ofInts [ 6; 4 ] (Array.init 24 (fun i -> i % 3))
          let y = Tensor.reshape [ 6; 4; 1 ] (Tensor.cumsum 1 (Tensor.cast Float32 x))
          let data = Batches.ofSeq [ Batch.ofInputs [ x; Tensor.ones [ 6; 2 ] ] [ y; Tensor.ones [ 6; 1 ] ] ]
          let options = { Fit.defaults with KeepStepLosses = true }
          let plain = Learn.fitBatches options model data key

          let padded =
              Learn.fitBatches { options with Lengths = SequenceLengths.ToBuckets [ 3; 9 ] } model data key

          Expect.Equal(plain.StepLosses.Head, padded.StepLosses.Head, 5)) ]
    |> testList "Learning.Graphs"
