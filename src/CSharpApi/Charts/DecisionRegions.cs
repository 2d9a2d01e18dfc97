using FDecisionRecorder = Functional.DecisionRecorder;
using FDecisionRegions = Functional.DecisionRegions;

namespace Functional.CSharp;

/// <summary>The answers of a classifier on a grid.</summary>
public sealed class DecisionRegions
{
    internal DecisionRegions(FDecisionRegions inner) => Inner = inner;

    internal FDecisionRegions Inner { get; }

    /// <summary>
    /// The regions of a classifier: from points [m, 2] to class numbers (Int32 [m]), to a probability of class 1 ([m] or
    /// [m, 1], above 0.5), or to a number for each class ([m, k], the largest). Numbers outside 0 to 1, such as logits, give
    /// classes without confidence.
    /// </summary>
    /// <exception cref="FunctionalException">The result has another shape.</exception>
    public static DecisionRegions Of(Func<Tensor, Tensor> classify, PlaneGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return new(DecisionRegionsModule.ofClassifier(Interop.Function(classify), grid.Inner));
    }

    /// <summary>The regions of a model of two features and one output of classes.</summary>
    /// <exception cref="FunctionalException">The model takes other samples.</exception>
    public static DecisionRegions Of(Model model, PlaneGrid grid)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(grid);
        return new(DecisionRegionsModule.ofModel(model.Inner, grid.Inner));
    }

    /// <summary>The grid.</summary>
    public PlaneGrid Grid => new(Inner.Grid);

    /// <summary>The class of each point, [row, column].</summary>
    public int[,] Classes => (int[,])Inner.Classes.Clone();

    /// <summary>The probability of that class, [row, column], where the classifier gives probabilities.</summary>
    public double[,]? Confidence => (double[,]?)Inner.Confidence?.Value.Clone();
}

/// <summary>
/// Keeps the decision regions of a model while it trains, for
/// <see cref="Chart.DecisionAnimation(DecisionRecorder, Tensor, Tensor, IEnumerable{string}?)"/>: put its
/// <see cref="Callback"/> among those of the training. One recorder serves one run at a time; the next run begins anew.
/// </summary>
public sealed class DecisionRecorder
{
    private readonly FDecisionRecorder inner;

    /// <summary>A recorder of a grid before the first epoch, after every so many epochs, and after the last.</summary>
    /// <exception cref="FunctionalException">The number of epochs is below 1.</exception>
    public DecisionRecorder(PlaneGrid grid, int every = 1)
    {
        ArgumentNullException.ThrowIfNull(grid);
        inner = new(grid.Inner, every);
    }

    /// <summary>The callback that keeps the regions.</summary>
    public Callback Callback => new(inner.Callback);

    /// <summary>The regions kept so far, each under the number of epochs done.</summary>
    public IReadOnlyList<(string Name, DecisionRegions Regions)> Frames =>
        [.. inner.Frames.Select(frame => (frame.Item1, new DecisionRegions(frame.Item2)))];
}

/// <summary>The line WeightX x + WeightY y + Bias = 0 of a linear classifier in the plane.</summary>
/// <param name="WeightX">The weight of x.</param>
/// <param name="WeightY">The weight of y.</param>
/// <param name="Bias">The bias.</param>
public sealed record DecisionLine(double WeightX, double WeightY, double Bias)
{
    internal Functional.DecisionLine Inner => new(WeightX, WeightY, Bias);

    /// <summary>
    /// The lines of a perceptron or neuron of two features while it learned, numbered from 0, the start.
    /// </summary>
    /// <exception cref="FunctionalException">There are not two features.</exception>
    public static IReadOnlyList<(string Name, DecisionLine Line)> OfHistory(LineHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return [.. DecisionLineModule.ofHistory(history.Inner).Select(line =>
            (line.Item1, new DecisionLine(line.Item2.WeightX, line.Item2.WeightY, line.Item2.Bias)))];
    }

    /// <summary>The part of the line inside the box of a grid, as its two ends; none where it passes outside.</summary>
    public ((double X, double Y) First, (double X, double Y) Last)? Segment(PlaneGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return DecisionLineModule.segment(grid.Inner, Inner) is { } ends
            ? ((ends.Value.Item1.Item1, ends.Value.Item1.Item2), (ends.Value.Item2.Item1, ends.Value.Item2.Item2))
            : null;
    }
}
