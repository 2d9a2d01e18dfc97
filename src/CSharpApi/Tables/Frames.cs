using Deedle;
using FFrameHtml = Functional.FrameHtml.Frame;
using FFrames = Functional.FrameTensors.Frame;
using FFrameStatistics = Functional.FrameStatistics.Frame;

namespace Functional.CSharp;

/// <summary>How the rows of a frame become samples of a batch.</summary>
/// <param name="Label">The column of the labels.</param>
public sealed record FrameBatchOptions(string Label)
{
    /// <summary>
    /// The names of the classes by number, where labels are classes. None where labels are numbers to be predicted. Default
    /// none.
    /// </summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What stands for missing values of features. Default: none may be missing.</summary>
    public MissingValues Missing { get; init; } = MissingValues.Refused;

    internal Functional.FrameBatchOptions Inner => new(Label, ListModule.OfSeq(Classes), MissingValues.Of(Missing));
}

/// <summary>What Deedle's frames become, beside Deedle's own methods.</summary>
/// <remarks>
/// A column that is not there, of another type than numbers, or with missing values raises a
/// <see cref="FunctionalException"/> that names it.
/// </remarks>
public static class Frames
{
    /// <summary>The rows of a tensor [n, k] as a frame of k named columns of doubles.</summary>
    public static Frame<int, string> Of(Tensor tensor, params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return FFrames.ofTensor(names, Interop.Inner(tensor));
    }

    /// <summary>All columns, which are of numbers or bool, as a tensor [rows, columns].</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="type">The type of the elements. Default float32.</param>
    /// <param name="missing">What stands for missing values. Default: none may be missing.</param>
    public static Tensor ToTensor<TRow>(
        this Frame<TRow, string> frame, DType type = DType.Float32, MissingValues? missing = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FFrames.toTensorWith(MissingValues.Of(missing), type.Inner(), frame));
    }

    /// <summary>
    /// The samples of a frame whose column <paramref name="label"/> has their classes, as words or numbers, and whose other
    /// columns are features. Classes are numbered in ascending order; the dataset knows their names and those of the columns.
    /// </summary>
    public static Dataset ToDataset<TRow>(this Frame<TRow, string> frame, string label, MissingValues? missing = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(label);
        return new(FFrames.toDatasetWith(MissingValues.Of(missing), label, frame));
    }

    /// <summary>
    /// The samples of a frame whose column <paramref name="target"/> is a number to be predicted, and whose other columns are
    /// features. Labels are float32 [n, 1].
    /// </summary>
    public static Dataset ToTargets<TRow>(this Frame<TRow, string> frame, string target, MissingValues? missing = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(target);
        return new(FFrames.toTargetsWith(MissingValues.Of(missing), target, frame));
    }

    /// <summary>
    /// The classes that a column holds: words in the order of their characters, numbers by value.
    /// </summary>
    public static IReadOnlyList<string> ClassNames<TRow>(this Frame<TRow, string> frame, string label)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(label);
        return FFrames.classNames(label, frame);
    }

    /// <summary>The rows of a frame as one batch of features [n, k] and labels.</summary>
    public static Batch ToBatch<TRow>(this Frame<TRow, string> frame, FrameBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(options);
        return new(FFrames.toBatch(options.Inner, frame));
    }

    /// <summary>The frames of a source, such as <see cref="Csv.Chunks"/>, as batches, one each.</summary>
    public static Batches<Batch> ToBatches(this Batches<Frame<int, string>> chunks, FrameBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(options);
        return chunks.Map(chunk => chunk.ToBatch(options));
    }

    /// <summary>The rows of a frame as a source of samples, to be shuffled and batched.</summary>
    public static Batches<(Tensor Features, Tensor Label)> ToSamples<TRow>(
        this Frame<TRow, string> frame, FrameBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(options);
        return Samples(FFrames.toSamples(options.Inner, frame));
    }

    /// <summary>The rows of a source of frames as a source of samples: one frame is held at a time.</summary>
    public static Batches<(Tensor Features, Tensor Label)> ToSamples(
        this Batches<Frame<int, string>> chunks, FrameBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentNullException.ThrowIfNull(options);
        return Samples(FFrames.samplesOfChunks(options.Inner, chunks.Inner));
    }

    /// <summary>
    /// The description of a frame: of each column how many values it has and misses, and what they are like (pandas:
    /// describe(include="all")).
    /// </summary>
    public static DataDescription Describe<TRow>(this Frame<TRow, string> frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(FFrameStatistics.describe(frame));
    }

    /// <summary>
    /// The description of a frame as a frame: a row for each statistic under pandas' names, a column for each of the frame's.
    /// </summary>
    public static Frame<string, string> DescribeAsFrame<TRow>(this Frame<TRow, string> frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFrameStatistics.describeAsFrame(frame);
    }

    /// <summary>
    /// The correlations of all columns of numbers with each other, as a frame whose rows and columns they are (pandas: corr).
    /// </summary>
    public static Frame<string, string> Correlations<TRow>(
        this Frame<TRow, string> frame, CorrelationMethod method = CorrelationMethod.Pearson)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFrameStatistics.correlations(Correlation.Inner(method), frame);
    }

    /// <summary>
    /// The sample covariances of all columns of numbers with each other, as a frame whose rows and columns they are (pandas:
    /// cov).
    /// </summary>
    public static Frame<string, string> Covariances<TRow>(this Frame<TRow, string> frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFrameStatistics.covariances(frame);
    }

    /// <summary>
    /// The frame as an HTML table of at most so many rows and columns; of more the first and the last ones.
    /// </summary>
    public static string ToHtml<TRow, TColumn>(this Frame<TRow, TColumn> frame, int maxRows = 20, int maxColumns = 20)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFrameHtml.toHtmlWith(new HtmlOptions(maxRows, maxColumns), frame);
    }

    private static Batches<(Tensor Features, Tensor Label)> Samples(
        Functional.Batches<Tuple<FTensor, FTensor>> samples) =>
        new Batches<Tuple<FTensor, FTensor>>(samples).Map(row => (new Tensor(row.Item1), new Tensor(row.Item2)));
}
