namespace Functional

open System.Collections.Generic
open FitChecks

/// The position of a run, which moves with each batch.
[<Sealed; AllowNullLiteral>]
type private RunPosition(start: TrainState) =
    member val Epoch = start.Epoch with get, set
    member val Batch = start.Batch with get, set
    member val Pass = start.Pass with get, set
    member val Taken = start.Taken with get, set
    member val History = start.History with get, set

    /// An epoch has begun when its first callbacks have been called.
    member val IsBegun = start.Batch > 0 || Tree.count start.Running > 0 with get, set

/// The batches of a run, pass after pass.
[<Sealed>]
type private RunBatches(feed: Feed, stepsPerEpoch: int option, position: RunPosition) =
    let mutable batches: IEnumerator<Batch> = null

    let close () =
        if not (isNull batches) then
            batches.Dispose()
            batches <- null

    let rec moveNext () =
        if isNull batches then
            batches <- feed.Start(position.Pass, position.Taken)

        if batches.MoveNext() then
            true
        else
            close ()

            if stepsPerEpoch.IsNone then
                false
            elif position.Taken = 0 then
                Fail.data operation "the source of batches is empty: there is no sample to learn from."
            else
                position.Pass <- position.Pass + 1
                position.Taken <- 0
                moveNext ()

    /// The number of batches in an epoch, where it is known.
    member _.Count = stepsPerEpoch |> Option.orElse feed.BatchCount

    /// Goes to the next batch of the epoch, if there is one.
    member _.MoveNext() : bool =
        match stepsPerEpoch with
        | Some steps when position.Batch >= steps -> false
        | Some _
        | None -> moveNext ()

    member _.Current: Batch = batches.Current

    /// Counts the current batch.
    member _.Take() =
        position.Batch <- position.Batch + 1
        position.Taken <- position.Taken + 1

    /// Counts the epoch.
    member _.EndEpoch() =
        position.Epoch <- position.Epoch + 1
        position.Batch <- 0

        if stepsPerEpoch.IsNone then
            close ()
            position.Pass <- position.Pass + 1
            position.Taken <- 0

    member _.Close() =
        close ()
        feed.Release()

