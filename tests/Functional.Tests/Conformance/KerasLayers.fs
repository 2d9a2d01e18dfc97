/// Keras's own cases of layers, activations, initializers and regularizers. Layers are built by their Keras names.
module Functional.Tests.Conformance.KerasLayers

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

/// What `make` gives; a kind or a setting that the library does not know ends the case.
let private known (make: unit -> 'T) : 'T =
    try
        make ()
    with :? FunctionalException as e ->
        match e.Error with
        | FunctionalError.InvalidArgument("Catalog", "kind", kind, _) -> unsupported $"no layer %s{kind}"
        | FunctionalError.InvalidArgument("Layer.ofName", "setting", name, _) -> unsupported $"no setting %s{name}"
        | FunctionalError.InvalidData("Catalog", reason) when reason.Contains "does not know" ->
            unsupported "its settings"
        | _ -> reraise ()

/// The class and the options of what stands in an option: a name, or an object {object, config}.
let private named (case: Case) (value: JsonElement) : Case =
    if value.ValueKind = JsonValueKind.String then
        { case with Class = string (value.GetString()); Config = Map.empty }
    else
        nested case value

let private initializerOf (case: Case) : Initializer =
    let number name fallback = float' name fallback case

    match case.Class.Replace("_", "").ToLowerInvariant() with
    | "zeros" -> Initializer.zeros
    | "ones" -> Initializer.ones
    | "constant" ->
        match Map.tryFind "value" case.Config with
        | Some value when value.ValueKind <> JsonValueKind.Number -> unsupported "constants that are arrays"
        | Some _
        | None -> Initializer.constant (number "value" 0.0)
    | "identity" -> Initializer.identity (number "gain" 1.0)
    | "orthogonal" -> Initializer.orthogonal (number "gain" 1.0)
    | "randomnormal" -> Initializer.randomNormal (number "mean" 0.0) (number "stddev" 0.05)
    | "randomuniform" -> Initializer.randomUniform (number "minval" -0.05) (number "maxval" 0.05)
    | "variancescaling" ->
        demandOnly [ "scale"; "mode"; "distribution"; "seed" ] case

        let mode =
            match word "mode" "fan_in" case with
            | "fan_out" -> FanMode.FanOut
            | "fan_avg" -> FanMode.FanAverage
            | _ -> FanMode.FanIn

        Initializer.varianceScaling (number "scale" 1.0) mode InitialDistribution.TruncatedNormal
    | name -> unsupported $"no initializer %s{name}"

let private regularizerOf (case: Case) : Regularizer =
    match case.Class.ToLowerInvariant() with
    | "l1" -> Regularizer.l1 (float' "l1" 0.01 case)
    | "l2" -> Regularizer.l2 (float' "l2" 0.01 case)
    | "l1l2" -> Regularizer.l1l2 (float' "l1" 0.0 case) (float' "l2" 0.0 case)
    | name -> unsupported $"no regularizer %s{name}"

/// The spatial axes of a class of layers: 1 of Conv1D, 2 of Conv2D; 0 of others.
let private axesOf (name: string) =
    if name.Contains "1D" then 1
    elif name.Contains "2D" then 2
    elif name.Contains "3D" then 3
    else 0

let private wholes (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        numbers value |> Array.map int |> List.ofArray
    else
        [ value.GetInt32() ]

let private items values = Setting.Items(List.map Setting.Whole values)

/// One number for each spatial axis: a number alone for sequences.
let private forEachAxis axes (value: JsonElement) =
    match wholes value with
    | [ n ] when axes > 1 -> items (List.replicate axes n)
    | [ n ] -> Setting.Whole n
    | several -> items several

/// What is put around each spatial axis: a number for all sides, one an axis, or a pair an axis.
let private paddings axes (value: JsonElement) =
    let pairs =
        match value.ValueKind with
        | JsonValueKind.Array when axes > 1 ->
            [ for side in value.EnumerateArray() ->
                  match wholes side with
                  | [ n ] -> [ n; n ]
                  | pair -> pair ]
        | JsonValueKind.Array -> [ wholes value ]
        | _ -> List.replicate (max 1 axes) (List.replicate 2 (value.GetInt32()))

    match pairs with
    | [ pair ] -> items pair
    | pairs -> Setting.Items(List.map items pairs)

let private realNumbers =
    set
        [ "negative_slope"
          "alpha"
          "rate"
          "stddev"
          "momentum"
          "epsilon"
          "dropout"
          "recurrent_dropout" ]

let private activationName (value: JsonElement) =
    match value.ValueKind with
    | JsonValueKind.String -> string (value.GetString())
    | _ ->
        let name = string ((value.GetProperty "name").GetString())
        name.Substring(name.LastIndexOf '.' + 1)

/// A JSON value as it is.
let rec private plainSetting (value: JsonElement) : Setting =
    match value.ValueKind with
    | JsonValueKind.True
    | JsonValueKind.False -> Setting.Flag(value.GetBoolean())
    | JsonValueKind.Number ->
        match value.TryGetInt32() with
        | true, n -> Setting.Whole n
        | _ -> Setting.Number(value.GetDouble())
    | JsonValueKind.Array -> Setting.Items [ for item in value.EnumerateArray() -> plainSetting item ]
    | JsonValueKind.Object -> Setting.Group [ for p in value.EnumerateObject() -> p.Name, plainSetting p.Value ]
    | _ -> Setting.Text(value.ToString())

/// An option of Keras as a setting of `Layer.ofName`.
let private settingOf (case: Case) (name: string) (value: JsonElement) : Setting =
    let axes = axesOf case.Class

    match name with
    | _ when name.EndsWith("_initializer", System.StringComparison.Ordinal) ->
        Initializer.toSetting (initializerOf (named case value))
    | _ when name.EndsWith("_regularizer", System.StringComparison.Ordinal) ->
        Regularizer.toSetting (regularizerOf (named case value))
    | _ when name.EndsWith("_constraint", System.StringComparison.Ordinal) -> unsupported "constraints"
    | "activation" -> Setting.Text(activationName value)
    | "strides"
    | "kernel_size"
    | "pool_size"
    | "dilation_rate"
    | "size"
    | "output_padding" when axes > 0 -> forEachAxis axes value
    | "padding" when value.ValueKind <> JsonValueKind.String -> paddings axes value
    | "axis" when case.Class = "LayerNormalization" -> items (wholes value)
    | "shared_axes" -> items (wholes value)
    | _ when realNumbers.Contains name -> Setting.Number(value.GetDouble())
    | _ -> plainSetting value

/// Whether an option changes no result, or asks for what is the only way here.
let private saysNothing (name: string) (value: JsonElement) =
    match name with
    | "name"
    | "dtype"
    | "seed"
    | "data_format"
    | "unroll"
    | "implementation" -> true
    | "sparse"
    | "synchronized"
    | "return_state" -> value.ValueKind <> JsonValueKind.True || name = "return_state"
    | _ -> value.ValueKind = JsonValueKind.Null

let private settingsOf (case: Case) =
    [ for KeyValue(name, value) in case.Config do
          if not (saysNothing name value) then
              name, settingOf case name value ]

let private merges: Map<string, Layer<Tensor list, Tensor>> =
    Map.ofList
        [ "Add", Merge.add
          "Multiply", Merge.multiply
          "Average", Merge.average
          "Maximum", Merge.maximum
          "Minimum", Merge.minimum ]

/// A layer by its name in Keras.
let rec private layerOf (case: Case) : Layer<Tensor, Tensor> =
    match case.Class with
    | "Activation" -> known (fun () -> Activation.ofName (activationName case.Config["activation"]))
    | "Identity" -> linear
    | "TimeDistributed" -> timeDistributed (innerOf case)
    | "Bidirectional" ->
        demandOnly [ "layer"; "merge_mode" ] case

        let mode =
            match word "merge_mode" "concat" case with
            | "sum" -> MergeMode.Sum
            | "mul" -> MergeMode.Mul
            | "ave" -> MergeMode.Ave
            | _ -> MergeMode.Concat

        bidirectionalWith mode (innerOf case)
    | name -> known (fun () -> Layer.ofName name (settingsOf case))

/// The layer inside a layer.
and private innerOf (case: Case) = layerOf (nested case case.Config["layer"])

/// A convolution of sequences as one of images of a single row, where the library has that of images alone.
let private asSingleRow (case: Case) (sample: Shape) : Layer<Tensor, Tensor> =
    let overRow fallback setting =
        match setting with
        | Setting.Whole n -> items [ fallback; n ]
        | other -> other

    let settings =
        [ for name, value in settingsOf case do
              match name with
              | "strides"
              | "kernel_size"
              | "dilation_rate" -> name, overRow 1 value
              | "output_padding" -> name, overRow 0 value
              | _ -> name, value ]

    let row =
        reshape (1 :: sample) --> known (fun () -> Layer.ofName (case.Class.Replace("1D", "2D")) settings)

    row --> reshape (List.tail (List.exactlyOne (Layer.shapes [ sample ] row)))

/// The same recurrent layer, with its states as further inputs and results.
let private withStates (layer: Layer<Tensor, Tensor>) : Network =
    let d = layer.Description

    let settings =
        d.Settings
        |> List.map (fun (name, value) -> name, (if name = "return_state" then Setting.Flag true else value))

    Catalog.network { d with Settings = settings }

let private hasStates (case: Case) =
    flag "return_state" case
    || [ for call in (case.Root.GetProperty "calls").EnumerateArray() -> property "kwargs" call ]
       |> List.exists (Option.exists (fun arguments -> (property "initial_state" arguments).IsSome))

/// The order that takes the channels from the front of a sample to its end, and the one back.
let private channelsLast rank = permute ([ 2 .. rank - 1 ] @ [ 1 ]), permute ((rank - 1) :: [ 1 .. rank - 2 ])

/// Layers of the library take the channels last: of samples with the channels in front they are put between two
/// permutations, the second one where the result still has all axes.
let private arranged (case: Case) (sample: Shape) (layerFor: Shape -> Layer<Tensor, Tensor>) : Network =
    if word "data_format" "channels_last" case = "channels_last" || sample.Length < 2 then
        (layerFor sample).Network
    else
        let into, back = channelsLast (sample.Length + 1)
        let inside = into --> layerFor (sample.Tail @ [ sample.Head ])

        match Layer.shapes [ sample ] inside with
        | [ result ] when result.Length = sample.Length -> (inside --> back).Network
        | _ -> inside.Network

/// Whether a layer gives what it reads in both directions apart.
let private isPair (case: Case) =
    case.Class = "Bidirectional"
    && Map.containsKey "merge_mode" case.Config
    && not (isGiven "merge_mode" case)

/// The network of a case for samples of these shapes.
let private networkOf (case: Case) (samples: Shape list) : Network =
    match Map.tryFind case.Class merges with
    | Some layer -> layer.Network
    | None when case.Class = "Concatenate" -> (concatenate (int (float' "axis" -1.0 case))).Network
    | None when isPair case -> (bidirectionalPair (innerOf case)).Network
    | None when case.Class = "Conv1DTranspose" || case.Class = "DepthwiseConv1D" ->
        arranged case samples.Head (asSingleRow case)
    | None -> arranged case samples.Head (fun _ -> layerOf case)

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

let private inputsOf (call: JsonElement) : Tensor list =
    match property "input" call with
    | Some several when several.ValueKind = JsonValueKind.Array ->
        [ for x in several.EnumerateArray() -> if (property "token" x).IsSome then unsupported "masks" else tensorOf x ]
    | Some single -> [ tensorOf single ]
    | None -> unsupported "inputs by name"

let private statesOf (arguments: JsonElement) : Tensor list =
    match property "initial_state" arguments with
    | Some several when several.ValueKind = JsonValueKind.Array -> [ for x in several.EnumerateArray() -> tensorOf x ]
    | Some single -> [ tensorOf single ]
    | None -> []

let private demandArguments (arguments: JsonElement) =
    for argument in arguments.EnumerateObject() do
        match argument.Name with
        | "training"
        | "initial_state" -> ()
        | "mask"
        | "args" when argument.Value.ValueKind <> JsonValueKind.Null -> unsupported "masks"
        | "mask" -> ()
        | name -> unsupported $"the argument %s{name}"

/// Whether Keras takes the input of a case for one sample and not for a batch.
let private isOneSample (case: Case) (xs: Tensor list) =
    case.Class = "CategoryEncoding" && word "output_mode" "" case <> "one_hot" && xs.Head.Rank = 1

/// Judges the last call of a layer.
let private runCall (case: Case) =
    let calls = [ for call in (case.Root.GetProperty "calls").EnumerateArray() -> call ]
    let call = List.last calls

    let argumentsOf call =
        property "kwargs" call
        |> Option.defaultWith (fun () -> unsupported "calls of other functions of a layer")

    let arguments = argumentsOf call
    List.iter (argumentsOf >> demandArguments) calls

    let given = inputsOf call @ statesOf arguments
    let xs = if isOneSample case given then List.map (Tensor.expandDims 0) given else given
    let samples = xs |> List.map (fun x -> x.Shape.Tail)

    let network =
        if hasStates case && case.Class = "Bidirectional" then
            unsupported "states of both directions"
        elif hasStates case then
            withStates (layerOf case)
        else
            networkOf case samples

    let variables = fst (Network.init (Key.ofInt 1) samples network) |> withWeights case
    let isTraining = property "training" arguments |> Option.exists _.GetBoolean()
    let ys, _ = Network.apply variables { Run.training (Key.ofInt 2) with Training = isTraining } xs network

    if flag "return_state" case || isPair case then judgeResults case ys
    elif isOneSample case given then judge case (Tensor.squeezeAxes [ 0 ] ys.Head)
    else judge case ys.Head

/// The shapes of a case, one for each input, with the batch axis.
let private shapesOf (shape: JsonElement) : Shape list =
    let isNested = shape.EnumerateArray() |> Seq.exists (fun n -> n.ValueKind = JsonValueKind.Array)
    let lengths (shape: JsonElement) = numbers shape |> Array.map int |> List.ofArray

    if isNested then
        [ for s in shape.EnumerateArray() -> lengths s ]
    else
        [ lengths shape ]

/// Judges the shape of a built layer's result, and how many variables and penalties it has.
let private runBuild (case: Case) =
    let shapes = shapesOf (case.Root.GetProperty "input_shape")
    let samples = shapes |> List.map List.tail
    let network = networkOf case samples
    let variables = fst (Network.init (Key.ofInt 1) samples network)
    let isFloat = property "input_dtype" case.Root |> Option.forall (fun t -> t.GetString() = "float32")
    let ofType = if isFloat then Tensor.zeros else Tensor.zerosOf Int32
    let found = (Network.predict variables (shapes |> List.map ofType) network).Head.Shape
    let trainable, others = Variables.flatten variables |> List.partition _.Trainable

    let counts =
        [ "trainable", trainable.Length
          "non_trainable", others.Length
          "losses", (Network.penalties variables network).Length ]

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

/// Judges a case of layers.
let runLayer (case: Case) : Outcome =
    match case.Kind with
    | "layer" -> runCall case
    | "layer_build" -> runBuild case
    | "output_shape" ->
        match [ for n in case.Root.GetProperty("inputs").GetProperty("shape").EnumerateArray() -> n ] with
        | [] -> unsupported "samples without a batch axis"
        | _ :: lengths ->
            let sample = lengths |> List.map _.GetInt32()
            let found = Network.shapes [ sample ] (networkOf case [ sample ])
            judgeShape (case.Root.GetProperty "expected") (-1 :: found.Head)
    | kind -> unsupported kind

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
let runActivation (case: Case) : Outcome = if case.Kind = "function" then runFunction case else runLayer case

/// Judges a case of initializers.
let runInitializer (case: Case) : Outcome =
    if case.Kind <> "initializer" then
        unsupported "fans along given axes"

    let shape = (shapesOf (case.Root.GetProperty("inputs").GetProperty "shape")).Head
    judge case ((initializerOf case).Draw (Key.ofInt 1) shape)

/// Judges a case of layers or of regularizers.
let runRegularization (case: Case) : Outcome =
    if case.Kind = "regularizer" then
        match input "x" (case.Root.GetProperty "inputs") with
        | Some x -> judge case ((regularizerOf case).Penalty x)
        | None -> unsupported "a penalty of nothing"
    else
        runLayer case
