/// Loops whose constants became arguments: one plan then serves every value that a step closes over.
module internal Functional.LoopConstants

open Functional

/// Only arrays of floats, such as weights: numbers, indices and masks let the step be simplified.
let private isLifted (buffer: Buffer) = buffer.DType.IsFloat && not buffer.Shape.IsEmpty && buffer.Uniform.IsNone

/// The loop with further arguments, behind its constants, for the arrays that its step holds; and these arrays.
let asArguments (scan: Scan) : Scan * Buffer list =
    let body = scan.Body

    let lifted =
        body.Nodes
        |> Array.choose (fun node ->
            match node with
            | Node.Constant buffer when isLifted buffer -> Some buffer
            | Node.Constant _
            | Node.Input _
            | Node.Compute _ -> None)
        |> List.ofArray

    if lifted.IsEmpty then
        scan, []
    else
        let mutable next = body.Inputs.Length

        let asInput node =
            match node with
            | Node.Constant buffer when isLifted buffer ->
                next <- next + 1
                Node.Input(next - 1, buffer.Signature)
            | Node.Constant _
            | Node.Input _
            | Node.Compute _ -> node

        let body =
            { body with
                Nodes = Array.map asInput body.Nodes
                Inputs = body.Inputs @ (lifted |> List.map _.Signature) }

        // only the body runs; the source is for transforms, which have seen the loop already
        { scan with Body = body; Source = body }, lifted
