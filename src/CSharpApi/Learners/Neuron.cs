using FAdaline = Functional.Adaline;
using FNeuron = Functional.Neuron;
using FNeuronLayer = Functional.NeuronLayer;
using FPerceptron = Functional.Perceptron;
using FPerceptronOutput = Functional.PerceptronOutput;

namespace Functional.CSharp;

/// <summary>What a perceptron makes of its weighted sum, and so its targets.</summary>
public enum PerceptronOutput
{
    /// <summary>1 where the sum is 0 or more, else 0. Targets are 0 and 1.</summary>
    Step,

    /// <summary>The sum itself, whose sign is the class. Targets are -1 and 1.</summary>
    Linear,
}

/// <summary>Rosenblatt's perceptron: a line that moves towards each sample that is on its wrong side.</summary>
public sealed class Perceptron
{
    private readonly FPerceptron inner;

    private Perceptron(FPerceptron inner) => this.inner = inner;

    /// <summary>Learns samples x [n, features] with targets y [n]: 0 and 1, or -1 and 1, as the output says.</summary>
    /// <exception cref="FunctionalException">A target does not fit the output, or an option is out of range.</exception>
    public static Perceptron Fit(
        Tensor x, Tensor y, PerceptronOutput output = PerceptronOutput.Step, NeuronOptions? options = null) =>
        new(PerceptronModule.fit(
            Inside(output), (options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Perceptrons as a learner of the classes 0 and 1.</summary>
    public static Learner Learner(PerceptronOutput output = PerceptronOutput.Step, NeuronOptions? options = null) =>
        new(PerceptronModule.learner(Inside(output), (options ?? new()).Inside()));

    /// <summary>The weight of each feature.</summary>
    public IReadOnlyList<double> Weights => Array.AsReadOnly(inner.Weights);

    /// <summary>What is added.</summary>
    public double Bias => inner.Bias;

    /// <summary>How many samples were wrong in each pass.</summary>
    public IReadOnlyList<double> Errors => Array.AsReadOnly(inner.Errors);

    /// <summary>The line while it learned.</summary>
    public LineHistory History => new(inner.History);

    /// <summary>The target of each sample's side: 0 or 1, or -1 or 1 with the linear output (int32 [n]).</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Predict(Tensor x) => new(PerceptronModule.predict(Interop.Inner(x), inner));

    /// <summary>The weighted sum of each sample of x [n, features]: float64 [n]; 0 on the line.</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Decision(Tensor x) => new(PerceptronModule.decision(Interop.Inner(x), inner));

    /// <summary>The perceptron as a fitted learner of the classes 0 and 1.</summary>
    public FittedLearner AsFittedLearner() => new(PerceptronModule.fitted(inner));

    private static FPerceptronOutput Inside(PerceptronOutput output) =>
        output == PerceptronOutput.Step ? FPerceptronOutput.Step : FPerceptronOutput.Linear;
}

/// <summary>
/// A single neuron that learns numbers by stochastic gradient. With the linear activation and the squared error it is ADALINE.
/// </summary>
public sealed class Neuron : FittedLearner
{
    private readonly FNeuron inner;

    private Neuron(FNeuron inner)
        : base(NeuronModule.fitted(inner)) => this.inner = inner;

    /// <summary>Learns samples x [n, features] with numbers y [n], which should lie in the range of the activation.</summary>
    /// <exception cref="FunctionalException">The loss does not go with the activation, or an option is out of range.</exception>
    public static Neuron Fit(
        Tensor x, Tensor y, NeuronActivation activation, NeuronLoss loss = NeuronLoss.SquaredError,
        NeuronOptions? options = null) =>
        new(NeuronModule.fit(
            NeuronOptions.Activation(activation), NeuronOptions.Loss(loss), (options ?? new()).Inside(),
            Interop.Inner(x), Interop.Inner(y)));

    /// <summary>ADALINE: a linear neuron that learns by the delta rule, w += alpha (target - output) x.</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the error grows without end.</exception>
    public static Neuron Adaline(Tensor x, Tensor y, NeuronOptions? options = null) =>
        new(FAdaline.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Neurons as a learner.</summary>
    public static Learner Learner(
        NeuronActivation activation, NeuronLoss loss = NeuronLoss.SquaredError, NeuronOptions? options = null) =>
        new(NeuronModule.learner(
            NeuronOptions.Activation(activation), NeuronOptions.Loss(loss), (options ?? new()).Inside()));

    /// <summary>The weight of each feature.</summary>
    public IReadOnlyList<double> Weights => Array.AsReadOnly(inner.Weights);

    /// <summary>What is added.</summary>
    public double Bias => inner.Bias;

    /// <summary>The mean loss of each pass, before its changes.</summary>
    public IReadOnlyList<double> Errors => Array.AsReadOnly(inner.Errors);

    /// <summary>The line while it learned.</summary>
    public LineHistory History => new(inner.History);
}

/// <summary>Classes told apart by a layer of neurons, one for each, that learn by stochastic gradient.</summary>
public sealed class NeuronLayer : FittedLearner
{
    private readonly FNeuronLayer inner;

    private NeuronLayer(FNeuronLayer inner)
        : base(NeuronLayerModule.fitted(inner)) => this.inner = inner;

    /// <summary>Learns samples x [n, features] with their classes y [n] (0 .. k - 1).</summary>
    /// <exception cref="FunctionalException">The loss does not go with the activation, or an option is out of range.</exception>
    public static NeuronLayer Fit(
        Tensor x, Tensor y, NeuronActivation activation = NeuronActivation.Softmax,
        NeuronLoss loss = NeuronLoss.CategoricalCrossentropy, NeuronOptions? options = null) =>
        new(NeuronLayerModule.fit(
            NeuronOptions.Activation(activation), NeuronOptions.Loss(loss), (options ?? new()).Inside(),
            Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Layers of neurons as a learner.</summary>
    public static Learner Learner(
        NeuronActivation activation = NeuronActivation.Softmax, NeuronLoss loss = NeuronLoss.CategoricalCrossentropy,
        NeuronOptions? options = null) =>
        new(NeuronLayerModule.learner(
            NeuronOptions.Activation(activation), NeuronOptions.Loss(loss), (options ?? new()).Inside()));

    /// <summary>The weights of each neuron.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Weights => [.. inner.Weights.Select(Array.AsReadOnly)];

    /// <summary>What each neuron adds.</summary>
    public IReadOnlyList<double> Biases => Array.AsReadOnly(inner.Biases);

    /// <summary>The mean loss of each pass, before its changes.</summary>
    public IReadOnlyList<double> Errors => Array.AsReadOnly(inner.Errors);

    /// <summary>The line of each neuron while it learned.</summary>
    public IReadOnlyList<LineHistory> History => [.. inner.History.Select(line => new LineHistory(line))];

    /// <summary>The outputs of all neurons for each sample of x [n, features]: float64 [n, classes].</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Outputs(Tensor x) => new(NeuronLayerModule.outputs(Interop.Inner(x), inner));
}
