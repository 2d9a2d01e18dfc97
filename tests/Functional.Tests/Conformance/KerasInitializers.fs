/// Keras's own cases of initializers and regularizers.
module Functional.Tests.Conformance.KerasInitializers

open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// Judges a case of initializers.
let runInitializer (case: Case) : Outcome =
    let inputs = case.Root.GetProperty "inputs"
    let shape = (KerasCalls.shapesOf (inputs.GetProperty "shape")).Head

    match case.Kind, case.Class with
    | "initializer", _ -> judge case ((initializerOf case).Draw (Key.ofInt 1) shape)
    | "function", "compute_fans" ->
        let axes (name: string) = numbers (inputs.GetProperty name) |> Array.map int |> List.ofArray
        let fanIn, fanOut = Initializer.fansOver (axes "input_axes") (axes "output_axes") shape
        judgeResults case [ Tensor.scalar (float fanIn); Tensor.scalar (float fanOut) ]
    | kind, name -> unsupported $"%s{kind} %s{name}"

/// Judges a case of layers or of regularizers.
let runRegularization (case: Case) : Outcome =
    if case.Kind = "regularizer" then
        match input "x" (case.Root.GetProperty "inputs") with
        | Some x -> judge case ((regularizerOf case).Penalty x)
        | None -> unsupported "a penalty of nothing"
    else
        KerasCalls.runLayer case
