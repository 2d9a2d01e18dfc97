using Deedle;
using FOptions = Functional.CrossValidationOptions;
using FScore = Functional.FoldScore;
using FValidation = Functional.CrossValidation;

namespace Functional.CSharp;

/// <summary>How an estimator is cross-validated.</summary>
public sealed record CrossValidationOptions
{
    /// <summary>The scores of each fold. Default the accuracy of classes, R2 of numbers.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Whether the training rows are scored as well. Default false.</summary>
    public bool TrainScores { get; init; }

    /// <summary>How many folds are fitted at a time. Default the number of processors.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>What the fits draw from. Default 0.</summary>
    public Key Key { get; init; } = 0;

    /// <summary>Is told when a fold is done. Default nothing.</summary>
    public IProgress<FoldScore>? Progress { get; init; }

    internal FOptions Inside(CancellationToken cancellationToken = default) => new(
        ListModule.OfSeq(Metrics.Select(metric => metric.Inner)),
        TrainScores,
        Parallelism,
        Key.Inner,
        FuncConvert.FromAction<FScore>(score => Progress?.Report(FoldScore.Of(score))),
        cancellationToken);
}

/// <summary>The scores of one fold.</summary>
/// <param name="Fold">The number of the fold, from 0.</param>
/// <param name="TrainCount">The number of rows it was fitted to.</param>
/// <param name="TestCount">The number of rows it was tested with.</param>
/// <param name="Scores">The metrics of the test rows, by name.</param>
/// <param name="TrainScores">The metrics of the training rows, where they were asked for; else empty.</param>
/// <param name="FitSeconds">How long the fit took.</param>
/// <param name="ScoreSeconds">How long predictions and metrics took.</param>
/// <param name="Failure">Of a search: why the fit or its scores failed; all scores are NaN then.</param>
public sealed record FoldScore(
    int Fold,
    int TrainCount,
    int TestCount,
    IReadOnlyDictionary<string, double> Scores,
    IReadOnlyDictionary<string, double> TrainScores,
    double FitSeconds,
    double ScoreSeconds,
    string? Failure = null)
{
    internal static FoldScore Of(FScore score) => new(
        score.Fold,
        score.TrainCount,
        score.TestCount,
        EpochLog.ValuesOf(score.Scores),
        EpochLog.ValuesOf(score.TrainScores),
        score.FitSeconds,
        score.ScoreSeconds,
        score.Failure?.Value);
}

/// <summary>The scores of an estimator on rows that it was not fitted to, fold by fold.</summary>
public sealed class CrossValidation
{
    private readonly FValidation inner;

    internal CrossValidation(FValidation inner) => this.inner = inner;

    /// <summary>
    /// The scores of an estimator, fitted anew to the training rows of each fold and tested with its test rows. Cancelling gives
    /// the folds that are done.
    /// </summary>
    /// <exception cref="FunctionalException">There are no folds, or they name rows that the dataset lacks.</exception>
    public static CrossValidation Run(
        Estimator estimator,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        CrossValidationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(dataset);
        return new(CrossValidationModule.run(
            (options ?? new()).Inside(cancellationToken), TrainTest.Inside(folds), estimator.Inner, dataset.Inner));
    }

    /// <summary>
    /// The outputs for each row of the dataset, from the fit of the fold that tests it, in the order of the rows.
    /// </summary>
    /// <exception cref="FunctionalException">The folds do not test each row once.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Tensor Predictions(
        Estimator estimator,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        CrossValidationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(dataset);
        return new(CrossValidationModule.predictions(
            (options ?? new()).Inside(cancellationToken), TrainTest.Inside(folds), estimator.Inner, dataset.Inner));
    }

    /// <summary>The folds in order; fewer where it was cancelled.</summary>
    public IReadOnlyList<FoldScore> Folds => [.. inner.Folds.Select(FoldScore.Of)];

    /// <summary>The names of the metrics.</summary>
    public IReadOnlyList<string> Metrics => inner.Metrics;

    /// <summary>The metric of each fold on its test rows.</summary>
    /// <exception cref="FunctionalException">There is no such metric; the message lists the names.</exception>
    public IReadOnlyList<double> Scores(string metric) => inner.Scores(metric);

    /// <summary>The mean of a metric over the folds.</summary>
    /// <exception cref="FunctionalException">There is no such metric; the message lists the names.</exception>
    public double Mean(string metric) => inner.Mean(metric);

    /// <summary>The deviation of a metric over the folds.</summary>
    /// <exception cref="FunctionalException">There is no such metric; the message lists the names.</exception>
    public double Deviation(string metric) => inner.Deviation(metric);

    /// <summary>A row for each fold: fit_time, score_time, test_accuracy, and so on.</summary>
    public Frame<int, string> ToFrame() => CrossValidationModule.toFrame(inner);

    /// <summary>accuracy: 0.9533 ± 0.0340 over 5 folds</summary>
    public override string ToString() => inner.ToString();
}
