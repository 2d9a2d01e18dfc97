using FPiecewise = Functional.PiecewiseActivationLayers;

namespace Functional.CSharp;

/// <summary>Activations made of pieces or parts: shrinking, hard, sparse and gated ones.</summary>
public sealed partial class Activation
{
    /// <summary>The first half of the last axis times the sigmoid of the second half.</summary>
    public static Activation Glu { get; } = new(FPiecewise.glu);

    /// <summary>x between -1 and 1.</summary>
    public static Activation HardTanh { get; } = new(FPiecewise.hardTanh);

    /// <summary>x - tanh x.</summary>
    public static Activation TanhShrink { get; } = new(FPiecewise.tanhShrink);

    /// <summary>The logarithm of the sigmoid.</summary>
    public static Activation LogSigmoid { get; } = new(FPiecewise.logSigmoid);

    /// <summary>0 up to -1, (x + 1)² / 4 between -1 and 1, and x above.</summary>
    public static Activation SparsePlus { get; } = new(FPiecewise.sparsePlus);

    /// <summary>0 up to -1, (x + 1) / 2 between -1 and 1, and 1 above.</summary>
    public static Activation SparseSigmoid { get; } = new(FPiecewise.sparseSigmoid);

    /// <summary>The point of the probability simplex next to the last axis: probabilities, many of them zero.</summary>
    public static Activation Sparsemax { get; } = new(FPiecewise.sparsemax);

    /// <summary>
    /// x above the threshold and at most the largest value; below, the slope times (x - threshold). Defaults: no limit, 0, 0.
    /// </summary>
    /// <exception cref="FunctionalException">A number is negative.</exception>
    public static Activation ReluOf(double? maxValue = null, double negativeSlope = 0.0, double threshold = 0.0) =>
        new(FPiecewise.reluWith(new ReluOptions(Interop.Option(maxValue), negativeSlope, threshold)));

    /// <summary>x, and below 0 alpha (exp (x / alpha) - 1). Default alpha 1.</summary>
    public static Activation Celu(double alpha = 1.0) => new(FPiecewise.celuOf(alpha));

    /// <summary>x where |x| is above the threshold, else 0. Default 0.5.</summary>
    public static Activation HardShrink(double threshold = 0.5) => new(FPiecewise.hardShrinkOf(threshold));

    /// <summary>x brought nearer to 0 by the threshold, and 0 where |x| is not above it. Default 0.5.</summary>
    public static Activation SoftShrink(double threshold = 0.5) => new(FPiecewise.softShrinkOf(threshold));

    /// <summary>(x + sqrt (x² + b)) / 2. Default b 4.</summary>
    public static Activation Squareplus(double b = 4.0) => new(FPiecewise.squareplusOf(b));

    /// <summary>x where it is above the threshold, else the value.</summary>
    public static Activation Threshold(double threshold, double value) => new(FPiecewise.thresholdOf(threshold, value));

    /// <summary>The softmax over several axes together, counted with the batch axis as 0.</summary>
    public static Activation SoftmaxOver(int axis, int second, params int[] others) =>
        new(FPiecewise.softmaxOverAxes(Interop.List((int[])[axis, second, .. others])));
}
