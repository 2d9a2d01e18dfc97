namespace Functional

open System
open System.Collections.Generic

/// Growing a tree by the best splits (CART): among the thresholds halfway between neighbouring values of every feature the one
/// that decreases impurity most; of equal ones that of the first feature, then the lowest. Cost: n log n a feature and level.
[<Sealed>]
type internal TreeGrowing
    (operation: string, options: DecisionTreeOptions, samples: Samples, sums: ISplitSums, weights: float[], key: Key) =
    let draws = Draws key
    let candidates = Array.init samples.Features id

    let looked =
        let features = float samples.Features

        match options.MaxFeatures with
        | MaxFeatures.All -> samples.Features
        | MaxFeatures.Sqrt -> max 1 (int (sqrt features))
        | MaxFeatures.Log2 -> max 1 (int (Math.Log2 features))
        | MaxFeatures.Count count when count >= 1 && count <= samples.Features -> count
        | MaxFeatures.Count count ->
            Fail.argument
                operation
                "MaxFeatures"
                count
                $"is not within 1 and the number of features, {samples.Features}."
        | MaxFeatures.Share share when share > 0.0 && share <= 1.0 -> max 1 (int (share * features))
        | MaxFeatures.Share share ->
            Fail.argument operation "MaxFeatures" share "is no share above 0; give one up to 1."

    // samples of weight 0 (left out of a bootstrap) take no part
    let order = Array.init samples.Rows id |> Array.filter (fun i -> weights[i] > 0.0)

    let allWeight = Array.sum weights
    let values = Array.zeroCreate<float> order.Length
    let sorted = Array.zeroCreate<int> order.Length

    let nodes =
        {| Features = List<int>()
           Thresholds = List<float>()
           Left = List<int>()
           Right = List<int>()
           Values = List<float[]>()
           Impurities = List<float>()
           Samples = List<int>()
           Weights = List<float>() |}

    /// The next of the features to look at: in order where all are, else at random among those not yet drawn.
    let draw position =
        if looked < samples.Features then
            let other = position + draws.Below(samples.Features - position)
            let feature = candidates[other]
            candidates[other] <- candidates[position]
            candidates[position] <- feature

        candidates[position]

    /// Sorts the samples of the node by a feature into `sorted` and `values`. Whether any values differ.
    let sortBy feature first last =
        for at in first .. last - 1 do
            sorted[at] <- order[at]
            values[at] <- samples.At(order[at], feature)

        Array.Sort(values, sorted, first, last - first)
        values[first] < values[last - 1]

    /// Halfway between two values; the lower one where rounding gives the upper.
    let halfway (low: float) (high: float) =
        let middle = low / 2.0 + high / 2.0
        if middle = high || not (Double.IsFinite middle) then low else middle

    /// The best split of the node's samples by a feature: gain and threshold; none that leaves enough on both sides is -infinity.
    let bestOf first last =
        let mutable gain = Double.NegativeInfinity
        let mutable threshold = 0.0
        sums.Reset()

        for at in first .. last - 2 do
            sums.Move sorted[at]

            if
                values[at] < values[at + 1]
                && at + 1 - first >= options.MinSamplesLeaf
                && last - at - 1 >= options.MinSamplesLeaf
            then
                let next = sums.Gain

                if next > gain then
                    gain <- next
                    threshold <- halfway values[at] values[at + 1]

        struct (gain, threshold)

    /// The best split of a node: feature, or -1 where there is none, and threshold.
    let bestSplit first last =
        let mutable feature = -1
        let mutable threshold = 0.0
        let mutable gain = Double.NegativeInfinity
        let mutable position = 0
        let mutable varied = 0

        // goes on beyond the wanted number while all features looked at were constant, as scikit-learn does
        while position < samples.Features && (position < looked || varied = 0) do
            let candidate = draw position
            position <- position + 1

            if sortBy candidate first last then
                varied <- varied + 1
                let struct (candidateGain, candidateThreshold) = bestOf first last

                if candidateGain > gain || (candidateGain = gain && feature > candidate) then
                    gain <- candidateGain
                    feature <- candidate
                    threshold <- candidateThreshold

        struct (feature, threshold)

    /// Puts the samples that go left before the others, each side in its order. Where the right side begins.
    let partition feature threshold first last =
        let mutable left = first
        let mutable right = 0

        for at in first .. last - 1 do
            let i = order[at]

            if samples.At(i, feature) <= threshold then
                order[left] <- i
                left <- left + 1
            else
                sorted[right] <- i
                right <- right + 1

        Array.blit sorted 0 order left right
        left

    /// How much less mixed the split makes the samples, as a share of all.
    let decrease feature threshold first last =
        sums.Reset()

        for at in first .. last - 1 do
            if samples.At(order[at], feature) <= threshold then
                sums.Move order[at]

        let struct (weight, left, right) = sums.Weights
        let struct (leftImpurity, rightImpurity) = sums.Sides

        weight / allWeight * (sums.Impurity - left / weight * leftImpurity - right / weight * rightImpurity)

    /// Adds a node of samples; gives its number and its split, if it has one.
    let addNode first last depth =
        sums.Start(order, first, last)
        let count = last - first
        let struct (weight, _, _) = sums.Weights
        let impurity = sums.Impurity
        nodes.Features.Add -1
        nodes.Thresholds.Add 0.0
        nodes.Left.Add -1
        nodes.Right.Add -1
        nodes.Values.Add sums.Value
        nodes.Impurities.Add impurity
        nodes.Samples.Add count
        nodes.Weights.Add weight

        let isLeaf =
            (match options.MaxDepth with
             | Some most -> depth >= most
             | None -> false)
            || count < options.MinSamplesSplit
            || count < 2 * options.MinSamplesLeaf
            || impurity <= 2.220446049250313e-16

        let struct (feature, threshold) = if isLeaf then struct (-1, 0.0) else bestSplit first last

        let splits =
            feature >= 0
            && (options.MinImpurityDecrease <= 0.0
                || decrease feature threshold first last + 2.220446049250313e-16 >= options.MinImpurityDecrease)

        struct (nodes.Features.Count - 1, (if splits then feature else -1), threshold)

    /// The grown tree.
    member _.Grow() : TreeNodes =
        // ranges still to be grown, the left one on top: first, last, depth, parent, whether it is the left child
        let waiting = Stack<struct (int * int * int * int * bool)>()
        waiting.Push(struct (0, order.Length, 0, -1, false))

        while waiting.Count > 0 do
            let struct (first, last, depth, parent, isLeft) = waiting.Pop()
            let struct (node, feature, threshold) = addNode first last depth

            if parent >= 0 then
                (if isLeft then nodes.Left else nodes.Right)[parent] <- node

            if feature >= 0 then
                nodes.Features[node] <- feature
                nodes.Thresholds[node] <- threshold
                let middle = partition feature threshold first last
                waiting.Push(struct (middle, last, depth + 1, node, false))
                waiting.Push(struct (first, middle, depth + 1, node, true))

        { Features = nodes.Features.ToArray()
          Thresholds = nodes.Thresholds.ToArray()
          Left = nodes.Left.ToArray()
          Right = nodes.Right.ToArray()
          Values = nodes.Values.ToArray()
          Impurities = nodes.Impurities.ToArray()
          Samples = nodes.Samples.ToArray()
          Weights = nodes.Weights.ToArray() }

