namespace Functional.Torch

#nowarn "9" // kernels take addresses

open FSharp.NativeInterop
open Functional
open Functional.Kernels

/// A kernel of fused programs, ready to run on one device.
[<AbstractClass>]
type internal FusedRun(scratchBytes: int64) =
    /// The bytes of memory on the device that it needs while it runs.
    member _.ScratchBytes = scratchBytes

    /// Begins to make it ready, where that takes long.
    abstract Prepare: unit -> unit
    default _.Prepare() = ()

    /// Runs it over operands at these addresses, on a stream of the device (0 on the host).
    abstract Run: operands: nativeptr<nativeint> * scratch: nativeint * stream: nativeint -> unit

/// Makes kernels of fused programs for one device.
type internal IFusedCompiler =
    /// Whether kernels hold elements of the type.
    abstract Takes: DType -> bool

    /// One kernel for programs that run side by side, of which none touches what another writes; its operands are those of
    /// each program in turn. None where the programs cannot be one kernel; for a single one, where it can be none at all.
    abstract TryCompile: FusedProgram list -> FusedRun voption

    /// The kernel of a primitive that draws random numbers, over its arguments and its result; none of another primitive, and
    /// where the device has none.
    abstract TryRandom: op: Op * args: Signature list * result: Signature -> FusedRun voption

/// Fused programs over tensors in the host's memory: the kernels of the library's own CPU backend.
module internal HostFusedRuns =
    let private runOf (kernel: FusedKernel) : FusedRun =
        { new FusedRun(kernel.ScratchBytes) with
            member _.Run(operands, scratch, _) = kernel.Run(operands, NativePtr.ofNativeInt<byte> scratch) }

    /// The compiler for the host.
    let compiler: IFusedCompiler =
        { new IFusedCompiler with
            member _.Takes dtype = FusedKernel.Takes(FusedInstructions.elementType dtype)

            member _.TryCompile programs =
                match programs with
                | [ program ] -> ValueSome(runOf (FusedKernel.Create program))
                | _ -> ValueNone

            member _.TryRandom(_, _, _) = ValueNone }

/// No fused programs: every primitive is a call of libtorch.
module internal NoFusedRuns =
    /// The compiler that compiles nothing.
    let compiler: IFusedCompiler =
        { new IFusedCompiler with
            member _.Takes _ = false
            member _.TryCompile _ = ValueNone
            member _.TryRandom(_, _, _) = ValueNone }
