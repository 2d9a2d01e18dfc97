/// Keras's own cases of layers: calls, and what a layer builds.
module Functional.Tests.Conformance.KerasCalls

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

/// The variables with the weights of the case, by the last part of their paths or, in Keras's order, as a list.
let private withWeights (case: Case) (variables: Variables) : Variables =
    match property "weights" case.Root with
    | Some weights when not (Seq.isEmpty (weights.EnumerateObject())) ->
        let given = Map.ofSeq (weights.EnumerateObject() |> Seq.map (fun w -> w.Name, tensorOf w.Value))

        variables
        |> Variables.mapi (fun path old ->
            match Map.tryFind (path.Substring(path.LastIndexOf '/' + 1)) given with
            | Some value -> Tensor.reshape old.Shape value
            | None -> unsupported $"no weight %s{path} among Keras's")
    | Some _
    | None -> variables

let private elements (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        List.ofSeq (value.EnumerateArray())
    else
        [ value ]

/// An input of a call: an array, or what the last call of another layer gives, with its mask.
let rec private inputOf (value: JsonElement) : Tensor * Tensor option =
    match property "token" value with
    | None -> tensorOf value, None
    | Some token ->
        let layer = caseOf token
        let call = List.last (elements (token.GetProperty "calls"))
        let xs, masks = List.unzip (inputsOf call)
        let network = KerasLayers.networkOf layer (xs |> List.map _.Shape.Tail)
        let variables = fst (Network.init (Key.ofInt 1) (xs |> List.map _.Shape.Tail) network)
        let results = Network.applyMasked [] variables (Run.withMasks masks Run.inference) xs network
        results.Outputs.Head, results.Masks.Head

and private inputsOf (call: JsonElement) : (Tensor * Tensor option) list =
    match property "input" call with
    | Some given -> List.map inputOf (elements given)
    | None -> unsupported "inputs by name"

/// The masks that are given to a call.
let private masksOf (arguments: JsonElement) : Tensor option list =
    match property "mask" arguments with
    | None -> []
    | Some given ->
        elements given
        |> List.map (fun mask ->
            if mask.ValueKind = JsonValueKind.Null then
                None
            else
                Some(Tensor.cast Bool (tensorOf mask)))

let private statesOf (arguments: JsonElement) : Tensor list =
    match property "initial_state" arguments with
    | Some several when several.ValueKind = JsonValueKind.Array -> [ for x in several.EnumerateArray() -> tensorOf x ]
    | Some single -> [ tensorOf single ]
    | None -> []

let private demandArguments (arguments: JsonElement) =
    for argument in arguments.EnumerateObject() do
        match argument.Name with
        | "training"
        | "count_weights"
        | "mask"
        | "initial_state" -> ()
        | name -> unsupported $"the argument %s{name}"

/// Whether Keras takes the input of a case for one sample and not for a batch.
let private isOneSample (case: Case) (xs: Tensor list) =
    case.Class = "CategoryEncoding" && word "output_mode" "" case <> "one_hot" && xs.Head.Rank = 1

/// The variables after the calls before the last one, of a layer that keeps states from call to call.
let private afterCalls network (calls: JsonElement list) (variables: Variables) : Variables =
    (variables, calls)
    ||> List.fold (fun variables call ->
        if (property "reset" call).IsSome then
            Variables.resetStates variables
        else
            let xs = inputsOf call |> List.map fst
            snd (Network.apply variables Run.inference xs network))

/// Judges the last call of a layer.
let private runCall (case: Case) =
    let all = [ for call in (case.Root.GetProperty "calls").EnumerateArray() -> call ]
    let calls = all |> List.filter (fun call -> (property "reset" call).IsNone)
    let call = List.last calls

    let argumentsOf call =
        property "kwargs" call
        |> Option.defaultWith (fun () -> unsupported "calls of other functions of a layer")

    let arguments = argumentsOf call
    List.iter (argumentsOf >> demandArguments) calls

    let inputs, ownMasks = List.unzip (inputsOf call)
    let given = inputs @ statesOf arguments @ (input "count_weights" arguments |> Option.toList)
    let masks = if List.exists Option.isSome ownMasks then ownMasks else masksOf arguments

    for mask, x: Tensor in Seq.zip masks inputs do
        if mask |> Option.exists (fun mask -> mask.Shape <> List.truncate mask.Rank x.Shape) then
            unsupported "masks of other axes than their tensor"

    let xs = if isOneSample case given then List.map (Tensor.expandDims 0) given else given
    let samples = xs |> List.map (fun x -> x.Shape.Tail)

    let network = KerasLayers.networkOf case samples

    let variables = fst (Network.init (Key.ofInt 1) samples network) |> withWeights case
    let isStateful = (Variables.flatten variables |> List.exists (fun v -> v.Path.Contains "rnn_state_"))

    let variables =
        if isStateful then
            afterCalls network (List.truncate (all.Length - 1) all) variables
        else
            variables

    let isTraining = property "training" arguments |> Option.exists _.GetBoolean()
    let run = { Run.training (Key.ofInt 2) with Training = isTraining; Masks = masks }
    let ys, _ = Network.apply variables run xs network

    match KerasRecurrent.resultOfStack case ys.Length with
    | Some i -> judgePart case ys[i]
    | None when flag "return_state" case || KerasRecurrent.isPair case -> judgeResults case ys
    | None when isOneSample case given -> judge case (Tensor.squeezeAxes [ 0 ] ys.Head)
    | None -> judge case ys.Head

/// The shapes of a case, one for each input, with the batch axis.
let shapesOf (shape: JsonElement) : Shape list =
    let isNested = shape.EnumerateArray() |> Seq.exists (fun n -> n.ValueKind = JsonValueKind.Array)
    let lengths (shape: JsonElement) = numbers shape |> Array.map int |> List.ofArray

    if isNested then
        [ for s in shape.EnumerateArray() -> lengths s ]
    else
        [ lengths shape ]

/// Judges the shape of a built layer's result, and how many variables and penalties it has.
let judgeBuild (networkOf: Shape list -> Network) (case: Case) : Outcome =
    let shapes = shapesOf (case.Root.GetProperty "input_shape")
    let samples = shapes |> List.map List.tail
    let network = networkOf samples
    let variables = fst (Network.init (Key.ofInt 1) samples network)
    let isFloat = property "input_dtype" case.Root |> Option.forall (fun t -> t.GetString() = "float32")
    let ofType = if isFloat then Tensor.zeros else Tensor.zerosOf Int32
    let results, after = Network.apply variables Run.inference (shapes |> List.map ofType) network
    let found = results.Head.Shape
    let trainable, others = Variables.flatten variables |> List.partition _.Trainable

    let counts =
        [ "trainable", trainable.Length
          "non_trainable", others.Length
          "losses", (Network.penalties variables network).Length + after.Losses.Length ]

    let wrong =
        counts
        |> List.choose (fun (name, count) ->
            match property name case.Root with
            | Some expected when expected.GetInt32() <> count ->
                Some $"%s{name}: expected %d{expected.GetInt32()}, found %d{count}"
            | Some _
            | None -> None)

    match property "expected_output_shape" case.Root, wrong with
    | _, reason :: _ -> Differs reason
    | Some expected, [] -> judgeShape expected found
    | None, [] -> Agrees

/// The cases that do not hold all that Keras's test sets, by the beginning of their names.
let private incomplete =
    [ "einsum_dense_test.EinsumDenseTest.test_compute_output_shape_before_build#2", "the shape that is expected"
      "batch_normalization_test.BatchNormalizationTest.test_renorm_correctness",
      "moving statistics that the case does not hold"
      "spectral_normalization_test.SpectralNormalizationTest.test_apply_layer#1",
      "channels in front without data_format" ]

/// Judges a case of layers.
let runLayer (case: Case) : Outcome =
    for name, missing in incomplete do
        if case.Id.StartsWith(name, System.StringComparison.Ordinal) then
            unsupported missing

    match case.Kind with
    | "layer" -> runCall case
    | "layer_build" -> judgeBuild (KerasLayers.networkOf case) case
    | "output_shape" ->
        match [ for n in case.Root.GetProperty("inputs").GetProperty("shape").EnumerateArray() -> n ] with
        | [] -> unsupported "samples without a batch axis"
        | batch :: lengths ->
            let sample = lengths |> List.map _.GetInt32()
            let found = Network.shapes [ sample ] (KerasLayers.networkOf case [ sample ])
            let count = if batch.ValueKind = JsonValueKind.Number then batch.GetInt32() else -1

            match KerasRecurrent.resultOfStack case found.Length with
            | Some i -> judgeShape (case.Root.GetProperty "expected") (count :: found[i])
            | None -> judgeShape (case.Root.GetProperty "expected") (count :: found.Head)
    | kind -> unsupported kind
