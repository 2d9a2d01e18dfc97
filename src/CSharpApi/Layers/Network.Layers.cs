namespace Functional.CSharp;

public sealed partial class Network
{
    /// <summary>
    /// A fully connected layer on the last axis: x times the kernel [inputs, units], plus the bias, then the
    /// activation, if any.
    /// </summary>
    /// <exception cref="FunctionalException">The number of units is below 1.</exception>
    public Network Dense(int units, Activation? activation = null, DenseOptions? options = null)
    {
        options ??= new DenseOptions();
        return With(DenseLayers.denseWith(
            new Functional.DenseOptions(
                Interop.Option(activation?.Inner),
                options.UseBias,
                options.KernelInitializer.Inner,
                options.BiasInitializer.Inner,
                Interop.Option(options.KernelRegularizer?.Inner),
                Interop.Option(options.BiasRegularizer?.Inner)),
            units));
    }

    /// <summary>An activation as a layer of its own.</summary>
    public Network Activation(Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return With(activation.Inner);
    }

    /// <summary>x, and below 0 a slope that is learned times x.</summary>
    public Network PRelu(PReluOptions? options = null)
    {
        options ??= new PReluOptions();
        return With(FActivation.preluWith(new Functional.PReluOptions(
            ListModule.OfSeq(options.SharedAxes),
            options.AlphaInitializer.Inner,
            Interop.Option(options.AlphaRegularizer?.Inner))));
    }

    /// <summary>
    /// Sets a share of the numbers to zero while training and divides the others by 1 - rate, so that nothing changes
    /// outside training.
    /// </summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network Dropout(double rate) => With(RegularizationLayers.dropout(rate));

    /// <summary>Adds normal noise of mean 0 while training.</summary>
    /// <exception cref="FunctionalException">The deviation is negative.</exception>
    public Network GaussianNoise(double deviation) => With(RegularizationLayers.gaussianNoise(deviation));

    /// <summary>
    /// Multiplies by normal noise of mean 1 and of the variance of <see cref="Dropout"/> while training.
    /// </summary>
    /// <exception cref="FunctionalException">The rate is not from 0 to below 1.</exception>
    public Network GaussianDropout(double rate) => With(RegularizationLayers.gaussianDropout(rate));

    /// <summary>Normalizes each feature over the batch while training, and by running averages otherwise.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network BatchNormalization(BatchNormalizationOptions? options = null)
    {
        options ??= new BatchNormalizationOptions();
        return With(NormalizationLayers.batchNormWith(new BatchNormOptions(
            options.Axis, options.Momentum, options.Epsilon, options.Center, options.Scale)));
    }

    /// <summary>Normalizes each sample over some of its axes, the last one by default, training or not.</summary>
    /// <exception cref="FunctionalException">An option is out of its range.</exception>
    public Network LayerNormalization(LayerNormalizationOptions? options = null)
    {
        options ??= new LayerNormalizationOptions();
        return With(NormalizationLayers.layerNormWith(new LayerNormOptions(
            ListModule.OfSeq(options.Axes), options.Epsilon, options.Center, options.Scale)));
    }

    /// <summary>Each sample as one row, in row-major order.</summary>
    public Network Flatten() => With(ReshapingLayers.flatten);

    /// <summary>
    /// Each sample in another shape of the same size, without the batch axis; one length may be -1 and is found.
    /// </summary>
    /// <exception cref="FunctionalException">A length is below 1 and not the one -1.</exception>
    public Network Reshape(params int[] shape) => With(ReshapingLayers.reshape(Interop.List(shape)));

    /// <summary>
    /// The axes of each sample in another order; they count from 1, since 0 is the batch, as in Keras.
    /// </summary>
    /// <exception cref="FunctionalException">The order does not name each axis once.</exception>
    public Network Permute(params int[] order) => With(ReshapingLayers.permute(Interop.List(order)));

    /// <summary>Each row several times: [features] to [count, features].</summary>
    /// <exception cref="FunctionalException">The count is below 1.</exception>
    public Network RepeatVector(int count) => With(ReshapingLayers.repeatVector(count));

    /// <summary>
    /// A function of a batch as a layer without parameters. It keeps the batch axis. A model that holds it saves its
    /// weights, not its code.
    /// </summary>
    public Network Then(Func<Tensor, Tensor> f) => With(LayerModule.ofFunction("lambda", Interop.Function(f)));

    /// <summary>
    /// A layer of one's own with parameters. <paramref name="parameters"/> gives them under names, from a key and the
    /// shape of a sample;
    /// <paramref name="apply"/> computes on a batch. A model that holds it saves its weights, not its code.
    /// </summary>
    /// <param name="kind">What the layer is: its name, counted from the second on.</param>
    /// <param name="parameters">The first parameters.</param>
    /// <param name="apply">The layer's function; it keeps the batch axis.</param>
    /// <param name="outputShape">
    /// The shape that it gives for a sample's; by default it is found by following the function.
    /// </param>
    /// <exception cref="FunctionalException">The kind is empty or holds a '/', or is that of a chain.</exception>
    public Network Custom(
        string kind,
        Func<Key, int[], (string Name, Tensor Value)[]> parameters,
        Func<Parameters, Tensor, Tensor> apply,
        Func<int[], int[]>? outputShape = null)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(apply);

        FTensor Run(Tree<FTensor> tree, FTensor x) => Interop.Result(apply(new Parameters(tree), new Tensor(x)));

        Tuple<FSharpList<Tuple<string, FTensor>>, FSharpList<int>> Start(FKey key, FSharpList<int> shape)
        {
            var first = ListModule.OfSeq(
                parameters(new Key(key), [.. shape]).Select(p => Tuple.Create(p.Name, Interop.Inner(p.Value))));
            var result = outputShape is null
                ? LayerModule.shapes(
                    [shape],
                    LayerModule.ofFunction(kind, FuncConvert.FromFunc<FTensor, FTensor>(x => Run(TreeModule.ofList(first), x)))).Head
                : Interop.List(outputShape([.. shape]));
            return Tuple.Create(first, result);
        }

        return With(LayerModule.make(
            kind,
            FuncConvert.FromFunc<FKey, FSharpList<int>, Tuple<FSharpList<Tuple<string, FTensor>>, FSharpList<int>>>(Start),
            FuncConvert.FromFunc<Tree<FTensor>, FTensor, FTensor>(Run)));
    }
}
