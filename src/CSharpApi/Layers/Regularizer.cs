using FRegularizer = Functional.Regularizer;
using FRegularizers = Functional.RegularizerModule;

namespace Functional.CSharp;

/// <summary>The vectors of a matrix that <see cref="Regularizer.Orthogonal"/> pushes apart.</summary>
public enum OrthogonalMode
{
    /// <summary>The rows.</summary>
    Rows,

    /// <summary>The columns: the units of a dense kernel [in, out].</summary>
    Columns,
}

/// <summary>A regularizer: the penalty on a parameter that is added to the loss.</summary>
public sealed class Regularizer
{
    private Regularizer(FRegularizer inner) => Inner = inner;

    internal FRegularizer Inner { get; }

    /// <summary>The weight times the sum of absolute values. Default 0.01.</summary>
    /// <exception cref="FunctionalException">The weight is negative.</exception>
    public static Regularizer L1(double weight = 0.01) => new(FRegularizers.l1(weight));

    /// <summary>The weight times the sum of squares, without a half. Default 0.01.</summary>
    /// <exception cref="FunctionalException">The weight is negative.</exception>
    public static Regularizer L2(double weight = 0.01) => new(FRegularizers.l2(weight));

    /// <summary>Both. Defaults 0.01.</summary>
    /// <exception cref="FunctionalException">A weight is negative.</exception>
    public static Regularizer L1L2(double l1 = 0.01, double l2 = 0.01) => new(FRegularizers.l1l2(l1, l2));

    /// <summary>
    /// The factor times the mean of |cosine| over all pairs of rows, or of columns. Defaults: 0.01, rows.
    /// </summary>
    /// <exception cref="FunctionalException">The factor is negative.</exception>
    public static Regularizer Orthogonal(double factor = 0.01, OrthogonalMode mode = OrthogonalMode.Rows) =>
        new(FRegularizers.orthogonal(factor, mode switch
        {
            OrthogonalMode.Rows => Functional.OrthogonalMode.Rows,
            OrthogonalMode.Columns => Functional.OrthogonalMode.Columns,
            _ => throw Errors.Argument("Regularizer.Orthogonal", "mode", (int)mode, "is not a mode."),
        }));

    /// <summary>
    /// A penalty of one's own, from the parameter to a scalar. A model that holds it saves its weights alone.
    /// </summary>
    public static Regularizer Of(string name, Func<Tensor, Tensor> penalty)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(new FRegularizer(name, [], Interop.Function(penalty)));
    }

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;
}
