using FOptimizer = Functional.Optimizer;
using FLinks = Functional.OptimizerLinks.OptimizerModule;
using FRules = Functional.OptimizerRules.OptimizerModule;
using FParts = Functional.PartitionedOptimizers.OptimizerModule;
using FNames = Functional.NamesOfOptimizers.OptimizerModule;

namespace Functional.CSharp;

/// <summary>Which library's form an update has where the two differ.</summary>
public enum UpdateForm
{
    /// <summary>As in Keras.</summary>
    Keras,

    /// <summary>As in PyTorch.</summary>
    PyTorch,
}

/// <summary>
/// How a model learns from gradients. Defaults are Keras's. Optimizers join to a chain, limits first and the rule with
/// the learning rate last: <c>Optimizer.Chain(Optimizer.ClipByGlobalNorm(1), Optimizer.Adam())</c>.
/// </summary>
/// <remarks>A learning rate or another number out of its range raises a <see cref="FunctionalException"/>.</remarks>
public sealed class Optimizer
{
    private Optimizer(FOptimizer inner) => Inner = inner;

    internal FOptimizer Inner { get; }

    /// <summary>
    /// Stochastic gradient descent: v = momentum * v - lr * g; w += v, or with Nesterov's momentum w += momentum * v -
    /// lr * g. PyTorch's form keeps the rate outside v. Defaults: learning rate 0.01, momentum 0.
    /// </summary>
    public static Optimizer Sgd(
        double learningRate = 0.01, double momentum = 0.0, bool nesterov = false, UpdateForm form = UpdateForm.Keras) =>
        new(FRules.sgdWith(new SgdOptions(learningRate, momentum, nesterov, Inside(form))));

    /// <summary>
    /// RMSprop: w -= lr * g / sqrt(s + epsilon), s the average of squares; PyTorch's form has epsilon outside the root.
    /// Defaults: learning rate 0.001, rho 0.9, momentum 0, epsilon 1e-7.
    /// </summary>
    public static Optimizer RmsProp(
        double learningRate = 0.001,
        double rho = 0.9,
        double momentum = 0.0,
        double epsilon = 1e-7,
        bool centered = false,
        UpdateForm form = UpdateForm.Keras) =>
        new(FRules.rmspropWith(new RmspropOptions(learningRate, rho, momentum, epsilon, centered, Inside(form))));

    /// <summary>Adagrad. Defaults: learning rate 0.001, first sum of squares 0.1, epsilon 1e-7.</summary>
    public static Optimizer Adagrad(
        double learningRate = 0.001,
        double initialAccumulator = 0.1,
        double epsilon = 1e-7,
        UpdateForm form = UpdateForm.Keras) =>
        new(FRules.adagradWith(new AdagradOptions(learningRate, initialAccumulator, epsilon, Inside(form))));

    /// <summary>Adadelta. Defaults: learning rate 0.001, rho 0.95, epsilon 1e-7.</summary>
    public static Optimizer Adadelta(double learningRate = 0.001, double rho = 0.95, double epsilon = 1e-7) =>
        new(FRules.adadeltaWith(new AdadeltaOptions(learningRate, rho, epsilon)));

    /// <summary>
    /// Adam: w -= lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt v + epsilon). Defaults: learning rate 0.001, beta1
    /// 0.9, beta2 0.999, epsilon 1e-7 (PyTorch 1e-8), no decoupled weight decay.
    /// </summary>
    public static Optimizer Adam(
        double learningRate = 0.001,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        bool amsGrad = false,
        double weightDecay = 0.0,
        UpdateForm form = UpdateForm.Keras) =>
        new(FRules.adamWith(new AdamOptions(learningRate, beta1, beta2, epsilon, amsGrad, weightDecay, Inside(form))));

