/// Training on sources of batches instead of datasets.
module Functional.Tests.SourceTests

open System
open Expecto
open Functional
open Functional.Tests.Training

let private key = Key.ofInt 3

let private sameHistory (a: FitResult) (b: FitResult) =
    sameBits a.Model b.Model
    Expect.Equal<EpochLog list>(a.History.Epochs, b.History.Epochs)

let private source = Batches.ofDataset train

[<Tests>]
let tests =
    [ testCase "a source of the samples in their order trains as the dataset does" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let options = { options with Shuffle = false; ValidationData = Some train }
          let whole = Learn.fitModel options model train key

          for batched in
              [ source |> Batches.batch 32
                source |> Batches.batch 32 |> Batches.prefetch 2
                Batches.ofDatasetBy 32 train
                Batches.ofPasses None (fun _ -> Batches.batch 32 source :> seq<Batch>) ] do
              sameHistory whole (Learn.fitBatches options model batched key)

          let validation =
              { options with ValidationData = None; ValidationBatches = Some(Batches.ofDatasetBy 32 train) }

          sameHistory whole (Learn.fitBatches validation model (Batches.batch 32 source) key))

      testCase "a run over a shuffled source is resumed inside an epoch to the same bits" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)

          let batched =
              source
              |> Batches.shuffle 50 (Key.ofInt 4)
              |> Batches.mapRandom (Key.ofInt 5) (fun key (x, y) -> x + Random.normal key x.Shape * 0.01, y)
              |> Batches.batch 32
              |> Batches.prefetch 2

          for steps in [ None; Some 5; Some 9 ] do
              let options = { options with StepsPerEpoch = steps }
              let whole = Learn.fitBatches options model batched key
              Expect.Equal(3 * Option.defaultValue 7 steps, whole.State.Step)

              for stopAt in [ 1; 7; 8; 13 ] do
                  let stopper =
                      Callback.onBatchEnd (fun m ->
                          [ if m.Step = stopAt then
                                CallbackAction.Stop ])

                  let part = Learn.fitBatches { options with Callbacks = [ stopper ] } model batched key
                  Expect.Equal(stopAt, part.State.Step)
                  sameHistory whole (Learn.resumeBatches options model batched part.State))

      testCase "steps per epoch go on where the epoch before ended, in memory as from sources" (fun () ->
          let seen = ResizeArray<float>()

          let spy =
              Metric.create "spy" (fun () ->
                  { new MetricState() with
                      override _.Add(labels, _, _) = seen.AddRange(Tensor.toFloat64Array labels)
                      override _.Result = 0.0 })

          let numbered =
              Dataset.ofTensors (Tensor.zeros [ 7; 2 ]) (Tensor.reshape [ 7; 1 ] (Tensor.arange 0.0 7.0 1.0))

          let options =
              { Fit.defaults with
                  Metrics = [ spy ]
                  Epochs = 3
                  BatchSize = 2
                  Shuffle = false
                  StepsPerEpoch = Some 3 }

          Learn.fit options (dense 1) numbered key |> ignore
          let expected = [ 0..6 ] @ [ 0..6 ] @ [ 0; 1 ] |> List.map float
          Expect.Equal<float list>(expected, List.ofSeq seen)
          seen.Clear()
          let model = Model.create (dense 1) [ 2 ] (Key.ofInt 1)
          let endless = Batches.ofDataset numbered |> Batches.batch 2 |> Batches.forever
          Learn.fitBatches options model endless key |> ignore
          Expect.Equal<float list>(expected, List.ofSeq seen))

      testCase "what a source cannot do is refused" (fun () ->
          let model = Model.create net [ 2 ] (Key.ofInt 1)

          let message options source =
              (Expect.Throws<FunctionalException>(fun () -> Learn.fitBatches options model source key |> ignore))
                  .Message

          Expect.Contains("the source of batches is empty", message options (Batches.ofSeq []))

          Expect.Contains(
              "cannot be taken of a source",
              message { options with ValidationSplit = 0.1 } (Batches.batch 32 source)
          )

          Expect.Contains(
              "stepsPerEpoch = 0",
              message { options with StepsPerEpoch = Some 0 } (Batches.batch 32 source)
          ))

      testCase "lengths in buckets compile as many steps as there are buckets" (fun () ->
          let model = Model.create (lstm 4 --> dense 1) [ 5; 1 ] (Key.ofInt 1)

          let sample length =
              Tensor.full [ length; 1 ] (float length), Tensor.ofArray [ 1 ] [| float32 length |]

          let varied = Batches.init 40 (fun i -> sample (1 + i % 20)) |> Batches.batch 1
          let options = { Fit.defaults with Lengths = SequenceLengths.ToBuckets [ 10; 20 ]; Epochs = 1 }
          let before = Plan.compilations ()
          let run = Learn.fitBatches options model varied key
          Expect.Equal(40, run.State.Step)
          Expect.InRange(Plan.compilations () - before, 0L, 20L)
          Expect.True(Double.IsFinite run.History["loss"].Head))
      |> testSequenced

      testCase "padding labels with buckets leaves the loss of a causal network as it is" (fun () ->
          let model =
              Model.create
                  (lstmWith { RecurrentOptions.defaults with ReturnSequences = true } 4 --> dense 1)
                  [ 6; 1 ]
                  (Key.ofInt 1)

          let x = Random.normal (Key.ofInt 1) [ 8; 6; 1 ]
          let data = Batches.ofSeq [ Batch.ofTensors x (Tensor.cumsum 1 x) ]
          let options = { Fit.defaults with Epochs = 1; KeepStepLosses = true }
          let plain = Learn.fitBatches options model data key
          let padded = Learn.fitBatches { options with Lengths = SequenceLengths.To 11 } model data key
          Expect.Equal(plain.StepLosses.Head, padded.StepLosses.Head, 5)) ]
    |> testList "Learning.Source"
