/// Keras's own cases of activations, as functions and as layers.
module Functional.Tests.Conformance.KerasActivations

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

/// The functions by Keras's names, from the other arguments of a case.
let private activations: Map<string, string list * (Case -> Tensor -> Tensor)> =
    let plain f = [], (fun _ -> f)
    let alongAxis f = [ "axis" ], (fun case x -> f (int (float' "axis" -1.0 case)) x)

    Map.ofList
        [ "linear", plain Activation.linear
          "relu", ([ "negative_slope" ], (fun case x -> Activation.leakyRelu (float' "negative_slope" 0.0 case) x))
          "relu6", plain Activation.relu6
          "sigmoid", plain Activation.sigmoid
          "hard_sigmoid", plain Activation.hardSigmoid
          "tanh", plain Activation.tanh
          "softmax", alongAxis Tensor.softmax
          "log_softmax", alongAxis Tensor.logSoftmax
          "leaky_relu",
          ([ "negative_slope" ], (fun case x -> Activation.leakyRelu (float' "negative_slope" 0.2 case) x))
          "elu", plain (Activation.elu 1.0)
          "selu", plain Activation.selu
          "gelu",
          ([ "approximate" ],
           (fun case x -> if flag "approximate" case then Activation.geluTanh x else Activation.gelu x))
          "silu", plain Activation.silu
          "hard_silu", plain Activation.hardSwish
          "softplus", plain Activation.softplus
          "softsign", plain Activation.softsign
          "mish", plain Activation.mish
          "exponential", plain Activation.exponential ]

let private runFunction (case: Case) =
    let inputs = case.Root.GetProperty "inputs"
    let arguments = Map.ofSeq (inputs.EnumerateObject() |> Seq.map (fun p -> p.Name, p.Value))
    let case = { case with Config = Map.remove "x" arguments }

    match Map.tryFind case.Class activations with
    | None -> unsupported $"no function %s{case.Class}"
    | Some(options, f) ->
        demandOnly options case

        match Map.tryFind "axis" case.Config with
        | Some axis when axis.ValueKind = JsonValueKind.Array || (property "shape" axis).IsSome ->
            unsupported "several axes together"
        | Some _
        | None -> ()

        match input "x" inputs with
        | Some x when x.Rank > 0 -> judge case (f case (floats x))
        | Some _
        | None -> unsupported "a scalar"

/// Judges a case of activations, functions or layers.
let runActivation (case: Case) : Outcome = if case.Kind = "function" then runFunction case else KerasCalls.runLayer case
