namespace Functional

open FitChecks

/// One training run: epochs over a feed, validation, callbacks and progress.
[<Sealed>]
type internal FitRun(options: FitOptions, model: Model, feed: Feed, validation: Feed option, start: TrainState) =
    do checkMonitors options model validation.IsSome
    let objectives = objectivesOf options model

    let engine =
        let plan = ModelLoss.plan objectives model feed.Example
        let ofValidation = validation |> Option.map (fun _ -> plan)

        TrainingEngine(
            [ stepOf options model, start.OptimizerState, plan ],
            start.Variables,
            start.Step,
            start.Key,
            ofValidation
        )

    let running = engine.Running 0
    let tell = options.Progress.Start()
    let tellsBatches = not (obj.ReferenceEquals(options.Progress, Progress.none))
    let position = RunPosition start
    let batches = RunBatches(feed, options.StepsPerEpoch, position)
    let values = EpochValues running
    let record = RunRecord tell
    let view = RunView(options, model, engine, start, position, batches, values, record)
    let mutable history = start.History

    let learnBatch () =
        let session = engine.Step(0, batches.Current, false)

        if options.KeepStepLosses then
            record.StepLosses.Add(session.Number 0)

        batches.Take()
        values.Clear()
        view.EndBatch()

        if tellsBatches then
            tell (ProgressEvent.BatchEnds(view.Report()))

    /// Learns from the batches of the epoch that are left. Gives whether the epoch is whole.
    let learnBatches () =
        let mutable isOver = false

        while not isOver && record.Stopped.IsNone do
            if not (batches.MoveNext()) then
                isOver <- true
            elif options.CancellationToken.IsCancellationRequested then
                record.Stopped <- Some StopReason.Cancelled
            else
                learnBatch ()

        isOver || (record.Stopped <> Some StopReason.Cancelled && not (batches.MoveNext()))

    let validate () =
        match validation, engine.Validating with
        | Some feed, Some means ->
            means.Reset()
            use batches = feed.Start(0, 0)

            while batches.MoveNext() do
                engine.Evaluate(batches.Current, None)

            values.Add(means.Values |> List.map (fun (name, value) -> "val_" + name, value))
        | Some _, None
        | None, _ -> ()

    let beginEpoch () =
        if not position.IsBegun then
            running.Reset()
            values.Clear()
            position.IsBegun <- true
            view.BeginEpoch()

        tell (ProgressEvent.EpochBegins(view.Report()))

    let endEpoch isWhole =
        if isWhole then validate () else record.Interrupted <- Some view.State

        view.EndEpoch()
        tell (ProgressEvent.EpochEnds(view.Report()))
        history <- view.WithEpoch

        if isWhole then
            position.History <- history
            position.IsBegun <- false
            batches.EndEpoch()

    let learnEpoch () =
        beginEpoch ()
        let isWhole = learnBatches ()

        if record.Stopped <> Some StopReason.Cancelled then
            endEpoch isWhole

    let resume () =
        view.Restore()

        if position.IsBegun then
            running.Restore start.Running

            for name in running.Forgetful do
                record.Say
                    $"The metric '{name}' cannot be continued inside an epoch: its value of epoch {start.Epoch + 1} \
                      is that of the remaining batches."

    let learn () =
        resume ()
        view.BeginTraining()

        while position.Epoch < options.Epochs && record.Stopped.IsNone do
            if options.CancellationToken.IsCancellationRequested then
                record.Stopped <- Some StopReason.Cancelled
            else
                learnEpoch ()

        view.EndTraining()

    /// Trains to the end, or until it is stopped.
    member _.Run() : FitResult =
        try
            learn ()
        finally
            batches.Close()

        let isEarly = record.Stopped.IsSome && position.Epoch < options.Epochs

        { Model = view.Model |> Model.withObjectives objectives
          History = history
          State = Option.defaultWith (fun () -> view.State) record.Interrupted
          Stopped = Option.defaultValue StopReason.Completed record.Stopped
          StoppedEpoch = if isEarly then Some history.Epochs.Length else None
          BestEpoch = record.BestEpoch
          StepLosses = List.ofSeq record.StepLosses
          Messages = record.Messages }
