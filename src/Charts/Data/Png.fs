/// PNG files of 8-bit colours (PNG specification, third edition).
module internal Functional.Png

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text

let private signature = [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]

let private writeNumber (stream: Stream) (number: uint32) =
    let bytes = Array.zeroCreate 4
    BinaryPrimitives.WriteUInt32BigEndian(Span bytes, number)
    stream.Write(bytes, 0, 4)

let private writeChunk (stream: Stream) (kind: string) (content: byte[]) =
    let named = Array.append (Encoding.ASCII.GetBytes kind) content
    writeNumber stream (uint32 content.Length)
    stream.Write(named, 0, named.Length)
    writeNumber stream (Crc32.append 0u (ReadOnlySpan named))

/// The file of an image of red, green and blue, row by row from the top: `pixels` has 3 * width * height bytes.
let encode (width: int) (height: int) (pixels: byte[]) : byte[] =
    use file = new MemoryStream()
    file.Write(signature, 0, signature.Length)
    let header = Array.zeroCreate 13
    BinaryPrimitives.WriteInt32BigEndian(Span(header, 0, 4), width)
    BinaryPrimitives.WriteInt32BigEndian(Span(header, 4, 4), height)
    header[8] <- 8uy // bits of a channel
    header[9] <- 2uy // red, green, blue
    writeChunk file "IHDR" header
    use packed = new MemoryStream()

    (use zlib = new ZLibStream(packed, CompressionLevel.Optimal, true)

     for row in 0 .. height - 1 do
         zlib.WriteByte 0uy // no filter
         zlib.Write(pixels, row * width * 3, width * 3))

    writeChunk file "IDAT" (packed.ToArray())
    writeChunk file "IEND" [||]
    file.ToArray()
