/// Plans on this machine's processor: run with any buffers as arguments, or again and again over the values of a store.
module internal Functional.CpuSession

#nowarn "9" // plans place memory

open System
open System.Collections.Concurrent
open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Kernels
open Program
open MemoryPlanning
open Compilation
open Execution

/// Arguments and results of at most this many bytes are copied; larger ones, which never move, are read and written
/// where they are.
let private copiedBytes = int64 AlignedMemory.LargeBytes - 1L

let private spanAt<'T when 'T: unmanaged> (address: nativeint) (length: int) =
    Span<'T>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), length)

/// Some of a program's storages in one memory of their own.
[<Sealed>]
type private OwnMemory(program: Program, isOwn: int -> bool) =
    let offsets, bytes =
        (0L, [| 0 .. program.Storages.Length - 1 |])
        ||> Array.mapFold (fun reached storage ->
            if isOwn storage then
                reached, reached + (program.Storages[storage].Bytes + 64L) / 64L * 64L
            else
                -1L, reached)

    let memory = if bytes = 0L then null else MemoryBlock bytes

    member _.Has storage = offsets[storage] >= 0L

    /// Places all of them.
    member _.Place(workspace: Workspace) =
        for storage in 0 .. offsets.Length - 1 do
            if offsets[storage] >= 0L then
                workspace.Place(storage, memory.Address + nativeint offsets[storage])

    member _.KeepAlive() = GC.KeepAlive memory

/// The arguments of a workspace that are no slots of a store: small ones are copied, the others read where they are,
/// and kept alive and in place until the next value comes.
[<Sealed>]
type private Arguments(workspace: Workspace, isBound: bool[]) =
    let program = workspace.Compiled.Program
    let pinned: GCHandle[] = Array.zeroCreate program.Inputs.Length
    let held: CpuBuffer[] = Array.zeroCreate program.Inputs.Length
    let written: MemoryBlock[] = Array.zeroCreate program.Inputs.Length
    let takesNumbers = NumberedRows.arguments program
    let numbers: int[][] = Array.zeroCreate program.Inputs.Length

    let isSmall storage = program.Storages[storage].Bytes <= copiedBytes

    let own =
        let small =
            [ for i in 0 .. program.Inputs.Length - 1 do
                  if not isBound[i] && isSmall program.Inputs[i] then
                      program.Inputs[i] ]

        OwnMemory(program, (fun storage -> List.contains storage small))

    do own.Place workspace

    let release argument =
        held[argument] <- Unchecked.defaultof<CpuBuffer>

        if pinned[argument].IsAllocated then
            pinned[argument].Free()

    /// Reads the argument where the buffer begins.
    let hold argument (buffer: CpuBuffer) =
        let storage = program.Inputs[argument]
        held[argument] <- buffer

        if buffer.Address <> 0n then
            workspace.Place(storage, buffer.Address)
        else
            pinned[argument] <- GCHandle.Alloc(buffer.Array, GCHandleType.Pinned)
            let start = pinned[argument].AddrOfPinnedObject()
            workspace.Place(storage, start + nativeint buffer.Offset * nativeint buffer.DType.Size)

    let demandUnbound argument =
        if isBound[argument] then
            Fail.argument "Session" "argument" argument "is a slot of the store; set the slot."

    /// Lets go of the arguments' memory.
    member _.Release() =
        for i in 0 .. pinned.Length - 1 do
            release i

    /// Rows that are read where they stand, by copies of their numbers.
    member private _.SetNumbers(argument: int, rows: SelectedRows) =
        let storage = program.Inputs[argument]

        if isNull numbers[argument] then
            numbers[argument] <- GC.AllocateUninitializedArray<int>(rows.Numbers.Length, pinned = true)

        rows.Numbers.CopyTo(Span numbers[argument])

        if not (obj.ReferenceEquals(held[argument], rows.Source)) then
            release argument
            hold argument rows.Source

        workspace.PlaceNumbers(storage, Marshal.UnsafeAddrOfPinnedArrayElement(numbers[argument], 0))

    member me.Set(argument: int, buffer: Functional.Buffer) =
        demandUnbound argument

        match buffer with
        | :? SelectedRows as rows when takesNumbers[argument] && not (own.Has program.Inputs[argument]) && rows.AreThere ->
            me.SetNumbers(argument, rows)
        | buffer -> me.SetAll(argument, (CpuBuffer.ofBuffer "Session.Set" buffer).Packed())

    member private _.SetAll(argument: int, buffer: CpuBuffer) =
        let storage = program.Inputs[argument]
        release argument
        workspace.PlaceNumbers(storage, 0n)

        if own.Has storage then
            buffer.CopyTo(workspace.Address storage)
        else
            hold argument buffer

        GC.KeepAlive buffer

    /// Copies the elements of a Float32 argument into memory that stays.
    member _.Write(argument: int, elements: ReadOnlySpan<float32>) =
        demandUnbound argument
        let storage = program.Inputs[argument]
        release argument
        workspace.PlaceNumbers(storage, 0n)

        if not (own.Has storage) then
            if isNull written[argument] then
                written[argument] <- MemoryBlock program.Storages[storage].Bytes

            workspace.Place(storage, written[argument].Address)

        elements.CopyTo(spanAt<float32> (workspace.Address storage) program.Storages[storage].Size)

    member _.KeepAlive() =
        own.KeepAlive()
        GC.KeepAlive held
        GC.KeepAlive written
        GC.KeepAlive numbers

    override me.Finalize() = me.Release()

