using Functional.CSharp;

namespace Composition;

/// <summary>
/// The solution of y' = f y by an integrator that chooses its steps: the pair of orders 5 and 4 of Dormand and Prince (1980).
/// </summary>
internal static class DormandPrince
{
    // The weights of the stages before each stage; the last row is the solution of order 5.
    private static readonly double[][] Stages =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    // What the solution of order 4 differs by from that of order 5.
    private static readonly double[] ErrorWeights =
        [71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40];

    /// <summary>
    /// The steps over a time, so that the error of each stays below a tolerance, relative to 1 + |y|. They are plain numbers:
    /// nothing is differentiated here.
    /// </summary>
    public static List<double> ChooseSteps(double tolerance, Func<Tensor, Tensor> f, Tensor y, double time)
    {
        List<double> steps = [];
        double left = time, h = time / 4;
        while (left > 1e-12)
        {
            h = Math.Min(h, left);
            (Tensor next, List<Tensor> slopes) = Step(f, y, h);
            Tensor relative = Tensor.Abs(h * Weighted(ErrorWeights, slopes) / (1 + Tensor.Abs(next)));
            double error = Math.Max(1e-12, Tensor.Max(relative).ToDouble() / tolerance);
            if (error <= 1)
            {
                steps.Add(h);
                (y, left) = (next, left - h);
            }

            h *= Math.Min(5, Math.Max(0.2, 0.9 * Math.Pow(error, -0.2)));
        }

        return steps;
    }

    /// <summary>The solution after given steps: a function like any other, to be differentiated.</summary>
    public static Tensor Follow(Func<Tensor, Tensor> f, Tensor y, IEnumerable<double> steps) =>
        steps.Aggregate(y, (y, h) => Step(f, y, h).Next);

    private static Tensor Weighted(double[] weights, List<Tensor> slopes) =>
        weights.Zip(slopes).Where(pair => pair.First != 0).Select(pair => pair.First * pair.Second).Aggregate((a, b) => a + b);

    // The solution after a step h, and the slopes on the way.
    private static (Tensor Next, List<Tensor> Slopes) Step(Func<Tensor, Tensor> f, Tensor y, double h)
    {
        List<Tensor> slopes = [];
        Tensor at = y;
        foreach (double[] weights in Stages)
        {
            at = weights.Length == 0 ? y : y + h * Weighted(weights, slopes);
            slopes.Add(f(at));
        }

        return (at, slopes);
    }
}
