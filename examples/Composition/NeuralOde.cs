using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>
/// A neural differential equation (Chen et al., 2018): y' is a network of y, found from points of a path. The gradient goes
/// through the steps that the integrator chose.
/// </summary>
internal static class NeuralOde
{
    private const double Tolerance = 1e-4;
    private const double Pause = 0.25;

    private static readonly Model Network = Functional.CSharp.Network.Input(2).Dense(50, Activation.Tanh).Dense(2).Build(seed: 1);

    public static int Run(ExampleOptions options)
    {
        int steps = options.Quick ? 15 : options.EpochsOr(1500), count = 60;
        Tensor points = Path(Truth, count), starts = points[..count], ends = points[1..];
        ModelVariables found = ModelVariables.Of(Network), mean = found.Zip(found, (w, _) => Tensor.ZerosLike(w)), square = mean;
        List<double> losses = [];
        for (int i = 1; i <= steps; i++)
        {
            List<double> chosen = DormandPrince.ChooseSteps(Tolerance, y => Slope(found, y), starts, Pause);
            (Tensor loss, ModelVariables gradient) = Derivative.ValueAndGradient(
                at => Tensor.Square(DormandPrince.Follow(y => Slope(at, y), starts, chosen) - ends).Mean(), found);

            // Adam, along half a wave of the cosine
            double rate = 0.005 * (1 + Math.Cos(Math.PI * (i - 1) / steps));
            mean = mean.Zip(gradient, (m, g) => 0.9 * m + 0.1 * g);
            square = square.Zip(gradient, (v, g) => 0.999 * v + 0.001 * g * g);
            double first = 1 - Math.Pow(0.9, i), second = 1 - Math.Pow(0.999, i);
            ModelVariables move = mean.Zip(square, (m, v) => m / first / (Tensor.Sqrt(v / second) + 1e-7));
            found = found.Zip(move, (w, d) => w - rate * d);
            losses.Add(loss.ToDouble());
            if (i % 300 == 0)
            {
                Console.WriteLine($"step {i,4}  loss {losses[^1]:e2}, {chosen.Count} steps of the integrator");
            }
        }

        // the whole path from its first point alone
        Tensor walked = Path(y => Slope(found, y), count);
        double error = Tensor.Abs(walked - points).Mean().ToDouble();
        options.Show(new Report("A differential equation found from points")
            .AddChart(
                Chart.OfTraces(Trace("the path", points), Trace("the network's", walked)).WithSize(600, 600), "Both begin at (2, 0)")
            .AddChart(Chart.Line(Enumerable.Range(1, steps).Select(i => (double)i), losses)
                .WithLogY().WithXTitle("step").WithYTitle("loss")));
        return options.JudgeBelow("mean distance from the path", error, 0.1);
    }

    // The path that is to be found: y' = y³ A, a spiral.
    private static Tensor Truth(Tensor y) =>
        Tensor.MatMul(y * y * y, Tensor.From([[-0.1f, 2f], [-2f, -0.1f]]));

    // What the network says of the cubes of y.
    private static Tensor Slope(ModelVariables variables, Tensor y) => Network.Forward(variables, y * y * y);

    // Points [times, 2] along the path of an equation from (2, 0), a quarter of a second after one another.
    private static Tensor Path(Func<Tensor, Tensor> f, int count)
    {
        List<Tensor> points = [Tensor.From([[2f, 0f]])];
        for (int i = 0; i < count; i++)
        {
            List<double> steps = DormandPrince.ChooseSteps(Tolerance, f, points[^1], Pause);
            points.Add(DormandPrince.Follow(f, points[^1], steps));
        }

        return Tensor.Concat(0, points);
    }

    private static XPlot.Plotly.Scatter Trace(string name, Tensor points) =>
        new() { x = points[.., 0].ToDoubles(), y = points[.., 1].ToDoubles(), mode = "lines+markers", name = name };
}
