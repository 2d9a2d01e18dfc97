/// Random numbers in integer operators: the generator Philox4x32-10 as the library's CPU kernels use it, bit for bit. A word of
/// 32 bits is an int64 here, since products need 64 bits.
module internal Functional.Torch.Philox

open System
open Functional
open Functional.Torch.Steps

/// The largest number of a type of floats below 1, which rounding must not leave.
let belowOne (dtype: DType) : float =
    match dtype with
    | Float16 -> 1.0 - Math.ScaleB(1.0, -11)
    | BFloat16 -> 1.0 - Math.ScaleB(1.0, -8)
    | Float32
    | Float64
    | Int32
    | Int64
    | Bool -> 1.0

let private number (c: ICaller<'v>) (value: float) = c.Number(Int64, value)
let private low c (x: 'v) : 'v = binary c "bitwise_and" x (number c 4294967295.0)
let private shiftRight c bits (x: 'v) : 'v = binary c "bitwise_right_shift" x (number c bits)
let private high c (x: 'v) : 'v = low c (shiftRight c 32.0 x)
let private xor c (a: 'v) (b: 'v) : 'v = binary c "bitwise_xor" a b
let private bitOr c (a: 'v) (b: 'v) : 'v = binary c "bitwise_or" a b

/// The four words of counters (c0, 0, 0, `purpose`) under keys (k0, k1), which broadcast.
let private block (c: ICaller<'v>) (k0: 'v, k1: 'v) (counter: 'v) (purpose: float) : 'v list =
    let zero = number c 0.0
    let first = number c (float 0xD2511F53u)
    let second = number c (float 0xCD9E8D57u)

    let round (c0, c1, c2, c3, k0, k1) _ =
        let p0, p1 = mul c first c0, mul c second c2
        let next key (step: uint32) = low c (add c key (number c (float step)))

        xor c (xor c (high c p1) c1) k0,
        low c p1,
        xor c (xor c (high c p0) c3) k1,
        low c p0,
        next k0 0x9E3779B9u,
        next k1 0xBB67AE85u

    let a, b, c', d, _, _ = ((counter, zero, zero, number c purpose, k0, k1), [ 1..10 ]) ||> List.fold round
    [ a; b; c'; d ]

/// The halves of keys [..., 2], each [keys; 1].
let private halves c (key: 'v) : 'v * 'v =
    let words = low c (convert c Int64 (reshape c [ -1; 2 ] key))
    narrow c 1 0 1 words, narrow c 1 1 1 words

/// Words [keys; blocks] side by side: [keys; blocks * words], of which the first `count` are kept.
let private sideBySide c keys count (words: 'v list) : 'v =
    reshape c [ keys; -1 ] (stack c 2 words) |> narrow c 1 0 count

/// Blocks enough for `count` numbers of each key, `perBlock` of each block.
let private blocks c (key: 'v) count perBlock : 'v list =
    let counter =
        reshape c [ 1; (count + perBlock - 1) / perBlock ] (iota c ((count + perBlock - 1) / perBlock))

    block c (halves c key) counter 0.0

/// Numbers of 64 bits, without the last `dropped` of them, as float64.
let private wide (c: ICaller<'v>) (key: 'v) keys count (dropped: float) : 'v =
    match blocks c key count 2 with
    | [ w0; w1; w2; w3 ] ->
        let join a b =
            bitOr c (binary c "bitwise_left_shift" a (number c (32.0 - dropped))) (shiftRight c dropped b)

        sideBySide c keys count [ join w0 w1; join w2 w3 ] |> convert c Float64
    | words -> Fail.argument "random" "words" words.Length "are no block."

let private uniform (c: ICaller<'v>) key keys count (dtype: DType) : 'v =
    if dtype = Float64 then
        mul c (wide c key keys count 11.0) (c.Number(Float64, Math.ScaleB(1.0, -53)))
    else
        let words = sideBySide c keys count (blocks c key count 4) |> shiftRight c 8.0
        let numbers = mul c (convert c Float32 words) (c.Number(Float32, Math.ScaleB(1.0, -24)))

        if dtype = Float32 then
            numbers
        else
            convert c dtype (minimum c numbers (c.Number(Float32, belowOne dtype)))

let private normal (c: ICaller<'v>) key keys count (dtype: DType) : 'v =
    let inside bits numbers =
        mul c (add c numbers (c.Number(Float64, 0.5))) (c.Number(Float64, Math.ScaleB(1.0, -bits)))

    if dtype = Float64 then
        InverseNormal.emit c (inside 52 (wide c key keys count 12.0))
    else
        let words = sideBySide c keys count (blocks c key count 4) |> convert c Float64
        let single = convert c Float32 (InverseNormal.emit c (inside 32 words))
        if dtype = Float32 then single else convert c dtype single

/// What `functional::random` of this kind gives for a key and what follows it: a shape, the type of floats, other numbers.
let emit (c: ICaller<'v>) (kind: string) (key: 'v) (rest: Argument<'v> list) : 'v =
    // so many keys, each of which gives so many numbers
    let split (shape: int64 list) (keys: int) = keys, int (List.fold (*) 1L shape) / max 1 keys

    match kind, rest with
    | "uniform", [ Argument.Ints shape; Argument.Type dtype; Argument.Int keys ] ->
        let keys, count = split shape (int keys)
        uniform c key keys count dtype |> reshape c (List.map int shape)
    | "normal", [ Argument.Ints shape; Argument.Type dtype; Argument.Int keys ] ->
        let keys, count = split shape (int keys)
        normal c key keys count dtype |> reshape c (List.map int shape)
    | "bits", [ Argument.Ints shape; Argument.Int keys ] ->
        let keys, count = split shape (int keys)
        sideBySide c keys count (blocks c key count 4) |> convert c Int32 |> reshape c (List.map int shape)
    | "split", [ Argument.Ints shape ] ->
        let children = int (List.item (shape.Length - 2) shape)
        let words = block c (halves c key) (reshape c [ 1; children ] (iota c children)) 1.0
        stack c 2 (List.take 2 words) |> convert c Int32 |> reshape c (List.map int shape)
    | "fold", [ Argument.Ints shape; Argument.Tensor data ] ->
        let counter = low c (convert c Int64 (reshape c [ -1; 1 ] data))
        let words = block c (halves c key) counter 2.0
        stack c 2 (List.take 2 words) |> convert c Int32 |> reshape c (List.map int shape)
    | _ -> Fail.argument "random" "kind" kind "is no kind of random numbers."
