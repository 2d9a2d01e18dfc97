/// Keras's own cases of optimizers and schedules, through the public functions.
module Functional.Tests.Conformance.KerasOptimizers

open System.Text.Json
open Functional
open Functional.Tests.Conformance.Cases

let private floats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

let private cosineOf (case: Case) rate steps : Schedule =
    demandOnly [ "initial_learning_rate"; "decay_steps"; "alpha"; "warmup_steps"; "warmup_target"; "name" ] case

    let options: CosineOptions =
        { Alpha = float' "alpha" 0.0 case
          WarmupTarget =
            if isGiven "warmup_target" case then
                Some(float' "warmup_target" 0.0 case)
            else
                None
          WarmupSteps = int (float' "warmup_steps" 0.0 case) }

    Schedule.cosineWith options rate steps

let private scheduleOf (case: Case) : Schedule =
    let rate, steps = float' "initial_learning_rate" 0.0 case, int (float' "decay_steps" 1.0 case)

    let decay smooth stepwise =
        demandOnly [ "initial_learning_rate"; "decay_steps"; "decay_rate"; "staircase"; "name" ] case
        (if flag "staircase" case then stepwise else smooth) rate steps (float' "decay_rate" 1.0 case)

    match case.Class with
    | "ExponentialDecay" -> decay Schedule.exponential Schedule.step
    | "InverseTimeDecay" -> decay Schedule.inverseTime Schedule.inverseTimeStaircase
    | "PiecewiseConstantDecay" ->
        demandOnly [ "boundaries"; "values"; "name" ] case
        let values name = numbers case.Config[name] |> List.ofArray
        Schedule.piecewise (values "boundaries" |> List.map int) (values "values")
    | "PolynomialDecay" ->
        demandOnly [ "initial_learning_rate"; "decay_steps"; "end_learning_rate"; "power"; "cycle"; "name" ] case

        Schedule.polynomialWith
            { End = float' "end_learning_rate" 0.0001 case
              Power = float' "power" 1.0 case
              Cycle = flag "cycle" case }
            rate
            steps
    | "CosineDecay" -> cosineOf case rate steps
    | "CosineDecayRestarts" ->
        demandOnly [ "initial_learning_rate"; "first_decay_steps"; "t_mul"; "m_mul"; "alpha"; "name" ] case

        Schedule.cosineRestartsWith
            { PeriodFactor = float' "t_mul" 2.0 case
              RateFactor = float' "m_mul" 1.0 case
              Alpha = float' "alpha" 0.0 case }
            rate
            (int (float' "first_decay_steps" 1.0 case))
    | name -> unsupported $"no %s{name}"

/// Judges a case of schedules.
let runSchedule (case: Case) : Outcome =
    match input "step" (case.Root.GetProperty "inputs") with
    | Some step -> judge case ((scheduleOf case).Rate step)
    | None -> unsupported "a rate without a step"

let private adamOf (case: Case) rate =
    Optimizer.adamWith
        { AdamOptions.defaults with
            LearningRate = rate
            Beta1 = float' "beta_1" 0.9 case
            Beta2 = float' "beta_2" 0.999 case
            Epsilon = float' "epsilon" 1e-7 case
            AmsGrad = flag "amsgrad" case }

let private sgdOf (case: Case) rate =
    Optimizer.sgdWith
        { SgdOptions.defaults with
            LearningRate = rate
            Momentum = float' "momentum" 0.0 case
            Nesterov = flag "nesterov" case }

let private rmspropOf (case: Case) rate =
    Optimizer.rmspropWith
        { RmspropOptions.defaults with
            LearningRate = rate
            Rho = float' "rho" 0.9 case
            Momentum = float' "momentum" 0.0 case
            Epsilon = float' "epsilon" 1e-7 case
            Centered = flag "centered" case }

let private adamaxOf (case: Case) rate =
    Optimizer.adamaxWith
        { AdamaxOptions.defaults with
            LearningRate = rate
            Beta1 = float' "beta_1" 0.9 case
            Beta2 = float' "beta_2" 0.999 case
            Epsilon = float' "epsilon" 1e-7 case }

let private nadamOf (case: Case) rate =
    Optimizer.nadamWith
        { NadamOptions.defaults with
            LearningRate = rate
            Beta1 = float' "beta_1" 0.9 case
            Beta2 = float' "beta_2" 0.999 case
            Epsilon = float' "epsilon" 1e-7 case }

let private ftrlNames =
    [ "learning_rate_power"
      "initial_accumulator_value"
      "l1_regularization_strength"
      "l2_regularization_strength"
      "l2_shrinkage_regularization_strength"
      "beta" ]

let private ftrlOf (case: Case) rate =
    Optimizer.ftrlWith
        { LearningRate = rate
          LearningRatePower = float' "learning_rate_power" -0.5 case
          InitialAccumulator = float' "initial_accumulator_value" 0.1 case
          L1 = float' "l1_regularization_strength" 0.0 case
          L2 = float' "l2_regularization_strength" 0.0 case
          L2Shrinkage = float' "l2_shrinkage_regularization_strength" 0.0 case
          Beta = float' "beta" 0.0 case }

/// The rule of a case, without what Keras's optimizers have in common.
let private ruleOf (case: Case) rate : Optimizer =
    let common =
        [ "name"
          "learning_rate"
          "weight_decay"
          "use_ema"
          "ema_momentum"
          "ema_overwrite_frequency"
          "gradient_accumulation_steps"
          "loss_scale_factor" ]

    let only names rule =
        demandOnly (common @ names) case
        rule ()

    match case.Class with
    | "SGD" -> only [ "momentum"; "nesterov" ] (fun () -> sgdOf case rate)
    | "RMSprop" -> only [ "rho"; "momentum"; "epsilon"; "centered" ] (fun () -> rmspropOf case rate)
    | "Adagrad" ->
        only [ "initial_accumulator_value"; "epsilon" ] (fun () ->
            Optimizer.adagradWith
                { AdagradOptions.defaults with
                    LearningRate = rate
                    InitialAccumulator = float' "initial_accumulator_value" 0.1 case
                    Epsilon = float' "epsilon" 1e-7 case })
    | "Adadelta" ->
        only [ "rho"; "epsilon" ] (fun () ->
            Optimizer.adadeltaWith
                { LearningRate = rate; Rho = float' "rho" 0.95 case; Epsilon = float' "epsilon" 1e-7 case })
    | "Adam"
    | "AdamW" -> only [ "beta_1"; "beta_2"; "epsilon"; "amsgrad" ] (fun () -> adamOf case rate)
    | "Adamax" -> only [ "beta_1"; "beta_2"; "epsilon" ] (fun () -> adamaxOf case rate)
    | "Nadam" -> only [ "beta_1"; "beta_2"; "epsilon" ] (fun () -> nadamOf case rate)
    | "Lion" ->
        only [ "beta_1"; "beta_2" ] (fun () ->
            Optimizer.lionWith
                { LearningRate = rate; Beta1 = float' "beta_1" 0.9 case; Beta2 = float' "beta_2" 0.99 case })
    | "Lamb" ->
        only [ "beta_1"; "beta_2"; "epsilon" ] (fun () ->
            Optimizer.lambWith
                { LearningRate = rate
                  Beta1 = float' "beta_1" 0.9 case
                  Beta2 = float' "beta_2" 0.999 case
                  Epsilon = float' "epsilon" 1e-7 case })
    | "Adafactor" ->
        only [ "beta_2_decay"; "epsilon_1"; "epsilon_2"; "clip_threshold"; "relative_step" ] (fun () ->
            Optimizer.adafactorWith
                { LearningRate = rate
                  Beta2Decay = float' "beta_2_decay" -0.8 case
                  Epsilon1 = float' "epsilon_1" 1e-30 case
                  Epsilon2 = float' "epsilon_2" 1e-3 case
                  ClipThreshold = float' "clip_threshold" 1.0 case })
    | "Ftrl" -> only ftrlNames (fun () -> ftrlOf case rate)
    | "ScheduleFreeAdamW" ->
        only [ "beta_1"; "beta_2"; "epsilon"; "warmup_steps" ] (fun () ->
            Optimizer.scheduleFreeAdamwWith { ScheduleFreeOptions.defaults with LearningRate = rate })
    | name -> unsupported $"no %s{name}"

/// The optimizer of a case; `excluded` means that its parameter does not decay.
let private optimizerOf excluded (case: Case) : Optimizer =
    let optimizer = ruleOf case (float' "learning_rate" (if case.Class = "SGD" then 0.01 else 0.001) case)

    let decay = float' "weight_decay" (if case.Class = "AdamW" then 0.004 else 0.0) case

    let decaying =
        if decay = 0.0 then
            optimizer
        else
            Optimizer.withWeightDecayExcept (if excluded then [ "w" ] else []) decay optimizer

    let unscaled =
        if isGiven "loss_scale_factor" case then
            Optimizer.lossScale (float' "loss_scale_factor" 1.0 case) decaying
        else
            decaying

    let averaging =
        if flag "use_ema" case then
            Optimizer.emaWith
                { Momentum = float' "ema_momentum" 0.99 case
                  OverwriteFrequency =
                    if isGiven "ema_overwrite_frequency" case then
                        Some(int (float' "ema_overwrite_frequency" 1.0 case))
                    else
                        None }
                unscaled
        else
            unscaled

    if isGiven "gradient_accumulation_steps" case then
        Optimizer.accumulate (int (float' "gradient_accumulation_steps" 1.0 case)) averaging
    else
        averaging

/// Steps of one optimizer or of several, each with a memory of its own, on one parameter.
let private runSteps (case: Case) =
    let steps =
        [ for step in (case.Root.GetProperty "steps").EnumerateArray() ->
              (step.GetProperty "optimizer").GetInt32(),
              input "gradient" step,
              property "excluded" step |> Option.exists _.GetBoolean() ]

    let excluded = steps |> List.exists (fun (_, _, excluded) -> excluded)

    let optimizers =
        [ for o in (case.Root.GetProperty "optimizers").EnumerateArray() ->
              optimizerOf excluded { nested case o with Class = string ((o.GetProperty "class").GetString()) } ]

    let tree x = Tree.ofList [ "w", x ]
    let initial = tree (floats (tensorOf (case.Root.GetProperty "initial")))

    let states = optimizers |> List.mapi (fun i optimizer -> i, optimizer.Init initial) |> Map.ofList

    let weights, _ =
        ((initial, states), steps)
        ||> List.fold (fun (weights, states) (i, gradient, _) ->
            let gradient = gradient |> Option.defaultWith (fun () -> unsupported "a step without a gradient")
            let updates, state = optimizers[i].Update (tree (floats gradient)) states[i] weights
            Optimizer.apply updates weights, Map.add i state states)

    judge case (List.exactlyOne (Tree.leaves weights))

let private runClip (case: Case) =
    let limit name = if isGiven name case then Some(float' name 0.0 case) else None
    demandOnly [ "clipnorm"; "global_clipnorm"; "clipvalue"; "learning_rate" ] case

    let clip =
        Optimizer.clip { Norm = limit "clipnorm"; GlobalNorm = limit "global_clipnorm"; Value = limit "clipvalue" }

    let gradients =
        [ for g in (case.Root.GetProperty("inputs").GetProperty "grads").EnumerateArray() -> floats (tensorOf g) ]

    let tree = Tree.ofList (gradients |> List.mapi (fun i g -> string i, g))
    judgeResults case (Tree.leaves (fst (clip.Update tree (clip.Init tree) tree)))

/// Judges a case of optimizers.
let runOptimizer (case: Case) : Outcome =
    match case.Kind with
    | "optimizer" -> runSteps case
    | "clip" -> runClip case
    | kind -> unsupported kind
