namespace Functional

/// The record of a training run: why it ends, the best epoch, losses and messages.
[<Sealed>]
type internal RunRecord(tell: ProgressEvent -> unit) =
    let messages = ResizeArray<string>()
    let stepLosses = ResizeArray<float>()

    /// Why training ends, once it does.
    member val Stopped: StopReason option = None with get, set

    /// The epoch, from 1, that a callback found the best.
    member val BestEpoch: int option = None with get, set

    /// The variables that the model ends with, where a callback says so at the end.
    member val FinalVariables: Variables option = None with get, set

    /// The state of a run that a callback stopped inside an epoch, before the callbacks at the end of the epoch.
    member val Interrupted: TrainState option = None with get, set

    /// The loss of each step, where they are kept.
    member _.StepLosses = stepLosses

    /// The messages of callbacks.
    member _.Messages: string list = List.ofSeq messages

    /// Tells the user something.
    member _.Say(text: string) =
        messages.Add text
        tell (ProgressEvent.Message text)

/// The values of an epoch: running means, and what validation and callbacks add.
[<Sealed>]
type internal EpochValues(running: RunningMetrics) =
    let mutable added: (string * float) list = []

    /// All values, in order.
    member _.All: (string * float) list =
        let isAdded (name: string, _: float) = added |> List.exists (fst >> (=) name)
        (running.Values |> List.filter (isAdded >> not)) @ added

    /// Adds values, in the place of those of the same names.
    member _.Add(values: (string * float) list) =
        let isNew (name, _) = values |> List.exists (fst >> (=) name)
        added <- (added |> List.filter (isNew >> not)) @ values

    /// Forgets what was added.
    member _.Clear() = added <- []

/// The view that callbacks have of a training run: moments, and the requests that they answer with.
[<Sealed>]
type internal RunView
    (
        options: FitOptions,
        model: Model,
        engine: TrainingEngine,
        start: TrainState,
        position: RunPosition,
        batches: RunBatches,
        values: EpochValues,
        record: RunRecord
    ) =
    let running = engine.Running 0
    let callbacks = CallbackRunner(options.Callbacks, FitChecks.grows options model)

    let stateAt epoch batch (pass, taken) history sums : TrainState =
        { Variables = engine.Variables
          OptimizerState = engine.Memory 0
          Step = engine.Count
          Epoch = epoch
          Batch = batch
          Pass = pass
          Taken = taken
          Key = start.Key
          History = history
          Running = sums
          Callbacks = callbacks.Memory }

    let current () =
        let sums = if position.IsBegun then running.Memory else Tree.empty
        stateAt position.Epoch position.Batch (position.Pass, position.Taken) position.History sums

    let withEpoch () =
        let log: EpochLog = { Epoch = position.Epoch + 1; Values = values.All }
        History(position.History.Epochs @ [ log ])

    let finished () = stateAt (position.Epoch + 1) 0 batches.NextEpoch (withEpoch ()) Tree.empty

    let fitting variables = (Model.withVariables variables model).Variables

    let perform (state: unit -> TrainState) name action =
        match action with
        | CallbackAction.Stop when record.Stopped.IsNone -> record.Stopped <- Some(StopReason.StoppedBy name)
        | CallbackAction.Stop -> ()
        | CallbackAction.Say text -> record.Say text
        | CallbackAction.ReportBest epoch -> record.BestEpoch <- Some epoch
        | CallbackAction.Log(name, value) -> values.Add [ name, value ]
        | CallbackAction.SetLearningRate rate -> engine.SetLearningRate(0, rate)
        | CallbackAction.SetVariables variables -> engine.SetVariables(fitting variables)
        | CallbackAction.SaveState path -> TrainState.save path (state ())

    /// At the end of training variables are what the model ends with; the state of the run keeps its own.
    let performAtEnd name action =
        match action with
        | CallbackAction.SetVariables variables -> record.FinalVariables <- Some(fitting variables)
        | CallbackAction.Stop
        | CallbackAction.Say _
        | CallbackAction.ReportBest _
        | CallbackAction.Log _
        | CallbackAction.SetLearningRate _
        | CallbackAction.SaveState _ -> perform current name action

    let modelNow () =
        Model.withVariables (Option.defaultWith (fun () -> engine.Variables) record.FinalVariables) model

    let moment (values: Lazy<(string * float) list>) (state: unit -> TrainState) =
        Moment(
            position.Epoch,
            options.Epochs,
            position.Batch,
            batches.Count,
            engine.Count,
            lazy running.Loss,
            values,
            lazy engine.LearningRate 0,
            lazy modelNow (),
            lazy state ()
        )

    /// Calls handlers, each with all values as they are then.
    let callWith pick state perform =
        let momentNow () =
            let known = values.All
            moment (lazy known) state

        callbacks.Call(pick, momentNow, perform)

    /// The state of the run as it is now.
    member _.State: TrainState = current ()

    /// The history with this epoch.
    member _.WithEpoch: History = withEpoch ()

    /// The model as it is now; at the end, with the variables that a callback gave it.
    member _.Model: Model = modelNow ()

    /// Gives callbacks back what they remembered when the run was stopped.
    member _.Restore() = callbacks.Restore start.Callbacks

    /// Calls the callbacks before the first epoch.
    member _.BeginTraining() = callWith _.TrainBegin current (perform current)

    /// Calls the callbacks before the first batch of an epoch.
    member _.BeginEpoch() = callWith _.EpochBegin current (perform current)

    /// Calls the callbacks after a batch. Values are made when a callback reads them.
    member _.EndBatch() =
        if callbacks.HandlesBatches then
            callbacks.Call(_.BatchEnd, (fun () -> moment (lazy values.All) current), perform current)

    /// Calls the callbacks after an epoch. What they save is the state in which the next epoch begins.
    member _.EndEpoch() = callWith _.EpochEnd finished (perform finished)

    /// Calls the callbacks when training is over.
    member _.EndTraining() = callWith _.TrainEnd current performAtEnd

    /// The run as progress shows it.
    member _.Report() =
        ProgressReport(position.Epoch + 1, options.Epochs, position.Batch, batches.Count, lazy values.All)
