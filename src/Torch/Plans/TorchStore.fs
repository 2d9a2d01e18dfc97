namespace Functional.Torch

open System
open Functional
open Functional.Torch.Interop

/// Elements at an address of a device.
module internal AtAddress =
    let private over (device: TorchDevice) (signature: Signature) (address: nativeint) =
        HostTransfer.Over(
            address,
            ReadOnlySpan(ElementTypes.sizes signature.Shape),
            ElementTypes.code signature.DType,
            device.Type,
            device.Index
        )

    /// A buffer with a copy of them.
    let copy (backend: Backend) (device: TorchDevice) (signature: Signature) (address: nativeint) : Buffer =
        let tensor = Tensors.empty device signature

        if Shape.size signature.Shape > 0 then
            use source = over device signature address
            tensor.CopyFrom(source, false)

        TorchBuffer(backend, device, signature, tensor, ValueNone)

    /// Copies the elements of a buffer there.
    let write (device: TorchDevice) (signature: Signature) (address: nativeint) (buffer: TorchBuffer) =
        if Shape.size signature.Shape > 0 then
            use target = over device signature address
            target.CopyFrom(buffer.Tensor, false)
            GC.KeepAlive buffer

    /// The first of them as a float; only that one comes to the host.
    let number (device: TorchDevice) (dtype: DType) (address: nativeint) : float =
        let one = ElementArrays.ofNumber dtype 0.0
        use source = over device { Shape = [ 1 ]; DType = dtype } address
        Tensors.copyTo { Shape = [ 1 ]; DType = dtype } one source
        (ElementArrays.toFloats one)[0]

/// Values in one memory of their own, and the memory for the temporaries of the sessions bound to them.
[<Sealed>]
type internal TorchStore(backend: Backend, device: TorchDevice, values: Buffer list) =
    inherit Store(backend, [| for value in values -> value.Signature |])
    let signatures = [| for value in values -> value.Signature |]

    let offsets, bytes =
        (0L, values)
        ||> List.mapFold (fun reached value ->
            reached, reached + (int64 (Shape.size value.Shape) * int64 value.DType.Size + 255L) / 256L * 256L)

    let offsets = Array.ofList offsets
    let memory = Arena(device, bytes)
    let mutable workspace: Arena = null
    let mutable latest: obj = null

    do
        values
        |> List.iteri (fun slot value ->
            AtAddress.write
                device
                signatures[slot]
                (memory.Address + nativeint offsets[slot])
                (TorchBuffer.OfBuffer value))

    /// Notes whose results stand in the shared memory from now on.
    member _.Enter(session: obj) = latest <- session

    /// Whether this session was the latest to run.
    member _.IsLatest(session: obj) = obj.ReferenceEquals(latest, session)

    /// The address of a slot's value.
    member _.Address slot = memory.Address + nativeint offsets[slot]

    /// The address of temporary memory of at least this many bytes, which the sessions share.
    member _.Workspace(bytes: int64) =
        if isNull workspace || workspace.Bytes < bytes then
            if not (isNull workspace) then
                workspace.Free()

            workspace <- Arena(device, bytes)

        workspace.Address

    /// Keeps both memories alive up to this call.
    member _.KeepAlive() =
        GC.KeepAlive memory
        GC.KeepAlive workspace

    override me.Get slot =
        let value = AtAddress.copy backend device signatures[slot] (me.Address slot)
        me.KeepAlive()
        value

    override me.Set(slot, value) =
        let value = TorchBuffer.OfBuffer value

        if value.Signature <> signatures[slot] then
            Fail.shapes
                "Store.Set"
                [ "the slot", signatures[slot].Shape; "the value", value.Shape ]
                $"a slot keeps its shape and type ({signatures[slot].DType}; the value is {value.DType})."

        AtAddress.write device signatures[slot] (me.Address slot) value
        me.KeepAlive()

    override me.Number slot =
        let number = AtAddress.number device signatures[slot].DType (me.Address slot)
        me.KeepAlive()
        number
