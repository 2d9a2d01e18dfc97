/// Compiling a graph for libtorch: the library's own programs, whose fused steps are kernels of the device and whose other
/// steps are calls.
module internal Functional.Torch.TorchCompilation

open Functional
open Functional.Torch.Interop
open Program
open MemoryPlanning

/// Whether the steps of a primitive read arguments of any strides: libtorch's operators do, loops and what reads elements on
/// the host do not.
let private takesStrides op =
    match OpClass.ofOp op with
    | OpClass.Movement movement ->
        match movement with
        | MovementKind.Pad _
        | MovementKind.Concat _ -> true
        | MovementKind.Gather _ -> false
    | OpClass.Pooling pooling ->
        match pooling with
        | PoolKind.MaxPool -> true
        | PoolKind.Gather
        | PoolKind.Scatter -> false
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Product _
    | OpClass.Attention _ -> true
    | OpClass.ScatterAdd _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// Whether libtorch's strides, which are not negative, express the view.
let private isView kind =
    match kind with
    | ViewKind.Flip _ -> false
    | ViewKind.Broadcast _
    | ViewKind.Reshape _
    | ViewKind.Transpose _
    | ViewKind.Slice _
    | ViewKind.Identity -> true

/// What kernels of this compiler and libtorch's operators take.
let target (compiler: IFusedCompiler) : Fusion.Target =
    { IsFusable = compiler.Takes
      TakesEpilogue = fun _ -> false
      TakesStrides = takesStrides
      IsView = isView
      MostMembers = 64 }

/// A program with its kernels made and its memory planned: immutable, shared by all who run it.
type CompiledProgram =
    {
        Backend: Backend
        Device: TorchDevice
        /// Makes kernels of several steps.
        Compiler: IFusedCompiler
        Program: Program
        /// The memory of a run whose results are placed by the caller.
        Memory: MemoryPlan
        /// The bytes of scratch memory that each step needs while it runs.
        Scratch: int64[]
        /// The kernel of each fused step, and of others that are kernels of the device.
        Kernels: FusedRun voption[]
        /// The elements of each constant, one after the other.
        Constants: TensorHandle voption[]
        /// The body of each step that is a loop.
        Bodies: CompiledProgram voption[]
    }

/// The memory of the program for these donations of arguments to results.
let planMemory program scratch donations keepsResults : MemoryPlan =
    MemoryPlanning.plan program { Scratch = scratch; Donations = donations; KeepsResults = keepsResults; Guard = 0L }

/// A tensor of a signature with the elements of a buffer in row-major order: its own, where it has them so.
let packed (device: TorchDevice) (buffer: TorchBuffer) : TensorHandle =
    let sizes = buffer.Shape |> Array.ofList
    let strides = buffer.Tensor.Strides |> Array.map int

    if StridedViews.sameSteps sizes strides (StridedViews.rowMajor sizes) then
        buffer.Tensor
    else
        let copy = Tensors.empty device buffer.Signature
        copy.CopyFrom(buffer.Tensor, false)
        copy

let private constant (device: TorchDevice) (storage: Storage) : TensorHandle voption =
    match storage.Kind with
    | Kind.Constant buffer -> ValueSome(packed device (TorchBuffer.OfBuffer buffer))
    | Kind.Input _
    | Kind.Output _
    | Kind.Temporary -> ValueNone

/// The graph as plans run it: simplified, in the order in which it runs; half types are computed in float32 where the kernels
/// hold none.
let simplified (backend: Backend) (compiler: IFusedCompiler) (graph: Graph) : Graph =
    let graph =
        if compiler.Takes Float32 && not (compiler.Takes BFloat16) then
            WidenHalves.apply graph
        else
            graph

    graph |> Simplification.graph (Placement.constant backend) [] |> Scheduling.schedule

/// The kernels of the fused steps; None where one cannot be made.
let private tryKernels (compiler: IFusedCompiler) (program: Program) : FusedRun voption[] option =
    let kernels =
        program.Steps
        |> Array.map (fun step ->
            match step.Work with
            | Work.Fused fused -> compiler.TryCompile [ fused ]
            | Work.Primitive(op, _) ->
                let signature (operand: Operand) =
                    { Shape = List.ofArray operand.Lengths; DType = program.Storages[operand.Storage].DType }

                match step.Writes with
                | [ write ] -> compiler.TryRandom(op, List.map signature step.Reads, signature write)
                | _ -> ValueNone)

    let isMissing (step: Step) (kernel: FusedRun voption) =
        match step.Work with
        | Work.Fused _ -> kernel.IsNone
        | Work.Primitive _ -> false

    if Array.exists2 isMissing program.Steps kernels then None else Some kernels

/// Compiles a graph for a device with kernels of this compiler; without any, where one of them cannot be made.
let rec compile (backend: Backend) (device: TorchDevice) (compiler: IFusedCompiler) (graph: Graph) : CompiledProgram =
    let program = simplified backend compiler graph |> Fusion.clusters (target compiler) |> Lowering.steps
    // on the host each is a kernel of its own, and finds its arguments in a cache
    let program = if device.IsCuda then StepGroups.updatesLast program else program

    match tryKernels compiler program with
    | None -> compile backend device NoFusedRuns.compiler graph
    | Some kernels ->
        let bodies =
            program.Steps
            |> Array.map (fun step ->
                match step.Work with
                | Work.Primitive(Op.Scan scan, _) -> ValueSome(compile backend device compiler scan.Body)
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
          Device = device
          Compiler = compiler
          Program = program
          Memory = planMemory program scratch [] false
          Scratch = scratch
          Kernels = kernels
          Constants = program.Storages |> Array.map (constant device)
          Bodies = bodies }

/// The program as text, the bodies of its loops included.
let rec describe (compiled: CompiledProgram) (memory: MemoryPlan) : string =
    ProgramDescription.program compiled.Program memory (fun i ->
        match compiled.Bodies[i] with
        | ValueSome body -> Some(describe body body.Memory)
        | ValueNone -> None)
