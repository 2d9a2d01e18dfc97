/// What plans take from each device.
module internal Functional.Torch.PlanDevices

open System.Collections.Concurrent
open Functional

let private known = ConcurrentDictionary<struct (TorchDevice * MatMulPrecision), PlanDevice>()

let private make (struct (device: TorchDevice, precision: MatMulPrecision)) : PlanDevice =
    match device with
    | TorchDevice.Cpu ->
        { Device = device; Compiler = HostFusedRuns.compiler; Graphs = ValueNone; Precision = precision }
    | TorchDevice.Cuda index ->
        { Device = device
          Compiler = CudaFusedRuns.tryCompiler index |> ValueOption.defaultValue NoFusedRuns.compiler
          Graphs = CudaGraphs.tryOf index
          Precision = precision }

/// The kernels and graphs of a device, where products are computed so.
let ofDevice (device: TorchDevice) (precision: MatMulPrecision) : PlanDevice =
    known.GetOrAdd(struct (device, precision), make)
