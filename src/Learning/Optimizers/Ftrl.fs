namespace Functional

open OptimizerParts

/// Options of FTRL; Keras's names and defaults.
type FtrlOptions =
    {
        /// Default 0.001.
        LearningRate: float
        /// The power of the sum of squares by which steps shrink, 0 or below. Default -0.5.
        LearningRatePower: float
        /// The initial sum of squares. Default 0.1.
        InitialAccumulator: float
        /// The weight of the absolute values of parameters, which sets small ones to 0. Default 0.
        L1: float
        /// The weight of the squares of parameters. Default 0.
        L2: float
        /// The weight of the squares of parameters as a penalty of the loss, added to the gradient. Default 0.
        L2Shrinkage: float
        /// The beta of the paper, added to the root of the sum of squares. Default 0.
        Beta: float
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001
          LearningRatePower = -0.5
          InitialAccumulator = 0.1
          L1 = 0.0
          L2 = 0.0
          L2Shrinkage = 0.0
          Beta = 0.0 }

/// Follow the regularized leader.
[<AutoOpen>]
module FtrlOptimizer =
    let private step (o: FtrlOptions) (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
        let rate = like p rate
        let power (x: Tensor) = Tensor.pow x (Tensor.scalarOf x.DType -o.LearningRatePower)
        let sum = slots[0] + g * g
        let shrunk = if o.L2Shrinkage = 0.0 then g else g + p * (2.0 * o.L2Shrinkage)
        let linear = slots[1] + shrunk - (power sum - power slots[0]) / rate * p
        let quadratic = (power sum + o.Beta) / rate + 2.0 * o.L2
        let next = (Tensor.clamp -o.L1 o.L1 linear - linear) / quadratic
        next - p, [ sum; linear ]

    /// Follow the regularized leader.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// FTRL with options: n' = n + g^2; z += g + 2 L2Shrinkage w - (n'^p - n^p) / lr * w with p = -LearningRatePower; w =
        /// (clamp(z, -L1, L1) - z) / ((n'^p + Beta) / lr + 2 L2). For wide, sparse, shallow models; PyTorch has none. From
        /// McMahan et al., "Ad Click Prediction: a View from the Trenches", 2013.
        let ftrlWith (options: FtrlOptions) : Optimizer =
            let o = options
            let operation = "Optimizer.ftrl"

            for name, value in
                [ "initialAccumulator", o.InitialAccumulator
                  "l1", o.L1
                  "l2", o.L2
                  "l2Shrinkage", o.L2Shrinkage
                  "beta", o.Beta
                  "-learningRatePower", -o.LearningRatePower ] do
                demandNotNegative operation name value

            Rule.make
                "ftrl"
                [ number "learning_rate_power" o.LearningRatePower
                  number "initial_accumulator_value" o.InitialAccumulator
                  number "l1_regularization_strength" o.L1
                  number "l2_regularization_strength" o.L2
                  number "l2_shrinkage_regularization_strength" o.L2Shrinkage
                  number "beta" o.Beta ]
                o.LearningRate
                [ "sum_of_squares", Tensor.fullLike o.InitialAccumulator; Rule.zero "linear" ]
                []
                (fun rate _ _ -> rate, [])
                (step o)

        /// FTRL with Keras's defaults. Keras's default rate is 0.001.
        let ftrl (learningRate: float) : Optimizer = ftrlWith { FtrlOptions.defaults with LearningRate = learningRate }
