/// Sizes at the borders of 32 bits: what can be held is computed, and what cannot is refused before anything is written.
module Functional.Tests.SizeTests

open System
open Functional
open Expecto

/// Runs what needs so many bytes, or says that this machine is too small for it now.
let private withMemory (bytes: int64) (action: unit -> unit) =
    let info = GC.GetGCMemoryInfo()
    let free = info.TotalAvailableMemoryBytes - info.MemoryLoadBytes

    if free > bytes + bytes / 4L then
        action ()
        GC.Collect()
    else
        skiptest $"it needs {bytes} bytes, and this machine has {free} free"

/// 2^28 + 64 numbers of 8 bytes: a little more than 2 GiB.
let private long = (1 <<< 28) + 64

let private ends (x: Tensor) = Tensor.toFloat x[0], Tensor.toFloat x[-1]

let private refused (f: unit -> Tensor) =
    let error = Expect.Throws<FunctionalException>(fun () -> f () |> ignore)
    Expect.DoesNotContain("-", error.Message.Split("[")[0])

[<Tests>]
let tests =
    [ testCase "temporaries of more than 2 GiB have addresses of 64 bits" (fun () ->
          withMemory 5_000_000_000L (fun () ->
              let f = Tensor.compile (fun (x: Tensor) -> Tensor.sum (Tensor.cumsum 0 (Tensor.broadcastTo [ long ] x)))
              // 1 + 2 + ... + n
              let expected = float long * (float long + 1.0) / 2.0
              Expect.Equal(expected, Tensor.toFloat (f (Tensor.cast Float64 (Tensor.ones [ 1 ]))), expected * 1e-12)))

      testCase "arguments and results of more than 2 GiB are read and written where they are" (fun () ->
          withMemory 9_000_000_000L (fun () ->
              let x = Tensor.cumsum 0 (Tensor.onesOf Float64 [ long ])
              let y = Tensor.compile (fun (x: Tensor) -> Tensor.relu x + 1.0) x
              Expect.Equal((2.0, float long + 1.0), ends y)))

      testCase "the plan of large values has offsets beyond 32 bits" (fun () ->
          // nothing is computed: 3 values of 4 GiB, of which two live at a time
          let f (xs: Tensor list) = [ Tensor.cumsum 0 (Tensor.cumsum 0 (Tensor.cumsum 0 xs.Head)) |> Tensor.sum ]
          let graph = fst (Trace.trace f [ { Shape = [ 1 <<< 30 ]; DType = Float32 } ])

          let program =
              Compilation.simplified CpuBackend.instance graph
              |> Fusion.clusters Compilation.target
              |> Lowering.steps

          let memory =
              MemoryPlanning.plan
                  program
                  { Scratch = Array.zeroCreate program.Steps.Length
                    Donations = []
                    KeepsResults = false
                    Guard = 0L }

          Expect.True(memory.ArenaBytes >= 2L * (1L <<< 32))
          Expect.Contains(memory.Offset, fun offset -> offset >= (1L <<< 32)))

      testCase "more elements than one tensor holds are refused, eagerly and while a function is compiled" (fun () ->
          let one = Tensor.ones [ 1 ]
          let large () = Tensor.broadcastTo [ 1 <<< 30 ] one

          let joined (x: Tensor) = Tensor.concat 0 [ x; x; x ]
          refused (fun () -> joined (large ()))
          refused (fun () -> Tensor.compile joined (large ()))
          refused (fun () -> Tensor.pad [ Int32.MaxValue, Int32.MaxValue ] one)
          refused (fun () -> Tensor.zeros [ 1 <<< 16; 1 <<< 16 ])
          refused (fun () -> Tensor.broadcastTo [ 1 <<< 16; 1 <<< 16; 1 <<< 16; 1 <<< 16 ] one)
          let column, row = Tensor.broadcastTo [ 1 <<< 16; 1 ] one, Tensor.broadcastTo [ 1; 1 <<< 16 ] one
          refused (fun () -> Tensor.matmul column row)
          refused (fun () -> Tensor.compile (fun (x: Tensor) -> Tensor.matmul x (Tensor.transpose x)) column)
          Expect.Throws<FunctionalException>(fun () -> Shape.size [ 1 <<< 16; 1 <<< 16 ] |> ignore) |> ignore

          Expect.Throws<FunctionalException>(fun () -> Shape.size [ Int32.MaxValue; Int32.MaxValue; 3 ] |> ignore)
          |> ignore

          Expect.Equal(0, Shape.size [ Int32.MaxValue; Int32.MaxValue; 0 ]))

      testCase "more memory than the machine has is refused before anything is reserved" (fun () ->
          let limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
          let error = Expect.Throws<FunctionalException>(fun () -> MemoryBlock(limit + 1L) |> ignore)
          Expect.Contains("GiB", error.Message)
          // values of 8 GiB each, all read again when the sum of all is known
          let count = int (limit / (1L <<< 33)) + 2

          let f (x: Tensor) =
              let wide = [ for i in 1..count -> Tensor.cumsum 0 (Tensor.broadcastTo [ 1 <<< 30 ] x * float i) ]
              let total = wide |> List.map Tensor.sum |> List.reduce (+)
              wide |> List.map (fun x -> Tensor.sum (Tensor.exp (x * total))) |> List.reduce (+)

          let error =
              Expect.Throws<FunctionalException>(fun () -> Tensor.compile f (Tensor.onesOf Float64 [ 1 ]) |> ignore)

          Expect.Contains("GiB", error.Message)) ]
    |> testList "Compile.Size"
    |> testSequenced