let private resultSignatures (compiled: CompiledProgram) =
    let graph = compiled.Program.Graph
    graph.Outputs |> List.map (Graph.signature graph) |> Array.ofList

/// A copy of the elements at an address.
let private bufferAt (backend: Backend) signature (address: nativeint) : Functional.Buffer =
    let buffer = CpuBuffer.allocate backend signature
    buffer.CopyFrom address
    buffer

/// The memory of one run of a plan: temporaries in an arena rented for the run, large results in new buffers.
[<Sealed>]
type private PlanRun(compiled: CompiledProgram) =
    let program = compiled.Program
    let workspace = Workspace(compiled, compiled.Memory)
    let arguments = Arguments(workspace, Array.zeroCreate program.Inputs.Length)
    let signatures = resultSignatures compiled

    let small =
        OwnMemory(
            program,
            fun storage -> Array.contains storage program.Outputs && program.Storages[storage].Bytes <= copiedBytes
        )

    do small.Place workspace

    /// A new buffer for each large result, pinned while the kernels write it.
    let placeLarge (pins: GCHandle[]) =
        program.Outputs
        |> Array.mapi (fun i storage ->
            if small.Has storage then
                Unchecked.defaultof<CpuBuffer>
            else
                let buffer = CpuBuffer.allocate compiled.Backend signatures[i]

                if buffer.Address <> 0n then
                    workspace.Place(storage, buffer.Address)
                else
                    pins[i] <- GCHandle.Alloc(buffer.Array, GCHandleType.Pinned)
                    let start = pins[i].AddrOfPinnedObject()
                    workspace.Place(storage, start + nativeint buffer.Offset * nativeint buffer.DType.Size)

                buffer)

    member _.Run(values: Functional.Buffer list) : Functional.Buffer list =
        let pins: GCHandle[] = Array.zeroCreate program.Outputs.Length
        let block = Workspaces.rent workspace.ArenaBytes

        try
            values |> List.iteri (fun i buffer -> arguments.Set(i, buffer))
            workspace.PlaceArena block.Address
            let large = placeLarge pins
            workspace.Run()

            let results =
                [ for i in 0 .. program.Outputs.Length - 1 ->
                      if small.Has program.Outputs[i] then
                          bufferAt compiled.Backend signatures[i] (workspace.Address program.Outputs[i])
                      else
                          large[i] ]

            arguments.KeepAlive()
            small.KeepAlive()
            GC.KeepAlive large
            results
        finally
            arguments.Release()

            for pin in pins do
                if pin.IsAllocated then
                    pin.Free()

            Workspaces.giveBack block

/// Values in one memory of their own, and the memory for the temporaries of the sessions bound to them.
[<Sealed>]
type private CpuStore(backend: Backend, values: CpuBuffer list) =
    inherit Store(backend, [| for value in values -> value.Signature |])
    let signatures = [| for value in values -> value.Signature |]

    let offsets, bytes =
        (0L, values)
        ||> List.mapFold (fun reached value ->
            reached, reached + (int64 value.Size * int64 value.DType.Size + 64L) / 64L * 64L)

    let offsets = Array.ofList offsets
    let memory = MemoryBlock bytes
    let mutable workspace: MemoryBlock = null
    let mutable latest: obj = null

    do
        values
        |> List.iteri (fun slot value -> value.Packed().CopyTo(memory.Address + nativeint offsets[slot]))

    /// Notes whose results stand in the shared memory from now on.
    member _.Enter(session: obj) = latest <- session

    /// Whether this session was the latest to run.
    member _.IsLatest(session: obj) = obj.ReferenceEquals(latest, session)

    /// The address of a slot's value.
    member _.Address slot = memory.Address + nativeint offsets[slot]

    /// The address of temporary memory of at least this many bytes, which the sessions share.
    member _.Workspace(bytes: int64) =
        if isNull workspace || workspace.Bytes < bytes then
            workspace <- Workspaces.grow workspace bytes

        workspace.Address

    /// Keeps both memories alive up to this call.
    member _.KeepAlive() =
        GC.KeepAlive memory
        GC.KeepAlive workspace

    override me.Get slot =
        let value = bufferAt backend signatures[slot] (me.Address slot)
        me.KeepAlive()
        value

    override me.Set(slot, value) =
        let value = CpuBuffer.ofBuffer "Store.Set" value

        if value.Signature <> signatures[slot] then
            Fail.shapes
                "Store.Set"
                [ "the slot", signatures[slot].Shape; "the value", value.Shape ]
                $"a slot keeps its shape and type ({signatures[slot].DType}; the value is {value.DType})."

        value.Packed().CopyTo(me.Address slot)
        GC.KeepAlive value
        me.KeepAlive()

    override me.Number slot =
        let number = CpuBuffer.numberAt signatures[slot].DType (me.Address slot)
        me.KeepAlive()
        number

