namespace Functional

open System

/// Samples as learners compute with them: float64, row-major.
type internal Samples =
    {
        /// [Rows; Features] in row-major order.
        Values: float[]
        Rows: int
        Features: int
    }

    /// The features of one sample.
    member s.Row(i: int) : ReadOnlySpan<float> = ReadOnlySpan(s.Values, i * s.Features, s.Features)

    /// One feature of one sample.
    member s.At(row: int, feature: int) = s.Values[row * s.Features + feature]

/// Reading what learners are given; errors name the operation.
module internal Samples =
    /// The position of the first value that is missing or infinite; -1 where there is none.
    let private firstNotFinite (values: float[]) =
        let mutable i = 0

        while i < values.Length && Double.IsFinite values[i] do
            i <- i + 1

        if i < values.Length then i else -1

    let private demandFinite operation (samples: Samples) =
        match firstNotFinite samples.Values with
        | -1 -> ()
        | i ->
            let value = samples.Values[i].ToString Globalization.CultureInfo.InvariantCulture

            Fail.data
                operation
                $"x has the value {value} in row {i / samples.Features}, column {i % samples.Features} (counted from 0). \
                  Fill missing values or leave their rows out first."

    /// Samples x [n; features], of which there is at least one, all finite.
    let read operation (x: Tensor) : Samples =
        match x.Shape with
        | [ rows; features ] when rows > 0 && features > 0 ->
            let samples = { Values = Tensor.toFloat64Array x; Rows = rows; Features = features }

            demandFinite operation samples
            samples
        | shape -> Fail.shapes operation [ "x", shape ] "give samples as [n; features], at least one of each."

    /// Samples to predict: none is allowed; each must have as many features as those of the fit.
    let readFor operation features (x: Tensor) : Samples =
        match x.Shape with
        | [ rows; width ] when width = features ->
            let samples = { Values = Tensor.toFloat64Array x; Rows = rows; Features = features }

            demandFinite operation samples
            samples
        | shape ->
            Fail.shapes
                operation
                [ "x", shape; "one sample of the fit", [ features ] ]
                $"give samples as [n; {features}], the features in the order of the fit."

    let private demandOneEach operation (samples: Samples) (y: Tensor) =
        match y.Shape with
        | [ n ]
        | [ n; 1 ] when n = samples.Rows -> ()
        | shape ->
            Fail.shapes
                operation
                [ "x", [ samples.Rows; samples.Features ]; "y", shape ]
                "give one target for each sample."

    /// Numbers y [n] (or [n; 1]), all finite.
    let targets operation (samples: Samples) (y: Tensor) : float[] =
        demandOneEach operation samples y
        let values = Tensor.toFloat64Array y

        match values |> Array.tryFindIndex (fun v -> not (Double.IsFinite v)) with
        | None -> values
        | Some i -> Fail.data operation $"the target of row {i} (counted from 0) is missing or infinite."

    /// Classes y [n] (or [n; 1]): whole numbers from 0.
    let labels operation (samples: Samples) (y: Tensor) : int[] =
        targets operation samples y
        |> Array.mapi (fun row v ->
            if v >= 0.0 && v < 1e6 && v = floor v then
                int v
            else
                let value = v.ToString Globalization.CultureInfo.InvariantCulture

                Fail.data
                    operation
                    $"the label {value} in row {row} (counted from 0) is no class. Number the classes 0, 1, 2, ...")

    /// The number of classes that labels name: the largest and one.
    let classCount (labels: int[]) = Array.max labels + 1

    /// The index of the largest of each row of scores [rows; columns]; the first of equal ones.
    let largest (columns: int) (scores: float[]) : int[] =
        Array.init (scores.Length / columns) (fun row ->
            let mutable best = 0

            for j in 1 .. columns - 1 do
                if scores[row * columns + j] > scores[row * columns + best] then
                    best <- j

            best)

    /// Classes as a tensor.
    let ofLabels (labels: int[]) : Tensor = Tensor.ofInts [ labels.Length ] labels

    /// Numbers as a tensor.
    let ofTargets (values: float[]) : Tensor = Tensor.ofFloat64Array [ values.Length ] values

    /// Rows of numbers as a tensor.
    let ofRows (columns: int) (values: float[]) : Tensor =
        Tensor.ofFloat64Array [ values.Length / max 1 columns; columns ] values

    /// The weights of samples, where there are some.
    let weights operation (samples: Samples) (weights: Tensor option) : float[] option =
        weights |> Option.map (SampleWeights.read operation samples.Rows)

    /// The samples with each row times a number.
    let times (factors: float[]) (samples: Samples) : Samples =
        let values = samples.Values |> Array.mapi (fun at v -> v * factors[at / samples.Features])
        { samples with Values = values }

    /// The mean of each feature, weighted.
    let weightedMeans (weights: float[]) (samples: Samples) : float[] =
        let sums = Array.zeroCreate<float> samples.Features

        for i in 0 .. samples.Rows - 1 do
            for j in 0 .. samples.Features - 1 do
                sums[j] <- sums[j] + weights[i] * samples.Values[i * samples.Features + j]

        let total = Array.sum weights
        sums |> Array.map (fun sum -> sum / total)

    /// The mean of each feature.
    let means (samples: Samples) : float[] =
        let sums = Array.zeroCreate<float> samples.Features

        for i in 0 .. samples.Rows - 1 do
            for j in 0 .. samples.Features - 1 do
                sums[j] <- sums[j] + samples.Values[i * samples.Features + j]

        sums |> Array.map (fun sum -> sum / float samples.Rows)

    /// The samples less a number for each feature.
    let less (offsets: float[]) (samples: Samples) : Samples =
        let values = Array.zeroCreate<float> samples.Values.Length

        for i in 0 .. samples.Rows - 1 do
            let first = i * samples.Features

            for j in 0 .. samples.Features - 1 do
                values[first + j] <- samples.Values[first + j] - offsets[j]

        { samples with Values = values }
