namespace Functional

open OptimizerParts

/// Options of schedule-free AdamW; Keras's names and defaults.
type ScheduleFreeOptions =
    {
        /// Default 0.0025.
        LearningRate: float
        /// Where between the fast weights (0) and their average (1) gradients are taken. Default 0.9.
        Beta1: float
        /// How much of the average of squares is kept. Default 0.999.
        Beta2: float
        /// Default 1e-8.
        Epsilon: float
        /// In so many first steps the rate grows in a straight line. Default 0.
        WarmupSteps: int
        /// Decoupled weight decay: w -= lr * decay * w. Default 0.
        WeightDecay: float
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.0025
          Beta1 = 0.9
          Beta2 = 0.999
          Epsilon = 1e-8
          WarmupSteps = 0
          WeightDecay = 0.0 }

/// Schedule-free learning: an average of the weights in the place of a falling rate.
[<AutoOpen>]
module ScheduleFreeOptimizer =
    /// What is added to weights y, and the next fast weights, average of squares and average of the fast weights.
    let private step
        (o: ScheduleFreeOptions)
        (rate: Tensor, correction: Tensor, share: Tensor)
        (slots: Tensor list)
        g
        (p: Tensor)
        =
        let square = Rule.average o.Beta2 slots[1] (Rule.square g)
        let divisor = sqrt (square / like p correction) + o.Epsilon
        let fast = slots[0] - like p rate * g / divisor
        let average = slots[2] + (fast - slots[2]) * like p share
        let next = fast * (1.0 - o.Beta1) + average * o.Beta1
        next - p, [ fast; square; average ]

    /// Schedule-free learning.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Schedule-free AdamW with options. Fast weights z take the steps of RMSprop, z -= lr * g / (sqrt(v / (1 - beta2^t)) +
        /// epsilon); x is their mean so far, x += (z - x) / t; and the model's weights, at which gradients are taken, are
        /// y = (1 - beta1) z + beta1 x. So no schedule has to know when training ends.
        ///
        /// The model to use is that of x: `Learn.averaged` makes it of the result of training (`Optimizer.averages` reads x of
        /// a state); validation in between is of y. From Defazio et al., "The Road Less Scheduled", 2024.
        let scheduleFreeAdamwWith (options: ScheduleFreeOptions) : Optimizer =
            let o = options
            let operation = "Optimizer.scheduleFreeAdamw"
            Rule.shares operation [ "beta1", o.Beta1; "beta2", o.Beta2 ]
            demandNotNegative operation "epsilon" o.Epsilon

            if o.WarmupSteps < 0 then
                Fail.argument operation "warmupSteps" o.WarmupSteps "is no number of steps; give at least 0."

            let prepare (rate: Tensor) (t: Tensor) (_: Tensor list) =
                let rate =
                    if o.WarmupSteps = 0 then
                        rate
                    else
                        rate * Tensor.minimum (t / float o.WarmupSteps) (scalar 1.0)

                (rate, 1.0 - Rule.power o.Beta2 t, 1.0 / t), []

            let rule =
                Rule.make
                    "schedule_free_adamw"
                    [ number "beta_1" o.Beta1
                      number "beta_2" o.Beta2
                      number "epsilon" o.Epsilon
                      "warmup_steps", Setting.Whole o.WarmupSteps ]
                    o.LearningRate
                    [ "fast", id; Rule.zero "square"; averages, id ]
                    []
                    prepare
                    (step o)

            if o.WeightDecay = 0.0 then
                rule
            else
                Optimizer.withWeightDecay o.WeightDecay rule

        /// Schedule-free AdamW with Keras's defaults. Keras's default rate is 0.0025.
        let scheduleFreeAdamw (learningRate: float) : Optimizer =
            scheduleFreeAdamwWith { ScheduleFreeOptions.defaults with LearningRate = learningRate }
