using Deedle;
using FEnd = Functional.PipelineEnd;
using FPipeline = Functional.Pipeline;
using FPipelines = Functional.PipelineModule;

namespace Functional.CSharp;

/// <summary>
/// A preparation and the network or learner that takes what it gives: one value to fit on raw frames or records. Immutable; each call gives a new
/// one.
/// </summary>
public sealed class Pipeline
{
    private readonly Func<CancellationToken, FPipeline> make;
    private readonly Key seed;

    private Pipeline(Func<CancellationToken, FPipeline> make, Key seed)
    {
        this.make = make;
        this.seed = seed;
    }

    /// <summary>
    /// A pipeline that tells the classes of a column apart by a network: its layers, as a function of what the preparation gives, and
    /// how it is trained. Its loss decides the form of the labels.
    /// </summary>
    public static Pipeline Classifier(
        string target, Preparation preparation, Func<Network, Network> network, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentNullException.ThrowIfNull(options);
        var layer = Network.Part(network);
        return new(
            token => FPipelines.classifier(target, preparation.Inner, FEnd.NewNetwork(layer, options.Inside(token))),
            options.Seed);
    }

    /// <summary>A pipeline that tells the classes of a column apart by a learner.</summary>
    public static Pipeline Classifier(string target, Preparation preparation, Learner learner)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentNullException.ThrowIfNull(learner);
        return new(_ => FPipelines.classifier(target, preparation.Inner, FEnd.NewLearner(learner.Inner)), Key.Of(0));
    }

    /// <summary>A pipeline that predicts the number of a column by a learner.</summary>
    public static Pipeline Regressor(string target, Preparation preparation, Learner learner)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentNullException.ThrowIfNull(learner);
        return new(_ => FPipelines.regressor(target, preparation.Inner, FEnd.NewLearner(learner.Inner)), Key.Of(0));
    }

    /// <summary>A pipeline that predicts the numbers of one column or several by a network.</summary>
    public static Pipeline Regressor(
        IReadOnlyList<string> targets, Preparation preparation, Func<Network, Network> network, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentNullException.ThrowIfNull(options);
        var layer = Network.Part(network);
        return new(
            token => FPipelines.multiRegressor(targets, preparation.Inner, FEnd.NewNetwork(layer, options.Inside(token))),
            options.Seed);
    }

    /// <summary>A pipeline that predicts the number of a column by a network.</summary>
    public static Pipeline Regressor(
        string target, Preparation preparation, Func<Network, Network> network, FitOptions options) =>
        Regressor([target], preparation, network, options);

    /// <summary>
    /// With a preparation of its targets, such as <see cref="Scaler.Standard"/>, whose inverse its predictions go through.
    /// </summary>
    public Pipeline WithTargetPreparation(Preparation preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return new(token => FPipelines.withTargetPreparation(preparation.Inner, make(token)), seed);
    }

    /// <summary>Fits the preparation and then the network or learner on a frame of raw columns with the target.</summary>
    /// <exception cref="FunctionalException">A column cannot be prepared or learned; the message names it.</exception>
    public FittedPipeline Fit<TRow>(Frame<TRow, string> frame, CancellationToken cancellationToken = default)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FPipelines.fit(frame, seed.Inner, make(cancellationToken)));
    }

    /// <summary>
    /// Fits on records: a column for each public property. Null is a missing value, and enumerations are words.
    /// </summary>
    /// <exception cref="FunctionalException">A column cannot be prepared or learned; the message names it.</exception>
    public FittedPipeline Fit<TRecord>(IEnumerable<TRecord> records, CancellationToken cancellationToken = default)
        where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(records);
        return new(FPipelines.fitRecords(records, seed.Inner, make(cancellationToken)));
    }
}
