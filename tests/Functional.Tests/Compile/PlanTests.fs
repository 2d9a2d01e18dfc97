/// Compiled functions as they run: the same values as eagerly, on any threads, in memory that is theirs alone, without garbage.
module Functional.Tests.PlanTests

open System
open System.Text.Json
open System.Threading.Tasks
open Functional
open Functional.Kernels
open Expecto

let private same a b =
    List.forall2 (fun (x: Tensor) (y: Tensor) -> x.Shape = y.Shape && Programs.distance x y < 1e-9) a b

let private classifier = Loss.sparseCategoricalCrossentropy

/// A trainer of the layer and a batch for it.
let private trainer (layer: Layer<Tensor, Tensor>) (x: Tensor) classes optimizer =
    let options = { Fit.defaults with Optimizer = optimizer; Loss = classifier }

    let model = Model.create layer x.Shape.Tail (Key.ofInt 1)
    let y = Random.randint 0 classes (Key.ofInt 3) [ x.Shape.Head ]
    Trainer.create options model (Key.ofInt 2), x, y

let private image = Random.uniform (Key.ofInt 4) [ 8; 12; 12; 1 ]

/// Trainers of small networks with a batch for each: new ones, since a trainer changes and has one caller at a time.
let private networks () =
    [ "dense",
      trainer
          (dense 16 --> relu --> dropout 0.5 --> dense 5)
          (Random.uniform (Key.ofInt 4) [ 32; 20 ])
          5
          (Optimizer.adam 1e-3)
      "convolution",
      trainer (conv2D 4 (3, 3) --> relu --> maxPooling2D (2, 2) --> flatten --> dense 3) image 3 (Optimizer.adam 1e-3)
      "recurrent", trainer (lstm 6 --> dense 4) (Random.uniform (Key.ofInt 4) [ 16; 10; 3 ]) 4 (Optimizer.rmsprop 1e-3) ]

