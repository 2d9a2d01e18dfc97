/// The framework of rewriting passes: the new graph is built node by node, and a rule may replace each node.
module internal Functional.Rewrite

open System.Collections.Generic
open Functional

/// A graph under construction.
type Builder() =
    let nodes = List<Node>()

    member _.Nodes = nodes

    /// The node that gives the value.
    member _.Node(r: Ref) = nodes[r.Node]

    /// The value's shape and type.
    member _.Signature(r: Ref) = List.item r.Result (Graph.results nodes[r.Node])

    /// Adds a node and gives its first result.
    member _.Add node : Ref =
        nodes.Add node
        { Node = nodes.Count - 1; Result = 0 }

    /// Adds a primitive applied to earlier values and gives its first result.
    member me.Apply(op, args: Ref list) : Ref =
        me.Add(Node.Compute(op, args, ShapeInference.signatures op (args |> List.map me.Signature)))

    /// The primitive and the arguments of the value, if it is the first result of one.
    member _.Source(r: Ref) =
        match nodes[r.Node] with
        | Node.Compute(op, args, _) when r.Result = 0 -> Some(op, args)
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None

    /// The number that all elements of the value are, where it is a constant of one number.
    member _.Uniform(r: Ref) =
        match nodes[r.Node] with
        | Node.Constant buffer -> buffer.Uniform
        | Node.Input _
        | Node.Compute _ -> ValueNone

/// Replaces each node by what `rule` gives for it: the values of its results, or None to keep it. The rule sees
/// arguments that have been replaced already. Dead nodes are removed afterwards.
let rebuild (rule: Builder -> Node -> Ref list option) (graph: Graph) : Graph =
    let builder = Builder()
    let moved: Ref list[] = Array.create graph.Nodes.Length []
    let move (r: Ref) = List.item r.Result moved[r.Node]

    graph.Nodes
    |> Array.iteri (fun i node ->
        let node =
            match node with
            | Node.Compute(op, args, signatures) -> Node.Compute(op, List.map move args, signatures)
            | Node.Input _
            | Node.Constant _ -> node

        moved[i] <-
            match rule builder node with
            | Some values -> values
            | None ->
                let first = builder.Add node
                Graph.results node |> List.mapi (fun result _ -> { first with Result = result }))

    Graph.prune { graph with Nodes = builder.Nodes.ToArray(); Outputs = List.map move graph.Outputs }
