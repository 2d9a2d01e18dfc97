/// Common-subexpression elimination: nodes with the same primitive and arguments become one.
module internal Functional.CommonSubexpressions

open System.Collections.Generic
open Functional

/// Merges equal nodes into the first of them, and constants of one shape, type and number too.
let merge (graph: Graph) : Graph =
    let seen = Dictionary<struct (Op * Ref list), Ref list>()
    let uniform = Dictionary<struct (Signature * float), Ref list>()

    let cached (table: Dictionary<'k, Ref list>) key (builder: Rewrite.Builder) node =
        match table.TryGetValue key with
        | true, values -> Some values
        | _ ->
            let first = builder.Add node
            let values = Graph.results node |> List.mapi (fun i _ -> { first with Result = i })
            table[key] <- values
            Some values

    graph
    |> Rewrite.rebuild (fun builder node ->
        match node with
        | Node.Compute(op, args, _) -> cached seen (struct (op, args)) builder node
        | Node.Constant buffer ->
            // NaN equals nothing, and -0 equals 0
            let isPlain (value: float) =
                not (System.Double.IsNaN value) && (value <> 0.0 || System.Double.IsPositive value)

            match buffer.Uniform with
            | ValueSome value when isPlain value -> cached uniform (struct (buffer.Signature, value)) builder node
            | ValueSome _
            | ValueNone -> None
        | Node.Input _ -> None)
