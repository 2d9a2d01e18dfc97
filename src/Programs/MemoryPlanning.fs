/// Buffer assignment: the byte offset of every temporary value in one arena, whose parts are used again as values die.
module internal Functional.MemoryPlanning

open System.Collections.Generic
open Functional
open Program

/// Options of memory planning.
type MemoryRequest =
    {
        /// The bytes of scratch memory that each step needs while it runs.
        Scratch: int64[]
        /// Results that take the memory of the argument they replace: (result, argument).
        Donations: (int * int) list
        /// Whether results that replace no argument stand in the arena, to the end of the run. Else the caller places
        /// them.
        KeepsResults: bool
        /// With a guard, so many bytes behind each value are kept free, and no memory is used twice: writes beyond a
        /// value can then be detected.
        Guard: int64
    }

/// The memory plan of a program: the buffer of each value and its offset in the arena.
type MemoryPlan =
    {
        /// For each storage the first one of those that share its memory: itself, if it shares none.
        Owner: int[]
        /// Arena offset in bytes of each temporary buffer; -1 for any other storage.
        Offset: int64[]
        /// The byte offset in the arena of each step's scratch memory.
        Scratch: int64[]
        /// The size of the arena.
        ArenaBytes: int64
        /// Donated results that could not alias their argument, and are copied to it at the end: (result's storage,
        /// argument's storage).
        CopiedBack: struct (int * int) list
    }

    /// The byte offset of a storage in the arena; -1 where it is not there.
    member me.OffsetOf storage = me.Offset[me.Owner[storage]]

/// In bytes: no two values share a cache line, nor lines that a processor fetches together.
let private alignment = 256L

let private aligned (bytes: int64) = (bytes + alignment - 1L) / alignment * alignment

/// The free parts of the arena.
type private Arena() =
    // the length of each free part by its offset
    let free = SortedDictionary<int64, int64>()
    let mutable length = 0L

    member _.Length = length

    /// The smallest free part that is large enough, else more room at the end.
    member _.Take(size: int64) : int64 =
        let mutable best = -1L

        for KeyValue(offset, room) in free do
            if room >= size && (best < 0L || room < free[best]) then
                best <- offset

        if best >= 0L then
            let room = free[best]
            free.Remove best |> ignore

            if room > size then
                free[best + size] <- room - size

            best
        else
            let mutable start = length

            // a free part at the end grows
            for KeyValue(offset, room) in free do
                if offset + room = length then
                    start <- offset

            free.Remove start |> ignore
            length <- start + size
            start

    /// Frees a block and merges it with its free neighbours.
    member _.Give(offset: int64, size: int64) =
        let mutable offset = offset
        let mutable size = size
        let mutable before = -1L
        let mutable after = -1L

        for KeyValue(other, room) in free do
            if other + room = offset then
                before <- other

            if other = offset + size then
                after <- other

        if after >= 0L then
            size <- size + free[after]
            free.Remove after |> ignore

        if before >= 0L then
            size <- size + free[before]
            offset <- before

        free[offset] <- size

/// Lives on after the last step.
let private forever = System.Int32.MaxValue

/// An arena may be so much larger than its peak before another packing is tried.
let private tolerance = 1.03

/// Above so many blocks another packing, which takes quadratic time, is not tried.
let private maxPacked = 4096

