using FCallback = Functional.Callback;
using FCallbacks = Functional.CallbackModule;

namespace Functional.CSharp;

/// <summary>Whether a value that a callback looks at is to grow or to shrink.</summary>
public enum MonitorMode
{
    /// <summary>
    /// By its name: accuracies, areas, precision, recall and similarities grow, everything else shrinks.
    /// </summary>
    Auto,

    /// <summary>Smaller is better.</summary>
    Min,

    /// <summary>Larger is better.</summary>
    Max,
}

/// <summary>What <see cref="Callback.ModelCheckpoint"/> writes.</summary>
public enum CheckpointContent
{
    /// <summary>The model, for <see cref="Model.Load"/>.</summary>
    Model,

    /// <summary>The weights, for <see cref="Model.LoadWeights(string)"/>.</summary>
    Weights,

    /// <summary>The run, for <see cref="TrainState.Load"/>.</summary>
    TrainState,
}

/// <summary>
/// Something that looks on while a model is trained, and may change the course. It is a value: whatever it remembers is
/// made anew for every run. Defaults are Keras's.
/// </summary>
/// <remarks>
/// Arguments out of range raise a <see cref="FunctionalException"/>, and so does, when training begins, the name of a
/// value that it does not know.
/// </remarks>
public sealed class Callback
{
    internal Callback(FCallback inner) => Inner = inner;

    internal FCallback Inner { get; }

    /// <summary>
    /// Ends training when a value was not better than the best one before by more than <paramref name="minDelta"/> for
    /// <paramref name="patience"/> epochs. A NaN is never the best.
    /// </summary>
    /// <param name="monitor">The value to look at. Default "val_loss".</param>
    /// <param name="patience">How many epochs without improvement end training. Default 0: the first one.</param>
    /// <param name="minDelta">What counts as improvement must be more than this. Default 0.</param>
    /// <param name="mode">Default by the value's name.</param>
    /// <param name="restoreBestWeights">
    /// Whether training ends with the weights of the best epoch, stopped or not. Default false.
    /// </param>
    /// <param name="baseline">
    /// A value that must be passed: improvements that stay behind it do not count. Default none.
    /// </param>
    /// <param name="startFromEpoch">Epochs before this one, from 0, are not looked at. Default 0.</param>
    public static Callback EarlyStopping(
        string monitor = "val_loss",
        int patience = 0,
        double minDelta = 0.0,
        MonitorMode mode = MonitorMode.Auto,
        bool restoreBestWeights = false,
        double? baseline = null,
        int startFromEpoch = 0) =>
        new(FCallbacks.earlyStoppingWith(new EarlyStoppingOptions(
            monitor, patience, minDelta, Inside(mode), restoreBestWeights, Interop.Option(baseline), startFromEpoch)));

    /// <summary>
    /// Multiplies the learning rate by a factor when a value no longer improves, and writes learning_rate down.
    /// </summary>
    /// <param name="monitor">The value to look at. Default "val_loss".</param>
    /// <param name="factor">What the learning rate is multiplied by. Default 0.1.</param>
    /// <param name="patience">How many epochs without improvement reduce it. Default 10.</param>
    /// <param name="minDelta">What counts as improvement must be more than this. Default 0.0001.</param>
    /// <param name="mode">Default by the value's name.</param>
    /// <param name="cooldown">
    /// How many epochs pass after a reduction until epochs without improvement count again; the last of them counts
    /// already, as in Keras, so that 0 and 1 do the same. Default 0.
    /// </param>
    /// <param name="minLearningRate">The learning rate does not fall below. Default 0.</param>
    public static Callback ReduceLearningRateOnPlateau(
        string monitor = "val_loss",
        double factor = 0.1,
        int patience = 10,
        double minDelta = 1e-4,
        MonitorMode mode = MonitorMode.Auto,
        int cooldown = 0,
        double minLearningRate = 0.0) =>
        new(FCallbacks.reduceLROnPlateauWith(new PlateauOptions(
            monitor, factor, patience, minDelta, Inside(mode), cooldown, minLearningRate)));

