/// Forward mode through a loop: one loop that carries values and tangents side by side.
module internal Functional.ScanJvp

open Functional

let private isSome = List.map Option.isSome

let private orZeros =
    List.map2 (fun (x: Tensor) tangent -> Option.defaultWith (fun () -> Tensor.zerosLike x) tangent)

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
        let carryTangents = ref []
        let outputTangents = ref []

        let step carries' slices constants' =
            let withTangents (primals: Tensor list) flags values =
                let primals, tangents = List.splitAt primals.Length values
                primals, ScanTracing.unpick flags tangents

            let c, dc = withTangents carries hasTangent carries'
            let x, dx = withTangents sequences (isSome dSequences) slices
            let k, dk = withTangents constants (isSome dConstants) constants'
            let values, tangents = jvp (Trace.run scan.Source) (c @ x @ k) (dc @ dx @ dk)
            let newCarries, outputs = List.splitAt scan.Carries values
            let dNewCarries, dOutputs = List.splitAt scan.Carries tangents
            carryTangents.Value <- isSome dNewCarries
            outputTangents.Value <- isSome dOutputs

            newCarries @ ScanTracing.pick hasTangent (orZeros newCarries dNewCarries), outputs @ List.choose id dOutputs

        let loop =
            ScanTracing.prepare
                scan.Reverse
                scan.Length
                step
                (carries @ ScanTracing.pick hasTangent (orZeros carries dCarries))
                (sequences @ List.choose id dSequences)
                (constants @ List.choose id dConstants)

        (loop, outputTangents.Value), carryTangents.Value

    let (loop, outputTangents), hasTangent = ScanTracing.fixedPoint (isSome dCarries) trace
    let carried, outputs = ScanTracing.apply loop |> List.splitAt loop.Scan.Carries
    let last, dLast = List.splitAt scan.Carries carried
    let outputs, dOutputs = List.splitAt outputTangents.Length outputs
    last @ outputs, ScanTracing.unpick hasTangent dLast @ ScanTracing.unpick outputTangents dOutputs
