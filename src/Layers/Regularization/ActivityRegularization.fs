namespace Functional

/// Layers that penalize what they are given.
[<AutoOpen>]
module ActivityRegularizationLayers =
    /// Gives what it is given, and adds l1·Σ|x| + l2·Σx² to the loss, summed over the batch as in Keras 3. Negative weights are
    /// an error.
    let activityRegularization (l1: float) (l2: float) : Layer<Tensor, Tensor> =
        let kind = "activity_regularization"
        let penalty = (Regularizer.l1l2 l1 l2).Penalty

        Layer.define
            kind
            [ "l1", Setting.Number l1; "l2", Setting.Number l2 ]
            (fun shapes -> [ Layer.single kind shapes ])
            (fun _ -> [])
            (fun variables _ x -> x, { variables with Losses = [ penalty x ] })
