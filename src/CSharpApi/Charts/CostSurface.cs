using FCostSurface = Functional.CostSurface;

namespace Functional.CSharp;

/// <summary>A cost over two weights, with its gradients and a path of descent.</summary>
public sealed class CostSurface
{
    private CostSurface(FCostSurface inner) => Inner = inner;

    internal FCostSurface Inner { get; }

    /// <summary>
    /// The surface of a cost of two weights, Float64 [2], over a grid, with gradients at <paramref name="arrows"/> by
    /// <paramref name="arrows"/> points; 0 leaves them out. The cost must be made of operations on tensors.
    /// </summary>
    /// <exception cref="FunctionalException">The cost is not one number.</exception>
    public static CostSurface Of(Func<Tensor, Tensor> cost, PlaneGrid grid, int arrows = 10)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return new(CostSurfaceModule.ofFunction(arrows, Interop.Function(cost), grid.Inner));
    }

    /// <summary>
    /// The points (x, y, cost) that an optimizer passes from a start on; by default gradient descent with a rate of 0.1.
    /// </summary>
    /// <exception cref="FunctionalException">The cost is not one number, or the number of steps is negative.</exception>
    public static IReadOnlyList<(double X, double Y, double Cost)> Descend(
        Func<Tensor, Tensor> cost, (double X, double Y) start, Optimizer? optimizer = null, int steps = 50)
    {
        var options = new DescentOptions((optimizer ?? Optimizer.Sgd(learningRate: 0.1)).Inner, steps);
        return Points(CostSurfaceModule.descend(options, Interop.Function(cost), start.X, start.Y));
    }

    /// <summary>
    /// The cost of a model as a function of two of its weights, each given by its path and its place in row-major order
    /// ("dense/kernel", 0): the mean loss of the samples, in inference mode, without regularizers.
    /// </summary>
    /// <exception cref="FunctionalException">There is no such weight.</exception>
    public static Func<Tensor, Tensor> OfModel(
        Model model, Loss loss, Tensor features, Tensor labels, (string Path, int Place) first, (string Path, int Place) second)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        var cost = CostSurfaceModule.ofModel(
            loss.Inner,
            Interop.Inner(features),
            Interop.Inner(labels),
            first.Path,
            first.Place,
            second.Path,
            second.Place,
            model.Inner);
        return weights => new(cost.Invoke(Interop.Inner(weights)));
    }

    /// <summary>The surface with a path of descent.</summary>
    public CostSurface WithPath(IEnumerable<(double X, double Y, double Cost)> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(CostSurfaceModule.withPath(path.Select(p => Tuple.Create(p.X, p.Y, p.Cost)), Inner));
    }

    /// <summary>The weights of rows and columns.</summary>
    public PlaneGrid Grid => new(Inner.Grid);

    /// <summary>The cost of each pair of weights, [row, column].</summary>
    public double[,] Costs => (double[,])Inner.Costs.Clone();

    /// <summary>Points of a coarser grid with the gradient there.</summary>
    public IReadOnlyList<(double X, double Y, double SlopeX, double SlopeY)> Gradients =>
        [.. Inner.Gradients.Select(g => (g.Item1, g.Item2, g.Item3, g.Item4))];

    /// <summary>The points of a descent in order; empty without one.</summary>
    public IReadOnlyList<(double X, double Y, double Cost)> Path => Points(Inner.Path);

    private static IReadOnlyList<(double X, double Y, double Cost)> Points(Tuple<double, double, double>[] points) =>
        [.. points.Select(p => (p.Item1, p.Item2, p.Item3))];
}
