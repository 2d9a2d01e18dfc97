namespace Functional.Torch

open System
open System.Diagnostics
open Functional

/// Values that outlive runs. A slot's buffer is never written to: a new value takes its place, and the old one is freed.
[<Sealed>]
type internal TorchStore(backend: Backend, device: TorchDevice, values: Buffer list) =
    inherit Store(backend, [| for value in values -> value.Signature |])
    let own (buffer: Buffer) = TorchBuffer.OfBuffer(GraphRun.share buffer)
    let slots = values |> List.map own |> Array.ofList

    /// The buffer of a slot, for the length of a run.
    member _.Value slot : Buffer = slots[slot]

    override _.Get slot = GraphRun.share slots[slot]

    override _.Set(slot, value) =
        let before = slots[slot]
        slots[slot] <- own value
        before.Tensor.Dispose()

    override _.Number slot = Numbers.first device slots[slot]

/// A plan over the values of a store.
[<Sealed>]
type internal TorchSession(plan: Plan, device: TorchDevice, store: TorchStore, bindings: Binding list) =
    inherit Session()
    let args: Buffer[] = Array.zeroCreate plan.Graph.Inputs.Length
    let mutable results: Buffer[] = [||]

    let forget () =
        for result in results do
            GraphRun.free result

        results <- [||]

    override _.Set(argument, buffer) = args[argument] <- buffer

    override _.Write(argument, elements) =
        args[argument] <- plan.Backend.OfArray(elements.ToArray(), (List.item argument plan.Graph.Inputs).Shape)

    override _.Release() = Array.Clear args

    override _.Run() =
        for binding in bindings do
            args[binding.Argument] <- store.Value binding.Slot

        forget ()
        results <- plan.Run(List.ofArray args) |> Array.ofList

        for binding in bindings do
            match binding.Result with
            | ValueSome result -> store.Set(binding.Slot, results[result])
            | ValueNone -> ()

    override _.Get result = GraphRun.share results[result]

    override _.Read(result, elements) = (ReadOnlySpan(results[result].ToArray() :?> float32[])).CopyTo elements

    override _.Number result = Numbers.first device (TorchBuffer.OfBuffer results[result])
    override _.Describe() = plan.Describe()

    override me.Profile() =
        let clock = Stopwatch.StartNew()
        me.Run()

        [ { Kernel = "graph"
            Began = 0.0
            Microseconds = clock.Elapsed.TotalMicroseconds
            Flops = 0.0
            Bytes = 0.0 } ]

/// A graph, run node by node.
[<Sealed>]
type internal TorchPlan(backend: Backend, device: TorchDevice, graph: Graph) =
    inherit Plan(backend, graph)
    let prepared = GraphRun.prepare graph
    override _.Run args = GraphRun.run backend prepared args
    override _.Describe() = Graph.describe graph
    override me.Bind(store, bindings) = TorchSession(me, device, (store :?> TorchStore), bindings)
