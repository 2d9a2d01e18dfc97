/// All passes that make a graph smaller, in turn.
module internal Functional.Simplify

open Functional

/// The graph in a form that computes the same with fewer nodes. `number` makes a constant of a signature whose elements are
/// all one number.
let graph (number: Signature -> float -> Node) (graph: Graph) : Graph =
    let once = Constants.fold >> Algebra.apply number >> Common.merge

    graph
    |> once
    |> OneHot.gather number
    |> PoolOrder.shrink number
    |> ShortSums.unroll
    |> once
    |> Constants.shrink
    |> Graph.prune
