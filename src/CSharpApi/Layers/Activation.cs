namespace Functional.CSharp;

/// <summary>
/// An elementwise function, or a softmax, that follows a layer: an option of <see cref="Network.Dense"/>, or a layer of
/// its own by <see cref="Network.Activation"/>. The one with parameters of its own is <see cref="Network.PRelu"/>.
/// </summary>
public sealed partial class Activation
{
    private Activation(FLayer inner) => Inner = inner;

    internal FLayer Inner { get; }

    /// <summary>The argument itself.</summary>
    public static Activation Linear { get; } = new(FActivation.linear);

    /// <summary>The larger of x and 0.</summary>
    public static Activation Relu { get; } = new(FActivation.relu);

    /// <summary>x between 0 and 6.</summary>
    public static Activation Relu6 { get; } = new(FActivation.relu6);

    /// <summary>
    /// The logistic function 1 / (1 + exp -x). At the end of a model, losses are computed through its logits.
    /// </summary>
    public static Activation Sigmoid { get; } = new(FActivation.sigmoid);

    /// <summary>The hyperbolic tangent.</summary>
    public static Activation Tanh { get; } = new(Catalog.build(new Description("tanh", "", [], [])));

    /// <summary>The logarithm of the softmax over the last axis.</summary>
    public static Activation LogSoftmax { get; } = new(FActivation.logSoftmax);

    /// <summary>The scaled exponential linear unit, which keeps mean and variance.</summary>
    public static Activation Selu { get; } = new(FActivation.selu);

    /// <summary>x times the normal distribution function of x, exactly.</summary>
    public static Activation Gelu { get; } = new(FActivation.gelu);

    /// <summary><see cref="Gelu"/> by its approximation with tanh.</summary>
    public static Activation GeluTanh { get; } = new(FActivation.geluTanh);

    /// <summary>x times the sigmoid of x, also called swish.</summary>
    public static Activation Silu { get; } = new(FActivation.silu);

    /// <summary>log (1 + exp x).</summary>
    public static Activation Softplus { get; } = new(FActivation.softplus);

    /// <summary>x / (1 + |x|).</summary>
    public static Activation Softsign { get; } = new(FActivation.softsign);

    /// <summary>The larger of 0 and the smaller of 1 and x / 6 + 0.5.</summary>
    public static Activation HardSigmoid { get; } = new(FActivation.hardSigmoid);

    /// <summary>x times the hard sigmoid of x.</summary>
    public static Activation HardSwish { get; } = new(FActivation.hardSwish);

    /// <summary>x tanh (softplus x).</summary>
    public static Activation Mish { get; } = new(FActivation.mish);

    /// <summary>e to the power of x.</summary>
    public static Activation Exponential { get; } = new(FActivation.exponential);

    /// <summary>
    /// The softmax over the last axis. At the end of a model, losses are computed through its logits.
    /// </summary>
    public static Activation Softmax { get; } = new(FActivation.softmax);

    /// <summary>The softmax over an axis, counted with the batch axis as 0.</summary>
    public static Activation SoftmaxOver(int axis) => new(FActivation.softmaxOver(axis));

    /// <summary>x, and below 0 the slope times x. Default slope 0.3, as Keras's layer; PyTorch's is 0.01.</summary>
    /// <exception cref="FunctionalException">The slope is not finite.</exception>
    public static Activation LeakyRelu(double slope = 0.3) => new(FActivation.leakyReluOf(slope));

    /// <summary>x, and below 0 alpha (exp x - 1). Default alpha 1.</summary>
    /// <exception cref="FunctionalException">Alpha is not finite.</exception>
    public static Activation Elu(double alpha = 1.0) => new(FActivation.eluOf(alpha));

    /// <summary>
    /// A function of one's own, which keeps the batch axis. A model that holds it saves its weights, not its code.
    /// </summary>
    public static Activation Of(Func<Tensor, Tensor> f) =>
        new(LayerModule.ofFunction("activation", Interop.Function(f)));

    /// <summary>
    /// The activation of a name in Keras, with Keras's defaults: "relu", "swish", "leaky_relu", "log_softmax".
    /// </summary>
    /// <exception cref="FunctionalException">There is none of this name.</exception>
    public static Activation OfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(LayerNames.ActivationModule.ofName(name));
    }

    /// <summary>The function's value.</summary>
    public Tensor Apply(Tensor x) => new(LayerModule.predictAlone(Interop.Inner(x), Inner));

    /// <summary>The kind of activation, as a summary names it.</summary>
    public override string ToString() => Inner.Description.Kind;
}
