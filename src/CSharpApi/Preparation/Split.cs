using Deedle;
using FFolds = Functional.Folds;
using FSize = Functional.PartSize;
using FSplit = Functional.Split;
using FTrainTest = Functional.TrainTest;
using FTimeSeries = Functional.TimeSeriesOptions;

namespace Functional.CSharp;

/// <summary>The row numbers of two parts.</summary>
/// <param name="Train">The rows to train with.</param>
/// <param name="Test">The rows to test with.</param>
public sealed record TrainTest(IReadOnlyList<int> Train, IReadOnlyList<int> Test)
{
    internal static TrainTest Of(FTrainTest split) => new(split.Train, split.Test);

    internal static FTrainTest[] Inside(IReadOnlyList<TrainTest> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        return [.. folds.Select(fold => new FTrainTest([.. fold.Train], [.. fold.Test]))];
    }

    internal static IReadOnlyList<TrainTest> Of(IEnumerable<FTrainTest> folds) => [.. folds.Select(Of)];

    /// <summary>The two parts of a frame.</summary>
    public (Frame<TRow, string> Train, Frame<TRow, string> Test) Of<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return (FSplit.rows([.. Train], frame), FSplit.rows([.. Test], frame));
    }

    /// <summary>The two parts of a dataset.</summary>
    public (Dataset Train, Dataset Test) Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return (dataset.Rows([.. Train]), dataset.Rows([.. Test]));
    }
}

/// <summary>The row numbers of three parts.</summary>
/// <param name="Train">The rows to train with.</param>
/// <param name="Validation">The rows to choose settings with.</param>
/// <param name="Test">The rows to test with.</param>
public sealed record TrainValidationTest(
    IReadOnlyList<int> Train, IReadOnlyList<int> Validation, IReadOnlyList<int> Test)
{
    internal static TrainValidationTest Of(Functional.TrainValidationTest split) =>
        new(split.Train, split.Validation, split.Test);

    /// <summary>The three parts of a frame.</summary>
    public (Frame<TRow, string> Train, Frame<TRow, string> Validation, Frame<TRow, string> Test) Of<TRow>(
        Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return (FSplit.rows([.. Train], frame), FSplit.rows([.. Validation], frame), FSplit.rows([.. Test], frame));
    }

    /// <summary>The three parts of a dataset.</summary>
    public (Dataset Train, Dataset Validation, Dataset Test) Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return (dataset.Rows([.. Train]), dataset.Rows([.. Validation]), dataset.Rows([.. Test]));
    }
}

/// <summary>
/// Splits into parts, as row numbers. Shares round as in scikit-learn: of training down, of testing up. The same seed gives the same
/// parts. Sizes that leave a part empty raise a <see cref="FunctionalException"/>.
/// </summary>
public static class Split
{
    /// <summary>
    /// Two parts of so many rows. Default a quarter to test with, and what that leaves to train with. Without
    /// <paramref name="shuffle"/> the first rows are for training.
    /// </summary>
    public static TrainTest TrainTest(
        int rows, double? testShare = null, double? trainShare = null, bool shuffle = true, int seed = 0) =>
        CSharp.TrainTest.Of(FSplit.trainTestWith(Options(testShare, trainShare, shuffle), FKeys.ofInt(seed), rows));

    /// <summary>Two parts in which every class has its share of all rows, to within one row.</summary>
    public static TrainTest Stratified<TLabel>(
        IReadOnlyList<TLabel> labels, double? testShare = null, double? trainShare = null, int seed = 0)
        where TLabel : notnull =>
        CSharp.TrainTest.Of(FSplit.stratifiedWith(Options(testShare, trainShare, true), FKeys.ofInt(seed), labels.ToArray()));

    /// <summary>Two parts of the rows of whole groups: no group is in both. The share is of the groups.</summary>
    public static TrainTest Grouped<TGroup>(IReadOnlyList<TGroup> groups, double testShare = 0.25, int seed = 0)
        where TGroup : notnull =>
        CSharp.TrainTest.Of(FSplit.grouped(testShare, FKeys.ofInt(seed), groups.ToArray()));

