using FInitializer = Functional.Initializer;
using FInitializers = Functional.InitializerModule;

namespace Functional.CSharp;

/// <summary>Which fan of a parameter scales the numbers it starts from.</summary>
public enum FanMode
{
    /// <summary>The inputs of a unit.</summary>
    FanIn,

    /// <summary>The units that an input goes to.</summary>
    FanOut,

    /// <summary>The mean of both.</summary>
    FanAverage,
}

/// <summary>The distribution of the numbers that a parameter starts from.</summary>
public enum InitialDistribution
{
    /// <summary>Normal, cut at two deviations, with the deviation raised to keep the variance.</summary>
    TruncatedNormal,

    /// <summary>Normal.</summary>
    UntruncatedNormal,

    /// <summary>Uniform around 0.</summary>
    Uniform,
}

/// <summary>The initializer of a parameter. Names and defaults are Keras's.</summary>
public sealed class Initializer
{
    private Initializer(FInitializer inner) => Inner = inner;

    internal FInitializer Inner { get; }

    /// <summary>Zeros; the default of biases.</summary>
    public static Initializer Zeros { get; } = new(FInitializers.zeros);

    /// <summary>Ones.</summary>
    public static Initializer Ones { get; } = new(FInitializers.ones);

    /// <summary>Uniform within the root of 6 / (fan in + fan out); the default of kernels.</summary>
    public static Initializer GlorotUniform { get; } = new(FInitializers.glorotUniform);

    /// <summary>Truncated normal of variance 2 / (fan in + fan out).</summary>
    public static Initializer GlorotNormal { get; } = new(FInitializers.glorotNormal);

    /// <summary>Uniform within the root of 6 / fan in.</summary>
    public static Initializer HeUniform { get; } = new(FInitializers.heUniform);

    /// <summary>Truncated normal of variance 2 / fan in.</summary>
    public static Initializer HeNormal { get; } = new(FInitializers.heNormal);

    /// <summary>Uniform within the root of 3 / fan in.</summary>
    public static Initializer LecunUniform { get; } = new(FInitializers.lecunUniform);

    /// <summary>Truncated normal of variance 1 / fan in.</summary>
    public static Initializer LecunNormal { get; } = new(FInitializers.lecunNormal);

    /// <summary>One value everywhere.</summary>
    /// <exception cref="FunctionalException">The value is not finite.</exception>
    public static Initializer Constant(double value) => new(FInitializers.constant(value));

    /// <summary>
    /// The elements of a tensor, broadcast to the parameter's shape: Keras's constant of an array. Saved models hold them.
    /// </summary>
    public static Initializer OfTensor(Tensor value) => new(FInitializers.ofTensor(Interop.Inner(value)));

    /// <summary>The initializer of a name in Keras, with Keras's defaults: "he_normal", "HeNormal".</summary>
    /// <exception cref="FunctionalException">There is none of this name.</exception>
    public static Initializer OfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FInitializers.ofName(name));
    }

    /// <summary>Normal numbers. Defaults: mean 0, deviation 0.05.</summary>
    /// <exception cref="FunctionalException">The deviation is negative.</exception>
    public static Initializer RandomNormal(double mean = 0.0, double deviation = 0.05) =>
        new(FInitializers.randomNormal(mean, deviation));

    /// <summary>Uniform numbers. Defaults: -0.05 to 0.05.</summary>
    /// <exception cref="FunctionalException">The bounds are out of order.</exception>
    public static Initializer RandomUniform(double low = -0.05, double high = 0.05) =>
        new(FInitializers.randomUniform(low, high));

    /// <summary>
    /// Normal numbers, none further than two deviations from the mean. Defaults: mean 0, deviation 0.05.
    /// </summary>
    /// <exception cref="FunctionalException">The deviation is negative.</exception>
    public static Initializer TruncatedNormal(double mean = 0.0, double deviation = 0.05) =>
        new(FInitializers.truncatedNormal(mean, deviation));

    /// <summary>An orthogonal matrix times the gain, 1 by default.</summary>
    /// <exception cref="FunctionalException">
    /// The gain is not finite, or, when the model is built, the parameter has one axis.
    /// </exception>
    public static Initializer Orthogonal(double gain = 1.0) => new(FInitializers.orthogonal(gain));

    /// <summary>The identity matrix times the gain, 1 by default.</summary>
    /// <exception cref="FunctionalException">
    /// The gain is not finite, or, when the model is built, the parameter is no matrix.
    /// </exception>
    public static Initializer Identity(double gain = 1.0) => new(FInitializers.identity(gain));

    /// <summary>Numbers of variance scale / fan. Defaults: scale 1, fan in, truncated normal.</summary>
    /// <exception cref="FunctionalException">The scale is not above 0.</exception>
    public static Initializer VarianceScaling(
        double scale = 1.0,
        FanMode mode = FanMode.FanIn,
        InitialDistribution distribution = InitialDistribution.TruncatedNormal) =>
        new(FInitializers.varianceScaling(scale, Inside(mode), Inside(distribution)));

    /// <summary>
    /// <see cref="VarianceScaling(double, FanMode, InitialDistribution)"/> of parameters whose inputs and outputs lie along
    /// these axes, such as the kernel [features, heads, units] of an attention.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The scale is not above 0, or, when the model is built, an axis is named twice or not there.
    /// </exception>
    public static Initializer VarianceScaling(
        IReadOnlyList<int> inputAxes,
        IReadOnlyList<int> outputAxes,
        double scale = 1.0,
        FanMode mode = FanMode.FanIn,
        InitialDistribution distribution = InitialDistribution.TruncatedNormal) =>
        new(FInitializers.varianceScalingOver(
            ListModule.OfSeq(inputAxes), ListModule.OfSeq(outputAxes), scale, Inside(mode), Inside(distribution)));

    /// <summary>
    /// Numbers of one's own, from a key and the parameter's shape. A model that holds it saves its weights alone.
    /// </summary>
    public static Initializer Of(string name, Func<Key, int[], Tensor> draw)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(draw);
        var inside = FuncConvert.FromFunc<FKey, FSharpList<int>, FTensor>(
            (key, shape) => Interop.Result(draw(new Key(key), [.. shape])));
        return new(new FInitializer(name, [], inside));
    }

    /// <summary>The numbers for a parameter of this shape.</summary>
    public Tensor Draw(Key key, params int[] shape)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(Inner.Draw.Invoke(key.Inner).Invoke(Interop.List(shape)));
    }

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;

    private static Functional.FanMode Inside(FanMode mode) => mode switch
    {
        FanMode.FanIn => Functional.FanMode.FanIn,
        FanMode.FanOut => Functional.FanMode.FanOut,
        FanMode.FanAverage => Functional.FanMode.FanAverage,
        _ => throw Errors.Argument("Initializer.VarianceScaling", "mode", (int)mode, "is not a fan mode."),
    };

    private static Functional.InitialDistribution Inside(InitialDistribution distribution) => distribution switch
    {
        InitialDistribution.TruncatedNormal => Functional.InitialDistribution.TruncatedNormal,
        InitialDistribution.UntruncatedNormal => Functional.InitialDistribution.UntruncatedNormal,
        InitialDistribution.Uniform => Functional.InitialDistribution.Uniform,
        _ => throw Errors.Argument(
            "Initializer.VarianceScaling", "distribution", (int)distribution, "is not a distribution."),
    };
}
