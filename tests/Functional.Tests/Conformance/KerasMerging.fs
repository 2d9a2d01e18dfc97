/// Keras's layers that merge several tensors.
module Functional.Tests.Conformance.KerasMerging

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private merges: Map<string, Layer<Tensor list, Tensor>> =
    Map.ofList
        [ "Add", Merge.add
          "Multiply", Merge.multiply
          "Average", Merge.average
          "Maximum", Merge.maximum
          "Minimum", Merge.minimum
          "Subtract", Merge.subtract ]

/// Whole numbers of a list, or of a number.
let private numbersOrOne (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        numbers value |> Array.map int |> List.ofArray
    else
        [ value.GetInt32() ]

/// The network of a merging layer.
let tryNetwork (case: Case) : Network option =
    match Map.tryFind case.Class merges with
    | Some layer -> Some layer.Network
    | None when case.Class = "Dot" ->
        let axes =
            match numbersOrOne case.Config["axes"] with
            | [ x; y ] -> x, y
            | several -> several.Head, several.Head

        Some (Merge.dotWith { DotOptions.defaults with Axes = axes }).Network
    | None when case.Class = "Concatenate" -> Some (concatenate (int (float' "axis" -1.0 case))).Network
    | None -> None
