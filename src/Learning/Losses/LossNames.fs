namespace Functional

/// The losses by name.
[<AutoOpen>]
module NamesOfLosses =

    /// The losses by name.
    module Loss =

        /// Every loss that needs no options, under Keras's name in snake case; the forms of logits have
        /// "_from_logits" behind it.
        let all: (string * Loss) list =
            let named (loss: Loss) = loss.Name, loss
            let ofLogits (loss: Loss) = loss.Name + "_from_logits", loss

            [ named Loss.meanSquaredError
              named Loss.meanAbsoluteError
              named Loss.meanAbsolutePercentageError
              named Loss.meanSquaredLogarithmicError
              named (Loss.huber 1.0)
              named Loss.logCosh
              named Loss.binaryCrossentropy
              ofLogits Loss.binaryCrossentropyFromLogits
              named Loss.binaryFocal
              ofLogits Loss.binaryFocalFromLogits
              named Loss.categoricalCrossentropy
              ofLogits Loss.categoricalCrossentropyFromLogits
              named Loss.categoricalFocal
              ofLogits Loss.categoricalFocalFromLogits
              named Loss.sparseCategoricalCrossentropy
              ofLogits Loss.sparseCategoricalCrossentropyFromLogits
              named Loss.hinge
              named Loss.squaredHinge
              named Loss.categoricalHinge
              named (Loss.categoricalGeneralizedCrossentropy 0.5)
              named Loss.dice
              named Loss.tversky
              named Loss.klDivergence
              named Loss.poisson
              named Loss.cosineSimilarity ]

        /// Losses of embeddings and of sequences, whose labels are unlike those of the others.
        let private ofOtherLabels = [ Loss.circle.Name, Loss.circle; Loss.ctc.Name, Loss.ctc ]

        let private aliases =
            [ "mse", "mean_squared_error"
              "mae", "mean_absolute_error"
              "mape", "mean_absolute_percentage_error"
              "msle", "mean_squared_logarithmic_error"
              "bce", "binary_crossentropy"
              "kld", "kl_divergence" ]

        /// The loss of this name with Keras's defaults: "mse", "mean_squared_error" or "MeanSquaredError". The names
        /// are those of `Loss.all`, "circle", "ctc" and Keras's short ones; case and underscores do not count. An unknown
        /// name is an error that lists the names.
        let ofName (name: string) : Loss = KerasNames.find "Loss.ofName" (all @ ofOtherLabels) aliases name
