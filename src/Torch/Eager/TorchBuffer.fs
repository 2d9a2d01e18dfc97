namespace Functional.Torch

open Functional
open Functional.Torch.Interop

/// Elements in a tensor of libtorch: row-major, or a view of another one's memory. `number` is the number that all elements are,
/// where that is known.
[<Sealed>]
type internal TorchBuffer
    (backend: Backend, device: TorchDevice, signature: Signature, tensor: TensorHandle, number: float voption) =
    inherit Buffer(backend, signature)

    /// The device that the tensor is on.
    member _.Location = device

    /// The tensor.
    member _.Tensor = tensor

    override _.ToArray() = Tensors.toArray signature tensor
    override _.Uniform = number

    override _.TryAllocateRows count =
        match signature.Shape with
        | [] -> ValueNone
        | _ :: row ->
            let room = { signature with Shape = count :: row }
            ValueSome(TorchBuffer(backend, device, room, Tensors.empty device room, ValueNone) :> Buffer)

    override _.TrySelectRows(rows, first, room) =
        match room, signature.Shape with
        | (:? TorchBuffer as room), length :: row when not (List.contains 0 row) ->
            let count = room.Shape.Head
            let chosen = Array.sub rows first count

            if Array.exists (fun i -> i < 0 || i >= length) chosen then
                ValueNone
            else
                use numbers = Tensors.ofArray device { Shape = [ count ]; DType = Int32 } chosen

                let arguments =
                    [ Argument.Tensor tensor; Argument.Int 0L; Argument.Tensor numbers; Argument.Tensor room.Tensor ]

                for result in Invocation.aten device "index_select" "out" arguments 1 do
                    result.Dispose()

                ValueSome(room :> Buffer)
        | _ -> ValueNone

    /// The buffer as one of these; the core gives a backend no other.
    static member OfBuffer(buffer: Buffer) : TorchBuffer =
        match buffer with
        | :? TorchBuffer as buffer -> buffer
        | buffer ->
            Fail.argument
                "torch"
                "buffer"
                buffer.Backend.Name
                "is another backend's; move the tensor with Tensor.toDevice."

/// Numbers that all elements of a buffer are.
module internal Uniform =
    /// The number of an array of one element, where a float holds it exactly.
    let ofArray (elements: System.Array) : float voption =
        if elements.Length <> 1 then
            ValueNone
        else
            match ElementArrays.dtypeOf elements with
            | ValueSome Int64 ->
                let value = (elements :?> int64[])[0]
                if abs value <= 9007199254740992L then ValueSome(float value) else ValueNone
            | ValueSome _ -> ValueSome((ElementArrays.toFloats elements)[0])
            | ValueNone -> ValueNone
