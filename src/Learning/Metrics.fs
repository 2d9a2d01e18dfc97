namespace Functional

open LossParts
open MetricParts

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

        let rec private lossMean (loss: Loss) : Metric =
            let check rowCounts (labels: Tensor) (output: Tensor) =
                if loss.Labels = LabelKind.Classes && isClassNumbers labels.Shape output.Shape && labels.Size > 0 then
                    let counts = Tensor.ofBools labels.Shape (Array.init labels.Size rowCounts)
                    let counting = Tensor.where counts labels (Tensor.zerosLike labels)
                    Loss.checkLabelValues loss.Name "" loss output.Shape counting

            { mean loss.Name false check id loss.PerSample with
                OfLogits = loss.FromLogits |> Option.map (snd >> lossMean) }

        /// A loss as a metric: the mean of the losses of the samples, weighted, under the loss's name. Less is better.
        ///
        /// As in Keras's metrics the weighted sum is divided by the sum of the weights; as a loss (`Loss.value`) it is
        /// divided by the number of losses.
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

        /// The state of R² for this many outputs: the number and the weight of the rows, and for each output the sum of
        /// squared errors, the mean label and the sum of squared distances from it. Sums of squared labels would
        /// cancel, so each batch is joined by its own mean (Chan, Golub and LeVeque 1979).
        let private r2Accumulator columns : MetricAccumulator =
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
                if Tensor.toFloat state[0] < 2.0 then
                    nan
                else
                    (Tensor.toFloat64Array state[2], Tensor.toFloat64Array state[4])
                    ||> Array.map2 (fun e s ->
                        if s <> 0.0 then 1.0 - e / s
                        elif e = 0.0 then 1.0
                        else 0.0)
                    |> Array.average

            { Init = [ number 0.0; number 0.0; zeros; zeros; zeros ]; Update = update; Result = result }

        /// The coefficient of determination R²: 1 - (sum of squared errors) / (sum of squared distances from the mean
        /// label), for each output, then the mean of the outputs.
        ///
        /// 1 is perfect, 0 is as good as always saying the mean, and below 0 is worse. An output whose labels are all
        /// equal gives 1 where it is met exactly and else 0. scikit-learn: r2_score with uniform_average, which gives
        /// NaN for fewer than two samples, as this does; Keras: R2Score.
        let r2: Metric =
            let accumulator _ (output: Signature) = r2Accumulator (snd (rowsOf output.Shape))
            let metric = ofAccumulator "r2_score" true noCheck accumulator
            { metric with Create = passOver metric.Name nan noCheck metric.Accumulator }
