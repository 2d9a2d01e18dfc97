namespace Functional

/// What a model is trained for, as the loss of a step.
module internal ModelLoss =
    /// The loss in the form that training uses, the function that gives what it takes, and what makes the layer's
    /// output of that. Where a loss of probabilities meets a layer that ends in them, the loss is taken of the logits.
    let private route (loss: Loss) (layer: Layer<Tensor, Tensor>) =
        match loss.FromLogits, layer.Logits with
        | Some(wanted, form), Some(kind, apply) when wanted = kind ->
            form, apply, (if kind = "softmax" then Tensor.softmax -1 else Tensor.sigmoid)
        | _ -> loss, layer.Apply, id

    /// The step that makes the loss of a layer's outputs smaller, with what regularizers add.
    let step (optimizer: Optimizer) (loss: Loss) (layer: Layer<Tensor, Tensor>) : Step =
        let form, apply, finish = route loss layer

        Step(
            optimizer,
            fun variables run batch ->
                let output, next = apply variables run batch.Features
                let value = Loss.value form batch.Label output batch.Weights

                let value =
                    match layer.Penalty variables with
                    | Some penalty -> value + penalty
                    | None -> value

                { Value = value; Losses = [ value ]; Outputs = [ finish output ]; State = next.State }
        )
