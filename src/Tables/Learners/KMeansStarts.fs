namespace Functional

open System
open Functional.Kernels

/// The centres that k-means starts from.
[<RequireQualifiedAccess>]
type KMeansStart =
    /// k-means++: each next centre is drawn by the squared distance to those before, the best of 2 + ln k draws (Arthur and
    /// Vassilvitskii 2007, as scikit-learn does it).
    | PlusPlus
    /// Samples drawn at random.
    | RandomSamples
    /// These centres, [clusters; features].
    | Given of Tensor

/// Making starts of k-means.
module internal KMeansStarts =
    let private grain = 4096

    let private slices rows = (rows + grain - 1) / grain

    /// The squared distances of all samples to some of them: [candidates][rows].
    let private distancesTo (samples: Samples) (candidates: int[]) : float[][] =
        let result = candidates |> Array.map (fun _ -> Array.zeroCreate<float> samples.Rows)

        WorkerPool.Run(
            slices samples.Rows,
            fun slice ->
                for i in slice * grain .. min samples.Rows ((slice + 1) * grain) - 1 do
                    let row = samples.Row i

                    for c in 0 .. candidates.Length - 1 do
                        let centre = samples.Row candidates[c]
                        let mutable sum = 0.0

                        for j in 0 .. row.Length - 1 do
                            let d = row[j] - centre[j]
                            sum <- sum + d * d

                        result[c].[i] <- sum
        )

        result

    /// A sample drawn with probabilities in proportion to weights.
    let private drawBy (draws: Draws) (cumulative: float[]) =
        let target = draws.Uniform() * cumulative[cumulative.Length - 1]
        let at = Array.BinarySearch(cumulative, target)
        let at = if at >= 0 then at + 1 else ~~~at
        min at (cumulative.Length - 1)

    let private cumulative (values: float[]) = Array.scan (+) 0.0 values |> Array.tail

    let private plusPlus (draws: Draws) (samples: Samples) (weights: float[] option) clusters : int[] =
        let trials = 2 + int (log (float clusters))
        let chosen = Array.zeroCreate<int> clusters

        let weighted distances =
            weights |> Option.map (Array.map2 (*) distances) |> Option.defaultValue distances

        chosen[0] <-
            match weights with
            | Some weights -> drawBy draws (cumulative weights)
            | None -> draws.Below samples.Rows

        let mutable nearest = (distancesTo samples [| chosen[0] |])[0]

        for c in 1 .. clusters - 1 do
            let sums = cumulative (weighted nearest)
            let candidates = Array.init trials (fun _ -> drawBy draws sums)

            let best, distances =
                distancesTo samples candidates
                |> Array.map (fun distances -> Array.map2 min nearest distances)
                |> Array.zip candidates
                |> Array.minBy (snd >> weighted >> Array.sum)

            chosen[c] <- best
            nearest <- distances

        chosen

    /// The centres of a start, row-major. Weights of samples make k-means++ draw the heavier ones more often.
    let make operation (start: KMeansStart) (key: Key) (samples: Samples) weights clusters : float[] =
        let rowsOf (chosen: int[]) = chosen |> Array.collect (fun i -> samples.Row(i).ToArray())

        match start with
        | KMeansStart.PlusPlus -> rowsOf (plusPlus (Draws key) samples weights clusters)
        | KMeansStart.RandomSamples -> rowsOf ((Draws key).Permutation(samples.Rows) |> Array.take clusters)
        | KMeansStart.Given centres ->
            if centres.Shape <> [ clusters; samples.Features ] then
                Fail.shapes
                    operation
                    [ "the given centres", centres.Shape; "wanted", [ clusters; samples.Features ] ]
                    "give a row for each cluster, with as many features as the samples."

            Tensor.toFloat64Array centres
