/// Native memory stays flat: what is no longer used is freed.
module Functional.Torch.Tests.MemoryTests

open System
open System.Diagnostics
open Functional
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

/// The bytes of memory that the process holds.
let private held () =
    GC.Collect()
    GC.WaitForPendingFinalizers()
    GC.Collect()
    use me = Process.GetCurrentProcess()
    me.WorkingSet64

/// How much more memory is held after so many runs than after a first few.
let private growth first runs (f: unit -> unit) =
    for _ in 1..first do
        f ()

    let before = held ()

    for _ in 1..runs do
        f ()

    held () - before

let private megabyte = 1L <<< 20

[<Tests>]
let tests =
    [ case "100,000 training steps take no more memory" (fun () ->
          let net = dense 4 --> relu --> dense 2
          let options = { Training.options with Loss = Loss.meanSquaredError; Metrics = [] }
          let model = Model.toDevice device.Value (Model.create net [ 3 ] (Key.ofInt 1))
          let trainer = Trainer.create options model (Key.ofInt 2)

          let batch =
              Batch.ofTensors (Random.normal (Key.ofInt 3) [ 8; 3 ]) (Random.normal (Key.ofInt 4) [ 8; 2 ])

          let step () = trainer.TrainOnBatch batch |> ignore
          let grown = growth 2000 100_000 step
          Expect.True(grown < 32L * megabyte, $"{grown / megabyte} MB"))

      case "tensors that nobody holds are freed" (fun () ->
          let x = there (Tensor.ones [ 1000; 1000 ])
          let grown = growth 50 1000 (fun () -> Tensor.exp x |> Tensor.device |> ignore)
          // 4 GB were allocated
          Expect.True(grown < 400L * megabyte, $"{grown / megabyte} MB")) ]
    |> testList "Torch.Memory"
    |> testSequenced
