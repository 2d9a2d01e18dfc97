namespace Functional.Torch

#nowarn "9" // addresses of storages are read by libtorch and by kernels

open System
open Functional
open Functional.Torch.Interop
open Functional.Program
open Functional.MemoryPlanning
open Functional.Torch.TorchCompilation

/// The steps of one run of a program at a time. It holds no memory but constants: its arena, arguments and results stand where
/// its user places them.
[<Sealed; AllowNullLiteral>]
type internal TorchWorkspace(compiled: CompiledProgram, memory: MemoryPlan) =
    let program = compiled.Program
    let storages = program.Storages
    let device = compiled.Device
    let run = RunMemory(device, storages)

    do
        compiled.Constants
        |> Array.iteri (fun i constant ->
            match constant with
            | ValueSome tensor -> run[i] <- tensor.Data
            | ValueNone -> ())

    // the storages that share the memory of each one
    let sharing =
        let all = Array.init storages.Length (fun _ -> ResizeArray<int>())
        memory.Owner |> Array.iteri (fun i owner -> all[owner].Add i)
        all |> Array.map _.ToArray()

    let isTemporary storage =
        match storages[storage].Kind with
        | Kind.Temporary -> true
        | Kind.Input _
        | Kind.Constant _
        | Kind.Output _ -> false

    do
        run.Sharing <- sharing
        run.Offsets <- memory.Offset

        run.IsAdoptable <-
            fun storage ->
                memory.Owner[storage] = storage
                && memory.Offset[storage] >= 0L
                && Array.forall isTemporary sharing[storage]

    let primitive op (step: Step) : PlanStep list =
        let call () = CallSteps.prepare run storages op step.Reads step.Writes

        match op, step.Reads, step.Writes with
        | Op.Attention form, reads, writes ->
            AttentionSteps.tryForward run storages form reads writes |> ValueOption.defaultWith call
        | Op.AttentionGradient form, reads, writes ->
            AttentionSteps.tryGradient run storages form reads writes |> ValueOption.defaultWith call
        | Op.StopGradient, [ read ], [ write ] -> [ TorchWorkspace.CopyStep(run, storages, read, write) ]
        | Op.MatMul, reads, [ write ] -> ProductSteps.prepare run storages reads write
        | _, reads, [ write ] when not device.IsCuda ->
            match HostSteps.tryRandom storages op reads write with
            | ValueSome random -> [ random ]
            | ValueNone ->
                match HostSteps.tryCheck storages op reads with
                | ValueSome check -> check :: call ()
                | ValueNone -> call ()
        | _ -> call ()

    let single i : PlanStep[] =
        let step = program.Steps[i]

        match step.Work, compiled.Kernels[i], compiled.Bodies[i] with
        | Work.Primitive(Op.Scan scan, _), _, ValueSome body ->
            [| TorchLoop(scan, TorchWorkspace(body, body.Memory), storages, step, memory.Scratch[i]) :> PlanStep |]
        | Work.Primitive(op, _), ValueNone, _ -> Array.ofList (primitive op step)
        | (Work.Fused _ | Work.Primitive _), ValueSome kernel, _ ->
            kernel.Prepare()

            [| PlanSteps.fused kernel storages (step.Reads @ step.Writes) memory.Scratch[i] |]
        | Work.Fused _, ValueNone, _ -> invalidOp "a fused step has a kernel"

    /// One kernel for several steps; none where the compiler makes none.
    let tryTogether (group: int[]) : PlanStep voption =
        let fused =
            [ for i in group do
                  match program.Steps[i].Work with
                  | Work.Fused fused -> fused
                  | Work.Primitive _ -> () ]

        if group.Length = 1 || fused.Length < group.Length then
            ValueNone
        else
            match compiled.Compiler.TryCompile fused with
            | ValueSome kernel ->
                kernel.Prepare()

                let operands =
                    [ for i in group do
                          yield! program.Steps[i].Reads @ program.Steps[i].Writes ]

                ValueSome(PlanSteps.fused kernel storages operands 0L)
            | ValueNone -> ValueNone

    let groups =
        if device.IsCuda then
            StepGroups.find program memory
        else
            Array.init program.Steps.Length Array.singleton

    let steps: PlanStep[][] =
        let all = Array.create program.Steps.Length [||]

        for group in groups do
            match tryTogether group with
            | ValueSome together -> all[group[0]] <- [| together |]
            | ValueNone ->
                for i in group do
                    all[i] <- single i

        // a storage dies with the last that shares its memory
        for struct (slot, storage) in run.Adopted do
            let isTouched (step: Step) =
                step.Reads @ step.Writes |> List.exists (fun o -> Array.contains o.Storage sharing[storage])

            let last = Array.FindLastIndex(program.Steps, isTouched)
            all[last] <- Array.append all[last] [| PlanSteps.release [| slot |] |]

        all

    let copyBack () =
        for struct (result, replaced) in memory.CopiedBack do
            DeviceMemory.Copy(run[result], run[replaced], storages[result].Bytes, device.Type, device.Index)

    /// A copy of an operand, which is left out where it stands where it is to stand.
    static member private CopyStep(run: RunMemory, storages: Storage[], read: Operand, write: Operand) : PlanStep =
        let source, target = run.View read, run.View write
        let size = nativeint storages[read.Storage].DType.Size
        let isWhole = StridedViews.sameSteps read.Lengths read.Strides write.Strides

        { new PlanStep() with
            member _.Run memory =
                let from = memory[read.Storage] + nativeint read.Offset * size
                let towards = memory[write.Storage] + nativeint write.Offset * size

                if not (isWhole && from = towards) then
                    memory.Table.Copy(source, target, memory.Addresses) }

    member _.Compiled = compiled

    /// The bytes of the arena.
    member _.ArenaBytes = memory.ArenaBytes

    /// The stream of the device that kernels run on.
    member _.Stream
        with get () = run.Stream
        and set stream = run.Stream <- stream

    /// Moves all that is temporary to an arena at this address.
    member _.PlaceArena(address: nativeint) =
        if run.Arena <> address then
            run.Arena <- address

            for i in 0 .. storages.Length - 1 do
                let offset = memory.OffsetOf i

                if offset >= 0L then
                    run[i] <- address + nativeint offset

    /// Puts a storage that is not in the arena, and those that share its memory, at an address.
    member _.Place(storage: int, address: nativeint) = run.Place(storage, address)

    /// The address of a storage.
    member _.Address storage = run[storage]

    /// Runs all steps.
    member _.Run() =
        for parts in steps do
            for part in parts do
                part.Run run

        copyBack ()
        GC.KeepAlive compiled

    /// Runs all steps and measures each, on the host's clock: on a GPU how long it took to ask for it.
    member _.Profile() : KernelTime list =
        let start = Diagnostics.Stopwatch.GetTimestamp()
        let since (moment: int64) = Diagnostics.Stopwatch.GetElapsedTime(start, moment).TotalMicroseconds

        let times =
            [ for i in 0 .. steps.Length - 1 do
                  let before = Diagnostics.Stopwatch.GetTimestamp()

                  for part in steps[i] do
                      part.Run run

                  let after = Diagnostics.Stopwatch.GetTimestamp()
                  let cost = ProgramDescription.cost program program.Steps[i]

                  { Kernel = ProgramDescription.name program program.Steps[i]
                    Began = since before
                    Microseconds = since after - since before
                    Flops = cost.Flops
                    Bytes = cost.Bytes } ]

        copyBack ()
        times

