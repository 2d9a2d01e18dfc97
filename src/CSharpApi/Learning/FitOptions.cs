using FFitOptions = Functional.FitOptions;

namespace Functional.CSharp;

/// <summary>How a model is trained. All options have defaults, which are Keras's.</summary>
public sealed record FitOptions
{
    /// <summary>How the model learns from gradients. Default Adam with a learning rate of 0.001.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Adam();

    /// <summary>What training minimizes. Default the mean squared error.</summary>
    public Loss Loss { get; init; } = Loss.MeanSquaredError;

    /// <summary>
    /// The metrics that are reported beside the loss, weighted by the weights of samples and classes where there are some; see
    /// <see cref="Metric.Unweighted"/>. Default none.
    /// </summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>
    /// Losses, weights of losses and metrics of single outputs, where they differ from <see cref="Loss"/> and
    /// <see cref="Metrics"/>, which are those of every output. Training minimizes the sum of the losses times their
    /// weights. Default none.
    /// </summary>
    public IReadOnlyList<OutputOptions> Outputs { get; init; } = [];

    /// <summary>How often all samples are learned from. Default 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>How many samples a step learns from. Default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Whether the samples are put in a new order for every epoch. Default true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The share of the samples that is kept for validation: the last ones, before any shuffling. Of n samples
    /// floor(n (1 - share)) are trained on, as in Keras. Default 0.
    /// </summary>
    public double ValidationSplit { get; init; }

    /// <summary>What validation uses instead of a share. Default none.</summary>
    public Dataset? ValidationData { get; init; }

    /// <summary>
    /// The source of batches to validate with, instead of a dataset: one pass through it an epoch. Default none.
    /// </summary>
    public Batches<Batch>? ValidationBatches { get; init; }

    /// <summary>
    /// How much the samples of each class count; those of other classes count 1. Default all the same.
    /// </summary>
    public IReadOnlyDictionary<int, double> ClassWeights { get; init; } = new Dictionary<int, double>();

    /// <summary>
    /// How many batches an epoch has, for sources that are long, or without end. The next epoch goes on where the one
    /// before ended. Default: an epoch is a pass through the samples.
    /// </summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>
    /// Zeros behind the sequences of each batch, up to lengths of which there are few: each length is compiled once.
    /// Default: sequences stay as they are.
    /// </summary>
    public SequenceLengths Lengths { get; init; } = SequenceLengths.AsTheyAre;

    /// <summary>Whether the result holds the loss of every step. Default false.</summary>
    public bool KeepStepLosses { get; init; }

    /// <summary>What is called while the model is trained, in order. Default none.</summary>
    public IReadOnlyList<Callback> Callbacks { get; init; } = [];

    /// <summary>Where the run reports its progress. Default nowhere.</summary>
    public Progress Progress { get; init; } = Progress.None;

    /// <summary>What takes the log of every finished epoch. Default none.</summary>
    public IProgress<EpochLog>? EpochProgress { get; init; }

    /// <summary>What the order of the samples and dropout draw from: a key, or a seed. Default the seed 0.</summary>
    public Key Seed { get; init; } = Key.Of(0);

    internal FFitOptions Inside(CancellationToken cancellationToken = default) => new(
        Optimizer.Inner,
        Loss.Inner,
        ListModule.OfSeq(Metrics.Select(metric => metric.Inner)),
        ListModule.OfSeq(Outputs.Select(output => output.Inside())),
        Epochs,
        BatchSize,
        Shuffle,
        ValidationSplit,
        Interop.Option(ValidationData?.Inner),
        Interop.Option(ValidationBatches?.Map(batch => batch.Inner).Inner),
        new FSharpMap<int, double>(ClassWeights.Select(weight => Tuple.Create(weight.Key, weight.Value))),
        Interop.Option(StepsPerEpoch),
        Lengths.Inner,
        KeepStepLosses,
        ListModule.OfSeq(Callbacks.Select(callback => callback.Inner)),
        Progress.With(EpochProgress),
        cancellationToken);
}
