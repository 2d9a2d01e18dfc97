/// Offsets of blocks in an arena when all lifetimes are known: the largest block first, each in the tightest gap between those
/// that live at the same time (greedy by size: Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
/// 2020).
module internal Functional.ArenaPacking

open System.Collections.Generic

/// Memory that a value or a step needs: so many bytes, from a first to a last step.
[<Struct>]
type Block = { Bytes: int64; First: int; Last: int }

/// A block with its place, the bytes from Offset to before End.
[<Struct>]
type private Placed = { Offset: int64; End: int64; Block: Block }

/// The bytes that are alive in the step that needs most: no arena is smaller.
let peak (steps: int) (blocks: Block[]) : int64 =
    let changes = Array.zeroCreate<int64>(steps + 1)

    for block in blocks do
        changes[block.First] <- changes[block.First] + block.Bytes
        let after = min block.Last (steps - 1) + 1
        changes[after] <- changes[after] - block.Bytes

    changes |> Array.scan (+) 0L |> Array.max

/// The tightest gap for a block between the placed ones of its time, which are in the order of their offsets; else the end.
let private fit (placed: List<Placed>) (block: Block) : int64 =
    let mutable reached = 0L
    let mutable best = -1L
    let mutable bestRoom = System.Int64.MaxValue

    for other in placed do
        if other.Block.First <= block.Last && block.First <= other.Block.Last then
            let room = other.Offset - reached

            if room >= block.Bytes && room < bestRoom then
                best <- reached
                bestRoom <- room

            reached <- max reached other.End

    if best >= 0L then best else reached

/// The offset of each block, and the size of the arena. Takes time quadratic in the number of blocks.
let pack (blocks: Block[]) : struct (int64[] * int64) =
    let offsets = Array.zeroCreate<int64> blocks.Length
    let placed = List<Placed> blocks.Length
    let byOffset = Comparer<Placed>.Create(fun a b -> compare a.Offset b.Offset)
    let order = Array.init blocks.Length id |> Array.sortBy (fun i -> -blocks[i].Bytes, blocks[i].First)
    let mutable size = 0L

    for i in order do
        let offset = fit placed blocks[i]

        let it = { Offset = offset; End = offset + blocks[i].Bytes; Block = blocks[i] }

        let at = placed.BinarySearch(it, byOffset)
        placed.Insert((if at < 0 then ~~~at else at), it)
        offsets[i] <- offset
        size <- max size it.End

    struct (offsets, size)
