/// What attention and its gradient mean, in plain loops.
module Functional.Tests.ReferenceAttention

open System
open Functional

/// The sizes of an attention, and its operands by index.
type private Problem =
    { Batch: int
      N: int
      M: int
      Heads: int
      Group: int
      D: int
      E: int
      Score: int -> int -> int -> int -> float
      Q: int -> int -> int -> int -> int
      K: int -> int -> int -> int -> int
      V: int -> int -> int -> int -> int
      Out: int -> int -> int -> int -> int }

/// The index of an element of [batch; positions; heads; width]; heads of keys are shared by `group` heads.
let private index positions heads width group b i h c = ((b * positions + i) * (heads / group) + h / group) * width + c

let private problem (form: AttentionForm) (args: (Signature * float[]) list) =
    let shape i = (fst args[i]).Shape
    let last fromEnd (shape: Shape) = shape[shape.Length - fromEnd]
    let q, k, v = shape 0, shape 1, shape 2
    let n, m, heads, d, e = last 3 q, last 3 k, last 2 q, last 1 q, last 1 v
    let group = heads / last 2 k
    let atQ, atK = index n heads d 1, index m heads d group

    let sees b h i j =
        (not form.Causal || j <= i + m - n)
        && (args.Length % 3 <> 1 || (snd args[3])[((b * heads + h) * n + i) * m + j] <> 0.0)

    let score b h i j =
        if sees b h i j then
            form.Scale
            * List.sum [ for c in 0 .. d - 1 -> (snd args[0])[atQ b i h c] * (snd args[1])[atK b j h c] ]
        else
            -infinity

    { Batch = Shape.size (List.take (q.Length - 3) q)
      N = n
      M = m
      Heads = heads
      Group = group
      D = d
      E = e
      Score = score
      Q = atQ
      K = atK
      V = index m heads e group
      Out = index n heads e 1 }

let private rows (p: Problem) =
    [ for b in 0 .. p.Batch - 1 do
          for h in 0 .. p.Heads - 1 do
              for i in 0 .. p.N - 1 -> b, h, i ]

/// The result, and the logarithms of the sums.
let forward form (args: (Signature * float[]) list) : float[] list =
    let p = problem form args
    let v = snd args[2]
    let result = Array.zeroCreate (p.Batch * p.N * p.Heads * p.E)
    let logSums = Array.create (p.Batch * p.Heads * p.N) infinity

    for b, h, i in rows p do
        let scores = [| for j in 0 .. p.M - 1 -> p.Score b h i j |]
        let largest = Array.max scores

        if largest > -infinity then
            let exponentials = scores |> Array.map (fun s -> exp (s - largest))
            let sum = Array.sum exponentials
            logSums[(b * p.Heads + h) * p.N + i] <- largest + log sum

            for c in 0 .. p.E - 1 do
                result[p.Out b i h c] <- Array.sum (exponentials |> Array.mapi (fun j x -> x / sum * v[p.V b j h c]))

    [ result; logSums ]

/// The cotangents of queries, keys and values, by the logarithms of the sums and the result that are among the arguments.
let gradient form (args: (Signature * float[]) list) : float[] list =
    let p = problem form args
    let q, k, v = snd args[0], snd args[1], snd args[2]
    let given = List.skip (args.Length - 3) args |> List.map snd
    let result, logSums, ct = given[0], given[1], given[2]
    let toQ, toK, toV = Array.zeroCreate q.Length, Array.zeroCreate k.Length, Array.zeroCreate v.Length
    let add (to': float[]) at x = to'[at] <- to'[at] + x

    for b, h, i in rows p do
        let mean = List.sum [ for c in 0 .. p.E - 1 -> ct[p.Out b i h c] * result[p.Out b i h c] ]

        for j in 0 .. p.M - 1 do
            let probability = exp (p.Score b h i j - logSums[(b * p.Heads + h) * p.N + i])
            let toProbability = List.sum [ for c in 0 .. p.E - 1 -> ct[p.Out b i h c] * v[p.V b j h c] ]
            let slope = probability * (toProbability - mean) * form.Scale

            for c in 0 .. p.E - 1 do
                add toV (p.V b j h c) (probability * ct[p.Out b i h c])

            for c in 0 .. p.D - 1 do
                add toQ (p.Q b i h c) (slope * k[p.K b j h c])
                add toK (p.K b j h c) (slope * q[p.Q b i h c])

    [ toQ; toK; toV ]
