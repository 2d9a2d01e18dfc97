namespace Functional.CSharp;

/// <summary>Where a training run stands when a callback is called, and what the callback may ask of it.</summary>
public sealed class TrainingMoment
{
    private readonly Moment inner;
    private readonly List<CallbackAction> actions = [];

    internal TrainingMoment(Moment inner) => this.inner = inner;

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
