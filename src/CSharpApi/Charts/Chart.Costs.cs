using FCharts = Functional.CostCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// The contours of a cost over two weights, with arrows down its gradients and the path of a descent. Costs that span
    /// several powers of ten are drawn by their logarithm.
    /// </summary>
    /// <exception cref="FunctionalException">No cost is finite.</exception>
    public static Figure CostContour(CostSurface surface)
    {
        ArgumentNullException.ThrowIfNull(surface);
        return new(FCharts.costContour(surface.Inner));
    }

    /// <summary>
    /// The surface of a cost over two weights, with arrows down its gradients and the path of a descent upon it. Costs that
    /// span several powers of ten are drawn by their logarithm.
    /// </summary>
    /// <exception cref="FunctionalException">No cost is finite.</exception>
    public static Figure CostSurface(CostSurface surface)
    {
        ArgumentNullException.ThrowIfNull(surface);
        return new(FCharts.costSurface(surface.Inner));
    }
}