    /// <summary>Three parts of so many rows; shares are of all rows, rounded up.</summary>
    public static TrainValidationTest TrainValidationTest(
        int rows, double validationShare = 0.2, double testShare = 0.2, int seed = 0) =>
        CSharp.TrainValidationTest.Of(FSplit.trainValidationTest(
            FSize.NewShare(validationShare), FSize.NewShare(testShare), FKeys.ofInt(seed), rows));

    /// <summary>Three parts in each of which every class has its share of all rows, to within one row.</summary>
    public static TrainValidationTest StratifiedTrainValidationTest<TLabel>(
        IReadOnlyList<TLabel> labels, double validationShare = 0.2, double testShare = 0.2, int seed = 0)
        where TLabel : notnull =>
        CSharp.TrainValidationTest.Of(FSplit.stratifiedTrainValidationTest(
            FSize.NewShare(validationShare), FSize.NewShare(testShare), FKeys.ofInt(seed), labels.ToArray()));

    /// <summary>The values of a column as labels, to stratify or group by.</summary>
    /// <exception cref="FunctionalException">There is no such column, or a value is missing.</exception>
    public static IReadOnlyList<string> Labels<TRow>(Frame<TRow, string> frame, string column)
        where TRow : notnull =>
        FSplit.labels(column, frame);

    private static SplitOptions Options(double? testShare, double? trainShare, bool shuffle) =>
        new(Size(testShare), Size(trainShare), shuffle);

    private static FSharpOption<FSize> Size(double? share) =>
        share is { } value ? FSharpOption<FSize>.Some(FSize.NewShare(value)) : FSharpOption<FSize>.None;
}

/// <summary>
/// Folds for cross-validation, as row numbers. Without a seed rows stay in their order; the same seed gives the same folds. More folds
/// than rows or groups raise a <see cref="FunctionalException"/>.
/// </summary>
public static class Folds
{
    /// <summary>k folds of so many rows.</summary>
    public static IReadOnlyList<TrainTest> KFold(int k, int rows, int? seed = null) => TrainTest.Of(
        seed is { } key ? FFolds.shuffledKFold(k, FKeys.ofInt(key), rows) : FFolds.kFold(k, rows));

    /// <summary>A fold for each row, in which it is the only test row.</summary>
    public static IReadOnlyList<TrainTest> LeaveOneOut(int rows) => TrainTest.Of(FFolds.leaveOneOut(rows));

    /// <summary>k random folds several times over.</summary>
    public static IReadOnlyList<TrainTest> RepeatedKFold(int k, int repeats, int rows, int seed = 0) =>
        TrainTest.Of(FFolds.repeatedKFold(k, repeats, FKeys.ofInt(seed), rows));

    /// <summary>k folds in each of which every class has its share of all rows, to within one row.</summary>
    public static IReadOnlyList<TrainTest> Stratified<TLabel>(int k, IReadOnlyList<TLabel> labels, int? seed = null)
        where TLabel : notnull => TrainTest.Of(
        seed is { } key
            ? FFolds.shuffledStratifiedKFold(k, FKeys.ofInt(key), labels.ToArray())
            : FFolds.stratifiedKFold(k, labels.ToArray()));

    /// <summary>k folds of whole groups: no group is in both parts of a fold.</summary>
    public static IReadOnlyList<TrainTest> Grouped<TGroup>(int k, IReadOnlyList<TGroup> groups)
        where TGroup : notnull => TrainTest.Of(FFolds.groupedKFold(k, groups.ToArray()));

    /// <summary>
    /// Folds of rows in the order of time: the test rows of each come after all rows it is trained with, less a gap.
    /// </summary>
    public static IReadOnlyList<TrainTest> TimeSeries(
        int k, int rows, int? maxTrainSize = null, int? testSize = null, int gap = 0) => TrainTest.Of(
        FFolds.timeSeriesWith(
            new FTimeSeries(k, Interop.Option(maxTrainSize), Interop.Option(testSize), gap), rows));
}
