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
                Interop.Option(options.BiasRegularizer?.Inner),
                Interop.Option(options.KernelConstraint?.Inner),
                Interop.Option(options.BiasConstraint?.Inner),
                Interop.Option(options.ActivityRegularizer?.Inner)),
            units));
    }

    /// <summary>
    /// The layer of a name in Keras, "dense", "Conv2D" or "BatchNormalization", with settings under Keras's names and its
    /// defaults for the others: <c>network.LayerOfName("dense", ("units", 10), ("activation", "relu"))</c>.
    /// </summary>
    /// <param name="name">The name, in Keras's camel or snake case.</param>
    /// <param name="settings">
    /// Numbers, texts, truth values, lists of whole numbers, initializers, regularizers and constraints, also by the names
    /// that Keras has for them. One number stands for all
    /// axes.
    /// </param>
    /// <exception cref="FunctionalException">
    /// The name or a setting is not known, or a setting without a default is missing.
    /// </exception>
    public Network LayerOfName(string name, params (string Name, object Value)[] settings)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(settings);
        return With(LayerNames.LayerModule.ofName(name, ListModule.OfSeq(settings.Select(setting =>
            Tuple.Create(setting.Name, Interop.ToSetting("Network.LayerOfName", setting.Name, setting.Value))))));
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
            Interop.Option(options.AlphaRegularizer?.Inner),
            Interop.Option(options.AlphaConstraint?.Inner))));
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
    public Network Flatten(DataFormat dataFormat = DataFormat.ChannelsLast) =>
        With(ReshapingLayers.flattenIn(dataFormat.Inner()));

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
}