/// Walks the steps in order, and gives each value memory when it is first written: the smallest free part that is large
/// enough. Where that leaves too many gaps, the blocks are packed anew, the largest first.
type private Assignment(program: Program, request: MemoryRequest) =
    let count = program.Storages.Length
    // liveness: the first and the last step that touches each storage
    let first = Array.create count forever
    let last = Array.create count -1
    let owner = Array.init count id
    let offset = Array.create count -1L
    let scratch = Array.create program.Steps.Length 0L
    let copiedBack = List<struct (int * int)>()
    let arena = Arena()
    // the owners with an offset, and the steps that write them first
    let owners = List<struct (int * int)>()
    // the owners that die in each step
    let dying = Array.init program.Steps.Length (fun _ -> List<int>())
    let reuses = request.Guard = 0L

    let bytesOf storage = aligned (program.Storages[storage].Bytes + request.Guard)

    let isTemporary storage =
        match program.Storages[storage].Kind with
        | Kind.Temporary -> true
        | Kind.Output _ ->
            owner[storage] = storage
            && (request.KeepsResults || copiedBack.Exists(fun (struct (result, _)) -> result = storage))
        | Kind.Input _
        | Kind.Constant _ -> false

    let diesAfter storage step =
        if step < dying.Length then
            dying[step].Add storage

    /// Lets the donated results alias their arguments, where no step reads an argument after its result was written.
    let donate () =
        for result, argument in request.Donations do
            let storage, replaced = program.Outputs[result], program.Inputs[argument]
            let written = first[storage]

            let mayOverwrite () = program.Steps[written].Overwrites |> List.contains (struct (replaced, storage))

            if last[replaced] < written || (last[replaced] = written && mayOverwrite ()) then
                owner[storage] <- replaced
            else
                copiedBack.Add(struct (storage, replaced))
                last[storage] <- forever

    let keepResults () =
        if request.KeepsResults then
            for storage in program.Outputs do
                if owner[storage] = storage then
                    last[storage] <- forever

    /// The owner of a value that dies in this step and that the storage may overwrite: of several the one that was
    /// written last, which may still be in a cache.
    let overwritable i (step: Step) storage =
        step.Overwrites
        |> List.filter (fun (struct (replaced, written)) ->
            let kept = owner[replaced]
            written = storage && isTemporary kept && offset[kept] >= 0L && last[kept] = i)
        |> List.sortByDescending (fun (struct (replaced, _)) -> first[replaced])
        |> List.tryHead
        |> Option.map (fun (struct (replaced, _)) -> owner[replaced])

    let place i (step: Step) storage =
        match overwritable i step storage with
        | Some kept ->
            owner[storage] <- kept
            last[kept] <- last[storage]
            dying[i].Remove kept |> ignore
            diesAfter kept last[kept]
        | None ->
            offset[storage] <- arena.Take(bytesOf storage)
            owners.Add(struct (storage, i))
            diesAfter storage last[storage]

    let assign i (step: Step) =
        for operand in step.Writes do
            let storage = operand.Storage

            if isTemporary storage && owner[storage] = storage && offset[storage] < 0L then
                place i step storage

        if request.Scratch[i] > 0L then
            let bytes = aligned request.Scratch[i]
            scratch[i] <- arena.Take bytes

            if reuses then
                arena.Give(scratch[i], bytes)

        if reuses then
            for storage in dying[i] do
                arena.Give(offset[storage], bytesOf storage)

    /// The blocks of the owners, and behind them the scratch memory of the steps that have any.
    let blocks () : ArenaPacking.Block[] =
        [| for struct (storage, step) in owners do
               { Bytes = bytesOf storage; First = step; Last = last[storage] }

           for i in 0 .. scratch.Length - 1 do
               if request.Scratch[i] > 0L then
                   { Bytes = aligned request.Scratch[i]; First = i; Last = i } |]

    /// Moves the blocks where another packing makes the arena smaller. Gives its size.
    let repack () : int64 =
        let blocks = blocks ()
        let peak = ArenaPacking.peak scratch.Length blocks

        if not reuses || float arena.Length <= tolerance * float peak || blocks.Length > maxPacked then
            arena.Length
        else
            let struct (offsets, size) = ArenaPacking.pack blocks

            if size < arena.Length then
                owners |> Seq.iteri (fun i (struct (storage, _)) -> offset[storage] <- offsets[i])
                let needy = [| 0 .. scratch.Length - 1 |] |> Array.filter (fun i -> request.Scratch[i] > 0L)
                needy |> Array.iteri (fun i step -> scratch[step] <- offsets[owners.Count + i])

            min size arena.Length

    member _.Plan() : MemoryPlan =
        program.Steps
        |> Array.iteri (fun i step ->
            for operand in step.Reads @ step.Writes do
                first[operand.Storage] <- min first[operand.Storage] i
                last[operand.Storage] <- max last[operand.Storage] i)

        donate ()
        keepResults ()
        Array.iteri assign program.Steps
        let size = repack ()

        { Owner = owner
          Offset = offset
          Scratch = scratch
          ArenaBytes = size
          CopiedBack = List.ofSeq copiedBack }

/// The memory of the program's values.
let plan (program: Program) (request: MemoryRequest) : MemoryPlan = Assignment(program, request).Plan()
