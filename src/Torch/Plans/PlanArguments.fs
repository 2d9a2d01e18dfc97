namespace Functional.Torch

open System
open System.Runtime.InteropServices
open Functional
open Functional.Torch.Interop
open Functional.Program
open Functional.Torch.TorchCompilation

/// The arguments of a workspace that are no slots of a store. On the host they are read where they are, and held until the
/// next value comes; on a GPU they are copied into memory that stays, so that a captured graph finds them.
[<Sealed>]
type internal PlanArguments(workspace: TorchWorkspace, isBound: bool[], staysInPlace: bool) =
    let program = workspace.Compiled.Program
    let device = workspace.Compiled.Device
    let signatures = Array.ofList program.Graph.Inputs
    let held: TensorHandle[] = Array.zeroCreate program.Inputs.Length
    let latest: Buffer[] = Array.zeroCreate program.Inputs.Length
    let own: Arena[] = Array.zeroCreate program.Inputs.Length

    let ownMemory argument : Arena =
        if isNull own[argument] then
            own[argument] <- Arena(device, program.Storages[program.Inputs[argument]].Bytes)

        workspace.Place(program.Inputs[argument], own[argument].Address)
        own[argument]

    do
        if staysInPlace then
            for i in 0 .. isBound.Length - 1 do
                if not isBound[i] then
                    ownMemory i |> ignore

    let demandUnbound argument =
        if isBound[argument] then
            Fail.argument "Session" "argument" argument "is a slot of the store; set the slot."

    /// A tensor over the memory of an argument.
    let over argument (memory: Arena) =
        let signature = signatures[argument]

        HostTransfer.Over(
            memory.Address,
            ReadOnlySpan(ElementTypes.sizes signature.Shape),
            ElementTypes.code signature.DType,
            device.Type,
            device.Index
        )

    /// The value of an argument from now on.
    member _.Set(argument: int, buffer: Buffer) =
        demandUnbound argument
        let value = TorchBuffer.OfBuffer buffer

        if staysInPlace then
            use target = over argument (ownMemory argument)
            target.CopyFrom(value.Tensor, true)
        elif not (obj.ReferenceEquals(latest[argument], buffer)) then
            let tensor = packed device value
            held[argument] <- tensor
            latest[argument] <- buffer
            workspace.Place(program.Inputs[argument], tensor.Data)

    /// Copies the elements of a Float32 argument into memory that stays.
    member _.Write(argument: int, elements: ReadOnlySpan<float32>) =
        demandUnbound argument
        held[argument] <- null
        latest[argument] <- Unchecked.defaultof<Buffer>
        let memory = ownMemory argument
        HostTransfer.ToDevice(MemoryMarshal.AsBytes elements, memory.Address, device.Type, device.Index)

    /// Lets go of the arguments' memory.
    member _.Release() =
        Array.Clear held
        Array.Clear latest

    /// Keeps the arguments alive up to this call.
    member _.KeepAlive() =
        GC.KeepAlive held
        GC.KeepAlive latest
        GC.KeepAlive own
