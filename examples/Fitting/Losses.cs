using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>
/// A sigmoid neuron is to give 0 for 1 (Nielsen, Neural Networks and Deep Learning, chapter 3). The further it begins from
/// there, the less the squared error moves it: its derivative holds that of the sigmoid.
/// </summary>
internal static class Losses
{
    private const double Rate = 0.15;

    public static int Run(ExampleOptions options)
    {
        int steps = options.EpochsOr(300);
        Func<Tensor, Tensor> squared = at => Tensor.Square(Tensor.Sigmoid(at.Sum())) / 2;
        Func<Tensor, Tensor> crossEntropy = at => Tensor.Softplus(at.Sum());
        (double W, double B)[] starts = [(0.6, 0.9), (2, 2), (4, 2)];
        Report report = new("Squared error against cross-entropy");
        List<string[]> rows = [];
        bool faster = true;
        foreach (var start in starts)
        {
            double[] bySquares = Outputs(squared, start, steps), byEntropy = Outputs(crossEntropy, start, steps);
            double[] numbers = [.. Enumerable.Range(0, bySquares.Length).Select(i => (double)i)];
            report = report.AddChart(Chart
                .Lines(numbers, ("squared error", bySquares), ("cross-entropy", byEntropy))
                .WithTitle($"w = {start.W}, b = {start.B}").WithXTitle("step").WithYTitle("output, to be 0"));
            rows.Add([$"({start.W}, {start.B})", $"{bySquares[0]:f4}", $"{bySquares[^1]:f4}", $"{byEntropy[^1]:f4}"]);
            Console.WriteLine($"from w = {start.W}, b = {start.B}: output {bySquares[0]:f4} becomes {bySquares[^1]:f4} by squared error, {byEntropy[^1]:f4} by cross-entropy");
            faster &= byEntropy[^1] < bySquares[^1];
        }

        options.Show(report
            .AddTable(["start", "output", "after squared error", "after cross-entropy"], rows)
            .AddChart(Chart.CostContour(CostSurface
                .Of(squared, PlaneGrid.Over((-4, 5), (-4, 4)))
                .WithPath(CostSurface.Descend(squared, starts[2], Optimizer.Sgd(Rate), steps))), "The squared error: a plateau at the start (4, 2)"));
        return faster ? 0 : 1;
    }

    // What the neuron says of 1 at each step of the descent.
    private static double[] Outputs(Func<Tensor, Tensor> cost, (double, double) start, int steps) =>
        [.. CostSurface.Descend(cost, start, Optimizer.Sgd(Rate), steps).Select(at => 1 / (1 + Math.Exp(-at.Item1 - at.Item2)))];
}
