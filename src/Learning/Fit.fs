namespace Functional

open System.Threading

/// How a model is trained. Begin with `Fit.defaults`.
type Fit =
    {
        /// Default `Optimizer.adam 1e-3`.
        Optimizer: Optimizer
        /// What training makes small. Default the mean squared error.
        Loss: Loss
        /// What is reported beside. Default none.
        Metrics: Metric list
        /// How often all samples are learned from. Default 1.
        Epochs: int
        /// How many samples a step learns from. Default 32.
        BatchSize: int
        /// Whether the samples are put in a new order for every epoch. Default true.
        Shuffle: bool
        /// The share of the samples, the last ones before any shuffling, that is kept for validation. Default 0.
        ValidationSplit: float
        /// What validation uses instead of a share. Default none.
        ValidationData: Dataset option
        /// How much the samples of each class count; those of other classes count 1. Default none.
        ClassWeights: Map<int, float>
        /// What looks on, in order. Default none.
        Callbacks: Callback list
        /// Where the run tells how far it is. Default nowhere.
        Progress: Progress
        /// Ends the run between two batches; what was learned so far is returned.
        CancellationToken: CancellationToken
    }

/// The options of training.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Fit =
    /// Adam with a rate of 0.001, mean squared error, one epoch, batches of 32 in random order, nothing beside.
    let defaults: Fit =
        { Optimizer = Optimizer.adam 1e-3
          Loss = Loss.meanSquaredError
          Metrics = []
          Epochs = 1
          BatchSize = 32
          Shuffle = true
          ValidationSplit = 0.0
          ValidationData = None
          ClassWeights = Map.empty
          Callbacks = []
          Progress = Progress.none
          CancellationToken = CancellationToken.None }

/// Why training ended.
[<RequireQualifiedAccess>]
type StopReason =
    /// All epochs are done.
    | Completed
    /// A callback of this name ended it.
    | StoppedBy of callback: string
    /// It was cancelled.
    | Cancelled

/// What training gives.
[<RequireQualifiedAccess>]
type FitResult =
    {
        /// The trained model; with the best weights, where a callback restored them.
        Model: Model
        /// What was written down of every epoch.
        History: History
        /// The run at its end, to go on from with `Learn.resume`.
        State: TrainState
        /// Why it ended.
        Stopped: StopReason
        /// What callbacks told.
        Messages: string list
    }

/// What one step gives beside the next state.
[<RequireQualifiedAccess>]
type StepResult =
    {
        /// The loss of the batch before the step, with what regularizers add.
        Loss: float
        /// What the model gave for the batch.
        Outputs: Tensor
    }

