/// What plans take from each device.
module internal Functional.Torch.PlanDevices

open System.Collections.Concurrent
open Functional

let private known = ConcurrentDictionary<TorchDevice, PlanDevice>()

let private make (device: TorchDevice) : PlanDevice =
    match device with
    | TorchDevice.Cpu ->
        { Device = device
          Compiler = HostFusedRuns.compiler
          Graphs = ValueNone }
    | TorchDevice.Cuda index ->
        { Device = device
          Compiler = CudaFusedRuns.tryCompiler index |> ValueOption.defaultValue NoFusedRuns.compiler
          Graphs = CudaGraphs.tryOf index }

/// The kernels and graphs of a device.
let ofDevice (device: TorchDevice) : PlanDevice = known.GetOrAdd(device, make)
