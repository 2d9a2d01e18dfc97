namespace Functional

open LossParts

/// A metric on its way through the batches of a pass: what it has seen so far, and its value.
[<AbstractClass>]
type MetricState() =
    /// Takes a batch: its labels, its outputs and the weights of its samples, if they have any. The tensors hold data;
    /// a value that a transform follows is an error.
    abstract Add: labels: Tensor * output: Tensor * weights: Tensor option -> unit

    /// The value over all batches so far. The value of a whole data set does not depend on how it was cut into batches.
    abstract Result: float

/// A number that tells how good outputs are: not differentiated, gathered batch by batch in float64.
[<NoEquality; NoComparison>]
type Metric =
    {
        /// What logs call it: Keras's name in snake case, such as "accuracy".
        Name: string
        /// Whether a model with more of it is the better one; what callbacks that watch it take as their direction.
        HigherIsBetter: bool
        /// Begins a pass.
        Create: unit -> MetricState
    }

/// What metrics share: batches as arrays of rows.
module internal MetricParts =
    /// a / b, and 0 where b is 0.
    let ratio a b = if b = 0.0 then 0.0 else a / b

    /// The weights of the rows of outputs whose shape is `leading`: a weight for each sample serves all rows of the
    /// sample.
    let rowWeights name (weights: Tensor option) (leading: Shape) : float[] =
        let rows = Shape.size leading

        match weights with
        | None -> Array.create rows 1.0
        | Some weights ->
            let shape = weights.Shape

            let perRow =
                if
                    shape = leading @ [ 1 ]
                    || (shape.Length <= leading.Length && shape = List.truncate shape.Length leading)
                then
                    if weights.Size = 0 then 1 else rows / weights.Size
                else
                    Fail.shapes
                        name
                        [ "weights", shape; "samples", leading ]
                        "the weights are not one number a sample.\n\
                          Pass weights of the shape of the samples, or of their first axis."

            let values = Tensor.toFloat64Array weights
            Array.init rows (fun row -> values[row / perRow])

    /// The shape of the rows of an output, and the number of outputs in a row; a vector has rows of one.
    let rowsOf (output: Shape) = if output.Length <= 1 then output, 1 else leading output, List.last output

    /// A batch whose labels have the shape of the output: labels and outputs row by row, the length of a row, and the
    /// rows' weights.
    let elementwiseRows name (labels: Tensor) (output: Tensor) weights =
        if not (elementwise labels.Shape output.Shape) then
            mismatch name "" LabelKind.Numbers labels.Shape output.Shape

        let leading, columns = rowsOf output.Shape
        Tensor.toFloat64Array labels, Tensor.toFloat64Array output, columns, rowWeights name weights leading

    /// A metric that is the weighted mean of one number a row; `rows` gives the numbers and the weights of a batch.
    let mean
        name
        higherIsBetter
        (finish: float -> float)
        (rows: Tensor -> Tensor -> Tensor option -> float[] * float[])
        =
        { Name = name
          HigherIsBetter = higherIsBetter
          Create =
            fun () ->
                let mutable sum, total = 0.0, 0.0

                { new MetricState() with
                    override _.Add(labels, output, weights) =
                        let values, weights = rows labels output weights

                        for row in 0 .. values.Length - 1 do
                            // A weight of 0 leaves a row out, whatever it holds.
                            if weights[row] <> 0.0 then
                                sum <- sum + weights[row] * values[row]
                                total <- total + weights[row]

                    override _.Result = finish (ratio sum total) } }

    /// `mean` of the mean over a row of a function of a label and an output.
    let meanOfErrors name higherIsBetter finish (error: float -> float -> float) =
        mean name higherIsBetter finish (fun labels output weights ->
            let y, p, columns, weights = elementwiseRows name labels output weights

            let values =
                Array.init weights.Length (fun row ->
                    let mutable sum = 0.0

                    for i in row * columns .. (row + 1) * columns - 1 do
                        sum <- sum + error y[i] p[i]

                    sum / float columns)

            values, weights)

open MetricParts

