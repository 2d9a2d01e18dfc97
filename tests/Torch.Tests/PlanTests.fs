/// Plans on libtorch: what they compute, where they write, and how they are captured on a GPU.
module Functional.Torch.Tests.PlanTests

open System
open Functional
open Functional.Torch
open Functional.Torch.Interop
open Functional.Tests
open Functional.Torch.Tests.Libtorch
open Expecto

/// Notes down what is asked of a GPU.
type private RecordingGraphs(failsAt: int) =
    let mutable log: string list = []
    let mutable captures = 0
    let note text = log <- text :: log

    member _.Log = List.rev log

    interface ICudaGraphs with
        member _.NewStream() =
            note "new stream"
            7n

        member _.FreeStream _ = note "free stream"
        member _.CurrentStream = 1n

        member _.WithStream(stream, f) =
            note $"on {stream}"
            f ()

        member _.Order(first, second) = note $"{second} after {first}"
        member _.BeginCapture stream = note $"begin {stream}"

        member _.EndCapture stream =
            captures <- captures + 1

            if captures = failsAt then
                raise (TorchCallException("cudaStreamEndCapture", "an operator waited for the device"))

            note $"end {stream}"
            nativeint (100 + captures)

        member _.AbandonCapture stream = note $"abandon {stream}"
        member _.Launch(graph, stream) = note $"launch {graph} on {stream}"
        member _.FreeGraph graph = note $"free {graph}"

let private capturing =
    [ testCase "a plan runs twice call by call, then is captured and launched on the current stream" (fun () ->
          let graphs = RecordingGraphs 0
          let runs = CapturedRuns graphs
          let mutable calls = 0

          for _ in 1..5 do
              runs.Run(64n, fun _ -> calls <- calls + 1)

          Expect.Equal(3, calls)
          Expect.Equal(CaptureState.Captured 101n, runs.State)

          Expect.Equal<string list>(
              [ "new stream"
                "7 after 1"
                "on 7"
                "1 after 7"
                "7 after 1"
                "on 7"
                "1 after 7"
                "7 after 1"
                "begin 7"
                "on 7"
                "end 7"
                "launch 101 on 1"
                "launch 101 on 1"
                "launch 101 on 1" ],
              graphs.Log
          ))

      testCase "a plan whose memory has moved is captured anew" (fun () ->
          let graphs = RecordingGraphs 0
          let runs = CapturedRuns graphs

          for _ in 1..4 do
              runs.Run(64n, ignore)

          for _ in 1..4 do
              runs.Run(128n, ignore)

          Expect.Equal(CaptureState.Captured 102n, runs.State)
          Expect.Contains("free 101", graphs.Log)
          Expect.Equal(1, graphs.Log |> List.filter ((=) "free 101") |> List.length))

      testCase "a plan that cannot be captured runs call by call on the current stream, and says why" (fun () ->
          let graphs = RecordingGraphs 1
          let runs = CapturedRuns graphs
          let mutable streams = []

          for _ in 1..5 do
              runs.Run(64n, fun stream -> streams <- stream :: streams)

          // the capture's own calls were written down, and not run
          Expect.Equal<nativeint list>([ 7n; 7n; 7n; 1n; 1n; 1n ], List.rev streams)
          Expect.Contains("abandon 7", graphs.Log)

          match runs.State with
          | CaptureState.Refused reason -> Expect.Contains("waited for the device", reason)
          | state -> failtest $"{state}")

      testCase "an error that is none of CUDA ends the capture and is raised" (fun () ->
          let graphs = RecordingGraphs 0
          let runs = CapturedRuns graphs
          runs.Run(64n, ignore)
          runs.Run(64n, ignore)
          Expect.Throws<InvalidOperationException>(fun () -> runs.Run(64n, fun _ -> invalidOp "so")) |> ignore
          Expect.Contains("abandon 7", graphs.Log)) ]

let private recording =
    [ testCase "calls of a primitive are noted down with their tensors as registers" (fun () ->
          let recorder = Recorder(false, 2)
          let x = { Shape = [ 3; 4 ]; DType = Float32 }
          let indices = { Shape = [ 5 ]; DType = Int32 }
          let result = { Shape = [ 5; 4 ]; DType = Float32 }
          let given = Operators.emit recorder (Op.Gather 0) [ 0, x; 1, indices ] [ result ]
          Expect.Equal(1, given.Length)
          Expect.Contains("index_select", recorder.Calls |> List.map _.Operator)
          let select = recorder.Calls |> List.find (fun call -> call.Operator = "index_select")
          Expect.Contains(0, select.Reads))

      testCase "a number is one register, whatever how often it is asked for" (fun () ->
          let recorder = Recorder(false, 0)
          let caller = recorder :> ICaller<int>
          Expect.Equal(caller.Number(Float32, 2.0), caller.Number(Float32, 2.0))
          Expect.NotEqual(caller.Number(Float32, 2.0), caller.Number(Float64, 2.0))
          Expect.Equal(2, recorder.Numbers.Length)) ]

let private programs =
    [ case "a compiled program gives what it gives eagerly, and on the CPU" (fun () ->
          Law.check "programs" (fun (seed: int) ->
              let f, args = Programs.ofSeed seed
              let onTorch = List.map there args
              let eager = f onTorch
              let compiled = Jit.compile f onTorch
              let onCpu = Jit.compile f args

              List.zip3 onCpu eager compiled
              |> List.forall (fun (a, b, c) ->
                  Programs.distance a (here b) < 1e-10 && Programs.distance a (here c) < 1e-10)))

      case "a step writes its parameters where they stand" (fun () ->
          let net = dense 8 --> relu --> dense 3
          let model = Model.toDevice device.Value (Model.create net [ 4 ] (Key.ofInt 1))
          let options = { Training.options with Loss = Loss.meanSquaredError; Metrics = [] }
          let trainer = Trainer.create options model (Key.ofInt 2)
          let batch = Batch.ofTensors (Random.normal (Key.ofInt 3) [ 6; 4 ]) (Random.normal (Key.ofInt 4) [ 6; 3 ])
          trainer.TrainOnBatch batch |> ignore
          let text = trainer.Describe()
          Expect.Contains("=in", text)
          Expect.Contains("matmul", text))

      case "batches of other shapes train on the same parameters" (fun () ->
          let net = dense 8 --> relu --> dense 3
          let model = Model.create net [ 4 ] (Key.ofInt 1)
          let options = { Training.options with Loss = Loss.meanSquaredError; Metrics = [] }

          let losses device =
              let trainer = Trainer.create options (Model.toDevice device model) (Key.ofInt 2)

              [ for i in 1..12 do
                    let n = 4 + i % 3
                    let batch = Batch.ofTensors (Random.normal (Key.ofInt i) [ n; 4 ]) (Random.normal (Key.ofInt -i) [ n; 3 ])
                    trainer.TrainOnBatch batch ]

          for a, b in List.zip (losses Device.cpu) (losses device.Value) do
              Expect.True(abs (a - b) < 1e-4, $"{a} and {b}")) ]

[<Tests>]
let tests = [ capturing; recording; programs ] |> List.concat |> testList "Torch.Plans"
