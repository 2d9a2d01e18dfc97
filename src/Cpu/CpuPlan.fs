/// Programs on this machine's processor: kernels prepared once, memory laid out once, steps that run without allocating.
module internal Functional.CpuPlan

#nowarn "9" // kernels take addresses

open System
open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Kernels
open Program

/// Memory that the garbage collector owns and never moves, from a cache line on.
type Pinned(size: int64) =
    let array = GC.AllocateUninitializedArray<byte>(int (size + int64 AlignedMemory.Alignment), true)

    let start = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0)

    /// What keeps the memory alive.
    member _.Array = array

    /// The first byte; valid as long as this object lives.
    member val Address =
        (start + nativeint (AlignedMemory.Alignment - 1)) &&& ~~~(nativeint (AlignedMemory.Alignment - 1))

let private movable backend dtype (operand: Operand) =
    CpuBuffer.movable backend { Shape = List.ofArray operand.Lengths; DType = dtype } operand.Strides

/// Whether what is written outside of a kernel's results is looked for: the environment variable FUNCTIONAL_CANARIES is 1.
let canariesAsked = Environment.GetEnvironmentVariable "FUNCTIONAL_CANARIES" = "1"

/// How many elements behind each value are then kept free.
let private guard = 64

let private canary = 0xA5uy

/// A program with its kernels made and its memory laid out; shared by all who run it.
type Prepared =
    {
        Backend: Backend
        Program: Program
        Layout: MemoryPlanning.Layout
        /// How many elements of Float32 each step needs while it runs.
        Scratch: int[]
        /// The fused kernel of each step that has one.
        Kernels: FusedKernel voption[]
        /// The elements of constants, where they stay.
        Constants: Pinned voption[]
        /// The body of each step that is a loop.
        Bodies: Prepared voption[]
        /// Whether memory is guarded.
        Canaries: bool
    }

    /// The memory of a program whose results `carried` are to stand where an argument stood: (result, argument).
    member me.Carrying carried =
        { me with
            Layout = MemoryPlanning.plan me.Program me.Scratch carried (if me.Canaries then guard else 0) }

/// A constant of a signature whose elements are all one number.
let private number (backend: Backend) (signature: Signature) (value: float) : Node =
    let elements: System.Array =
        match signature.DType with
        | Float32 -> [| float32 value |]
        | Float64 -> [| value |]
        | Int32 -> [| int value |]
        | Bool -> [| value <> 0.0 |]

    backend.Evaluate(Op.Broadcast signature.Shape, [ backend.OfArray(elements, []) ], [ signature ])
    |> List.head
    |> Node.Constant

/// The graph as plans run it: made smaller, and put in order.
let simplified backend graph = Simplification.graph (number backend) graph |> Scheduling.nodes

/// Lets another thread see to the code of products while this one goes on to plan.
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
        | _ -> None

    MatMul.Prepare<float32>(Array.choose size graph.Nodes)

/// Compiles a graph for this machine: its kernels, and where its values stand.
let rec prepare (backend: Backend) canaries (graph: Graph) : Prepared =
    prepareProducts graph
    let program = simplified backend graph |> Fusion.clusters |> Lowering.steps

    let kernels =
        program.Steps
        |> Array.map (fun step ->
            match step.Work with
            | Work.Fused fused
            | Work.Primitive(_, Some fused) -> ValueSome(FusedKernel.Create fused)
            | Work.Primitive(_, None) -> ValueNone)

    let scratch =
        kernels
        |> Array.map (fun kernel ->
            match kernel with
            | ValueSome kernel -> int ((kernel.ScratchBytes + 3L) / 4L)
            | ValueNone -> 0)

    let constants =
        program.Storages
        |> Array.map (fun storage ->
            match storage.Kind with
            | Kind.Constant buffer ->
                let memory = Pinned(int64 storage.Size * int64 (CpuBuffer.bytes storage.DType))

                if storage.Size > 0 then
                    let copy = CpuBuffer.movable backend buffer.Signature (Strides.rowMajor buffer.Shape)
                    copy.Place memory.Address
                    CpuDataMovement.copy (buffer :?> CpuBuffer) copy

                ValueSome memory
            | Kind.Input _
            | Kind.Output _
            | Kind.Temporary -> ValueNone)

    { Backend = backend
      Program = program
      Layout = MemoryPlanning.plan program scratch [] (if canaries then guard else 0)
      Scratch = scratch
      Kernels = kernels
      Constants = constants
      Bodies =
        program.Steps
        |> Array.map (fun step ->
            match step.Work with
            | Work.Primitive(Op.Scan scan, _) -> ValueSome(prepare backend canaries scan.Body)
            | Work.Primitive _
            | Work.Fused _ -> ValueNone)
      Canaries = canaries }

