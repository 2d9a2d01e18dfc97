using FHistory = Functional.History;
using FEpochLog = Functional.EpochLog;

namespace Functional.CSharp;

/// <summary>What training writes down of one epoch.</summary>
/// <param name="Epoch">The number of the epoch, from 1.</param>
/// <param name="Values">Loss, metrics and whatever callbacks add, in the order in which they are shown.</param>
public sealed record EpochLog(int Epoch, IReadOnlyDictionary<string, double> Values)
{
    internal static EpochLog Of(FEpochLog log) => new(log.Epoch, ValuesOf(log.Values));

    internal static IReadOnlyDictionary<string, double> ValuesOf(IEnumerable<Tuple<string, double>> values) =>
        new OrderedDictionary<string, double>(values.Select(v => KeyValuePair.Create(v.Item1, v.Item2)));
}

/// <summary>
/// What training wrote down of every epoch: <c>history["val_loss"]</c> is the validation loss of each.
/// </summary>
public sealed class History
{
    private readonly FHistory inner;

    internal History(FHistory inner) => this.inner = inner;

    internal FHistory Inner => inner;

    /// <summary>The epochs in order.</summary>
    public IReadOnlyList<EpochLog> Epochs => [.. inner.Epochs.Select(EpochLog.Of)];

    /// <summary>The names of the values, in the order in which they first came.</summary>
    public IReadOnlyList<string> Keys => inner.Keys;

    /// <summary>One value of each epoch; NaN for an epoch that has none of this name.</summary>
    /// <exception cref="FunctionalException">The name is unknown; the message lists the names.</exception>
    public IReadOnlyList<double> this[string key] => inner[key];

    /// <summary>The values of the last epoch; empty before the first.</summary>
    public IReadOnlyDictionary<string, double> Last => EpochLog.ValuesOf(inner.Last);

    /// <summary>One line an epoch.</summary>
    public override string ToString() => inner.ToString();
}
