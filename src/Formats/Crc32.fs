namespace Functional

open System
open System.Buffers.Binary

/// The checksum that zip files carry, CRC-32 of IEEE 802.3.
module internal Crc32 =
    /// Eight tables: the k-th gives what a byte contributes that k zero bytes follow.
    let private tables =
        let tables = Array.init 8 (fun _ -> Array.zeroCreate<uint32> 256)

        for i in 0..255 do
            let mutable c = uint32 i

            for _ in 1..8 do
                c <- if c &&& 1u = 1u then 0xEDB88320u ^^^ (c >>> 1) else c >>> 1

            tables[0][i] <- c

        for k in 1..7 do
            for i in 0..255 do
                let before = tables[k - 1][i]
                tables[k][i] <- tables[0][int (before &&& 0xFFu)] ^^^ (before >>> 8)

        tables

    /// The checksum of what `crc` is the checksum of, followed by these bytes. That of no bytes is 0.
    let append (crc: uint32) (bytes: ReadOnlySpan<byte>) : uint32 =
        let t = tables
        let mutable c = ~~~crc
        let mutable i = 0

        while i + 8 <= bytes.Length do
            let low = c ^^^ BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(i, 4))
            let high = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(i + 4, 4))

            c <-
                t[7][int (low &&& 0xFFu)]
                ^^^ t[6][int ((low >>> 8) &&& 0xFFu)]
                ^^^ t[5][int ((low >>> 16) &&& 0xFFu)]
                ^^^ t[4][int (low >>> 24)]
                ^^^ t[3][int (high &&& 0xFFu)]
                ^^^ t[2][int ((high >>> 8) &&& 0xFFu)]
                ^^^ t[1][int ((high >>> 16) &&& 0xFFu)]
                ^^^ t[0][int (high >>> 24)]

            i <- i + 8

        while i < bytes.Length do
            c <- t[0][int ((c ^^^ uint32 bytes[i]) &&& 0xFFu)] ^^^ (c >>> 8)
            i <- i + 1

        ~~~c
