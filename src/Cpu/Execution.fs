/// Running compiled programs: each step bound to a table of addresses, which a run fills in without allocating.
module internal Functional.Execution

#nowarn "9" // kernels take addresses

open System
open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Kernels
open Program
open MemoryPlanning
open Compilation

let private canary = 0xA5uy

let copyBytes (source: nativeint) (target: nativeint) (length: int64) =
    System.Buffer.MemoryCopy(
        NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> source),
        NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> target),
        length,
        length
    )

/// One step of one workspace. `addresses` holds the address of each storage, then that of the arena.
[<AbstractClass>]
type private StepRunner() =
    abstract Run: addresses: nativeint[] -> unit

/// The addresses of the operands of one kernel, where the kernel reads them.
type private AddressTable(operands: Operand list, storages: Storage[]) =
    let storage = [| for o in operands -> o.Storage |]
    let offset = [| for o in operands -> nativeint o.Offset * nativeint storages[o.Storage].DType.Size |]
    let addresses: nativeint[] = GC.AllocateArray<nativeint>(max 1 storage.Length, true)

    let first: nativeptr<nativeint> =
        NativePtr.ofNativeInt (Marshal.UnsafeAddrOfPinnedArrayElement(addresses, 0))

    member _.First = first

    /// The address of an operand.
    member _.Item
        with get i = addresses[i]

    member _.Fill(places: nativeint[]) =
        for i in 0 .. storage.Length - 1 do
            addresses[i] <- places[storage[i]] + offset[i]

type private FusedRunner(kernel: FusedKernel, table: AddressTable, scratch: nativeint) =
    inherit StepRunner()

    override _.Run addresses =
        table.Fill addresses
        let arena = addresses[addresses.Length - 1]
        kernel.Run(table.First, NativePtr.ofNativeInt<byte>(arena + scratch))

type private FusedEpilogue(kernel: FusedKernel, table: AddressTable) =
    inherit Epilogue()
    member _.Table = table
    override _.Run(row, rows, column, columns) = kernel.RunRows(table.First, row, rows, column, columns)

/// The kernel of a primitive. `numbers` holds for each storage the address of its rows' numbers, where it has them.
type private PrimitiveRunner
    (
        op: Op,
        step: Step,
        numbers: nativeint[],
        reads: CpuBuffer list,
        writes: CpuBuffer list,
        table: AddressTable,
        epilogue: FusedEpilogue | null
    ) as me =
    inherit StepRunner()
    let all = Array.ofList (reads @ writes)
    let isProduct = op = Op.MatMul
    let left = step.Reads.Head.Storage

    // a value that is to stand where it stands already is not copied
    let isCopy = op = Op.StopGradient && reads.Head.IsContiguous

    override _.Run addresses =
        table.Fill addresses

        if not (isCopy && table[0] = table[1]) then
            me.Compute addresses

    member private _.Compute addresses =
        for i in 0 .. all.Length - 1 do
            all[i].Place(NativePtr.get table.First i)

        if isProduct then
            all[0].RowNumbers <- numbers[left]

        match epilogue with
        | null -> CpuKernels.fill op reads writes
        | epilogue ->
            epilogue.Table.Fill addresses
            CpuKernels.fillWith op reads writes epilogue

