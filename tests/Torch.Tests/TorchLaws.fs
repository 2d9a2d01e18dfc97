/// The laws, layers and optimizers of the library on libtorch: the same lists of tests that the CPU backend passes.
module Functional.Torch.Tests.TorchLaws

open Functional.Tests
open Functional.Torch.Tests.Libtorch
open Expecto

let private cases = 20

/// Comparisons with other libraries, which the CPU backend has met.
let private isLeftOut (sentence: string) = sentence.Contains "PyTorch"

let private inside (f: unit -> unit) =
    demand ()
    DeviceLaws.using device.Value cases f

[<Tests>]
let tests =
    DeviceLaws.lists |> List.map (DeviceLaws.onDevice inside isLeftOut cases) |> testList "Torch"