/// One training run: epochs over a feed, validation, callbacks and progress.
[<Sealed>]
type internal FitRun(options: FitOptions, model: Model, feed: Feed, validation: Feed option, start: TrainState) =
    do checkMonitors options validation.IsSome

    let engine =
        let example = feed.Example
        let output = { Shape = example.Count :: model.OutputShape; DType = model.DType }
        let labels = example.Labels |> List.map _.Signature

        let plan =
            MetricPlan([ "loss" ], ReportedMetrics.ofMetrics options.Loss options.Metrics, labels, [ output ])

        let step = ModelLoss.step options.Optimizer options.Loss model.Layer
        let ofValidation = validation |> Option.map (fun _ -> plan)
        TrainingEngine([ step, start.OptimizerState, plan ], start.Variables, start.Step, start.Key, ofValidation)

    let running = engine.Running 0
    let position = RunPosition start
    let batches = RunBatches(feed, options.StepsPerEpoch, position)
    let tell = options.Progress.Start()
    let tellsBatches = not (obj.ReferenceEquals(options.Progress, Progress.none))
    let callbacks = CallbackRunner(options.Callbacks, grows options)
    let messages = ResizeArray<string>()
    let stepLosses = ResizeArray<float>()
    let mutable history = start.History

    // What validation and callbacks add to the values of the epoch.
    let mutable added: (string * float) list = []
    let mutable stopped: StopReason option = None
    let mutable bestEpoch: int option = None

    // The variables that the model ends with, where a callback says so at the end.
    let mutable final: Variables option = None

    // The state of a run that a callback stopped inside an epoch, before the callbacks at the end of the epoch.
    let mutable interrupted: TrainState option = None

    let values () =
        let isAdded (name, _) = added |> List.exists (fst >> (=) name)
        (running.Values |> List.filter (isAdded >> not)) @ added

    let stateAt epoch batch pass taken history sums : TrainState =
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
        stateAt position.Epoch position.Batch position.Pass position.Taken position.History sums

    let say text =
        messages.Add text
        tell (ProgressEvent.Message text)

    let perform (state: unit -> TrainState) name action =
        match action with
        | CallbackAction.Stop when stopped.IsNone -> stopped <- Some(StopReason.StoppedBy name)
        | CallbackAction.Stop -> ()
        | CallbackAction.Say text -> say text
        | CallbackAction.ReportBest epoch -> bestEpoch <- Some epoch
        | CallbackAction.Log(name, value) -> added <- List.filter (fst >> (<>) name) added @ [ name, value ]
        | CallbackAction.SetLearningRate rate -> engine.SetLearningRate(0, rate)
        | CallbackAction.SetVariables variables -> engine.SetVariables (Model.withVariables variables model).Variables
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

    let moment (values: Lazy<(string * float) list>) (state: unit -> TrainState) () =
        let state = lazy state ()
        let model = lazy Model.withVariables (Option.defaultWith (fun () -> engine.Variables) final) model
        let loss = lazy running.Loss
        let rate = lazy engine.LearningRate 0

        Moment(
            position.Epoch,
            options.Epochs,
            position.Batch,
            batches.Count,
            engine.Count,
            loss,
            values,
            rate,
            model,
            state
        )

    /// Calls handlers, each with all values as they are then.
    let callWith pick state perform =
        let momentNow () =
            let known = values ()
            moment (lazy known) state ()

        callbacks.Call(pick, momentNow, perform)

    let report () =
        ProgressReport(position.Epoch + 1, options.Epochs, position.Batch, batches.Count, lazy values ())

    let learnBatch () =
        let session = engine.Step(0, batches.Current, false)

        if options.KeepStepLosses then
            stepLosses.Add(session.Number 0)

        batches.Take()
        added <- []

        if callbacks.HandlesBatches then
            callbacks.Call(_.BatchEnd, (fun () -> moment (lazy values ()) current ()), perform current)

        if tellsBatches then
            tell (ProgressEvent.BatchEnds(report ()))

    /// Learns from the batches of the epoch that are left. Gives whether the epoch is whole.
    let learnBatches () =
        let mutable isOver = false

        while not isOver && stopped.IsNone do
            if not (batches.MoveNext()) then
                isOver <- true
            elif options.CancellationToken.IsCancellationRequested then
                stopped <- Some StopReason.Cancelled
            else
                learnBatch ()

        isOver || (stopped <> Some StopReason.Cancelled && not (batches.MoveNext()))

    let validate () =
        match validation, engine.Validating with
        | Some feed, Some means ->
            means.Reset()
            use batches = feed.Start(0, 0)

            while batches.MoveNext() do
                engine.Evaluate(batches.Current, None)

            added <- added @ (means.Values |> List.map (fun (name, value) -> "val_" + name, value))
        | _ -> ()

    /// The history with this epoch.
    let withEpoch () =
        let log: EpochLog = { Epoch = position.Epoch + 1; Values = values () }
        History(position.History.Epochs @ [ log ])

    /// The state in which the next epoch begins.
    let finished () =
        let passed = options.StepsPerEpoch.IsNone
        let pass = if passed then position.Pass + 1 else position.Pass
        let taken = if passed then 0 else position.Taken
        stateAt (position.Epoch + 1) 0 pass taken (withEpoch ()) Tree.empty

    let beginEpoch () =
        if not position.IsBegun then
            running.Reset()
            added <- []
            position.IsBegun <- true
            callWith _.EpochBegin current (perform current)

        tell (ProgressEvent.EpochBegins(report ()))

    let endEpoch isWhole =
        if isWhole then validate () else interrupted <- Some(current ())

        callWith _.EpochEnd finished (perform finished)
        tell (ProgressEvent.EpochEnds(report ()))
        history <- withEpoch ()

        if isWhole then
            position.History <- history
            position.IsBegun <- false
            batches.EndEpoch()

    let learnEpoch () =
        beginEpoch ()
        let isWhole = learnBatches ()

        if stopped <> Some StopReason.Cancelled then
            endEpoch isWhole

    let resume () =
        callbacks.Restore start.Callbacks

        if position.IsBegun then
            running.Restore start.Running

            for name in running.Forgetful do
                say
                    $"The metric '{name}' cannot be continued inside an epoch: its value of epoch {start.Epoch + 1} \
                      is that of the remaining batches."

    let learn () =
        resume ()
        callWith _.TrainBegin current (perform current)

        while position.Epoch < options.Epochs && stopped.IsNone do
            if options.CancellationToken.IsCancellationRequested then
                stopped <- Some StopReason.Cancelled
            else
                learnEpoch ()

        callWith _.TrainEnd current performAtEnd

    /// Trains to the end, or until it is stopped.
    member _.Run() : FitResult =
        try
            learn ()
        finally
            batches.Close()

        let isEarly = stopped.IsSome && position.Epoch < options.Epochs

        { Model =
            model
            |> Model.withVariables (Option.defaultWith (fun () -> engine.Variables) final)
            |> Model.withObjective options.Loss options.Metrics
          History = history
          State = Option.defaultWith current interrupted
          Stopped = Option.defaultValue StopReason.Completed stopped
          StoppedEpoch = if isEarly then Some history.Epochs.Length else None
          BestEpoch = bestEpoch
          StepLosses = List.ofSeq stepLosses
          Messages = List.ofSeq messages }

