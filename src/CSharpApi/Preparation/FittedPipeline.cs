using System.Reflection;
using Deedle;
using FFiles = Functional.PipelineFiles.FittedPipeline;
using FFitted = Functional.FittedPipeline;
using FFitteds = Functional.FittedPipelineModule;
using FPrediction = Functional.Prediction;

namespace Functional.CSharp;

/// <summary>What a pipeline says of one row.</summary>
/// <param name="Class">The name of the class; empty for numbers.</param>
/// <param name="Probabilities">The classes with their probabilities; empty where they are not known.</param>
/// <param name="Numbers">The targets with their numbers; empty for classes.</param>
public sealed record Prediction(
    string Class, IReadOnlyDictionary<string, double> Probabilities, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>The number of the only target.</summary>
    /// <exception cref="FunctionalException">Classes or several targets are predicted.</exception>
    public double Number => Numbers.Count == 1
        ? Numbers.First().Value
        : throw Errors.Argument("Prediction.Number", "numbers", Numbers.Count, "is not one; read Class or Numbers.");

    internal static Prediction Of(FPrediction prediction) =>
        new(prediction.Class, Named(prediction.Probabilities), Named(prediction.Numbers));

    private static OrderedDictionary<string, double> Named(IEnumerable<Tuple<string, double>> values) =>
        new(values.Select(value => KeyValuePair.Create(value.Item1, value.Item2)));
}

/// <summary>
/// A fitted pipeline: it predicts from raw frames, records and rows, and is saved as one file. The target may be missing, and other
/// columns may be there.
/// </summary>
public sealed class FittedPipeline
{
    internal FittedPipeline(FFitted inner) => Inner = inner;

    internal FFitted Inner { get; }

    /// <summary>The fitted preparation.</summary>
    public Prepared Prepared => new(Inner.Prepared);

    /// <summary>The columns that the network or learner takes, in order.</summary>
    public IReadOnlyList<string> Features => Inner.Features;

    /// <summary>The names of the classes in order; empty for numbers.</summary>
    public IReadOnlyList<string> ClassNames => Inner.ClassNames;

    /// <summary>The trained network; null where the pipeline ends in a learner.</summary>
    public Model? Model => Inner.End is FittedEnd.Network network ? new Model(network.Item1) : null;

    /// <summary>The fitted learner; null where the pipeline ends in a network.</summary>
    public FittedLearner? Learner => Inner.End is FittedEnd.Learner learner ? new FittedLearner(learner.Item) : null;

    /// <summary>What a network's training wrote down; null for learners and pipelines from files.</summary>
    public History? History => Interop.Value(Inner.History) is { } history ? new History(history) : null;

    /// <summary>What is predicted, in a column (or several) named as the target.</summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public Frame<TRow, string> Predict<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFitteds.predict(frame, Inner);
    }

    /// <summary>The probability of each class, in a column a class.</summary>
    /// <exception cref="FunctionalException">Probabilities are not known.</exception>
    public Frame<TRow, string> Probabilities<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFitteds.probabilities(frame, Inner);
    }

    /// <summary>The share of right classes, or the coefficient of determination, on a frame with the target.</summary>
    public double Score<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FFitteds.score(frame, Inner);
    }

    /// <summary>What is predicted of a record: its public properties are the columns.</summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public Prediction PredictRecord<TRecord>(TRecord record)
        where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(record);
        return Prediction.Of(FFitteds.predictRecord(record, Inner));
    }

    /// <summary>What is predicted of each record: a column for each public property.</summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public IReadOnlyList<Prediction> PredictRecords<TRecord>(IEnumerable<TRecord> records)
        where TRecord : class
    {
        ArgumentNullException.ThrowIfNull(records);
        return [.. FFitteds.predictRecords(records, Inner).Select(Prediction.Of)];
    }

    /// <summary>
    /// What is predicted of each record, as records of one's own: the property named as the target gets the class or the number, and a
    /// property <c>Probability</c> of double, where there is one, the probability of that class.
    /// </summary>
    /// <exception cref="FunctionalException">The type has no property for a target, or one of another type.</exception>
    public IReadOnlyList<TResult> PredictRecords<TRecord, TResult>(IEnumerable<TRecord> records)
        where TRecord : class
        where TResult : class, new()
    {
        var predictions = PredictRecords(records);
        return [.. predictions.Select(Filled<TResult>)];
    }

    /// <summary>What is predicted of one row of named values; null is a missing one.</summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public Prediction PredictRow(IReadOnlyDictionary<string, object?> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Prediction.Of(FFitteds.predictRow(row.Select(pair => Tuple.Create(pair.Key, pair.Value!)), Inner));
    }

    /// <summary>What is predicted of a row of a frame.</summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public Prediction PredictRow(Series<string, object> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Prediction.Of(FFitteds.predictSeries(row, Inner));
    }

    /// <summary>Writes it to one .zip file, atomically. The history of training is not kept.</summary>
    /// <exception cref="FunctionalException">A part is made from a function, or the file cannot be written.</exception>
    public void Save(string path) => FFiles.save(path, Inner);

    /// <summary>Reads a fitted pipeline that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FunctionalException">The file is missing, damaged or of another kind.</exception>
    public static FittedPipeline Load(string path) => new(FFiles.load(path));

    private IReadOnlyList<string> Targets => Inner.Target switch
    {
        PipelineTarget.Classes classes => [classes.column],
        PipelineTarget.Numbers numbers => numbers.columns,
        _ => [],
    };

    private TResult Filled<TResult>(Prediction prediction)
        where TResult : class, new()
    {
        var result = new TResult();
        foreach (var target in Targets)
        {
            object value = prediction.Numbers.TryGetValue(target, out var number) ? number : prediction.Class;
            Property<TResult>(target, value.GetType()).SetValue(result, value);
        }

        var probability = typeof(TResult).GetProperty("Probability", typeof(double));
        if (probability?.SetMethod is not null && prediction.Probabilities.TryGetValue(prediction.Class, out var share))
            probability.SetValue(result, share);
        return result;
    }

    private static PropertyInfo Property<TResult>(string target, Type type)
    {
        var property = typeof(TResult).GetProperty(target);
        return property?.SetMethod is not null && property.PropertyType == type
            ? property
            : throw Errors.Argument(
                "FittedPipeline.PredictRecords",
                "TResult",
                typeof(TResult).Name,
                $"has no property '{target}' of {type.Name} that can be set; give it one.");
    }
}