/// One training run.
module internal FitRun =
    open Training

    let operation = "Fit"

    let checkOptions (options: Fit) =
        if options.BatchSize < 1 then
            Fail.argument operation "batchSize" options.BatchSize "is no number of samples; give at least 1."

        if options.Epochs < 0 then
            Fail.argument operation "epochs" options.Epochs "is no number of epochs; give at least 0."

        if not (options.ValidationSplit >= 0.0 && options.ValidationSplit < 1.0) then
            Fail.argument
                operation
                "validationSplit"
                options.ValidationSplit
                "is no share of the samples to validate with; give a number from 0 to below 1."

    let divide (options: Fit) (d: Dataset) =
        match options.ValidationData with
        | Some validation -> d, Some validation
        | None when options.ValidationSplit = 0.0 -> d, None
        | None ->
            let held = int (options.ValidationSplit * float d.Count + 1e-9)

            if held < 1 then
                Fail.data
                    operation
                    $"a share of {options.ValidationSplit} of {d.Count} samples is not one sample to validate with; \
                      give a larger share, or none."

            Dataset.range 0 (d.Count - held) d, Some(Dataset.range (d.Count - held) held d)

    /// The names of all values that will be written down.
    let valueNames (options: Fit) validates =
        let names = Tally.Names options.Metrics
        names @ (if validates then names |> List.map (fun name -> "val_" + name) else [])

    /// Whether more of a value is better.
    let grows (options: Fit) (name: string) =
        let name =
            if name.StartsWith("val_", System.StringComparison.Ordinal) then
                name.Substring 4
            else
                name

        List.zip (Tally options.Metrics).MetricNames options.Metrics
        |> List.exists (fun (known, metric) -> known = name && metric.HigherIsBetter)

    let checkMonitors (options: Fit) validates =
        let known = valueNames options validates @ (options.Callbacks |> List.collect _.Logs) |> List.distinct

        for callback in options.Callbacks do
            for monitor in callback.Monitors do
                if not (List.contains monitor known) then
                    let hint =
                        if monitor.StartsWith "val_" && not validates then
                            " Values that begin with val_ need ValidationSplit or ValidationData."
                        else
                            ""

                    let all = String.concat ", " known

                    Fail.argument
                        $"{operation}, callback {callback.Name}"
                        "monitor"
                        $"'{monitor}'"
                        $"is no value of this training; there is {all}.{hint}"

    /// The rows of each batch of an epoch. They depend on the run's key and the number of the epoch alone.
    let order (options: Fit) (state: TrainState) count =
        if options.Shuffle then
            // steps fold their number into the key itself, so the order draws from another
            let key = state.Key |> Key.fold 0x73687566 |> Key.fold state.Epoch
            Tensor.toInts (Random.permutation key count)
        else
            Array.init count id

    let run (options: Fit) (model: Model) (d: Dataset) (start: TrainState) : FitResult =
        checkOptions options
        checkData operation model (Some options.Loss) d

        options.ValidationData
        |> Option.iter (checkData $"{operation}, validation data" model (Some options.Loss))

        let train, validation = divide options d
        checkMonitors options validation.IsSome

        let all: TrainingBatch =
            { Features = Compiled.inType model.DType train.Features
              Labels = train.Labels
              SampleWeights = sampleWeights operation options.ClassWeights train }

        let samples = batchOf model.DType all
        let stepper = Stepper(options.Optimizer, options.Loss, model.Layer, model.DType, start)
        let judge = evaluation options.Loss model.Layer start.Variables
        let batches = (train.Count + options.BatchSize - 1) / options.BatchSize
        let tell = options.Progress.Start()
        let early, late = options.Callbacks |> List.partition (fun callback -> not callback.Late)
        let callbacks = early @ late |> List.map (fun callback -> callback.Name, callback.Start(grows options))
        let messages = ResizeArray<string>()
        // where the run is; its tensors are the stepper's
        let mutable place = start
        let mutable final = None
        // computed when somebody looks: a metric may take long to give its value
        let mutable values: Lazy<(string * float) list> = lazy []
        let mutable loss = nan
        let mutable stopped = None

        /// The state with the tensors that the stepper has.
        let withTensors (place: TrainState) =
            let state = stepper.State

            { place with Variables = state.Variables; OptimizerState = state.OptimizerState; Step = state.Step }

        let current () = withTensors place

        let say text =
            messages.Add text
            tell (ProgressEvent.Message text)

        let act training name action =
            match action with
            | CallbackAction.Stop when stopped.IsNone -> stopped <- Some(StopReason.StoppedBy name)
            | CallbackAction.Stop -> ()
            | CallbackAction.Say text -> say text
            | CallbackAction.Log(name, value) ->
                let all = List.filter (fst >> (<>) name) values.Value @ [ name, value ]
                values <- lazy all
            | CallbackAction.SetLearningRate rate -> stepper.SetLearningRate rate
            | CallbackAction.SetVariables variables ->
                let variables = (Model.withVariables variables model).Variables

                if training then
                    stepper.Load { current () with Variables = variables }
                else
                    final <- Some variables

        let moment epoch batch (state: Lazy<TrainState>) : Moment =
            let model = lazy (Model.withVariables (Option.defaultValue state.Value.Variables final) model)
            let rate = lazy stepper.LearningRate
            Moment(epoch, options.Epochs, batch, batches, loss, values, model, state, rate)

        let call training pick (now: unit -> Moment) =
            for name, handlers in callbacks do
                for action in pick handlers (now ()) do
                    act training name action

        let report epoch batch = ProgressReport(epoch + 1, options.Epochs, batch, batches, values)

        let learn epoch =
            let order = order options place train.Count
            let tally = Tally options.Metrics
            let first = place.Batch
            let mutable batch = first

            // an epoch that has begun learns from one batch at least: what its callbacks did is not to be done twice
            while batch < batches && stopped.IsNone do
                if batch > first && options.CancellationToken.IsCancellationRequested then
                    stopped <- Some StopReason.Cancelled
                else
                    let row = batch * options.BatchSize
                    let indices = order[row .. min (row + options.BatchSize) train.Count - 1]
                    let ofBatch = stepper.StepRows(samples, Tensor.ofInts [ indices.Length ] indices)
                    tally.Add(indices.Length, ofBatch, fun () -> struct (stepper.Labels, stepper.Outputs))
                    values <- lazy tally.Values
                    loss <- tally.Loss
                    batch <- batch + 1
                    place <- { place with Batch = batch }
                    call true _.BatchEnd (fun () -> moment epoch batch (lazy (current ())))
                    tell (ProgressEvent.BatchEnds(report epoch batch))

        /// The state in which the next epoch begins, with this one written down.
        let finished epoch =
            let log: EpochLog = { Epoch = epoch + 1; Values = values.Value }

            { place with Epoch = epoch + 1; Batch = 0; History = History(place.History.Epochs @ [ log ]) }

        let mutable history = start.History

        let learnAndWriteDown epoch =
            if place.Batch = 0 then
                call true _.EpochBegin (fun () -> moment epoch 0 (lazy (current ())))

            tell (ProgressEvent.EpochBegins(report epoch place.Batch))

            if stopped.IsNone then
                learn epoch

            if stopped <> Some StopReason.Cancelled then
                let whole = place.Batch = batches

                match validation with
                | Some validation when whole ->
                    let tally, _ =
                        evaluate judge model.DType options.BatchSize options.Metrics (current ()).Variables validation

                    let all = values.Value @ (tally.Values |> List.map (fun (name, value) -> "val_" + name, value))

                    values <- lazy all
                | _ -> ()

                call true _.EpochEnd (fun () -> moment epoch batches (lazy (withTensors (finished epoch))))
                tell (ProgressEvent.EpochEnds(report epoch place.Batch))
                let next = finished epoch
                history <- next.History

                if whole then
                    place <- next

        for _, handlers in callbacks do
            start.History.Epochs |> List.iter handlers.Replay

        call true _.TrainBegin (fun () -> moment place.Epoch place.Batch (lazy (current ())))

        while place.Epoch < options.Epochs && stopped.IsNone do
            values <- lazy []
            loss <- nan

            if options.CancellationToken.IsCancellationRequested then
                stopped <- Some StopReason.Cancelled
            else
                learnAndWriteDown place.Epoch

        call false _.TrainEnd (fun () -> moment place.Epoch place.Batch (lazy (current ())))

        let state = current ()

        { Model =
            model
            |> Model.withVariables (Option.defaultValue state.Variables final)
            |> Model.withObjective options.Loss options.Metrics
          History = history
          State = state
          Stopped = Option.defaultValue StopReason.Completed stopped
          Messages = List.ofSeq messages }

