using FLineHistory = Functional.LineHistory;
using FNeuronActivation = Functional.NeuronActivation;
using FNeuronHistory = Functional.NeuronHistory;
using FNeuronLoss = Functional.NeuronLoss;
using FNeuronOptions = Functional.NeuronOptions;
using FNeuronStart = Functional.NeuronStart;

namespace Functional.CSharp;

/// <summary>What a neuron makes of its weighted sum z.</summary>
public enum NeuronActivation
{
    /// <summary>z itself.</summary>
    Linear,

    /// <summary>1 / (1 + exp(-z)).</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent of z.</summary>
    Tanh,

    /// <summary>exp(z) by the sum over all neurons of the layer.</summary>
    Softmax,
}

/// <summary>What the training of a neuron makes small.</summary>
public enum NeuronLoss
{
    /// <summary>(target - output)² / 2, summed over the outputs: the delta rule.</summary>
    SquaredError,

    /// <summary>-t ln p - (1 - t) ln (1 - p), summed over the outputs; with the sigmoid.</summary>
    BinaryCrossentropy,

    /// <summary>-Σ t ln p; with the softmax.</summary>
    CategoricalCrossentropy,
}

/// <summary>What is kept of the lines (weights and bias) while a neuron learns, for drawing.</summary>
public enum NeuronHistory
{
    /// <summary>The line at the start and after each iteration.</summary>
    Iterations,

    /// <summary>The line at the start and after each change.</summary>
    Updates,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>The weights that training starts from.</summary>
public sealed class NeuronStart
{
    private NeuronStart(FNeuronStart inner) => Inner = inner;

    internal FNeuronStart Inner { get; }

    /// <summary>Uniform in [-0.5, 0.5), drawn by the seed.</summary>
    public static NeuronStart Random { get; } = new(FNeuronStart.Random);

    /// <summary>All zero.</summary>
    public static NeuronStart Zeros { get; } = new(FNeuronStart.Zeros);

    /// <summary>These weights, a row of features for each neuron, and biases, one for each.</summary>
    public static NeuronStart Of(double[][] weights, double[] biases) => new(FNeuronStart.NewGiven(weights, biases));
}

/// <summary>How neurons learn.</summary>
public sealed record NeuronOptions
{
    /// <summary>How far weights move (alpha), above 0. Default 0.01.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>At most so many passes over the samples. Default 100.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>Training ends when the error of a pass is not above this. Default 0.</summary>
    public double ErrorBound { get; init; }

    /// <summary>How many samples a change of the weights is the mean of. Default 1: stochastic gradient.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether the samples are put in a new order for every pass. Default false.</summary>
    public bool Shuffle { get; init; }

    /// <summary>The weights at the start. Default random.</summary>
    public NeuronStart Start { get; init; } = NeuronStart.Random;

    /// <summary>What is kept for drawing. Default the line after each iteration.</summary>
    public NeuronHistory Keep { get; init; }

    /// <summary>What random starts and orders are drawn by: a key, or a seed. Default the seed 0.</summary>
    public Key Seed { get; init; } = Key.Of(0);

    internal FNeuronOptions Inside() => new(
        LearningRate,
        Iterations,
        ErrorBound,
        BatchSize,
        Shuffle,
        Start.Inner,
        Keep switch
        {
            NeuronHistory.Iterations => FNeuronHistory.Iterations,
            NeuronHistory.Updates => FNeuronHistory.Updates,
            NeuronHistory.None => FNeuronHistory.None,
            _ => throw Errors.Argument("NeuronOptions", "Keep", Keep, "is no choice of what is kept."),
        },
        Seed.Inner);

    internal static FNeuronActivation Activation(NeuronActivation activation) => activation switch
    {
        NeuronActivation.Linear => FNeuronActivation.Linear,
        NeuronActivation.Sigmoid => FNeuronActivation.Sigmoid,
        NeuronActivation.Tanh => FNeuronActivation.Tanh,
        NeuronActivation.Softmax => FNeuronActivation.Softmax,
        _ => throw Errors.Argument("Neuron", "activation", activation, "is no activation."),
    };

    internal static FNeuronLoss Loss(NeuronLoss loss) => loss switch
    {
        NeuronLoss.SquaredError => FNeuronLoss.SquaredError,
        NeuronLoss.BinaryCrossentropy => FNeuronLoss.BinaryCrossentropy,
        NeuronLoss.CategoricalCrossentropy => FNeuronLoss.CategoricalCrossentropy,
        _ => throw Errors.Argument("Neuron", "loss", loss, "is no loss."),
    };
}

/// <summary>A neuron's line while it learned: where weights · x + bias = 0.</summary>
public sealed class LineHistory
{
    internal LineHistory(FLineHistory inner) => Inner = inner;

    internal FLineHistory Inner { get; }

    /// <summary>The weights at the start and at each later moment that was kept.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Weights => [.. Inner.Weights.Select(Array.AsReadOnly)];

    /// <summary>The bias at the same moments.</summary>
    public IReadOnlyList<double> Biases => Array.AsReadOnly(Inner.Biases);
}
