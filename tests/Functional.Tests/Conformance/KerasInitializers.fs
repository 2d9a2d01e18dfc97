/// Keras's own cases of initializers and regularizers.
module Functional.Tests.Conformance.KerasInitializers

open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// Judges a case of initializers.
let runInitializer (case: Case) : Outcome =
    if case.Kind <> "initializer" then
        unsupported "fans along given axes"

    let shape = (KerasCalls.shapesOf (case.Root.GetProperty("inputs").GetProperty "shape")).Head
    judge case ((initializerOf case).Draw (Key.ofInt 1) shape)

/// Judges a case of layers or of regularizers.
let runRegularization (case: Case) : Outcome =
    if case.Kind = "regularizer" then
        match input "x" (case.Root.GetProperty "inputs") with
        | Some x -> judge case ((regularizerOf case).Penalty x)
        | None -> unsupported "a penalty of nothing"
    else
        KerasCalls.runLayer case
