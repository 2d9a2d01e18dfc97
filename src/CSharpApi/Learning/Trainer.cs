using FBatch = Functional.Batch;
using FTrainState = Functional.TrainState;

namespace Functional.CSharp;

/// <summary>
/// Single steps of training, for loops written by hand; <see cref="Model.Trainer"/> makes one. Either the trainer keeps
/// the state, written over in place by each step, or states go in and come out, and a step changes nothing.
/// </summary>
public sealed class Trainer
{
    private readonly Functional.Model model;
    private readonly Functional.FitOptions options;
    private readonly FSharpFunc<FTrainState, FSharpFunc<FBatch, Tuple<FTrainState, StepResult>>> step;
    private readonly Key seed;
    private readonly Lazy<Functional.Trainer> inPlace;

    internal Trainer(Functional.Model model, FitOptions options, TrainState? start)
    {
        this.model = model;
        this.options = options.Inside();
        seed = options.Seed;
        var layer = LayerModule.ofNetwork<FSharpList<FTensor>, FSharpList<FTensor>>(model.Network);
        step = Functional.Learn.trainOnBatch(this.options, layer);
        inPlace = new(() => start is null
            ? TrainerModule.create(this.options, model, seed.Inner)
            : TrainerModule.resume(this.options, model, start.Inner));
    }

    /// <summary>The state in which training begins: the model's weights, and the optimizer's first state.</summary>
    public TrainState Start() => new(Functional.Learn.start(options, model, seed.Inner));

    /// <summary>
    /// Learns from one batch in place, as Keras's train_on_batch does, and gives the loss of the batch before the step.
    /// Allocates nothing once each size of batch has been seen. One caller at a time.
    /// </summary>
    /// <param name="features">What the network is given, one row for each sample.</param>
    /// <param name="labels">What it should give, one row for each sample.</param>
    /// <param name="sampleWeights">How much each sample counts. Default all the same.</param>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public double TrainOnBatch(Tensor features, Tensor labels, Tensor? sampleWeights = null) =>
        inPlace.Value.TrainOnBatch(Inside(features, labels, sampleWeights));

