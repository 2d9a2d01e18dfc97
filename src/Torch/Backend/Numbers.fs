/// Single numbers of tensors.
module internal Functional.Torch.Numbers

open Functional

/// The first element of a buffer as a float; only that one comes to the host.
let first (device: TorchDevice) (buffer: TorchBuffer) : float =
    let zeros = buffer.Shape |> List.map (fun _ -> 0L)

    if zeros.IsEmpty then
        (ElementArrays.toFloats (buffer.ToArray()))[0]
    else
        let ones = zeros |> List.map (fun _ -> 1L)
        let arguments = [ Argument.Tensor buffer.Tensor; Argument.Ints ones; Argument.Ints ones; Argument.None ]
        use view = Invocation.aten device "as_strided" "" arguments 1 |> List.head
        let signature = { buffer.Signature with Shape = buffer.Shape |> List.map (fun _ -> 1) }
        (ElementArrays.toFloats (Tensors.toArray signature view))[0]
