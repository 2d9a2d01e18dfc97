namespace Functional

open System

/// Weights of samples as learners and scores compute with them.
module internal SampleWeights =
    /// Weights [n] (or [n; 1]) of so many samples: finite, 0 or more, and not all 0.
    let read operation (count: int) (weights: Tensor) : float[] =
        match weights.Shape with
        | [ n ]
        | [ n; 1 ] when n = count ->
            let values = Tensor.toFloat64Array weights

            match values |> Array.tryFindIndex (fun w -> not (w >= 0.0 && Double.IsFinite w)) with
            | Some row ->
                let value = values[row].ToString Globalization.CultureInfo.InvariantCulture
                Fail.data operation $"the weight {value} of row {row} (counted from 0) is no weight; give 0 or more."
            | None when Array.forall (fun w -> w = 0.0) values ->
                Fail.data operation "all samples have the weight 0; give some of them more."
            | None -> values
        | shape ->
            Fail.shapes operation [ "the weights", shape; "the samples", [ count ] ] "give one weight for each sample."

    /// The weighted mean of values.
    let mean (weights: float[]) (values: float[]) : float =
        Array.fold2 (fun sum w v -> sum + w * v) 0.0 weights values / Array.sum weights

    /// The weighted median: the least value up to which at least half of the weight lies. scikit-learn: that of
    /// median_absolute_error.
    let median (weights: float[]) (values: float[]) : float =
        let order = Array.init values.Length id |> Array.sortBy (fun i -> values[i], i)
        let reached = order |> Array.map (fun i -> weights[i]) |> Array.scan (+) 0.0 |> Array.tail
        values[order[reached |> Array.findIndex (fun weight -> weight >= 0.5 * Array.last reached)]]
