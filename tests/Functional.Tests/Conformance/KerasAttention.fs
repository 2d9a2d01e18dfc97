/// Keras's own cases of attention.
module Functional.Tests.Conformance.KerasAttention

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private optional name (case: Case) = if isGiven name case then Some(int (float' name 0.0 case)) else None

/// The layer of a case, with its scores as a second result if the call asks for them.
let private networkOf (case: Case) returnsScores : Network =
    let network (single: Layer<Tensor list, Tensor>) (both: Layer<Tensor list, Tensor list>) =
        if returnsScores then both.Network else single.Network

    let plain useScale mode =
        { UseScale = float' "use_scale" useScale case <> 0.0
          ScoreMode = mode
          Dropout = float' "dropout" 0.0 case
          UseCausalMask = false }

    match case.Class with
    | "Attention" ->
        demandOnly [ "use_scale"; "score_mode"; "dropout" ] case

        let mode =
            if word "score_mode" "dot" case = "concat" then
                AttentionScore.Concat
            else
                AttentionScore.Dot

        let options = plain 0.0 mode
        network (attentionWith options) (attentionWithScores options)
    | "AdditiveAttention" ->
        demandOnly [ "use_scale"; "dropout" ] case
        let options = plain 1.0 AttentionScore.Dot
        network (additiveAttentionWith options) (additiveAttentionWithScores options)
    | "MultiHeadAttention" ->
        demandOnly [ "num_heads"; "key_dim"; "value_dim"; "use_bias"; "output_shape"; "dropout"; "dtype" ] case

        let outputShape =
            Map.tryFind "output_shape" case.Config
            |> Option.map (fun value ->
                if value.ValueKind = JsonValueKind.Array then
                    numbers value |> Array.map int |> List.ofArray
                else
                    [ value.GetInt32() ])

        let options =
            { MultiHeadAttentionOptions.defaults with
                ValueDim = optional "value_dim" case
                OutputShape = outputShape
                UseBias = float' "use_bias" 1.0 case <> 0.0
                Dropout = float' "dropout" 0.0 case }

        let heads, keyDim = int (float' "num_heads" 0.0 case), int (float' "key_dim" 0.0 case)
        network (multiHeadAttentionWith options heads keyDim) (multiHeadAttentionWithScores options heads keyDim)
    | name -> unsupported $"no layer %s{name}"

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

/// The tensors of a call: a list, or query, value and key by name.
let private inputsOf (call: JsonElement) (arguments: JsonElement) : Tensor list =
    match property "input" call with
    | Some several -> [ for x in several.EnumerateArray() -> floats (tensorOf x) ]
    | None -> [ "query"; "value"; "key" ] |> List.choose (fun name -> input name arguments) |> List.map floats

let private masksOf (arguments: JsonElement) : Tensor option list =
    match property "mask" arguments with
    | Some masks ->
        [ for mask in masks.EnumerateArray() ->
              if mask.ValueKind = JsonValueKind.Null then
                  None
              else
                  Some(Tensor.cast Bool (tensorOf mask)) ]
    | None -> []

let private demandArguments (arguments: JsonElement) =
    for argument in arguments.EnumerateObject() do
        match argument.Name with
        | "query"
        | "value"
        | "key"
        | "mask"
        | "return_attention_scores" -> ()
        | name -> unsupported $"the argument %s{name}"

/// The variables with the weights that the case sets, in Keras's order, which is ours.
let private withWeights (case: Case) (variables: Variables) : Variables =
    match property "set_weights" case.Root with
    | None -> variables
    | Some weights ->
        let given = [ for w in weights.EnumerateArray() -> tensorOf w ]
        let fresh = Tree.leaves variables.Parameters

        { variables with
            Parameters =
                List.map2 (fun (fresh: Tensor) value -> Tensor.reshape fresh.Shape value) fresh given
                |> Tree.withLeaves variables.Parameters }

let private runCall (case: Case) =
    let call = [ for call in (case.Root.GetProperty "calls").EnumerateArray() -> call ] |> List.last
    let arguments = call.GetProperty "kwargs"
    demandArguments arguments
    let xs = inputsOf call arguments
    let returnsScores = property "return_attention_scores" arguments |> Option.exists _.GetBoolean()
    let network = networkOf case returnsScores
    let samples = xs |> List.map _.Shape.Tail
    let variables = fst (Network.init (Key.ofInt 1) samples network) |> withWeights case
    let ys, _ = Network.apply variables (Run.withMasks (masksOf arguments) Run.inference) xs network

    match path case with
    | [ _ ] :: _ when returnsScores -> judgeResults case ys
    | _ -> judge case ys.Head

/// Judges a case of attention.
let runAttention (case: Case) : Outcome =
    match case.Kind with
    | "layer" -> runCall case
    | "layer_build" -> KerasCalls.judgeBuild (fun _ -> networkOf case false) case
    | kind -> unsupported kind
