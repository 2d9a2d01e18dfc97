namespace Functional

open System.Collections.Concurrent
open Functional.Torch
open Functional.Torch.Interop

/// The devices of libtorch beside the others in `Device`, with nothing to open but `Functional`.
[<AutoOpen>]
module TorchDevices =
    let private gpus = ConcurrentDictionary<struct (int * MatMulPrecision), Device>()
    let private narrow = lazy Device.register (TorchBackend(TorchDevice.Cpu, MatMulPrecision.Medium))

    /// Devices of libtorch: where tensors live and are computed.
    ///
    /// libtorch is found in the folder that FUNCTIONAL_LIBTORCH names (the lib folder of a Python torch, with its CUDA), in a
    /// package that the program references (libtorch-cpu-linux-x64), or in the active Python environment.
    module Device =
        /// libtorch on this machine's processor. A missing libtorch is an error of the first tensor that is made there.
        let torch: Device = Device.register (TorchBackend TorchDevice.Cpu)

        /// The GPU of this number, from 0 on, by libtorch's CUDA, where products of float32 are computed so. Its tensors are
        /// those of a device of its own: cuda:0, cuda:0/tf32, cuda:0/bfloat16. An error where libtorch, its CUDA part or the GPU is
        /// missing.
        let cudaIn (precision: MatMulPrecision) (index: int) : Device =
            if index < 0 then
                Fail.argument "Device.cuda" "index" index "is negative; GPUs are numbered from 0 on."

            gpus.GetOrAdd(
                struct (index, precision),
                fun _ ->
                    if not TorchLibrary.HasCuda then
                        Fail.data "Device.cuda" TorchLibrary.WhyNoCuda

                    let device = TorchDevice.Cuda index

                    try
                        // the driver is first asked here
                        use _ = Tensors.empty device { Shape = [ 1 ]; DType = Float32 }
                        ()
                    with :? TorchCallException ->
                        Fail.argument
                            "Device.cuda"
                            "index"
                            index
                            "is no GPU that CUDA can use here; see nvidia-smi for those there are."

                    Device.register (TorchBackend(device, precision))
            )

        /// The GPU of this number, from 0 on, by libtorch's CUDA; products of float32 in float32. An error where libtorch, its CUDA
        /// part or the GPU is missing.
        let cuda (index: int) : Device = cudaIn MatMulPrecision.Highest index

        /// libtorch on this machine's processor, where products of float32 are computed so (High is Highest here).
        let torchIn (precision: MatMulPrecision) : Device =
            match precision with
            | MatMulPrecision.Medium -> narrow.Value
            | MatMulPrecision.Highest
            | MatMulPrecision.High -> torch

        /// Whether libtorch is there.
        let isTorchAvailable () : bool = TorchLibrary.IsAvailable

        /// Whether libtorch has its CUDA part, and there is a GPU of this number.
        let isCudaAvailable (index: int) : bool =
            TorchLibrary.HasCuda
            && (try
                    cuda index |> ignore
                    true
                with :? FunctionalException ->
                    false)
