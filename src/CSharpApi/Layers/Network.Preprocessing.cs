namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Normalization(Tensor, NormalizationOptions?)"/>.</summary>
public sealed record NormalizationOptions
{
    /// <summary>
    /// The axes that keep a mean and a variance each, counted with the batch axis as 0. Default the last: the features. Without
    /// axes one mean and one variance serve all numbers.
    /// </summary>
    public IReadOnlyList<int> Axes { get; init; } = [-1];

    /// <summary>Whether what was normalized is brought back to where it came from. Default false.</summary>
    public bool Invert { get; init; }

    internal Functional.NormalizationOptions Inner => new(ListModule.OfSeq(Axes), Invert);
}

/// <summary>Layers of raw features, of disturbances in training, and dense layers along any axes.</summary>
public sealed partial class Network
{
    /// <summary>x times scale plus offset: 1 / 255.0 brings pixels to 0..1.</summary>
    /// <exception cref="FunctionalException">A number is not finite.</exception>
    public Network Rescaling(double scale, double offset = 0.0) => With(PreprocessingLayers.rescaling(scale, offset));

    /// <summary>x times scale plus offset, with a number for each feature of the last axis.</summary>
    /// <exception cref="FunctionalException">A number is not finite, or the features are others.</exception>
    public Network Rescaling(double[] scales, double[] offsets) =>
        With(PreprocessingLayers.rescalingOf(Interop.List(scales), Interop.List(offsets)));

    /// <summary>(x - mean) / deviation, with the mean and the variance of each feature of the data [n, ...].</summary>
    /// <exception cref="FunctionalException">The data are empty, or of another shape than samples.</exception>
    public Network Normalization(Tensor data, NormalizationOptions? options = null) =>
        With(Preprocessing.adapt(
            Interop.Inner(data),
            PreprocessingLayers.normalizationWith((options ?? new NormalizationOptions()).Inner)));

    /// <summary>(x - mean) / deviation, with a mean and a variance for each feature.</summary>
    /// <exception cref="FunctionalException">A variance is negative, or the features are others.</exception>
    public Network Normalization(double[] mean, double[] variance, NormalizationOptions? options = null) =>
        With(PreprocessingLayers.normalizationOf(
            (options ?? new NormalizationOptions()).Inner, Interop.List(mean), Interop.List(variance)));

    /// <summary>
    /// The bins of numbers between rising boundaries: 0 below the first; without an encoding their numbers, as Int32.
    /// </summary>
    /// <exception cref="FunctionalException">The boundaries do not rise.</exception>
    public Network Discretization(double[] boundaries, CategoryMode? encoding = null) =>
        With(PreprocessingLayers.discretizationWith(Binning(encoding), Interop.List(boundaries)));

    /// <summary>The bins of numbers between quantiles of the data, so that about as many of these fall into each.</summary>
    /// <exception cref="FunctionalException">The data are empty, or the bins fewer than 2.</exception>
    public Network Discretization(Tensor data, int bins, CategoryMode? encoding = null) =>
        With(Preprocessing.adapt(
            Interop.Inner(data), PreprocessingLayers.discretizationInto(Binning(encoding), bins)));

    /// <summary>For each sample a row with the sum of the weights of each of these ids.</summary>
    /// <exception cref="FunctionalException">The count is below 1, or ids and weights differ in shape.</exception>
    public Network WeightedCategoryCount(Network weights, int tokens)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Join(PreprocessingLayers.weightedCategoryCount(tokens), [this, weights]);
    }

    /// <summary>
    /// The sum of products with another result over an axis of each, counted with the batch axis as 0, sample by sample; with
    /// normalization, a cosine.
    /// </summary>
    /// <exception cref="FunctionalException">The axes differ in length.</exception>
    public Network Dot(Network other, int axis = -1, int? otherAxis = null, bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Join(
            DotLayers.Merge.dotWith(new DotOptions(Tuple.Create(axis, otherAxis ?? axis), normalize)), [this, other]);
    }

    /// <summary>
    /// The product with a kernel by an einsum: <c>EinsumDense("abc,cd->abd", [0, 64])</c>. The first letter is the batch; 0 stands
    /// for the input's length.
    /// </summary>
    /// <exception cref="FunctionalException">The equation does not fit.</exception>
    public Network EinsumDense(
        string equation,
        int[] outputShape,
        string biasAxes = "",
        Activation? activation = null,
        DenseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(equation);
        ArgumentNullException.ThrowIfNull(biasAxes);
        options ??= new DenseOptions();
        return With(EinsumDenseLayers.einsumDenseWith(
            new EinsumDenseOptions(
                biasAxes,
                Interop.Option(activation?.Inner),
                options.KernelInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.KernelRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.KernelConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            equation,
            Interop.List(outputShape)));
    }

    /// <summary><see cref="Dropout"/> of whole features of a sequence.</summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network SpatialDropout1D(double rate, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(RegularizationLayers.spatialDropout1DWith(dataFormat.Inner(), rate));

    /// <summary><see cref="Dropout"/> of whole channels of an image.</summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network SpatialDropout2D(double rate, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(RegularizationLayers.spatialDropout2DWith(dataFormat.Inner(), rate));

    /// <summary><see cref="Dropout"/> of whole channels of a volume.</summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network SpatialDropout3D(double rate, DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(RegularizationLayers.spatialDropout3DWith(dataFormat.Inner(), rate));

    /// <summary><see cref="Dropout"/> for networks of selu, which keeps mean 0 and variance 1.</summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network AlphaDropout(double rate) => With(RegularizationLayers.alphaDropout(rate));

    /// <summary>Adds l1 Σ|x| + l2 Σx² to the loss, summed over the batch, and gives x.</summary>
    /// <exception cref="FunctionalException">A weight is negative.</exception>
    public Network ActivityRegularization(double l1 = 0.0, double l2 = 0.0) =>
        With(ActivityRegularizationLayers.activityRegularization(l1, l2));

    private static DiscretizationMode Binning(CategoryMode? encoding) =>
        encoding is { } mode ? DiscretizationMode.NewEncoded(Inside(mode)) : DiscretizationMode.Int;
}