/// A loop: its body in a workspace of its own, whose arguments and results are placed anew for each step. Each carry
/// alternates between two memories; the first step reads the argument, the last one writes the result.
and [<Sealed>] private TorchLoop(scan: Scan, body: TorchWorkspace, storages: Storage[], step: Step, scratch: int64) =
    inherit PlanStep()
    let program = body.Compiled.Program
    let device = body.Compiled.Device
    let operands = Array.ofList (step.Reads @ step.Writes)
    let arguments = step.Reads.Length
    let table: nativeint[] = Array.zeroCreate operands.Length
    let bytesOf storage = program.Storages[storage].Bytes
    let inputBytes = program.Inputs |> Array.map bytesOf
    let resultBytes = program.Outputs |> Array.map bytesOf
    let stacked = LoopMemory.stackedCarries scan program
    let copy source target bytes = DeviceMemory.Copy(source, target, bytes, device.Type, device.Index)

    // where the carries of even and of odd steps begin in the loop's scratch memory
    let even, odd =
        let sizes = LoopMemory.carryBytes scan
        let begins = Array.scan (+) body.ArenaBytes sizes
        let all = Array.sum sizes
        Array.map nativeint begins, Array.map (fun offset -> nativeint (offset + all)) begins

    let fill (memory: RunMemory) =
        for i in 0 .. operands.Length - 1 do
            let o = operands[i]
            table[i] <- memory[o.Storage] + nativeint o.Offset * nativeint storages[o.Storage].DType.Size

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
            copy table[i] before inputBytes[i]

        body.Place(program.Inputs[i], before)
        body.Place(program.Outputs[i], after)

    override _.Run memory =
        fill memory
        let scratch = memory.Arena + nativeint scratch
        body.Stream <- memory.Stream
        body.PlaceArena scratch

        for i in scan.Carries + scan.Sequences .. program.Inputs.Length - 1 do
            body.Place(program.Inputs[i], table[i])

        if scan.Length = 0 then
            for i in 0 .. scan.Carries - 1 do
                copy table[i] table[arguments + i] inputBytes[i]

        for step in 0 .. scan.Length - 1 do
            let t = nativeint (if scan.Reverse then scan.Length - 1 - step else step)

            for i in 0 .. scan.Carries - 1 do
                placeCarry scratch step t i

            for i in scan.Carries .. scan.Carries + scan.Sequences - 1 do
                body.Place(program.Inputs[i], table[i] + t * nativeint inputBytes[i])

            for i in scan.Carries .. resultBytes.Length - 1 do
                body.Place(program.Outputs[i], table[arguments + i] + t * nativeint resultBytes[i])

            body.Run()
