/// Tracing of loops: the step becomes a graph without dead inputs, and the scan is applied.
module internal Functional.ScanTracing

open Functional
open Core

/// A scan with the arguments that it is to be applied to.
type Loop = { Scan: Scan; Args: Tensor list }

/// A list with an entry for each argument of the scan, split into those of the carries, of the sequences and of the
/// constants.
let splitArguments (scan: Scan) (all: 'a list) =
    let carries, rest = List.splitAt scan.Carries all
    let sequences, constants = List.splitAt scan.Sequences rest
    carries, sequences, constants

/// The inverse of `pick`: an option for each flag, which holds the next value where the flag is set.
let unpick (flags: bool list) (values: 'a list) : 'a option list =
    let next rest flag =
        match rest with
        | value :: rest when flag -> Some value, rest
        | rest -> None, rest

    (values, flags) ||> List.mapFold next |> fst

/// The values whose flag is set.
let pick (flags: bool list) (values: 'a list) = DeadCode.pick flags values

/// The fixed point of flags of carries: a carry that depends on something (a tangent, a batch axis) after one step
/// depends on it before the next. `step` gives a result for such flags and the flags after the step; it runs until it
/// sets no further flag.
let rec fixedPoint (flags: bool list) (step: bool list -> 'r * bool list) =
    let result, after = step flags
    let next = List.map2 (||) flags after
    if next = flags then result, flags else fixedPoint next step

/// The body that a backend runs: custom functions are replaced by the primitives that they compute.
let private inlineCustomFunctions (source: Graph) =
    let isCustom node =
        match node with
        | Node.Compute(Op.Custom _, _, _) -> true
        | Node.Compute _
        | Node.Constant _
        | Node.Input _ -> false

    if Array.exists isCustom source.Nodes then
        fst (Trace.trace (Trace.run source) source.Inputs)
    else
        source

/// The signature of one slice of a sequence.
let sliceSignature (sequence: Tensor) : Signature = { Shape = sequence.Shape.Tail; DType = sequence.DType }

/// Traces `step`, which gives the new carries and the outputs to be stacked, from carries, slices of the sequences, and
/// constants. Values of outer transforms that it captures become further constants; sequences and constants that it
/// does not read are left out.
let prepare
    reverse
    length
    (step: Tensor list -> Tensor list -> Tensor list -> Tensor list * Tensor list)
    (carries: Tensor list)
    (sequences: Tensor list)
    (constants: Tensor list)
    : Loop =
    let signatures = List.map (fun (x: Tensor) -> x.Signature)
    let inputs = signatures carries @ List.map sliceSignature sequences @ signatures constants

    let body args =
        let carries, rest = List.splitAt carries.Length args
        let slices, constants = List.splitAt sequences.Length rest
        let newCarries, outputs = step carries slices constants
        newCarries @ outputs

    let source, captured =
        besideAll (carries @ sequences @ constants) (fun () -> Trace.traceWhole body inputs)

    let source = DeadCode.prune source
    let args = carries @ sequences @ constants @ captured
    let read = DeadCode.readInputs source
    let keep = read |> Array.mapi (fun i isRead -> isRead || i < carries.Length)

    let sequenceCount =
        keep |> Array.skip carries.Length |> Array.take sequences.Length |> Array.filter id |> Array.length

    let source = DeadCode.withInputs keep source

    { Scan =
        { Body = inlineCustomFunctions source
          Source = source
          Carries = carries.Length
          Sequences = sequenceCount
          Length = length
          Reverse = reverse }
      Args = pick (List.ofArray keep) args }

/// The last carries, then the stacked outputs.
let apply (loop: Loop) : Tensor list =
    match loop.Args with
    | [] ->
        // a primitive runs on the device of its arguments: one that needs none gets a number that it does not read
        let body = { loop.Scan.Body with Inputs = [ { Shape = []; DType = Float32 } ] }
        applyMany (Op.Scan { loop.Scan with Body = body; Source = body }) [ scalarOn (Backends.current ()) Float32 0.0 ]
    | args -> applyMany (Op.Scan loop.Scan) args
