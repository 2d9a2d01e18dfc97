using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>
/// A physics-informed network: the heat equation u_t = α u_xx, solved by making its residual small. The derivatives in the loss
/// are those of the network (Raissi et al., 2019). With u(x, 0) = sin πx and u = 0 at both ends the solution is
/// exp(-α π² t) sin πx.
/// </summary>
internal static class Heat
{
    private const double Alpha = 0.1;
    private const int Side = 51;

    private static readonly Model Network = Functional.CSharp.Network.Input(2)
        .Dense(24, Activation.Tanh)
        .Dense(24, Activation.Tanh)
        .Dense(1)
        .Build(seed: 1);

    public static int Run(ExampleOptions options)
    {
        int steps = options.Quick ? 40 : options.EpochsOr(4000);
        Step step = Step.Create(Optimizer.Adam(5e-3).WithSchedule(Schedule.Cosine(5e-3, steps)), Loss);
        TrainingLoop loop = new([step], ModelVariables.Of(Network), seed: 2);
        for (int i = 1; i <= steps; i++)
        {
            double loss = loop.Run(step, Points(Key.Of(i)));
            if (i % 500 == 0)
            {
                Console.WriteLine($"step {i,5}  loss {loss:e2}");
            }
        }

        double[] places = [.. Enumerable.Range(0, Side).Select(i => i / (Side - 1.0))];
        float[][] grid = [.. from t in places from x in places select new[] { (float)x, (float)t }];
        Tensor points = Tensor.From(grid), exact = Solution(points), found = Network.WithVariables(loop.Variables).Predict(points);
        double error = Tensor.Norm(found - exact).ToDouble() / Tensor.Norm(exact).ToDouble();

        double[] At(int time, Tensor values) => values[(time * Side)..((time + 1) * Side)].ToDoubles();
        Figure Map(Tensor values) => Chart.Images(values.Reshape(1, Side, Side));
        (string, double[])[] curves = [.. new[] { 0, 25, 50 }.SelectMany(time => new[]
        {
            ($"t = {places[time]}", At(time, found)), ($"t = {places[time]}, exact", At(time, exact)),
        })];
        options.Show(new Report("The heat equation")
            .AddChart(Chart.Lines(places, curves).WithXTitle("x").WithYTitle("u"))
            .AddChart(Map(found), "u over x (to the right) and t (downward)")
            .AddChart(Map(Tensor.Abs(found - exact)), "Its error"));
        return options.JudgeBelow("error of the solution, relative", error, 0.01);
    }

    private static Tensor Solution(Tensor points)
    {
        Tensor x = points[.., ..1], t = points[.., 1..];
        return Tensor.Exp(-Alpha * Math.PI * Math.PI * t) * Tensor.Sin(Math.PI * x);
    }

    // The derivative of a function of points [n, 2] along one of their coordinates, for all points at once.
    private static Tensor Along(int coordinate, Func<Tensor, Tensor> f, Tensor points)
    {
        Tensor direction = Tensor.OneHot(Tensor.Scalar(coordinate, DType.Int32), 2);
        return Derivative.Jvp(f, points, direction.BroadcastTo(points.Shape)).Tangent;
    }

    // What the network leaves of u_t - α u_xx at points inside, and how far it is from the solution at t = 0 and both ends.
    private static Tensor Loss(ModelVariables variables, StepRun run, Batch batch)
    {
        Tensor U(Tensor points) => Network.Forward(variables, run, points);
        Tensor inside = batch.Inputs[0], atEdges = batch.Inputs[1];
        Tensor residual = Along(1, U, inside) - Alpha * Along(0, x => Along(0, U, x), inside);
        return Tensor.Square(residual).Mean() + 5 * Tensor.Square(U(atEdges) - Solution(atEdges)).Mean();
    }

    private static Batch Points(Key key)
    {
        const int Count = 128;
        Tensor Column(double value) => Tensor.Full(value, Count, 1);
        Tensor x = Tensor.RandomUniform(key.Fold(1), [Count, 1]), t = Tensor.RandomUniform(key.Fold(2), [Count, 1]);
        Tensor edges = Tensor.Concat(
            0,
            Tensor.Concat(1, x, Column(0)),
            Tensor.Concat(1, Column(0), t),
            Tensor.Concat(1, Column(1), t));
        return new Batch([Tensor.RandomUniform(key.Fold(0), [512, 2]), edges], []);
    }
}
