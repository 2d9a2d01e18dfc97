namespace Functional

open Training
open FitChecks

/// One training run: epochs over a dataset, validation, callbacks and progress.
[<Sealed>]
type internal FitRun(options: FitOptions, model: Model, data: Dataset, start: TrainState) =
    do
        checkOptions options
        checkData operation model (Some options.Loss) data

        options.ValidationData
        |> Option.iter (checkData $"{operation}, validation data" model (Some options.Loss))

    // beside a loss of logits, metrics are those of logits
    let options = { options with Metrics = options.Metrics |> List.map (Metric.forLoss options.Loss) }

    let train, validation = divide options data
    do checkMonitors options validation.IsSome

    let samples: TrainingBatch =
        { Features = Compiled.inType model.DType train.Features
          Labels = train.Labels
          SampleWeights = sampleWeights operation options.ClassWeights train }

    let tensors = batchOf model.DType samples
    let stepper = Stepper(options.Optimizer, options.Loss, model.Layer, model.DType, start)
    let judge = evaluation options.Loss model.Layer start.Variables
    let batches = (train.Count + options.BatchSize - 1) / options.BatchSize
    let tell = options.Progress.Start()
    let callbacks = CallbackRunner(options.Callbacks, grows options)
    let messages = ResizeArray<string>()

    // The position of the run; its variables and its optimizer's memory are the stepper's.
    let mutable position = start
    let mutable history = start.History

    // An epoch has begun when its first callbacks have been called.
    let mutable isBegun = start.Batch > 0 || Tree.count start.Running > 0
    let mutable tally = Tally(options.Metrics, start.Running)

    // Computed on demand: a metric may take long to give its value.
    let mutable values: Lazy<(string * float) list> = lazy tally.Values
    let mutable stopped: StopReason option = None
    let mutable bestEpoch: int option = None

    // The variables that the model ends with, where a callback says so at the end.
    let mutable final: Variables option = None

    // The state of a run that a callback stopped inside an epoch, before the callbacks at the end of the epoch.
    let mutable interrupted: TrainState option = None

    let withTensors (position: TrainState) =
        let state = stepper.State

        { position with
            Variables = state.Variables
            OptimizerState = state.OptimizerState
            Step = state.Step
            Callbacks = callbacks.Memory }

    let current () =
        let running = if isBegun then tally.Memory else Tree.empty
        withTensors { position with Running = running }

    let say text =
        messages.Add text
        tell (ProgressEvent.Message text)

    let setVariables variables =
        stepper.Load { current () with Variables = (Model.withVariables variables model).Variables }

    let perform (state: unit -> TrainState) name action =
        match action with
        | CallbackAction.Stop when stopped.IsNone -> stopped <- Some(StopReason.StoppedBy name)
        | CallbackAction.Stop -> ()
        | CallbackAction.Say text -> say text
        | CallbackAction.ReportBest epoch -> bestEpoch <- Some epoch
        | CallbackAction.Log(name, value) ->
            let all = List.filter (fst >> (<>) name) values.Value @ [ name, value ]
            values <- lazy all
        | CallbackAction.SetLearningRate rate -> stepper.SetLearningRate rate
        | CallbackAction.SetVariables variables -> setVariables variables
        | CallbackAction.SaveState path -> TrainState.save path (state ())

    /// At the end of training variables are what the model ends with; the state of the run keeps its own.
    let performAtEnd name action =
        match action with
        | CallbackAction.SetVariables variables -> final <- Some (Model.withVariables variables model).Variables
        | CallbackAction.Stop
        | CallbackAction.Say _
        | CallbackAction.ReportBest _
        | CallbackAction.Log _
        | CallbackAction.SetLearningRate _
        | CallbackAction.SaveState _ -> perform current name action

    let moment batch (state: unit -> TrainState) () =
        let state = lazy state ()
        let model = lazy Model.withVariables (Option.defaultWith (fun () -> state.Value.Variables) final) model
        let rate = lazy stepper.LearningRate
        let running = tally

        Moment(
            position.Epoch,
            options.Epochs,
            batch,
            batches,
            stepper.Steps,
            lazy running.Loss,
            values,
            rate,
            model,
            state
        )

    let call pick = callbacks.Call(pick, moment position.Batch current, perform current)

    let report () =
        ProgressReport(position.Epoch + 1, options.Epochs, position.Batch, batches, values)

    /// The order of an epoch's samples depends on the run's key and the number of the epoch alone.
    let order () =
        if options.Shuffle then
            // steps fold their number into the key itself, so the order draws from another
            let key = start.Key |> Key.fold 0x73687566 |> Key.fold position.Epoch
            Tensor.toInts (Random.permutation key train.Count)
        else
            Array.init train.Count id

    let learnBatch (order: int[]) =
        let first = position.Batch * options.BatchSize
        let rows = order[first .. min (first + options.BatchSize) train.Count - 1]
        let indices = Tensor.ofInts [ rows.Length ] rows
        let loss = stepper.StepRows(tensors, indices)

        tally.Add(
            rows.Length,
            loss,
            fun () ->
                let weights = samples.SampleWeights |> Option.map (Tensor.gather 0 indices)
                struct (stepper.Labels, stepper.Outputs, weights)
        )

        let running = tally
        values <- lazy running.Values
        position <- { position with Batch = position.Batch + 1 }

        if callbacks.HandlesBatches then
            call _.BatchEnd

        tell (ProgressEvent.BatchEnds(report ()))

    let learnBatches () =
        let order = order ()

        while position.Batch < batches && stopped.IsNone do
            if options.CancellationToken.IsCancellationRequested then
                stopped <- Some StopReason.Cancelled
            else
                learnBatch order

    let validate () =
        match validation with
        | None -> ()
        | Some validation ->
            let result =
                evaluate judge model.DType options.BatchSize options.Metrics (current ()).Variables validation ignore

            let all = values.Value @ (result.Values |> List.map (fun (name, value) -> "val_" + name, value))
            values <- lazy all

    /// The position at the beginning of the next epoch, with this one in the history.
    let finished () =
        let log: EpochLog = { Epoch = position.Epoch + 1; Values = values.Value }

        { position with
            Epoch = position.Epoch + 1
            Batch = 0
            History = History(position.History.Epochs @ [ log ])
            Running = Tree.empty }

    let beginEpoch () =
        if not isBegun then
            tally <- Tally(options.Metrics, Tree.empty)
            let running = tally
            values <- lazy running.Values
            isBegun <- true
            call _.EpochBegin

        tell (ProgressEvent.EpochBegins(report ()))

    let endEpoch () =
        let isWhole = position.Batch = batches

        if isWhole then validate () else interrupted <- Some(current ())

        let state () = withTensors (finished ())
        callbacks.Call(_.EpochEnd, moment batches state, perform state)
        tell (ProgressEvent.EpochEnds(report ()))
        let next = finished ()
        history <- next.History

        if isWhole then
            position <- next
            isBegun <- false

    let learnEpoch () =
        beginEpoch ()
        learnBatches ()

        if stopped <> Some StopReason.Cancelled then
            endEpoch ()

    let resume () =
        callbacks.Restore start.Callbacks

        if isBegun then
            for name in tally.Forgetful do
                say
                    $"The metric '{name}' cannot be continued inside an epoch: its value of epoch {start.Epoch + 1} \
                      is that of the remaining batches."

    /// Trains to the end, or until it is stopped.
    member _.Run() : FitResult =
        resume ()
        call _.TrainBegin

        while position.Epoch < options.Epochs && stopped.IsNone do
            if options.CancellationToken.IsCancellationRequested then
                stopped <- Some StopReason.Cancelled
            else
                learnEpoch ()

        callbacks.Call(_.TrainEnd, moment position.Batch current, performAtEnd)
        let state = Option.defaultWith current interrupted
        let isEarly = stopped.IsSome && position.Epoch < options.Epochs

        { Model =
            model
            |> Model.withVariables (Option.defaultValue stepper.State.Variables final)
            |> Model.withObjective options.Loss options.Metrics
          History = history
          State = state
          Stopped = Option.defaultValue StopReason.Completed stopped
          StoppedEpoch = if isEarly then Some history.Epochs.Length else None
          BestEpoch = bestEpoch
          Messages = List.ofSeq messages }

