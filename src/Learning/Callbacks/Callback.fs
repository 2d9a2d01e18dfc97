namespace Functional

open System

/// Where a training run stands when a callback is called.
[<Sealed>]
type Moment
    internal
    (
        epoch: int,
        epochs: int,
        batch: int,
        batches: int option,
        step: int,
        loss: Lazy<float>,
        values: Lazy<(string * float) list>,
        learningRate: Lazy<float option>,
        model: Lazy<Model>,
        state: Lazy<TrainState>
    ) =
    /// The number of the epoch, from 0; before the first and after the last, the number of epochs done.
    member _.Epoch = epoch

    /// The number of epochs that there are to be.
    member _.Epochs = epochs

    /// The number of batches of this epoch that are done.
    member _.Batch = batch

    /// The number of batches in an epoch, where it is known.
    member _.Batches = batches

    /// The number of batches learned from since training began.
    member _.Step = step

    /// The mean of the loss over the batches of this epoch so far; NaN before the first.
    member _.Loss = loss.Value

    /// The values of the epoch so far: running means after a batch, all values at the end of the epoch.
    member _.Values = values.Value

    /// The model as it is now.
    member _.Model = model.Value

    /// The run as it is now: a copy of all its variables.
    member _.State = state.Value

    /// The learning rate, if the optimizer has one. Reading it copies nothing.
    member _.LearningRate = learningRate.Value

/// What a moment of one's own holds, to test a callback without a run; see `Moment.create`.
type MomentOptions =
    {
        /// The number of the epoch, from 0. Default 0.
        Epoch: int
        /// The number of epochs that there are to be. Default 1.
        Epochs: int
        /// The number of batches of this epoch that are done. Default 0.
        Batch: int
        /// The number of batches in an epoch, where it is known. Default None.
        Batches: int option
        /// The number of batches learned from since training began. Default 0.
        Step: int
        /// The values of the epoch so far; the loss is the one called "loss". Default none.
        Values: (string * float) list
        /// The learning rate. Default 0.001.
        LearningRate: float option
        /// The state of the optimizer. Default empty.
        OptimizerState: Tree<Tensor>
    }

    /// The first epoch, before its first batch, with Adam's rate and no values.
    static member defaults =
        { Epoch = 0
          Epochs = 1
          Batch = 0
          Batches = None
          Step = 0
          Values = []
          LearningRate = Some 0.001
          OptimizerState = Tree.empty }

/// Moments of one's own.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Moment =
    /// A moment of a run that is not there: what a callback is given, to test it. The handlers of a callback are those of
    /// `callback.Start`: `(callback.Start(fun _ -> false)).EpochEnd moment` gives its requests.
    let create (options: MomentOptions) (model: Model) : Moment =
        let loss =
            options.Values |> List.tryFind (fst >> (=) "loss") |> Option.map snd |> Option.defaultValue nan

        let state () : TrainState =
            { Variables = model.Variables
              OptimizerState = options.OptimizerState
              Step = options.Step
              Epoch = options.Epoch
              Batch = options.Batch
              Pass = options.Epoch
              Taken = options.Batch
              Key = Key.ofInt 0
              History = History []
              Running = Tree.empty
              Callbacks = Tree.empty }

        Moment(
            options.Epoch,
            options.Epochs,
            options.Batch,
            options.Batches,
            options.Step,
            lazy loss,
            lazy options.Values,
            lazy options.LearningRate,
            lazy model,
            lazy state ()
        )

/// A request of a callback to the run.
[<RequireQualifiedAccess>]
type CallbackAction =
    /// Ends training: after this batch, or this epoch.
    | Stop
    /// Goes on with this learning rate.
    | SetLearningRate of float
    /// Goes on from, or ends with, these variables.
    | SetVariables of Variables
    /// Adds a value to what is written down of this epoch.
    | Log of name: string * value: float
    /// Tells the user something.
    | Say of string
    /// Names the best epoch, from 1, for the result of the run.
    | ReportBest of epoch: int
    /// Writes the run to a file, as it is when all callbacks have been called.
    | SaveState of path: string