/// Metrics of numbers, and what is done with any metric.
[<AutoOpen>]
module MetricsOfValues =

    /// Metrics: numbers that tell how good outputs are.
    ///
    /// All take sample weights where scikit-learn does, are computed in float64, and give over batches what they give
    /// over the whole. Where a definition divides by 0 the value is 0, unless the metric says otherwise.
    module Metric =

        /// A metric from the function that begins a pass; more of it is taken as better (set HigherIsBetter otherwise).
        let create (name: string) (start: unit -> MetricState) : Metric =
            { Name = name; HigherIsBetter = true; Create = start }

        /// A metric of one's own: the weighted mean of `f labels output`, which gives one number a sample ([n], or [n;
        /// ...]). More of it is taken as better (set HigherIsBetter otherwise).
        let custom (name: string) (f: Tensor -> Tensor -> Tensor) : Metric =
            mean name true id (fun labels output weights ->
                let values = f labels output
                Tensor.toFloat64Array values, rowWeights name weights values.Shape)

        /// A loss as a metric: the mean of the losses of the samples, weighted, under the loss's name. Less is better.
        ///
        /// As in Keras's metrics the weighted sum is divided by the sum of the weights; as a loss (`Loss.value`) it is
        /// divided by the number of losses.
        let ofLoss (loss: Loss) : Metric =
            mean loss.Name false id (fun labels output weights ->
                if loss.Labels = LabelKind.Classes && isClassNumbers labels.Shape output.Shape && labels.Size > 0 then
                    Loss.checkLabelValues loss.Name "" loss output.Shape labels

                let values = loss.PerSample labels output
                Tensor.toFloat64Array values, rowWeights loss.Name weights values.Shape)

        /// The metric under another name in logs.
        let named (name: string) (metric: Metric) : Metric = { metric with Name = name }

        /// The value of the metric over these labels and outputs, with one weight a sample or none. No samples are an
        /// error.
        let valueWeighted (metric: Metric) (labels: Tensor) (output: Tensor) (weights: Tensor option) : float =
            if output.Size = 0 then
                Fail.data metric.Name "there are no samples to measure: the output is empty."

            let state = metric.Create()
            state.Add(labels, output, weights)
            state.Result

        /// The value of the metric over these labels and outputs. No samples are an error.
        let value (metric: Metric) (labels: Tensor) (output: Tensor) : float = valueWeighted metric labels output None

        /// Mean squared error: the mean of (y - p)^2 over all outputs of all samples, samples weighted. scikit-learn:
        /// mean_squared_error.
        let meanSquaredError: Metric = meanOfErrors "mean_squared_error" false id (fun y p -> (y - p) * (y - p))

        /// The root of the mean squared error over all outputs. Keras: RootMeanSquaredError. With several outputs
        /// scikit-learn's root_mean_squared_error is the mean of each output's root instead.
        let rootMeanSquaredError: Metric =
            meanOfErrors "root_mean_squared_error" false sqrt (fun y p -> (y - p) * (y - p))

        /// Mean absolute error: the mean of |y - p| over all outputs of all samples, samples weighted. scikit-learn:
        /// mean_absolute_error.
        let meanAbsoluteError: Metric = meanOfErrors "mean_absolute_error" false id (fun y p -> abs (y - p))

        /// The coefficient of determination R²: 1 - (sum of squared errors) / (sum of squared distances from the mean
        /// label), for each output, then the mean of the outputs.
        ///
        /// 1 is perfect, 0 is as good as always saying the mean, and below 0 is worse. An output whose labels are all
        /// equal gives 1 where it is met exactly and else 0. scikit-learn: r2_score with uniform_average, which gives
        /// NaN for fewer than two samples, as this does; Keras: R2Score.
        let r2: Metric =
            { Name = "r2_score"
              HigherIsBetter = true
              Create =
                fun () ->
                    // Of each output: the errors' squares, and the mean of the labels with the squares of their
                    // distances from it,
                    // brought up to date row by row (West 1979), since sums of squares would cancel.
                    let mutable errors: float[] = [||]
                    let mutable means: float[] = [||]
                    let mutable squares: float[] = [||]
                    let mutable total, count = 0.0, 0

                    { new MetricState() with
                        override _.Add(labels, output, weights) =
                            let y, p, columns, weights = elementwiseRows "r2_score" labels output weights

                            if count = 0 then
                                errors <- Array.zeroCreate columns
                                means <- Array.zeroCreate columns
                                squares <- Array.zeroCreate columns
                            elif columns <> errors.Length then
                                Fail.shapes
                                    "r2_score"
                                    [ "output", output.Shape ]
                                    $"the batches before had {errors.Length} outputs a sample.\n\
                                       Every batch must have as many."

                            count <- count + weights.Length

                            for row in 0 .. weights.Length - 1 do
                                let w = weights[row]

                                if w <> 0.0 then
                                    total <- total + w

                                    for c in 0 .. columns - 1 do
                                        let i = row * columns + c
                                        let away = y[i] - means[c]
                                        means[c] <- means[c] + w / total * away
                                        squares[c] <- squares[c] + w * away * (y[i] - means[c])
                                        errors[c] <- errors[c] + w * (y[i] - p[i]) * (y[i] - p[i])

                        override _.Result =
                            if count < 2 then
                                nan
                            else
                                (errors, squares)
                                ||> Array.map2 (fun e s ->
                                    if s <> 0.0 then 1.0 - e / s
                                    elif e = 0.0 then 1.0
                                    else 0.0)
                                |> Array.average } }
