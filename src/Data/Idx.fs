namespace Functional

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

/// Files of the IDX format, in which MNIST and its kin are published: one array, plain or compressed by gzip. As Yann
/// LeCun's page of the MNIST database describes them.
[<RequireQualifiedAccess>]
module Idx =
    /// Deflate makes nothing smaller than this.
    let private mostCompression = 1032L

    /// The type and the lengths of the axes, from the start of the file: two zeros, a code, the number of axes, each
    /// length.
    let private header (source: Source) : Elements.Stored * int * Shape =
        let start = source.Take(4, "the start of the file")

        if start[0] <> 0uy || start[1] <> 0uy then
            source.Fail "is not an IDX file: it does not start with two zeros."

        let stored =
            match start[2] with
            | 0x08uy -> Elements.U8
            | 0x09uy -> Elements.I8
            | 0x0Buy -> Elements.I16
            | 0x0Cuy -> Elements.I32
            | 0x0Duy -> Elements.F32
            | 0x0Euy -> Elements.F64
            | code ->
                source.Fail $"is not an IDX file: the type code is {code}, and the codes are 8, 9, 11, 12, 13 and 14."

        let rank = int start[3]
        let lengths = source.Take(4 * rank, "the lengths of the axes")

        let count, shape =
            Elements.checkedShape
                source
                [ for i in 0 .. rank - 1 -> int64 (BinaryPrimitives.ReadUInt32BigEndian(lengths.AsSpan(4 * i, 4))) ]

        stored, count, shape

    /// Reads a file, plain or compressed, with `reader`.
    let private readWith (path: string) (reader: Source -> 'T) : 'T =
        Files.read path (fun stream ->
            let compressed = stream.ReadByte() = 0x1F && stream.ReadByte() = 0x8B
            stream.Position <- 0L

            let run (stream: Stream) length =
                // The length of what gzip holds is only known at its end: this is the most that it can be.
                let source = Source(path, "", stream, length, None)
                let result = reader source
                result, stream.ReadByte() >= 0

            let result, more =
                if compressed then
                    use unpacked = new GZipStream(stream, CompressionMode.Decompress)
                    run unpacked (stream.Length * mostCompression)
                else
                    run stream stream.Length

            if more then
                Fail.file path "is longer than the array that it announces."

            result)

    /// The bytes of a file of unsigned bytes, which images and labels are, and their shape.
    let internal readBytes (path: string) : byte[] * Shape =
        readWith path (fun source ->
            match header source with
            | Elements.U8, count, shape -> source.Take(count, "the array"), shape
            | _ -> source.Fail "holds elements of another type than unsigned bytes.")

    /// Reads an IDX file, plain or compressed by gzip (told by its content, not by its name), with the shape that it
    /// announces. float32 and float64 keep their types; bytes, signed or not, and 16-bit integers become int32.
    ///
    /// Raises `InvalidFile` for a file that is missing, truncated, longer than its shape says, damaged, or of another
    /// format.
    let load (path: string) : Tensor =
        readWith path (fun source ->
            let stored, count, shape = header source
            Elements.toTensor (Elements.read source "the array" stored true count) shape)
