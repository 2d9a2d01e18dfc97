/// Elements between arrays and tensors of libtorch.
module internal Functional.Torch.Tensors

#nowarn "9" // arrays are pinned while libtorch copies their elements

open System
open System.Runtime.InteropServices
open Functional
open Functional.Torch.Interop

/// An uninitialised row-major tensor.
let empty (device: TorchDevice) (signature: Signature) : TensorHandle =
    TensorHandle.Empty(
        ReadOnlySpan(ElementTypes.sizes signature.Shape),
        ElementTypes.code signature.DType,
        signature.DType.Size,
        device.Type,
        device.Index
    )

/// What `f` gives for a tensor over the elements of an array, which stays where it is meanwhile.
let private over (signature: Signature) (elements: Array) (f: TensorHandle -> unit) =
    let pinned = GCHandle.Alloc(elements, GCHandleType.Pinned)

    try
        let code = ElementTypes.code signature.DType

        use view =
            TensorHandle.Over(pinned.AddrOfPinnedObject(), ReadOnlySpan(ElementTypes.sizes signature.Shape), code)

        f view
    finally
        pinned.Free()

/// A tensor with the elements of a row-major array.
let ofArray (device: TorchDevice) (signature: Signature) (elements: Array) : TensorHandle =
    let tensor = empty device signature

    if elements.Length > 0 then
        over signature elements (fun source -> tensor.CopyFrom(source, false))

    tensor

/// Copies the elements into a row-major array of the type's .NET type.
let copyTo (signature: Signature) (elements: Array) (tensor: TensorHandle) =
    if elements.Length > 0 then
        over signature elements (fun target -> target.CopyFrom(tensor, false))

/// The elements as a new row-major array.
let toArray (signature: Signature) (tensor: TensorHandle) : Array =
    let elements =
        signature.DType.Accept
            { new IElementVisitor<Array> with
                member _.Visit<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
                    Array.zeroCreate<'T>(Shape.size signature.Shape) :> Array }

    copyTo signature elements tensor
    elements

/// A tensor without axes that holds a number.
let number (device: TorchDevice) (dtype: DType) (value: float) : TensorHandle =
    ofArray device { Shape = []; DType = dtype } (ElementArrays.ofNumber dtype value)