/// The program as text, the bodies of its loops included.
let rec describe (prepared: Prepared) : string =
    ProgramDescription.program prepared.Program prepared.Layout (fun i ->
        match prepared.Bodies[i] with
        | ValueSome body -> Some(describe body)
        | ValueNone -> None)

/// One step, bound to the memory of one workspace: `addresses` says where each storage is.
[<AbstractClass>]
type private Runner() =
    abstract Run: addresses: nativeint[] -> unit

/// Where the operands of a kernel stand in this run.
type private Table(operands: Operand list, storages: Storage[]) =
    let storage = [| for o in operands -> o.Storage |]
    let offset = [| for o in operands -> nativeint (o.Offset * CpuBuffer.bytes storages[o.Storage].DType) |]
    let addresses: nativeint[] = GC.AllocateArray<nativeint>(max 1 storage.Length, true)

    let first: nativeptr<nativeint> =
        NativePtr.ofNativeInt (Marshal.UnsafeAddrOfPinnedArrayElement(addresses, 0))

    member _.First = first

    /// Where an operand stands.
    member _.Item
        with get i = addresses[i]

    member _.Fill(places: nativeint[]) =
        for i in 0 .. storage.Length - 1 do
            addresses[i] <- places[storage[i]] + offset[i]

type private FusedRunner(kernel: FusedKernel, table: Table, scratch: nativeint) =
    inherit Runner()

    override _.Run addresses =
        table.Fill addresses
        kernel.Run(table.First, NativePtr.ofNativeInt<byte> scratch)

type private FusedEpilogue(kernel: FusedKernel, table: Table) =
    inherit Epilogue()
    member _.Table = table
    override _.Run(row, rows, column, columns) = kernel.RunRows(table.First, row, rows, column, columns)

type private PrimitiveRunner
    (op: Op, reads: CpuBuffer list, writes: CpuBuffer list, table: Table, epilogue: FusedEpilogue | null) as me =
    inherit Runner()
    let all = Array.ofList (reads @ writes)

    // a value that is to stand where it stands already is not copied
    let isCopy = op = Op.StopGradient && reads.Head.IsContiguous

    override _.Run addresses =
        table.Fill addresses

        if not (isCopy && table[0] = table[1]) then
            me.Compute addresses

    member private _.Compute addresses =
        for i in 0 .. all.Length - 1 do
            all[i].Place(NativePtr.get table.First i)

        match epilogue with
        | null -> CpuKernels.fill op reads writes
        | epilogue ->
            epilogue.Table.Fill addresses
            CpuKernels.fillWith op reads writes epilogue

/// What one result of a loop's step, or one slice of a sequence, takes.
let private bytesOf (signature: Signature) = Shape.size signature.Shape * CpuBuffer.bytes signature.DType

let copyBytes (source: nativeint) (target: nativeint) (length: int) =
    System.Buffer.MemoryCopy(
        NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> source),
        NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> target),
        int64 length,
        int64 length
    )

