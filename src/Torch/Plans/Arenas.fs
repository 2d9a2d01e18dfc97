namespace Functional.Torch

open System.Collections.Generic
open Functional
open Functional.Torch.Interop

/// Bytes of a device in one piece.
[<Sealed; AllowNullLiteral>]
type internal Arena(device: TorchDevice, bytes: int64) =
    let tensor = DeviceMemory.Allocate(bytes, device.Type, device.Index)
    let address = tensor.Data

    /// Its size.
    member _.Bytes = bytes

    /// Where it begins; the memory lives as long as this object does.
    member _.Address = address

    /// Frees it at once.
    member _.Free() = tensor.Dispose()

/// Memory for runs that share nothing with a store: what is given back is taken again, so that it is not asked for anew at
/// each run.
[<Sealed>]
type internal ArenaPool(device: TorchDevice) =
    static let pools = Dictionary<TorchDevice, ArenaPool>()
    static let most = 2
    let idle = List<Arena>()

    /// The pool of a device.
    static member Of(device: TorchDevice) : ArenaPool =
        lock pools (fun () ->
            match pools.TryGetValue device with
            | true, pool -> pool
            | _ ->
                let pool = ArenaPool device
                pools[device] <- pool
                pool)

    /// An arena of at least so many bytes.
    member _.Rent(bytes: int64) : Arena =
        lock idle (fun () ->
            match idle |> Seq.filter (fun arena -> arena.Bytes >= bytes) |> Seq.sortBy _.Bytes |> Seq.tryHead with
            | Some arena ->
                idle.Remove arena |> ignore
                arena
            | None -> null)
        |> fun found -> if isNull found then Arena(device, bytes) else found

    /// Takes an arena back. Of many the largest stay.
    member _.GiveBack(arena: Arena) =
        lock idle (fun () ->
            idle.Add arena

            if idle.Count > most then
                let smallest = idle |> Seq.minBy _.Bytes
                idle.Remove smallest |> ignore
                smallest.Free())
