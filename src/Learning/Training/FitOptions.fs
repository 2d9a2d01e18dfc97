namespace Functional

open System.Threading

/// How a model is trained. Begin with `Fit.defaults`.
type FitOptions =
    {
        /// Default `Optimizer.adam 1e-3`.
        Optimizer: Optimizer
        /// The loss that training minimizes. Of a model of several outputs, the loss of each; training minimizes their sum.
        /// Default the mean squared error.
        Loss: Loss
        /// The metrics that are reported beside the loss, weighted by the weights of samples and classes where there are some
        /// (`Metric.unweighted` leaves them out). Of a model of several outputs, of each. Default none.
        Metrics: Metric list
        /// Losses, weights of losses and metrics of single outputs, by name or number, where they differ from Loss and
        /// Metrics. Logs then have the names that Keras gives: loss, price_loss, sold_accuracy, val_sold_accuracy. Default
        /// none.
        Outputs: OutputOptions list
        /// How often all samples are learned from. Default 1.
        Epochs: int
        /// How many samples a step learns from. Default 32.
        BatchSize: int
        /// Whether the samples are put in a new order for every epoch. Default true.
        Shuffle: bool
        /// The share of the samples that is kept for validation: the last ones, before any shuffling. Of n samples
        /// floor(n (1 - share)) are trained on, as in Keras. Default 0.
        ValidationSplit: float
        /// The samples to validate with, instead of a share. Default none.
        ValidationData: Dataset option
        /// The source of batches to validate with, instead of a dataset: one pass through it an epoch. Default none.
        ValidationBatches: Batches<Batch> option
        /// How much the samples of each class count; those of other classes count 1. Default none.
        ClassWeights: Map<int, float>
        /// How many batches an epoch has, for sources that are long, or without end. The next epoch goes on where the one
        /// before ended. Default: an epoch is a pass through the samples.
        StepsPerEpoch: int option
        /// Zeros behind the sequences of each batch, up to lengths of which there are few: each length is compiled once.
        /// Where labels are sequences too, what was added weighs nothing. Default: sequences stay as they are.
        Lengths: SequenceLengths
        /// Whether the result holds the loss of every step. Default false.
        KeepStepLosses: bool
        /// The callbacks of the run, in order. Default none.
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
          Outputs = []
          Epochs = 1
          BatchSize = 32
          Shuffle = true
          ValidationSplit = 0.0
          ValidationData = None
          ValidationBatches = None
          ClassWeights = Map.empty
          StepsPerEpoch = None
          Lengths = SequenceLengths.AsTheyAre
          KeepStepLosses = false
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

/// The result of training.
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
        /// The loss of every step of this run, where the options ask for it; else empty.
        StepLosses: float list
        /// The messages of callbacks.
        Messages: string list
    }

/// The checks of options before the first step.
module internal FitChecks =
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

        match options.StepsPerEpoch with
        | Some steps when steps < 1 ->
            Fail.argument operation "stepsPerEpoch" steps "is no number of batches; give at least 1."
        | Some _
        | None -> ()

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

    /// The objective of each output of a network, by the outputs' names.
    let objectives (options: FitOptions) (names: string list) : Objective list =
        Objectives.resolve operation names options.Loss options.Metrics options.Outputs

    /// The objective of each output of a model.
    let objectivesOf (options: FitOptions) (model: Model) : Objective list = objectives options model.OutputNames

    /// The step that options make of a model.
    let stepOf (options: FitOptions) (model: Model) : Step =
        ModelLoss.stepOf operation options.Optimizer (objectivesOf options model) model

    let private reported (options: FitOptions) (model: Model) =
        ReportedMetrics.ofObjectives model.OutputNames (objectivesOf options model)

    /// The names of losses and metrics, of training and of validation, as the history has them.
    let valueNames (options: FitOptions) (model: Model) validates =
        let names =
            Objectives.lossNames model.OutputNames @ (reported options model |> List.map _.Name) |> List.sort

        names @ (if validates then names |> List.map (fun name -> "val_" + name) else [])

    /// Whether a higher value is better.
    let grows (options: FitOptions) (model: Model) : string -> bool =
        let growing =
            reported options model |> List.filter _.Metric.HigherIsBetter |> List.map _.Name |> Set.ofList

        fun name ->
            let isOfValidation = name.StartsWith("val_", System.StringComparison.Ordinal)
            growing.Contains(if isOfValidation then name.Substring 4 else name)

    /// Raises the error of a callback that monitors a value which this training does not have.
    let checkMonitors (options: FitOptions) (model: Model) validates =
        let known =
            valueNames options model validates @ (options.Callbacks |> List.collect _.Logs) |> List.distinct

        for callback in options.Callbacks do
            for monitor in callback.Monitors do
                if not (List.contains monitor known) then
                    let hint =
                        if monitor.StartsWith "val_" && not validates then
                            " Values that begin with val_ need ValidationSplit, ValidationData or ValidationBatches."
                        else
                            ""

                    let all = String.concat ", " known

                    Fail.argument
                        $"{operation}, callback {callback.Name}"
                        "monitor"
                        $"'{monitor}'"
                        $"is no value of this training; there is {all}.{hint}"
