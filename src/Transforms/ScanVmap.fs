/// vmap through a loop: the batch axis passes through every step, in front of those values that have one.
module internal Functional.ScanVmap

open Functional
open Core

let private swapFirst (x: Tensor) = apply (Op.Transpose(1 :: 0 :: [ 2 .. x.Rank - 1 ])) [ x ]

/// The scan over values that carry a batch axis of length n in front where they are flagged; so do the results.
/// `mapped` runs a function on such values.
let apply
    (mapped: (Tensor list -> Tensor list) -> (Tensor * bool) list -> (Tensor * bool) list)
    n
    (scan: Scan)
    (args: (Tensor * bool) list)
    : (Tensor * bool) list =
    let carries, sequences, constants = ScanTracing.parts scan args
    let front (x: Tensor, isBatched) = if isBatched then x else broadcastTo (n :: x.Shape) x

    let attempt flags =
        let given = ref []
        let batchedCarries = List.map2 (fun flag carry -> if flag then front carry else fst carry) flags carries

        let step carries slices fixedValues =
            let results =
                mapped
                    (Trace.run scan.Source)
                    (List.zip carries flags
                     @ List.zip slices (List.map snd sequences)
                     @ List.zip fixedValues (List.map snd constants))

            let after, others = List.splitAt scan.Carries results
            given.Value <- results |> List.map snd
            List.map2 (fun flag value -> if flag then front value else fst value) flags after, List.map fst others

        let loop =
            ScanTracing.prepare
                scan.Reverse
                scan.Length
                step
                batchedCarries
                (sequences |> List.map (fun (x, isBatched) -> if isBatched then swapFirst x else x))
                (List.map fst constants)

        (loop, List.skip scan.Carries given.Value), List.take scan.Carries given.Value

    let (loop, given), flags = ScanTracing.settle (List.map snd carries) attempt
    let after, stacked = ScanTracing.apply loop |> List.splitAt scan.Carries

    List.zip after flags
    @ List.map2 (fun y isBatched -> (if isBatched then swapFirst y else y), isBatched) stacked given
