/// vmap through a loop: the batch axis passes through every step, in front of those values that have one.
module internal Functional.ScanVmap

open Functional
open Core

let private swapFirst (x: Tensor) = apply (Op.Transpose(1 :: 0 :: [ 2 .. x.Rank - 1 ])) [ x ]

/// A carry with a batch axis, where it is to have one.
let private withBatchAxis n wanted (x: Tensor, isBatched) =
    if wanted && not isBatched then broadcastTo (n :: x.Shape) x else x

/// The axis of time of a sequence in front of its batch axis, or the other way round.
let private sequenceInFront (x: Tensor, isBatched) = (if isBatched then swapFirst x else x), isBatched

/// The scan over values that carry a batch axis of length n in front where they are flagged; so do the results.
/// `mapped` runs a function on such values. A carry has a batch axis if it has one at the start or after any step.
let apply
    (mapped: (Tensor list -> Tensor list) -> (Tensor * bool) list -> (Tensor * bool) list)
    n
    (scan: Scan)
    (args: (Tensor * bool) list)
    : (Tensor * bool) list =
    let carries, sequences, constants = ScanTracing.splitArguments scan args
    let carriesBatched = List.map2 (withBatchAxis n)

    let trace isBatched =
        let resultsBatched = ref []

        let step carries' slices constants' =
            let results =
                mapped
                    (Trace.run scan.Source)
                    (List.zip carries' isBatched
                     @ List.zip slices (List.map snd sequences)
                     @ List.zip constants' (List.map snd constants))

            let newCarries, outputs = List.splitAt scan.Carries results
            resultsBatched.Value <- results |> List.map snd
            carriesBatched isBatched newCarries, List.map fst outputs

        let loop =
            ScanTracing.prepare
                scan.Reverse
                scan.Length
                step
                (carriesBatched isBatched carries)
                (List.map (sequenceInFront >> fst) sequences)
                (List.map fst constants)

        let newCarriesBatched, outputsBatched = List.splitAt scan.Carries resultsBatched.Value
        (loop, outputsBatched), newCarriesBatched

    let (loop, outputsBatched), isBatched = ScanTracing.fixedPoint (List.map snd carries) trace
    let last, outputs = ScanTracing.apply loop |> List.splitAt scan.Carries
    List.zip last isBatched @ List.map sequenceInFront (List.zip outputs outputsBatched)
