namespace Functional

open LossParts
open MetricParts

/// How the scores R² of several outputs become one.
[<RequireQualifiedAccess>]
type R2Aggregation =
    /// The mean of all outputs. Keras, scikit-learn: "uniform_average".
    | UniformAverage
    /// The mean of all outputs, each weighted by the variance of its labels. Keras: "variance_weighted_average";
    /// scikit-learn: "variance_weighted".
    | VarianceWeightedAverage
    /// The score of one output, counted from 0; a metric for each gives all of them. Keras: class_aggregation=None;
    /// scikit-learn: "raw_values".
    | Output of index: int

/// Options of `Metric.r2With`; Keras's names and defaults.
type R2Options =
    {
        /// Default UniformAverage.
        Aggregation: R2Aggregation
        /// The number p of regressors of the model, for the adjusted score 1 - (1 - R²)(n - 1) / (n - p - 1) of n samples
        /// (Keras: num_regressors). Where p is n - 1 or more, the score stays as it is. Default 0.
        Regressors: int
    }

    /// The mean of all outputs, not adjusted.
    static member defaults = { Aggregation = R2Aggregation.UniformAverage; Regressors = 0 }

/// Metrics of numbers, and what is done with any metric.
[<AutoOpen>]
module MetricsOfValues =

    /// Metrics: numbers that tell how good outputs are.
    ///
    /// All take sample weights where scikit-learn does (a weight of 0 leaves a sample out, whatever it holds), are
    /// computed in float64, and give over batches what they give over the whole. Where a definition divides by 0 the
    /// value is 0, unless the metric says otherwise.
    module Metric =

        /// A metric from the function that begins a pass; more of it is taken as better (set HigherIsBetter otherwise).
        /// It has no functional form, so that training hands it every batch.
        let create (name: string) (start: unit -> MetricState) : Metric =
            { Name = name
              HigherIsBetter = true
              Create = start
              Accumulator = fun _ _ -> None
              OfLogits = None }

        /// The functional form of the mean of `f`; None where `f` reads numbers instead of computing with tensors.
        let private traceable name f (labels: Signature) (output: Signature) =
            try
                Trace.trace (fun batch -> [ userFunction name f batch[0] batch[1] ]) [ labels; output ] |> ignore

                Some(meanAccumulator name id (userFunction name f))
            with :? FunctionalException ->
                None

        /// A metric of one's own: the weighted mean of `f labels output`, which gives one number a sample ([n], or [n;
        /// ...]), or one for the whole batch, a scalar, which counts as often as the batch has samples. Any other
        /// result is an error. More of it is taken as better (set HigherIsBetter otherwise).
        ///
        /// Labels come in their own type, and in the shape of the output where that differs by a last axis of length 1
        /// alone. A function made of tensor functions is compiled with the step of training.
        let custom (name: string) (f: Tensor -> Tensor -> Tensor) : Metric =
            let always _ _ = Some(meanAccumulator name id (userFunction name f))

            { Name = name
              HigherIsBetter = true
              Create = passOver name 0.0 noCheck always
              Accumulator = traceable name f
              OfLogits = None }

        /// The losses of a batch and their weights, in which those that do not count have the weight 0.
        let private lossesOf (loss: Loss) labels output weights =
            let losses, weights = ReducedLosses.ofBatch loss labels output weights
            let weights = weights |> Option.map (Tensor.broadcastTo losses.Shape)

            match weights, ReducedLosses.maskOf loss labels losses None with
            | Some weights, Some mask -> losses, Some(Tensor.where mask weights (Tensor.zerosLike weights))
            | _, None
            | None, _ -> losses, weights

        let rec private lossMean (loss: Loss) : Metric =
            let check rowCounts (labels: Tensor) (output: Tensor) =
                let given, known = classesLastShapes loss.Name loss.Axis labels.Shape output.Shape

                if loss.Labels = LabelKind.Classes && isClassNumbers given known && labels.Size > 0 then
                    let counts = Tensor.ofBools labels.Shape (Array.init labels.Size rowCounts)
                    let counting = Tensor.where counts labels (Tensor.zerosLike labels)
                    Loss.checkLabelValues loss.Name "" loss known counting

            let accumulator _ _ = weightedMean loss.Name id (lossesOf loss)

            { ofAccumulator loss.Name false check accumulator with
                OfLogits = loss.FromLogits |> Option.map (snd >> lossMean) }

        /// A loss as a metric: the mean of the losses of the samples, weighted, under the loss's name. Less is better.
        ///
        /// As in Keras's metrics the weighted sum is divided by the sum of the weights; as a loss (`Loss.value`) it is
        /// divided by the number of losses. Rows that a loss leaves out (`Loss.withIgnoreClass`) have, as in Keras, the
        /// weight 0 where there are weights, and else count with a loss of 0; the loss itself is the mean of the others.
        let ofLoss (loss: Loss) : Metric = lossMean loss

        /// The metric as it is to be taken beside this loss: of logits where the loss takes logits, so that accuracy,
        /// precision and the like have their threshold at 0 instead of 0.5.
        let forLoss (loss: Loss) (metric: Metric) : Metric =
            match loss.Outputs, metric.OfLogits with
            | OutputKind.Logits, Some ofLogits ->
                { ofLogits with Name = metric.Name; HigherIsBetter = metric.HigherIsBetter }
            | OutputKind.Logits, None
            | OutputKind.Numbers, _
            | OutputKind.Probabilities, _
            | OutputKind.Own, _ -> metric

        /// The metric without regard to the weights of samples: each sample counts once. Keras's `metrics`; with their
        /// weights they are its `weighted_metrics`.
        let unweighted (metric: Metric) : Metric =
            let rec without (metric: Metric) =
                { metric with
                    Create =
                        fun () ->
                            let state = metric.Create()

                            { new MetricState() with
                                override _.Add(labels, output, _) = state.Add(labels, output, None)
                                override _.Result = state.Result
                                override _.Memory = state.Memory
                                override _.Restore memory = state.Restore memory }
                    Accumulator =
                        fun labels output ->
                            metric.Accumulator labels output
                            |> Option.map (fun accumulator ->
                                { accumulator with
                                    Update = fun state labels output _ -> accumulator.Update state labels output None })
                    OfLogits = metric.OfLogits |> Option.map without }

            without metric

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
        let meanSquaredError: Metric =
            meanOfErrors "mean_squared_error" false id (fun y p -> Tensor.square (y - p))

        /// The root of the mean squared error over all outputs. Keras: RootMeanSquaredError. With several outputs
        /// scikit-learn's root_mean_squared_error is the mean of each output's root instead.
        let rootMeanSquaredError: Metric =
            meanOfErrors "root_mean_squared_error" false sqrt (fun y p -> Tensor.square (y - p))

        /// Mean absolute error: the mean of |y - p| over all outputs of all samples, samples weighted. scikit-learn:
        /// mean_absolute_error.
        let meanAbsoluteError: Metric =
            meanOfErrors "mean_absolute_error" false id (fun y p -> Tensor.abs (y - p))

        /// One score of those of all outputs, whose labels have these squared distances from their means.
        let private aggregated (aggregation: R2Aggregation) (squares: float[]) (scores: float[]) =
            match aggregation with
            | R2Aggregation.UniformAverage -> Array.average scores
            | R2Aggregation.VarianceWeightedAverage when Array.sum squares > 0.0 ->
                Array.sum (Array.map2 (*) squares scores) / Array.sum squares
            | R2Aggregation.VarianceWeightedAverage -> Array.average scores
            | R2Aggregation.Output i -> scores[i]

        /// The score adjusted for this many regressors, where there are samples enough for it.
        let private adjusted regressors (count: float) (score: float) =
            let left = count - float regressors - 1.0

            if regressors = 0 || left <= 0.0 then
                score
            else
                1.0 - (1.0 - score) * (count - 1.0) / left

        /// The state of R² for this many outputs: the number and the weight of the rows, and for each output the sum of
        /// squared errors, the mean label and the sum of squared distances from it. Sums of squared labels would
        /// cancel, so each batch is joined by its own mean (Chan, Golub and LeVeque 1979).
        let private r2Accumulator (options: R2Options) columns : MetricAccumulator =
            let zeros = Tensor.zerosOf Float64 [ columns ]

            let update (state: Tensor list) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
                let y, p = elementwiseRows "r2_score" labels output
                let rows = fst (rowsOf output.Shape)

                let weights =
                    match weights with
                    | None -> Tensor.onesOf Float64 [ y.Shape.Head; 1 ]
                    | Some weights -> Tensor.reshape [ y.Shape.Head; 1 ] (rowWeights "r2_score" rows weights)

                let count, total, errors, means, squares = state[0], state[1], state[2], state[3], state[4]
                let sumOf x = Tensor.sumOver [ 0 ] (weigh weights x)
                let added = Tensor.sum weights
                let orOne x = Tensor.where (Tensor.equal x (number 0.0)) (number 1.0) x
                let mean = sumOf y / orOne added
                let share = added / orOne (total + added)
                let between = mean - means

                [ count + Tensor.sum (real (Tensor.notEqual weights (number 0.0)))
                  total + added
                  errors + sumOf (Tensor.square (y - p))
                  means + between * share
                  squares + sumOf (Tensor.square (y - mean)) + between * between * (total * share) ]

            let result (state: Tensor list) =
                let count = Tensor.toFloat state[0]

                if count < 2.0 then
                    nan
                else
                    let errors, squares = Tensor.toFloat64Array state[2], Tensor.toFloat64Array state[4]

                    let score =
                        (errors, squares)
                        ||> Array.map2 (fun e s ->
                            if s <> 0.0 then 1.0 - e / s
                            elif e = 0.0 then 1.0
                            else 0.0)
                        |> aggregated options.Aggregation squares

                    adjusted options.Regressors count score

            { Init = [ number 0.0; number 0.0; zeros; zeros; zeros ]; Update = update; Result = result }

        /// `r2` with options. A negative number of regressors is an error, and an output that is not there.
        let r2With (options: R2Options) : Metric =
            let name = "r2_score"

            if options.Regressors < 0 then
                Fail.argument name "regressors" options.Regressors "is no number of regressors; give 0 or more."

            let accumulator _ (output: Signature) =
                let columns = snd (rowsOf output.Shape)

                match options.Aggregation with
                | R2Aggregation.Output i when i < 0 || i >= columns ->
                    Fail.argument name "aggregation" i $"is none of the {columns} outputs, which count from 0."
                | R2Aggregation.Output _
                | R2Aggregation.UniformAverage
                | R2Aggregation.VarianceWeightedAverage -> r2Accumulator options columns

            let metric = ofAccumulator name true noCheck accumulator
            { metric with Create = passOver metric.Name nan noCheck metric.Accumulator }

        /// The coefficient of determination R²: 1 - (sum of squared errors) / (sum of squared distances from the mean
        /// label), for each output, then the mean of the outputs.
        ///
        /// 1 is perfect, 0 is as good as always saying the mean, and below 0 is worse. An output whose labels are all
        /// equal gives 1 where it is met exactly and else 0. scikit-learn: r2_score with uniform_average, which gives
        /// NaN for fewer than two samples, as this does; Keras: R2Score.
        let r2: Metric = r2With R2Options.defaults
