namespace Functional

/// Evaluations as passes of an engine whose variables nothing changes.
module internal ModelEvaluations =
    /// The means of loss and metrics over samples; `keep` is given the outputs of each batch.
    let run batchSize (objective: Objective) (model: Model) (samples: Batch) keep : RunningMetrics =
        let step = ModelLoss.step (Optimizer.chain []) objective.Loss model.Layer
        let feed = MemoryFeed(BatchForm.inType model.DType samples, batchSize, None)
        let example = feed.Example
        let output = { Shape = example.Count :: model.OutputShape; DType = model.DType }
        let labels = example.Labels |> List.map _.Signature

        let plan =
            MetricPlan([ "loss" ], ReportedMetrics.ofMetrics objective.Loss objective.Metrics, labels, [ output ])

        let engine = TrainingEngine([ step, Tree.empty, plan ], model.Variables, 0, Key.ofInt 0, Some plan)
        use batches = feed.Start(0, 0)

        while batches.MoveNext() do
            engine.Evaluate(batches.Current, keep)

        engine.Validating.Value

/// Judging models.
[<AutoOpen>]
module ModelEvaluation =
    /// Judging models.
    module Model =
        let internal evaluateFor
            operation
            batchSize
            (objective: Objective option)
            (d: Dataset)
            (model: Model)
            : Evaluation =
            DataChecks.checkData operation model (objective |> Option.map _.Loss) d

            let loss, metrics, outputs =
                match objective with
                | Some objective ->
                    let outputs = ResizeArray<Tensor>()
                    let keep (given: Tensor list) = outputs.Add given.Head
                    let means = ModelEvaluations.run batchSize objective model (Batch.ofDataset d) (Some keep)
                    Some means.Loss, means.Metrics, Tensor.concat 0 (List.ofSeq outputs)
                | None -> None, [], Model.predictWith batchSize d.Features model

            { Loss = loss
              Metrics = metrics
              Labels = d.Labels
              Outputs = outputs
              SampleWeights = d.SampleWeights
              ClassNames = d.ClassNames
              Threshold = objective |> Option.map (fun o -> Loss.threshold o.Loss) |> Option.defaultValue 0.5 }

        /// What the model says of a dataset, with the loss and the metrics that it was trained for, where it was: a
        /// loaded model knows none, so give it some with `withObjective`. `Report.classification` makes a table of the
        /// result.
        let evaluate (d: Dataset) (model: Model) : Evaluation = evaluateFor "Model.evaluate" 256 model.Objective d model

/// Reports on evaluations.
[<AutoOpen>]
module ReportsOfEvaluations =
    /// Reports on how well a model's outputs fit labels.
    module Report =
        /// The table that scikit-learn's classification_report prints, of what a model says of a dataset: precision,
        /// recall, F1 and support of each class. `run.Model |> Model.evaluate test |> Report.classification |> printfn
        /// "%s"`.
        let classification (evaluation: Evaluation) : string =
            string (Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs)

        /// How many samples of each class (a row each) a model takes for which class (a column each), as a table.
        let confusion (evaluation: Evaluation) : string =
            let scores =
                Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs

            Report.confusionText (scores.Classes |> List.map _.Name) scores.Confusion
