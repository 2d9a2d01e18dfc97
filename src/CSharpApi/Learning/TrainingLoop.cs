namespace Functional.CSharp;

/// <summary>
/// Steps of one's own over one set of variables, in place: each batch is given to whichever step is to learn from it, so
/// that two models can be trained against each other. A step allocates nothing once each size of batch has been seen. One
/// caller at a time.
/// </summary>
public sealed class TrainingLoop
{
    private readonly Functional.TrainingLoop inner;

    /// <summary>A loop over variables, which every step sees in whole.</summary>
    /// <param name="steps">The steps that will be run.</param>
    /// <param name="variables">The variables that training begins with.</param>
    /// <param name="seed">What dropout and noise draw from: a key, or a seed.</param>
    public TrainingLoop(IReadOnlyList<Step> steps, ModelVariables variables, Key seed)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(seed);
        inner = TrainingLoopModule.create(
            ListModule.OfSeq(steps.Select(step => step.Inner)), variables.Inner, seed.Inner);
    }

    /// <summary>Learns from a batch by this step, and gives the step's loss before the update.</summary>
    /// <exception cref="FunctionalException">The step is none of the loop's, or the batch does not fit it.</exception>
    public double Run(Step step, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(batch);
        return inner.Run(step.Inner, batch.Inner);
    }

    /// <summary>
    /// The values that a step of <see cref="Step.CreateWithValues"/> gave for its latest batch; NaN before the first.
    /// </summary>
    public IReadOnlyDictionary<string, double> Values(Step step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return EpochLog.ValuesOf(inner.Values(step.Inner));
    }

    /// <summary>The number of batches learned from, by all steps together.</summary>
    public int Count => inner.Count;

    /// <summary>The variables as they are now; later steps do not change them.</summary>
    public ModelVariables Variables => new(inner.Variables);

    /// <summary>The mean of a step's loss since the first batch, or since <see cref="ResetLoss"/>.</summary>
    public double Loss(Step step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return inner.Loss(step.Inner);
    }

    /// <summary>Begins the means of all steps' losses anew.</summary>
    public void ResetLoss() => inner.ResetLoss();

    /// <summary>The learning rate of a step's optimizer, if it has one.</summary>
    public double? LearningRate(Step step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return inner.LearningRate(step.Inner)?.Value;
    }

    /// <summary>Goes on with this learning rate for a step.</summary>
    /// <exception cref="FunctionalException">A schedule rules the rate, or it is negative.</exception>
    public void SetLearningRate(Step step, double rate)
    {
        ArgumentNullException.ThrowIfNull(step);
        inner.SetLearningRate(step.Inner, rate);
    }
}