    /// <summary>Learns from one batch of any number of inputs and outputs in place, and gives its loss before the
    /// step.</summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public double TrainOnBatch(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return inPlace.Value.TrainOnBatch(batch.Inner);
    }

    /// <summary>
    /// Learns from one batch in place as <see cref="TrainOnBatch(Tensor, Tensor, Tensor?)"/> does, and does not wait for the
    /// loss: a GPU may still compute when this returns.
    /// </summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public void Learn(Tensor features, Tensor labels, Tensor? sampleWeights = null) =>
        inPlace.Value.Learn(Inside(features, labels, sampleWeights));

    /// <summary>Learns from one batch of any number of inputs and outputs in place, and does not wait for its loss.</summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public void Learn(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        inPlace.Value.Learn(batch.Inner);
    }

    /// <summary>The loss of the latest batch in place, before its step. Waits until the device has computed it.</summary>
    /// <exception cref="FunctionalException">No step was taken in place yet.</exception>
    public double LatestLoss => inPlace.Value.LatestLoss;

    /// <summary>
    /// The means of loss and metrics of the options over the batches in place since the first one, or since
    /// <see cref="ResetMetrics"/>.
    /// </summary>
    public IReadOnlyDictionary<string, double> Metrics => EpochLog.ValuesOf(inPlace.Value.Metrics);

    /// <summary>Begins the means of loss and metrics anew.</summary>
    public void ResetMetrics() => inPlace.Value.ResetMetrics();

    /// <summary>
    /// The loss of a batch and its gradient by each weight, in training mode: what the next step in place would go by.
    /// Nothing changes.
    /// </summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public (double Loss, IReadOnlyDictionary<string, Tensor> Gradient) LossAndGradient(
        Tensor features, Tensor labels, Tensor? sampleWeights = null) =>
        LossAndGradient(new Batch(features, labels, sampleWeights));

    /// <summary>The loss of a batch of any number of inputs and outputs, and its gradient by each weight.</summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public (double Loss, IReadOnlyDictionary<string, Tensor> Gradient) LossAndGradient(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (loss, gradient) = inPlace.Value.LossAndGradient(batch.Inner);
        return (loss, Interop.Dictionary(TreeModule.flatten(gradient)));
    }

    /// <summary>The learning rate of the training in place, if the optimizer has one.</summary>
    public double? LearningRate => inPlace.Value.LearningRate?.Value;

    /// <summary>Goes on in place with this learning rate; nothing else is written.</summary>
    /// <exception cref="FunctionalException">A schedule rules the rate, or it is negative.</exception>
    public void SetLearningRate(double rate) => inPlace.Value.SetLearningRate(rate);

    /// <summary>What the model gave for the latest batch in place, before the step.</summary>
    /// <exception cref="FunctionalException">No step was taken in place yet, or there are several outputs.</exception>
    public Tensor Outputs => new(inPlace.Value.Outputs);

    /// <summary>What the model gave for the latest batch in place, before the step, for each of its outputs.</summary>
    /// <exception cref="FunctionalException">No step was taken in place yet.</exception>
    public IReadOnlyList<Tensor> AllOutputs => [.. inPlace.Value.AllOutputs.Select(y => new Tensor(y))];

    /// <summary>
    /// What a step in place on the latest size of batch does, as text: a line for each kernel, with its memory, FLOPs and
    /// bytes.
    /// </summary>
    /// <exception cref="FunctionalException">No step was taken in place yet.</exception>
    public string Describe() => inPlace.Value.Describe();

    /// <summary>
    /// The time of each kernel of a step: medians of so many further steps on the latest batch, which train the model as
    /// any other.
    /// </summary>
    /// <param name="runs">The number of steps that are measured, at least 1.</param>
    /// <exception cref="FunctionalException">No step was taken in place yet, or the number is below 1.</exception>
    public PlanProfile Profile(int runs = 10) => new(inPlace.Value.Profile(runs));

    /// <summary>Where the training in place is: a copy, which later steps do not change.</summary>
    public TrainState State => new(inPlace.Value.State);

    /// <summary>The model with the weights that the training in place has now.</summary>
    public Model Model() => new(inPlace.Value.Model);

    /// <summary>
    /// Learns from one batch: the next state, the loss of the batch before the step, what the model gave for it, and the
    /// batch's metrics. The step is compiled at the first batch of each size.
    /// </summary>
    /// <param name="state">Where training is.</param>
    /// <param name="features">What the network is given, one row for each sample.</param>
    /// <param name="labels">What it should give, one row for each sample.</param>
    /// <param name="sampleWeights">How much each sample counts. Default all the same.</param>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public TrainStep TrainOnBatch(TrainState state, Tensor features, Tensor labels, Tensor? sampleWeights = null) =>
        TrainOnBatch(state, new Batch(features, labels, sampleWeights));

    /// <summary>Learns from one batch of any number of inputs and outputs: the next state, and what the step gave.</summary>
    /// <exception cref="FunctionalException">The batch does not fit the model or the loss.</exception>
    public TrainStep TrainOnBatch(TrainState state, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(batch);
        var (next, result) = step.Invoke(state.Inner).Invoke(batch.Inner);
        return new TrainStep(
            new TrainState(next),
            result.Loss,
            [.. result.AllOutputs.Select(y => new Tensor(y))],
            EpochLog.ValuesOf(result.Metrics));
    }

    /// <summary>The model with the weights of a state.</summary>
    public Model Model(TrainState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new Model(Models.ModelModule.withVariables(state.Inner.Variables, model));
    }

    // without the lists of the facade's batch, since steps may be short
    private static FBatch Inside(Tensor features, Tensor labels, Tensor? sampleWeights) => new(
        Interop.List([Interop.Inner(features)]),
        Interop.List([Interop.Inner(labels)]),
        sampleWeights is null ? FSharpList<FTensor>.Empty : Interop.List([sampleWeights.Inner]));
}

/// <summary>What one step of training gives.</summary>
/// <param name="State">The next state.</param>
/// <param name="Loss">The loss of the batch before the step, with what regularizers add.</param>
/// <param name="AllOutputs">What the model gave for the batch, for each of its outputs.</param>
/// <param name="Metrics">
/// The metrics of the options, of this batch alone; of several outputs, first the loss of each.
/// </param>
public sealed record TrainStep(
    TrainState State, double Loss, IReadOnlyList<Tensor> AllOutputs, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>What the model gave for the batch.</summary>
    /// <exception cref="FunctionalException">There are several outputs.</exception>
    public Tensor Outputs => AllOutputs.Count == 1
        ? AllOutputs[0]
        : throw Errors.Argument("TrainStep", "outputs", AllOutputs.Count, "are not one; read AllOutputs.");
}
