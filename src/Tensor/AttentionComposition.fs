/// Attention and its gradient composed of other primitives, which hold all scores at a time: what forward mode and second
/// derivatives differentiate, and what attention with a bias, with dropout or with its scores as a result computes.
module internal Functional.AttentionComposition

open Functional
open Core

/// [..., positions, heads, width] as [..., heads, positions, width], and back.
let private swapped (x: Tensor) = Tensor.swapAxes -3 -2 x

/// The heads of keys or values, each repeated for the heads of queries that share it.
let private shared (heads: int) (x: Tensor) =
    let keyHeads = x.Shape[x.Rank - 2]
    if keyHeads = heads then x else Tensor.repeat (heads / keyHeads) -2 x

/// The sums over the heads of queries that share a head of keys: the transpose of `shared`.
let private unshared keyHeads (x: Tensor) =
    let front, last = List.splitAt (x.Rank - 2) x.Shape

    if last[0] = keyHeads then
        x
    else
        Tensor.reshape (front @ [ keyHeads; last[0] / keyHeads; last[1] ]) x |> Tensor.sumOver [ -2 ]

/// The flags [n, m] of the keys that queries see, where query i of n sees the keys up to i + m - n.
let private causalMask (like: Tensor) n m =
    beside like (fun () ->
        let key = Tensor.arangeInt 0 m
        let query = Tensor.reshape [ n; 1 ] (Tensor.arangeInt (m - n) m)
        Tensor.lessEqual key query)

/// The flags of the keys that each query sees, [..., heads, n, m] or what broadcasts to it; None where all see all.
let visible (form: AttentionForm) (mask: Tensor option) (q: Tensor) (k: Tensor) : Tensor option =
    let causal =
        if form.Causal then
            Some(causalMask q q.Shape[q.Rank - 3] k.Shape[k.Rank - 3])
        else
            None

    match mask, causal with
    | Some mask, Some causal -> Some(Tensor.logicalAnd mask causal)
    | Some mask, None -> Some mask
    | None, causal -> causal

/// The scaled products of queries and keys, [..., heads, n, m].
let scores (form: AttentionForm) (q: Tensor) (k: Tensor) : Tensor =
    let k = shared q.Shape[q.Rank - 2] k
    Tensor.matmul (swapped q) (Tensor.swapAxes -1 -2 (swapped k)) * form.Scale

/// Exponentials of scores relative to the largest of their row, zero where a query does not see a key; their sums, 1 for a
/// row of which nothing is seen; and the largest.
let private exponentials (scores: Tensor) (visible: Tensor option) =
    let zeros = Tensor.zerosLike scores

    match visible with
    | None ->
        let largest = Tensor.stopGradient (Tensor.maxKeep [ -1 ] scores)
        let e = Tensor.exp (scores - largest)
        struct (e, Tensor.sumKeep [ -1 ] e, largest)
    | Some visible ->
        let seen = broadcastTo scores.Shape visible
        let lowest = Tensor.fullLike -infinity scores
        let largest = Tensor.stopGradient (Tensor.maxKeep [ -1 ] (Tensor.where seen scores lowest))
        let none = Tensor.logicalNot (Tensor.anyKeep [ -1 ] seen)
        let largest = Tensor.where none (Tensor.zerosLike largest) largest
        let e = Tensor.where seen (Tensor.exp (Tensor.where seen (scores - largest) zeros)) zeros
        let sums = Tensor.sumKeep [ -1 ] e
        struct (e, Tensor.where none (Tensor.onesLike sums) sums, largest)

/// The softmax of scores over the keys that a query sees; zeros for a query that sees none.
let probabilities (scores: Tensor) (visible: Tensor option) : Tensor =
    let struct (e, sums, _) = exponentials scores visible
    e / sums

/// The weighted sums of values, [..., n, heads, e].
let weighted (probabilities: Tensor) (v: Tensor) : Tensor =
    let heads = probabilities.Shape[probabilities.Rank - 3]
    Tensor.matmul probabilities (swapped (shared heads v)) |> swapped

let private logSums (scores: Tensor) (visible: Tensor option) =
    let struct (_, sums, largest) = exponentials scores visible
    let all = Tensor.squeezeAxes [ -1 ] (largest + Tensor.log sums)

    match visible with
    | None -> all
    | Some visible ->
        let seen = Tensor.anyOver [ -1 ] (broadcastTo scores.Shape visible)
        Tensor.where seen all (Tensor.fullLike infinity all)

let private split (args: Tensor list) : Tensor * Tensor * Tensor * Tensor option =
    match args with
    | [ q; k; v ] -> q, k, v, None
    | [ q; k; v; mask ] -> q, k, v, Some mask
    | args -> ShapeInference.wrongCount (Op.Attention { Scale = 1.0; Causal = false }) args.Length

/// The results of `Op.Attention`.
let forward (form: AttentionForm) (args: Tensor list) : Tensor list =
    ShapeInference.signatures (Op.Attention form) (args |> List.map _.Signature) |> ignore
    let q, k, v, mask = split args
    let scores = scores form q k
    let visible = visible form mask q k
    [ weighted (probabilities scores visible) v; logSums scores visible ]

/// The cotangents of q, k and v from those of the results of `forward`, of which the second one may be none.
let pull (form: AttentionForm) (args: Tensor list) (ct: Tensor) (ctOfLogSums: Tensor option) : Tensor list =
    let q, k, v, mask = split args
    let heads, keyHeads = q.Shape[q.Rank - 2], k.Shape[k.Rank - 2]
    let ct = swapped ct
    let p = probabilities (scores form q k) (visible form mask q k)
    let transposed x = Tensor.swapAxes -1 -2 x
    let toProbabilities = Tensor.matmul ct (transposed (swapped (shared heads v)))
    let mean = Tensor.sumKeep [ -1 ] (p * toProbabilities)

    let mean =
        match ctOfLogSums with
        | Some ct -> mean - Tensor.expandDims -1 ct
        | None -> mean

    let slopes = p * (toProbabilities - mean) * form.Scale

    [ swapped (Tensor.matmul slopes (swapped (shared heads k)))
      unshared keyHeads (swapped (Tensor.matmul (transposed slopes) (swapped q)))
      unshared keyHeads (swapped (Tensor.matmul (transposed p) ct)) ]

/// The results of `Op.AttentionGradient`, as functions of q, k, v and the cotangent.
let gradient (form: AttentionForm) (args: Tensor list) : Tensor list =
    ShapeInference.signatures (Op.AttentionGradient form) (args |> List.map _.Signature) |> ignore
    pull form (List.take (args.Length - 3) args) (List.last args) None
