/// The laws of the library a second time, with tensors made on the naive backend: they hold on any device.
module Functional.Tests.Naive.NaiveLaws

open Functional.Tests
open Expecto

/// Laws draw fewer cases here: each primitive has met all of them on the CPU, of which the naive backend is the reference.
let private cases = 4

/// Tests of lists that run here which are left out: trainings that take long, comparisons with another library, whose values the
/// CPU has met, and int64 beyond what a float holds.
let private leftOut =
    [ "a small network of images learns the digits"
      "it learns what only a memory can tell"
      "ids of characters are learned from, kept as int32"
      "truncated normal numbers end at two deviations"
      "initializers have their means, deviations and limits"
      "arrays of every type come back"
      "sums, products, orders and indices of int64 are exact" ]

let private isLeftOut (sentence: string) = List.contains sentence leftOut || sentence.Contains "PyTorch"

[<Tests>]
let tests =
    DeviceLaws.lists
    |> List.map (DeviceLaws.onDevice (DeviceLaws.using NaiveBackend.device cases) isLeftOut cases)
    |> testList "Naive"
