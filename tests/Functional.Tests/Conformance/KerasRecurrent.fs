/// Keras's layers over sequences, with their states.
module Functional.Tests.Conformance.KerasRecurrent

open Functional
open Functional.Tests.Conformance.Cases

/// The same recurrent layer, with its states as further inputs and results.
let withStates (layer: Layer<Tensor, Tensor>) : Network =
    let d = layer.Description

    let settings =
        d.Settings
        |> List.map (fun (name, value) -> name, (if name = "return_state" then Setting.Flag true else value))

    Catalog.network { d with Settings = settings }

/// Whether a case calls a layer with states, or reads them.
let hasStates (case: Case) =
    match property "calls" case.Root with
    | None -> false
    | Some calls ->
        flag "return_state" case
        || [ for call in calls.EnumerateArray() -> property "kwargs" call ]
           |> List.exists (Option.exists (fun arguments -> (property "initial_state" arguments).IsSome))

/// Whether a layer gives what it reads in both directions apart.
let isPair (case: Case) =
    case.Class = "Bidirectional"
    && Map.containsKey "merge_mode" case.Config
    && not (isGiven "merge_mode" case)

/// The layer inside a layer.
let private innerOf layerOf (case: Case) : Layer<Tensor, Tensor> = layerOf (nested case case.Config["layer"])

let private bidirectionalOf layerOf (case: Case) =
    demandOnly [ "layer"; "merge_mode" ] case

    let mode =
        match word "merge_mode" "concat" case with
        | "sum" -> MergeMode.Sum
        | "mul" -> MergeMode.Mul
        | "ave" -> MergeMode.Ave
        | _ -> MergeMode.Concat

    bidirectionalWith mode (innerOf layerOf case)

/// The layer of a class that holds another layer.
let tryLayer (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Layer<Tensor, Tensor> option =
    match case.Class with
    | "TimeDistributed" -> Some(timeDistributed (innerOf layerOf case))
    | "Bidirectional" -> Some(bidirectionalOf layerOf case)
    | _ -> None

/// The network of a layer with states as further inputs and results, or with a result for each direction.
let tryNetwork (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Network option =
    if isPair case then
        Some (bidirectionalPair (innerOf layerOf case)).Network
    elif hasStates case && case.Class = "Bidirectional" then
        unsupported "states of both directions"
    elif hasStates case then
        Some(withStates (layerOf case))
    else
        None
