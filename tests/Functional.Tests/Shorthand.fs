/// Short names for what tests call all the time.
[<AutoOpen>]
module Functional.Tests.Shorthand

open Functional

let compile f = Tensor.compile f
let checkpoint f x = Tensor.checkpoint f x
let stopGradient x = Tensor.stopGradient x
let scan f init xs = Tensor.scan f init xs
let scanWith options f init xs = Tensor.scanWith options f init xs
