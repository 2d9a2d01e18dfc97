/// Random numbers: the same key gives the same bits on every device.
module Functional.Torch.Tests.RandomTests

open Functional
open Functional.Torch
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

let private operations =
    [ Op.KeySplit 5
      Op.RandomBits [ 7; 3 ]
      Op.RandomBits [ 40 ]
      for dtype in [ Float32; Float64; Float16; BFloat16 ] do
          Op.RandomUniform([ 3; 5 ], dtype)
          Op.RandomNormal([ 1001 ], dtype)
          Op.RandomNormal([], dtype) ]

let private keys =
    [ Tensor.ofInts [ 2 ] [| 7; -3 |]
      Tensor.ofInts [ 3; 2 ] [| 1; 2; System.Int32.MaxValue; System.Int32.MinValue; -1; 0 |] ]

let private same op (expected: Tensor) (actual: Tensor) =
    let differ =
        Array.zip (Tensor.toFloat64Array expected) (Tensor.toFloat64Array actual)
        |> Array.filter (fun (a, b) -> a <> b)
        |> Array.truncate 3
        |> Array.map (fun (a, b) -> $"%.17g{b} instead of %.17g{a}")

    Expect.True(Tensor.sameElements expected (here actual), $"""{op}: {String.concat "; " differ}""")

/// Square roots as IEEE 754 rounds them, and GPUs; libtorch's of the CPU may be half a unit further off.
let private exactSqrt (x: Functional.Torch.Interop.TensorHandle) =
    let signature = { Shape = x.Sizes |> Array.map int |> List.ofArray; DType = Float64 }
    let roots = Tensors.toArray signature x :?> float[] |> Array.map sqrt
    Tensors.ofArray TorchDevice.Cpu signature roots

/// What the composition of integer operators gives, which GPUs run, on the device of the tests.
let private composed op (args: Tensor list) : Tensor =
    let result =
        (ShapeInference.signatures op (args |> List.map (fun x -> { Shape = x.Shape; DType = x.DType }))).Head

    let args = args |> List.map there
    let device = (args.Head.Device.Backend :?> TorchBackend).Location
    let caller = EagerCaller device

    let buffer (x: Tensor) =
        match x with
        | Data b -> TorchBuffer.OfBuffer b
        | Traced _ -> failwith "traced"

    let calls =
        { new ICaller<Functional.Torch.Interop.TensorHandle> with
            member _.IsCuda = device.IsCuda
            member _.Number(dtype, value) = EagerCaller.Number(device, dtype, value)

            member me.Call(operator, overload, arguments, results) =
                match operator, arguments with
                | "functional::random", Argument.Tensor key :: rest -> [ Philox.emit me overload key rest ]
                | "sqrt", [ Argument.Tensor x ] when not device.IsCuda -> [ exactSqrt x ]
                | _ -> (caller :> ICaller<_>).Call(operator, overload, arguments, results) }

    let given = args |> List.map (fun x -> (buffer x).Tensor, { Shape = x.Shape; DType = x.DType })
    let tensor = Operators.emit calls op given [ result ] |> List.head
    Data(TorchBuffer(args.Head.Device.Backend, device, result, tensor, ValueNone))

[<Tests>]
let tests =
    [ case "a key gives the same bits as on the CPU" (fun () ->
          for key in keys do
              for op in operations do
                  same op (Core.apply op [ key ]) (Core.apply op [ there key ])

              let data = Tensor.cast Int32 (Tensor.zeros (List.take (key.Rank - 1) key.Shape)) + 5
              same Op.KeyFold (Core.apply Op.KeyFold [ key; data ]) (Core.apply Op.KeyFold [ there key; there data ]))

      case "numbers composed of integer operators, as on a GPU, are the same bits" (fun () ->
          for key in keys do
              for op in operations do
                  same op (Core.apply op [ key ]) (composed op [ key ])

              let data = Tensor.cast Int32 (Tensor.zeros (List.take (key.Rank - 1) key.Shape)) + 5
              same Op.KeyFold (Core.apply Op.KeyFold [ key; data ]) (composed Op.KeyFold [ key; data ]))

      case "normal numbers of the tails are the same bits" (fun () ->
          let key = Tensor.ofInts [ 2 ] [| 11; 12 |]

          for dtype in [ Float64; Float32 ] do
              let op = Op.RandomNormal([ 100_000 ], dtype)
              same op (Core.apply op [ key ]) (composed op [ key ])) ]
    |> testList "Torch.Random"
