namespace Functional.Torch

open System
open System.Collections.Concurrent
open System.Collections.Generic
open Functional
open Functional.Torch.Interop

/// Runs calls on a device as they come. It keeps the tensors that it makes, so that all that are no results can be freed when
/// a primitive is done.
[<Sealed>]
type internal EagerCaller(device: TorchDevice) =
    static let numbers = ConcurrentDictionary<struct (TorchDevice * DType * int64), TensorHandle>()
    static let mostNumbers = 4096
    let made = List<TensorHandle>()

    /// The device that it calls for.
    member _.Device = device

    /// The tensor of a number, one for all callers. By the bits of the number: NaN is found again, and -0 is not 0.
    static member Number(device: TorchDevice, dtype: DType, value: float) : TensorHandle =
        let key = struct (device, dtype, BitConverter.DoubleToInt64Bits value)

        match numbers.TryGetValue key with
        | true, number -> number
        | _ when numbers.Count < mostNumbers -> numbers.GetOrAdd(key, (fun _ -> Tensors.number device dtype value))
        | _ -> Tensors.number device dtype value

    /// Whether it made this tensor.
    member _.Owns(tensor: TensorHandle) = made.Exists(fun other -> obj.ReferenceEquals(tensor, other))

    /// Frees what it made, but for these.
    member _.Free(kept: TensorHandle list) =
        for tensor in made do
            if not (kept |> List.exists (fun k -> obj.ReferenceEquals(k, tensor))) then
                tensor.Dispose()

        made.Clear()

    interface ICaller<TensorHandle> with
        member _.IsCuda = device.IsCuda

        member me.Call(operator, overload, arguments, results) =
            match operator, arguments with
            | "functional::random", Argument.Tensor key :: rest when device.IsCuda ->
                [ Philox.emit me overload key rest ]
            | _ ->
                let tensors =
                    match operator, arguments with
                    | "functional::add", [ Argument.Tensor a; Argument.Tensor b; Argument.Float factor ] ->
                        [ Addition.run device a b factor ]
                    | "functional::random", Argument.Tensor key :: rest -> [ HostRandom.draw overload key rest ]
                    | _ -> Invocation.aten device operator overload arguments results

                made.AddRange tensors
                tensors

        member _.Number(dtype, value) = EagerCaller.Number(device, dtype, value)
