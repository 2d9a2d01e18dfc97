namespace Functional

open OptimizerParts

/// Options of Muon; Keras's names and defaults.
type MuonOptions =
    {
        /// The rate of matrices. Default 0.001.
        LearningRate: float
        /// The rate of the other parameters, which learn by Adam, over that of matrices. Default 0.1.
        AdamRateRatio: float
        /// How much of the sum of gradients of a matrix is kept. Default 0.95.
        Momentum: float
        /// Whether the gradient is taken where the momentum leads. Default true.
        Nesterov: bool
        /// The number of Newton-Schulz steps towards an orthogonal matrix. Default 6.
        NewtonSchulzSteps: int
        /// The coefficients a, b, c of such a step, a X + (b A + c A A) X with A = X X'. Defaults 3.4445, -4.7750, 2.0315.
        Coefficients: float * float * float
        /// Texts in the paths of matrices that learn by Adam, such as the name of the last layer. Default none.
        ExcludeLayers: string list
        /// Whether embeddings, whose path holds "embedding", learn by Adam. Default true.
        ExcludeEmbeddings: bool
        /// Decoupled weight decay of all parameters: w -= lr * decay * w. Default 0.1.
        WeightDecay: float
        /// How much of the average gradient Adam keeps. Default 0.9.
        AdamBeta1: float
        /// How much of the average of squares Adam keeps. Default 0.999.
        AdamBeta2: float
        /// Adam's epsilon. Default 1e-7.
        Epsilon: float
    }

    /// Keras's defaults.
    static member defaults =
        { LearningRate = 0.001
          AdamRateRatio = 0.1
          Momentum = 0.95
          Nesterov = true
          NewtonSchulzSteps = 6
          Coefficients = 3.4445, -4.7750, 2.0315
          ExcludeLayers = []
          ExcludeEmbeddings = true
          WeightDecay = 0.1
          AdamBeta1 = 0.9
          AdamBeta2 = 0.999
          Epsilon = 1e-7 }

/// Muon: momentum made orthogonal.
[<AutoOpen>]
module MuonOptimizer =
    /// Whether a parameter is a matrix, or a stack of matrices, that learns by Muon.
    let private isOrthogonalized (o: MuonOptions) (path: string) (p: Tensor) =
        let holds (text: string) = path.Contains(text, System.StringComparison.OrdinalIgnoreCase)

        (p.Rank = 2 || p.Rank = 3)
        && not (o.ExcludeEmbeddings && holds "embedding")
        && not (List.exists holds o.ExcludeLayers)

    /// Nearly the orthogonal matrix U V' of the singular value decomposition U S V' of each matrix of the last two axes.
    let private orthogonalized (o: MuonOptions) (x: Tensor) =
        let a, b, c = o.Coefficients
        let isTall = x.Shape[x.Rank - 2] > x.Shape[x.Rank - 1]
        let turned (x: Tensor) = if isTall then Tensor.swapAxes -2 -1 x else x

        let next (x: Tensor) =
            let square = Tensor.matmul x (Tensor.swapAxes -2 -1 x)
            a * x + Tensor.matmul (b * square + c * Tensor.matmul square square) x

        let start = turned x
        let norm = sqrt (Tensor.sumKeep [ -2; -1 ] (start * start))
        (start / (norm + 1e-7), [ 1 .. o.NewtonSchulzSteps ]) ||> List.fold (fun x _ -> next x) |> turned

    let private muonStep (o: MuonOptions) (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
        let momentum = slots[0] * o.Momentum + g
        let ahead = if o.Nesterov then g + momentum * o.Momentum else momentum
        let ratio = float p.Shape[0] / float p.Shape[1]
        -(like p rate) * orthogonalized o ahead * sqrt (max 1.0 ratio), [ momentum; slots[1] ]

    let private adamStep (o: MuonOptions) (rate: Tensor) (slots: Tensor list) (g: Tensor) (p: Tensor) =
        let mean = Rule.average o.AdamBeta1 slots[0] g
        let square = Rule.average o.AdamBeta2 slots[1] (Rule.square g)
        -(like p rate) * mean / (sqrt square + o.Epsilon), [ mean; square ]

    /// Muon.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Muon with options. Matrices [m; n], and stacks of them, learn by m = Momentum * m + g; w -= lr * sqrt(max(1, m /
        /// n)) * O(g + Momentum * m), where O is nearly the orthogonal matrix of the singular value decomposition, by
        /// Newton-Schulz steps. All others (vectors, kernels of images, embeddings, and the layers that options exclude; the
        /// last layer should be one) learn by Adam at AdamRateRatio of the rate. Weight decay is decoupled. From Jordan et
        /// al., "Muon: An optimizer for hidden layers in neural networks", 2024; Liu et al., "Muon is Scalable for LLM
        /// Training", 2025.
        let muonWith (options: MuonOptions) : Optimizer =
            let o = options
            let operation = "Optimizer.muon"
            Rule.shares operation [ "momentum", o.Momentum; "adamBeta1", o.AdamBeta1; "adamBeta2", o.AdamBeta2 ]
            demandNotNegative operation "adamRateRatio" o.AdamRateRatio
            demandNotNegative operation "epsilon" o.Epsilon

            if o.NewtonSchulzSteps < 1 then
                Fail.argument
                    operation
                    "newtonSchulzSteps"
                    o.NewtonSchulzSteps
                    "is no number of steps; give at least 1."

            let square path (p: Tensor) =
                if isOrthogonalized o path p then
                    Tensor.zerosOf p.DType []
                else
                    Tensor.zerosLike p

            let prepare (rate: Tensor) t (_: Tensor list) =
                let correction = sqrt (1.0 - Rule.power o.AdamBeta2 t) / (1.0 - Rule.power o.AdamBeta1 t)
                (rate, rate * o.AdamRateRatio * correction), []

            let step (rate, adamRate) path slots g (p: Tensor) =
                if isOrthogonalized o path p then
                    muonStep o rate slots g p
                else
                    adamStep o adamRate slots g p

            Rule.makeByPath
                "muon"
                [ number "momentum" o.Momentum
                  "nesterov", Setting.Flag o.Nesterov
                  "ns_steps", Setting.Whole o.NewtonSchulzSteps
                  number "adam_lr_ratio" o.AdamRateRatio
                  "exclude_layers", Setting.Items(o.ExcludeLayers |> List.map Setting.Text)
                  "exclude_embeddings", Setting.Flag o.ExcludeEmbeddings
                  number "adam_beta_1" o.AdamBeta1
                  number "adam_beta_2" o.AdamBeta2
                  number "epsilon" o.Epsilon ]
                o.LearningRate
                [ "momentum", (fun _ p -> Tensor.zerosLike p); "square", square ]
                []
                prepare
                step
            |> fun rule ->
                if o.WeightDecay = 0.0 then
                    rule
                else
                    Optimizer.withWeightDecay o.WeightDecay rule

        /// Muon with Keras's defaults, a weight decay of 0.1 among them. Keras's default rate is 0.001.
        let muon (learningRate: float) : Optimizer = muonWith { MuonOptions.defaults with LearningRate = learningRate }