/// A plan over the values of a store: bound results are written over their slots in place, the others stand among the
/// temporaries in the store's shared memory.
[<Sealed>]
type private CpuSession(compiled: CompiledProgram, memory: MemoryPlan, store: CpuStore, bindings: Binding list) as me =
    inherit Session()
    let program = compiled.Program
    let workspace = Workspace(compiled, memory)

    let isBound =
        Array.init program.Inputs.Length (fun i -> bindings |> List.exists (fun b -> b.Argument = i))

    let arguments = Arguments(workspace, isBound)
    let signatures = resultSignatures compiled

    do
        for binding in bindings do
            workspace.Place(program.Inputs[binding.Argument], store.Address binding.Slot)

    let prepare () =
        workspace.PlaceArena(store.Workspace workspace.ArenaBytes)
        store.Enter me

    let keepAlive () =
        arguments.KeepAlive()
        store.KeepAlive()

    let addressOf result =
        if not (store.IsLatest me) then
            Fail.argument
                "Session"
                "result"
                result
                "is gone: another session of the same store has run since, or none has; run this one first."

        workspace.Address program.Outputs[result]

    override _.Set(argument, buffer) = arguments.Set(argument, buffer)
    override _.Write(argument, elements) = arguments.Write(argument, elements)
    override _.Release() = arguments.Release()

    override _.Run() =
        prepare ()
        workspace.Run()
        keepAlive ()

    override _.Profile() =
        prepare ()
        let times = workspace.Profile()
        keepAlive ()
        times

    override _.Get result =
        let value = bufferAt compiled.Backend signatures[result] (addressOf result)
        keepAlive ()
        value

    override _.Number result =
        let number = CpuBuffer.numberAt signatures[result].DType (addressOf result)
        keepAlive ()
        number

    override _.Read(result, elements) =
        (spanAt<float32> (addressOf result) program.Storages[program.Outputs[result]].Size).CopyTo elements
        keepAlive ()

    override _.Describe() = describe { compiled with Memory = memory }

/// The memory of a plan whose results take the place of arguments.
type private DonatedMemory = { Donations: (int * int) list; Memory: MemoryPlan }

type private CpuPlan(graph: Graph, compiled: CompiledProgram) =
    inherit Plan(compiled.Backend, graph)
    // runs that nobody makes now: as many as there ever were at a time
    let idle = ConcurrentBag<PlanRun>()
    // that of the latest binding: sessions of one kind follow each other
    let mutable latest: DonatedMemory option = None
    let results = resultSignatures compiled

    let check (store: CpuStore) (binding: Binding) =
        let slot = store.Signatures[binding.Slot]
        let argument = List.item binding.Argument graph.Inputs

        let result =
            match binding.Result with
            | ValueSome result -> results[result]
            | ValueNone -> slot

        if slot <> argument || slot <> result then
            Fail.shapes
                "Plan.Bind"
                [ "slot", slot.Shape; "argument", argument.Shape; "result", result.Shape ]
                "a slot and what is bound to it have one shape and one type."

    let memoryFor donations =
        match latest with
        | Some donated when donated.Donations = donations -> donated.Memory
        | _ ->
            let memory = planMemory compiled.Program compiled.Scratch compiled.Canaries donations true
            latest <- Some { Donations = donations; Memory = memory }
            memory

    override _.Run arguments =
        let run =
            match idle.TryTake() with
            | true, run -> run
            | _ -> PlanRun compiled

        try
            run.Run arguments
        finally
            idle.Add run

    override _.Describe() = describe compiled

    override _.Bind(store, bindings) =
        match store with
        | :? CpuStore as store ->
            bindings |> List.iter (check store)

            let donations =
                [ for binding in bindings do
                      match binding.Result with
                      | ValueSome result -> result, binding.Argument
                      | ValueNone -> () ]

            CpuSession(compiled, memoryFor donations, store, bindings)
        | store ->
            Fail.argument
                "Plan.Bind"
                "store"
                store.Backend.Name
                $"is another device; this plan runs on {compiled.Backend.Name}."

/// The graph compiled for this machine, with or without guards round its memory.
let planWith canaries (backend: Backend) (graph: Graph) : Plan = CpuPlan(graph, compile backend canaries graph)

/// The graph compiled for this machine.
let plan (backend: Backend) (graph: Graph) : Plan = planWith canariesAsked backend graph

/// A store of this machine's memory with a copy of each value.
let store (backend: Backend) (values: Functional.Buffer list) : Store =
    CpuStore(backend, values |> List.map (CpuBuffer.ofBuffer "CreateStore"))
