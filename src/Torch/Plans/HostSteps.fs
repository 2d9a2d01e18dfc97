/// Steps that read or write elements on the host: random numbers by the library's own kernels, and checks of indices.
module internal Functional.Torch.HostSteps

#nowarn "9" // kernels take addresses

open System
open FSharp.NativeInterop
open Functional
open Functional.Kernels
open Functional.Program

let private pointer (address: nativeint) = NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address)

let private sizeOf (o: Operand) = Array.fold (*) 1 o.Lengths

let private addressOf (memory: RunMemory) (storages: Storage[]) (o: Operand) =
    memory[o.Storage] + nativeint o.Offset * nativeint storages[o.Storage].DType.Size

let private draw op (dtype: DType) (keys: nativeint) keyCount (data: nativeint) dataCount (y: nativeint) count : unit =
    let keys = ReadOnlySpan<int>(pointer keys, keyCount)

    match op with
    | Op.RandomUniform _ when dtype = Float32 -> RandomKernels.Uniform(keys, Span<float32>(pointer y, count))
    | Op.RandomUniform _ -> RandomKernels.Uniform(keys, Span<float>(pointer y, count))
    | Op.RandomNormal _ when dtype = Float32 -> RandomKernels.Normal(keys, Span<float32>(pointer y, count))
    | Op.RandomNormal _ -> RandomKernels.Normal(keys, Span<float>(pointer y, count))
    | Op.RandomBits _ -> RandomKernels.Bits(keys, Span<int>(pointer y, count))
    | Op.KeySplit n -> RandomKernels.Split(keys, n, Span<int>(pointer y, count))
    | Op.KeyFold -> RandomKernels.FoldIn(keys, ReadOnlySpan<int>(pointer data, dataCount), Span<int>(pointer y, count))
    | other -> invalidOp $"{ShapeInference.name other} draws no random numbers"

/// The step of random numbers, or of their keys, in float32, float64 and int32; none for other primitives and types.
let tryRandom (storages: Storage[]) op (reads: Operand list) (write: Operand) : PlanStep voption =
    let dtype = storages[write.Storage].DType

    match OpClass.ofOp op with
    | OpClass.Random when not dtype.IsHalf ->
        let key = reads.Head
        let data = List.last reads

        ValueSome
            { new PlanStep() with
                member _.Run memory =
                    let at = addressOf memory storages
                    draw op dtype (at key) (sizeOf key) (at data) (sizeOf data) (at write) (sizeOf write) }
    | OpClass.Random
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Custom _
    | OpClass.Loop _ -> ValueNone

/// A step that raises the error of an index out of range; none for primitives without indices.
let tryCheck (storages: Storage[]) op (reads: Operand list) : PlanStep voption =
    match IndexChecks.limit op (List.ofArray reads.Head.Lengths) with
    | ValueSome(struct (length, problem)) ->
        let indices = reads[1]

        ValueSome
            { new PlanStep() with
                member _.Run memory =
                    let numbers = ReadOnlySpan<int>(pointer (addressOf memory storages indices), sizeOf indices)

                    for i in 0 .. numbers.Length - 1 do
                        if uint32 numbers[i] >= uint32 length then
                            Fail.argument (ShapeInference.name op) "index" numbers[i] (problem ()) }
    | ValueNone -> ValueNone
