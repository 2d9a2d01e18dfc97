namespace Functional.Torch

#nowarn "9" // kernels take addresses

open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Torch.Interop
open Functional.Program

/// One step of a plan over its memory: a call, a kernel or a loop. A run allocates no managed memory.
[<AbstractClass>]
type internal PlanStep() =
    /// Runs it.
    abstract Run: RunMemory -> unit

/// The steps that plans are made of.
module internal PlanSteps =
    /// A call of an operator, after which these tensors are freed.
    let call (call: PreparedCall) (released: int[]) : PlanStep =
        { new PlanStep() with
            member _.Run memory =
                call.Run(memory.Table, memory.Addresses)

                for slot in released do
                    memory.Table.Release slot }

    /// A copy of elements from tensor to tensor, after which these tensors are freed.
    let copy (source: int) (target: int) (released: int[]) : PlanStep =
        { new PlanStep() with
            member _.Run memory =
                memory.Table.Copy(source, target, memory.Addresses)

                for slot in released do
                    memory.Table.Release slot }

    /// Frees tensors.
    let release (slots: int[]) : PlanStep =
        { new PlanStep() with
            member _.Run memory =
                for slot in slots do
                    memory.Table.Release slot }

    /// Makes the memory of a call's result that of a whole storage; a copy, where the elements stand in another order.
    let adopt (source: int) (target: int) (storage: int) : PlanStep =
        { new PlanStep() with
            member _.Run memory =
                if memory.Table.IsContiguous source then
                    memory.Place(storage, memory.Table.DataOf source)
                else
                    memory.Place(storage, memory.Arena + nativeint memory.Offsets[storage])
                    memory.Table.Copy(source, target, memory.Addresses)
                    memory.Table.Release source }

    /// A product of matrices.
    let product (product: PreparedProduct) : PlanStep =
        { new PlanStep() with
            member _.Run memory = product.Run(memory.Table, memory.Addresses) }

    /// a + factor b of tensors.
    let addition (addition: PreparedAddition) (released: int[]) : PlanStep =
        { new PlanStep() with
            member _.Run memory =
                addition.Run(memory.Table, memory.Addresses)

                for slot in released do
                    memory.Table.Release slot }

    /// A kernel of fused programs over operands, with scratch memory from so many bytes of the arena on.
    let fused (kernel: FusedRun) (storages: Storage[]) (operands: Operand list) (scratch: int64) : PlanStep =
        let storage = [| for o in operands -> o.Storage |]
        let offset = [| for o in operands -> nativeint o.Offset * nativeint storages[o.Storage].DType.Size |]
        let addresses: nativeint[] = System.GC.AllocateArray<nativeint>(max 1 storage.Length, true)
        let first = NativePtr.ofNativeInt<nativeint>(Marshal.UnsafeAddrOfPinnedArrayElement(addresses, 0))

        { new PlanStep() with
            member _.Run memory =
                for i in 0 .. storage.Length - 1 do
                    addresses[i] <- memory[storage[i]] + offset[i]

                kernel.Run(first, memory.Arena + nativeint scratch, memory.Stream) }
