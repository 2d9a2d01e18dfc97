/// Probabilities from scores, without overflow.
module internal Functional.Probabilities

open System

/// Replaces scores by exp(score) / sum of all, in place, and gives log(sum of exp(score)).
let softmax (scores: Span<float>) : float =
    let mutable largest = Double.NegativeInfinity

    for score in scores do
        largest <- max largest score

    let mutable sum = 0.0

    for j in 0 .. scores.Length - 1 do
        scores[j] <- exp (scores[j] - largest)
        sum <- sum + scores[j]

    for j in 0 .. scores.Length - 1 do
        scores[j] <- scores[j] / sum

    largest + log sum

/// 1 / (1 + exp(-z)).
let sigmoid (z: float) : float =
    if z >= 0.0 then
        1.0 / (1.0 + exp -z)
    else
        let e = exp z
        e / (1.0 + e)

/// log(1 + exp(z)).
let softplus (z: float) : float = if z > 0.0 then z + Double.LogP1(exp -z) else Double.LogP1(exp z)
