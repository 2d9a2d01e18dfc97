/// Elements as files keep them: more types than a tensor has, in either order of bytes.
module internal Functional.Elements

open System
open System.Buffers.Binary
open System.IO
open System.Runtime.InteropServices
open Functional.Numerics

/// The type of a stored element. Those that tensors lack are converted while they are read.
type Stored =
    | F16
    | BF16
    | F32
    | F64
    | I8
    | I16
    | I32
    | I64
    | U8
    | U16
    | U32
    | U64
    | Truth

/// The bytes that one stored element takes.
let size stored =
    match stored with
    | I8
    | U8
    | Truth -> 1
    | F16
    | BF16
    | I16
    | U16 -> 2
    | F32
    | I32
    | U32 -> 4
    | F64
    | I64
    | U64 -> 8

/// The stored type of a tensor's elements, which is their own.
let ofDType dtype =
    match dtype with
    | Float32 -> F32
    | Float64 -> F64
    | Float16 -> F16
    | BFloat16 -> BF16
    | Int32 -> I32
    | Int64 -> I64
    | Bool -> Truth

/// More axes are not read: no library writes them.
let private maximalRank = 64

/// The number of elements of a shape found in a file, and the shape as tensors have it.
let checkedShape (source: Source) (lengths: int64 list) : int * Shape =
    let text = "[" + String.concat "; " (lengths |> List.truncate maximalRank |> List.map string) + "]"

    if lengths.Length > maximalRank then
        source.Fail $"the shape has {lengths.Length} axes, and no more than {maximalRank} are read."

    if lengths |> List.exists (fun n -> n < 0L) then
        source.Fail $"the shape {text} has a negative length."

    let limit = int64 Array.MaxLength

    let product =
        (1L, lengths |> List.filter (fun n -> n <> 0L))
        ||> List.fold (fun product n -> if n > limit / product then limit + 1L else product * n)

    if product > limit then
        source.Fail $"the shape {text} is larger than a tensor can be, {limit} elements."

    (if List.contains 0L lengths then 0 else int product), List.map int lengths

/// Fails for a value that a transform follows, which has no elements to be written.
let requireData operation (x: Tensor) : unit =
    match x with
    | Data _ -> ()
    | Traced _ -> Fail.argument operation "tensor" x "has no data yet: return a traced value from the function instead."

/// The elements of a tensor in row-major order, in an array of their own type.
let ofTensor operation (x: Tensor) : Array =
    match x with
    | Data buffer -> buffer.ToArray()
    | Traced _ ->
        requireData operation x
        Array.Empty<float32>()

/// A tensor of elements in row-major order, in an array of their own type that is not changed afterwards, on the device
/// where tensors are made.
let toTensor (elements: Array) (shape: Shape) : Tensor = Data(Backends.current().OfArray(elements, shape))

/// Reverses the bytes of every element of a buffer in place.
let private reverse (size: int) (bytes: Span<byte>) =
    match size with
    | 2 ->
        let s = MemoryMarshal.Cast<byte, int16> bytes
        BinaryPrimitives.ReverseEndianness(Span.op_Implicit s, s)
    | 4 ->
        let s = MemoryMarshal.Cast<byte, int> bytes
        BinaryPrimitives.ReverseEndianness(Span.op_Implicit s, s)
    | 8 ->
        let s = MemoryMarshal.Cast<byte, int64> bytes
        BinaryPrimitives.ReverseEndianness(Span.op_Implicit s, s)
    | _ -> ()

let private chunk = 1 <<< 16

/// The bytes that follow in a source: elements of one width, in one order of bytes.
type private Bytes =
    { Source: Source
      What: string
      Width: int
      BigEndian: bool }

    /// The next elements, in this machine's order of bytes.
    member me.Fill(bytes: Span<byte>) =
        me.Source.Fill(bytes, me.What)

        if me.BigEndian = BitConverter.IsLittleEndian then
            reverse me.Width bytes

