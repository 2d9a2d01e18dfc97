using Deedle;
using FCandidate = Functional.SearchCandidate;
using FHalving = Functional.HalvingSearch.Search;
using FHalvingOptions = Functional.HalvingOptions;
using FOptions = Functional.SearchOptions;
using FParameters = Functional.SearchParameters;
using FProgress = Functional.SearchProgress;
using FResult = Functional.SearchResult;
using FSearch = Functional.Search;

namespace Functional.CSharp;

/// <summary>How far a search is.</summary>
/// <param name="Done">How many fits are done.</param>
/// <param name="Total">How many there are in all; of a halving search in this round.</param>
/// <param name="Round">The round of a halving search, from 0; else 0.</param>
/// <param name="Parameters">The parameters of the fit that is done.</param>
/// <param name="Score">Its scores.</param>
public sealed record SearchProgress(int Done, int Total, int Round, SearchParameters Parameters, FoldScore Score);

/// <summary>How searches compare candidates.</summary>
public sealed record SearchOptions
{
    /// <summary>Metrics (the first decides), train scores, parallelism and key.</summary>
    public CrossValidationOptions CrossValidation { get; init; } = new();

    /// <summary>Is told when a fit is done. Default nothing.</summary>
    public IProgress<SearchProgress>? Progress { get; init; }

    internal FOptions Inside(CancellationToken cancellationToken) => new(
        CrossValidation.Inside(cancellationToken),
        FuncConvert.FromAction<FProgress>(p => Progress?.Report(
            new(p.Done, p.Total, p.Round, new SearchParameters(p.Parameters), FoldScore.Of(p.Score)))));
}

/// <summary>How a halving search goes on.</summary>
public sealed record HalvingOptions
{
    /// <summary>
    /// The parameter of whole numbers that grows from round to round, such as epochs. Default none: training samples grow.
    /// </summary>
    public string? Parameter { get; init; }

    /// <summary>The most that the parameter is given. Default 1.</summary>
    public int Most { get; init; } = 1;

    /// <summary>By how much it grows, and one in how many candidates stays. Default 3.</summary>
    public int Factor { get; init; } = 3;

    /// <summary>What the first round gives. Default as much as lets the last round have all.</summary>
    public int? Least { get; init; }

    internal FHalvingOptions Inner => new(
        Parameter is null ? HalvingResource.Samples : HalvingResource.NewParameter(Parameter, Most),
        Factor,
        Interop.Option(Least));
}

/// <summary>The scores of one candidate of a search.</summary>
public sealed class SearchCandidate
{
    private readonly FCandidate inner;

    internal SearchCandidate(FCandidate inner) => this.inner = inner;

    /// <summary>Its parameters.</summary>
    public SearchParameters Parameters => new(inner.Parameters);

    /// <summary>Its scores, fold by fold.</summary>
    public CrossValidation Validation => new(inner.Validation);

    /// <summary>Why the first fold that failed did; else null.</summary>
    public string? Failure => inner.Failure?.Value;

    /// <summary>The mean of the deciding metric over the folds; NaN where a fold failed.</summary>
    public double MeanScore => inner.MeanScore;

    /// <summary>The deviation of it over the folds.</summary>
    public double Deviation => inner.Deviation;

    /// <summary>1 for the best, and the same for equals.</summary>
    public int Rank => inner.Rank;

    /// <summary>The round of a halving search; else 0.</summary>
    public int Round => inner.Round;

    /// <summary>Of a halving search the training samples or the value of its parameter, else the samples of the dataset.</summary>
    public int Resources => inner.Resources;
}

/// <summary>What a search found.</summary>
public sealed class SearchResult
{
    private readonly FResult inner;

    internal SearchResult(FResult inner) => this.inner = inner;

    internal FResult Inner => inner;

    /// <summary>The metric that decided.</summary>
    public string Metric => inner.Metric;

    /// <summary>All candidates in the order in which they were tried.</summary>
    public IReadOnlyList<SearchCandidate> Candidates =>
        [.. inner.Candidates.Select(candidate => new SearchCandidate(candidate))];

