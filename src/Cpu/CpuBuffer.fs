namespace Functional

#nowarn "9" // buffers of a plan stand at addresses

open System
open System.Runtime.CompilerServices
open FSharp.NativeInterop
open Functional.Kernels

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

/// Elements in the machine's memory, as a view: element (i, j, ...) stands at Offset + i * Strides[0] + j * Strides[1]
/// + ... of an array, or of memory at an address. Transposing, slicing, flipping and broadcasting give other views of
/// the same memory.
///
/// Memory at an address belongs to a plan, or is a `ResultMemory` that the view holds. Who reads or writes it through
/// spans and addresses keeps the buffer alive meanwhile.
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

    /// Rebinds the buffer to this address, its offset included. Only for buffers of a plan, which nobody else sees: they are
    /// bound to the memory of each run.
    abstract Place: nativeint -> unit

    /// The address of the first element; 0 for a buffer in an array.
    abstract Address: nativeint

    /// The array that holds the elements; empty for a buffer at an address.
    abstract Array: System.Array

    /// Copies rows of a contiguous buffer, along its first axis, into room for as many.
    abstract CopyRows: numbers: ReadOnlySpan<int> * room: CpuBuffer -> unit

    /// Copies all elements of a contiguous buffer to an address.
    abstract CopyTo: nativeint -> unit

    /// Fills a contiguous buffer that nobody has seen yet from an address.
    abstract CopyFrom: nativeint -> unit

    /// The address of the numbers of the rows that it consists of, where it is placed at the first row of a larger buffer
    /// instead of its own; 0 elsewhere. Only for buffers of a plan, and only products look at it.
    member val RowNumbers = 0n with get, set

    /// Calls the visitor with the buffer as its typed subclass.
    abstract Accept: ICpuBufferVisitor -> unit

/// Visitor of buffers by element type.
and internal ICpuBufferVisitor =
    /// Called once, with the buffer.
    abstract Visit<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> :
        CpuBuffer<'T> -> unit

/// Rows of a contiguous buffer along its first axis, those of the numbers in `rows` from `first` on: as many as their room
/// has. They are copied into the room when they are first read, unless a product takes them from where they stand.
and [<Sealed>] internal SelectedRows(source: CpuBuffer, rows: int[], first: int, room: CpuBuffer) =
    inherit Functional.Buffer(room.Backend, room.Signature)
    let mutable isCopied = false

    member _.Source = source

    /// Their numbers in the source.
    member _.Numbers = ReadOnlySpan(rows, first, room.Lengths[0])

    /// Whether the source has rows of all these numbers.
    member me.AreThere = GatherKernels.FirstOutside(me.Numbers, source.Lengths[0]) < 0

    /// The rows in their room.
    member me.Copied: CpuBuffer =
        if not isCopied then
            source.CopyRows(me.Numbers, room)
            isCopied <- true

        room

    override me.ToArray() = me.Copied.ToArray()

