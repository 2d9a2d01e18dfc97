namespace Functional.Torch

open Functional
open Functional.Torch.Interop

/// Computes with libtorch on one device.
[<Sealed>]
type internal TorchBackend(device: TorchDevice) =
    inherit Backend(device.Name)

    /// The device that it computes on.
    member _.Location = device

    override me.OfArray(elements, shape) =
        match ElementArrays.dtypeOf elements with
        | ValueSome dtype ->
            let signature = { Shape = shape; DType = dtype }

            try
                TorchBuffer(me, device, signature, Tensors.ofArray device signature elements, Uniform.ofArray elements)
            with
            | :? TorchMissingException as error -> TorchErrors.raiseMissing device.Name error
            | :? TorchCallException as error -> TorchErrors.raiseRefused device (Shape.toString shape) error
        | ValueNone ->
            Fail.argument
                "tensor"
                "array"
                (elements.GetType().Name)
                $"holds none of {ElementArrays.types}; convert it first."

    override me.OfBuffer buffer =
        match buffer with
        | :? TorchBuffer as source ->
            let tensor = Tensors.empty device source.Signature
            tensor.CopyFrom(source.Tensor, false)
            TorchBuffer(me, device, source.Signature, tensor, source.Uniform)
        | buffer -> me.OfArray(buffer.ToArray(), buffer.Shape)

    override me.Evaluate(op, args, results) =
        match op with
        | Op.Scan scan -> LoopPlans.evaluate me scan args results
        | op -> Evaluation.buffers me device op args results

    override me.Prepare graph = TorchPlan(me, device, Simplification.graph (Placement.constant me) [] graph)
    override me.CreateStore values = TorchStore(me, device, values)
