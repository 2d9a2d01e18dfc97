/// Forward mode through a loop: one loop that carries values and tangents side by side.
module internal Functional.ScanJvp

open Functional

let private isSome = List.map Option.isSome

let private orZeros =
    List.map2 (fun (x: Tensor) tangent -> Option.defaultWith (fun () -> Tensor.zerosLike x) tangent)

/// Values that `orZeros` and `pick` put side by side, as values and tangents again.
let private apart (primals: Tensor list) hasTangent (values: Tensor list) =
    let primals, tangents = List.splitAt primals.Length values
    primals, ScanTracing.unpick hasTangent tangents

/// The results of the scan and their tangents. `jvp` gives the values of a function and their tangents, None standing
/// for zero. A carry has a tangent if it has one at the start or after any step.
let push
    (jvp: (Tensor list -> Tensor list) -> Tensor list -> Tensor option list -> Tensor list * Tensor option list)
    (scan: Scan)
    (args: Tensor list)
    (tangents: Tensor option list)
    : Tensor list * Tensor option list =
    let carries, sequences, constants = ScanTracing.splitArguments scan args
    let dCarries, dSequences, dConstants = ScanTracing.splitArguments scan tangents

    let trace hasTangent =
        // which of the carries and of the outputs had tangents after the step
        let found = ref ([], [])

        let step carries' slices constants' =
            let c, dc = apart carries hasTangent carries'
            let x, dx = apart sequences (isSome dSequences) slices
            let k, dk = apart constants (isSome dConstants) constants'
            let values, tangents = jvp (Trace.run scan.Source) (c @ x @ k) (dc @ dx @ dk)
            let newCarries, outputs = List.splitAt scan.Carries values
            let dNewCarries, dOutputs = List.splitAt scan.Carries tangents
            found.Value <- isSome dNewCarries, isSome dOutputs
            newCarries @ ScanTracing.pick hasTangent (orZeros newCarries dNewCarries), outputs @ List.choose id dOutputs

        let loop =
            ScanTracing.prepare
                scan.Reverse
                scan.Length
                step
                (carries @ ScanTracing.pick hasTangent (orZeros carries dCarries))
                (sequences @ List.choose id dSequences)
                (constants @ List.choose id dConstants)

        let carryTangents, outputTangents = found.Value
        (loop, outputTangents), carryTangents

    let (loop, outputTangents), hasTangent = ScanTracing.fixedPoint (isSome dCarries) trace
    let carried, outputs = ScanTracing.apply loop |> List.splitAt loop.Scan.Carries
    let last, dLast = apart carries hasTangent carried
    let outputs, dOutputs = List.splitAt outputTangents.Length outputs
    last @ outputs, dLast @ ScanTracing.unpick outputTangents dOutputs
