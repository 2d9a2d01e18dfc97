/// Where each temporary value of a program stands: one arena for each type of element, used again as values die.
module internal Functional.MemoryPlanning

open System.Collections.Generic
open Functional
open Program

/// Where the storages of a program stand.
type Layout =
    {
        /// For each storage the first one of those that share its memory: itself, if it shares none.
        Owner: int[]
        /// For each owner that is temporary its first element in the arena of its type.
        Offset: int[]
        /// For each step the first element of its scratch memory in the arena of Float32.
        Scratch: int[]
        /// How many elements of the type the arena holds.
        Arena: DType -> int
        /// Results that could not be written over the argument they replace, and are copied there at the end.
        Late: struct (int * int) list
    }

/// In elements: every value begins on a cache line, whatever its type.
let private alignment = 64

let private aligned n = (n + alignment - 1) / alignment * alignment

/// The free parts of one arena.
type private Arena() =
    // by offset: the length of each free part
    let free = SortedDictionary<int, int>()
    let mutable length = 0

    member _.Length = length

    /// The smallest free part that is large enough, else more room at the end.
    member _.Take size =
        let mutable best = -1

        for KeyValue(offset, room) in free do
            if room >= size && (best < 0 || room < free[best]) then
                best <- offset

        if best >= 0 then
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

    member _.Give offset size =
        let mutable offset = offset
        let mutable size = size
        let mutable before = -1
        let mutable after = -1

        for KeyValue(other, room) in free do
            if other + room = offset then
                before <- other

            if other = offset + size then
                after <- other

        if after >= 0 then
            size <- size + free[after]
            free.Remove after |> ignore

        if before >= 0 then
            size <- size + free[before]
            offset <- before

        free[offset] <- size

/// Lays out the program's memory. `scratch` is how many elements of Float32 each step needs while it runs; `carried` names
/// results that are to stand where an argument stood: (result, argument). With a guard, as many elements behind each value
/// are kept free, and no memory is used twice, so that what is written there can be told.
let plan (program: Program) (scratch: int[]) (carried: (int * int) list) (guard: int) : Layout =
    let count = program.Storages.Length
    let first = Array.create count System.Int32.MaxValue
    let last = Array.create count -1

    program.Steps
    |> Array.iteri (fun i step ->
        for operand in step.Reads @ step.Writes do
            first[operand.Storage] <- min first[operand.Storage] i
            last[operand.Storage] <- max last[operand.Storage] i)

    let owner = Array.init count id
    let late = List<struct (int * int)>()

    let overwrites step storage replaced = program.Steps[step].Overwrites |> List.contains (struct (replaced, storage))

    for result, argument in carried do
        let storage, replaced = program.Outputs[result], program.Inputs[argument]
        let written = first[storage]

        if last[replaced] < written || (last[replaced] = written && overwrites written storage replaced) then
            owner[storage] <- replaced
        else
            late.Add(struct (storage, replaced))

    let isTemporary i =
        match program.Storages[i].Kind with
        | Kind.Temporary -> true
        | Kind.Output _ -> late.Exists(fun (struct (storage, _)) -> storage = i)
        | Kind.Input _
        | Kind.Constant _ -> false

    // a late result lives until the end
    for struct (storage, _) in late do
        last[storage] <- System.Int32.MaxValue

    let arenas = Dictionary<DType, Arena>()

    let arena dtype =
        match arenas.TryGetValue dtype with
        | true, arena -> arena
        | _ ->
            let arena = Arena()
            arenas[dtype] <- arena
            arena

    let offset = Array.create count -1
    let scratchAt = Array.create program.Steps.Length 0
    let dying = Array.init program.Steps.Length (fun _ -> List<int>())
    let size i = aligned (program.Storages[i].Size + guard)

    program.Steps
    |> Array.iteri (fun i step ->
        for operand in step.Writes do
            let storage = operand.Storage

            if isTemporary storage && owner[storage] = storage && offset[storage] < 0 then
                // the value that was written last of those that may be overwritten: it may still be in a cache
                let over =
                    step.Overwrites
                    |> List.filter (fun (struct (replaced, written)) ->
                        let kept = owner[replaced]
                        written = storage && isTemporary kept && offset[kept] >= 0 && last[kept] = i)
                    |> List.sortByDescending (fun (struct (replaced, _)) -> first[replaced])
                    |> List.tryHead
                    |> Option.map (fun (struct (replaced, _)) -> owner[replaced])

                match over with
                | Some kept ->
                    owner[storage] <- kept
                    last[kept] <- last[storage]
                    dying[i].Remove kept |> ignore

                    if last[kept] < dying.Length then
                        dying[last[kept]].Add kept
                | None ->
                    offset[storage] <- (arena program.Storages[storage].DType).Take(size storage)

                    if last[storage] < dying.Length then
                        dying[last[storage]].Add storage

        if scratch[i] > 0 then
            let room = arena Float32
            scratchAt[i] <- room.Take(aligned scratch[i])

            if guard = 0 then
                room.Give scratchAt[i] (aligned scratch[i])

        for storage in (if guard = 0 then dying[i] else List()) do
            (arena program.Storages[storage].DType).Give offset[storage] (size storage))

    { Owner = owner
      Offset = offset
      Scratch = scratchAt
      Arena =
        fun dtype ->
            match arenas.TryGetValue dtype with
            | true, arena -> arena.Length
            | _ -> 0
      Late = List.ofSeq late }
