namespace Functional

/// Evaluations as passes of an engine whose variables nothing changes.
module internal ModelEvaluations =
    /// The means of losses and metrics over a pass of a feed; `keep` is given the outputs of each
    /// batch, and the weights for metrics of each output if the model masks one.
    let over operation (objectives: Objective list) (model: Model) (feed: Feed) keep : RunningMetrics =
        let step = ModelLoss.stepOf operation (Optimizer.chain []) objectives model
        let plan = ModelLoss.plan objectives model feed.Example
        let engine = TrainingEngine([ step, Tree.empty, plan ], model.Variables, 0, Key.ofInt 0, Some plan)
        use batches = feed.Start(0, 0)

        while batches.MoveNext() do
            engine.Evaluate(batches.Current, keep)

        engine.Validating.Value

    /// The means of losses and metrics over samples in memory.
    let run operation batchSize (objectives: Objective list) (model: Model) (samples: Batch) keep : RunningMetrics =
        over operation objectives model (MemoryFeed(BatchForm.inType model.DType samples, batchSize, [])) keep

/// Judging models.
[<AutoOpen>]
module ModelEvaluation =
    /// Judging models.
    module Model =
        /// Loss, metrics, outputs and, of a model that masks one, the weights of outputs over a dataset, for a model that
        /// is trained for something.
        let private judge operation batchSize (objectives: Objective list) (d: Dataset) (model: Model) =
            let outputs, weights = ResizeArray<Tensor list>(), ResizeArray<Tensor list>()

            let keep ys ws =
                outputs.Add ys
                weights.Add ws

            let samples = Batch.ofDataset d
            let means = ModelEvaluations.run operation batchSize objectives model samples (Some keep)
            let joined parts = parts |> List.ofSeq |> List.transpose |> List.map (Tensor.concat 0)
            Some means.Loss, means.Losses.Tail @ means.Metrics, joined outputs, joined weights

        let internal evaluateFor
            operation
            batchSize
            (objectives: Objective list)
            (d: Dataset)
            (model: Model)
            : Evaluation =
            DataChecks.checkData operation model objectives d

            let loss, metrics, outputs, weights =
                if objectives.IsEmpty then
                    None, [], Model.predictAllWith batchSize d.Inputs model, []
                else
                    judge operation batchSize objectives d model

            let samples = Batch.ofDataset d

            let part i (name, labels, given) : OutputEvaluation =
                { Output = name
                  Labels = labels
                  Outputs = given
                  SampleWeights = List.tryItem i weights |> Option.orElse (samples.WeightsOf i)
                  Threshold =
                    List.tryItem i objectives
                    |> Option.map (fun objective -> Loss.threshold objective.Loss)
                    |> Option.defaultValue 0.5 }

            { Loss = loss
              Metrics = metrics
              Parts = List.zip3 model.OutputNames d.AllLabels outputs |> List.mapi part
              ClassNames = d.ClassNames }

        /// What the model says of a dataset, with the loss and the metrics that it was trained for, where it was: a
        /// loaded model knows none, so give it some with `withObjective`. `Report.classification` makes a table of the
        /// result.
        let evaluate (d: Dataset) (model: Model) : Evaluation =
            evaluateFor "Model.evaluate" 256 model.Objectives d model

/// Reports on evaluations.
[<AutoOpen>]
module ReportsOfEvaluations =
    /// Reports on how well a model's outputs fit labels.
    module Report =
        /// The table that scikit-learn's classification_report prints, of what a model says of a dataset: precision,
        /// recall, F1 and support of each class. `run.Model |> Model.evaluate test |> Report.classification |> printfn
        /// "%s"`. Of a model of several outputs take one with `Evaluation.output`.
        let classification (evaluation: Evaluation) : string =
            string (Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs)

        /// How many samples of each class (a row each) a model takes for which class (a column each), as a table.
        let confusion (evaluation: Evaluation) : string =
            let scores =
                Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs

            Report.confusionText (scores.Classes |> List.map _.Name) scores.Confusion
