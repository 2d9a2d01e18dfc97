namespace Functional.Torch

#nowarn "9" // kernels take addresses

open FSharp.NativeInterop
open Functional
open Functional.Torch.Interop

/// Fused programs on a GPU: CUDA C, compiled by NVRTC in the background and kept on disk.
module internal CudaFusedRuns =
    // a kernel takes 4 KB of arguments at least
    let private mostOperands = 500

    let private runOf (source: CudaSource) device capability : FusedRun =
        let kernel = CudaKernel.Create(source, device, capability)

        { new FusedRun(kernel.ScratchBytes) with
            member _.Prepare() = kernel.Prepare()
            member _.Run(operands, scratch, stream) = kernel.Launch(operands, scratch, stream) }

    /// The kernel of a primitive that draws random numbers, over its arguments and its result; none of another primitive.
    let private tryRandomSource op (args: Signature list) (result: Signature) : CudaSource voption =
        let source kind dtype =
            let keys = int64 (Shape.size args.Head.Shape) / 2L
            let words = if kind = RandomKind.Split then 2L else 1L
            let perKey = if keys = 0L then 0L else int64 (Shape.size result.Shape) / keys / words

            if keys = 0L || perKey = 0L then
                ValueNone
            else
                ValueSome(CudaRandom.Of(kind, FusedInstructions.elementType dtype, keys, perKey))

        match op with
        | Op.RandomUniform(_, dtype) -> source RandomKind.Uniform dtype
        | Op.RandomNormal(_, dtype) -> source RandomKind.Normal dtype
        | Op.RandomBits _ -> source RandomKind.Bits Int32
        | Op.KeySplit _ -> source RandomKind.Split Int32
        | Op.KeyFold -> source RandomKind.Fold Int32
        | _ -> ValueNone

    /// The compiler for the GPU of this number; none where NVRTC is missing.
    let tryCompiler (device: int) : IFusedCompiler voption =
        match CudaRuntime.Instance with
        | null -> ValueNone
        | _ when CudaKernel.WhyNot <> "" -> ValueNone
        | runtime ->
            let capability = runtime.Capability device

            ValueSome
                { new IFusedCompiler with
                    member _.Takes _ = true

                    member _.TryCompile programs =
                        let operands = programs |> List.sumBy _.Operands.Length

                        match CudaSource.TryOf(ResizeArray programs) with
                        | null -> ValueNone
                        | _ when operands > mostOperands -> ValueNone
                        | source -> ValueSome(runOf source device capability)

                    member _.TryRandom(op, args, result) =
                        match tryRandomSource op args result with
                        | ValueSome source -> ValueSome(runOf source device capability)
                        | ValueNone -> ValueNone }
