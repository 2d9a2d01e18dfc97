namespace Functional.Torch

#nowarn "9" // addresses of storages are read by libtorch and by kernels

open System.Runtime.InteropServices
open FSharp.NativeInterop
open Functional
open Functional.Torch.Interop
open Functional.Program

/// The addresses of a program's storages and the tensors over them, for one run at a time.
[<Sealed>]
type internal RunMemory(device: TorchDevice, storages: Storage[]) =
    let addresses =
        NativePtr.ofNativeInt<nativeint>(
            NativePtr.toNativeInt (
                NativePtr.ofVoidPtr<byte>(NativeMemory.AllocZeroed(unativeint storages.Length + 1un, 8un))
            )
        )

    let table = new TensorTable(device.Type, device.Index)
    let views = System.Collections.Generic.Dictionary<struct (int * int * string), int>()

    member _.Device = device

    /// The storages.
    member _.Storages = storages

    /// The tensors.
    member _.Table = table

    /// The addresses, as native code reads them.
    member _.Addresses = addresses

    /// The stream of the device that kernels run on; 0 on the host.
    member val Stream = 0n with get, set

    /// The tensors of sums that attentions gave, by the storage of the sums: their gradients take them as they are.
    member val AttentionSums = System.Collections.Generic.Dictionary<int, int>()

    /// The storages that may stand where the result of a call does, instead of in the arena.
    member val IsAdoptable: int -> bool = (fun _ -> false) with get, set

    /// The results of calls whose memory became that of a storage: (tensor, storage).
    member val Adopted = System.Collections.Generic.List<struct (int * int)>()

    /// For each storage those that share its memory.
    member val Sharing: int[][] = [||] with get, set

    /// The offset of each storage in the arena.
    member val Offsets: int64[] = [||] with get, set

    /// The start of the arena that temporaries stand in.
    member val Arena = 0n with get, set

    /// The address of a storage.
    member _.Item
        with get (storage: int) = NativePtr.get addresses storage
        and set (storage: int) (address: nativeint) = NativePtr.set addresses storage address

    /// Puts a storage, and those that share its memory, at an address.
    member me.Place(storage: int, address: nativeint) =
        for i in me.Sharing[storage] do
            me[i] <- address

    /// The tensor of an operand: one for all that look alike.
    member _.View(operand: Operand) : int =
        let text (xs: int[]) = xs |> Array.map string |> String.concat ","
        let key = struct (operand.Storage, operand.Offset, text operand.Lengths + ";" + text operand.Strides)

        match views.TryGetValue key with
        | true, slot -> slot
        | _ ->
            let dtype = storages[operand.Storage].DType

            let slot =
                table.AddView(
                    operand.Storage,
                    int64 operand.Offset * int64 dtype.Size,
                    Array.map int64 operand.Lengths,
                    Array.map int64 operand.Strides,
                    ElementTypes.code dtype
                )

            views[key] <- slot
            slot

    override _.Finalize() = NativeMemory.Free(NativePtr.toVoidPtr addresses)
