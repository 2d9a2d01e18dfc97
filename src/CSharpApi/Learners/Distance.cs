using FDistance = Functional.Distance;

namespace Functional.CSharp;

/// <summary>How far two samples are from each other.</summary>
public sealed class Distance
{
    private Distance(FDistance inner) => Inner = inner;

    internal FDistance Inner { get; }

    /// <summary>The square root of the sum of squared differences.</summary>
    public static Distance Euclidean { get; } = new(FDistance.Euclidean);

    /// <summary>The sum of absolute differences.</summary>
    public static Distance Manhattan { get; } = new(FDistance.Manhattan);

    /// <summary>The largest absolute difference.</summary>
    public static Distance Chebyshev { get; } = new(FDistance.Chebyshev);

    /// <summary>1 - the cosine of the angle between both; 1 where one of them is zero.</summary>
    public static Distance Cosine { get; } = new(FDistance.Cosine);

    /// <summary>(Σ |a - b|^p)^(1/p) for a power p of 1 or more.</summary>
    public static Distance Minkowski(double power) => new(FDistance.NewMinkowski(power));

    /// <summary>
    /// A function of two samples' features: symmetric, 0 or more. It is called on several threads at once.
    /// </summary>
    public static Distance Of(Func<double[], double[], double> distance)
    {
        ArgumentNullException.ThrowIfNull(distance);
        return new(FDistance.NewFunction(Interop.Function(distance)));
    }

    /// <summary>The distance of two samples with as many features.</summary>
    /// <exception cref="FunctionalException">One has more features than the other.</exception>
    public double Between(double[] a, double[] b) => DistanceModule.between(Inner, a, b);
}