    /// <summary>
    /// Writes the model, its weights or the whole run after every epoch, or after those whose value is better than ever
    /// before.
    /// </summary>
    /// <param name="path">
    /// The file; it may hold {epoch}, from 1, and names of values in braces, with a format:
    /// "best-{epoch:00}-{val_loss:F3}.zip".
    /// </param>
    /// <param name="monitor">The value to look at where only the best is kept. Default "val_loss".</param>
    /// <param name="saveBestOnly">Whether only the best is kept. Default false.</param>
    /// <param name="mode">Default by the value's name.</param>
    /// <param name="content">Default the model.</param>
    public static Callback ModelCheckpoint(
        string path,
        string monitor = "val_loss",
        bool saveBestOnly = false,
        MonitorMode mode = MonitorMode.Auto,
        CheckpointContent content = CheckpointContent.Model)
    {
        ArgumentNullException.ThrowIfNull(path);
        var options = new CheckpointOptions(monitor, saveBestOnly, Inside(mode), Inside(content));
        return new(FCallbacks.modelCheckpointWith(options, path));
    }

    /// <summary>
    /// Writes a line for every epoch to a CSV file: the epoch, from 0, and the values in order; NA for a missing one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="separator">Default ",".</param>
    /// <param name="append">
    /// Whether lines are added to a file that is there. Default false: the file begins anew.
    /// </param>
    public static Callback CsvLogger(string path, string separator = ",", bool append = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FCallbacks.csvLoggerWith(new CsvLoggerOptions(separator, append), path));
    }

    /// <summary>
    /// Sets the learning rate before every epoch to what a function gives of the epoch's number, from 0, and the rate
    /// until now.
    /// </summary>
    public static Callback LearningRateScheduler(Func<int, double, double> rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return new(FCallbacks.learningRateScheduler(FuncConvert.FromFunc(rate)));
    }

    /// <summary>Ends training as soon as the loss is NaN or infinite.</summary>
    public static Callback TerminateOnNaN { get; } = new(FCallbacks.terminateOnNaN);

    /// <summary>A function called before training.</summary>
    public static Callback OnTrainBegin(Action<TrainingMoment> f) => new(FCallbacks.onTrainBegin(Inside(f)));

    /// <summary>A function called before every epoch.</summary>
    public static Callback OnEpochBegin(Action<TrainingMoment> f) => new(FCallbacks.onEpochBegin(Inside(f)));

    /// <summary>A function called after every batch.</summary>
    public static Callback OnBatchEnd(Action<TrainingMoment> f) => new(FCallbacks.onBatchEnd(Inside(f)));

    /// <summary>A function called after every epoch, validation included.</summary>
    public static Callback OnEpochEnd(Action<TrainingMoment> f) => new(FCallbacks.onEpochEnd(Inside(f)));

    /// <summary>A function called when training is over, however it ended.</summary>
    public static Callback OnTrainEnd(Action<TrainingMoment> f) => new(FCallbacks.onTrainEnd(Inside(f)));

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;

    private static FSharpFunc<Moment, FSharpList<CallbackAction>> Inside(Action<TrainingMoment> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return FuncConvert.FromFunc<Moment, FSharpList<CallbackAction>>(inner =>
        {
            var moment = new TrainingMoment(inner);
            f(moment);
            return moment.Actions;
        });
    }

    private static Functional.MonitorMode Inside(MonitorMode mode) => mode switch
    {
        MonitorMode.Min => Functional.MonitorMode.Min,
        MonitorMode.Max => Functional.MonitorMode.Max,
        _ => Functional.MonitorMode.Auto,
    };

    private static Functional.CheckpointContent Inside(CheckpointContent content) => content switch
    {
        CheckpointContent.Weights => Functional.CheckpointContent.Weights,
        CheckpointContent.TrainState => Functional.CheckpointContent.TrainState,
        _ => Functional.CheckpointContent.Model,
    };
}