/// Training models.
[<RequireQualifiedAccess>]
module Learn =
    /// The state in which training of the model begins: its variables, and the optimizer's first state.
    let start (options: Fit) (model: Model) (key: Key) : TrainState =
        { Variables = model.Variables
          OptimizerState = options.Optimizer.Init model.Variables.Parameters
          Step = 0
          Epoch = 0
          Batch = 0
          Key = key
          History = History [] }

    /// Trains the model further, with a new optimizer state; the model itself stays as it is. See `fit`.
    let fitModel (options: Fit) (model: Model) (dataset: Dataset) (key: Key) : FitResult =
        FitRun.checkOptions options
        FitRun.run options model dataset (start options model key)

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
    let fit (options: Fit) (layer: Layer<Tensor, Tensor>) (dataset: Dataset) (key: Key) : FitResult =
        FitRun.checkOptions options
        let initial, run = Key.split key
        fitModel options (Model.create layer dataset.SampleShape initial) dataset run

    /// Goes on with a run that was stopped or saved, up to the same number of epochs in all. With the same options,
    /// layer and data it ends in the same bits as a run that was never stopped; weights that a callback kept of the
    /// epochs before are not known to it.
    let resume (options: Fit) (layer: Layer<Tensor, Tensor>) (dataset: Dataset) (state: TrainState) : FitResult =
        FitRun.checkOptions options
        FitRun.run options (Model.ofVariables layer dataset.SampleShape state.Variables) dataset state

    /// One step of training as a function, for loops written by hand: `let step = Learn.trainOnBatch options layer`,
    /// then `step state batch` gives the next state, the loss and the outputs. Uses Optimizer and Loss of the options.
    /// Compiled at the first call for each size of batch: keep the function.
    let trainOnBatch
        (options: Fit)
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
    let evaluate (options: Fit) (dataset: Dataset) (model: Model) : Evaluation =
        FitRun.checkOptions options
        let objective: Objective = { Loss = options.Loss; Metrics = options.Metrics }
        Model.evaluateFor "Learn.evaluate" options.BatchSize (Some objective) dataset model

    /// The model with the averaged weights that `Optimizer.ema` kept. An optimizer without them is an error.
    let averaged (result: FitResult) : Model =
        match Optimizer.averages result.State.OptimizerState with
        | Some parameters -> Model.withVariables { result.Model.Variables with Parameters = parameters } result.Model
        | None ->
            Fail.data "Learn.averaged" "the optimizer kept no averaged weights; train with Optimizer.ema around it."
