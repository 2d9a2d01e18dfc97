using FClassWeights = Functional.ClassWeights;

namespace Functional.CSharp;

/// <summary>How much the samples of each class count.</summary>
public sealed class ClassWeights
{
    private ClassWeights(FClassWeights inner) => Inner = inner;

    internal FClassWeights Inner { get; }

    /// <summary>All samples count 1.</summary>
    public static ClassWeights Uniform { get; } = new(FClassWeights.Uniform);

    /// <summary>All classes count alike together: a sample counts n / (classes * samples of its class).</summary>
    public static ClassWeights Balanced { get; } = new(FClassWeights.Balanced);

    /// <summary>A weight for each class 0 .. k - 1.</summary>
    public static ClassWeights Of(params double[] weights) => new(FClassWeights.NewGiven(Interop.List(weights)));
}
