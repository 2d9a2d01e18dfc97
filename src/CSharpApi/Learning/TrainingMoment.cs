namespace Functional.CSharp;

/// <summary>Where a training run stands when a callback is called, and what the callback may ask of it.</summary>
public sealed class TrainingMoment
{
    private readonly Moment inner;
    private readonly List<CallbackAction> actions = [];

    internal TrainingMoment(Moment inner) => this.inner = inner;

    /// <summary>A moment of a run that is not there, to test what a callback does.</summary>
    /// <param name="model">The model as it is then.</param>
    /// <param name="epoch">The number of the epoch, from 0. Default 0.</param>
    /// <param name="epochs">The number of epochs that there are to be. Default 1.</param>
    /// <param name="batch">The number of batches of this epoch that are done. Default 0.</param>
    /// <param name="batches">The number of batches in an epoch. Default not known.</param>
    /// <param name="step">The number of batches learned from. Default 0.</param>
    /// <param name="values">The values of the epoch so far. Default none.</param>
    /// <param name="learningRate">The learning rate. Default 0.001.</param>
    public static TrainingMoment Create(
        Model model,
        int epoch = 0,
        int epochs = 1,
        int batch = 0,
        int? batches = null,
        int step = 0,
        IReadOnlyDictionary<string, double>? values = null,
        double? learningRate = 0.001)
    {
        ArgumentNullException.ThrowIfNull(model);
        var known = (values ?? new Dictionary<string, double>()).Select(value => Tuple.Create(value.Key, value.Value));
        return new(MomentModule.create(
            new MomentOptions(
                epoch,
                epochs,
                batch,
                Interop.Option(batches),
                step,
                ListModule.OfSeq(known),
                Interop.Option(learningRate),
                MomentOptions.defaults.OptimizerState),
            model.Inner));
    }

    /// <summary>Whether the callback asked for the end of training.</summary>
    public bool IsStopped => actions.Any(action => action.IsStop);

    /// <summary>The learning rate that the callback asked for last; null where it asked for none.</summary>
    public double? NewLearningRate =>
        actions.OfType<CallbackAction.SetLearningRate>().Select(action => (double?)action.Item).LastOrDefault();

    /// <summary>The values that the callback wrote down.</summary>
    public IReadOnlyDictionary<string, double> Logged
    {
        get
        {
            var logged = new OrderedDictionary<string, double>();
            foreach (var action in actions.OfType<CallbackAction.Log>())
                logged[action.name] = action.value;
            return logged;
        }
    }

    /// <summary>What the callback told the user.</summary>
    public IReadOnlyList<string> Said => [.. actions.OfType<CallbackAction.Say>().Select(action => action.Item)];

    /// <summary>
    /// The number of the epoch, from 0; before the first and after the last, the number of epochs done.
    /// </summary>
    public int Epoch => inner.Epoch;

    /// <summary>The number of epochs that there are to be.</summary>
    public int Epochs => inner.Epochs;

    /// <summary>The number of batches of this epoch that are done.</summary>
    public int Batch => inner.Batch;

    /// <summary>The number of batches in an epoch, where it is known.</summary>
    public int? Batches => inner.Batches?.Value;

    /// <summary>The number of batches learned from since training began.</summary>
    public int Step => inner.Step;

    /// <summary>What is known of the epoch so far: running means after a batch, all values at its end.</summary>
    public IReadOnlyDictionary<string, double> Values => EpochLog.ValuesOf(inner.Values);

    /// <summary>The model as it is now.</summary>
    public Model Model => new(inner.Model);

    /// <summary>The run as it is now.</summary>
    public TrainState State => new(inner.State);

    /// <summary>The learning rate, if the optimizer has one.</summary>
    public double? LearningRate => inner.LearningRate?.Value;

    /// <summary>Ends training: after this batch, or this epoch.</summary>
    public void Stop() => actions.Add(CallbackAction.Stop);

    /// <summary>Goes on with this learning rate.</summary>
    public void SetLearningRate(double rate) => actions.Add(CallbackAction.NewSetLearningRate(rate));

    /// <summary>Goes on from, or ends with, the weights of this model, which has the same layers.</summary>
    public void SetWeights(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        actions.Add(CallbackAction.NewSetVariables(model.Inner.Variables));
    }

    /// <summary>Adds a value to what is written down of this epoch.</summary>
    public void Log(string name, double value)
    {
        ArgumentNullException.ThrowIfNull(name);
        actions.Add(CallbackAction.NewLog(name, value));
    }

    /// <summary>Tells the user something.</summary>
    public void Say(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        actions.Add(CallbackAction.NewSay(text));
    }

    /// <summary>Writes the run to a file, as it is when all callbacks have been called.</summary>
    public void SaveState(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        actions.Add(CallbackAction.NewSaveState(path));
    }

    internal FSharpList<CallbackAction> Actions => ListModule.OfSeq(actions);
}
