namespace Functional

open OptimizerParts
open Rule

/// The rules. Formulas use w for a parameter, g for its gradient, lr for the learning rate and t for the number of the
/// step, from 1.
[<AutoOpen>]
module OptimizerRules =
    /// Optimizers, each with its Keras defaults, from the links that chains are made of.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Stochastic gradient descent with options: v = momentum * v - lr * g; w += v, or with Nesterov w += momentum
        /// * v - lr * g. PyTorch keeps lr outside: v = momentum * v + g; w -= lr * v, or with Nesterov w -= lr * (g +
        /// momentum * v), which differs when the rate changes on the way. Without momentum Nesterov changes nothing. After Sutskever et al., "On the
        /// importance of initialization and momentum", 2013.
        let sgdWith (options: SgdOptions) : Optimizer =
            let momentum = options.Momentum
            shares "Optimizer.sgd" [ "momentum", momentum ]

            let step (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let rate = like p rate

                match slots, options.Form with
                | [ v ], UpdateForm.Keras ->
                    let v = v * momentum - rate * g
                    (if options.Nesterov then v * momentum - rate * g else v), [ v ]
                | [ v ], UpdateForm.PyTorch ->
                    let v = v * momentum + g
                    -rate * (if options.Nesterov then g + v * momentum else v), [ v ]
                | _ -> -rate * g, []

            Rule.make
                "sgd"
                [ number "momentum" momentum; "nesterov", Setting.Flag options.Nesterov; form options.Form ]
                options.LearningRate
                (if momentum = 0.0 then [] else [ zero "velocity" ])
                []
                (fun rate _ _ -> rate, [])
                step

        /// Stochastic gradient descent: w -= lr * g. Keras's default rate is 0.01.
        let sgd (learningRate: float) : Optimizer = sgdWith { SgdOptions.defaults with LearningRate = learningRate }

        /// Stochastic gradient descent with momentum: v = momentum * v - lr * g; w += v.
        let momentum (learningRate: float) (momentum: float) : Optimizer =
            sgdWith { SgdOptions.defaults with LearningRate = learningRate; Momentum = momentum }

        /// Stochastic gradient descent with Nesterov's momentum: v = momentum * v - lr * g; w += momentum * v - lr * g.
        let nesterov (learningRate: float) (momentum: float) : Optimizer =
            sgdWith { SgdOptions.defaults with LearningRate = learningRate; Momentum = momentum; Nesterov = true }

        /// The update and the next square, mean and velocity of one parameter.
        let private rmspropStep (o: RmspropOptions) (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
            let rate = like p rate
            let square = average o.Rho slots.Head (square g)
            let means = if o.Centered then [ average o.Rho slots[1] g ] else []

            let variance =
                match means with
                | [ mean ] -> square - mean * mean
                | _ -> square

            let scaled =
                match o.Form with
                | UpdateForm.Keras -> rate * g / sqrt (variance + o.Epsilon)
                | UpdateForm.PyTorch -> g / (sqrt variance + o.Epsilon)

            let moved, velocities =
                if o.Momentum > 0.0 then
                    let velocity = List.last slots * o.Momentum + scaled
                    velocity, [ velocity ]
                else
                    scaled, []

            let update =
                match o.Form with
                | UpdateForm.Keras -> -moved
                | UpdateForm.PyTorch -> -rate * moved

            update, square :: means @ velocities

        /// RMSprop with options: s = rho * s + (1 - rho) * g^2; w -= lr * g / sqrt(s + epsilon). Centered: the square
        /// of the average gradient is subtracted from s below the root. With momentum: v = momentum * v + that step; w
        /// -= v. PyTorch's form has epsilon outside the root and lr outside v. From Hinton's lecture 6e of "Neural
        /// Networks for Machine Learning", 2012; centered: Graves, "Generating Sequences With Recurrent Neural
        /// Networks", 2013.
        let rmspropWith (options: RmspropOptions) : Optimizer =
            let o = options
            shares "Optimizer.rmsprop" [ "rho", o.Rho; "momentum", o.Momentum ]
            demandNotNegative "Optimizer.rmsprop" "epsilon" o.Epsilon

            let slots =
                [ "square", Tensor.zerosLike ]
                @ (if o.Centered then [ zero "mean" ] else [])
                @ (if o.Momentum > 0.0 then [ zero "velocity" ] else [])

            Rule.make
                "rmsprop"
                [ number "rho" o.Rho
                  number "momentum" o.Momentum
                  number "epsilon" o.Epsilon
                  "centered", Setting.Flag o.Centered
                  form o.Form ]
                o.LearningRate
                slots
                []
                (fun rate _ _ -> rate, [])
                (rmspropStep o)

        /// RMSprop with Keras's defaults: s = 0.9 * s + 0.1 * g^2; w -= lr * g / sqrt(s + 1e-7). Keras's default rate
        /// is 0.001.
        let rmsprop (learningRate: float) : Optimizer =
            rmspropWith { RmspropOptions.defaults with LearningRate = learningRate }

        /// Adagrad with options: s += g^2; w -= lr * g / sqrt(s + epsilon). PyTorch's form has epsilon outside the
        /// root. From Duchi, Hazan and Singer, "Adaptive Subgradient Methods", 2011.
        let adagradWith (options: AdagradOptions) : Optimizer =
            let o = options
            demandNotNegative "Optimizer.adagrad" "epsilon" o.Epsilon
            demandNotNegative "Optimizer.adagrad" "initialAccumulator" o.InitialAccumulator

            let step (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let sum = slots.Head + square g

                let root =
                    match o.Form with
                    | UpdateForm.Keras -> sqrt (sum + o.Epsilon)
                    | UpdateForm.PyTorch -> sqrt sum + o.Epsilon

                -(like p rate) * g / root, [ sum ]

            Rule.make
                "adagrad"
                [ number "initial_accumulator" o.InitialAccumulator; number "epsilon" o.Epsilon; form o.Form ]
                o.LearningRate
                [ "sum_of_squares", Tensor.fullLike o.InitialAccumulator ]
                []
                (fun rate _ _ -> rate, [])
                step

        /// Adagrad with Keras's defaults: s += g^2, from 0.1; w -= lr * g / sqrt(s + 1e-7). Keras's default rate is
        /// 0.001.
        let adagrad (learningRate: float) : Optimizer =
            adagradWith { AdagradOptions.defaults with LearningRate = learningRate }

        /// Adadelta with options: a = rho * a + (1 - rho) * g^2; d = sqrt(D + epsilon) / sqrt(a + epsilon) * g;
        /// D = rho * D + (1 - rho) * d^2; w -= lr * d. PyTorch's form is the same. From Zeiler, "ADADELTA", 2012.
        let adadeltaWith (options: AdadeltaOptions) : Optimizer =
            let o = options
            shares "Optimizer.adadelta" [ "rho", o.Rho ]
            demandNotNegative "Optimizer.adadelta" "epsilon" o.Epsilon

            let step (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let square = average o.Rho slots[0] (square g)
                let d = sqrt (slots[1] + o.Epsilon) / sqrt (square + o.Epsilon) * g
                -(like p rate) * d, [ square; average o.Rho slots[1] (d * d) ]

            Rule.make
                "adadelta"
                [ number "rho" o.Rho; number "epsilon" o.Epsilon ]
                o.LearningRate
                [ zero "square"; zero "step_square" ]
                []
                (fun rate _ _ -> rate, [])
                step

        /// Adadelta with Keras's defaults, rho 0.95 and epsilon 1e-7. Keras's default rate is 0.001, PyTorch's 1.
        let adadelta (learningRate: float) : Optimizer =
            adadeltaWith { AdadeltaOptions.defaults with LearningRate = learningRate }

        /// The update and the next averages of one parameter.
        let private adamStep
            (o: AdamOptions)
            (rate: Tensor, root: Tensor)
            (slots: Tensor list)
            (g: Tensor)
            (p: Tensor)
            =
            let mean = average o.Beta1 slots[0] g
            let square = average o.Beta2 slots[1] (square g)
            let largest = if o.AmsGrad then [ Tensor.maximum slots[2] square ] else []
            let used = largest |> List.tryHead |> Option.defaultValue square

            let divisor =
                match o.Form with
                | UpdateForm.Keras -> sqrt used + o.Epsilon
                | UpdateForm.PyTorch -> sqrt used / like p root + o.Epsilon

            -(like p rate) * mean / divisor, mean :: square :: largest

        let private adamLike name (o: AdamOptions) =
            shares ("Optimizer." + name) [ "beta1", o.Beta1; "beta2", o.Beta2 ]
            demandNotNegative ("Optimizer." + name) "epsilon" o.Epsilon

            let prepare (rate: Tensor) t _ =
                let root = sqrt (1.0 - power o.Beta2 t)
                let rate = rate / (1.0 - power o.Beta1 t)

                match o.Form with
                | UpdateForm.Keras -> (rate * root, root), []
                | UpdateForm.PyTorch -> (rate, root), []

            let rule =
                Rule.make
                    name
                    [ number "beta_1" o.Beta1
                      number "beta_2" o.Beta2
                      number "epsilon" o.Epsilon
                      "amsgrad", Setting.Flag o.AmsGrad
                      form o.Form ]
                    o.LearningRate
                    ([ zero "mean"; zero "square" ] @ (if o.AmsGrad then [ zero "largest_square" ] else []))
                    []
                    prepare
                    (adamStep o)

            if o.WeightDecay = 0.0 then
                rule
            else
                Optimizer.withWeightDecay o.WeightDecay rule

        /// Adam with options: m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2; a = lr * sqrt(1 -
        /// beta2^t) / (1 - beta1^t); w -= a * m / (sqrt(v) + epsilon). PyTorch's form adds epsilon to the corrected
        /// root: w -= lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon). With AmsGrad the largest v so far
        /// takes v's place; with a weight decay also w -= lr * decay * w. From Kingma and Ba, "Adam: A Method for
        /// Stochastic Optimization", 2015; Reddi et al., "On the Convergence of Adam and Beyond", 2018.
        let adamWith (options: AdamOptions) : Optimizer = adamLike "adam" options

        /// Adam with Keras's defaults, betas 0.9 and 0.999 and epsilon 1e-7. Keras's default rate is 0.001.
        let adam (learningRate: float) : Optimizer = adamWith { AdamOptions.defaults with LearningRate = learningRate }

        /// AdamW with options (begin with `AdamOptions.adamw`): Adam, and decoupled weight decay w -= lr * decay * w
        /// beside. From Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
        let adamwWith (options: AdamOptions) : Optimizer = adamLike "adamw" options

        /// AdamW with Keras's defaults: as Adam, with a weight decay of 0.004 (PyTorch 0.01). Keras's default rate is
        /// 0.001.
        let adamw (learningRate: float) : Optimizer = adamwWith { AdamOptions.adamw with LearningRate = learningRate }

        /// Adamax with options: m = beta1 * m + (1 - beta1) * g; u = max(beta2 * u, |g|); w -= lr * m / ((1 - beta1^t)
        /// * (u + epsilon)). PyTorch's form has u = max(beta2 * u, |g| + epsilon) and no epsilon after. From Kingma and
        /// Ba, "Adam", 2015, section 7.
        let adamaxWith (options: AdamaxOptions) : Optimizer =
            let o = options
            shares "Optimizer.adamax" [ "beta1", o.Beta1; "beta2", o.Beta2 ]
            demandNotNegative "Optimizer.adamax" "epsilon" o.Epsilon

            let step (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let mean = average o.Beta1 slots[0] g

                match o.Form with
                | UpdateForm.Keras ->
                    let largest = Tensor.maximum (slots[1] * o.Beta2) (abs g)
                    -(like p rate) * mean / (largest + o.Epsilon), [ mean; largest ]
                | UpdateForm.PyTorch ->
                    let largest = Tensor.maximum (slots[1] * o.Beta2) (abs g + o.Epsilon)
                    -(like p rate) * mean / largest, [ mean; largest ]

            Rule.make
                "adamax"
                [ number "beta_1" o.Beta1; number "beta_2" o.Beta2; number "epsilon" o.Epsilon; form o.Form ]
                o.LearningRate
                [ zero "mean"; zero "largest" ]
                []
                (fun rate t _ -> rate / (1.0 - power o.Beta1 t), [])
                step

        /// Adamax with Keras's defaults, betas 0.9 and 0.999 and epsilon 1e-7. Keras's default rate is 0.001.
        let adamax (learningRate: float) : Optimizer =
            adamaxWith { AdamaxOptions.defaults with LearningRate = learningRate }

        /// Nadam with options: u(t) = beta1 * (1 - 0.96^(t * momentumDecay) / 2), U(t) = u(1) ... u(t); m and v as in
        /// Adam; m' = u(t+1) * m / (1 - U(t+1)) + (1 - u(t)) * g / (1 - U(t)); v' = v / (1 - beta2^t); w -= lr * m' /
        /// (sqrt(v') + epsilon). PyTorch's form is the same. From Dozat, "Incorporating Nesterov Momentum into Adam",
        /// 2016.
        let nadamWith (options: NadamOptions) : Optimizer =
            let o = options
            shares "Optimizer.nadam" [ "beta1", o.Beta1; "beta2", o.Beta2 ]
            demandNotNegative "Optimizer.nadam" "epsilon" o.Epsilon
            demandNotNegative "Optimizer.nadam" "momentumDecay" o.MomentumDecay

            let prepare (rate: Tensor) (t: Tensor) (kept: Tensor list) =
                let momentum (t: Tensor) = o.Beta1 * (1.0 - 0.5 * power 0.96 (t * o.MomentumDecay))
                let now, next = momentum t, momentum (t + 1.0)
                let product = kept.Head * now
                let ofMean = rate * next / (1.0 - product * next)
                let ofGradient = rate * (1.0 - now) / (1.0 - product)
                (ofMean, ofGradient, 1.0 - power o.Beta2 t), [ product ]

            let step (ofMean, ofGradient, correction) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let mean = average o.Beta1 slots[0] g
                let square = average o.Beta2 slots[1] (square g)
                let ahead = mean * like p ofMean + g * like p ofGradient
                -ahead / (sqrt (square / like p correction) + o.Epsilon), [ mean; square ]

            Rule.make
                "nadam"
                [ number "beta_1" o.Beta1
                  number "beta_2" o.Beta2
                  number "epsilon" o.Epsilon
                  number "momentum_decay" o.MomentumDecay ]
                o.LearningRate
                [ zero "mean"; zero "square" ]
                [ "momentum_product", 1.0 ]
                prepare
                step

        /// Nadam with Keras's defaults, betas 0.9 and 0.999 and epsilon 1e-7. Keras's default rate is 0.001.
        let nadam (learningRate: float) : Optimizer =
            nadamWith { NadamOptions.defaults with LearningRate = learningRate }

        /// Lion with options: w -= lr * sign(beta1 * m + (1 - beta1) * g); m = beta2 * m + (1 - beta2) * g. Add its
        /// customary weight decay with `withWeightDecay`. PyTorch has none. From Chen et al., "Symbolic Discovery of
        /// Optimization Algorithms", 2023.
        let lionWith (options: LionOptions) : Optimizer =
            let o = options
            shares "Optimizer.lion" [ "beta1", o.Beta1; "beta2", o.Beta2 ]

            let step (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                -(like p rate) * Tensor.sign (average o.Beta1 slots.Head g), [ average o.Beta2 slots.Head g ]

            Rule.make
                "lion"
                [ number "beta_1" o.Beta1; number "beta_2" o.Beta2 ]
                o.LearningRate
                [ zero "mean" ]
                []
                (fun rate _ _ -> rate, [])
                step

        /// Lion with Keras's defaults, betas 0.9 and 0.99. Keras's default rate is 0.001.
        let lion (learningRate: float) : Optimizer = lionWith { LionOptions.defaults with LearningRate = learningRate }

        /// LAMB with options: m and v as in Adam; s = (m / (1 - beta1^t)) / (sqrt (v / (1 - beta2^t)) + epsilon); w -= lr *
        /// (|w| / |s|) * s, with the norms of each parameter, and 1 for their ratio where one of them is 0. For large
        /// batches; PyTorch has none. From You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76
        /// Minutes", 2020.
        let lambWith (options: LambOptions) : Optimizer =
            let o = options
            shares "Optimizer.lamb" [ "beta1", o.Beta1; "beta2", o.Beta2 ]
            demandNotNegative "Optimizer.lamb" "epsilon" o.Epsilon

            let step (rate: Tensor, ofMean: Tensor, ofSquares: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
                let mean = average o.Beta1 slots[0] g
                let squares = average o.Beta2 slots[1] (square g)
                let direction = mean / like p ofMean / (sqrt (squares / like p ofSquares) + o.Epsilon)
                let length, steps = Tensor.norm p, Tensor.norm direction
                let zero = Tensor.zerosLike length
                let both = Tensor.logicalAnd (Tensor.greater length zero) (Tensor.greater steps zero)
                let trust = Tensor.where both (length / steps) (Tensor.onesLike length)
                -(like p rate) * trust * direction, [ mean; squares ]

            Rule.make
                "lamb"
                [ number "beta_1" o.Beta1; number "beta_2" o.Beta2; number "epsilon" o.Epsilon ]
                o.LearningRate
                [ zero "mean"; zero "squares" ]
                []
                (fun rate t _ -> (rate, 1.0 - power o.Beta1 t, 1.0 - power o.Beta2 t), [])
                step

        /// LAMB with Keras's defaults, betas 0.9 and 0.999 and epsilon 1e-7. Keras's default rate is 0.001.
        let lamb (learningRate: float) : Optimizer = lambWith { LambOptions.defaults with LearningRate = learningRate }