/// Memory to run a program in. One run at a time; several workspaces of one program are independent of each other.
type Workspace(prepared: Prepared) =
    let program = prepared.Program
    let layout = prepared.Layout

    let arenas =
        [| for dtype in [ Float32; Float64; Int32; Bool ] ->
               Pinned(int64 (layout.Arena dtype) * int64 (CpuBuffer.bytes dtype)) |]

    let arena dtype =
        match dtype with
        | Float32 -> arenas[0]
        | Float64 -> arenas[1]
        | Int32 -> arenas[2]
        | Bool -> arenas[3]

    let addresses =
        program.Storages
        |> Array.mapi (fun i storage ->
            match prepared.Constants[i] with
            | ValueSome memory -> memory.Address
            | ValueNone when layout.Offset[layout.Owner[i]] >= 0 ->
                (arena storage.DType).Address
                + nativeint layout.Offset[layout.Owner[i]] * nativeint (CpuBuffer.bytes storage.DType)
            | ValueNone -> 0n)

    let runners =
        program.Steps
        |> Array.mapi (fun i step ->
            let table operands = Table(operands, program.Storages)

            match step.Work, prepared.Kernels[i] with
            | Work.Primitive(Op.Scan scan, _), _ ->
                match prepared.Bodies[i] with
                | ValueSome body ->
                    ScanRunner(scan, Workspace body, table (step.Reads @ step.Writes), step.Reads.Length) :> Runner
                | ValueNone -> invalidOp "a loop has a body"
            | Work.Primitive(op, fused), kernel ->
                let count =
                    match fused with
                    | Some program -> program.Operands.Length
                    | None -> 0

                let buffers operands =
                    operands |> List.map (fun o -> movable prepared.Backend program.Storages[o.Storage].DType o)

                match kernel with
                | ValueSome kernel ->
                    // the first result is the epilogue's operand 0; what stands behind the primitive's own operands is its
                    let results = step.Writes.Length - (count - 1 - (step.Reads.Length - step.Arguments))
                    let own, stored = List.splitAt results step.Writes
                    let args, more = List.splitAt step.Arguments step.Reads
                    let epilogue = FusedEpilogue(kernel, table (own.Head :: more @ stored))
                    PrimitiveRunner(op, buffers args, buffers own, table (args @ own), epilogue)
                | ValueNone ->
                    PrimitiveRunner(
                        op,
                        buffers step.Reads,
                        buffers step.Writes,
                        table (step.Reads @ step.Writes),
                        null
                    )
            | Work.Fused _, ValueSome kernel ->
                let scratch = (arena Float32).Address + nativeint layout.Scratch[i] * 4n
                FusedRunner(kernel, table (step.Reads @ step.Writes), scratch)
            | Work.Fused _, ValueNone -> invalidOp "a fused step has a kernel")

    // the storages that share the memory of each one
    let sharing =
        let all = Array.init addresses.Length (fun _ -> ResizeArray<int>())
        layout.Owner |> Array.iteri (fun i owner -> all[owner].Add i)
        all |> Array.map _.ToArray()

    /// The bytes behind a value that nobody is to write.
    let guarded storage =
        let bytes = CpuBuffer.bytes program.Storages[storage].DType
        let first = addresses[storage] + nativeint (program.Storages[storage].Size * bytes)
        Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> first), guard * bytes)

    let isGuarded storage = prepared.Canaries && layout.Offset[layout.Owner[storage]] >= 0

    let check (step: Step) =
        for operand in step.Writes do
            if isGuarded operand.Storage && (guarded operand.Storage).ContainsAnyExcept canary then
                let lengths = operand.Lengths |> Array.map string |> String.concat "; "

                Fail.data
                    (ProgramDescription.name program step)
                    $"the kernel wrote beyond its result [{lengths}]: this is an error of the library, not of the program that \
                      uses it; please report it."

    do
        for storage in 0 .. addresses.Length - 1 do
            if isGuarded storage then
                (guarded storage).Fill canary

    member _.Prepared = prepared

    /// Puts a storage that is not temporary, and those that share its memory, at an address.
    member _.Place(storage: int, address) =
        for i in sharing[storage] do
            addresses[i] <- address

    /// Where a storage is.
    member _.Address storage = addresses[storage]

    /// Runs all steps.
    member _.Run() =
        for i in 0 .. runners.Length - 1 do
            runners[i].Run addresses

            if prepared.Canaries then
                check program.Steps[i]

        GC.KeepAlive arenas
        GC.KeepAlive prepared

    /// Runs all steps and measures each.
    member _.Profile() : KernelTime list =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        let since (moment: int64) = Diagnostics.Stopwatch.GetElapsedTime(start, moment).TotalMicroseconds

        [ for i in 0 .. runners.Length - 1 do
              let before = Diagnostics.Stopwatch.GetTimestamp()
              runners[i].Run addresses
              let after = Diagnostics.Stopwatch.GetTimestamp()
              let cost = ProgramDescription.cost program program.Steps[i]

              { Kernel = ProgramDescription.name program program.Steps[i]
                Began = since before
                Microseconds = since after - since before
                Flops = cost.Flops
                Bytes = cost.Bytes } ]