    /// <summary>
    /// Adam with decoupled weight decay, w -= lr * decay * w, 0.004 by default (PyTorch 0.01). Other defaults are
    /// Adam's.
    /// </summary>
    public static Optimizer AdamW(
        double learningRate = 0.001,
        double weightDecay = 0.004,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        bool amsGrad = false,
        UpdateForm form = UpdateForm.Keras) =>
        new(FRules.adamwWith(new AdamOptions(learningRate, beta1, beta2, epsilon, amsGrad, weightDecay, Inside(form))));

    /// <summary>Adamax. Defaults: learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7.</summary>
    public static Optimizer Adamax(
        double learningRate = 0.001,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        UpdateForm form = UpdateForm.Keras) =>
        new(FRules.adamaxWith(new AdamaxOptions(learningRate, beta1, beta2, epsilon, Inside(form))));

    /// <summary>
    /// Nadam. Defaults: learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, momentum decay 1 (PyTorch 0.004).
    /// </summary>
    public static Optimizer Nadam(
        double learningRate = 0.001,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-7,
        double momentumDecay = 1.0) =>
        new(FRules.nadamWith(new NadamOptions(learningRate, beta1, beta2, epsilon, momentumDecay)));

    /// <summary>Lion: steps by the sign of an average. Defaults: learning rate 0.001, beta1 0.9, beta2 0.99.</summary>
    public static Optimizer Lion(double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.99) =>
        new(FRules.lionWith(new LionOptions(learningRate, beta1, beta2)));

    /// <summary>
    /// LAMB: Adam whose steps are as long as the parameter's norm says, for large batches. Defaults: learning rate 0.001,
    /// beta1 0.9, beta2 0.999, epsilon 1e-7.
    /// </summary>
    public static Optimizer Lamb(
        double learningRate = 0.001, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7) =>
        new(FRules.lambWith(new LambOptions(learningRate, beta1, beta2, epsilon)));

    /// <summary>
    /// Adafactor, which remembers of a matrix the averages of its gradient's squares along rows and columns alone. Defaults:
    /// learning rate 0.001 (and at most 1 / sqrt t), beta2 decay -0.8, epsilons 1e-30 and 1e-3, clip threshold 1.
    /// </summary>
    public static Optimizer Adafactor(
        double learningRate = 0.001,
        double beta2Decay = -0.8,
        double epsilon1 = 1e-30,
        double epsilon2 = 1e-3,
        double clipThreshold = 1.0) =>
        new(AdafactorOptimizer.OptimizerModule.adafactorWith(
            new AdafactorOptions(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold)));

    /// <summary>
    /// FTRL, follow the regularized leader, for wide, sparse, shallow models. Defaults: learning rate 0.001, its power -0.5,
    /// first sum of squares 0.1, all regularization and beta 0.
    /// </summary>
    public static Optimizer Ftrl(
        double learningRate = 0.001,
        double learningRatePower = -0.5,
        double initialAccumulator = 0.1,
        double l1 = 0.0,
        double l2 = 0.0,
        double l2Shrinkage = 0.0,
        double beta = 0.0) =>
        new(FtrlOptimizer.OptimizerModule.ftrlWith(
            new FtrlOptions(learningRate, learningRatePower, initialAccumulator, l1, l2, l2Shrinkage, beta)));

