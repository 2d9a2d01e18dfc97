using Deedle;
using FFiles = Functional.PreparationFiles.Prepared;
using FPrepared = Functional.Prepared;
using FPrepareds = Functional.PreparedModule;
using FStep = Functional.PreparedStep;

namespace Functional.CSharp;

/// <summary>A fitted preparation, ready for any frame with the columns that it was fitted on.</summary>
public sealed class Prepared
{
    internal Prepared(FPrepared inner) => Inner = inner;

    internal FPrepared Inner { get; }

    /// <summary>All steps in order, with what they learnt.</summary>
    public IReadOnlyList<PreparedStep> Steps => [.. FPrepareds.steps(Inner).Select(step => new PreparedStep(step))];

    /// <summary>
    /// The frame with the columns that the preparation gives in place of those that it takes. All rows stay.
    /// </summary>
    /// <exception cref="FunctionalException">A column is missing, or of another form than at the fit.</exception>
    public Frame<TRow, string> Apply<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FPrepareds.apply(frame, Inner);
    }

    /// <summary>The frame before the preparation, from the one after it.</summary>
    /// <exception cref="FunctionalException">A step has no way back; the message names it.</exception>
    public Frame<TRow, string> Invert<TRow>(Frame<TRow, string> frame)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return FPrepareds.invert(frame, Inner);
    }

    /// <summary>The names of all columns after the preparation, from those of the frame before it.</summary>
    public IReadOnlyList<string> ColumnNames(IEnumerable<string> columns) => FPrepareds.columnNames(columns, Inner);

    /// <summary>Writes it to a .zip file, atomically, in full precision.</summary>
    /// <exception cref="FunctionalException">A step is made from a function, or the file cannot be written.</exception>
    public void Save(string path) => FFiles.save(path, Inner);

    /// <summary>Reads a fitted preparation that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FunctionalException">The file is missing, damaged or of another kind.</exception>
    public static Prepared Load(string path) => new(FFiles.load(path));
}

/// <summary>One fitted step: all that it knows.</summary>
public sealed class PreparedStep
{
    private readonly FStep inner;

    internal PreparedStep(FStep inner) => this.inner = inner;

    /// <summary>The kind in snake case, such as "min_max".</summary>
    public string Kind => inner.Kind.Name;

    /// <summary>The settings under scikit-learn's names, where it has them.</summary>
    public IReadOnlyDictionary<string, object> Settings => Interop.Settings(inner.Settings);

    /// <summary>The columns that it takes, in order.</summary>
    public IReadOnlyList<string> Columns => inner.Columns;

    /// <summary>The names of all that it learnt.</summary>
    public IReadOnlyList<string> LearnedNames => [.. inner.Learned.Select(part => part.Item1)];

    /// <summary>Numbers that it learnt, such as one for each column.</summary>
    /// <exception cref="FunctionalException">There are none of this name.</exception>
    public IReadOnlyList<double> Numbers(string name) => inner.Numbers(name);

    /// <summary>Words that it learnt, such as one for each column.</summary>
    /// <exception cref="FunctionalException">There are none of this name.</exception>
    public IReadOnlyList<string> Words(string name) => inner.Words(name);

    /// <summary>Lists of numbers that it learnt, such as one for each column.</summary>
    /// <exception cref="FunctionalException">There are none of this name.</exception>
    public IReadOnlyList<IReadOnlyList<double>> NumberLists(string name) => inner.NumberLists(name);

    /// <summary>Lists of words that it learnt, such as one for each column; null is a missing value.</summary>
    /// <exception cref="FunctionalException">There are none of this name.</exception>
    public IReadOnlyList<IReadOnlyList<string?>> WordLists(string name) => inner.WordLists(name);
}
