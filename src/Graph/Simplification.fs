/// The passes that make a graph smaller, whatever it runs on, in turn; a backend adds rewrites that pay on its target.
module internal Functional.Simplification

open Functional

/// The graph in a form that computes the same with fewer nodes. `number` makes a constant of a signature whose elements
/// are all one number; `rewrites` are the backend's own passes.
let graph (number: Signature -> float -> Node) (rewrites: (Graph -> Graph) list) (graph: Graph) : Graph =
    let once = ConstantFolding.fold >> AlgebraicSimplification.apply number >> CommonSubexpressions.merge
    let own graph = (graph, rewrites) ||> List.fold (fun graph rewrite -> rewrite graph)

    graph
    |> EmptyTensors.eliminate number
    |> once
    |> OneHotToGather.gather number
    |> own
    |> once
    |> ConstantFolding.shrink
    |> Graph.prune