    /// <summary>
    /// Muon: matrices learn by momentum made orthogonal, all others by Adam at a tenth of the rate. Defaults: learning rate
    /// 0.001, momentum 0.95 with Nesterov, 6 Newton-Schulz steps, weight decay 0.1.
    /// </summary>
    /// <param name="learningRate">The rate of matrices. Default 0.001.</param>
    /// <param name="momentum">How much of the sum of gradients of a matrix is kept. Default 0.95.</param>
    /// <param name="nesterov">Whether the gradient is taken where the momentum leads. Default true.</param>
    /// <param name="newtonSchulzSteps">The number of steps towards an orthogonal matrix. Default 6.</param>
    /// <param name="weightDecay">Decoupled weight decay of all parameters. Default 0.1.</param>
    /// <param name="adamRateRatio">Adam's rate over that of matrices. Default 0.1.</param>
    /// <param name="excludeLayers">Texts in the names of matrices that learn by Adam. Default none.</param>
    /// <param name="excludeEmbeddings">Whether embeddings learn by Adam. Default true.</param>
    public static Optimizer Muon(
        double learningRate = 0.001,
        double momentum = 0.95,
        bool nesterov = true,
        int newtonSchulzSteps = 6,
        double weightDecay = 0.1,
        double adamRateRatio = 0.1,
        string[]? excludeLayers = null,
        bool excludeEmbeddings = true)
    {
        var defaults = MuonOptions.defaults;
        return new(MuonOptimizer.OptimizerModule.muonWith(new MuonOptions(
            learningRate,
            adamRateRatio,
            momentum,
            nesterov,
            newtonSchulzSteps,
            defaults.Coefficients,
            Interop.List(excludeLayers ?? []),
            excludeEmbeddings,
            weightDecay,
            defaults.AdamBeta1,
            defaults.AdamBeta2,
            defaults.Epsilon)));
    }

    /// <summary>
    /// Schedule-free AdamW: an average of the weights in the place of a falling rate;
    /// <see cref="TrainingRun.AveragedModel"/> has the model to use. Defaults: learning rate 0.0025, beta1 0.9, beta2 0.999,
    /// epsilon 1e-8, no warm-up, no weight decay.
    /// </summary>
    public static Optimizer ScheduleFreeAdamW(
        double learningRate = 0.0025,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        int warmupSteps = 0,
        double weightDecay = 0.0) =>
        new(ScheduleFreeOptimizer.OptimizerModule.scheduleFreeAdamwWith(
            new ScheduleFreeOptions(learningRate, beta1, beta2, epsilon, warmupSteps, weightDecay)));

    /// <summary>One optimizer after the other: each takes what the one before gives for gradients.</summary>
    public static Optimizer Chain(params Optimizer[] links)
    {
        ArgumentNullException.ThrowIfNull(links);
        return new(FLinks.chain(ListModule.OfSeq(links.Select(link => link.Inner))));
    }

    /// <summary>
    /// Several optimizers, each for the parameters whose name its function chooses: a parameter goes to the first that
    /// does, and one that no function chooses stays as it is.
    /// <c>Optimizer.ForParts((name => name.StartsWith("encoder"), Optimizer.Adam(1e-5)), (_ => true,
    /// Optimizer.Adam()))</c>.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// There are no parts, or, when training begins, a part chooses no parameter.
    /// </exception>
    public static Optimizer ForParts(params (Func<string, bool> Chooses, Optimizer Optimizer)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new(FParts.forParts(ListModule.OfSeq(
            parts.Select(part => Tuple.Create(FuncConvert.FromFunc(part.Chooses), part.Optimizer.Inner)))));
    }

