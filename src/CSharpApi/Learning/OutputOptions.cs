namespace Functional.CSharp;

/// <summary>
/// Options for one output of a model, where it is trained for something else than the other outputs. In logs its values
/// have the names that Keras gives: price_loss, price_mean_absolute_error, val_price_loss.
/// </summary>
public sealed record OutputOptions
{
    private readonly OutputKey key;

    /// <summary>Options for the output of this name; see <see cref="Model.OutputNames"/>.</summary>
    public OutputOptions(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        key = OutputKey.NewNamed(name);
    }

    /// <summary>Options for the output of this number, from 0.</summary>
    public OutputOptions(int index) => key = OutputKey.NewAt(index);

    /// <summary>The loss of the output. Default that of <see cref="FitOptions"/>.</summary>
    public Loss? Loss { get; init; }

    /// <summary>
    /// How much the loss counts in the sum of all outputs' losses. With 0 the loss is reported only. Default 1.
    /// </summary>
    public double LossWeight { get; init; } = 1;

    /// <summary>The metrics of the output. Default those of <see cref="FitOptions"/>.</summary>
    public IReadOnlyList<Metric>? Metrics { get; init; }

    internal Functional.OutputOptions Inside() => new(
        key,
        Interop.Option(Loss?.Inner),
        LossWeight,
        Interop.Option(Metrics is null ? null : ListModule.OfSeq(Metrics.Select(metric => metric.Inner))));
}
