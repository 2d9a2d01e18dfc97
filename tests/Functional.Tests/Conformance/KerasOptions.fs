/// Keras's options of layers, initializers and regularizers, as the library's settings.
module Functional.Tests.Conformance.KerasOptions

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

/// What `make` gives; a kind or a setting that the library does not know ends the case.
let known (make: unit -> 'T) : 'T =
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
let named (case: Case) (value: JsonElement) : Case =
    if value.ValueKind = JsonValueKind.String then
        { case with Class = string (value.GetString()); Config = Map.empty }
    else
        nested case value

let initializerOf (case: Case) : Initializer =
    let number name fallback = float' name fallback case

    match case.Class.Replace("_", "").ToLowerInvariant() with
    | "zeros" -> Initializer.zeros
    | "ones" -> Initializer.ones
    | "constant" ->
        match Map.tryFind "value" case.Config with
        | Some value when value.ValueKind <> JsonValueKind.Number -> Initializer.ofTensor (tensorOf value)
        | Some _
        | None -> Initializer.constant (number "value" 0.0)
    | "identity" -> Initializer.identity (number "gain" 1.0)
    | "orthogonal" -> Initializer.orthogonal (number "gain" 1.0)
    | "randomnormal" -> Initializer.randomNormal (number "mean" 0.0) (number "stddev" 0.05)
    | "randomuniform" -> Initializer.randomUniform (number "minval" -0.05) (number "maxval" 0.05)
    | "variancescaling" ->
        demandOnly [ "scale"; "mode"; "distribution"; "input_axes"; "output_axes"; "seed" ] case

        let mode =
            match word "mode" "fan_in" case with
            | "fan_out" -> FanMode.FanOut
            | "fan_avg" -> FanMode.FanAverage
            | _ -> FanMode.FanIn

        let scale, distribution = number "scale" 1.0, InitialDistribution.TruncatedNormal
        let axes name = numbers case.Config[name] |> Array.map int |> List.ofArray

        if isGiven "input_axes" case then
            Initializer.varianceScalingOver (axes "input_axes") (axes "output_axes") scale mode distribution
        else
            Initializer.varianceScaling scale mode distribution
    | name -> unsupported $"no initializer %s{name}"

let regularizerOf (case: Case) : Regularizer =
    match case.Class.ToLowerInvariant() with
    | "l1" -> Regularizer.l1 (float' "l1" 0.01 case)
    | "l2" -> Regularizer.l2 (float' "l2" 0.01 case)
    | "l1l2" -> Regularizer.l1l2 (float' "l1" 0.0 case) (float' "l2" 0.0 case)
    | "orthogonalregularizer" ->
        let mode =
            if word "mode" "rows" case = "rows" then
                OrthogonalMode.Rows
            else
                OrthogonalMode.Columns

        Regularizer.orthogonal (float' "factor" 0.01 case) mode
    | name -> unsupported $"no regularizer %s{name}"

let private constraintOf (case: Case) : Constraint =
    match case.Class.Replace("_", "").ToLowerInvariant() with
    | "maxnorm" -> Constraint.maxNorm (float' "max_value" 2.0 case)
    | "unitnorm" -> Constraint.unitNorm
    | "nonneg" -> Constraint.nonNeg
    | "minmaxnorm" -> Constraint.minMaxNorm (float' "min_value" 0.0 case) (float' "max_value" 1.0 case)
    | name -> unsupported $"no constraint %s{name}"

/// The spatial axes of a class of layers: 1 of Conv1D, 2 of Conv2D; 0 of others.
let axesOf (name: string) =
    if name.Contains "1D" then 1
    elif name.Contains "2D" then 2
    elif name.Contains "3D" then 3
    else 0

let wholes (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        numbers value |> Array.map int |> List.ofArray
    else
        [ value.GetInt32() ]

let items values = Setting.Items(List.map Setting.Whole values)

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
          "max_value"
          "threshold"
          "renorm_momentum"
          "epsilon"
          "dropout"
          "recurrent_dropout" ]

let activationName (value: JsonElement) =
    match value.ValueKind with
    | JsonValueKind.String -> string (value.GetString())
    | _ ->
        let name = string ((value.GetProperty "name").GetString())
        name.Substring(name.LastIndexOf '.' + 1)

/// A JSON value as it is.
let rec plainSetting (value: JsonElement) : Setting =
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
    | _ when name.EndsWith("_constraint", System.StringComparison.Ordinal) ->
        Constraint.toSetting (constraintOf (named case value))
    | "activation" -> Setting.Text(activationName value)
    | "strides"
    | "kernel_size"
    | "pool_size"
    | "dilation_rate"
    | "size"
    | "output_size"
    | "output_padding" when axes > 0 -> forEachAxis axes value
    | "cropping" -> paddings axes value
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

let settingsOf (case: Case) =
    [ for KeyValue(name, value) in case.Config do
          if not (saysNothing name value) then
              name, settingOf case name value ]
