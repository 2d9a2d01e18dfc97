/// The lists of laws and tests that hold on any device, to be run with tensors made on another one than the CPU. Lists that test
/// the CPU backend's own kernels, memory and plans are not among them, nor those of files and of data in the host's memory.
module Functional.Tests.DeviceLaws

open Functional
open Expecto

/// A test as it runs on a device: `inside` runs its code there; those whose sentence `isLeftOut` holds for are left out, and FsCheck
/// draws `cases` at most.
let rec onDevice (inside: (unit -> unit) -> unit) (isLeftOut: string -> bool) (cases: int) (test: Test) : Test =
    let onDevice = onDevice inside isLeftOut cases

    match test with
    | TestLabel(name, test, state) -> TestLabel(name, onDevice test, state)
    | TestList(tests, state) ->
        let runs test =
            match test with
            | TestLabel(sentence, _, _) -> not (isLeftOut sentence)
            | TestList _
            | TestCase _
            | Test.Sequenced _ -> true

        TestList(tests |> List.filter runs |> List.map onDevice, state)
    | Test.Sequenced(method, test) -> Test.Sequenced(method, onDevice test)
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

/// Runs code with tensors made on a device, and with laws that draw `cases` at most.
let using (device: Device) (cases: int) (f: unit -> unit) = Device.using device (fun () -> Law.withAtMost cases f)

/// The lists.
let lists: Test list =
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
