/// Keras's layers that merge several tensors.
module Functional.Tests.Conformance.KerasMerging

open Functional
open Functional.Tests.Conformance.Cases

let private merges: Map<string, Layer<Tensor list, Tensor>> =
    Map.ofList
        [ "Add", Merge.add
          "Multiply", Merge.multiply
          "Average", Merge.average
          "Maximum", Merge.maximum
          "Minimum", Merge.minimum ]

/// The network of a merging layer.
let tryNetwork (case: Case) : Network option =
    match Map.tryFind case.Class merges with
    | Some layer -> Some layer.Network
    | None when case.Class = "Concatenate" -> Some (concatenate (int (float' "axis" -1.0 case))).Network
    | None -> None
