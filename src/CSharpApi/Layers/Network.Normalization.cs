namespace Functional.CSharp;

/// <summary>Layers that normalize.</summary>
public sealed partial class Network
{
    /// <summary>Normalizes each feature over the batch while training, and by running averages otherwise.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network BatchNormalization(BatchNormalizationOptions? options = null)
    {
        options ??= new BatchNormalizationOptions();
        return With(NormalizationLayers.batchNormWith(new BatchNormOptions(
            options.Axis,
            options.Momentum,
            options.Epsilon,
            options.Center,
            options.Scale,
            options.BetaInitializer.Inner,
            options.GammaInitializer.Inner,
            options.MovingMeanInitializer.Inner,
            options.MovingVarianceInitializer.Inner,
            Interop.Option(options.BetaRegularizer?.Inner),
            Interop.Option(options.GammaRegularizer?.Inner),
            Interop.Option(options.BetaConstraint?.Inner),
            Interop.Option(options.GammaConstraint?.Inner),
            Interop.Option(options.Renorm?.Inner))));
    }

    /// <summary>Normalizes each sample over some of its axes, the last one by default, training or not.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network LayerNormalization(LayerNormalizationOptions? options = null)
    {
        options ??= new LayerNormalizationOptions();
        return With(LayerNormalizationLayers.layerNormWith(new LayerNormOptions(
            ListModule.OfSeq(options.Axes),
            options.Epsilon,
            options.Center,
            options.Scale,
            options.RmsScaling,
            options.BetaInitializer.Inner,
            options.GammaInitializer.Inner,
            Interop.Option(options.BetaRegularizer?.Inner),
            Interop.Option(options.GammaRegularizer?.Inner),
            Interop.Option(options.BetaConstraint?.Inner),
            Interop.Option(options.GammaConstraint?.Inner))));
    }

    /// <summary>
    /// Normalizes each group of channels of each sample over the group's channels and all other axes. -1 is a group for each
    /// channel.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The groups do not divide the channels, or an option is out of its range.
    /// </exception>
    public Network GroupNormalization(int groups = 32, GroupNormalizationOptions? options = null)
    {
        options ??= new GroupNormalizationOptions();
        return With(GroupNormalizationLayers.groupNormWith(new GroupNormOptions(
            groups,
            options.Axis,
            options.Epsilon,
            options.Center,
            options.Scale,
            options.BetaInitializer.Inner,
            options.GammaInitializer.Inner,
            Interop.Option(options.BetaRegularizer?.Inner),
            Interop.Option(options.GammaRegularizer?.Inner),
            Interop.Option(options.BetaConstraint?.Inner),
            Interop.Option(options.GammaConstraint?.Inner))));
    }

    /// <summary>Normalizes each channel of each sample over all other axes.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network InstanceNormalization(GroupNormalizationOptions? options = null) => GroupNormalization(-1, options);

    /// <summary>
    /// Divides each sample by the root of its mean square over some axes, the last one by default, and multiplies by a learned
    /// scale.
    /// </summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network RmsNormalization(double epsilon = 1e-6, params int[] axes) =>
        With(LayerNormalizationLayers.rmsNormWith(new RmsNormOptions(LastUnlessNamed(axes), epsilon)));

    /// <summary>Divides each sample by its Euclidean norm over some axes, the last one by default; zeros stay zeros.</summary>
    /// <exception cref="FunctionalException">The input does not have an axis.</exception>
    public Network UnitNormalization(params int[] axes) =>
        With(LayerNormalizationLayers.unitNormOver(LastUnlessNamed(axes)));

    /// <summary>
    /// A part whose kernel is divided by its largest singular value, found by power iterations in each pass. Training keeps
    /// their vector for the next step.
    /// </summary>
    /// <exception cref="FunctionalException">The count is below 1, or the part does not hold one kernel.</exception>
    public Network SpectralNormalization(Func<Network, Network> part, int powerIterations = 1) =>
        With(KernelNormalizationLayers.spectralNormWith(powerIterations, Part(part)));

    /// <summary>A part whose kernel is learned as directions and lengths, one for each column of its last axis.</summary>
    /// <exception cref="FunctionalException">The part does not hold one kernel.</exception>
    public Network WeightNormalization(Func<Network, Network> part) =>
        With(KernelNormalizationLayers.weightNorm(Part(part)));

    private static FSharpList<int> LastUnlessNamed(int[] axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        return Interop.List(axes.Length == 0 ? [-1] : axes);
    }
}
