/// Gradients of many steps, and what optimizers make of weights by them.
module Functional.Tests.OptimizerRuns

open System
open Functional
open Functional.Tests

let steps = 50
let size = 7

let random = Random 20

/// The gradients of each step; some are zero.
let gradients =
    [| for _ in 1..steps ->
           [| for i in 1..size -> if i = size then 0.0 else (random.NextDouble() - 0.4) * 3.0 ** float (i - 3) |] |]

let first = [| for i in 1..size -> float i - 3.5 |]

let tree (values: float[]) =
    Tree.ofList [ "a", Tensor.ofFloat64Array [ 3 ] values[..2]; "b", Tensor.ofFloat64Array [ 2; 2 ] values[3..] ]

let numbers (tree: Tree<Tensor>) = Tree.leaves tree |> List.map Tensor.toFloat64Array |> Array.concat

/// What the optimizer makes of the first weights.
let ours (optimizer: Optimizer) =
    let mutable weights = tree first
    let mutable state = optimizer.Init weights

    for g in gradients do
        let updates, next = optimizer.Update (tree g) state weights
        weights <- Optimizer.apply updates weights
        state <- next

    numbers weights

let near what (expected: float[]) (found: float[]) =
    Expect.Equal(expected.Length, found.Length)

    for e, f in Array.zip expected found do
        Expect.True(abs (e - f) <= 1e-9, $"%s{what}: expected %.17g{e}, found %.17g{f}")

/// What a rule makes of the first weights: it is called with the number of the step, from 1, the index, the weight and
/// the gradient.
let plain (rule: int -> int -> float -> float -> float) =
    let weights = Array.copy first

    for t in 1..steps do
        for i in 0 .. size - 1 do
            weights[i] <- rule t i weights[i] (gradients[t - 1][i])

    weights

/// A slot of a rule for each weight.
let slots (value: float) = Array.create size value
