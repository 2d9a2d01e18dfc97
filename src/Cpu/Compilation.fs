/// Compiling a graph for this machine's processor: its kernels, its constants in memory, and the plan of its other
/// memory.
module internal Functional.Compilation

open System
open Functional
open Functional.Kernels
open Program
open MemoryPlanning

/// Whether kernels are checked for writes beyond their results: the environment variable FUNCTIONAL_CANARIES is 1.
let canariesAsked = Environment.GetEnvironmentVariable "FUNCTIONAL_CANARIES" = "1"

/// The bytes kept free behind each value in that mode.
let guardBytes = 512

/// The graph simplified, with the rewrites that pay on this processor.
let rewritten number graph =
    Simplification.graph number [ MaxPoolGradients.shrink number; UnrolledSums.unroll ] graph

/// The graph as plans run it: simplified, and in the order in which it runs.
let simplified backend graph =
    WidenHalves.apply graph |> rewritten (Placement.constant backend) |> Scheduling.schedule

/// Whether the kernels of a primitive read arguments of any strides.
let private takesStrides op =
    match OpClass.ofOp op with
    | OpClass.Movement movement ->
        match movement with
        | MovementKind.Pad _
        | MovementKind.Concat _ -> true
        | MovementKind.Gather _ -> false
    | OpClass.Product product ->
        match product with
        | ProductKind.MatMul -> true
        | ProductKind.Convolution
        | ProductKind.ConvolutionInput
        | ProductKind.ConvolutionKernel -> false
    | OpClass.Attention _ -> true
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.ScatterAdd _
    | OpClass.Pooling _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// What this processor's kernels take. Half types are widened before fusion, but for where a program casts to them.
let target: Fusion.Target =
    { IsFusable = fun dtype -> FusedKernel.Takes(FusedInstructions.elementType dtype)
      TakesEpilogue = OpClass.takesEpilogue
      TakesStrides = takesStrides
      IsView = fun _ -> true
      MostMembers = 64 }

/// Lets another thread compile the code of products while this one goes on to plan.
let private prepareProducts (graph: Graph) =
    let size node =
        match node with
        | Node.Compute(Op.MatMul, [ a; b ], [ result ]) when result.DType = Float32 && Shape.size result.Shape > 0 ->
            let n = List.last result.Shape
            let k = List.last (Graph.signature graph a).Shape
            // one matrix on the right multiplies the rows of all on the left together
            let shared = (Graph.signature graph b).Shape.Length = 2

            let m =
                if shared then
                    Shape.size result.Shape / n
                else
                    result.Shape[result.Shape.Length - 2]

            Some(struct (m, n, k))
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> None

    MatMul.Prepare<float32>(Array.choose size graph.Nodes)

/// The elements of a program's constants, copied to where kernels read them.
[<Sealed>]
type ConstantMemory(backend: Backend, storages: Storage[]) =
    let offsets, bytes =
        (0L, storages)
        ||> Array.mapFold (fun reached storage ->
            match storage.Kind with
            | Kind.Constant _ -> reached, reached + (storage.Bytes + 63L) / 64L * 64L
            | Kind.Input _
            | Kind.Output _
            | Kind.Temporary -> -1L, reached)

    let memory = MemoryBlock bytes

    do
        storages
        |> Array.iteri (fun i storage ->
            match storage.Kind with
            | Kind.Constant buffer when storage.Size > 0 ->
                let copy = CpuBuffer.movable backend buffer.Signature (Strides.rowMajor buffer.Shape)
                copy.Place(memory.Address + nativeint offsets[i])
                CpuDataMovement.copy (CpuBuffer.ofBuffer "compile" buffer) copy
            | Kind.Constant _
            | Kind.Input _
            | Kind.Output _
            | Kind.Temporary -> ())

    /// The address of a constant's storage; 0 for any other storage.
    member _.Address storage =
        if offsets[storage] < 0L then
            0n
        else
            memory.Address + nativeint offsets[storage]

    /// Keeps the memory alive up to this call.
    member _.KeepAlive() = GC.KeepAlive memory

/// A program with its kernels made and its memory planned: immutable, shared by all who run it.
type CompiledProgram =
    {
        Backend: Backend
        Program: Program
        /// The memory of a run whose results are placed by the caller.
        Memory: MemoryPlan
        /// The bytes of scratch memory that each step needs while it runs.
        Scratch: int64[]
        /// The fused kernel of each step that has one.
        Kernels: FusedKernel voption[]
        Constants: ConstantMemory
        /// The body of each step that is a loop.
        Bodies: CompiledProgram voption[]
        /// Whether writes beyond values are looked for.
        Canaries: bool
    }

/// The memory of the program for these donations of arguments to results.
let planMemory program scratch canaries donations keepsResults : MemoryPlan =
    MemoryPlanning.plan
        program
        { Scratch = scratch
          Donations = donations
          KeepsResults = keepsResults
          Guard = (if canaries then int64 guardBytes else 0L) }

let private kernelOf (step: Step) =
    match step.Work with
    | Work.Fused fused
    | Work.Primitive(_, Some fused) -> ValueSome(FusedKernel.Create fused)
    | Work.Primitive(_, None) -> ValueNone

/// Compiles a graph for this machine.
let rec compile (backend: Backend) canaries (graph: Graph) : CompiledProgram =
    prepareProducts graph
    let program = simplified backend graph |> Fusion.clusters target |> Lowering.steps
    let kernels = program.Steps |> Array.map kernelOf

    let bodies =
        program.Steps
        |> Array.map (fun step ->
            match step.Work with
            | Work.Primitive(Op.Scan scan, _) -> ValueSome(compile backend canaries scan.Body)
            | Work.Primitive _
            | Work.Fused _ -> ValueNone)

    let scratch =
        program.Steps
        |> Array.mapi (fun i step ->
            match step.Work, bodies[i], kernels[i] with
            | Work.Primitive(Op.Scan scan, _), ValueSome body, _ -> LoopMemory.bytes scan body.Memory.ArenaBytes
            | Work.Fused _, _, ValueSome kernel -> kernel.ScratchBytes
            | (Work.Primitive _ | Work.Fused _), _, _ -> 0L)

    { Backend = backend
      Program = program
      Memory = planMemory program scratch canaries [] false
      Scratch = scratch
      Kernels = kernels
      Constants = ConstantMemory(backend, program.Storages)
      Bodies = bodies
      Canaries = canaries }

/// The program as text, the bodies of its loops included.
let rec describe (compiled: CompiledProgram) : string =
    ProgramDescription.program compiled.Program compiled.Memory (fun i ->
        match compiled.Bodies[i] with
        | ValueSome body -> Some(describe body)
        | ValueNone -> None)