/// A loop: the body in a workspace of its own, whose arguments and results are placed anew for each step. What passes from
/// step to step goes to and fro between two memories; the first step reads the argument, the last one writes the result.
and private ScanRunner(scan: Scan, body: Workspace, table: Table, arguments: int) =
    inherit Runner()
    let program = body.Prepared.Program
    let inputs = List.toArray program.Graph.Inputs
    let results = [| for r in program.Graph.Outputs -> Graph.signature program.Graph r |]
    let inputBytes = inputs |> Array.map bytesOf
    let resultBytes = results |> Array.map bytesOf

    // a carry that each step also hands out as it came in lives in that result: the step before writes it there
    let kept =
        [| for i in 0 .. scan.Carries - 1 do
               program.Steps
               |> Array.tryPick (fun step ->
                   match step.Work, step.Reads, step.Writes with
                   | Work.Primitive(Op.StopGradient, None), [ read ], [ write ] when
                       read.Storage = program.Inputs[i]
                       && read.Offset = 0
                       && StridedViews.sameSteps read.Lengths read.Strides (StridedViews.rowMajor read.Lengths)
                       ->
                       match Array.IndexOf(program.Outputs, write.Storage) with
                       | result when result >= scan.Carries -> Some result
                       | _ -> None
                   | _ -> None)
               |> Option.defaultValue -1 |]

    let even = Array.init scan.Carries (fun i -> Pinned(int64 inputBytes[i]))
    let odd = Array.init scan.Carries (fun i -> Pinned(int64 inputBytes[i]))

    override _.Run addresses =
        table.Fill addresses

        for i in scan.Carries + scan.Sequences .. inputs.Length - 1 do
            body.Place(program.Inputs[i], table[i])

        if scan.Length = 0 then
            for i in 0 .. scan.Carries - 1 do
                copyBytes table[i] table[arguments + i] inputBytes[i]

        for step in 0 .. scan.Length - 1 do
            let t = nativeint (if scan.Reverse then scan.Length - 1 - step else step)
            let next = if scan.Reverse then t - 1n else t + 1n

            for i in 0 .. scan.Carries - 1 do
                let size = nativeint inputBytes[i]
                let stack = if kept[i] < 0 then 0n else table[arguments + kept[i]]

                let before =
                    if kept[i] >= 0 then stack + t * size
                    elif step = 0 then table[i]
                    elif step % 2 = 0 then odd[i].Address
                    else even[i].Address

                let after =
                    if step = scan.Length - 1 then table[arguments + i]
                    elif kept[i] >= 0 then stack + next * size
                    elif step % 2 = 0 then even[i].Address
                    else odd[i].Address

                if step = 0 && kept[i] >= 0 then
                    copyBytes table[i] before inputBytes[i]

                body.Place(program.Inputs[i], before)
                body.Place(program.Outputs[i], after)

            for i in scan.Carries .. scan.Carries + scan.Sequences - 1 do
                body.Place(program.Inputs[i], table[i] + t * nativeint inputBytes[i])

            for i in scan.Carries .. results.Length - 1 do
                body.Place(program.Outputs[i], table[arguments + i] + t * nativeint resultBytes[i])

            body.Run()
