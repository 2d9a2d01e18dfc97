using FTrainState = Functional.TrainState;
using FTrainStates = Functional.TrainStateModule;

namespace Functional.CSharp;

/// <summary>
/// A training run between two batches, as a value: everything that the rest of the run depends on. Training that goes
/// on from it, with the same options and data, ends in the same bits as training that was never interrupted.
/// </summary>
public sealed class TrainState
{
    internal TrainState(FTrainState inner) => Inner = inner;

    internal FTrainState Inner { get; }

    /// <summary>The number of batches learned from so far.</summary>
    public int Step => Inner.Step;

    /// <summary>The number of epochs that are finished.</summary>
    public int Epoch => Inner.Epoch;

    /// <summary>What was written down of the finished epochs.</summary>
    public History History => new(Inner.History);

    /// <summary>The learning rate, if the optimizer has one.</summary>
    public double? LearningRate => OptimizerLinks.OptimizerModule.learningRate(Inner.OptimizerState)?.Value;

    /// <summary>
    /// What the optimizer remembers, by path: of Adam its averages, such as "mean/dense/kernel" and "square/dense/kernel",
    /// "step" and "learning_rate".
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> OptimizerMemory =>
        TreeModule.flatten(Inner.OptimizerState).ToDictionary(leaf => leaf.Item1, leaf => new Tensor(leaf.Item2));

    /// <summary>The state with this learning rate.</summary>
    /// <exception cref="FunctionalException">A schedule rules the rate, or it is negative.</exception>
    public TrainState WithLearningRate(double rate) => new(FTrainStates.withLearningRate(rate, Inner));

    /// <summary>Writes the state to a .zip file, atomically.</summary>
    /// <exception cref="FunctionalException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FTrainStates.save(path, Inner);
    }

    /// <summary>Reads a state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FunctionalException">The file is missing, damaged or of another kind.</exception>
    public static TrainState Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FTrainStates.load(path));
    }
}
