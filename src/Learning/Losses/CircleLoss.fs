namespace Functional

open LossParts

/// Options of `Loss.circleWith`; Keras's names and defaults.
type CircleOptions =
    {
        /// The scale of the similarities. Default 80.
        Gamma: float
        /// How far similarities are relaxed: pairs of one class should reach 1 - margin, other pairs at most margin.
        /// Default 0.4.
        Margin: float
        /// Whether a sample is no pair with itself, the same position among the references. Default true.
        RemoveDiagonal: bool
    }

    /// Keras's defaults.
    static member defaults = { Gamma = 80.0; Margin = 0.4; RemoveDiagonal = true }

/// The circle loss of embeddings.
[<AutoOpen>]
module CircleLoss =
    // in the place of minus infinity, whose derivatives would be NaN
    let private nothing = -1e30

    /// Raises the error of embeddings and labels that do not fit each other.
    let private demandShapes name (labels: Shape) (embeddings: Shape) =
        let fits =
            match embeddings with
            | [ n; _ ] -> labels = [ n ] || labels = [ n; 1 ]
            | _ -> false

        if not fits then
            Fail.shapes
                name
                [ "labels", labels; "embeddings", embeddings ]
                "a row of embeddings [n; d] is needed for each of the class numbers [n]."

    /// The pairs of samples and references of one class, and those of two, as masks [n; m].
    let private pairs removeDiagonal (labels: Tensor) (references: Tensor) =
        let column x = Tensor.reshape [ Tensor.flatten(x).Size; 1 ] (Tensor.cast Int32 x)
        let row x = Tensor.transpose (column x)
        let same = Tensor.equal (column labels) (row references)
        let different = Tensor.logicalNot same

        if removeDiagonal then
            let n, m = labels.Size, references.Size
            let index count = Core.beside labels (fun () -> Tensor.arangeInt 0 count)
            let itself = Tensor.equal (Tensor.reshape [ n; 1 ] (index n)) (Tensor.reshape [ 1; m ] (index m))
            Tensor.logicalAnd same (Tensor.logicalNot itself), different
        else
            same, different

    /// Losses of embeddings.
    module Loss =
        /// The circle loss [n] of each of n samples against references: their class numbers [n] and [m], and their
        /// embeddings [n; d] and [m; d], which should have length 1.
        ///
        /// With the distance u = max(1 - cosine, 0) of a pair: softplus(log Σ exp(-γ (m + u)(m - u)) over the pairs of one
        /// class + log Σ exp(γ max(1 + m - u, 0)(1 - m - u)) over the other pairs). 0 where a sample has no pair of one of
        /// both kinds. Keras: losses.circle with ref_labels and ref_embeddings.
        let circleAgainst
            (options: CircleOptions)
            (referenceLabels: Tensor)
            (references: Tensor)
            (labels: Tensor)
            (embeddings: Tensor)
            : Tensor =
            demandShapes "circle" labels.Shape embeddings.Shape
            demandShapes "circle, references" referenceLabels.Shape references.Shape
            demandFloat "circle" embeddings
            let gamma, margin = options.Gamma, options.Margin
            let distance = Tensor.relu (1.0 - Tensor.matmul embeddings (Tensor.transpose references))
            let same, different = pairs options.RemoveDiagonal labels referenceLabels
            let zeros = Tensor.zerosLike distance

            let over mask weights (distances: Tensor) =
                let weights = Tensor.relu (Tensor.where mask weights zeros)
                let terms = Tensor.where mask (gamma * weights * distances) (Tensor.fullLike nothing distance)
                Tensor.logSumExpOver [ 1 ] terms

            let ofSame = over same (margin + distance) (distance - margin)
            let ofDifferent = over different (1.0 + margin - distance) (1.0 - margin - distance)
            Tensor.softplus (ofSame + ofDifferent)

        /// `circle` with options. A gamma that is not above 0 and a margin outside [0, 1] are errors.
        let circleWith (options: CircleOptions) : Loss =
            let name = "circle"

            demand
                name
                "gamma"
                options.Gamma
                (options.Gamma > 0.0 && options.Gamma < infinity)
                "is not a number above 0."

            demand name "margin" options.Margin (options.Margin >= 0.0 && options.Margin <= 1.0) "is outside [0, 1]."

            let settings =
                [ "gamma", Setting.Number options.Gamma
                  "margin", Setting.Number options.Margin
                  "remove_diagonal", Setting.Flag options.RemoveDiagonal ]

            let perSample labels embeddings = circleAgainst options labels embeddings labels embeddings

            { lossOfRows name settings LabelKind.Own OutputKind.Numbers perSample with
                PerSample = perSample
                Counts = Some(fun _ losses -> Tensor.greater losses (Tensor.zerosLike losses))
                Check = demandShapes name }

        /// The circle loss, for embeddings [n; d] of length 1 (end the model in a unit normalization) and class numbers [n]:
        /// samples of one class are pulled together, others are pushed apart, the harder the farther a pair is from where it
        /// should be. Every sample meets all others of the batch.
        ///
        /// The mean is that of the losses above 0: a sample without a partner of its class, or without one of another,
        /// has no loss. See `circleAgainst` for the formula. Keras: Circle; PyTorch has none. (Sun et al. 2020, "Circle
        /// loss: a unified perspective of pair similarity optimization".)
        let circle: Loss = circleWith CircleOptions.defaults
