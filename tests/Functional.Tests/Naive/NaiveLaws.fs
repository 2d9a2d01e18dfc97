/// The laws of the library a second time, with tensors made on the naive backend: they hold on any device. Lists that test the
/// CPU backend's own kernels, memory and plans are not among them, nor those of files and of data in the host's memory.
module Functional.Tests.Naive.NaiveLaws

open Functional
open Functional.Tests
open Expecto

/// Laws draw fewer cases here: each primitive has met all of them on the CPU, of which the naive backend is the reference.
let private cases = 4

/// Tests of lists that run here which are left out: trainings that take long, comparisons with another library, whose values the
/// CPU has met, and int64 beyond what a float holds.
let private leftOut =
    [ "a small network of images learns the digits"
      "it learns what only a memory can tell"
      "ids of characters are learned from, kept as int32"
      "truncated normal numbers end at two deviations"
      "initializers have their means, deviations and limits"
      "arrays of every type come back"
      "sums, products, orders and indices of int64 are exact" ]

let private isLeftOut (sentence: string) = List.contains sentence leftOut || sentence.Contains "PyTorch"

let private inside (f: unit -> 'T) : 'T = Device.using NaiveBackend.device (fun () -> Law.withAtMost cases f)

let rec private onNaive (test: Test) : Test =
    match test with
    | TestLabel(name, test, state) -> TestLabel(name, onNaive test, state)
    | TestList(tests, state) ->
        let runs test =
            match test with
            | TestLabel(sentence, _, _) -> not (isLeftOut sentence)
            | TestList _
            | TestCase _
            | Test.Sequenced _ -> true

        TestList(tests |> List.filter runs |> List.map onNaive, state)
    | Test.Sequenced(method, test) -> Test.Sequenced(method, onNaive test)
    | TestCase(code, state) ->
        let fewer (config: FsCheckConfig) = { config with maxTest = min cases config.maxTest }

        let code =
            match code with
            | Sync run -> Sync(fun () -> inside run)
            | SyncWithCancel run -> SyncWithCancel(fun token -> inside (fun () -> run token))
            | Async run -> Async(async { return inside (fun () -> Async.RunSynchronously run) })
            | AsyncFsCheck(config, stress, run) ->
                AsyncFsCheck(
                    Option.map fewer config,
                    stress,
                    fun config -> async { return inside (fun () -> Async.RunSynchronously(run (fewer config))) }
                )

        TestCase(code, state)

let private lists: Test list =
    [ CreationTests.tests
      ElementwiseTests.tests
      ReductionTests.tests
      ShapingTests.tests
      IndexingTests.tests
      LinearTests.tests
      NumpyEdgeTests.tests
      OperandTests.tests
      WindowTests.tests
      RandomTests.tests
      TreeTests.tests
      TracedTests.tests
      ElementTypeTests.tests
      DerivativeLaws.tests
      NestingLaws.tests
      DerivativeTests.tests
      ScanTests.tests
      EmptyTests.tests
      CompositionTests.tests
      ActivationTests.tests
      ActivationCornerTests.tests
      InitializerTests.tests
      DenseTests.tests
      RegularizationTests.tests
      NormalizationTests.tests
      ReshapingTests.tests
      WindowLayerTests.tests
      CombinatorTests.tests
      RecurrentTests.tests
      EmbeddingTests.tests
      OptimizerTests.tests ]

[<Tests>]
let tests = lists |> List.map onNaive |> testList "Naive"
