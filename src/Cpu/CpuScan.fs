/// Loops one step at a time: the body, prepared once, runs on views of the sequences, and what it gives is copied to
/// its place.
module internal Functional.CpuScan

open System
open System.Runtime.CompilerServices
open Functional
open Functional.Kernels

/// The plan of each body, for as long as the body lives.
let private plans = ConditionalWeakTable<Graph, Plan>()

let private planOf (backend: Functional.Backend) (body: Graph) =
    plans.GetValue(body, (fun body -> backend.Prepare body))

let private slice t (x: CpuBuffer) : Functional.Buffer =
    let signature = { Shape = List.tail x.Shape; DType = x.DType }
    let offset = if x.Size = 0 then x.Offset else x.Offset + t * x.Strides[0]
    x.View(signature, offset, x.Strides[1..])

/// Room for one result of every step.
[<AbstractClass>]
type private Stack(buffer: CpuBuffer) =
    member _.Buffer = buffer
    abstract Write: t: int * Functional.Buffer -> unit

let private stackOf (backend: Functional.Backend) (signature: Signature) : Stack =
    let make (y: CpuBuffer<'T>) =
        let size = y.Size / max 1 signature.Shape.Head

        { new Stack(y) with
            override _.Write(t, value) =
                if size > 0 then
                    let x = value :?> CpuBuffer<'T>
                    let view = x.Operand
                    StridedKernels.Copy(ReadOnlySpan x.Lengths, &view, y.Target.Slice(t * size, size)) }

    match signature.DType with
    | Float32 -> make (CpuBuffer<float32>.Allocate(backend, signature))
    | Float64 -> make (CpuBuffer<float>.Allocate(backend, signature))
    | Int32 -> make (CpuBuffer<int>.Allocate(backend, signature))
    | Bool -> make (CpuBuffer<bool>.Allocate(backend, signature))

let run backend (scan: Scan) (args: CpuBuffer list) (results: Signature list) : CpuBuffer list =
    let plan = planOf backend scan.Body
    let buffers = List.map (fun (b: CpuBuffer) -> b :> Functional.Buffer)
    let carries, rest = List.splitAt scan.Carries args
    let sequences, constants = List.splitAt scan.Sequences rest
    let constants = buffers constants
    let stacks = results |> List.skip scan.Carries |> List.map (stackOf backend)
    let mutable state = buffers carries

    for step in 0 .. scan.Length - 1 do
        let t = if scan.Reverse then scan.Length - 1 - step else step
        let values = plan.Run(state @ List.map (slice t) sequences @ constants)
        let next, given = List.splitAt scan.Carries values
        List.iter2 (fun (stack: Stack) value -> stack.Write(t, value)) stacks given
        state <- next

    (state |> List.map (fun b -> b :?> CpuBuffer)) @ (stacks |> List.map _.Buffer)
