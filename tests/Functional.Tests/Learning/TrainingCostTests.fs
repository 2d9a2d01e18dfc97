/// What training may cost: memory, compilations, copies.
module Functional.Tests.TrainingCostTests

open System
open Expecto
open Functional
open Functional.Tests.Training

let private key = Key.ofInt 3

/// A model and samples whose batches are large enough to be gathered on another thread.
let private wide () =
    let x = Random.normal (Key.ofInt 1) [ 300; 600 ]
    let y = Tensor.argmax 1 (Tensor.sliceAxis 1 0 4 1 x)
    Dataset.ofTensors x y

[<Tests>]
let tests =
    [ testCase "rows taken as a pass goes give the bits of rows gathered before" (fun () ->
          let data = wide ()
          let net = dense 16 --> relu --> dense 4 --> softmax
          let model = Model.create net [ 600 ] (Key.ofInt 1)
          let run = Learn.fitModel options model data key

          // the same batches, made by hand
          let trainer = Trainer.create options model key

          for pass in 0..2 do
              let order = SampleOrder.shuffled (key |> Key.fold 0x73687566 |> Key.fold pass) 300

              for rows in Array.chunkBySize 32 order do
                  let part = Dataset.rows rows data
                  trainer.TrainOnBatch(part.Features, part.Labels) |> ignore

          sameBits run.Model trainer.Model

          for threads in [ 1; 2; 8 ] do
              use _ = Functional.Kernels.KernelScope.UseThreads threads
              sameBits run.Model (Learn.fitModel options model data key).Model)

      lawWith
          50
          "the order of a pass has each sample once, all places about as often"
          (fun (FsCheck.PositiveInt seed) ->
              let orders = [ for pass in 0..599 -> SampleOrder.shuffled (Key.ofInt seed |> Key.fold pass) 6 ]

              for order in orders do
                  Expect.Equal<int[]>([| 0..5 |], Array.sort order)

              // 100 expected at each of 36 places; chi-square with 25 degrees of freedom is above 62 once in 17,000 times
              let counts =
                  [ for place in 0..5 do
                        for number in 0..5 ->
                            orders |> List.sumBy (fun order -> if order[place] = number then 1.0 else 0.0) ]

              let chiSquare = counts |> List.sumBy (fun count -> (count - 100.0) ** 2.0 / 100.0)
              Expect.True(chiSquare < 62.0, $"chi-square {chiSquare}"))

      testCase "an epoch more allocates little more than its order" (fun () ->
          let data = wide ()
          let model = Model.create (dense 16 --> relu --> dense 4 --> softmax) [ 600 ] (Key.ofInt 1)

          let allocated epochs =
              let before = GC.GetTotalAllocatedBytes true

              Learn.fitModel { options with Epochs = epochs; BatchSize = 4; Metrics = [] } model data key
              |> ignore

              GC.GetTotalAllocatedBytes true - before

          allocated 2 |> ignore
          let perStep = float (allocated 42 - allocated 2) / (40.0 * 75.0)
          Expect.True(perStep < 1000.0, $"{perStep} bytes a step"))
      |> testSequenced

      testCase "a learning rate set at every batch copies no parameters" (fun () ->
          let data = Dataset.ofTensors (Tensor.ones [ 64; 1000 ]) (Tensor.ones [ 64; 1000 ])
          let model = Model.create (dense 1000) [ 1000 ] (Key.ofInt 1)

          let setting =
              Callback.onBatchEnd (fun m -> [ CallbackAction.SetLearningRate(m.LearningRate.Value * 0.999) ])

          let allocated epochs callbacks =
              let before = GC.GetTotalAllocatedBytes true

              Learn.fitModel { Fit.defaults with Epochs = epochs; BatchSize = 8; Callbacks = callbacks } model data key
              |> ignore

              GC.GetTotalAllocatedBytes true - before

          allocated 1 [ setting ] |> ignore
          let more = allocated 6 [ setting ] - allocated 1 [ setting ]
          // 40 steps on parameters of 4 MB
          Expect.True(float more / 40.0 < 40000.0, $"{more} bytes in 40 steps"))
      |> testSequenced

      testCase "the second fit, evaluation and prediction compile nothing" (fun () ->
          let model = Model.create (dense 7 --> relu --> dense 3 --> softmax) [ 2 ] (Key.ofInt 1)

          let use' () =
              let run = Learn.fitModel { options with ValidationSplit = 0.2 } model train key
              Model.evaluate train run.Model |> ignore
              Model.predict train.Features run.Model |> ignore

          use' ()
          let before = Plan.compilations ()
          use' ()
          Expect.Equal(0L, Plan.compilations () - before))
      |> testSequenced

      testCase "a source larger than memory trains in flat memory" (fun () ->
          // 2 GB in batches of 4 MB
          let total, width = 500, 4096
          let most = ref 0L

          let big =
              Batches.init total (fun i ->
                  if i % 50 = 49 then
                      most.Value <- max most.Value (GC.GetTotalMemory true)

                  let x = Tensor.ofArray [ 256; width ] (Array.create (256 * width) (float32 (i % 7)))
                  Batch.ofTensors x (Tensor.ones [ 256; 1 ]))
              |> Batches.prefetch 2

          let model = Model.create (dense 1) [ width ] (Key.ofInt 1)
          let before = GC.GetTotalMemory true
          let run = Learn.fitBatches { Fit.defaults with Optimizer = Optimizer.sgd 1e-6 } model big key
          Expect.Equal(total, run.State.Step)
          let grown = (most.Value - before) / 1_000_000L
          Expect.True(grown < 100L, $"{grown} MB more at most, of {total * 4} MB gone through"))
      |> testSequenced ]
    |> testList "Learning.TrainingCost"
