/// Keras's own cases of losses, metrics, optimizers, schedules and activations, through the public functions.
module Functional.Tests.Conformance.KerasLearning

open System.Text.Json
open Expecto
open Functional
open Functional.Tests
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

let private crossentropy (case: Case) : CrossentropyOptions =
    { FromLogits = flag "from_logits" case; LabelSmoothing = float' "label_smoothing" 0.0 case }

let private reductions = [ "reduction"; "name"; "dtype" ]

/// The loss of a case, if the library has it with these options.
let private lossOf (case: Case) : Loss option =
    let only names loss =
        if hasOnly (names @ [ "axis" ] @ reductions) case && float' "axis" -1.0 case = -1.0 then
            Some(loss ())
        else
            None

    let smoothed = [ "from_logits"; "label_smoothing" ]

    match case.Class with
    | "BinaryCrossentropy" -> only smoothed (fun () -> Loss.binaryCrossentropyWith (crossentropy case))
    | "CategoricalCrossentropy" -> only smoothed (fun () -> Loss.categoricalCrossentropyWith (crossentropy case))
    | "SparseCategoricalCrossentropy" ->
        only [ "from_logits" ] (fun () -> Loss.sparseCategoricalCrossentropyWith (crossentropy case))
    | "BinaryFocalCrossentropy" ->
        only ([ "gamma"; "alpha"; "apply_class_balancing" ] @ smoothed) (fun () ->
            Loss.binaryFocalWith
                { Gamma = float' "gamma" 2.0 case
                  Alpha =
                    if flag "apply_class_balancing" case then
                        Some(float' "alpha" 0.25 case)
                    else
                        None
                  FromLogits = flag "from_logits" case
                  LabelSmoothing = float' "label_smoothing" 0.0 case })
    | "CategoricalFocalCrossentropy" ->
        only ([ "gamma"; "alpha" ] @ smoothed) (fun () ->
            let alpha =
                match Map.tryFind "alpha" case.Config with
                | Some value when value.ValueKind = JsonValueKind.Array -> List.ofArray (numbers value)
                | Some _
                | None -> [ float' "alpha" 0.25 case ]

            Loss.categoricalFocalWith
                { Gamma = float' "gamma" 2.0 case
                  Alpha = alpha
                  FromLogits = flag "from_logits" case
                  LabelSmoothing = float' "label_smoothing" 0.0 case })
    | "Huber" -> only [ "delta" ] (fun () -> Loss.huber (float' "delta" 1.0 case))
    | "LogCoshError" -> only [] (fun () -> Loss.logCosh)
    | "MeanSquaredError"
    | "MeanAbsoluteError"
    | "MeanAbsolutePercentageError"
    | "MeanSquaredLogarithmicError"
    | "LogCosh"
    | "Hinge"
    | "SquaredHinge"
    | "CategoricalHinge"
    | "KLDivergence"
    | "Poisson"
    | "CosineSimilarity" -> only [] (fun () -> Loss.ofName case.Class)
    | _ -> None

/// Weights in the shape of the losses: one number weighs all, and a last axis of length 1 is left out.
let private weightsFor (losses: Shape) (weights: Tensor) =
    if weights.Rank = 0 then
        Some(Tensor.broadcastTo losses weights)
    elif weights.Shape = losses || weights.Shape = losses @ [ 1 ] then
        Some(Tensor.reshape losses weights)
    elif weights.Rank <= losses.Length && weights.Shape = List.truncate weights.Rank losses then
        Some weights
    else
        None

let private runLoss (case: Case) =
    let inputs = case.Root.GetProperty "inputs"

    match lossOf case, input "y_true" inputs, input "y_pred" inputs with
    | Some loss, Some labels, Some output when (property "mask" inputs).IsNone && output.Rank > 0 ->
        let output = floats output
        let losses = loss.PerSample labels output

        let weights =
            match input "sample_weight" inputs with
            | None -> Some None
            | Some weights -> weightsFor losses.Shape (floats weights) |> Option.map Some

        match weights with
        | None -> NotSupported
        | Some weights ->
            let weighted =
                match weights with
                | None -> losses
                | Some w -> losses * Tensor.reshape (w.Shape @ List.replicate (losses.Rank - w.Rank) 1) w

            match Map.tryFind "reduction" case.Config with
            | Some reduction when reduction.ValueKind = JsonValueKind.Null -> judge case weighted
            | Some _
            | None ->
                match word "reduction" "sum_over_batch_size" case with
                | "sum_over_batch_size" -> judge case (Loss.value loss labels output weights)
                | "sum" -> judge case (Tensor.sum weighted)
                | "none" -> judge case weighted
                | "mean_with_sample_weight" ->
                    judgeNumbers case [| Metric.valueWeighted (Metric.ofLoss loss) labels output weights |]
                | _ -> NotSupported
    | _ -> NotSupported

/// The metric of a case, and what is done with its value, its labels and its outputs.
let private metricOf (case: Case) : (Metric * (float -> float) * (Tensor -> Tensor)) option =
    let only names metric =
        if hasOnly (names @ [ "name"; "dtype" ]) case then
            Some(metric (), id, id)
        else
            None

    /// The single threshold, if there is at most one.
    let threshold () =
        match Map.tryFind "thresholds" case.Config with
        | Some value when value.ValueKind = JsonValueKind.Array ->
            match numbers value with
            | [| one |] -> Some one
            | _ -> None
        | Some _
        | None -> Some(float' "thresholds" 0.5 case)

    let score make =
        match threshold () with
        | Some threshold when hasOnly [ "thresholds"; "name"; "dtype" ] case ->
            Some(make { ScoreOptions.defaults with Threshold = threshold }, id, Tensor.flatten)
        | Some _
        | None -> None

    let topK () = Metric.topK (int (float' "k" 5.0 case))

    match case.Class with
    | "BinaryAccuracy" -> only [ "threshold" ] (fun () -> Metric.binaryAccuracyAt (float' "threshold" 0.5 case))
    | "CategoricalAccuracy" -> only [] (fun () -> Metric.categoricalAccuracy)
    | "SparseCategoricalAccuracy" -> only [] (fun () -> Metric.sparseCategoricalAccuracy)
    | "TopKCategoricalAccuracy"
    | "SparseTopKCategoricalAccuracy" -> only [ "k" ] topK
    | "Precision" -> score Metric.precisionWith
    | "Recall" -> score Metric.recallWith
    | "RootMeanSquaredError" -> only [] (fun () -> Metric.rootMeanSquaredError)
    | "MeanSquaredError" -> only [] (fun () -> Metric.meanSquaredError)
    | "MeanAbsoluteError" -> only [] (fun () -> Metric.meanAbsoluteError)
    | "R2Score" when
        // null asks for the score of each column
        (match Map.tryFind "class_aggregation" case.Config with
         | Some value -> value.ValueKind = JsonValueKind.String && value.GetString() = "uniform_average"
         | None -> true)
        && not (flag "num_regressors" case)
        ->
        only [ "class_aggregation"; "num_regressors" ] (fun () -> Metric.r2)
    | "AUC" ->
        let curve =
            match word "curve" "ROC" case with
            | "ROC" -> Some AucCurve.Roc
            | "PR" -> Some AucCurve.PrecisionRecall
            | _ -> None

        let summation =
            match word "summation_method" "interpolation" case with
            | "minoring" -> AucSummation.Minoring
            | "majoring" -> AucSummation.Majoring
            | _ -> AucSummation.Interpolation

        curve
        |> Option.bind (fun curve ->
            only [ "num_thresholds"; "curve"; "summation_method"; "multi_label"; "from_logits" ] (fun () ->
                Metric.aucWith
                    { Thresholds = int (float' "num_thresholds" 200.0 case)
                      Curve = curve
                      Summation = summation
                      MultiLabel = flag "multi_label" case
                      FromLogits = flag "from_logits" case }))
    // as a metric the cosine has the other sign
    | "CosineSimilarity" -> lossOf case |> Option.map (fun loss -> Metric.ofLoss loss, (~-), id)
    | _ -> lossOf case |> Option.map (fun loss -> Metric.ofLoss loss, id, id)

let private runMetric (case: Case) =
    match metricOf case, property "updates" case.Root with
    | Some(metric, finish, shape), Some updates ->
        let state = metric.Create()

        let batches =
            [ for batch in updates.EnumerateArray() ->
                  input "y_true" batch, input "y_pred" batch, input "sample_weight" batch ]

        /// Keras reshapes class numbers to the rows of the output; here their shapes must agree.
        let agrees (labels: Tensor) (output: Tensor) =
            let rows = List.truncate (output.Rank - 1) output.Shape
            case.Class <> "SparseCategoricalAccuracy" || labels.Shape = rows || labels.Shape = rows @ [ 1 ]

        let add (labels, output, weights) =
            match labels, output with
            | Some(labels: Tensor), Some(output: Tensor) when output.Rank > 0 && agrees labels output ->
                let output = floats (shape output)

                let rows =
                    if output.Rank <= 1 || metric.Name = "auc" then
                        output.Shape
                    else
                        List.truncate (output.Rank - 1) output.Shape

                match weights with
                | None ->
                    state.Add(shape labels, output, None)
                    true
                | Some weights ->
                    match
                        [ rows; List.truncate (max 1 (rows.Length - 1)) rows ]
                        |> List.tryPick (fun rows -> weightsFor rows (floats weights))
                    with
                    | Some weights ->
                        state.Add(shape labels, output, Some weights)
                        true
                    | None -> false
            | _ -> false

        if List.forall add batches then
            judgeNumbers case [| finish state.Result |]
        else
            NotSupported
    | _ -> NotSupported

let private scheduleOf (case: Case) : Schedule option =
    let rate, steps = float' "initial_learning_rate" 0.0 case, int (float' "decay_steps" 1.0 case)
    let only names schedule = if hasOnly ("name" :: names) case then Some(schedule ()) else None
    let decay = [ "initial_learning_rate"; "decay_steps"; "decay_rate"; "staircase" ]

    match case.Class with
    | "ExponentialDecay" ->
        only decay (fun () ->
            (if flag "staircase" case then Schedule.step else Schedule.exponential)
                rate
                steps
                (float' "decay_rate" 1.0 case))
    | "InverseTimeDecay" when not (flag "staircase" case) ->
        only decay (fun () -> Schedule.inverseTime rate steps (float' "decay_rate" 1.0 case))
    | "PiecewiseConstantDecay" ->
        only [ "boundaries"; "values" ] (fun () ->
            let values name = numbers case.Config[name] |> List.ofArray
            Schedule.piecewise (values "boundaries" |> List.map int) (values "values"))
    | "PolynomialDecay" ->
        only [ "initial_learning_rate"; "decay_steps"; "end_learning_rate"; "power"; "cycle" ] (fun () ->
            Schedule.polynomialWith
                { End = float' "end_learning_rate" 0.0001 case
                  Power = float' "power" 1.0 case
                  Cycle = flag "cycle" case }
                rate
                steps)
    | "CosineDecay" when not (flag "warmup_steps" case) ->
        only [ "initial_learning_rate"; "decay_steps"; "alpha"; "warmup_steps" ] (fun () ->
            Schedule.cosineWith { Alpha = float' "alpha" 0.0 case } rate steps)
    | "CosineDecayRestarts" ->
        only [ "initial_learning_rate"; "first_decay_steps"; "t_mul"; "m_mul"; "alpha" ] (fun () ->
            Schedule.cosineRestartsWith
                { PeriodFactor = float' "t_mul" 2.0 case
                  RateFactor = float' "m_mul" 1.0 case
                  Alpha = float' "alpha" 0.0 case }
                rate
                (int (float' "first_decay_steps" 1.0 case)))
    | _ -> None

let private runSchedule (case: Case) =
    match scheduleOf case, input "step" (case.Root.GetProperty "inputs") with
    | Some schedule, Some step -> judge case (schedule.Rate step)
    | _ -> NotSupported

/// The optimizer of a case, if the library has it with these options.
let private optimizerOf (case: Case) : Optimizer option =
    let number name fallback = float' name fallback case

    let isRate =
        match Map.tryFind "learning_rate" case.Config with
        | Some r -> r.ValueKind = JsonValueKind.Number
        | None -> true

    let only names optimizer =
        if isRate && hasOnly ([ "name"; "learning_rate"; "weight_decay" ] @ names) case then
            let optimizer: Optimizer =
                optimizer (number "learning_rate" (if case.Class = "SGD" then 0.01 else 0.001))

            let decay = number "weight_decay" (if case.Class = "AdamW" then 0.004 else 0.0)
            Some(if decay = 0.0 then optimizer else Optimizer.withWeightDecay decay optimizer)
        else
            None

    let adam rate =
        Optimizer.adamWith
            { AdamOptions.defaults with
                LearningRate = rate
                Beta1 = number "beta_1" 0.9
                Beta2 = number "beta_2" 0.999
                Epsilon = number "epsilon" 1e-7
                AmsGrad = flag "amsgrad" case }

    let adamNames = [ "beta_1"; "beta_2"; "epsilon"; "amsgrad" ]

    match case.Class with
    | "SGD" ->
        only [ "momentum"; "nesterov" ] (fun rate ->
            let momentum = number "momentum" 0.0
            // in Keras, Nesterov without momentum is plain descent
            Optimizer.sgdWith
                { SgdOptions.defaults with
                    LearningRate = rate
                    Momentum = momentum
                    Nesterov = flag "nesterov" case && momentum > 0.0 })
    | "RMSprop" ->
        only [ "rho"; "momentum"; "epsilon"; "centered" ] (fun rate ->
            Optimizer.rmspropWith
                { RmspropOptions.defaults with
                    LearningRate = rate
                    Rho = number "rho" 0.9
                    Momentum = number "momentum" 0.0
                    Epsilon = number "epsilon" 1e-7
                    Centered = flag "centered" case })
    | "Adagrad" ->
        only [ "initial_accumulator_value"; "epsilon" ] (fun rate ->
            Optimizer.adagradWith
                { AdagradOptions.defaults with
                    LearningRate = rate
                    InitialAccumulator = number "initial_accumulator_value" 0.1
                    Epsilon = number "epsilon" 1e-7 })
    | "Adadelta" ->
        only [ "rho"; "epsilon" ] (fun rate ->
            Optimizer.adadeltaWith { LearningRate = rate; Rho = number "rho" 0.95; Epsilon = number "epsilon" 1e-7 })
    | "Adam"
    | "AdamW" -> only adamNames adam
    | "Adamax" ->
        only [ "beta_1"; "beta_2"; "epsilon" ] (fun rate ->
            Optimizer.adamaxWith
                { AdamaxOptions.defaults with
                    LearningRate = rate
                    Beta1 = number "beta_1" 0.9
                    Beta2 = number "beta_2" 0.999
                    Epsilon = number "epsilon" 1e-7 })
    | "Nadam" ->
        only [ "beta_1"; "beta_2"; "epsilon" ] (fun rate ->
            Optimizer.nadamWith
                { NadamOptions.defaults with
                    LearningRate = rate
                    Beta1 = number "beta_1" 0.9
                    Beta2 = number "beta_2" 0.999
                    Epsilon = number "epsilon" 1e-7 })
    | "Lion" ->
        only [ "beta_1"; "beta_2" ] (fun rate ->
            Optimizer.lionWith { LearningRate = rate; Beta1 = number "beta_1" 0.9; Beta2 = number "beta_2" 0.99 })
    | _ -> None

let private runSteps (case: Case) =
    let optimizers =
        [ for o in (case.Root.GetProperty "optimizers").EnumerateArray() ->
              { case with
                  Class = string ((o.GetProperty "class").GetString())
                  Config = Map.ofSeq (o.GetProperty("config").EnumerateObject() |> Seq.map (fun p -> p.Name, p.Value)) } ]

    let steps =
        [ for step in (case.Root.GetProperty "steps").EnumerateArray() ->
              input "gradient" step, (property "excluded" step |> Option.exists _.GetBoolean()) ]

    match optimizers |> List.map optimizerOf with
    | [ Some optimizer ] when steps |> List.forall (fun (g, excluded) -> g.IsSome && not excluded) ->
        let initial = tensorOf (case.Root.GetProperty "initial") |> floats
        let tree x = Tree.ofList [ "w", x ]

        let weights, _ =
            ((tree initial, optimizer.Init(tree initial)), steps)
            ||> List.fold (fun (weights, state) (gradient, _) ->
                let updates, state = optimizer.Update (tree (floats gradient.Value)) state weights
                Optimizer.apply updates weights, state)

        judge case (List.exactlyOne (Tree.leaves weights))
    | _ -> NotSupported

let private runClip (case: Case) =
    let limit name = Map.tryFind name case.Config |> Option.map (fun _ -> float' name 0.0 case)

    if hasOnly [ "clipnorm"; "global_clipnorm"; "clipvalue"; "learning_rate" ] case then
        let clip =
            Optimizer.clip { Norm = limit "clipnorm"; GlobalNorm = limit "global_clipnorm"; Value = limit "clipvalue" }

        let gradients =
            [ for g in (case.Root.GetProperty("inputs").GetProperty "grads").EnumerateArray() -> floats (tensorOf g) ]

        let tree = Tree.ofList (gradients |> List.mapi (fun i g -> string i, g))
        let clipped = Tree.leaves (fst (clip.Update tree (clip.Init tree) tree))

        // the path's first index names the gradient
        match property "path" case.Root with
        | Some path ->
            let first = [ for step in path.EnumerateArray() -> numbers step |> Array.map int ] |> List.head
            judgeNumbers case (Tensor.toFloat64Array clipped[first[0]])
        | None -> judge case (List.exactlyOne clipped)
    else
        NotSupported

let private runOptimizer (case: Case) =
    match case.Kind with
    | "optimizer" -> runSteps case
    | "clip" -> runClip case
    | _ -> NotSupported

let private activations: Map<string, Tensor -> Tensor> =
    Map.ofList
        [ "linear", Activation.linear
          "relu", Activation.relu
          "relu6", Activation.relu6
          "sigmoid", Activation.sigmoid
          "hard_sigmoid", Activation.hardSigmoid
          "tanh", Activation.tanh
          "softmax", Activation.softmax
          "log_softmax", Activation.logSoftmax
          "leaky_relu", Activation.leakyRelu 0.2
          "elu", Activation.elu 1.0
          "selu", Activation.selu
          "silu", Activation.silu
          "hard_silu", Activation.hardSwish
          "softplus", Activation.softplus
          "softsign", Activation.softsign
          "mish", Activation.mish
          "exponential", Activation.exponential ]

let private runActivation (case: Case) =
    let only =
        match property "inputs" case.Root with
        | Some inputs -> inputs.EnumerateObject() |> Seq.forall (fun p -> p.Name = "x")
        | None -> false

    match Map.tryFind case.Class activations with
    | Some f when only && case.Kind = "function" ->
        let x = (input "x" (case.Root.GetProperty "inputs")).Value
        // Keras has no softmax of a vector
        if x.Rank = 0 then NotSupported else judge case (f (floats x))
    | Some _
    | None -> NotSupported

[<Tests>]
let tests =
    [ for family, run in
          [ "losses", (fun case -> if case.Kind = "loss" then runLoss case else NotSupported)
            "metrics", (fun case -> if case.Kind = "metric" then runMetric case else NotSupported)
            "optimizers", runOptimizer
            "schedules", runSchedule
            "activations", runActivation ] do
          testCase $"Keras's own cases of %s{family} agree" (fun () ->
              let agree, _ = read $"keras/%s{family}.json" |> report $"Keras, %s{family}" run
              Expect.True(agree > 0)) ]
    |> testList "Conformance.KerasLearning"
