/// Keras's layers over sequences, with their cells and states.
module Functional.Tests.Conformance.KerasRecurrent

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases
open Functional.Tests.Conformance.KerasOptions

/// Whether a case calls a layer with states, or reads them.
let private hasStates (case: Case) =
    match property "calls" case.Root with
    | None -> flag "return_state" case
    | Some calls ->
        flag "return_state" case
        || [ for call in calls.EnumerateArray() -> property "kwargs" call ]
           |> List.exists (Option.exists (fun arguments -> (property "initial_state" arguments).IsSome))

/// Whether a layer gives what it reads in both directions apart.
let isPair (case: Case) =
    case.Class = "Bidirectional"
    && Map.containsKey "merge_mode" case.Config
    && not (isGiven "merge_mode" case)

/// The batch size of a case: that of the first call, or of the shape that a layer is built for.
let private batchOf (case: Case) : JsonElement option =
    let first (shape: JsonElement) = Seq.head (shape.EnumerateArray())

    match property "calls" case.Root, property "input_shape" case.Root with
    | Some calls, _ ->
        Seq.head (calls.EnumerateArray())
        |> property "input"
        |> Option.bind (property "shape")
        |> Option.map first
    | None, Some shape -> Some(first shape)
    | None, None -> None

/// A stateful layer says its batch size here; Keras takes it from the input.
let private withBatch (case: Case) : Case =
    match batchOf case with
    | Some batch when flag "stateful" case -> { case with Config = Map.add "batch_size" batch case.Config }
    | Some _
    | None -> { case with Config = Map.remove "stateful" case.Config }

/// The layer inside a layer, by the name of the option.
let private innerOf layerOf name (case: Case) : Layer<Tensor, Tensor> =
    layerOf (withBatch (nested case case.Config[name]))

/// The network that a description gives with some of its settings changed.
let private withSettings (changes: (string * Setting) list) (d: Description) : Description =
    let changed =
        d.Settings
        |> List.map (fun (name, old) -> List.tryFind (fst >> (=) name) changes |> Option.defaultValue (name, old))

    let added = changes |> List.filter (fun (name, _) -> not (List.exists (fst >> (=) name) d.Settings))
    { d with Settings = changed @ added }

let private returningState = withSettings [ "return_state", Setting.Flag true ]

let private modeOf (case: Case) =
    match word "merge_mode" "concat" case with
    | "sum" -> MergeMode.Sum
    | "mul" -> MergeMode.Mul
    | "ave" -> MergeMode.Ave
    | _ -> MergeMode.Concat

let private bidirectionalOf layerOf (case: Case) =
    demandOnly [ "layer"; "merge_mode"; "backward_layer" ] case
    let forward = innerOf layerOf "layer" case

    if isGiven "backward_layer" case then
        bidirectionalOf (modeOf case) forward (innerOf layerOf "backward_layer" case)
    else
        bidirectionalWith (modeOf case) forward

/// The settings of a recurrent layer that are those of its loop over time.
let private ofLoop =
    [ "return_sequences"
      "return_state"
      "go_backwards"
      "zero_output_for_mask"
      "stateful"
      "batch_size" ]

/// The cells of Keras's tests: sums of products with kernels of ones.
let private cellOfTests states (case: Case) : Layer<Tensor list, Tensor list> =
    let units = int (Array.head (numbers case.Config["args"]))
    let names = [ for i in 1..states -> $"recurrent_kernel_{i}" ]

    cellOf
        "cell_of_tests"
        (fun _ shape ->
            ("kernel", Tensor.ones (shape @ [ units ]))
            :: (names |> List.map (fun name -> name, Tensor.ones [ units; units ])),
            List.replicate states [ units ])
        (fun parameters x before ->
            let input = Tensor.matmul x parameters["kernel"]
            let sums = names |> List.map (fun name -> input + Tensor.matmul (List.head before) parameters[name])
            List.reduce (+) sums, sums)

let private cellOf (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Layer<Tensor list, Tensor list> =
    match case.Class with
    | "OneStateRNNCell" -> cellOfTests 1 case
    | "TwoStatesRNNCell" -> cellOfTests 2 case
    | "SimpleRNNCell"
    | "LSTMCell"
    | "GRUCell" ->
        let d = (layerOf { case with Class = case.Class.Replace("Cell", "") }).Description
        let isOwn (name, _) = not (List.contains name ofLoop)
        Layer.ofNetwork (Catalog.network { d with Kind = d.Kind + "_cell"; Settings = List.filter isOwn d.Settings })
    | name -> unsupported $"the cell %s{name}"

let private isStack (case: Case) = case.Class = "RNN" && case.Config["cell"].ValueKind = JsonValueKind.Array

let private rnnOf layerOf (case: Case) : Layer<Tensor list, Tensor list> =
    let cell =
        if isStack case then
            [ for cell in case.Config["cell"].EnumerateArray() -> cellOf layerOf (nested case cell) ]
            |> stackedRnnCells
        else
            cellOf layerOf (nested case case.Config["cell"])

    let options: RnnOptions =
        { ReturnSequences = flag "return_sequences" case
          GoBackwards = flag "go_backwards" case
          ZeroOutputForMask = flag "zero_output_for_mask" case
          Stateful = if flag "stateful" case then batchOf case |> Option.map _.GetInt32() else None }

    rnnWithState options cell

/// The layer of a class that holds another layer, or that is stateful.
let tryLayer (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Layer<Tensor, Tensor> option =
    match case.Class with
    | "TimeDistributed" -> Some(timeDistributed (innerOf layerOf "layer" case))
    | "Bidirectional" -> Some(bidirectionalOf layerOf case)
    | "SimpleRNN"
    | "LSTM"
    | "GRU" when Map.containsKey "stateful" case.Config && not (Map.containsKey "batch_size" case.Config) ->
        Some(layerOf (withBatch case))
    | "ConvLSTM1D"
    | "ConvLSTM2D"
    | "ConvLSTM3D" ->
        // the shapes of what Keras builds there have the channels in front
        let fallback = if case.Kind = "layer_build" then "channels_first" else "channels_last"
        let settings = settingsOf case @ [ "data_format", Setting.Text(word "data_format" fallback case) ]
        Some(known (fun () -> Layer.ofName case.Class settings))
    | _ -> None

/// The same of both directions: the layers inside take states too.
let private bothWithStates (d: Description) : Network =
    Catalog.network { returningState d with Children = List.map returningState d.Children }

/// The network of a layer with states as further inputs and results, or with a result for each direction.
let tryNetwork (layerOf: Case -> Layer<Tensor, Tensor>) (case: Case) : Network option =
    match case.Class with
    | _ when isPair case -> Some (bidirectionalPair (innerOf layerOf "layer" case)).Network
    | "RNN" -> Some (rnnOf layerOf case).Network
    | "Bidirectional" when hasStates case -> Some(bothWithStates (layerOf case).Description)
    | _ when hasStates case -> Some(Catalog.network (returningState (layerOf case).Description))
    | _ -> None

/// Where a case looks into a result of stacked cells: which of the tensors the layer gives. Keras gives the states of each
/// cell as a tuple.
let resultOfStack (case: Case) (count: int) : int option =
    match isStack case, path case with
    | true, [ [ first ]; [ second ] ] when first.GetInt32() > 0 && flag "return_state" case ->
        let each = (count - 1) / case.Config["cell"].GetArrayLength()
        Some(1 + (first.GetInt32() - 1) * each + second.GetInt32())
    | true, [ [ first ] ] when flag "return_state" case -> Some(first.GetInt32())
    | _ -> None
