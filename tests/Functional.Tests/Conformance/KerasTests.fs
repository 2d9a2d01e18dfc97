/// The literal cases of Keras's own tests, family by family.
module Functional.Tests.Conformance.KerasTests

open Expecto
open Functional.Tests
open Functional.Tests.Conformance.Cases

/// The families, how their cases are judged, and how many of them agree at least.
let private families =
    [ "activations", KerasActivations.runActivation, 130
      "attention", KerasAttention.runAttention, 29
      "convolution", KerasCalls.runLayer, 138
      "core", KerasCalls.runLayer, 36
      "initializers", KerasInitializers.runInitializer, 20
      "losses", KerasLosses.runLoss, 166
      "merging", KerasCalls.runLayer, 61
      "metrics", KerasMetrics.runMetric, 302
      "normalization", KerasCalls.runLayer, 33
      "optimizers", KerasOptimizers.runOptimizer, 147
      "pooling", KerasCalls.runLayer, 109
      "preprocessing", KerasCalls.runLayer, 45
      "recurrent", KerasCalls.runLayer, 106
      "regularization", KerasInitializers.runRegularization, 21
      "reshaping", KerasCalls.runLayer, 175
      "schedules", KerasOptimizers.runSchedule, 117
      "training", KerasTraining.runTraining, 26 ]

/// What came of a family, once for the test of the family and that of all.
let private tallies =
    [ for family, run, least in families ->
          family, lazy (read $"keras/%s{family}.json" |> report $"Keras, %s{family}" run), least ]

[<Tests>]
let tests =
    [ for family, tally, least in tallies do
          testCase $"Keras's own cases of %s{family} agree" (fun () ->
              Expect.True(tally.Value.Agree >= least, $"%d{tally.Value.Agree} agree, and %d{least} did before"))

      testCase "the families together are all of Keras's cases" (fun () ->
          let tallies = tallies |> List.map (fun (_, tally, _) -> tally.Value)
          let cases, agree = List.sumBy _.Cases tallies, List.sumBy _.Agree tallies
          printfn $"Keras: %d{agree} of %d{cases} cases agree, %d{cases - agree} not supported"
          Expect.Equal(1677, cases)) ]
    |> testList "Conformance.Keras"
