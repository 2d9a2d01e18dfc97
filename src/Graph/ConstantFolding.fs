/// Constant folding: nodes of constant arguments are computed once, when the graph is compiled.
module internal Functional.ConstantFolding

open Functional

/// A larger result costs more memory than computing it again costs time.
let private largest = 65536

/// Whether the primitive's value takes no memory beside its argument's, whatever the argument's strides.
let private isView op =
    match OpClass.tryView op with
    | ValueSome(ViewKind.Broadcast _)
    | ValueSome(ViewKind.Transpose _)
    | ValueSome(ViewKind.Slice _)
    | ValueSome(ViewKind.Flip _) -> true
    | ValueSome(ViewKind.Reshape _)
    | ValueSome(ViewKind.Identity)
    | ValueNone -> false

/// Replaces every node of constant arguments by its value, but for barriers.
let fold (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun builder node ->
        match node with
        | Node.Compute(Op.Barrier _, _, _)
        | Node.Input _
        | Node.Constant _ -> None
        | Node.Compute(op, args, signatures) ->
            let buffers =
                args
                |> List.choose (fun r ->
                    match builder.Node r with
                    | Node.Constant buffer -> Some buffer
                    | Node.Input _
                    | Node.Compute _ -> None)

            let small = signatures |> List.forall (fun s -> Shape.size s.Shape <= largest)

            if buffers.Length = args.Length && (small || isView op) then
                buffers.Head.Backend.Evaluate(op, buffers, signatures)
                |> List.map (Node.Constant >> builder.Add)
                |> Some
            else
                None)

/// Replaces constants that repeat along an axis by broadcasts of smaller ones, which take less memory.
let shrink (graph: Graph) : Graph =
    graph
    |> Rewrite.rebuild (fun builder node ->
        match node with
        | Node.Constant buffer ->
            let compact = buffer.Compact

            if compact.Shape = buffer.Shape then
                None
            else
                let small = builder.Add(Node.Constant compact)
                Some [ builder.Apply(Op.Broadcast buffer.Shape, [ small ]) ]
        | Node.Input _
        | Node.Compute _ -> None)
