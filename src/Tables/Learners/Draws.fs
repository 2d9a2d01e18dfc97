namespace Functional

open System
open Functional.Kernels

/// A stream of random numbers from a key, for algorithms that cannot say beforehand how many they need: blocks of Philox under
/// a counter. The same key gives the same stream on every machine.
[<Sealed>]
type internal Draws(key: Key) =
    // the last word of the counter sets the stream apart from other uses of the key (0 to 2)
    let use' = 0x4c6561u
    let words = key |> Key.toTensor |> Tensor.toInts
    let mutable counter = 0u
    let mutable left = 0
    let block = Array.zeroCreate<uint32> 4

    /// 32 random bits.
    member _.Bits() : uint32 =
        if left = 0 then
            let struct (a, b, c, d) = Philox.Block(uint32 words[0], uint32 words[1], counter, 0u, 0u, use')
            block[0] <- a
            block[1] <- b
            block[2] <- c
            block[3] <- d
            counter <- counter + 1u
            left <- 4

        left <- left - 1
        block[3 - left]

    /// A number in [0, 1): a multiple of 2^-53.
    member draws.Uniform() : float =
        let high = uint64 (draws.Bits())
        let low = uint64 (draws.Bits())
        float (((high <<< 32) ||| low) >>> 11) * (1.0 / 9007199254740992.0)

    /// A whole number from 0 to below `n`, all as likely (Lemire's method without its rejection, whose bias is n / 2^64).
    member draws.Below(n: int) : int =
        let bits = (uint64 (draws.Bits()) <<< 32) ||| uint64 (draws.Bits())
        let mutable low = 0UL
        int (Math.BigMul(bits, uint64 n, &low))

    /// The numbers 0 .. n - 1 in random order (Fisher and Yates).
    member draws.Permutation(n: int) : int[] =
        let order = Array.init n id

        for i in n - 1 .. -1 .. 1 do
            let j = draws.Below(i + 1)
            let last = order[i]
            order[i] <- order[j]
            order[j] <- last

        order
