namespace Functional

open MetricParts

/// Metrics of how labels and outputs go together: correlations and the cosine of their angle.
[<AutoOpen>]
module CorrelationMetrics =
    /// a / b, and 0 where b is 0.
    let private quotient (a: Tensor) (b: Tensor) =
        let none = Tensor.equal b (number 0.0)
        Tensor.where none (number 0.0) (a / Tensor.where none (number 1.0) b)

    /// Labels and outputs as rows, their distances from the means of the rows, and these means.
    let private centred name labels output =
        let y, p = elementwiseRows name labels output
        let ofY, ofP = Tensor.meanKeep [ -1 ] y, Tensor.meanKeep [ -1 ] p
        y - ofY, p - ofP, Tensor.squeezeAxes [ -1 ] (ofY - ofP)

    let private mean2 (a: Tensor) (b: Tensor) = Tensor.meanOver [ -1 ] (a * b)

    let private ofRows name (f: Tensor -> Tensor -> Tensor) =
        mean name true noCheck id (fun labels output -> Tensor.reshape (fst (rowsOf output.Shape)) (f labels output))

    /// Metrics of how labels and outputs go together.
    module Metric =
        /// Pearson's correlation of each row of labels and outputs [n; k], Float64 [n]: from -1 to 1, and 0 where one of
        /// them does not vary. Keras: pearson_correlation; SciPy: pearsonr.
        let pearsonOfRows (labels: Tensor) (output: Tensor) : Tensor =
            let y, p, _ = centred "pearson_correlation" labels output
            quotient (mean2 y p) (Tensor.sqrt (mean2 y y * mean2 p p))

        /// The mean over the samples of `pearsonOfRows`. For how the single outputs [n] or [n; 1] of all samples go with
        /// their labels see `pearsonOfSamples`. Keras: PearsonCorrelation.
        let pearsonCorrelation: Metric = ofRows "pearson_correlation" pearsonOfRows

        /// Lin's concordance correlation of each row of labels and outputs [n; k], Float64 [n]: 2 cov / (var y + var p +
        /// (mean y - mean p)^2), which is 1 only where they are equal; 0 where none of them varies or differs. Keras:
        /// concordance_correlation. (Lin 1989, "A concordance correlation coefficient to evaluate reproducibility".)
        let concordanceOfRows (labels: Tensor) (output: Tensor) : Tensor =
            let y, p, apart = centred "concordance_correlation" labels output
            quotient (2.0 * mean2 y p) (mean2 y y + mean2 p p + Tensor.square apart)

        /// The mean over the samples of `concordanceOfRows`. Keras: ConcordanceCorrelation.
        let concordanceCorrelation: Metric = ofRows "concordance_correlation" concordanceOfRows

        /// The mean over the samples of the cosine of the angle between labels and outputs, along the last axis: 1 where
        /// they point the same way, and 0 where one of them is zero. Keras: CosineSimilarity. (As a loss, less is better,
        /// it has the other sign.)
        let cosineSimilarity: Metric =
            let cosine labels output = -(Tensor.cast Float64 (Loss.cosineSimilarity.PerSample labels output))
            mean "cosine_similarity" true noCheck id cosine

        /// The weighted means of labels and outputs, and the sums of their squared distances and products.
        let private samplesAccumulator name finish : MetricAccumulator =
            let update (state: Tensor list) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
                let y, p = elementwiseRows name labels output

                let weights =
                    match weights with
                    | None -> Tensor.onesOf Float64 [ y.Shape.Head; 1 ]
                    | Some weights ->
                        Tensor.reshape [ y.Shape.Head; 1 ] (rowWeights name (fst (rowsOf output.Shape)) weights)

                let weights = Tensor.broadcastTo y.Shape weights
                let total = state[0]
                let added = Tensor.sum weights
                let meanOf x = quotient (Tensor.sum (weigh weights x)) added
                let ofY, ofP = meanOf y, meanOf p
                let share = quotient added (total + added)
                let betweenY, betweenP = ofY - state[1], ofP - state[2]
                let sumOf a b = Tensor.sum (weigh weights (a * b))
                let dy, dp = y - ofY, p - ofP
                // sums of batches are joined by the distances of their means (Chan, Golub and LeVeque 1979)
                let joined before a b between = before + sumOf a b + between * total * share

                [ total + added
                  state[1] + betweenY * share
                  state[2] + betweenP * share
                  joined state[3] dy dy (betweenY * betweenY)
                  joined state[4] dp dp (betweenP * betweenP)
                  joined state[5] dy dp (betweenY * betweenP) ]

            { Init = List.replicate 6 (number 0.0)
              Update = update
              Result = fun state -> finish (state |> List.map Tensor.toFloat |> Array.ofList) }

        /// Pearson's correlation of all outputs with their labels, over all samples of a pass. NumPy: corrcoef; SciPy:
        /// pearsonr. 0 where one of them does not vary.
        let pearsonOfSamples: Metric =
            let name = "pearson_of_samples"
            let finish (s: float[]) = ratio s[5] (sqrt (s[3] * s[4]))
            ofAccumulator name true noCheck (fun _ _ -> samplesAccumulator name finish)

        /// Lin's concordance correlation of all outputs with their labels, over all samples of a pass.
        let concordanceOfSamples: Metric =
            let name = "concordance_of_samples"
            let finish (s: float[]) = ratio (2.0 * s[5]) (s[3] + s[4] + s[0] * (s[1] - s[2]) ** 2.0)
            ofAccumulator name true noCheck (fun _ _ -> samplesAccumulator name finish)
