/// Primitives on libtorch, one at a time.
module internal Functional.Torch.Evaluation

open Functional
open Functional.Torch.Interop

/// The tensors that a primitive gives, each with a handle of its own. Never of `Op.Scan`. Indices are within their axes.
let tensors
    (device: TorchDevice)
    op
    (args: (TensorHandle * Signature) list)
    (results: Signature list)
    : TensorHandle list =
    let caller = EagerCaller device

    try
        let given = Operators.emit caller op args results

        let owned (tensor: TensorHandle) =
            if caller.Owns tensor then tensor else new TensorHandle(tensor.Duplicate(), 0L)

        let given = List.map owned given
        caller.Free given
        given
    with :? TorchMissingException as error ->
        TorchErrors.raiseMissing device.Name error

/// The number that all elements of the results are, where it is known of the argument.
let private uniform op (args: TorchBuffer list) : float voption =
    match op, args with
    | (Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.StopGradient | Op.Barrier _), [ x ] -> x.Uniform
    | _ -> ValueNone

/// What a primitive gives for buffers of one device; never of `Op.Scan`.
let buffers (backend: Backend) (device: TorchDevice) op (args: Buffer list) (results: Signature list) : Buffer list =
    let args = args |> List.map TorchBuffer.OfBuffer
    IndexChecks.demand op device args
    let given = tensors device op (args |> List.map (fun x -> x.Tensor, x.Signature)) results
    let number = uniform op args
    System.GC.KeepAlive args

    List.map2 (fun result tensor -> TorchBuffer(backend, device, result, tensor, number) :> Buffer) results given