/// The functions of a callback for one run. Each gives its requests to the run.
type CallbackHandlers =
    {
        /// Before the first epoch.
        TrainBegin: Moment -> CallbackAction list
        /// Before the first batch of an epoch.
        EpochBegin: Moment -> CallbackAction list
        /// After each batch.
        BatchEnd: Moment -> CallbackAction list
        /// After each epoch, validation included.
        EpochEnd: Moment -> CallbackAction list
        /// When training is over, however it ended.
        TrainEnd: Moment -> CallbackAction list
        /// The state of the callback, as tensors under names. It is part of the run's state.
        Memory: unit -> Tree<Tensor>
        /// Takes back, when a run is resumed, what `Memory` gave.
        Restore: Tree<Tensor> -> unit
    }

    /// Handlers that do nothing and remember nothing.
    static member val none =
        { TrainBegin = fun _ -> []
          EpochBegin = fun _ -> []
          BatchEnd = fun _ -> []
          EpochEnd = fun _ -> []
          TrainEnd = fun _ -> []
          Memory = fun () -> Tree.empty
          Restore = ignore }

/// Something that is called while a model is trained, and may change the course. A value: `Start` makes what it remembers
/// anew for every run, so that one callback serves any number of runs.
type Callback =
    {
        /// Its name, in messages and in saved runs.
        Name: string
        /// The values that it looks at. A name that training does not know is an error before the first batch.
        Monitors: string list
        /// The values that it writes down itself.
        Logs: string list
        /// Whether it is called after all others, to see what they changed: for what saves a model.
        Late: bool
        /// Makes the functions for one run, given which of its values are better when they are higher.
        Start: (string -> bool) -> CallbackHandlers
    }

/// Whether a value is to grow or to shrink.
[<RequireQualifiedAccess>]
type MonitorMode =
    /// Metrics know by themselves which is better; losses, and values that callbacks write down, are to shrink.
    | Auto
    /// Smaller is better.
    | Min
    /// Larger is better.
    | Max

/// Options of `Callback.earlyStopping`.
type EarlyStoppingOptions =
    {
        /// The value to look at. Default "val_loss".
        Monitor: string
        /// How many epochs without improvement end training. Default 0: the first one.
        Patience: int
        /// The least change that counts as an improvement, exclusive. Default 0.
        MinDelta: float
        /// Default Auto.
        Mode: MonitorMode
        /// Whether training ends with the weights of the best epoch, also where it was never stopped. Default false.
        RestoreBestWeights: bool
        /// A value that must be passed: improvements that stay behind it do not end the waiting. Default none.
        Baseline: float option
        /// Epochs before this one, from 0, are not looked at. Default 0.
        StartFromEpoch: int
    }

    /// Keras's defaults.
    static member defaults =
        { Monitor = "val_loss"
          Patience = 0
          MinDelta = 0.0
          Mode = MonitorMode.Auto
          RestoreBestWeights = false
          Baseline = None
          StartFromEpoch = 0 }

/// Options of `Callback.reduceLROnPlateau`.
type PlateauOptions =
    {
        /// The value to look at. Default "val_loss".
        Monitor: string
        /// The factor of the learning rate. Default 0.1.
        Factor: float
        /// How many epochs without improvement reduce it. Default 10.
        Patience: int
        /// The least change that counts as an improvement, exclusive. Default 1e-4.
        MinDelta: float
        /// Default Auto.
        Mode: MonitorMode
        /// How many epochs pass after a reduction until epochs without improvement count again; the last of them counts
        /// already, as in Keras, so that 0 and 1 do the same. Default 0.
        Cooldown: int
        /// The learning rate does not fall below. Default 0.
        MinLearningRate: float
    }

    /// Keras's defaults.
    static member defaults =
        { Monitor = "val_loss"
          Factor = 0.1
          Patience = 10
          MinDelta = 1e-4
          Mode = MonitorMode.Auto
          Cooldown = 0
          MinLearningRate = 0.0 }

/// The content of the files of `Callback.modelCheckpoint`.
[<RequireQualifiedAccess>]
type CheckpointContent =
    /// The model, for `Model.load`.
    | Model
    /// The weights, for `Model.loadWeights`.
    | Weights
    /// The run, for `TrainState.load` and `Learn.resume`.
    | TrainState

/// Options of `Callback.modelCheckpoint`.
type CheckpointOptions =
    {
        /// The value to look at where only the best is kept. Default "val_loss".
        Monitor: string
        /// Whether a file is written only when the value is better than ever before. Default false.
        SaveBestOnly: bool
        /// Default Auto.
        Mode: MonitorMode
        /// Default the model.
        Content: CheckpointContent
    }

    /// The model, after every epoch.
    static member defaults =
        { Monitor = "val_loss"
          SaveBestOnly = false
          Mode = MonitorMode.Auto
          Content = CheckpointContent.Model }

/// Options of `Callback.csvLogger`.
type CsvLoggerOptions =
    {
        /// Default ",".
        Separator: string
        /// Whether lines are added to a file that is there. Default false: the file begins anew.
        Append: bool
    }

    /// Commas, and a new file.
    static member defaults = { Separator = ","; Append = false }
