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

/// The program of a function as a GPU runs it, with the memory of its values.
let private programOf f signatures =
    let compiler = HostFusedRuns.compiler
    let graph, _ = Trace.trace f signatures

    let program =
        TorchCompilation.simplified Device.cpu.Backend compiler graph
        |> Fusion.clusters (TorchCompilation.target compiler)
        |> Lowering.steps
        |> StepGroups.updatesLast

    program, TorchCompilation.planMemory program (Array.zeroCreate program.Steps.Length) [] true

let private grouping =
    [ testCase "steps that do not depend on each other are one group" (fun () ->
          let signatures = [ for n in 2..5 -> { Shape = [ n; 3 ]; DType = Float32 } ]
          let f xs = xs |> List.map (fun (x: Tensor) -> Tensor.exp x * 0.5 - x)
          let program, memory = programOf f signatures
          Expect.Equal(4, program.Steps.Length)
          Expect.Equal<int[] list>([ [| 0; 1; 2; 3 |] ], List.ofArray (StepGroups.find program memory)))

      testCase "a step that reads what another writes is in no group with it" (fun () ->
          let f (xs: Tensor list) =
              let y = Tensor.exp xs.Head
              [ y; Tensor.transpose y + 1.0 ]

          let program, memory = programOf f [ { Shape = [ 4; 3 ]; DType = Float32 } ]
          let groups = StepGroups.find program memory
          Expect.Equal(program.Steps.Length, groups |> Array.sumBy _.Length)
          Expect.All(groups, (fun group -> Expect.Equal(1, group.Length))))

      law "no member of a group touches what another one writes" (fun (seed: int) ->
          let f, args = Programs.ofSeed seed
          let program, memory = programOf f (args |> List.map _.Signature)
          let groups = StepGroups.find program memory

          let range storage =
              let offset = memory.OffsetOf storage

              if offset >= 0L then
                  offset, offset + program.Storages[storage].Bytes
              else
                  let at = -1L - int64 memory.Owner[storage]
                  at, at + 1L

          let meet a b =
              let (first, last), (start, stop) = range a, range b
              first < stop && start < last

          let isFree (group: int[]) =
              Array.allPairs group group
              |> Array.forall (fun (i, j) ->
                  let writes = [ for o in program.Steps[i].Writes -> o.Storage ]
                  let touched = [ for o in program.Steps[j].Reads @ program.Steps[j].Writes -> o.Storage ]
                  i = j || not (List.allPairs writes touched |> List.exists (fun (a, b) -> meet a b)))

          Array.concat groups = [| 0 .. program.Steps.Length - 1 |] && Array.forall isFree groups) ]

let private kernels =
    [ case "attention and its gradient are those of the CPU" (fun () ->
          for isCausal in [ false; true ] do
              let options = { DotProductAttentionOptions.defaults with IsCausal = isCausal }
              let args = [ for i in 0..3 -> Random.normal (Key.ofInt i) [ 2; 24; 3; 16 ] ]

              let f (xs: Tensor list) =
                  let attend q k v = Tensor.dotProductAttentionWith options q k v
                  let loss q k v = Tensor.sum (attend q k v * xs[3])

                  [ attend xs[0] xs[1] xs[2]
                    grad (fun q -> loss q xs[1] xs[2]) xs[0]
                    grad (fun k -> loss xs[0] k xs[2]) xs[1]
                    grad (fun v -> loss xs[0] xs[1] v) xs[2] ]

              for a, b in List.zip (Jit.compile f args) (Jit.compile f (List.map there args)) do
                  Expect.True(Programs.distance a (here b) < 1e-4, $"{isCausal}: {Programs.distance a (here b)}"))

      case "a convolution, an activation over it and its gradients are those of the CPU" (fun () ->
          // cuDNN rounds the factors to 10 bits, tf32, as PyTorch has it by default
          let tolerance = if device.Value.Name.StartsWith "cuda" then 0.05 else 1e-4
          let window = { Window.plain with Y.Before = 1; Y.After = 1; X.Before = 1; X.After = 1 }
          let args = [ Random.normal (Key.ofInt 1) [ 3; 9; 8; 4 ]; Random.normal (Key.ofInt 2) [ 3; 3; 4; 6 ] ]

          let f (xs: Tensor list) =
              let filtered x kernel = Tensor.relu (Tensor.conv2d window kernel x) * 2.0
              let loss x kernel = Tensor.sum (filtered x kernel * filtered x kernel)

              [ filtered xs[0] xs[1]
                grad (fun x -> loss x xs[1]) xs[0]
                grad (fun kernel -> loss xs[0] kernel) xs[1] ]

          for a, b in List.zip (Jit.compile f args) (Jit.compile f (List.map there args)) do
              Expect.True(Programs.distance a (here b) < tolerance, $"{Programs.distance a (here b)}"))

      case "rows of a tensor are gathered into memory that is used again" (fun () ->
          let x = Tensor.reshape [ 5; 2 ] (Tensor.arange 0.0 10.0 1.0)
          let buffer = Jit.elements (there x)
          let room = (buffer.TryAllocateRows 2).Value
          let select first = (buffer.TrySelectRows([| 4; 0; 3; 3 |], first, room)).Value
          Expect.Equal<float32[]>([| 8.0f; 9.0f; 0.0f; 1.0f |], (select 0).ToArray() :?> float32[])
          Expect.Equal<float32[]>([| 6.0f; 7.0f; 6.0f; 7.0f |], (select 2).ToArray() :?> float32[])
          Expect.True((buffer.TrySelectRows([| 5; 0 |], 0, room)).IsNone)) ]

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

      case "one plan serves many threads at once: the bits that it gives alone" (fun () ->
          let f (xs: Tensor list) = [ Tensor.softmax -1 (Tensor.matmul xs[0] (Tensor.exp xs[1])) ]

          let args i =
              [ there (Random.normal (Key.ofInt i) [ 20; 30 ]); there (Random.normal (Key.ofInt -i) [ 30; 10 ]) ]

          let compiled = Jit.compile f
          let alone = [| for i in 1..8 -> Tensor.toArray (here (compiled (args i)).Head) |]

          let together =
              Array.Parallel.init 64 (fun i -> Tensor.toArray (here (compiled (args (1 + i % 8))).Head))

          together |> Array.iteri (fun i y -> Expect.Equal<float32[]>(alone[i % 8], y)))

      case "a step writes its parameters where they stand" (fun () ->
          let net = dense 8 --> relu --> dense 3
          let model = Model.toDevice device.Value (Model.create net [ 4 ] (Key.ofInt 1))
          let options = { Training.options with Loss = Loss.meanSquaredError; Metrics = [] }
          let trainer = Trainer.create options model (Key.ofInt 2)

          let batch =
              Batch.ofTensors (Random.normal (Key.ofInt 3) [ 6; 4 ]) (Random.normal (Key.ofInt 4) [ 6; 3 ])

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

                    let batch =
                        Batch.ofTensors (Random.normal (Key.ofInt i) [ n; 4 ]) (Random.normal (Key.ofInt -i) [ n; 3 ])

                    trainer.TrainOnBatch batch ]

          for a, b in List.zip (losses Device.cpu) (losses device.Value) do
              Expect.True(abs (a - b) < 1e-4, $"{a} and {b}")) ]

[<Tests>]
let tests =
    [ capturing; recording; grouping; kernels; programs ] |> List.concat |> testList "Torch.Plans"