[<Tests>]
let tests =
    [ lawWith 300 "a compiled program gives what it gives eagerly" (fun (seed: int) ->
          let f, args = Programs.ofSeed seed
          let compiled = Jit.compile f
          let once = compiled args
          same (f args) once && same once (compiled args))

      lawWith
          50
          "a compiled program gives the same bits on any number of threads, and from many at once"
          (fun (seed: int) ->
              let f, args = Programs.ofSeed seed
              let compiled = Jit.compile f

              let bits () =
                  compiled args
                  |> List.map (fun x -> Tensor.toFloat64Array x |> Array.map BitConverter.DoubleToInt64Bits)

              let one =
                  use _ = KernelScope.UseThreads 1
                  bits ()

              let four =
                  use _ = KernelScope.UseThreads 4
                  bits ()

              let together = Array.init 4 (fun _ -> Task.Run bits)
              one = four && together |> Array.forall (fun task -> task.Result = one))

      lawWith 100 "no kernel writes beyond its results" (fun (seed: int) ->
          let f, args = Programs.ofSeed seed
          let graph = fst (Trace.trace f (args |> List.map _.Signature))
          let plan = CpuSession.planWith true CpuBackend.instance graph
          let results = plan.Run(args |> List.map Jit.elements) |> List.map Data
          same (f args) results)

      testCase "a kernel that writes beyond its result is found" (fun () ->
          let graph =
              fst (
                  Trace.trace
                      (fun xs -> [ Tensor.cumsum 0 (Tensor.cumsum 0 xs.Head) ])
                      [ { Shape = [ 7 ]; DType = Float64 } ]
              )

          let compiled = Compilation.compile CpuBackend.instance true graph
          let workspace = Execution.Workspace(compiled, compiled.Memory)
          let program = compiled.Program
          let memory = MemoryBlock(4096L + workspace.ArenaBytes)
          workspace.Place(program.Inputs[0], memory.Address)
          workspace.Place(program.Outputs[0], memory.Address + 1024n)
          workspace.PlaceArena(memory.Address + 4096n)
          workspace.Run()
          let middle = program.Steps[0].Writes.Head.Storage
          Runtime.InteropServices.Marshal.WriteByte(workspace.Address middle + nativeint (7 * 8), 1uy)
          let error = Expect.Throws<FunctionalException>(fun () -> workspace.Run())
          Expect.Contains("cumsum", error.Message)
          GC.KeepAlive memory)

      testCase "a step of training allocates nothing" (fun () ->
          use _ = KernelScope.UseThreads 1

          for name, (trainer, x, y) in networks () do
              let batch = Batch.ofTensors x y

              for _ in 1..3 do
                  trainer.TrainOnBatch batch |> ignore

              // a worker may start, or the runtime compile a method anew, in one of the rounds: not in all
              let rounds =
                  [ for _ in 1..5 do
                        let before = GC.GetAllocatedBytesForCurrentThread()

                        for _ in 1..10 do
                            trainer.TrainOnBatch batch |> ignore

                        GC.GetAllocatedBytesForCurrentThread() - before ]

              // less than ten bytes a step: nothing in the steps themselves
              Expect.True(List.min rounds < 100L, $"{name}: {List.min rounds} bytes in 10 steps"))
      |> testSequenced

      testCase "steps in place give what steps of states give" (fun () ->
          for name, (trainer, x, y) in networks () do
              let start = trainer.State
              let layer = trainer.Model.Layer

              let optimizer = if name = "recurrent" then Optimizer.rmsprop 1e-3 else Optimizer.adam 1e-3

              let step = Learn.trainOnBatch { Fit.defaults with Optimizer = optimizer; Loss = classifier } layer

              let batch = Batch.ofTensors x y

              let final =
                  (start, [ 1..4 ])
                  ||> List.fold (fun state _ ->
                      let next, result = step state batch
                      Expect.Equal(result.Loss, trainer.TrainOnBatch(x, y))
                      next)

              (Tree.leaves final.Variables.Parameters, Tree.leaves trainer.State.Variables.Parameters)
              ||> List.iter2 (fun a b -> Expect.True(Tensor.sameElements a b, name)))

      testCase "a plan tells its kernels, and what they took" (fun () ->
          let xs = [ Random.normal (Key.ofInt 1) [ 8; 5 ]; Random.normal (Key.ofInt 2) [ 5; 7 ] ]
          let f (xs: Tensor list) = [ Tensor.softmax -1 (Tensor.relu (Tensor.matmul xs[0] xs[1]) + 1.0) ]
          let text = Plan.describe f xs
          Expect.Contains("matmul", text)
          Expect.Contains("FLOPs", text)
          Expect.Contains("arena", text)
          let profile = Plan.profile 3 f xs
          Expect.NotEmpty profile.Kernels
          Expect.True(profile.Kernels |> List.sumBy _.Microseconds > 0.0)
          // a product and a sum for each of 5 pairs of an element
          Expect.Equal(2.0 * 8.0 * 5.0 * 7.0, profile.Kernels.Head.Flops)
          use trace = JsonDocument.Parse profile.Trace
          Expect.Equal(profile.Kernels.Length, trace.RootElement.GetProperty("traceEvents").GetArrayLength())
          Expect.Contains("in all", profile.Table))

      testCase "a predictor gives what the model gives, from many threads at once, without garbage" (fun () ->
          let model = Model.create (dense 16 --> relu --> dense 5 --> softmax) [ 20 ] (Key.ofInt 1)
          let predictor = Predictor.create model
          let rows = Random.uniform (Key.ofInt 4) [ 64; 20 ]
          let expected = Tensor.toArray (Model.predict rows model)
          let given = Tensor.toArray rows

          let answers =
              Array.init 64 (fun i -> Task.Run(fun () -> predictor.Predict(given[20 * i .. 20 * i + 19])))
              |> Array.collect _.Result

          Array.iter2 (fun (a: float32) (b: float32) -> Expect.Equal(a, b, 1e-6f)) expected answers
          let output: float32[] = Array.zeroCreate 5

          let rounds =
              [ for _ in 1..5 do
                    let before = GC.GetAllocatedBytesForCurrentThread()

                    for _ in 1..100 do
                        predictor.Predict(ReadOnlySpan(given, 0, 20), Span output)

                    GC.GetAllocatedBytesForCurrentThread() - before ]

          // less than a byte a call: nothing in the calls themselves
          Expect.InRange(List.min rounds, 0L, 99L)
          let error = Expect.Throws<FunctionalException>(fun () -> predictor.Predict [| 1.0f |] |> ignore)
          Expect.Contains("have 20", error.Message))
      |> testSequenced ]
    |> testList "Compile.Plan"
