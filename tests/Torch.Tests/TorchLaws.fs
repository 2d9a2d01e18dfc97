/// The laws, layers and optimizers of the library on libtorch: the same lists of tests that the CPU backend passes.
module Functional.Torch.Tests.TorchLaws

open Functional.Tests
open Functional.Torch.Tests.Libtorch
open Expecto

let private cases = 20

/// What is compared bit by bit between eager values and compiled programs. libtorch's kernels compute the ones, fused kernels of
/// this library the others, which differ in last bits: `PlanTests` says by how much.
let private ofBits =
    [ "one primitive of a half type is the same bits, eager and compiled"
      "compiled primitives give the bits of eager ones"
      "one compiled function and one pullback serve many threads at once"
      "results that nobody reads are not computed"
      "one loop and one pullback serve many threads at once" ]

/// And comparisons with other libraries, which the CPU backend has met.
let private isLeftOut (sentence: string) = sentence.Contains "PyTorch" || List.contains sentence ofBits

let private inside (f: unit -> unit) =
    demand ()
    DeviceLaws.using device.Value cases f

[<Tests>]
let tests =
    DeviceLaws.lists |> List.map (DeviceLaws.onDevice inside isLeftOut cases) |> testList "Torch"
