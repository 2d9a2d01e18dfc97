/// Forward mode through a loop: one loop that carries values and tangents side by side.
module internal Functional.ScanJvp

open Functional

let private isSome = List.map Option.isSome

/// The results of the scan and their tangents. `jvp` gives the values of a function and their tangents, None standing
/// for zero.
let push
    (jvp: (Tensor list -> Tensor list) -> Tensor list -> Tensor option list -> Tensor list * Tensor option list)
    (scan: Scan)
    (args: Tensor list)
    (tangents: Tensor option list)
    : Tensor list * Tensor option list =
    let carries, sequences, constants = ScanTracing.parts scan args
    let carried, alongSequences, alongConstants = ScanTracing.parts scan tangents

    let attempt flags =
        let raised = ref []
        let stacked = ref []

        let starts =
            List.map2
                (fun (x: Tensor) tangent -> Option.defaultWith (fun () -> Tensor.zerosLike x) tangent)
                carries
                carried
            |> ScanTracing.pick flags

        let step all slices fixedValues =
            let part (values: Tensor list) flags count =
                let primals, tangents = List.splitAt count values
                primals, ScanTracing.spread flags tangents

            let c, dc = part all flags carries.Length
            let x, dx = part slices (isSome alongSequences) sequences.Length
            let k, dk = part fixedValues (isSome alongConstants) constants.Length
            let values, slopes = jvp (Trace.run scan.Source) (c @ x @ k) (dc @ dx @ dk)
            let after, given = List.splitAt scan.Carries values
            let dAfter, dGiven = List.splitAt scan.Carries slopes
            raised.Value <- isSome dAfter
            stacked.Value <- isSome dGiven

            let dAfter =
                List.map2
                    (fun (x: Tensor) tangent -> Option.defaultWith (fun () -> Tensor.zerosLike x) tangent)
                    after
                    dAfter
                |> ScanTracing.pick flags

            after @ dAfter, given @ List.choose id dGiven

        let loop =
            ScanTracing.prepare
                scan.Reverse
                scan.Length
                step
                (carries @ starts)
                (sequences @ List.choose id alongSequences)
                (constants @ List.choose id alongConstants)

        (loop, stacked.Value), raised.Value

    let (loop, stacked), flags = ScanTracing.settle (isSome carried) attempt
    let after, given = ScanTracing.apply loop |> List.splitAt loop.Scan.Carries
    let after, dAfter = List.splitAt scan.Carries after
    let given, dGiven = List.splitAt stacked.Length given
    after @ given, ScanTracing.spread flags dAfter @ ScanTracing.spread stacked dGiven