/// Reads elements straight into their own memory.
let inline private direct (bytes: Bytes) (elements: 'T[]) : Array =
    let step = chunk / bytes.Width

    for start in 0..step .. elements.Length - 1 do
        let next = min step (elements.Length - start)
        bytes.Fill(MemoryMarshal.AsBytes(elements.AsSpan(start, next)))

    elements

/// Reads elements through a small buffer, and converts each from its number, the buffer and its offset there.
let inline private converted (bytes: Bytes) count ([<InlineIfLambda>] convert: int -> byte[] -> int -> 'T) : Array =
    let elements = Array.zeroCreate<'T> count
    let buffer = Array.zeroCreate<byte>(min chunk (count * bytes.Width))
    let step = chunk / bytes.Width

    for start in 0..step .. count - 1 do
        let next = min step (count - start)
        bytes.Fill(buffer.AsSpan(0, next * bytes.Width))

        for i in 0 .. next - 1 do
            elements[start + i] <- convert (start + i) buffer (i * bytes.Width)

    elements

/// Reads `count` elements. Types that tensors have stay; i8, u8, i16 and u16 become int32, u32 and u64 int64 (or the error that
/// names the first that does not fit); truth values are true unless 0.
let read (source: Source) (what: string) stored bigEndian (count: int) : Array =
    let bytes = { Source = source; What = what; Width = size stored; BigEndian = bigEndian }
    source.Need(int64 count * int64 bytes.Width, what)

    let signed at (value: uint64) =
        if value <= uint64 Int64.MaxValue then
            int64 value
        else
            source.Fail $"element {at} of {what} is {value}, which an int64 cannot hold."

    match stored with
    | F32 -> direct bytes (Array.zeroCreate<float32> count)
    | F64 -> direct bytes (Array.zeroCreate<float> count)
    | I32 -> direct bytes (Array.zeroCreate<int> count)
    | I64 -> direct bytes (Array.zeroCreate<int64> count)
    | F16 -> direct bytes (Array.zeroCreate<Half> count)
    | BF16 -> direct bytes (Array.zeroCreate<BFloat16> count)
    | Truth -> converted bytes count (fun _ b i -> b[i] <> 0uy)
    | I8 -> converted bytes count (fun _ b i -> int (sbyte b[i]))
    | U8 -> converted bytes count (fun _ b i -> int b[i])
    | I16 -> converted bytes count (fun _ b i -> int (BitConverter.ToInt16(b, i)))
    | U16 -> converted bytes count (fun _ b i -> int (BitConverter.ToUInt16(b, i)))
    | U32 -> converted bytes count (fun _ b i -> int64 (BitConverter.ToUInt32(b, i)))
    | U64 -> converted bytes count (fun at b i -> signed at (BitConverter.ToUInt64(b, i)))

/// Writes an array that a tensor gives, the first byte of a number the least one.
let write (stream: Stream) (elements: Array) : unit =
    let inline put (elements: 'T[]) (width: int) =
        if BitConverter.IsLittleEndian then
            let step = 1 <<< 20
            let mutable start = 0

            while start < elements.Length do
                let next = min step (elements.Length - start)
                stream.Write(Span.op_Implicit (MemoryMarshal.AsBytes(elements.AsSpan(start, next))): ReadOnlySpan<byte>)
                start <- start + next
        else
            let swapped = MemoryMarshal.AsBytes(elements.AsSpan()).ToArray()
            reverse width (swapped.AsSpan())
            stream.Write(ReadOnlySpan<byte> swapped)

    match elements with
    | :? (float32[]) as a -> put a 4
    | :? (float[]) as a -> put a 8
    | :? (Half[]) as a -> put a 2
    | :? (BFloat16[]) as a -> put a 2
    | :? (int[]) as a -> put a 4
    | :? (int64[]) as a -> put a 8
    | :? (bool[]) as a -> put a 1
    | a -> Fail.argument "Elements.write" "elements" (a.GetType().Name) "is not an array that a tensor gives."
