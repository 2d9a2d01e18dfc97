namespace Functional.Torch

open System
open System.Collections.Concurrent
open System.Runtime.InteropServices
open Functional
open Functional.Torch.Interop
open Functional.Program
open Functional.MemoryPlanning
open Functional.Torch.TorchCompilation

/// Errors of calls as the library's own.
module private PlanErrors =
    let guarded (device: TorchDevice) (run: unit -> unit) =
        try
            run ()
        with
        | :? TorchCallException as error -> TorchErrors.raiseRefused device "a plan's tensors" error
        | :? TorchMissingException as error -> TorchErrors.raiseMissing device.Name error

/// One run of a plan at a time: temporaries in an arena rented for the run, results in new tensors.
[<Sealed>]
type private PlanRun(compiled: CompiledProgram) =
    let program = compiled.Program
    let device = compiled.Device
    let workspace = TorchWorkspace(compiled, compiled.Memory)
    let arguments = PlanArguments(workspace, Array.zeroCreate program.Inputs.Length, false)
    let signatures = program.Graph.Outputs |> List.map (Graph.signature program.Graph)

    member _.Run(values: Buffer list) : Buffer list =
        let pool = ArenaPool.Of device
        let arena = pool.Rent workspace.ArenaBytes

        try
            values |> List.iteri (fun i buffer -> arguments.Set(i, buffer))
            workspace.PlaceArena arena.Address
            let tensors = signatures |> List.map (Tensors.empty device)
            tensors |> List.iteri (fun i tensor -> workspace.Place(program.Outputs[i], tensor.Data))
            PlanErrors.guarded device workspace.Run
            arguments.KeepAlive()

            List.map2
                (fun signature tensor -> TorchBuffer(compiled.Backend, device, signature, tensor, ValueNone) :> Buffer)
                signatures
                tensors
        finally
            arguments.Release()
            pool.GiveBack arena

/// A plan over the values of a store: bound results are written over their slots in place, the others stand among the
/// temporaries in the store's shared memory.
[<Sealed>]
type internal TorchSession
    (compiled: CompiledProgram, place: PlanDevice, memory: MemoryPlan, store: TorchStore, bindings: Binding list) as me
    =
    inherit Session()
    let program = compiled.Program
    let device = compiled.Device
    let workspace = TorchWorkspace(compiled, memory)

    let isBound =
        Array.init program.Inputs.Length (fun i -> bindings |> List.exists (fun b -> b.Argument = i))

    let arguments = PlanArguments(workspace, isBound, place.Graphs.IsSome)
    let signatures = program.Graph.Outputs |> List.map (Graph.signature program.Graph) |> Array.ofList

    let captured =
        match place.Graphs with
        | ValueSome graphs -> CapturedRuns graphs
        | ValueNone -> null

    do
        for binding in bindings do
            workspace.Place(program.Inputs[binding.Argument], store.Address binding.Slot)

    let runOn stream =
        workspace.Stream <- stream
        workspace.Run()

    let run =
        match captured with
        | null -> fun () -> workspace.Run()
        | captured -> fun () -> captured.Run(store.Workspace workspace.ArenaBytes, runOn)

    let prepare () =
        workspace.PlaceArena(store.Workspace workspace.ArenaBytes)
        place.Enter()
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

    /// How it runs on a GPU; none on the host.
    member _.Capture: CaptureState voption =
        match captured with
        | null -> ValueNone
        | captured -> ValueSome captured.State

    override _.Set(argument, buffer) = arguments.Set(argument, buffer)
    override _.Write(argument, elements) = arguments.Write(argument, elements)
    override _.Release() = arguments.Release()

    override _.Run() =
        prepare ()
        PlanErrors.guarded device run
        keepAlive ()

    override _.Profile() =
        prepare ()
        let mutable times = []
        PlanErrors.guarded device (fun () -> times <- workspace.Profile())
        keepAlive ()
        times

    override _.Get result =
        let value = AtAddress.copy compiled.Backend device signatures[result] (addressOf result)
        keepAlive ()
        value

    override _.Number result =
        let number = AtAddress.number device signatures[result].DType (addressOf result)
        keepAlive ()
        number

    override _.Read(result, elements) =
        HostTransfer.ToHost(addressOf result, MemoryMarshal.AsBytes elements, device.Type, device.Index)
        keepAlive ()

    override me.Describe() =
        let steps = describe compiled memory

        match me.Capture with
        | ValueSome(CaptureState.Captured _) -> steps + "\ncaptured as one CUDA graph"
        | ValueSome(CaptureState.Refused reason) -> steps + $"\ncall by call: not captured, since {reason}"
        | ValueSome(CaptureState.Warming _) -> steps + "\ncall by call until it is captured"
        | ValueNone -> steps

/// The memory of a plan whose results take the place of arguments.
type private DonatedMemory = { Donations: (int * int) list; Memory: MemoryPlan }

/// A graph compiled for a device of libtorch.
[<Sealed>]
type internal TorchPlan(backend: Backend, place: PlanDevice, graph: Graph) =
    inherit Plan(backend, graph)

    let compiled =
        let narrowed =
            match place.Precision with
            | MatMulPrecision.Medium -> NarrowProducts.apply place.Device.IsCuda graph
            | MatMulPrecision.Highest
            | MatMulPrecision.High -> graph

        compile backend place.Device place.Compiler narrowed

    // runs that nobody makes now: as many as there ever were at a time
    let idle = ConcurrentBag<PlanRun>()
    // that of the latest binding: sessions of one kind follow each other
    let mutable latest: DonatedMemory option = None
    let results = graph.Outputs |> List.map (Graph.signature graph) |> Array.ofList

    let check (store: TorchStore) (binding: Binding) =
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
            let memory = planMemory compiled.Program compiled.Scratch donations true
            latest <- Some { Donations = donations; Memory = memory }
            memory

    override _.Run arguments =
        let run =
            match idle.TryTake() with
            | true, run -> run
            | _ -> PlanRun compiled

        place.Enter()

        try
            run.Run arguments
        finally
            idle.Add run

    override _.Describe() = describe compiled compiled.Memory

    override _.Bind(store, bindings) =
        match store with
        | :? TorchStore as store ->
            bindings |> List.iter (check store)

            let donations =
                [ for binding in bindings do
                      match binding.Result with
                      | ValueSome result -> result, binding.Argument
                      | ValueNone -> () ]

            TorchSession(compiled, place, memoryFor donations, store, bindings)
        | store ->
            Fail.argument
                "Plan.Bind"
                "store"
                store.Backend.Name
                $"is another device; this plan runs on {compiled.Backend.Name}."
