namespace Functional

open OptimizerParts

/// Options of Adafactor; Keras's names and defaults.
type AdafactorOptions =
    {
        /// Default 0.001.
        LearningRate: float
        /// The power of the step in 1 - t^decay, the weight of the past in the averages of squares. Default -0.8.
        Beta2Decay: float
        /// Added to squared gradients. Default 1e-30.
        Epsilon1: float
        /// The least root mean square of a parameter that its step is scaled by. Default 1e-3.
        Epsilon2: float
        /// The largest root mean square of an update before it is scaled. Default 1.
        ClipThreshold: float
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001; Beta2Decay = -0.8; Epsilon1 = 1e-30; Epsilon2 = 1e-3; ClipThreshold = 1.0 }

/// Adafactor.
[<AutoOpen>]
module AdafactorOptimizer =
    let private rms (x: Tensor) = sqrt (Tensor.mean (x * x))

    let private isMatrix (p: Tensor) = p.Rank >= 2

    /// The gradient g over the root of the average of its squares, and the next averages of the squares: of the rows and the
    /// columns of a matrix, or of a vector itself. Roots are taken of both factors, whose product may be too small for a
    /// float32 where rows and columns have no gradient.
    let private normalized (kept: Tensor) (slots: Tensor list) (g: Tensor) (squares: Tensor) =
        let average (before: Tensor) (x: Tensor) = before * kept + x * (1.0 - kept)

        if isMatrix g then
            let rows = average slots[0] (Tensor.meanOver [ -1 ] squares)
            let columns = average slots[1] (Tensor.meanOver [ -2 ] squares)
            let shares = rows / Tensor.meanKeep [ -1 ] rows
            g / sqrt (Tensor.expandDims -1 shares) / sqrt (Tensor.expandDims -2 columns), [ rows; columns ]
        else
            let all = average slots[0] squares
            g / sqrt all, [ all; slots[1] ]

    let private step (o: AdafactorOptions) (rate: Tensor, kept: Tensor) slots (g: Tensor) (p: Tensor) =
        let direction, slots = normalized (like p kept) slots g (g * g + o.Epsilon1)
        let clipped = direction / Tensor.maximum (rms direction / o.ClipThreshold) (Tensor.scalarOf p.DType 1.0)
        let size = Tensor.maximum (rms p) (Tensor.scalarOf p.DType o.Epsilon2)
        -(like p rate) * size * clipped, slots

    /// Adafactor.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Adafactor with options. It remembers of a matrix [...; m; n] the averages R [...; m] and C [...; n] of its
        /// gradient's squares along rows and columns, and takes V = R C / mean(R) for their average; of vectors V itself.
        /// With u = g / sqrt(V), w -= max(Epsilon2, rms w) * min(lr, 1 / sqrt t) * u / max(1, rms u / ClipThreshold). The rate
        /// is capped as in Keras, whatever its relative_step says. PyTorch has none before 2.5. From Shazeer and Stern,
        /// "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
        let adafactorWith (options: AdafactorOptions) : Optimizer =
            let o = options
            demandNotNegative "Optimizer.adafactor" "epsilon1" o.Epsilon1
            demandNotNegative "Optimizer.adafactor" "epsilon2" o.Epsilon2
            demandPositive "Optimizer.adafactor" "clipThreshold" o.ClipThreshold

            let first axis (p: Tensor) =
                if isMatrix p then
                    Tensor.zerosOf p.DType (List.removeAt (p.Rank + axis) p.Shape)
                elif axis = -1 then
                    Tensor.zerosLike p
                else
                    Tensor.zerosOf p.DType []

            let prepare (rate: Tensor) (t: Tensor) (_: Tensor list) =
                let kept = 1.0 - Tensor.pow t (scalar o.Beta2Decay)
                (Tensor.minimum rate (1.0 / sqrt t), kept), []

            Rule.make
                "adafactor"
                [ number "beta_2_decay" o.Beta2Decay
                  number "epsilon_1" o.Epsilon1
                  number "epsilon_2" o.Epsilon2
                  number "clip_threshold" o.ClipThreshold ]
                o.LearningRate
                [ "row_squares", first -1; "column_squares", first -2 ]
                []
                prepare
                (step o)

        /// Adafactor with Keras's defaults, whose rate is 0.001 and at most 1 / sqrt(t).
        let adafactor (learningRate: float) : Optimizer =
            adafactorWith { AdafactorOptions.defaults with LearningRate = learningRate }
