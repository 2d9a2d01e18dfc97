/// Several trainings as one.
module Functional.Tests.FitManyTests

open Expecto
open Functional
open Functional.Tests
open Functional.Tests.Training

let private key = Key.ofInt 3

let private checked' =
    { options with
        Metrics = [ Metric.accuracy; Metric.precision ]
        ValidationData = Some(points 60 9)
        BatchSize = 32
        KeepStepLosses = true }

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private near name (alone: FitResult) (together: FitResult) =
    Peer.agree 1e-4 $"{name}, weights" (weights alone.Model) (weights together.Model)
    Expect.Equal<string list>(alone.History.Keys, together.History.Keys)

    for value in alone.History.Keys do
        Peer.agree 1e-4 $"{name}, {value}" (Array.ofList alone.History[value]) (Array.ofList together.History[value])

    Peer.agree 1e-4 $"{name}, steps" (Array.ofList alone.StepLosses) (Array.ofList together.StepLosses)
    Expect.Equal(alone.State.Step, together.State.Step)
    Expect.Equal(alone.State.Epoch, together.State.Epoch)

[<Tests>]
let tests =
    [ testCase "each member of an ensemble learns what it learns alone, dropout and order included" (fun () ->
          let members = FitMember.ensemble 4 key
          let together = Learn.fitMany checked' net train members

          for m, result in List.zip members together do
              near "ensemble" (Learn.fit checked' net train m.Key) result

          let first = together |> List.map (fun r -> (weights r.Model)[0])
          Expect.Equal(4, (List.distinct first).Length))

      testCase "each member of a sweep learns what it learns alone" (fun () ->
          let rates = [ 0.1; 0.01; 0.001; 0.0 ]
          let together = Learn.fitMany checked' net train (FitMember.sweep rates key)

          for rate, result in List.zip rates together do
              near $"rate {rate}" (Learn.fit { checked' with Optimizer = Optimizer.adam rate } net train key) result
              Expect.Equal(Some rate, Optimizer.learningRate result.State.OptimizerState))

      testCase "in float64 members agree with trainings alone to rounding, state of layers included" (fun () ->
          let layer = dense 8 --> batchNorm --> tanh --> dense 3 --> softmax
          let keys = Key.splitMany 3 key
          let models = keys |> List.map (fun k -> Model.cast Float64 (Model.create layer [ 2 ] k))

          let members: FitMember list =
              List.zip keys models |> List.map (fun (k, model) -> { FitMember.ofKey k with Start = Some model })

          let exact = { options with Optimizer = Optimizer.momentum 0.05 0.9 }

          for (k, model), result in List.zip (List.zip keys models) (Learn.fitMany exact layer train members) do
              let alone = Learn.fitModel exact model train k
              Peer.agree 1e-10 "weights" (weights alone.Model) (weights result.Model))

      testCase "a member goes on alone, from its state" (fun () ->
          let more = { checked' with Epochs = 5; KeepStepLosses = false }
          let members = FitMember.ensemble 2 key
          let part = Learn.fitMany { more with Epochs = 2 } net train members
          let whole = Learn.fit more net train members[1].Key
          let resumed = Learn.resume more net train part[1].State
          Peer.agree 1e-4 "weights" (weights whole.Model) (weights resumed.Model))

      testCase "samples and classes are weighed as alone, and one member is a training" (fun () ->
          let weighed = { options with ClassWeights = Map.ofList [ 0, 3.0; 2, 0.5 ]; Shuffle = false }
          let result = List.exactlyOne (Learn.fitMany weighed net train [ FitMember.ofKey key ])
          let alone = Learn.fit weighed net train key
          Peer.agree 1e-4 "weights" (weights alone.Model) (weights result.Model))

      testCase "what looks at one training is refused" (fun () ->
          let fit options members () = Learn.fitMany options net train members
          let members = FitMember.ensemble 2 key
          Expect.Contains("empty list", message (fit options []))
          let stopping = { options with Callbacks = [ Callback.earlyStopping "loss" 1 ] }
          Expect.Contains("one training", message (fit stopping members))
          Expect.Contains("no functional form", message (fit { options with Metrics = [ Metric.auc ] } members)))

      testCase "a cancelled run gives what was learned" (fun () ->
          use source = new System.Threading.CancellationTokenSource()
          source.Cancel()

          let results =
              Learn.fitMany { options with CancellationToken = source.Token } net train (FitMember.ensemble 2 key)

          for result in results do
              Expect.Equal(StopReason.Cancelled, result.Stopped)
              Expect.Equal(0, result.State.Step)) ]
    |> testList "Learning.FitMany"
