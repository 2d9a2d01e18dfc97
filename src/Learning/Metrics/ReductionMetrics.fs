namespace Functional

open LossParts
open MetricParts

/// Means and sums of values, and metrics of what is equal.
[<AutoOpen>]
module ReductionMetrics =
    /// The values of a batch and their weights, one a value.
    let private values (output: Tensor) (weights: Tensor option) =
        match weights with
        | None -> real output, Tensor.onesOf Float64 output.Shape
        | Some weights ->
            let weights = real weights
            let isOfRows = weights.Rank < output.Rank && weights.Shape = List.truncate weights.Rank output.Shape
            let ones = List.replicate (output.Rank - weights.Rank) 1
            let weights = if isOfRows then Tensor.reshape (weights.Shape @ ones) weights else weights
            real output, Tensor.broadcastTo output.Shape weights

    let private reduction name result =
        let accumulator _ _ : MetricAccumulator =
            { Init = [ number 0.0; number 0.0 ]
              Update =
                fun state _ output weights ->
                    let values, weights = values output weights
                    [ state[0] + Tensor.sum (weigh weights values); state[1] + Tensor.sum weights ]
              Result = fun state -> result (Tensor.toFloat state[0]) (Tensor.toFloat state[1]) }

        ofAccumulator name true noCheck accumulator

    /// Means, sums and equality.
    module Metric =
        /// The weighted mean of the outputs, whatever the labels are: of an output that is a quantity to watch. Keras: Mean.
        let mean: Metric = reduction "mean" ratio

        /// The weighted sum of the outputs, whatever the labels are. Keras: Sum.
        let sum: Metric = reduction "sum" (fun sum _ -> sum)

        /// The share of outputs that are equal to their labels, as numbers. For outputs that are class numbers already;
        /// `Metric.accuracy` takes probabilities. Keras: Accuracy.
        let equality: Metric = meanOfErrors "equality" true id (fun y p -> real (Tensor.equal y p))

        /// The share of samples whose label, a class number, is among the first k of a row of class numbers that stand in the
        /// order of their probabilities. Keras: SparseTopKCategoricalAccuracy with from_sorted_ids. A `k` below 1 is an
        /// error.
        let topKOfIds (k: int) : Metric =
            let name = $"top_{k}_accuracy_of_ids"

            if k < 1 then
                Fail.argument name "k" k "is below 1; count how many of the first class numbers may be the right one."

            MetricParts.mean name true noCheck id (fun labels output ->
                if not (isClassNumbers labels.Shape output.Shape) then
                    mismatch name "" LabelKind.Classes labels.Shape output.Shape

                let first = Tensor.sliceAxis -1 0 (min k (List.last output.Shape)) 1 (real output)
                let right = Tensor.reshape (leading output.Shape @ [ 1 ]) (real labels)
                real (Tensor.anyOver [ -1 ] (Tensor.equal first right)))
