/// The laws, layers and optimizers of the library on libtorch: the same lists of tests that the CPU backend passes.
module Functional.Torch.Tests.TorchLaws

open Functional.Tests
open Functional.Torch.Tests.Libtorch
open Expecto

let private cases = 20

/// Tests of lists that run here which are left out: libtorch's pooling takes the last of several NaN in a window, and a training that
/// stands on a plateau for most of its epochs leaves it by what is rounded how.
let private leftOut =
    [ "the first of equals is the largest, and NaN is larger"; "it learns what only a memory can tell" ]

/// What is compared bit by bit between eager values and compiled programs. libtorch's kernels compute the ones, fused kernels of
/// this library the others, which differ in last bits: `PlanTests` says by how much.
let private ofBits =
    [ "one primitive of a half type is the same bits, eager and compiled"
      "compiled primitives give the bits of eager ones"
      "one compiled function and one pullback serve many threads at once"
      "results that nobody reads are not computed"
      "one loop and one pullback serve many threads at once" ]

/// Comparisons with other libraries are left out too, which the CPU backend has met.
let private isLeftOut (sentence: string) = List.contains sentence (leftOut @ ofBits) || sentence.Contains "PyTorch"

let private inside (f: unit -> unit) =
    demand ()
    DeviceLaws.using device.Value cases f

[<Tests>]
let tests =
    DeviceLaws.lists |> List.map (DeviceLaws.onDevice inside isLeftOut cases) |> testList "Torch"
