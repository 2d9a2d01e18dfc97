/// Sums and differences. ATen's `add` has a Scalar, which its dispatcher cannot be given: floats take the function that stands
/// beside it, integers a product with a factor that is a tensor of the host.
module internal Functional.Torch.Addition

open Functional
open Functional.Torch.Interop

let private ofHost = System.Collections.Generic.Dictionary<float, TensorHandle>()

/// A list of one number on the host, as `_foreach_addcmul` takes its factors.
let private factorOf (factor: float) : TensorHandle =
    lock ofHost (fun () ->
        match ofHost.TryGetValue factor with
        | true, tensor -> tensor
        | _ ->
            let tensor = Tensors.ofArray TorchDevice.Cpu { Shape = [ 1 ]; DType = Int64 } [| int64 factor |]
            ofHost[factor] <- tensor
            tensor)

let private ones =
    System.Collections.Concurrent.ConcurrentDictionary<struct (TorchDevice * int), TensorHandle>()

let private oneLike (device: TorchDevice) (tensor: TensorHandle) =
    let code = tensor.DType

    ones.GetOrAdd(
        struct (device, code),
        fun _ -> Tensors.number device (if code = TorchLibrary.Functions.Int64 then Int64 else Int32) 1.0
    )

/// a + factor b, where the factor is 1 or -1; integers wrap around.
let run (device: TorchDevice) (a: TensorHandle) (b: TensorHandle) (factor: float) : TensorHandle =
    let torch = TorchLibrary.Functions

    if a.DType = torch.Int32 || a.DType = torch.Int64 then
        let arguments =
            [ Argument.Tensors [ a ]
              Argument.Tensors [ b ]
              Argument.Tensors [ oneLike device a ]
              Argument.Tensor(factorOf factor) ]

        let stack = Invocation.stack device "aten::_foreach_addcmul" "Tensor" arguments
        TensorHandle.OfCall(nativeint (CallStack.Elements(stack.Result 0, 1)[0]), false)
    else
        try
            DirectFunctions.Add(a, b, factor, device.IsCuda)
        with :? TorchCallException as error ->
            TorchErrors.raiseRefused device (Invocation.describe [ Argument.Tensor a; Argument.Tensor b ]) error