/// The tables and kernels of one run of a program at a time; workspaces of one program are independent of each other.
/// It holds no memory: its arena, arguments and results stand where its user places them.
type Workspace(compiled: CompiledProgram, memory: MemoryPlan) =
    let program = compiled.Program

    let addresses =
        Array.append [| for i in 0 .. program.Storages.Length - 1 -> compiled.Constants.Address i |] [| 0n |]

    let arena = addresses.Length - 1
    let numbers: nativeint[] = Array.zeroCreate program.Storages.Length

    let runners =
        program.Steps
        |> Array.mapi (fun i step ->
            let table operands = AddressTable(operands, program.Storages)
            let scratch = nativeint memory.Scratch[i]

            match step.Work, compiled.Kernels[i], compiled.Bodies[i] with
            | Work.Primitive(Op.Scan scan, _), _, ValueSome body ->
                let table = table (step.Reads @ step.Writes)
                ScanRunner(scan, Workspace(body, body.Memory), table, step.Reads.Length, scratch) :> StepRunner
            | Work.Primitive(op, fused), kernel, _ -> Workspace.Primitive(compiled, step, numbers, op, fused, kernel)
            | Work.Fused _, ValueSome kernel, _ -> FusedRunner(kernel, table (step.Reads @ step.Writes), scratch)
            | Work.Fused _, ValueNone, _ -> invalidOp "a fused step has a kernel")

    // the storages that share the memory of each one
    let sharing =
        let all = Array.init program.Storages.Length (fun _ -> ResizeArray<int>())
        memory.Owner |> Array.iteri (fun i owner -> all[owner].Add i)
        all |> Array.map _.ToArray()

    /// The bytes behind a value that no kernel is to write.
    let guarded storage =
        let first = addresses[storage] + nativeint program.Storages[storage].Bytes
        Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> first), guardBytes)

    let isGuarded storage = compiled.Canaries && memory.OffsetOf storage >= 0L

    let check (step: Step) =
        for operand in step.Writes do
            if isGuarded operand.Storage && (guarded operand.Storage).ContainsAnyExcept canary then
                let lengths = operand.Lengths |> Array.map string |> String.concat "; "

                Fail.data
                    (ProgramDescription.name program step)
                    $"the kernel wrote beyond its result [{lengths}]: this is an error of the library, not of the program \
                      that uses it; please report it."

    /// The runner of a primitive that is no loop.
    static member private Primitive
        (compiled: CompiledProgram, step: Step, numbers, op, fused: FusedProgram option, kernel)
        =
        let storages = compiled.Program.Storages

        let buffers (operands: Operand list) =
            operands
            |> List.map (fun o ->
                let signature = { Shape = List.ofArray o.Lengths; DType = storages[o.Storage].DType }
                CpuBuffer.movable compiled.Backend signature o.Strides)

        match fused, kernel with
        | Some fused, ValueSome kernel ->
            // the first result is the epilogue's operand 0; what stands behind the primitive's own operands is its
            let results = step.Writes.Length - (fused.Operands.Length - 1 - (step.Reads.Length - step.Arguments))

            let own, stored = List.splitAt results step.Writes
            let args, more = List.splitAt step.Arguments step.Reads
            let epilogue = FusedEpilogue(kernel, AddressTable(own.Head :: more @ stored, storages))
            let table = AddressTable(args @ own, storages)
            PrimitiveRunner(op, step, numbers, buffers args, buffers own, table, epilogue) :> StepRunner
        | _, _ ->
            let table = AddressTable(step.Reads @ step.Writes, storages)
            PrimitiveRunner(op, step, numbers, buffers step.Reads, buffers step.Writes, table, null)

    member _.Compiled = compiled

    /// The bytes of the arena.
    member _.ArenaBytes = memory.ArenaBytes

    /// Moves all that is temporary to an arena at this address.
    member _.PlaceArena(address: nativeint) =
        if addresses[arena] <> address then
            addresses[arena] <- address

            for i in 0 .. program.Storages.Length - 1 do
                let offset = memory.OffsetOf i

                if offset >= 0L then
                    addresses[i] <- address + nativeint offset

        // a block comes back with whatever its other users wrote
        if compiled.Canaries then
            for storage in 0 .. program.Storages.Length - 1 do
                if isGuarded storage then
                    (guarded storage).Fill canary

    /// Puts a storage that is not in the arena, and those that share its memory, at an address.
    member _.Place(storage: int, address) =
        for i in sharing[storage] do
            addresses[i] <- address

    /// Says that a storage is rows of what stands at its address, whose numbers stand at this one; with 0 it is all of it.
    member _.PlaceNumbers(storage: int, address) = numbers[storage] <- address

    /// The address of a storage.
    member _.Address storage = addresses[storage]

    /// Copies donated results that could not alias their argument to it.
    member private _.CopyBack() =
        for struct (result, replaced) in memory.CopiedBack do
            copyBytes addresses[result] addresses[replaced] program.Storages[result].Bytes

    /// Runs all steps.
    member me.Run() =
        for i in 0 .. runners.Length - 1 do
            runners[i].Run addresses

            if compiled.Canaries then
                check program.Steps[i]

        me.CopyBack()
        compiled.Constants.KeepAlive()

    /// Runs all steps and measures each.
    member me.Profile() : KernelTime list =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        let since (moment: int64) = Diagnostics.Stopwatch.GetElapsedTime(start, moment).TotalMicroseconds

        let times =
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

        me.CopyBack()
        compiled.Constants.KeepAlive()
        times

