using FProgress = Functional.Progress;
using FProgresses = Functional.ProgressModule;

namespace Functional.CSharp;

/// <summary>Where a training run tells how far it is.</summary>
public sealed class Progress
{
    private Progress(FProgress inner) => Inner = inner;

    internal FProgress Inner { get; }

    /// <summary>Nowhere: the default.</summary>
    public static Progress None { get; } = new(FProgresses.none);

    /// <summary>
    /// A bar on the console with loss, metrics and the time left, redrawn at most every 0.05 seconds; where the output
    /// is not a terminal, one plain line an epoch.
    /// </summary>
    public static Progress Bar() => new(FProgresses.bar);

    /// <summary>One plain line an epoch, and the messages of callbacks, to a writer.</summary>
    public static Progress Lines(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new(FProgresses.lines(writer));
    }

    /// <summary>A function called after every batch, on the thread that trains.</summary>
    public static Progress OnBatch(Action<BatchProgress> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return new(FProgresses.custom(FuncConvert.FromAction<ProgressEvent>(e =>
        {
            if (e is ProgressEvent.BatchEnds { Item: var r })
                f(new BatchProgress(r.Epoch, r.Epochs, r.Batch, r.Batches?.Value, EpochLog.ValuesOf(r.Values)));
        })));
    }

    /// <summary>This, and every finished epoch to a sink.</summary>
    internal FProgress With(IProgress<EpochLog>? epochs)
    {
        if (epochs is null)
            return Inner;
        return new FProgress(FuncConvert.FromFunc(() =>
        {
            var tell = Inner.Start.Invoke(null!);
            return FuncConvert.FromAction<ProgressEvent>(e =>
            {
                tell.Invoke(e);
                if (e is ProgressEvent.EpochEnds { Item: var report })
                    epochs.Report(new EpochLog(report.Epoch, EpochLog.ValuesOf(report.Values)));
            });
        }));
    }
}

/// <summary>How far a training run is.</summary>
/// <param name="Epoch">The number of the epoch, from 1.</param>
/// <param name="Epochs">How many epochs there are to be.</param>
/// <param name="Batch">How many batches of this epoch are done.</param>
/// <param name="Batches">How many batches the epoch has, where it is known.</param>
/// <param name="Values">The loss and the metrics so far in this epoch.</param>
public sealed record BatchProgress(
    int Epoch, int Epochs, int Batch, int? Batches, IReadOnlyDictionary<string, double> Values);