/// Training models.
[<RequireQualifiedAccess>]
module Learn =
    /// The state in which training of the model begins: its variables, and the optimizer's first state.
    let start (options: FitOptions) (model: Model) (key: Key) : TrainState =
        { Variables = model.Variables
          OptimizerState = options.Optimizer.Init model.Variables.Parameters
          Step = 0
          Epoch = 0
          Batch = 0
          Key = key
          History = History []
          Running = Tree.empty
          Callbacks = Tree.empty }

    /// Trains the model further, with a new optimizer state; the model itself stays as it is. See `fit`.
    let fitModel (options: FitOptions) (model: Model) (dataset: Dataset) (key: Key) : FitResult =
        FitChecks.checkOptions options
        FitRun(options, model, dataset, start options model key).Run()

    /// Builds the layer for the samples of the dataset and trains it.
    ///
    /// The whole step (forward, backward, update) is one compiled function, traced once for each size of batch. Where a
    /// layer that ends in a softmax or a sigmoid meets a loss of its probabilities, training goes through the logits.
    /// The samples' order, dropout and the first variables draw from the key alone: the same key gives the same bits.
    /// Losses and metrics written down of an epoch are means over its batches while the model changes, as in Keras;
    /// those that begin with val_ are of the model at its end.
    ///
    /// Raises an error before the first step for data that are empty, hold NaN, are not as many as their labels, do not
    /// fit the layer or have labels out of range, for options out of range, and for a callback that looks at a value
    /// that is not there.
    let fit (options: FitOptions) (layer: Layer<Tensor, Tensor>) (dataset: Dataset) (key: Key) : FitResult =
        FitChecks.checkOptions options
        let initial, run = Key.split key
        fitModel options (Model.create layer dataset.SampleShape initial) dataset run

    /// Goes on with a run that was stopped or saved, up to the same number of epochs in all. With the same options,
    /// layer and data it ends in the same bits and the same history as a run that was never stopped, at whichever batch
    /// that was: the state holds the running means of the unfinished epoch and what callbacks remember. (A metric made with
    /// `Metric.create` whose state has no `Memory` begins its epoch anew; a message says so.)
    let resume (options: FitOptions) (layer: Layer<Tensor, Tensor>) (dataset: Dataset) (state: TrainState) : FitResult =
        FitChecks.checkOptions options
        FitRun(options, Model.ofVariables layer dataset.SampleShape state.Variables, dataset, state).Run()

    /// One step of training as a function, for loops written by hand: `let step = Learn.trainOnBatch options layer`,
    /// then `step state batch` gives the next state, the loss and the outputs. Uses Optimizer and Loss of the options.
    /// Compiled at the first call for each size of batch: keep the function.
    let trainOnBatch
        (options: FitOptions)
        (layer: Layer<Tensor, Tensor>)
        : TrainState -> TrainingBatch -> TrainState * StepResult =
        let compiled =
            System.Collections.Concurrent.ConcurrentDictionary<
                Tree<unit> * Tree<unit> * Tree<unit>,
                Lazy<DType -> TrainState -> TrainingBatch -> TrainState * Tensor * Tensor>
             >()

        fun state batch ->
            let names =
                Tree.map ignore state.Variables.Parameters,
                Tree.map ignore state.Variables.State,
                Tree.map ignore state.OptimizerState

            let step =
                compiled.GetOrAdd(names, (fun _ -> lazy (Training.step options.Optimizer options.Loss layer state)))

            let dtype =
                Tree.leaves state.Variables.Parameters
                |> List.tryFind (fun x -> x.DType.IsFloat)
                |> Option.map _.DType
                |> Option.defaultValue Float32

            let state, loss, outputs = step.Value dtype state batch
            state, { StepResult.Loss = Tensor.toFloat loss; Outputs = outputs }

    /// The loss and the metrics of the options on a dataset, and what the model says of it. Uses Loss, Metrics and
    /// BatchSize.
    let evaluate (options: FitOptions) (dataset: Dataset) (model: Model) : Evaluation =
        FitChecks.checkOptions options
        let objective: Objective = { Loss = options.Loss; Metrics = options.Metrics }
        Model.evaluateFor "Learn.evaluate" options.BatchSize (Some objective) dataset model

    /// The model with the averaged weights that `Optimizer.ema` kept. An optimizer without them is an error.
    let averaged (result: FitResult) : Model =
        match Optimizer.averages result.State.OptimizerState with
        | Some parameters -> Model.withVariables { result.Model.Variables with Parameters = parameters } result.Model
        | None ->
            Fail.data "Learn.averaged" "the optimizer kept no averaged weights; train with Optimizer.ema around it."
