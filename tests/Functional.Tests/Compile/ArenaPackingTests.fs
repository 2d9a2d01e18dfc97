module Functional.Tests.ArenaPackingTests

open System
open Functional
open Functional.ArenaPacking
open FsCheck
open FsCheck.FSharp
open Expecto

let private steps = 30

/// Up to 60 blocks of up to 100 bytes with lifetimes in 30 steps.
let private blocks: Gen<Block[]> =
    gen {
        let! bytes = Gen.choose (1, 100)
        let! first = Gen.choose (0, steps - 1)
        let! last = Gen.frequency [ 4, Gen.choose (first, steps - 1); 1, Gen.constant Int32.MaxValue ]

        return { Bytes = int64 bytes; First = first; Last = last }
    }
    |> Gen.arrayOf
    |> Gen.resize 60

let private overlap (a: Block, start: int64) (b: Block, other: int64) =
    let inTime = a.First <= b.Last && b.First <= a.Last
    inTime && start < other + b.Bytes && other < start + a.Bytes

[<Tests>]
let tests =
    [ law "blocks that live at the same time share no byte" (fun () ->
          Prop.forAll (Arb.fromGen blocks) (fun blocks ->
              let struct (offsets, _) = pack blocks
              let placed = Array.zip blocks offsets

              placed
              |> Array.indexed
              |> Array.forall (fun (i, a) -> placed |> Array.skip (i + 1) |> Array.forall (overlap a >> not))))

      law "an arena ends where a block does, is no smaller than the peak, and here at most twice as large" (fun () ->
          Prop.forAll (Arb.fromGen blocks) (fun blocks ->
              let struct (offsets, size) = pack blocks
              let ends = Array.map2 (fun (block: Block) offset -> offset + block.Bytes) blocks offsets
              let peak = peak steps blocks
              size = Array.fold max 0L ends && size >= peak && size <= 2L * peak))

      testCase "blocks of one size fill the peak exactly" (fun () ->
          let blocks = [| for first in 0..9 -> { Bytes = 256L; First = first; Last = first + 2 } |]

          let struct (_, size) = pack blocks
          Expect.Equal(3L * 256L, size)
          Expect.Equal(size, peak 12 blocks))

      testCase "a large block later does not lie beyond a gap that small ones tore" (fun () ->
          // in turn 40 and 20 bytes are taken, the 20 stay: walking in order, 60 bytes fit in none of the gaps
          let block bytes first last = { Bytes = bytes; First = first; Last = last }

          let blocks = [| block 40L 0 0; block 20L 0 2; block 40L 1 1; block 60L 2 2 |]
          let struct (_, size) = pack blocks
          Expect.Equal(peak 3 blocks, size)) ]
    |> testList "Compile.ArenaPacking"
