namespace Functional.CSharp;

/// <summary>Why training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    Completed,

    /// <summary>A callback ended it.</summary>
    StoppedByCallback,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}

/// <summary>What training gives.</summary>
public sealed class TrainingRun
{
    private readonly FitResult inner;

    internal TrainingRun(FitResult inner)
    {
        this.inner = inner;
        Model = new Model(inner.Model);
    }

    /// <summary>The trained model; with the best weights, where a callback restored them.</summary>
    public Model Model { get; }

    /// <summary>What was written down of every epoch.</summary>
    public History History => new(inner.History);

    /// <summary>The run at its end, to go on from with <see cref="Model.Resume(TrainState, Dataset, FitOptions?, CancellationToken)"/>.</summary>
    public TrainState State => new(inner.State);

    /// <summary>Why it ended.</summary>
    public StopReason StopReason =>
        inner.Stopped.IsCancelled ? StopReason.Cancelled
        : inner.Stopped.IsCompleted ? StopReason.Completed
        : StopReason.StoppedByCallback;

    /// <summary>The name of the callback that ended it, if one did.</summary>
    public string? StoppedBy => (inner.Stopped as Functional.StopReason.StoppedBy)?.callback;

    /// <summary>The epoch, from 1, in which training ended before all epochs were done; null where all are.</summary>
    public int? StoppedEpoch => inner.StoppedEpoch?.Value;

    /// <summary>The epoch, from 1, that early stopping found the best; null where there was no early stopping.</summary>
    public int? BestEpoch => inner.BestEpoch?.Value;

    /// <summary>The loss of every step of this run, where the options ask for it; else empty.</summary>
    public IReadOnlyList<double> StepLosses => inner.StepLosses;

    /// <summary>What callbacks said.</summary>
    public IReadOnlyList<string> Messages => inner.Messages;

    /// <summary>The model with the averaged weights that <see cref="Optimizer.WithAverage"/> kept.</summary>
    /// <exception cref="FunctionalException">The optimizer kept none.</exception>
    public Model AveragedModel() => new(Learn.averaged(inner));
}