/// A buffer of elements of one type.
and [<Sealed>] internal CpuBuffer<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (backend, signature: Signature, elements: 'T[], offset, strides) =
    inherit CpuBuffer(backend, signature, offset, strides)

    // The first element's address; 0 for a buffer in an array.
    let mutable address = 0n

    // the owner of the memory at the address; null for memory of a plan
    let mutable memory: ResultMemory = null

    /// An uninitialised buffer: every element must be written before anyone else sees it.
    static member Allocate(backend, signature: Signature) =
        let size = Shape.size signature.Shape
        let bytes = int64 size * int64 sizeof<'T>
        let strides = Strides.rowMajor signature.Shape

        if bytes < int64 AlignedMemory.LargeBytes then
            CpuBuffer<'T>(backend, signature, Array.zeroCreate size, 0, strides)
        else
            MachineMemory.demand bytes
            let memory = ResultMemory.Allocate bytes
            let buffer = CpuBuffer<'T>(backend, signature, [||], 0, strides)
            buffer.Hold(memory, memory.Address)
            buffer

    member private _.Hold(owner: ResultMemory, first: nativeint) =
        memory <- owner
        address <- first

    member _.Elements = elements

    /// The elements of a contiguous buffer.
    member me.Span = Span.op_Implicit me.Target: ReadOnlySpan<'T>

    /// The elements of a new buffer, for the kernel that writes them.
    member me.Target =
        if address = 0n then
            Span(elements, offset, me.Size)
        else
            Span<'T>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<'T> address), me.Size)

    /// The view as an operand of kernels.
    member me.Operand =
        if address = 0n then
            Operand<'T>(ReadOnlySpan elements, offset, ReadOnlySpan me.Strides)
        else
            // the span covers what the strides can reach, in front of the first element too
            let mutable low = 0
            let mutable high = 0

            for i in 0 .. me.Lengths.Length - 1 do
                let reach = (me.Lengths[i] - 1) * me.Strides[i]
                low <- low + min 0 reach
                high <- high + max 0 reach

            let first = NativePtr.add (NativePtr.ofNativeInt<'T> address) low
            let span = ReadOnlySpan<'T>(NativePtr.toVoidPtr first, high - low + 1)
            Operand<'T>(span, -low, ReadOnlySpan me.Strides)

    /// The first element, for kernels that take its address.
    member _.First: byref<'T> =
        if address = 0n then
            &elements[offset]
        else
            &Unsafe.AsRef<'T>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<'T> address))

    member me.PackedElements: CpuBuffer<'T> =
        if me.IsContiguous then
            me
        else
            let copy = CpuBuffer<'T>.Allocate(backend, signature)
            let view = me.Operand
            StridedKernels.Copy(ReadOnlySpan me.Lengths, &view, copy.Target)
            GC.KeepAlive me
            GC.KeepAlive copy
            copy

    override me.Uniform =
        let mutable repeats = me.Size > 0

        for i in 0 .. strides.Length - 1 do
            repeats <- repeats && (me.Lengths[i] = 1 || strides[i] = 0)

        if repeats then
            let first = me.First
            GC.KeepAlive me
            let number = CastKernels.ToDouble<'T> first
            // a float does not hold every int64 beyond 2^53
            let isExact = signature.DType <> DType.Int64 || int64 number = unbox<int64>(box first)
            if isExact then ValueSome number else ValueNone
        else
            ValueNone

    override me.Compact =
        let lengths = Array.map2 (fun n stride -> if stride = 0 then min n 1 else n) me.Lengths strides

        if lengths = me.Lengths then
            me
        else
            me.View({ signature with Shape = List.ofArray lengths }, offset, strides)

    override _.View(signature, first, strides) =
        let view = CpuBuffer<'T>(backend, signature, elements, first, strides)

        if address <> 0n then
            view.Hold(memory, address + nativeint (first - offset) * nativeint sizeof<'T>)

        view

    // not inlined, here and below, so that ahead of time they are compiled where `Precompiled` names them
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    override me.Accept visitor = visitor.Visit me

    override _.TryAllocateRows count =
        match signature.Shape with
        | [] -> ValueNone
        | _ :: row ->
            ValueSome(CpuBuffer<'T>.Allocate(backend, { signature with Shape = count :: row }) :> Functional.Buffer)

    override me.TrySelectRows(rows, first, room) =
        match room with
        | :? CpuBuffer<'T> as room when me.IsContiguous && me.Size > 0 ->
            ValueSome(SelectedRows(me, rows, first, room) :> Functional.Buffer)
        | _ -> ValueNone

    override me.CopyRows(numbers, room) =
        match room with
        | :? CpuBuffer<'T> as room ->
            let length = me.Lengths[0]
            GatherKernels.Gather(me.Span, 1, length, me.Size / length, numbers, room.Target)
            GC.KeepAlive me
        | room -> Fail.dtypes "gather" [ "the rows", me.DType; "their room", room.DType ] "are of one type"

    override me.Packed() = me.PackedElements

    override me.ToArray() =
        let packed = me.PackedElements
        let array = packed.Span.ToArray()
        GC.KeepAlive packed
        array

    override _.Place there = address <- there
    override _.Address = address
    override _.Array = elements

    override me.CopyTo there =
        me.Span.CopyTo(Span<'T>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<'T> there), me.Size))
        GC.KeepAlive me

    override me.CopyFrom there =
        ReadOnlySpan<'T>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<'T> there), me.Size).CopyTo me.Target
        GC.KeepAlive me