/// Runs over datasets and sources.
module private FitRuns =
    /// The batch with its sequences at the lengths that the options ask for.
    let private withLengths (options: FitOptions) (model: Model) (batch: Batch) =
        Batch.withLengths options.Lengths (model.OutputShape.Length > 1) batch

    /// The samples of a dataset as training takes them.
    let samplesOf (options: FitOptions) (model: Model) (d: Dataset) : Batch =
        { Inputs = [ d.Features ]
          Labels = [ d.Labels ]
          Weights = DataChecks.sampleWeights operation options.ClassWeights d.Labels d.SampleWeights }
        |> withLengths options model
        |> BatchForm.inType model.DType

    let private ofDataset (options: FitOptions) (model: Model) (d: Dataset) : Feed =
        let samples = Batch.ofDataset d |> withLengths options model |> BatchForm.inType model.DType
        MemoryFeed(samples, options.BatchSize, None)

    let private ofSource (options: FitOptions) (model: Model) (weighs: bool) (source: Batches<Batch>) : Feed =
        let change (batch: Batch) =
            let weights =
                if weighs then
                    DataChecks.sampleWeights operation options.ClassWeights batch.Labels.Head batch.Weights
                else
                    batch.Weights

            { batch with Weights = weights } |> withLengths options model |> BatchForm.inType model.DType

        SourceFeed(source, change)

    let private checkValidation (options: FitOptions) (model: Model) =
        options.ValidationData
        |> Option.iter (DataChecks.checkData $"{operation}, validation data" model (Some options.Loss))

        if options.ValidationData.IsSome && options.ValidationBatches.IsSome then
            Fail.argument operation "validationBatches" "a source" "is given beside ValidationData; give one of them."

    let private validationOf (options: FitOptions) model (held: Dataset option) : Feed option =
        match options.ValidationBatches with
        | Some source -> Some(ofSource options model false source)
        | None -> held |> Option.map (ofDataset options model)

    /// Trains a model on a dataset from a state on.
    let onDataset (options: FitOptions) (model: Model) (d: Dataset) (start: TrainState) : FitResult =
        checkOptions options
        DataChecks.checkData operation model (Some options.Loss) d
        checkValidation options model
        let train, held = divide options d

        // steps fold their number into the key itself, so the order draws from another
        let key = if options.Shuffle then Some(Key.fold 0x73687566 start.Key) else None
        let feed = MemoryFeed(samplesOf options model train, options.BatchSize, key)
        FitRun(options, model, feed, validationOf options model held, start).Run()

    /// Trains a model on a source of batches from a state on.
    let onSource (options: FitOptions) (model: Model) (source: Batches<Batch>) (start: TrainState) : FitResult =
        checkOptions options
        checkValidation options model

        if options.ValidationSplit > 0.0 then
            Fail.argument
                operation
                "validationSplit"
                options.ValidationSplit
                "cannot be taken of a source of batches; give ValidationData or ValidationBatches."

        let feed = ofSource options model true source
        FitRun(options, model, feed, validationOf options model options.ValidationData, start).Run()

