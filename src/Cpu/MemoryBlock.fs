namespace Functional

open System
open System.Collections.Generic
open System.Runtime.ConstrainedExecution
open System.Threading
open Functional.Kernels

/// The machine's memory: its limit, and how much of it native blocks hold.
module internal MachineMemory =
    let mutable private held = 0L

    /// The bytes of all blocks that are not freed.
    let heldBytes () = Volatile.Read &held

    /// Notes a block that was reserved, or with a negative number one that was freed.
    let note (bytes: int64) = Interlocked.Add(&held, bytes) |> ignore

    // 0 would mean that the runtime does not know
    let private limit =
        match GC.GetGCMemoryInfo().TotalAvailableMemoryBytes with
        | 0L -> Int64.MaxValue
        | bytes -> bytes

    /// Raises the error for this many bytes.
    let refuse (bytes: int64) : 'a =
        let gibibytes (n: int64) =
            (float n / 1073741824.0).ToString("0.##", Globalization.CultureInfo.InvariantCulture) + " GiB"

        Fail.argument
            "memory"
            "size"
            (gibibytes bytes)
            $"cannot be reserved: this machine has {gibibytes limit} in all. Compute with smaller batches, or with a \
              smaller element type."

    /// An error for more bytes than the machine has.
    let demand (bytes: int64) : unit =
        if bytes > limit then
            refuse bytes

/// Native memory, aligned to a cache line and uninitialised; freed by `Free`, or when nobody holds the object any more.
///
/// It is no array of the garbage collector's because such an array ends at 2^31 elements. Asking for more than the
/// machine has is an error, raised before anything is reserved.
[<Sealed; AllowNullLiteral>]
type internal MemoryBlock(bytes: int64) =
    inherit CriticalFinalizerObject()
    let size = max 1L bytes

    let mutable address =
        MachineMemory.demand size

        try
            NativeBlock.Allocate size
        with :? OutOfMemoryException ->
            MachineMemory.refuse size

    // small ones do not matter to the collector, and telling it takes longer than reserving them
    let isLarge = size >= 65536L

    do
        MachineMemory.note size

        if isLarge then
            GC.AddMemoryPressure size

    /// Its size in bytes.
    member _.Bytes = bytes

    /// The first byte. Who uses it keeps the block alive meanwhile.
    member _.Address = address

    /// Frees the memory, which nobody may use any more.
    member me.Free() =
        let address = Interlocked.Exchange(&address, 0n)

        if address <> 0n then
            NativeBlock.Free address
            MachineMemory.note -size

            if isLarge then
                GC.RemoveMemoryPressure size

        GC.SuppressFinalize me

    override me.Finalize() = me.Free()

/// Memory for the temporaries of plans: as many blocks as runs have met at one time, each as large as the largest plan
/// that ran in it. A block that stays idle from one full garbage collection to the next is freed.
module internal Workspaces =
    /// A block that nobody uses, and how many full collections it has been idle through.
    [<Struct>]
    type private Idle = { Block: MemoryBlock; Collections: int }

    let private idle = List<Idle>()

    let private trim () =
        for i in idle.Count - 1 .. -1 .. 0 do
            if idle[i].Collections > 0 then
                idle[i].Block.Free()
                idle.RemoveAt i
            else
                idle[i] <- { idle[i] with Collections = 1 }

    /// Unreachable from the start, so that each collection finalizes it; it then comes back, and after a full one
    /// trims.
    type private Trimmer() =
        override me.Finalize() =
            if not Environment.HasShutdownStarted then
                if GC.GetGeneration me >= GC.MaxGeneration then
                    lock idle trim

                GC.ReRegisterForFinalize me

    do Trimmer() |> ignore

    /// A new block with some room for later plans that are a little larger: shapes that grow do not each take a new
    /// one.
    let private withSlack bytes = MemoryBlock(bytes + bytes / 8L)

    /// The smallest idle block of at least this many bytes, or else any.
    let private take bytes : MemoryBlock =
        let mutable best = idle.Count - 1

        for i in 0 .. idle.Count - 1 do
            let size = idle[i].Block.Bytes

            if size >= bytes && (idle[best].Block.Bytes < bytes || size < idle[best].Block.Bytes) then
                best <- i

        if best < 0 then
            null
        else
            let block = idle[best].Block
            idle.RemoveAt best
            block

    /// A block of at least this many bytes in the place of one that its only user has outgrown.
    let grow (old: MemoryBlock) (bytes: int64) : MemoryBlock =
        if isNull old then
            MemoryBlock bytes
        else
            old.Free()
            withSlack bytes

    /// A block of at least this many bytes that nobody else uses until it is given back.
    let rent (bytes: int64) : MemoryBlock =
        let block = lock idle (fun () -> take bytes)

        if isNull block then withSlack bytes
        elif block.Bytes >= bytes then block
        else grow block bytes

    /// Gives back a rented block.
    let giveBack (block: MemoryBlock) = lock idle (fun () -> idle.Add { Block = block; Collections = 0 })