/// Makes buffers of elements of one type.
[<AbstractClass>]
type internal CpuBufferFactory() =
    /// An uninitialised buffer: every element must be written before anyone else sees it.
    abstract Allocate: Backend * Signature -> CpuBuffer

    /// A buffer without memory, which a plan assigns.
    abstract Movable: Backend * Signature * strides: int[] -> CpuBuffer

    /// A buffer over a row-major array.
    abstract OfArray: Backend * Signature * System.Array -> CpuBuffer

    /// The number at an address.
    abstract NumberAt: nativeint -> float

[<Sealed>]
type internal CpuBufferFactory<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
    inherit CpuBufferFactory()

    [<MethodImpl(MethodImplOptions.NoInlining)>]
    override _.Allocate(backend, signature) = CpuBuffer<'T>.Allocate(backend, signature)

    [<MethodImpl(MethodImplOptions.NoInlining)>]
    override _.Movable(backend, signature, strides) = CpuBuffer<'T>(backend, signature, [||], 0, strides)

    [<MethodImpl(MethodImplOptions.NoInlining)>]
    override _.OfArray(backend, signature, elements) =
        CpuBuffer<'T>(backend, signature, (elements :?> 'T[]), 0, Strides.rowMajor signature.Shape)

    [<MethodImpl(MethodImplOptions.NoInlining)>]
    override _.NumberAt address = CastKernels.ToDouble<'T>(NativePtr.read (NativePtr.ofNativeInt<'T> address))

/// Makes buffers of the element type that a signature names.
module internal CpuBuffer =
    // by a match, not a visitor, so that their code can be compiled ahead of time
    let private factories =
        [| for dtype in DType.All ->
               match dtype with
               | Float32 -> CpuBufferFactory<float32>() :> CpuBufferFactory
               | Float64 -> CpuBufferFactory<float>()
               | Float16 -> CpuBufferFactory<Half>()
               | BFloat16 -> CpuBufferFactory<Numerics.BFloat16>()
               | Int32 -> CpuBufferFactory<int>()
               | Int64 -> CpuBufferFactory<int64>()
               | Bool -> CpuBufferFactory<bool>() |]

    let private factory (dtype: DType) = factories[dtype.Index]

    /// Casts to a buffer of this backend; one of another backend is an error.
    let ofBuffer operation (buffer: Functional.Buffer) : CpuBuffer =
        match buffer with
        | :? CpuBuffer as buffer -> buffer
        | :? SelectedRows as rows -> rows.Copied
        | buffer ->
            Fail.argument
                operation
                "device"
                buffer.Backend.Name
                "holds an argument, but this runs on cpu; move the tensor there with Tensor.toDevice."

    /// The bytes of one element.
    let bytes (dtype: DType) = dtype.Size

    /// An uninitialised buffer: every element must be written before anyone else sees it.
    let allocate backend (signature: Signature) : CpuBuffer = (factory signature.DType).Allocate(backend, signature)

    /// A buffer without memory, which a plan assigns.
    let movable backend (signature: Signature) (strides: int[]) : CpuBuffer =
        (factory signature.DType).Movable(backend, signature, strides)

    /// A buffer over a row-major array of the type.
    let ofArray backend (signature: Signature) (elements: System.Array) : CpuBuffer =
        (factory signature.DType).OfArray(backend, signature, elements)

    /// The number at an address.
    let numberAt dtype (address: nativeint) = (factory dtype).NumberAt address