/// A loop: its body in a workspace of its own, whose arguments and results are placed anew for each step. Each carry
/// alternates between two memories; the first step reads the argument, the last one writes the result.
and private ScanRunner(scan: Scan, body: Workspace, table: AddressTable, arguments: int, scratch: nativeint) =
    inherit StepRunner()
    let program = body.Compiled.Program
    let bytesOf storage = program.Storages[storage].Bytes
    let inputBytes = program.Inputs |> Array.map bytesOf
    let resultBytes = program.Outputs |> Array.map bytesOf
    let stacked = LoopMemory.stackedCarries scan program

    // where the carries of even and of odd steps begin in the loop's scratch memory
    let even, odd =
        let sizes = LoopMemory.carryBytes scan
        let begins = Array.scan (+) body.ArenaBytes sizes
        let all = Array.sum sizes
        Array.map nativeint begins, Array.map (fun offset -> nativeint (offset + all)) begins

    let placeConstants () =
        for i in scan.Carries + scan.Sequences .. program.Inputs.Length - 1 do
            body.Place(program.Inputs[i], table[i])

    /// Places carry `i` as step number `step`, at time `t`, reads and writes it.
    let placeCarry (memory: nativeint) step (t: nativeint) i =
        let size = nativeint inputBytes[i]
        let next = if scan.Reverse then t - 1n else t + 1n
        let isStacked = stacked[i] >= 0
        let stack = if isStacked then table[arguments + stacked[i]] else 0n

        let before =
            if isStacked then stack + t * size
            elif step = 0 then table[i]
            elif step % 2 = 0 then memory + odd[i]
            else memory + even[i]

        let after =
            if step = scan.Length - 1 then table[arguments + i]
            elif isStacked then stack + next * size
            elif step % 2 = 0 then memory + even[i]
            else memory + odd[i]

        if step = 0 && isStacked then
            copyBytes table[i] before inputBytes[i]

        body.Place(program.Inputs[i], before)
        body.Place(program.Outputs[i], after)

    override _.Run addresses =
        table.Fill addresses
        let memory = addresses[addresses.Length - 1] + scratch
        body.PlaceArena memory
        placeConstants ()

        if scan.Length = 0 then
            for i in 0 .. scan.Carries - 1 do
                copyBytes table[i] table[arguments + i] inputBytes[i]

        for step in 0 .. scan.Length - 1 do
            let t = nativeint (if scan.Reverse then scan.Length - 1 - step else step)

            for i in 0 .. scan.Carries - 1 do
                placeCarry memory step t i

            for i in scan.Carries .. scan.Carries + scan.Sequences - 1 do
                body.Place(program.Inputs[i], table[i] + t * nativeint inputBytes[i])

            for i in scan.Carries .. resultBytes.Length - 1 do
                body.Place(program.Outputs[i], table[arguments + i] + t * nativeint resultBytes[i])

            body.Run()
