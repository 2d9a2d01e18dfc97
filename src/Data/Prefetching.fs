namespace Functional

open System.Collections
open System.Collections.Generic
open System.Runtime.ExceptionServices
open System.Threading

/// Elements made on another thread, at most `size` ahead of the one who takes them, in their order. An error of the source
/// is raised where its element would have come.
[<Sealed>]
type internal Prefetched<'T>(size: int, start: unit -> IEnumerator<'T>) =
    let ring: 'T[] = Array.zeroCreate size
    let free = new SemaphoreSlim(size)
    let filled = new SemaphoreSlim(0)
    let mutable made = 0L
    let mutable taken = 0L
    let mutable released = 0
    let mutable isDisposed = false
    let mutable failure: ExceptionDispatchInfo = null
    let mutable current = Unchecked.defaultof<'T>

    // Waking the other thread costs microseconds: it is woken for several free places at once.
    let share = max 1 (size / 2)

    let makeAll () =
        use source = start ()
        let mutable isOver = false

        while not isOver do
            free.Wait()

            if Volatile.Read &isDisposed || not (source.MoveNext()) then
                isOver <- true
            else
                ring[int (made % int64 size)] <- source.Current
                Volatile.Write(&made, made + 1L)
                filled.Release() |> ignore

    let run () =
        try
            makeAll ()
        with e ->
            Volatile.Write(&failure, ExceptionDispatchInfo.Capture e)

        // one more than there are elements: the end
        filled.Release() |> ignore

    let thread = Thread(run, IsBackground = true, Name = "Functional prefetch")
    do thread.Start()

    let release () =
        released <- released + 1

        if released >= share then
            free.Release released |> ignore
            released <- 0

    let finish () =
        // the next call finds the end again
        filled.Release() |> ignore

        match Volatile.Read &failure with
        | null -> ()
        | failure -> failure.Throw()

    interface IEnumerator<'T> with
        member _.Current = current

    interface IEnumerator with
        member _.Current = box current

        member _.Reset() =
            invalidOp "A pass over a source of batches is not restarted; enumerate the source again."

        member _.MoveNext() =
            filled.Wait()

            if taken < Volatile.Read &made then
                let place = int (taken % int64 size)
                current <- ring[place]
                ring[place] <- Unchecked.defaultof<'T>
                taken <- taken + 1L
                release ()
                true
            else
                finish ()
                false

    interface System.IDisposable with
        member _.Dispose() =
            if not isDisposed then
                Volatile.Write(&isDisposed, true)
                free.Release size |> ignore
                thread.Join()
                free.Dispose()
                filled.Dispose()
