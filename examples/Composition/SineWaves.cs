using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>
/// Meta-learning (Finn et al., 2017): parameters from which one step of descent on ten points of a new sine wave is enough. The
/// gradient goes through that inner step.
/// </summary>
internal static class SineWaves
{
    private const int Shots = 10;
    private const double InnerRate = 0.01;

    private static readonly Model Network = Functional.CSharp.Network.Input(1)
        .Dense(40, Activation.Relu)
        .Dense(40, Activation.Relu)
        .Dense(1)
        .Build(seed: 1);

    public static int Run(ExampleOptions options)
    {
        int steps = options.Quick ? 60 : options.EpochsOr(6000);
        Step step = Step.Create(Optimizer.Adam(), (variables, _, batch) => MetaLoss(variables, batch.Features));
        TrainingLoop loop = new([step], ModelVariables.Of(Network), seed: 2);
        for (int i = 1; i <= steps; i++)
        {
            double loss = loop.Run(step, new Batch(Waves(25, Key.Of(i))));
            if (i % 1000 == 0)
            {
                Console.WriteLine($"step {i,5}  loss after the inner step {loss:f3}");
            }
        }

        ModelVariables learned = loop.Variables;
        Tensor unseen = Waves(200, Key.Of(0));
        double before = Derivative.Vmap(points => Error(learned, points[Shots..]))(unseen).Mean().ToDouble();
        double after = MetaLoss(learned, unseen).ToDouble();
        Console.WriteLine($"mean squared error on new waves: {before:f3} before a step, {after:f3} after one");

        double[] xs = [.. Enumerable.Range(0, 101).Select(i => -5 + i / 10.0)];
        Tensor column = Tensor.From([.. xs.Select(x => (float)x)]).Reshape(101, 1), points = unseen[0][..Shots];
        double[] Line(ModelVariables variables) => Network.Forward(variables, column).ToDoubles();
        ModelVariables five = Enumerable.Range(0, 5).Aggregate(learned, (variables, _) => Adapted(variables, points));
        Figure chart = Chart.Lines(
            xs, ("before", Line(learned)), ("after 1 step", Line(Adapted(learned, points))), ("after 5 steps", Line(five)))
            .WithTraces(new XPlot.Plotly.Scatter
            {
                x = points[.., 0].ToDoubles(),
                y = points[.., 1].ToDoubles(),
                mode = "markers",
                name = "the ten points",
            });
        options.Show(new Report("Sine waves from ten points")
            .AddText($"Mean squared error on 200 new waves: {before:f3} before the inner step, {after:f3} after it.")
            .AddChart(chart));
        return options.JudgeBelow("error after one step, as a share of that before", after / before, 0.4);
    }

    private static Tensor Error(ModelVariables variables, Tensor points) =>
        Tensor.Square(Network.Forward(variables, points[.., ..1]) - points[.., 1..]).Mean();

    // The parameters after one step of descent on points [n, 2].
    private static ModelVariables Adapted(ModelVariables variables, Tensor points) =>
        variables.Zip(Derivative.Gradient(at => Error(at, points), variables), (w, g) => w - InnerRate * g);

    // The error on the second half of each wave's points after a step on the first half: all waves at once.
    private static Tensor MetaLoss(ModelVariables variables, Tensor waves) =>
        Derivative.Vmap(points => Error(Adapted(variables, points[..Shots]), points[Shots..]))(waves).Mean();

    // Waves of amplitudes from 0.1 to 5 and phases from 0 to π: points [waves, 2 shots, 2], of which the first half is to learn
    // from.
    private static Tensor Waves(int count, Key key)
    {
        Tensor amplitude = 0.1 + 4.9 * Tensor.RandomUniform(key.Fold(0), [count, 1, 1]);
        Tensor phase = Math.PI * Tensor.RandomUniform(key.Fold(1), [count, 1, 1]);
        Tensor x = 10 * Tensor.RandomUniform(key.Fold(2), [count, 2 * Shots, 1]) - 5;
        return Tensor.Concat(2, x, amplitude * Tensor.Sin(x - phase));
    }
}
