/// Random functions of a few tensors, made of primitives of every kind: what the compiler is tested on.
module Functional.Tests.Programs

open System
open Functional

/// A function of three matrices of Float64, drawn from a seed, and matrices to call it with.
let ofSeed (seed: int) : (Tensor list -> Tensor list) * Tensor list =
    let sizes = Random seed
    let rows, columns = sizes.Next(1, 7), sizes.Next(1, 20)

    let args =
        [ for i in 0..2 -> Tensor.cast Float64 (Random.normal (Key.ofInt (seed + i)) [ rows; columns ]) ]

    let f (xs: Tensor list) =
        // the same draws at every call: the function is one
        let random = Random(seed + 1)
        let pool = Collections.Generic.List<Tensor>(xs)
        let pick () = pool[random.Next pool.Count]

        let bounded x = Tensor.tanh x

        let like (x: Tensor) =
            let same = pool |> Seq.filter (fun y -> y.Shape = x.Shape) |> Array.ofSeq
            same[random.Next same.Length]

        let step () =
            let x = pick ()
            let axis () = random.Next x.Rank

            match random.Next 18 with
            | 0 -> -x
            | 1 -> Tensor.relu x
            | 2 -> Tensor.sqrt (x * x + 1.0)
            | 3 -> x + like x
            | 4 -> x * like x |> bounded
            | 5 -> x - like x * 0.5
            | 6 -> x / (like x * like x + 1.0)
            | 7 -> Tensor.where (Tensor.greater x (like x)) x (like x)
            | 8 when x.Rank > 0 -> Tensor.sumOver [ axis () ] x |> bounded
            | 9 when x.Rank > 0 -> Tensor.maxOver [ x.Rank - 1 ] x
            | 10 when x.Rank > 0 -> Tensor.softmax -1 x
            | 11 when x.Rank = 2 -> Tensor.transpose x
            | 12 when x.Rank = 2 -> bounded (Tensor.matmul x (Tensor.transpose (like x)) + 0.1)
            | 13 when x.Rank > 0 -> Tensor.sumKeep [ axis () ] x + x
            | 14 when x.Rank > 0 && x.Shape.Head > 1 -> Tensor.sliceAxis 0 1 x.Shape.Head 1 x
            | 15 when x.Rank > 0 -> Tensor.concat 0 [ x; like x ]
            | 16 when x.Rank > 0 -> Tensor.cumsum (axis ()) x |> bounded
            | 17 -> Tensor.reshape [ x.Size ] x
            | _ -> Tensor.exp (bounded x) * 1.0 + 0.0

        for _ in 1 .. 5 + random.Next 15 do
            let y = step ()

            if y.Size <= 2000 then
                pool.Add y

        [ pool[pool.Count - 1]; pick (); pick (); pool[0] ]

    f, args

/// The graph of such a function.
let graphOf seed =
    let f, args = ofSeed seed
    fst (Trace.trace f (args |> List.map _.Signature))

/// How far two buffers are apart, relative to their elements.
let distance (a: Tensor) (b: Tensor) =
    Array.map2
        (fun (x: float) (y: float) -> abs (x - y) / (1.0 + abs x))
        (Tensor.toFloat64Array a)
        (Tensor.toFloat64Array b)
    |> Array.fold max 0.0
