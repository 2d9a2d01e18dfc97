/// Running prepared programs: with any buffers as arguments, or again and again over memory that is kept.
module internal Functional.CpuSession

#nowarn "9" // plans own memory

open System
open System.Collections.Concurrent
open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Kernels
open Program
open CpuPlan

/// Arguments and results of fewer bytes are copied; larger ones, which stay where they are, are read and written there.
let private copied = AlignedMemory.LargeBytes - 1

/// A workspace with memory for what it does not plan itself: its arguments and its results.
type Bound(prepared: Prepared, carried: (int * int) list) =
    let program = prepared.Program
    let layout = prepared.Layout
    let workspace = Workspace prepared
    let own: Pinned[] = Array.zeroCreate program.Storages.Length
    let pinned: GCHandle[] = Array.zeroCreate program.Inputs.Length
    let held: CpuBuffer[] = Array.zeroCreate program.Inputs.Length

    let isCarried =
        Array.init program.Inputs.Length (fun i -> carried |> List.exists (fun (_, argument) -> argument = i))

    let size storage =
        let storage = program.Storages[storage]
        storage.Size * CpuBuffer.bytes storage.DType

    let ownMemory storage =
        if isNull (box own[storage]) then
            own[storage] <- Pinned(int64 (size storage))

        workspace.Place(storage, own[storage].Address)
        own[storage].Address

    let release i =
        held[i] <- Unchecked.defaultof<CpuBuffer>

        if pinned[i].IsAllocated then
            pinned[i].Free()

    /// Whether a result has memory of its own, neither in the arena nor in the place of an argument.
    let isFree storage = layout.Owner[storage] = storage && layout.Offset[storage] < 0

    let signatures = program.Graph.Outputs |> List.map (Graph.signature program.Graph) |> Array.ofList

    /// Lets go of the arguments' memory.
    member _.Release() =
        for i in 0 .. pinned.Length - 1 do
            release i

    member _.Set(argument: int, buffer: Functional.Buffer) =
        let storage = program.Inputs[argument]
        let buffer = (buffer :?> CpuBuffer).Packed()
        release argument

        if isCarried[argument] || size storage <= copied then
            buffer.CopyTo(ownMemory storage)
        elif buffer.Address <> 0n then
            held[argument] <- buffer
            workspace.Place(storage, buffer.Address)
        else
            pinned[argument] <- GCHandle.Alloc(buffer.Array, GCHandleType.Pinned)
            let start = pinned[argument].AddrOfPinnedObject()
            workspace.Place(storage, start + nativeint (buffer.Offset * CpuBuffer.bytes buffer.DType))

    /// Gives results memory that stays.
    member _.OwnResults() =
        for storage in program.Outputs do
            if isFree storage then
                ownMemory storage |> ignore

    /// Copies the elements of a Float32 argument into memory that stays.
    member _.Write(argument: int, elements: ReadOnlySpan<float32>) =
        let storage = program.Inputs[argument]
        release argument
        let first = NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte>(ownMemory storage))
        elements.CopyTo(Span<float32>(first, program.Storages[storage].Size))

    /// Copies the elements of a Float32 result.
    member _.Read(result: int, elements: Span<float32>) =
        let storage = program.Outputs[result]
        let first = NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte>(workspace.Address storage))
        Span<float32>(first, program.Storages[storage].Size).CopyTo elements

    /// Carried results that could not be written in place go where they belong.
    member _.Settle() =
        for struct (late, replaced) in layout.Late do
            copyBytes (workspace.Address late) (workspace.Address replaced) (size late)

    member me.Run() =
        workspace.Run()
        me.Settle()

    member me.Profile() =
        let times = workspace.Profile()
        me.Settle()
        times

    member _.Get(result: int) : Functional.Buffer =
        let buffer = CpuBuffer.allocate prepared.Backend signatures[result]
        buffer.CopyFrom(workspace.Address program.Outputs[result])
        buffer

    member _.Number(result: int) =
        CpuBuffer.numberAt signatures[result].DType (workspace.Address program.Outputs[result])

    /// Runs with these arguments; the results are new buffers.
    member me.RunWith(arguments: Functional.Buffer list) : Functional.Buffer list =
        arguments |> List.iteri (fun i buffer -> me.Set(i, buffer))

        let fresh =
            program.Outputs
            |> Array.mapi (fun i storage ->
                if isFree storage && size storage > copied then
                    let buffer = CpuBuffer.allocate prepared.Backend signatures[i]
                    workspace.Place(storage, buffer.Address)
                    buffer
                else
                    if isFree storage then
                        ownMemory storage |> ignore

                    Unchecked.defaultof<CpuBuffer>)

        try
            me.Run()

            fresh
            |> Array.mapi (fun i buffer -> if isNull (box buffer) then me.Get i else buffer)
            |> List.ofArray
        finally
            GC.KeepAlive fresh
            me.Release()

    override me.Finalize() = me.Release()

type private CpuSession(prepared: Prepared, carried) =
    inherit Session()
    let bound = Bound(prepared, carried)
    do bound.OwnResults()
    override _.Set(argument, buffer) = bound.Set(argument, buffer)
    override _.Run() = bound.Run()
    override _.Get result = bound.Get result
    override _.Number result = bound.Number result
    override _.Write(argument, elements) = bound.Write(argument, elements)
    override _.Read(result, elements) = bound.Read(result, elements)
    override _.Profile() = bound.Profile()
    override _.Describe() = describe prepared

type private CpuPlan(graph, prepared: Prepared) =
    inherit Plan(graph)
    // workspaces that nobody uses now: as many as there ever were runs at a time
    let idle = ConcurrentBag<Bound>()

    override _.Run arguments =
        let bound =
            match idle.TryTake() with
            | true, bound -> bound
            | _ -> Bound(prepared, [])

        let results = bound.RunWith arguments
        idle.Add bound
        results

    override _.Describe() = describe prepared

    override _.Start carried = CpuSession(prepared.Carrying carried, carried)

/// The graph compiled for this machine, with or without guards round its memory.
let planWith canaries (backend: Backend) (graph: Graph) : Plan = CpuPlan(graph, prepare backend canaries graph)

/// The graph compiled for this machine.
let plan (backend: Backend) (graph: Graph) : Plan = planWith canariesAsked backend graph
