/// What loops and callbacks of one's own need: moments, class weights of single batches, and layers of lists.
module Functional.Tests.HandWrittenLoopTests

open Expecto
open Functional
open Functional.Tests
open Functional.Tests.Training

let private key = Key.ofInt 5
let private model = Model.create net [ 2 ] key
let private batch = Batch.ofDataset (points 30 4)

let private weighed =
    { options with ClassWeights = Map.ofList [ 0, 4.0; 1, 0.0 ]; Optimizer = Optimizer.sgd 0.1 }

/// The batch with the weights of the classes as weights of samples.
let private byHand =
    let weightOf label =
        match label with
        | 0 -> 4.0
        | 1 -> 0.0
        | _ -> 1.0

    let weights = Tensor.toInts batch.Label |> Array.map weightOf
    Batch.withWeights (Tensor.ofFloat64Array [ 30 ] weights) batch

[<Tests>]
let tests =
    [ testCase "a callback is tested with a moment of one's own" (fun () ->
          let stopping = (Callback.earlyStopping "val_loss" 2).Start(fun _ -> false)

          let at epoch loss =
              Moment.create
                  { MomentOptions.defaults with Epoch = epoch; Epochs = 9; Values = [ "val_loss", loss ] }
                  model

          let actions = [ for epoch, loss in [ 0, 1.0; 1, 2.0; 2, 3.0 ] -> stopping.EpochEnd(at epoch loss) ]
          Expect.Equal(true, List.contains CallbackAction.Stop (List.last actions))
          Expect.Equal(true, actions.Head.IsEmpty)

          let moment = Moment.create { MomentOptions.defaults with Step = 7; Values = [ "loss", 0.5 ] } model
          Expect.Equal(0.5, moment.Loss)
          Expect.Equal(7, moment.State.Step)
          Expect.Equal(Some 0.001, moment.LearningRate)
          sameBits model moment.Model)

      testCase "single batches weigh classes as the options say" (fun () ->
          let plain = { weighed with ClassWeights = Map.empty }
          let trainer, expected = Trainer.create weighed model key, Trainer.create plain model key
          Expect.Equal(expected.TrainOnBatch byHand, trainer.TrainOnBatch batch)
          sameBits expected.Model trainer.Model
          let start = Learn.start weighed model key
          let next, given = Learn.trainOnBatch weighed net start batch
          let wanted, hand = Learn.trainOnBatch plain net start byHand
          Expect.Equal(hand.Loss, given.Loss)
          sameBits (Model.withVariables wanted.Variables model) (Model.withVariables next.Variables model))

      testCase "layers of one tensor and of lists are joined" (fun () ->
          let sums = Layer.ofFunctionOfMany "sums" (List.reduce (+))
          let joined = Layer.toLists (dense 3) --> Layer.toLists relu --> sums
          let x = Tensor.ones [ 2; 4 ]
          let variables, shapes = Layer.initMany key [ [ 4 ] ] joined
          Expect.Equal<Shape list>([ [ 3 ] ], shapes)
          let alone = dense 3 --> relu
          let expected = Layer.predict (fst (Layer.init key [ 4 ] alone)) x alone
          Expect.True(Tensor.allClose 0.0 1e-6 expected (Layer.predict variables [ x ] joined))
          let one = Layer.toTensors joined
          Expect.True(Tensor.allClose 0.0 1e-6 expected (Layer.predict variables x one))) ]
    |> testList "Learning.HandWrittenLoops"