    /// <summary>The first of the best; of a halving search that of its last round.</summary>
    public SearchCandidate Best => new(inner.Best);

    /// <summary>The estimator with the best parameters, to be fitted to all samples.</summary>
    public Estimator Estimator => new(inner.Estimator);

    /// <summary>A row for each candidate, under scikit-learn's names of columns.</summary>
    public Frame<int, string> ToFrame() => FSearch.toFrame(inner);

    /// <summary>accuracy 0.9533 with alpha = 0.1, the best of 6 candidates</summary>
    public override string ToString() => inner.ToString();
}

/// <summary>
/// Trying parameters by cross-validation. <c>build</c> makes an estimator of parameters. A candidate that fails, there or in a fit,
/// is scored NaN and ranked last, with its reason in <see cref="SearchCandidate.Failure"/>; that all fail is an error. A cancelled
/// search gives the candidates that are done, and raises <see cref="OperationCanceledException"/> where none is.
/// </summary>
public static class Search
{
    /// <summary>Tries all combinations of the values.</summary>
    /// <exception cref="FunctionalException">A parameter has no list of values, or there are no folds.</exception>
    public static SearchResult Grid(
        Func<SearchParameters, Estimator> build,
        IReadOnlyList<ParameterValues> values,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        SearchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(dataset);
        return new(FSearch.grid(
            (options ?? new()).Inside(cancellationToken),
            TrainTest.Inside(folds),
            Function(build),
            ListModule.OfSeq(values.Select(value => value.List("Search.Grid"))),
            dataset.Inner));
    }

    /// <summary>Tries so many candidates that are drawn from the values and distributions.</summary>
    /// <exception cref="FunctionalException">A range is out of order, or there are no folds.</exception>
    public static SearchResult Random(
        Func<SearchParameters, Estimator> build,
        int count,
        IReadOnlyList<ParameterValues> space,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        SearchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(dataset);
        return new(FSearch.random(
            (options ?? new()).Inside(cancellationToken),
            TrainTest.Inside(folds),
            Function(build),
            count,
            ListModule.OfSeq(space.Select(value => value.Distribution)),
            dataset.Inner));
    }

    /// <summary>
    /// Tries all candidates on few resources, and the best third of them on three times as much, until one round has all.
    /// </summary>
    /// <exception cref="FunctionalException">The options are out of range, or there are no folds or candidates.</exception>
    public static SearchResult Halving(
        Func<SearchParameters, Estimator> build,
        IReadOnlyList<SearchParameters> candidates,
        Dataset dataset,
        IReadOnlyList<TrainTest> folds,
        HalvingOptions? halving = null,
        SearchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(dataset);
        return new(FHalving.halving(
            (options ?? new()).Inside(cancellationToken),
            (halving ?? new()).Inner,
            TrainTest.Inside(folds),
            Function(build),
            ListModule.OfSeq(candidates.Select(candidate => candidate.Inner)),
            dataset.Inner));
    }

    /// <summary>All combinations of values, as candidates.</summary>
    /// <exception cref="FunctionalException">A parameter has no list of values.</exception>
    public static IReadOnlyList<SearchParameters> Combinations(params ParameterValues[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var lists = ListModule.OfSeq(values.Select(value => value.List("Search.Combinations")));
        return [.. FHalving.combinations(lists).Select(parameters => new SearchParameters(parameters))];
    }

    /// <summary>So many candidates drawn from values and distributions.</summary>
    /// <exception cref="FunctionalException">A range is out of order.</exception>
    public static IReadOnlyList<SearchParameters> Draws(int count, Key key, params ParameterValues[] space)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(space);
        var distributions = ListModule.OfSeq(space.Select(value => value.Distribution));
        return [.. FHalving.draws(count, key.Inner, distributions).Select(parameters => new SearchParameters(parameters))];
    }

    private static FSharpFunc<FParameters, Functional.Estimator> Function(Func<SearchParameters, Estimator> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        return FuncConvert.FromFunc<FParameters, Functional.Estimator>(
            parameters => build(new SearchParameters(parameters)).Inner);
    }
}
