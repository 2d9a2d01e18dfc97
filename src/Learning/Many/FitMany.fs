namespace Functional

open System.Collections.Generic
open FitChecks

/// One of several trainings that run as one; see `Learn.fitMany`. Begin with `FitMember.ofKey`.
[<RequireQualifiedAccess>]
type FitMember =
    {
        /// The key that the first variables, the order of the samples and dropout draw from, as in `Learn.fit`.
        Key: Key
        /// The learning rate, instead of the optimizer's. Default None.
        LearningRate: float option
        /// The model whose variables training begins with, as in `Learn.fitModel`. Default None: they are drawn.
        Start: Model option
    }

/// Members of a training of many.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module FitMember =
    /// A training with this key.
    let ofKey (key: Key) : FitMember = { Key = key; LearningRate = None; Start = None }

    /// An ensemble: this many trainings that differ in their first variables, the order of the samples and dropout.
    let ensemble (count: int) (key: Key) : FitMember list = Key.splitMany count key |> List.map ofKey

    /// A sweep: a training with each of these learning rates, which are alike in everything else.
    let sweep (learningRates: float list) (key: Key) : FitMember list =
        learningRates |> List.map (fun rate -> { ofKey key with LearningRate = Some rate })

/// One run of several trainings: epochs over a feed, and validation.
[<Sealed>]
type internal FitManyRun
    (options: FitOptions, models: Model list, states: TrainState list, samples: Batch, validation: Feed option) =
    let model = models.Head
    let keys = states |> List.choose (FitRuns.orderKey options)

    let sharesBatches =
        keys.IsEmpty || keys |> List.map (Key.toTensor >> Tensor.toInts) |> List.distinct |> List.length = 1

    let feed: Feed =
        MemoryFeed(samples, options.BatchSize, (if sharesBatches then List.truncate 1 keys else keys))

    let plan = ModelLoss.plan (objectivesOf options model) model feed.Example

    let engine =
        ManyEngine(stepOf options model, states, plan, Option.map (fun _ -> plan) validation, sharesBatches)

    let tell = options.Progress.Start()
    let logs = List<(string * float) list list>()
    let stepLosses = List<float[]>()
    let mutable isCancelled = false
    let mutable steps = 0

    /// The mean of each value over all trainings, for progress.
    let means (values: (string * float) list list) =
        values
        |> List.concat
        |> List.groupBy fst
        |> List.map (fun (name, all) -> name, List.averageBy snd all)

    let report epoch batch =
        ProgressReport(epoch + 1, options.Epochs, batch, feed.BatchCount, lazy means engine.TrainingValues)

    let learnBatches epoch =
        use batches = feed.Start(epoch, 0)
        let mutable batch = 0

        while not isCancelled && batches.MoveNext() do
            if options.CancellationToken.IsCancellationRequested then
                isCancelled <- true
            else
                let losses = engine.Step batches.Current
                batch <- batch + 1
                steps <- steps + 1

                if options.KeepStepLosses then
                    stepLosses.Add(losses ())

                tell (ProgressEvent.BatchEnds(report epoch batch))

        batch

    let validate (feed: Feed) =
        engine.ResetValidation()
        use batches = feed.Start(0, 0)

        while batches.MoveNext() do
            engine.Evaluate batches.Current

        engine.ValidationValues |> List.map (List.map (fun (name, value) -> "val_" + name, value))

    let learnEpoch epoch =
        engine.ResetTraining()
        tell (ProgressEvent.EpochBegins(report epoch 0))
        let batch = learnBatches epoch

        if not isCancelled then
            let values = engine.TrainingValues

            logs.Add(
                match validation with
                | Some feed -> List.map2 (@) values (validate feed)
                | None -> values
            )

            tell (ProgressEvent.EpochEnds(report epoch batch))

    let resultOf i (model: Model) (start: TrainState) (variables, memory) : FitResult =
        let history =
            History [ for epoch, values in Seq.indexed logs -> { Epoch = epoch + 1; Values = List.item i values } ]

        { Model = model |> Model.withVariables variables |> Model.withObjectives (objectivesOf options model)
          History = history
          State =
            { start with
                Variables = variables
                OptimizerState = memory
                Step = steps
                Epoch = logs.Count
                Pass = logs.Count
                History = history }
          Stopped = if isCancelled then StopReason.Cancelled else StopReason.Completed
          StoppedEpoch = if isCancelled then Some logs.Count else None
          BestEpoch = None
          StepLosses = [ for losses in stepLosses -> losses[i] ]
          Messages = [] }

    /// Trains to the end, or until it is cancelled.
    member _.Run() : FitResult list =
        let mutable epoch = 0

        while epoch < options.Epochs && not isCancelled do
            learnEpoch epoch
            epoch <- epoch + 1

        List.zip3 models states engine.Learned
        |> List.mapi (fun i (model, start, learned) -> resultOf i model start learned)

    /// Raises the error of a metric that cannot be gathered in the step.
    member _.Check() =
        match plan.OnHost with
        | [] -> ()
        | reported :: _ ->
            Fail.argument
                "Learn.fitMany"
                "metrics"
                $"'{reported.Name}'"
                "has no functional form, and trainings that run as one gather metrics in their step; take Metric.aucWith \
                 for an area, or evaluate the models afterwards."

/// Training of many models at once.
[<AutoOpen>]
module TrainingMany =
    let private operation = "Learn.fitMany"

    let private demandOptions (options: FitOptions) (members: FitMember list) =
        checkOptions options

        if members.IsEmpty then
            Fail.argument operation "members" "[]" "is an empty list; give one training or more."

        if not options.Callbacks.IsEmpty then
            Fail.argument
                operation
                "callbacks"
                options.Callbacks.Head.Name
                "looks at one training; train one by one with Learn.fit, or without callbacks."

        if options.StepsPerEpoch.IsSome then
            Fail.argument operation "stepsPerEpoch" options.StepsPerEpoch.Value "is not for a dataset in memory here."

    /// Training of many models at once.
    module Learn =
        /// `Learn.fit` of several trainings of one layer on one dataset, as one: their steps are one compiled function, the
        /// step of one training mapped over all (vmap), so that small models use the whole machine. Members differ in their
        /// keys (`FitMember.ensemble`), their learning rates (`FitMember.sweep`), or the variables that they begin with.
        ///
        /// Gives the result of each, in order: its model, history and state, which are those of a training alone but for
        /// rounding. Needs memory for all of them. Callbacks, metrics that have no functional form and a StepsPerEpoch are
        /// errors; progress shows means over the members.
        let fitMany
            (options: FitOptions)
            (layer: Layer<'In, 'Out>)
            (dataset: Dataset)
            (members: FitMember list)
            : FitResult list =
            demandOptions options members

            let drawn (key: Key) =
                let initial, run = Key.split key
                fst (Layer.initMany initial dataset.SampleShapes layer), run

            let first =
                members
                |> List.tryPick _.Start
                |> Option.defaultWith (fun () ->
                    Model.createMany layer dataset.SampleShapes (fst (Key.split members.Head.Key)))

            let models, states =
                members
                |> List.map (fun m ->
                    let variables, run =
                        match m.Start with
                        | Some model -> model.Variables, m.Key
                        | None -> drawn m.Key

                    let model = Model.withVariables variables first
                    let start = Learn.start options model run
                    model, (m.LearningRate, start) ||> Option.foldBack TrainState.withLearningRate)
                |> List.unzip

            let samples, validation = FitRuns.feedsOf options first dataset
            let run = FitManyRun(options, models, states, samples, validation)
            run.Check()
            run.Run()
