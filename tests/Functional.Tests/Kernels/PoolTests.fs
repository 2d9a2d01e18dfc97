module Functional.Tests.Kernels.PoolTests

#nowarn "9"

open System
open System.Threading
open System.Threading.Tasks
open Functional.Kernels
open Functional.Tests
open Expecto

/// Whether so many slices were ever running at once. A caller that finds the pool busy with other tests runs alone: it
/// tries again.
let private meet threads =
    use _ = KernelScope.UseThreads threads

    let attempt () =
        use all = new CountdownEvent(threads)
        let met = ref true

        WorkerPool.Run(
            threads,
            fun _ ->
                all.Signal() |> ignore

                if not (all.Wait 50) then
                    met.Value <- false
        )

        met.Value

    Seq.exists (fun _ -> attempt ()) (seq { 1..1000 })

[<Tests>]
let tests =
    [ law "every slice runs once" (fun (FsCheck.NonNegativeInt n) (FsCheck.PositiveInt threads) ->
          use _ = KernelScope.UseThreads(1 + threads % 8)
          let counts: int[] = Array.zeroCreate n
          WorkerPool.Run(n, fun i -> Interlocked.Increment(&counts[i]) |> ignore)
          Array.forall ((=) 1) counts)

      testCase "many callers and nested calls get all their slices" (fun () ->
          use _ = KernelScope.UseThreads 4

          Parallel.For(
              0,
              8,
              fun _ ->
                  for _ in 1..200 do
                      let total = ref 0

                      WorkerPool.Run(
                          5,
                          fun i -> WorkerPool.Run(4, fun j -> Interlocked.Add(total, 10 * i + j) |> ignore)
                      )

                      Expect.Equal(4 * 10 * 10 + 5 * 6, total.Value)
          )
          |> ignore)

      testCase "the exception of the first slice that failed reaches the caller, and the pool works on" (fun () ->
          for threads in [ 1; 2; 4 ] do
              use _ = KernelScope.UseThreads threads

              for _ in 1..50 do
                  let e =
                      Expect.Throws<InvalidOperationException>(fun () ->
                          WorkerPool.Run(
                              20,
                              fun i ->
                                  if i % 7 = 3 then
                                      raise (InvalidOperationException(string i))
                          ))

                  Expect.Equal("3", e.Message)
                  let sum = ref 0
                  WorkerPool.Run(20, fun i -> Interlocked.Add(sum, i) |> ignore)
                  Expect.Equal(190, sum.Value))

      testCase "several threads take part" (fun () -> Expect.True(meet 3))

      testCase "a pool that has slept wakes up" (fun () ->
          for pause in [ 0; 1; 5; 20 ] do
              Thread.Sleep pause
              Expect.True(meet 2))

      testCase "a scope holds for its own code only" (fun () ->
          let before = KernelScope.Threads

          let inside =
              use _ = KernelScope.UseThreads 7
              let elsewhere = ref 0
              let apart = Thread(fun () -> elsewhere.Value <- KernelScope.Threads)
              apart.UnsafeStart()
              apart.Join()
              let flowing = Task.Run(fun () -> KernelScope.Threads)
              Expect.Equal(before, elsewhere.Value)
              Expect.Equal(7, flowing.Result)

              (use _ = KernelScope.UseLevel SimdLevel.Portable
               Expect.Equal(7, KernelScope.Threads)
               Expect.Equal(SimdLevel.Portable, KernelScope.Level))

              Expect.Equal(KernelScope.DetectedLevel, KernelScope.Level)
              KernelScope.Threads

          Expect.Equal(7, inside)
          Expect.Equal(before, KernelScope.Threads)
          Expect.Throws<ArgumentOutOfRangeException>(fun () -> KernelScope.UseThreads 0 |> ignore) |> ignore)

      testCase "each of very many slices runs once" (fun () ->
          use _ = KernelScope.UseThreads 3

          for n in [ 4094; 4095; 4096; 8190; 8191; 100_003 ] do
              let counts: int[] = Array.zeroCreate n
              WorkerPool.Run(n, fun i -> Interlocked.Increment(&counts[i]) |> ignore)
              Expect.True(Array.forall ((=) 1) counts))

      testCase "a team whose job numbers are used up is replaced, and no slice is lost or run twice" (fun () ->
          use _ = KernelScope.UseThreads 3

          for jobs in [ 1L; 2L; 7L ] do
              for round in 1..100 do
                  WorkerPool.StartTeam jobs

                  for slices in [ 2; 3; 11; 64; 5; 9; 4; 2 ] do
                      let counts: int[] = Array.zeroCreate slices
                      WorkerPool.Run(slices, fun i -> Interlocked.Increment(&counts[i]) |> ignore)
                      Expect.True(Array.forall ((=) 1) counts)

          Expect.True(meet 2)
          WorkerPool.StartTeam Ticket.MaxJobs)

      testCase "no two states of an open job have the same ticket" (fun () ->
          // the highest counts do not run into each other or into the number of the job
          let job = 0x7fffffff
          let full = Ticket.Open job + int64 Ticket.MaxUnits * Ticket.First + 255L * Ticket.Seat
          Expect.Equal(job, Ticket.Job full)
          Expect.Equal(Ticket.MaxUnits, Ticket.TakenFirst full)
          Expect.Equal(0, Ticket.TakenLast full)
          Expect.Equal(255, Ticket.Taken full)
          Expect.False(Ticket.IsClosed full)
          let back = Ticket.Open job + int64 Ticket.MaxUnits * Ticket.Last
          Expect.Equal(Ticket.MaxUnits, Ticket.TakenLast back)
          Expect.Equal(0, Ticket.TakenFirst back)
          Expect.Equal(-1, Ticket.Job(Ticket.Closed -1))
          Expect.True(Ticket.IsClosed(Ticket.Closed job))
          Expect.Equal(0, Ticket.Next(Ticket.Closed -1))) ]
    |> testList "Kernels.Pool"