/// What trees and forests check and choose alike.
module internal TreeOptions =
    let check operation (options: DecisionTreeOptions) =
        match options.MaxDepth with
        | Some depth when depth < 1 -> Fail.argument operation "MaxDepth" depth "is below 1."
        | Some _
        | None -> ()

        if options.MinSamplesSplit < 2 then
            Fail.argument
                operation
                "MinSamplesSplit"
                options.MinSamplesSplit
                "is below 2, and one sample cannot be split."

        if options.MinSamplesLeaf < 1 then
            Fail.argument operation "MinSamplesLeaf" options.MinSamplesLeaf "is below 1."

    /// The criterion of classes.
    let ofClasses operation (options: DecisionTreeOptions) =
        match options.Criterion with
        | None -> TreeCriterion.Gini
        | Some TreeCriterion.SquaredError ->
            Fail.argument operation "Criterion" "SquaredError" "is for numbers; classes take Gini or Entropy."
        | Some criterion -> criterion

    /// Raises the error of a criterion of classes.
    let demandNumbers operation (options: DecisionTreeOptions) =
        match options.Criterion with
        | None
        | Some TreeCriterion.SquaredError -> ()
        | Some TreeCriterion.Gini
        | Some TreeCriterion.Entropy ->
            Fail.argument
                operation
                "Criterion"
                (string options.Criterion.Value)
                "is for classes; numbers take SquaredError."