/// What one step gives beside the next state.
[<RequireQualifiedAccess>]
type StepResult =
    {
        /// The loss of the batch before the step, with what regularizers add.
        Loss: float
        /// What the model gave for the batch.
        Outputs: Tensor
        /// The metrics of the options, of this batch alone.
        Metrics: (string * float) list
    }

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
          Pass = 0
          Taken = 0
          Key = key
          History = History []
          Running = Tree.empty
          Callbacks = Tree.empty }

    /// Trains the model further, with a new optimizer state; the model itself stays as it is. See `fit`.
    let fitModel (options: FitOptions) (model: Model) (dataset: Dataset) (key: Key) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onDataset options model dataset (start options model key)

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
        FitRuns.onDataset options (Model.ofVariables layer dataset.SampleShape state.Variables) dataset state

    /// Trains the model on a source of batches, which may be larger than memory. An epoch is a pass through the source, or
    /// StepsPerEpoch batches; Shuffle, BatchSize and ValidationSplit are the source's own affair. See `fit`.
    let fitBatches (options: FitOptions) (model: Model) (source: Batches<Batch>) (key: Key) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onSource options model source (start options model key)

    /// Goes on with a run over a source that was stopped or saved. The batches of the unfinished pass that were learned
    /// from are made again and left out.
    let resumeBatches (options: FitOptions) (model: Model) (source: Batches<Batch>) (state: TrainState) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onSource options (Model.withVariables state.Variables model) source state

    /// One step of training as a function, for loops written by hand: `let step = Learn.trainOnBatch options layer`,
    /// then `step state batch` gives the next state, the loss, the outputs and the metrics of the batch. Uses Optimizer,
    /// Loss and Metrics of the options. Compiled at the first call for each size of batch: keep the function.
    let trainOnBatch
        (options: FitOptions)
        (layer: Layer<Tensor, Tensor>)
        : TrainState -> Batch -> TrainState * StepResult =
        let step = ModelLoss.step options.Optimizer options.Loss layer
        let compiled = PureSteps.compile step
        let reported = ReportedMetrics.ofMetrics options.Loss options.Metrics

        fun state batch ->
            let backend = PureSteps.backendOf state.Variables
            let batch = batch |> BatchForm.inType (PureSteps.typeOf state.Variables) |> BatchForm.onto backend
            let next, loss, outputs = compiled state batch

            let metric (reported: ReportedMetric) =
                reported.Name, Metric.valueWeighted reported.Metric batch.Label outputs.Head batch.Weights

            next,
            { StepResult.Loss = Tensor.toFloat loss
              Outputs = outputs.Head
              Metrics = reported |> List.map metric }

    /// The loss of a batch and its gradient by the model's parameters, a tree like those, in training mode, with what
    /// regularizers add: what a step would go by. The key is what dropout draws from.
    let lossAndGradient (options: FitOptions) (batch: Batch) (key: Key) (model: Model) : float * Tree<Tensor> =
        let step = ModelLoss.step options.Optimizer options.Loss model.Layer
        PureSteps.lossAndGradient step model.Variables (BatchForm.inType model.DType batch) key

    /// The loss and the metrics of the options on a dataset, and what the model says of it. Uses Loss, Metrics and
    /// BatchSize.
    let evaluate (options: FitOptions) (dataset: Dataset) (model: Model) : Evaluation =
        FitChecks.checkOptions options
        let objective: Objective = { Loss = options.Loss; Metrics = options.Metrics }
        Model.evaluateFor "Learn.evaluate" options.BatchSize (Some objective) dataset model

    /// The model with the averaged weights that `Optimizer.ema` kept. An optimizer without them is an error.
    let averaged (result: FitResult) : Model =
        match Optimizer.averages result.State.OptimizerState with
        | Some averages ->
            let variables = result.Model.Variables
            let parameters = Tree.map2 OptimizerParts.like variables.Parameters averages
            Model.withVariables { variables with Parameters = parameters } result.Model
        | None ->
            Fail.data "Learn.averaged" "the optimizer kept no averaged weights; train with Optimizer.ema around it."
