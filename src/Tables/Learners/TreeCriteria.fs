namespace Functional

open System

/// Sums over the samples of a node and of both sides of a split, from which impurities follow. Samples move from the right to
/// the left side one at a time.
type internal ISplitSums =
    /// Starts a node: all of these samples are on the right side.
    abstract Start: order: int[] * first: int * last: int -> unit

    /// Puts all samples of the node on the right side again.
    abstract Reset: unit -> unit

    /// Moves a sample to the left side.
    abstract Move: sample: int -> unit

    /// The impurity of the node.
    abstract Impurity: float

    /// What grows with the decrease of impurity of the split, and is fast to compute.
    abstract Gain: float

    /// The impurities of the left and the right side.
    abstract Sides: struct (float * float)

    /// The weights of the node and of both sides.
    abstract Weights: struct (float * float * float)

    /// The value of the node: shares of classes, or a mean.
    abstract Value: float[]

/// Weights of each class, for Gini and entropy.
[<Sealed>]
type internal ClassSums(labels: int[], weights: float[], classes: int, criterion: TreeCriterion) =
    let total = Array.zeroCreate<float> classes
    let left = Array.zeroCreate<float> classes
    let right = Array.zeroCreate<float> classes
    let mutable all = 0.0
    let mutable leftWeight = 0.0

    let impurity (sums: float[]) weight =
        let mutable sum = 0.0

        if weight <= 0.0 then
            0.0
        else
            match criterion with
            | TreeCriterion.Entropy ->
                for s in sums do
                    if s > 0.0 then
                        sum <- sum - s / weight * Math.Log2(s / weight)

                sum
            | TreeCriterion.Gini
            | TreeCriterion.SquaredError ->
                for s in sums do
                    sum <- sum + s * s

                1.0 - sum / (weight * weight)

    interface ISplitSums with
        member this.Start(order, first, last) =
            Array.Clear total

            for at in first .. last - 1 do
                let i = order[at]
                total[labels[i]] <- total[labels[i]] + weights[i]

            all <- Array.sum total
            (this :> ISplitSums).Reset()

        member _.Reset() =
            Array.Clear left
            total.CopyTo(right, 0)
            leftWeight <- 0.0

        member _.Move i =
            let w = weights[i]
            left[labels[i]] <- left[labels[i]] + w
            right[labels[i]] <- right[labels[i]] - w
            leftWeight <- leftWeight + w

        member _.Impurity = impurity total all

        member _.Gain =
            let rightWeight = all - leftWeight
            -(leftWeight * impurity left leftWeight) - rightWeight * impurity right rightWeight

        member _.Sides = struct (impurity left leftWeight, impurity right (all - leftWeight))
        member _.Weights = struct (all, leftWeight, all - leftWeight)
        member _.Value = total |> Array.map (fun s -> s / all)

/// Weighted sums of numbers and of their squares, for the squared error.
[<Sealed>]
type internal NumberSums(targets: float[], weights: float[]) =
    let mutable all = 0.0
    let mutable sum = 0.0
    let mutable squares = 0.0
    let mutable leftWeight = 0.0
    let mutable leftSum = 0.0
    let mutable leftSquares = 0.0

    let impurity weight sum squares =
        if weight <= 0.0 then
            0.0
        else
            let mean = sum / weight
            max 0.0 (squares / weight - mean * mean)

    interface ISplitSums with
        member this.Start(order, first, last) =
            all <- 0.0
            sum <- 0.0
            squares <- 0.0

            for at in first .. last - 1 do
                let i = order[at]
                let weighted = weights[i] * targets[i]
                all <- all + weights[i]
                sum <- sum + weighted
                squares <- squares + weighted * targets[i]

            (this :> ISplitSums).Reset()

        member _.Reset() =
            leftWeight <- 0.0
            leftSum <- 0.0
            leftSquares <- 0.0

        member _.Move i =
            let weighted = weights[i] * targets[i]
            leftWeight <- leftWeight + weights[i]
            leftSum <- leftSum + weighted
            leftSquares <- leftSquares + weighted * targets[i]

        member _.Impurity = impurity all sum squares

        member _.Gain =
            let rightSum = sum - leftSum
            leftSum * leftSum / leftWeight + rightSum * rightSum / (all - leftWeight)

        member _.Sides =
            struct (impurity leftWeight leftSum leftSquares,
                    impurity (all - leftWeight) (sum - leftSum) (squares - leftSquares))

        member _.Weights = struct (all, leftWeight, all - leftWeight)
        member _.Value = [| sum / all |]
