using Deedle;
using FPreparation = Functional.Preparation;
using FPreparations = Functional.PreparationModule;
using FOwn = Functional.OwnPreparations.Preparation;

namespace Functional.CSharp;

/// <summary>
/// A preparation that is not fitted yet, as data: scaling, filling, encoding, or a chain of such steps. Made by <see cref="Scaler"/>,
/// <see cref="Imputer"/>, <see cref="Encoder"/>, <see cref="Discretizer"/> and <see cref="RowFilter"/>.
/// </summary>
/// <remarks>Settings and data that a step cannot use raise a <see cref="FunctionalException"/> that names step and column.</remarks>
public sealed class Preparation
{
    internal Preparation(FPreparation inner) => Inner = inner;

    internal FPreparation Inner { get; }

    /// <summary>
    /// Preparations one after the other, each fitted on what those before it give. With <see cref="On"/> they see some columns alone,
    /// as the groups of scikit-learn's ColumnTransformer.
    /// </summary>
    public static Preparation Chain(params Preparation[] steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return new(FPreparations.chain(steps.Select(step => step.Inner)));
    }

    /// <summary>Takes these columns out.</summary>
    public static Preparation DropColumns(params string[] columns) => new(FOwn.dropColumns(columns));

    /// <summary>Takes all columns out but these and the target.</summary>
    public static Preparation KeepColumns(params string[] columns) => new(FOwn.keepColumns(columns));

    /// <summary>
    /// A function of each number, a missing one (NaN) included, and the function that undoes it, if there is one. The step is code and
    /// cannot be saved.
    /// </summary>
    public static Preparation Of(string name, Func<double, double> function, Func<double, double>? inverse = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        var f = Interop.Function(function);
        return new(inverse is null ? FOwn.ofFunction(name, f) : FOwn.ofFunctions(name, f, Interop.Function(inverse)));
    }

    /// <summary>The preparation on these columns alone, in this order. Default all of a form that it takes.</summary>
    public Preparation On(params string[] columns) => new(FPreparations.on(columns, Inner));

    /// <summary>The preparation on all columns of a form that it takes but these.</summary>
    public Preparation Except(params string[] columns) => new(FPreparations.except(columns, Inner));

    /// <summary>This preparation and then another.</summary>
    public Preparation Then(Preparation next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Chain(this, next);
    }

    /// <summary>The kinds of all steps, in order, in snake case.</summary>
    public IReadOnlyList<string> Kinds => FPreparations.kinds(Inner);

    /// <summary>
    /// Fits on a frame; with a target column, which no step takes or changes and some learn from.
    /// </summary>
    public Prepared Fit<TRow>(Frame<TRow, string> frame, string? target = null)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new(target is null ? FPreparations.fit(frame, Inner) : FPreparations.fitTo(target, frame, Inner));
    }

    /// <summary>
    /// Fits on a frame, and gives the frame as it is learnt from then: steps that leave rows out do so here and nowhere else.
    /// </summary>
    public (Prepared Prepared, Frame<TRow, string> Frame) FitApply<TRow>(Frame<TRow, string> frame, string? target = null)
        where TRow : notnull
    {
        ArgumentNullException.ThrowIfNull(frame);
        var (prepared, after) = target is null
            ? FPreparations.fitApply(frame, Inner)
            : FPreparations.fitApplyTo(target, frame, Inner);
        return (new(prepared), after);
    }
}
