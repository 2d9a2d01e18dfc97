using FConstraint = Functional.Constraint;
using FConstraints = Functional.ConstraintModule;

namespace Functional.CSharp;

/// <summary>
/// A constraint: a projection that is applied to a parameter after each update. Names and defaults are Keras's. Norms are
/// Euclidean, along the axes of a layer's inputs: 0 for a dense kernel [in, out], 0 to 2 for a convolution's.
/// </summary>
public sealed class Constraint
{
    private Constraint(FConstraint inner) => Inner = inner;

    internal FConstraint Inner { get; }

    /// <summary>Zero in the place of negative numbers.</summary>
    public static Constraint NonNeg { get; } = new(FConstraints.nonNeg);

    /// <summary>Vectors scaled down to a norm of at most the limit. Defaults: limit 2, axis 0.</summary>
    /// <exception cref="FunctionalException">The limit is negative.</exception>
    public static Constraint MaxNorm(double limit = 2.0, params int[] axes) =>
        new(FConstraints.maxNormOver(AxesOf(axes), limit));

    /// <summary>Vectors scaled to norm 1. Default axis 0.</summary>
    public static Constraint UnitNorm(params int[] axes) => new(FConstraints.unitNormOver(AxesOf(axes)));

    /// <summary>
    /// Norms brought between two bounds: a share of the way, all of it by default. Defaults: 0 to 1, axis 0.
    /// </summary>
    /// <exception cref="FunctionalException">The bounds are out of order, or the rate is no share.</exception>
    public static Constraint MinMaxNorm(double low = 0.0, double high = 1.0, double rate = 1.0, params int[] axes) =>
        new(FConstraints.minMaxNormOver(AxesOf(axes), rate, low, high));

    /// <summary>
    /// A projection of one's own, to the shape and type that it is given. A model that holds it saves its weights alone.
    /// </summary>
    public static Constraint Of(string name, Func<Tensor, Tensor> apply)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(apply);
        return new(new FConstraint(name, [], Interop.Function(apply)));
    }

    /// <summary>The parameter within the constraint.</summary>
    public Tensor Apply(Tensor parameter) => new(Inner.Apply.Invoke(Interop.Inner(parameter)));

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;

    private static FSharpList<int> AxesOf(int[] axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        return Interop.List(axes.Length == 0 ? [0] : axes);
    }
}
