/// Making loops: a step is traced, what it does not need is left out, and the scan is applied.
module internal Functional.ScanTracing

open Functional
open Core

/// A scan with the arguments that it is to be applied to.
type Loop = { Scan: Scan; Args: Tensor list }

/// What belongs to the carries, to the sequences and to the constants.
let parts (scan: Scan) (all: 'a list) =
    let carries, rest = List.splitAt scan.Carries all
    let sequences, constants = List.splitAt scan.Sequences rest
    carries, sequences, constants

/// Values for the places where the flags hold, in order, and None elsewhere.
let spread (flags: bool list) (values: 'a list) : 'a option list =
    let place rest flag =
        match rest with
        | value :: rest when flag -> Some value, rest
        | rest -> None, rest

    (values, flags) ||> List.mapFold place |> fst

/// Those of the values at whose places the flags hold.
let pick (flags: bool list) (values: 'a list) = DeadCode.pick flags values

let either = List.map2 (||)

/// Flags of carries, and what `attempt` makes of them, once another step no longer raises one: what a carry takes on in
/// one step it brings along in the next.
let rec settle (flags: bool list) (attempt: bool list -> 'r * bool list) =
    let result, raised = attempt flags
    let next = either flags raised
    if next = flags then result, flags else settle next attempt

/// The body that a backend runs: what functions with derivatives of their own compute, in their place.
let private flatten (source: Graph) =
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

/// What one slice of a sequence looks like.
let sliceSignature (sequence: Tensor) : Signature = { Shape = sequence.Shape.Tail; DType = sequence.DType }

/// The loop whose step gives new carries and what is to be stacked, from carries, slices of the sequences, and
/// constants. Values of outer transforms that it uses become further constants; sequences and constants that it does
/// not use are left out.
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
        let after, given = step carries slices constants
        after @ given

    let source, captured = Trace.traceWhole body inputs
    let source = DeadCode.prune source
    let args = carries @ sequences @ constants @ captured
    let read = DeadCode.readInputs source
    let keep = read |> Array.mapi (fun i isRead -> isRead || i < carries.Length)

    let sequenceCount =
        keep |> Array.skip carries.Length |> Array.take sequences.Length |> Array.filter id |> Array.length

    let source = DeadCode.withInputs keep source

    { Scan =
        { Body = flatten source
          Source = source
          Carries = carries.Length
          Sequences = sequenceCount
          Length = length
          Reverse = reverse }
      Args = pick (List.ofArray keep) args }

let apply (loop: Loop) : Tensor list =
    match loop.Args with
    | [] ->
        // a primitive runs where its arguments are: one that needs none is given a number that it does not read
        let body = { loop.Scan.Body with Inputs = [ { Shape = []; DType = Float32 } ] }
        applyMany (Op.Scan { loop.Scan with Body = body; Source = body }) [ scalar Float32 0.0 ]
    | args -> applyMany (Op.Scan loop.Scan) args
