/// Loops as plans. Their constants become arguments first: one plan then serves every value that a step closes over.
module internal Functional.LoopPlans

open Functional

/// Only arrays of floats, such as weights: numbers, indices and masks let the step be simplified.
let private isLifted (buffer: Buffer) = buffer.DType.IsFloat && not buffer.Shape.IsEmpty && buffer.Uniform.IsNone

/// The loop with further arguments, behind its constants, for the arrays that its step holds; and these arrays.
let private withArguments (scan: Scan) : Scan * Buffer list =
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

/// The graph of one primitive, applied to the graph's arguments.
let private graphOf op (args: Signature list) (results: Signature list) : Graph =
    { Inputs = args
      Nodes =
        [| for i, signature in List.indexed args do
               Node.Input(i, signature)

           Node.Compute(op, [ for i in 0 .. args.Length - 1 -> { Node = i; Result = 0 } ], results) |]
      Outputs = [ for i in 0 .. results.Length - 1 -> { Node = args.Length; Result = i } ] }

/// What a loop gives for these arguments, which are of the backend: its plan is made once and run.
let evaluate (backend: Backend) (scan: Scan) (args: Buffer list) (results: Signature list) : Buffer list =
    let scan, lifted = withArguments scan
    let args = args @ (lifted |> List.map (Placement.move backend))
    let graph = graphOf (Op.Scan scan) (args |> List.map _.Signature) results
    (PlanCache.get backend graph).Run args
