/// Memory of results: pooled, bounded, and kept as long as a view reads it.
module Functional.Tests.Kernels.MemoryTests

#nowarn "9"

open System
open System.Runtime.CompilerServices
open System.Threading
open System.Threading.Tasks
open Functional
open Functional.Kernels
open Microsoft.FSharp.NativeInterop
open Expecto
open Functional.Tests

let private collect () =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private addresses count =
    let blocks = Array.init count (fun _ -> ResultMemory.Allocate 300_000L)
    blocks |> Array.map _.Address |> Set.ofArray

/// A view, the tensor of which is gone.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private viewOf (i: int) =
    let x = Tensor.full [ 50; 60 ] (float i)
    let moved = Tensor.transpose (x + 1.0)
    moved[3..40, 1..47]

[<Tests>]
let tests =
    [ testCase "blocks start on a cache line and hold what was asked for" (fun () ->
          for bytes in [ 0L; 1L; 4095L; 4096L; 4097L; 5120L; 5121L; 65_537L; 1_000_000L; 100_000_000L ] do
              let memory = ResultMemory.Allocate bytes
              Expect.Equal(0n, memory.Address % nativeint AlignedMemory.Alignment)

              if bytes > 0L then
                  let last = NativePtr.ofNativeInt<byte>(memory.Address + nativeint (bytes - 1L))
                  NativePtr.write last 1uy
                  Expect.Equal(1uy, NativePtr.read last)

              GC.KeepAlive memory)

      testCase "sizes of blocks are at least what is asked for, and at most a quarter more" (fun () ->
          for bytes in
              Seq.concat
                  [ seq { 4096L..1L..40_000L }
                    seq { 1_000_000L..9973L..70_000_000L }
                    seq { 1L <<< 33 .. 1_000_000_007L .. 1L <<< 36 } ] do
              let capacity = BlockPool.Capacity bytes
              Expect.True(capacity >= bytes && capacity <= bytes + bytes / 4L, $"{capacity} for {bytes}")
              Expect.Equal(capacity, BlockPool.Capacity capacity))

      testCase "a block that nobody holds is used again" (fun () ->
          let first = addresses 8
          Expect.Equal(8, first.Count)

          let again () =
              collect ()
              Set.intersect first (addresses 8) |> Set.isEmpty |> not

          Expect.True(Seq.exists (fun _ -> again ()) (seq { 1..20 })))

      testCase "the pool keeps no more than its bound" (fun () ->
          let fill () =
              for _ in 1..100 do
                  ResultMemory.Allocate 20_000_000L |> ignore

          fill ()
          collect ()
          Expect.True(ResultMemory.IdleBytes <= ResultMemory.MaxIdleBytes))

      testCase "a million operations with results of 16 KB run in constant memory" (fun () ->
          let mutable x = Tensor.zeros [ 4096 ]
          let mutable most = 0L

          for i in 1..1_000_000 do
              x <- x + 1.0

              if i % 1000 = 0 then
                  most <- max most ResultMemory.LiveBytes

          Expect.Equal<float32[]>(Array.create 4096 1_000_000.0f, Tensor.toArray x)
          // of 16 GB; other tests run beside this one
          Expect.True(most < (1L <<< 30), $"{most}"))

      testCase "a view keeps its memory while everything around it is collected and used again" (fun () ->
          let views = Array.init 50 viewOf

          for round in 1..5 do
              collect ()

              for i in 1..200 do
                  Tensor.full [ 50; 60 ] -1.0 + 0.5 |> ignore

          views
          |> Array.iteri (fun i view ->
              Expect.All(Tensor.toArray view, (fun v -> Expect.Equal(float32 i + 1.0f, v)))
              Expect.All(Tensor.toArray (view * 2.0), (fun v -> Expect.Equal(2.0f * (float32 i + 1.0f), v)))))

      testCase "threads that compute while garbage is collected get their own results" (fun () ->
          use stop = new CancellationTokenSource()

          let collector =
              Task.Run(fun () ->
                  while not stop.IsCancellationRequested do
                      GC.Collect 0
                      Thread.Sleep 1)

          let work (thread: int) =
              let random = Random thread

              for round in 1..150 do
                  let rows, columns = random.Next(20, 200), random.Next(20, 200)
                  let start = float (thread * 1000 + round)
                  let x = Tensor.full [ rows; columns ] start
                  // copies in row-major order, sums, products and sessions, each of which makes memory on the way
                  let turned = Tensor.transpose x + 1.0
                  let sums = Tensor.sumOver [ 0 ] (Tensor.transpose (Tensor.flip [ 0 ] turned))
                  let joined = Tensor.concat 0 [ Tensor.transpose turned; Tensor.flip [ 1 ] (Tensor.transpose turned) ]
                  let compiled = Tensor.compile (fun t -> Tensor.transpose t * 2.0) turned
                  let expected = float32 (start + 1.0)

                  let near (expected: float32) (x: Tensor) =
                      for v in Tensor.toArray x do
                          if abs (v - expected) > 1e-3f * expected then
                              Expect.Fail $"{v} and not {expected}"

                  near expected joined
                  near (2.0f * expected) compiled
                  near (expected * float32 rows) sums

          Parallel.For(0, 4, work) |> ignore
          stop.Cancel()
          collector.Wait()) ]
    |> testList "Kernels.Memory"
