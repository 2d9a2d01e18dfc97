using FCurve = Functional.LearningCurve;
using FOptions = Functional.LearningCurveOptions;

namespace Functional.CSharp;

/// <summary>How a learning curve is taken.</summary>
public sealed record LearningCurveOptions
{
    /// <summary>The shares of the training rows. Default 0.1, 0.325, 0.55, 0.775 and 1.</summary>
    public IReadOnlyList<double> Sizes { get; init; } = [0.1, 0.325, 0.55, 0.775, 1];

    /// <summary>Whether the training rows of each fold are put in random order first. Default true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Metrics, parallelism and key.</summary>
    public CrossValidationOptions CrossValidation { get; init; } = new();

    internal FOptions Inside(CancellationToken cancellationToken) =>
        new(ListModule.OfSeq(Sizes), Shuffle, CrossValidation.Inside(cancellationToken));
}

/// <summary>How scores grow with the number of training rows.</summary>
public sealed class LearningCurve
{
    private readonly FCurve inner;

    private LearningCurve(FCurve inner) => this.inner = inner;

    internal FCurve Inner => inner;

    /// <summary>The curve of each metric of an estimator.</summary>
    /// <exception cref="FunctionalException">A share is not above 0 and at most 1, or there are no folds.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<LearningCurve> Run(
        Estimator estimator,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        LearningCurveOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(dataset);
        var curves = LearningCurveModule.run(
            (options ?? new()).Inside(cancellationToken), TrainTest.Inside(folds), estimator.Inner, dataset.Inner);
        return [.. curves.Select(curve => new LearningCurve(curve))];
    }

    /// <summary>The metric.</summary>
    public string Metric => inner.Metric;

    /// <summary>The numbers of training rows, ascending.</summary>
    public IReadOnlyList<int> Sizes => Array.AsReadOnly(inner.Sizes);

    /// <summary>For each size the metric of each fold on the rows that were trained with.</summary>
    public IReadOnlyList<IReadOnlyList<double>> TrainScores => [.. inner.TrainScores.Select(Array.AsReadOnly)];

    /// <summary>For each size the metric of each fold on its test rows.</summary>
    public IReadOnlyList<IReadOnlyList<double>> TestScores => [.. inner.TestScores.Select(Array.AsReadOnly)];
}
