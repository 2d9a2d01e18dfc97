/// Keras's own cases of losses, through the public functions.
module Functional.Tests.Conformance.KerasLosses

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

let private crossentropy (case: Case) : CrossentropyOptions =
    { FromLogits = flag "from_logits" case; LabelSmoothing = float' "label_smoothing" 0.0 case }

let private binaryFocal (case: Case) =
    Loss.binaryFocalWith
        { Gamma = float' "gamma" 2.0 case
          Alpha =
            if flag "apply_class_balancing" case then
                Some(float' "alpha" 0.25 case)
            else
                None
          FromLogits = flag "from_logits" case
          LabelSmoothing = float' "label_smoothing" 0.0 case }

let private categoricalFocal (case: Case) =
    let alpha =
        match Map.tryFind "alpha" case.Config with
        | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
        | Some _
        | None -> [ float' "alpha" 0.25 case ]

    Loss.categoricalFocalWith
        { Gamma = float' "gamma" 2.0 case
          Alpha = alpha
          FromLogits = flag "from_logits" case
          LabelSmoothing = float' "label_smoothing" 0.0 case }

/// The axes of an overlap, counted with the batch axis as 0.
let private overlapAxes (case: Case) =
    match Map.tryFind "axis" case.Config with
    | Some axes when axes.ValueKind = JsonValueKind.Array -> Some(numbers axes |> Array.map int |> List.ofArray)
    | Some _
    | None -> None

/// The loss of a case.
let lossOf (case: Case) : Loss =
    let only names loss =
        demandOnly (names @ [ "axis"; "reduction"; "name"; "dtype" ]) case
        loss

    let smoothed = [ "from_logits"; "label_smoothing" ]

    match case.Class with
    | "BinaryCrossentropy" -> only smoothed (Loss.binaryCrossentropyWith (crossentropy case))
    | "CategoricalCrossentropy" -> only smoothed (Loss.categoricalCrossentropyWith (crossentropy case))
    | "SparseCategoricalCrossentropy" ->
        let loss = Loss.sparseCategoricalCrossentropyWith (crossentropy case)

        only
            [ "from_logits"; "ignore_class" ]
            (if isGiven "ignore_class" case then
                 Loss.withIgnoreClass (int (float' "ignore_class" 0.0 case)) loss
             else
                 loss)
    | "BinaryFocalCrossentropy" -> only ([ "gamma"; "alpha"; "apply_class_balancing" ] @ smoothed) (binaryFocal case)
    | "CategoricalFocalCrossentropy" -> only ([ "gamma"; "alpha" ] @ smoothed) (categoricalFocal case)
    | "CategoricalGeneralizedCrossEntropy" ->
        only [ "q" ] (Loss.categoricalGeneralizedCrossentropy (float' "q" 0.5 case))
    | "Huber" -> only [ "delta" ] (Loss.huber (float' "delta" 1.0 case))
    | "Dice" -> only [] (Loss.diceWith { Axis = overlapAxes case })
    | "Tversky" ->
        only
            [ "alpha"; "beta" ]
            (Loss.tverskyWith
                { Alpha = float' "alpha" 0.5 case; Beta = float' "beta" 0.5 case; Axis = overlapAxes case })
    | "Circle"
    | "circle" ->
        only
            [ "gamma"; "margin"; "remove_diagonal" ]
            (Loss.circleWith
                { Gamma = float' "gamma" 80.0 case
                  Margin = float' "margin" 0.4 case
                  RemoveDiagonal = float' "remove_diagonal" 1.0 case <> 0.0 })
    | "CTC" -> only [] Loss.ctc
    | "LogCoshError" -> only [] Loss.logCosh
    | "MeanSquaredError"
    | "mean_squared_error"
    | "MeanAbsoluteError"
    | "MeanAbsolutePercentageError"
    | "MeanSquaredLogarithmicError"
    | "LogCosh"
    | "Hinge"
    | "SquaredHinge"
    | "CategoricalHinge"
    | "KLDivergence"
    | "Poisson"
    | "CosineSimilarity" -> only [] (Loss.ofName case.Class)
    | name -> unsupported $"no %s{name}"

/// The loss of a case with its reduction and its axis.
let private reducedLoss (case: Case) : Loss =
    let reduction =
        match Map.tryFind "reduction" case.Config with
        | Some reduction when reduction.ValueKind = JsonValueKind.Null -> LossReduction.None
        | Some _
        | None ->
            match word "reduction" "sum_over_batch_size" case with
            | _ when case.Kind = "function" -> LossReduction.None
            | "sum_over_batch_size" -> LossReduction.SumOverBatchSize
            | "mean" -> LossReduction.Mean
            | "sum" -> LossReduction.Sum
            | "none" -> LossReduction.None
            | "mean_with_sample_weight" -> LossReduction.MeanWithSampleWeight
            | reduction -> unsupported $"the reduction %s{reduction}"

    let axis = if (overlapAxes case).IsSome then -1 else int (float' "axis" -1.0 case)
    lossOf case |> Loss.withAxis axis |> Loss.withReduction reduction

/// The circle loss against references.
let private circleAgainst (case: Case) =
    let inputs = case.Root.GetProperty "inputs"
    let tensor name = input name inputs

    let real name fallback =
        property name inputs |> Option.map _.GetDouble() |> Option.defaultValue fallback

    match tensor "y_true", tensor "y_pred", tensor "ref_labels", tensor "ref_embeddings" with
    | Some labels, Some embeddings, Some refLabels, Some references ->
        let options: CircleOptions =
            { Gamma = real "gamma" 80.0
              Margin = real "margin" 0.4
              RemoveDiagonal = property "remove_diagonal" inputs |> Option.forall _.GetBoolean() }

        judge case (Loss.circleAgainst options refLabels references labels embeddings)
    | _ -> unsupported "a circle loss without references"

/// Judges a case of losses.
let runLoss (case: Case) : Outcome =
    let inputs = case.Root.GetProperty "inputs"

    if (property "mask" inputs).IsSome then
        unsupported "masks"

    match input "y_true" inputs, input "y_pred" inputs with
    | _ when case.Class = "circle" -> circleAgainst case
    | Some labels, Some output when output.Rank > 0 ->
        let loss = reducedLoss case

        let weights =
            input "sample_weight" inputs
            |> Option.map (fun weights ->
                if weights.Rank = 0 then
                    Tensor.broadcastTo [ output.Shape.Head ] (floats weights)
                else
                    floats weights)

        judge case (Loss.value loss labels (floats output) weights)
    | _ -> unsupported "outputs without a batch axis"
