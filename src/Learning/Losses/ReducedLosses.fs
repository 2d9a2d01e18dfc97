namespace Functional

open LossParts

/// The losses of a batch, weighted, and reduced to one number.
module internal ReducedLosses =
    let private failOfWhole name (weights: Tensor) (losses: Tensor) =
        Fail.shapes
            name
            [ "weights", weights.Shape; "loss", losses.Shape ]
            "the loss is one number for the whole batch, so that samples cannot be weighted.\n\
             Give one number a sample, or no weights."

    /// Weights, or a mask, in a shape that multiplies the losses: theirs, that of their first axes, or with an axis of
    /// length 1 behind.
    let fit name (losses: Tensor) (weights: Tensor) : Tensor =
        if weights.Shape = losses.Shape then
            weights
        elif weights.Rank <= losses.Rank && weights.Shape = List.truncate weights.Rank losses.Shape then
            Tensor.reshape (weights.Shape @ List.replicate (losses.Rank - weights.Rank) 1) weights
        elif weights.Shape = losses.Shape @ [ 1 ] then
            Tensor.reshape losses.Shape weights
        elif losses.Rank = 0 then
            failOfWhole name weights losses
        else
            Fail.shapes
                name
                [ "weights", weights.Shape; "losses", losses.Shape ]
                "the weights are not one number a sample.\n\
                  Pass weights of the shape of the losses, of their first axis, or of the output."

    /// The losses of a batch and the weights that multiply them: those of its samples, or of its single outputs where
    /// there is a weight for each of these.
    let ofBatch (loss: Loss) (labels: Tensor) (output: Tensor) (weights: Tensor option) : Tensor * Tensor option =
        match weights, loss.PerElement with
        | Some weights, Some perElement when
            weights.Shape = output.Shape && output.Rank > 1 && List.last output.Shape > 1
            ->
            let losses = perElement labels output
            losses, Some(Tensor.cast losses.DType weights)
        | _, _ ->
            let losses = loss.PerSample labels output
            losses, weights |> Option.map (Tensor.cast losses.DType >> fit loss.Name losses)

    /// The mask of an output for its losses. One number for the whole batch has no parts to leave out: what it makes of masked
    /// steps is its own affair, as in Keras.
    let private maskOfOutput (loss: Loss) (losses: Tensor) (mask: Tensor) : Tensor option =
        if losses.Rank = 0 then
            None
        elif mask.Rank > losses.Rank then
            Fail.shapes
                loss.Name
                [ "mask", mask.Shape; "losses", losses.Shape ]
                "the output's mask leaves out steps, and the loss gives one number for all steps of a sample. Give one \
                 for each step, [n; time], or stop the mask before the end of the model: layer --> id."
        else
            Some mask

    /// The mask of the losses that count, if some do not. `mask` is one that comes with the batch.
    let maskOf (loss: Loss) (labels: Tensor) (losses: Tensor) (mask: Tensor option) : Tensor option =
        let own = loss.Counts |> Option.map (fun counts -> counts labels losses)

        [ own; mask |> Option.bind (maskOfOutput loss losses) ]
        |> List.choose id
        |> List.map (Tensor.cast Bool >> fit loss.Name losses >> Tensor.broadcastTo losses.Shape)
        |> List.fold
            (fun found next ->
                match found with
                | Some found -> Some(Tensor.logicalAnd found next)
                | None -> Some next)
            None

    /// a / b, and 0 where b is 0.
    let private quotient (a: Tensor) (b: Tensor) =
        let none = Tensor.equal b (Tensor.zerosLike b)
        Tensor.where none (Tensor.zerosLike a) (a / Tensor.where none (Tensor.onesLike b) b)

    /// Losses times weights, reduced to one number. A mask leaves losses out as if they were not there: the mean is that
    /// of those that are left, and 0 where none is.
    let reduce (reduction: LossReduction) (losses: Tensor) (weights: Tensor option) (mask: Tensor option) : Tensor =
        let zeros = Tensor.zerosLike losses

        let kept =
            match mask with
            | Some mask -> Tensor.where mask losses zeros
            | None -> losses

        let weighted =
            match weights with
            | Some weights -> shareOf weights kept
            | None -> kept

        match reduction, mask, weights with
        | LossReduction.None, _, _ -> weighted
        | LossReduction.Sum, _, _ -> Tensor.sum weighted
        | LossReduction.MeanWithSampleWeight, None, Some weights ->
            quotient (Tensor.sum weighted) (Tensor.sum (Tensor.broadcastTo losses.Shape weights))
        | LossReduction.MeanWithSampleWeight, Some mask, Some weights ->
            let counting = Tensor.where mask (Tensor.broadcastTo losses.Shape weights) zeros
            quotient (Tensor.sum weighted) (Tensor.sum counting)
        | LossReduction.SumOverBatchSize, Some mask, _
        | LossReduction.MeanWithSampleWeight, Some mask, None ->
            quotient (Tensor.sum weighted) (Tensor.sum (Tensor.cast losses.DType mask))
        | LossReduction.SumOverBatchSize, None, _
        | LossReduction.MeanWithSampleWeight, None, None -> Tensor.mean weighted
