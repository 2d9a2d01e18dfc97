namespace Functional

open System.Threading

/// How a model is trained. Begin with `Fit.defaults`.
type FitOptions =
    {
        /// Default `Optimizer.adam 1e-3`.
        Optimizer: Optimizer
        /// What training minimizes. Default the mean squared error.
        Loss: Loss
        /// What is reported beside the loss, weighted by the weights of samples and classes where there are some
        /// (`Metric.unweighted` leaves them out). Default none.
        Metrics: Metric list
        /// How often all samples are learned from. Default 1.
        Epochs: int
        /// How many samples a step learns from. Default 32.
        BatchSize: int
        /// Whether the samples are put in a new order for every epoch. Default true.
        Shuffle: bool
        /// The share of the samples that is kept for validation: the last ones, before any shuffling. Of n samples
        /// floor(n (1 - share)) are trained on, as in Keras. Default 0.
        ValidationSplit: float
        /// What validation uses instead of a share. Default none.
        ValidationData: Dataset option
        /// How much the samples of each class count; those of other classes count 1. Default none.
        ClassWeights: Map<int, float>
        /// What is called while the model is trained, in order. Default none.
        Callbacks: Callback list
        /// Where the run reports its progress. Default nowhere.
        Progress: Progress
        /// Ends the run between two batches; what was learned so far is returned.
        CancellationToken: CancellationToken
    }

/// The options of training.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Fit =
    /// Adam with a rate of 0.001, mean squared error, one epoch, batches of 32 in random order, nothing beside.
    let defaults: FitOptions =
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
        /// The loss and the metrics of every epoch.
        History: History
        /// The run at its end, to go on from with `Learn.resume`.
        State: TrainState
        /// Why it ended.
        Stopped: StopReason
        /// The epoch, from 1, in which training ended before all epochs were done.
        StoppedEpoch: int option
        /// The epoch, from 1, that early stopping found the best.
        BestEpoch: int option
        /// What callbacks said.
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

/// The checks of options before the first step.
module internal FitChecks =
    open Training

    let operation = "Fit"

    let checkOptions (options: FitOptions) =
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

    /// The samples to train and to validate with.
    let divide (options: FitOptions) (d: Dataset) =
        match options.ValidationData with
        | Some validation -> d, Some validation
        | None when options.ValidationSplit = 0.0 -> d, None
        | None ->
            let count = Dataset.firstPart options.ValidationSplit d.Count

            if count < 1 || count >= d.Count then
                Fail.data
                    operation
                    $"a share of {string options.ValidationSplit} of {d.Count} samples leaves none to train or none to \
                      validate with; give another share, or more samples."

            Dataset.range 0 count d, Some(Dataset.range count (d.Count - count) d)

    /// The names of loss and metrics, of training and of validation, as the history has them.
    let valueNames (options: FitOptions) validates =
        let names = Tally.Names options.Metrics
        names @ (if validates then names |> List.map (fun name -> "val_" + name) else [])

    /// Whether a higher value is better.
    let grows (options: FitOptions) (name: string) =
        let name =
            if name.StartsWith("val_", System.StringComparison.Ordinal) then
                name.Substring 4
            else
                name

        List.zip (Tally(options.Metrics, Tree.empty).MetricNames) options.Metrics
        |> List.exists (fun (known, metric) -> known = name && metric.HigherIsBetter)

    /// Raises the error of a callback that monitors a value which this training does not have.
    let checkMonitors (options: FitOptions) validates =
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
