/// All passes that make a graph smaller, in turn.
module internal Functional.Simplification

open Functional

/// The graph in a form that computes the same with fewer nodes. `number` makes a constant of a signature whose elements are
/// all one number.
let graph (number: Signature -> float -> Node) (graph: Graph) : Graph =
    let once = ConstantFolding.fold >> AlgebraicSimplification.apply number >> CommonSubexpressions.merge

    graph
    |> once
    |> OneHotToGather.gather number
    |> MaxPoolGradients.shrink number
    |> UnrolledSums.unroll
    |> once
    |> ConstantFolding.shrink
    |> Graph.prune
