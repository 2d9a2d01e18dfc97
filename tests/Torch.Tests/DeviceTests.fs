/// The devices of libtorch as values: names, moves, errors.
module Functional.Torch.Tests.DeviceTests

open System.Threading.Tasks
open Functional
open Functional.Torch
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

let private message (f: unit -> 'T) = (Expect.Throws<FunctionalException>(fun () -> f () |> ignore)).Message

let private everyType =
    [ for dtype in DType.All -> tensorOf dtype [ [ 0.0; 1.0; 2.5 ]; [ -3.0; 4.0; 100.0 ] ] ]

[<Tests>]
let tests =
    [ testCase "libtorch's device has a name" (fun () ->
          Expect.Equal("torch", Device.torch.Name)
          Expect.Equal(Device.torch, Device.named "torch"))

      testCase "a missing GPU is an error that names the fix" (fun () ->
          if not (Device.isCudaAvailable 0) then
              let text = message (fun () -> Device.cuda 0)
              Expect.StartsWith("Device.cuda: ", text)
              Expect.True(text.Length > 40, text)

          Expect.StartsWith("Device.cuda: index = -1 is negative", message (fun () -> Device.cuda -1)))

      case "arrays of every type go there and come back" (fun () ->
          for x in everyType do
              let y = there x
              Expect.Equal(device.Value, Tensor.device y)
              Expect.True(Tensor.sameElements x (here y), $"{y}")
              Expect.True(Tensor.sameElements x (here (Tensor.transpose (Tensor.transpose y))), $"{y}"))

      case "tensors of two devices do not meet" (fun () ->
          let text =
              message (fun () -> there (Tensor.ofArray [ 2 ] [| 1.0f; 2.0f |]) + Tensor.ofArray [ 2 ] [| 1.0f; 2.0f |])

          Expect.Contains("Move one side with Tensor.toDevice.", text))

      case "numbers follow the tensors they meet" (fun () ->
          let x = there (tensor [ 1.0; 2.0 ])
          Expect.Equal(device.Value, Tensor.device (2.0 * x + Tensor.scalar 1.0))
          Expect.Equal<float32[]>([| 3.0f; 5.0f |], Tensor.toArray (2.0 * x + Tensor.scalar 1.0)))

      case "many threads compute at once" (fun () ->
          let x = there (Random.normal (Key.ofInt 1) [ 64; 64 ])
          let expected = here (Tensor.matmul x x |> Tensor.sum)
          let sums = Array.init 16 (fun _ -> Task.Run(fun () -> here (Tensor.matmul x x |> Tensor.sum)))

          for sum in sums do
              Expect.True(Tensor.sameElements expected sum.Result))

      case "what libtorch refuses is an error with the operator, the shapes and the device" (fun () ->
          let ones = Tensors.number TorchDevice.Cpu Float32 1.0
          let call name arguments () = Invocation.aten TorchDevice.Cpu name "" arguments 1
          let text = message (call "no_such_operator" [ Argument.Tensor ones ])
          Expect.StartsWith("aten::no_such_operator: arguments = [] were refused on torch: ", text)

          let a =
              Tensors.ofArray TorchDevice.Cpu { Shape = [ 2; 3 ]; DType = Float32 } (Array.zeroCreate<float32> 6)

          let text = message (call "mm" [ Argument.Tensor a; Argument.Tensor a ])
          Expect.StartsWith("aten::mm: arguments = [2; 3], [2; 3] were refused on torch: ", text)) ]
    |> testList "Torch.Device"