    /// <summary>
    /// The optimizer of this name with Keras's defaults, learning rate included: "adam", "SGD", "RMSprop". Case does
    /// not count.
    /// </summary>
    /// <exception cref="FunctionalException">The name is not known; the message lists the names.</exception>
    public static Optimizer OfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FNames.ofName(name));
    }

    /// <summary>A link: gradients times a number.</summary>
    public static Optimizer Scale(double factor) => new(FLinks.scale(factor));

    /// <summary>A link: gradients clamped to -limit and limit, number by number.</summary>
    public static Optimizer ClipByValue(double limit) => new(FLinks.clipByValue(limit));

    /// <summary>A link: the gradient of each tensor scaled down to this Euclidean norm where it is longer.</summary>
    public static Optimizer ClipByNorm(double limit) => new(FLinks.clipByNorm(limit));

    /// <summary>A link: all gradients scaled down together to this global norm where it is larger.</summary>
    public static Optimizer ClipByGlobalNorm(double limit) => new(FLinks.clipByGlobalNorm(limit));

    /// <summary>
    /// A link: the one limit that counts of those given, the norm before the global norm before the value, as in Keras.
    /// </summary>
    public static Optimizer Clip(double? norm = null, double? globalNorm = null, double? value = null) =>
        new(FLinks.clip(new Clipping(Interop.Option(norm), Interop.Option(globalNorm), Interop.Option(value))));

    /// <summary>
    /// A link: gradients plus decay * w of their parameters, weight decay that goes through the rule after it.
    /// </summary>
    public static Optimizer AddDecayedWeights(double decay) => new(FLinks.addDecayedWeights(decay));

    /// <summary>
    /// A link: a running sum of gradients, v = momentum * v + g; with Nesterov's momentum g + momentum * v.
    /// </summary>
    public static Optimizer Trace(double momentum, bool nesterov = false) => new(FLinks.trace(momentum, nesterov));

    /// <summary>This optimizer with its learning rate ruled by a schedule.</summary>
    public Optimizer WithSchedule(Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return new(FLinks.withSchedule(schedule.Inner, Inner));
    }

    /// <summary>
    /// This optimizer with decoupled weight decay, w -= lr * decay * w, of all parameters, or of those whose name a
    /// function chooses: <c>name => !name.EndsWith("bias")</c>.
    /// </summary>
    public Optimizer WithWeightDecay(double decay, Func<string, bool>? decays = null) =>
        new(decays is null
            ? FLinks.withWeightDecay(decay, Inner)
            : FLinks.withWeightDecayOf(FuncConvert.FromFunc(decays), decay, Inner));

    /// <summary>
    /// Several optimizers, each for the weights under its paths ("encoder", "dense_1/kernel"; "" is all): the first whose
    /// path fits counts. Weights under none of the paths stay as they are.
    /// </summary>
    public static Optimizer ForPaths(params (string[] Paths, Optimizer Optimizer)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new(OptimizerPaths.OptimizerModule.forPaths(ListModule.OfSeq(
            parts.Select(part => Tuple.Create(Interop.List(part.Paths), part.Optimizer.Inner)))));
    }

    /// <summary>One update for so many batches, with the mean of their gradients.</summary>
    public Optimizer Accumulate(int steps) => new(FLinks.accumulate(steps, Inner));

    /// <summary>
    /// This optimizer with decoupled weight decay of all parameters whose name holds none of these texts:
    /// <c>WithWeightDecayExcept(0.004, "bias", "gamma")</c>.
    /// </summary>
    public Optimizer WithWeightDecayExcept(double decay, params string[] names) =>
        new(FLinks.withWeightDecayExcept(Interop.List(names), decay, Inner));

    /// <summary>
    /// This optimizer, which keeps an exponential moving average of the weights beside;
    /// <see cref="TrainingRun.AveragedModel"/> has it. With <paramref name="overwriteFrequency"/> (default none) the average
    /// overwrites the weights every so many steps.
    /// </summary>
    public Optimizer WithAverage(double decay = 0.99, int? overwriteFrequency = null) =>
        new(MovingAverages.OptimizerModule.emaWith(new EmaOptions(decay, Interop.Option(overwriteFrequency)), Inner));

    /// <summary>
    /// This optimizer with its loss multiplied by a factor before gradients are taken, and the gradients divided by it
    /// again, for float16. A step whose gradients are not finite is left out and halves the factor; after
    /// <paramref name="dynamicGrowthSteps"/> (default 2000) steps without one it is doubled. The first factor is 2^15.
    /// </summary>
    public Optimizer WithLossScaling(double initialScale = 32768.0, int dynamicGrowthSteps = 2000) =>
        new(LossScaling.OptimizerModule.lossScaling(new LossScalingOptions(initialScale, dynamicGrowthSteps), Inner));

    /// <summary>This optimizer with its loss multiplied by a factor that stays, and its gradients divided by it.</summary>
    public Optimizer WithLossScale(double factor) => new(LossScaling.OptimizerModule.lossScale(factor, Inner));

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;

    private static Functional.UpdateForm Inside(UpdateForm form) =>
        form == UpdateForm.PyTorch ? Functional.UpdateForm.PyTorch : Functional.UpdateForm.Keras;
}
