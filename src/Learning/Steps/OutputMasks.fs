namespace Functional

/// The masks of a model's outputs as weights: masked steps count in no loss and in no metric, as in Keras.
module internal OutputMasks =
    /// Weights times a mask, both with the first axes of an output; the shorter shape serves all that stand behind it.
    let private times (weights: Tensor option) (mask: Tensor) : Tensor =
        match weights with
        | None -> mask
        | Some weights ->
            let rank = max mask.Rank weights.Rank
            Masks.ofRank rank (Tensor.cast mask.DType weights) * Masks.ofRank rank mask

    /// The weights for a metric: those of the samples where the mask is true, and 0 elsewhere.
    let private ofMetric (mask: Tensor option) (weights: Tensor option) (output: Tensor) : Tensor option =
        match mask with
        | Some mask -> Some(times weights (Tensor.cast output.DType mask))
        | None -> weights

    /// An error of a mask with an entry for each element of an output, where a loss weighs rows of them.
    let demandRows operation (output: Tensor) (mask: Tensor option) =
        match mask with
        | Some mask when mask.Rank > max 1 (output.Rank - 1) ->
            Fail.shapes
                operation
                [ "output", output.Shape; "mask", mask.Shape ]
                "the output's mask has an entry for each of its elements, and a loss weighs rows of them.\n\
                 Stop the mask before the end of the model: put a function behind the last layer, layer --> id."
        | Some _
        | None -> ()

    /// The batch with weights in which the masks are counted: one tensor for each output where an output has a mask, and
    /// the batch as it is where none has.
    let weigh (masks: Tensor option list) (outputs: Tensor list) (batch: Batch) : Batch =
        if List.forall Option.isNone masks then
            batch
        else
            let ofOutput i (mask, output: Tensor) =
                match ofMetric mask (batch.WeightsOf i) output with
                | Some weights -> weights
                | None -> Core.beside output (fun () -> Tensor.onesOf output.DType [ output.Shape.Head ])

            { batch with Weights = List.zip masks outputs |> List.mapi ofOutput }
