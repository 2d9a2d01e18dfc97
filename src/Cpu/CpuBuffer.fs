namespace Functional

open System
open Functional.Kernels

/// Elements in the machine's memory, as a view: element (i, j, ...) stands at Offset + i * Strides[0] + j * Strides[1] + ... of an
/// array. Transposing, slicing, flipping and broadcasting give other views of the same array.
[<AbstractClass>]
type internal CpuBuffer(backend, signature: Signature, offset: int, strides: int[]) =
    inherit Functional.Buffer(backend, signature)
    let lengths = Array.ofList signature.Shape

    let contiguous =
        // axes of length 1 may have any stride, and so may all where there are no elements
        let mutable step = 1
        let mutable ok = true

        for i in lengths.Length - 1 .. -1 .. 0 do
            if lengths[i] <> 1 && strides[i] <> step then
                ok <- false

            step <- step * lengths[i]

        ok || step = 0

    member _.Lengths = lengths
    member _.Strides = strides
    member _.Offset = offset
    member _.Size = Array.fold (*) 1 lengths

    /// Whether the elements stand one after the other in row-major order.
    member _.IsContiguous = contiguous

    /// Another view of the same array.
    abstract View: Signature * offset: int * strides: int[] -> CpuBuffer

    /// The same elements in row-major order: this buffer, or a copy.
    abstract Packed: unit -> CpuBuffer

module internal Strides =
    /// The strides of row-major order.
    let rowMajor (shape: Shape) =
        let lengths = Array.ofList shape
        let strides = Array.zeroCreate lengths.Length
        let mutable step = 1

        for i in lengths.Length - 1 .. -1 .. 0 do
            strides[i] <- step
            step <- step * lengths[i]

        strides

/// A buffer of elements of one type.
[<Sealed>]
type internal CpuBuffer<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (backend, signature: Signature, elements: 'T[], offset, strides) =
    inherit CpuBuffer(backend, signature, offset, strides)

    /// Room for elements that are all to be written before anyone else sees the buffer.
    static member Allocate(backend, signature: Signature) =
        let mutable offset = 0
        let elements = AlignedMemory.Allocate<'T>(Shape.size signature.Shape, &offset)
        CpuBuffer<'T>(backend, signature, elements, offset, Strides.rowMajor signature.Shape)

    member _.Elements = elements

    /// The view as kernels take it.
    member me.Operand = Operand<'T>(ReadOnlySpan elements, offset, ReadOnlySpan me.Strides)

    /// The elements of a contiguous buffer.
    member me.Span = ReadOnlySpan(elements, offset, me.Size)

    /// Where a kernel writes a new buffer.
    member me.Target = Span(elements, offset, me.Size)

    member me.PackedElements: CpuBuffer<'T> =
        if me.IsContiguous then
            me
        else
            let copy = CpuBuffer<'T>.Allocate(backend, signature)
            let view = me.Operand
            StridedKernels.Copy(ReadOnlySpan me.Lengths, &view, copy.Target)
            copy

    override _.View(signature, offset, strides) = CpuBuffer<'T>(backend, signature, elements, offset, strides)

    override me.Packed() = me.PackedElements
    override me.ToArray() = me.PackedElements.Span.ToArray()
