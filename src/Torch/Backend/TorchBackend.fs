namespace Functional.Torch

open Functional
open Functional.Torch.Interop

/// Computes with libtorch on one device.
[<Sealed>]
type internal TorchBackend(device: TorchDevice, precision: MatMulPrecision) =
    inherit
        Backend(
            match precision with
            | MatMulPrecision.Highest -> device.Name
            | MatMulPrecision.High -> device.Name + "/tf32"
            | MatMulPrecision.Medium -> device.Name + "/bfloat16"
        )

    let place = lazy PlanDevices.ofDevice device precision

    /// A primitive at once.
    let evaluate (me: Backend) op (args: Buffer list) (results: Signature list) : Buffer list =
        if precision = MatMulPrecision.Medium && NarrowProducts.isNarrowed op (args |> List.map _.Signature) then
            let cast dtype (x: Buffer) =
                let result = { x.Signature with DType = dtype }
                (Evaluation.buffers me device (Op.Cast dtype) [ x ] [ result ]).Head

            let narrow = results |> List.map (fun result -> { result with DType = BFloat16 })
            Evaluation.buffers me device op (List.map (cast BFloat16) args) narrow |> List.map (cast Float32)
        else
            if device.IsCuda then
                place.Value.Enter()

            Evaluation.buffers me device op args results

    new(device) = TorchBackend(device, MatMulPrecision.Highest)

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
        | op -> evaluate me op args results

    override me.Prepare graph = TorchPlan(me, place.Value, graph)
    override me.CreateStore values = TorchStore(me, device, values)
