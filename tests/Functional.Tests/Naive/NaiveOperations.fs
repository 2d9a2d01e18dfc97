/// Every primitive but loops, of floats in plain loops: the reference, and random numbers.
module Functional.Tests.Naive.NaiveOperations

open System
open Functional
open Functional.Kernels
open Functional.Tests

/// The four words of block `i` of what a key draws (0), of its children (1) or of its numbers (2).
let private words (k0: float, k1: float) (i: int) use' : uint32[] =
    let struct (a, b, c, d) = Philox.Block(uint32 (int k0), uint32 (int k1), uint32 i, 0u, 0u, use')
    [| a; b; c; d |]

let private keysOf (elements: float[]) = elements |> Array.chunkBySize 2 |> Array.map (fun key -> key[0], key[1])

let private asInt (word: uint32) = float (int word)

/// `count` numbers of a key, each made of `perNumber` words.
let private drawn key count perNumber (ofWords: uint32[] -> float) =
    let perBlock = 4 / perNumber

    Array.init count (fun i ->
        let block = words key (i / perBlock) 0u
        ofWords block[i % perBlock * perNumber ..])

let private uniform (dtype: DType) key count =
    match dtype with
    | Float64 -> drawn key count 2 (fun w -> float (((uint64 w[0] <<< 32) ||| uint64 w[1]) >>> 11) / 9007199254740992.0)
    | Float32 -> drawn key count 1 (fun w -> float (w[0] >>> 8) / 16777216.0)
    // no rounding leaves [0, 1)
    | Float16 -> drawn key count 1 (fun w -> min (float (w[0] >>> 8) / 16777216.0) (1.0 - Math.ScaleB(1.0, -11)))
    | BFloat16 -> drawn key count 1 (fun w -> min (float (w[0] >>> 8) / 16777216.0) (1.0 - Math.ScaleB(1.0, -8)))
    | Int32
    | Int64
    | Bool -> failwith $"uniform numbers of {dtype}"

/// Quantiles of the normal distribution are the library's own, which are the same bits on every machine.
let private normal (dtype: DType) (k0: float, k1: float) count =
    let key = ReadOnlySpan [| int k0; int k1 |]

    if dtype = Float64 then
        let y: float[] = Array.zeroCreate count
        RandomKernels.Normal(key, Span y)
        y
    else
        let y: float32[] = Array.zeroCreate count
        RandomKernels.Normal(key, Span y)
        Array.map float y

/// What `op` gives for row-major arguments.
let evaluate op (args: (Signature * float[]) list) (results: Signature list) : float[] list =
    let perKey size keys = size / max 1 (Array.length keys)

    match op, args, results with
    | (Op.StopGradient | Op.Barrier _), [ _, x ], _ -> [ x ]
    | Op.KeySplit n, [ _, keys ], _ ->
        [ keysOf keys
          |> Array.collect (fun key -> Array.init n (fun i -> Array.take 2 (words key i 1u)))
          |> Array.concat
          |> Array.map asInt ]
    | Op.KeyFold, [ _, keys; _, data ], _ ->
        [ Array.map2 (fun key number -> Array.take 2 (words key (int number) 2u)) (keysOf keys) data
          |> Array.concat
          |> Array.map asInt ]
    | Op.RandomUniform(_, dtype), [ _, keys ], [ result ] ->
        let keys = keysOf keys
        [ keys |> Array.collect (fun key -> uniform dtype key (perKey (Shape.size result.Shape) keys)) ]
    | Op.RandomNormal(_, dtype), [ _, keys ], [ result ] ->
        let keys = keysOf keys
        [ keys |> Array.collect (fun key -> normal dtype key (perKey (Shape.size result.Shape) keys)) ]
    | Op.RandomBits _, [ _, keys ], [ result ] ->
        let keys = keysOf keys

        [ keys
          |> Array.collect (fun key -> drawn key (perKey (Shape.size result.Shape) keys) 1 (fun w -> asInt w[0])) ]
    | _ -> Reference.evaluate op args results
