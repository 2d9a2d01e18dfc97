using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>A layer of one's own in ten lines: bumps around centres that are learned.</summary>
internal static class OwnLayer
{
    public static int Run(ExampleOptions options)
    {
        Dataset train = Rings(600, Key.Of(1)), test = Rings(400, Key.Of(2));
        TrainingRun run = Radial(Network.Input(2), 12).Dense(2, Activation.Softmax).Build(seed: 3).Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(0.02),
            Loss = Loss.SparseCategoricalCrossentropy,
            Metrics = [Metric.Accuracy],
            Epochs = options.EpochsOr(60),
        });
        Console.WriteLine(run.Model.Summary());

        DecisionRegions regions = DecisionRegions.Of(run.Model, PlaneGrid.Around(test.Features, 100, 0.2));
        options.Show(new Report("A layer of one's own")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddSection("The plane")
            .AddChart(Chart.DecisionBoundary(regions, test.Features, test.Labels, ["inner", "outer"])));
        return options.JudgeBelow("share of points on the wrong ring", 1 - run.Model.Evaluate(test)["accuracy"], 0.02);
    }

    // exp(-|x - centre|² / width²) for each unit: a radial basis.
    private static Network Radial(Network network, int units) => network.Custom(
        "radial",
        (key, shape) => [("centres", Tensor.RandomNormal(key, [units, shape[0]]) * 2), ("widths", Tensor.Ones(units))],
        (p, x) => Tensor.Exp(-Tensor.Square(x.ExpandDims(1) - p["centres"]).Sum(-1) / Tensor.Square(p["widths"])));

    // Points on two rings around each other, and on which of them they lie.
    private static Dataset Rings(int count, Key key)
    {
        Tensor angle = Tensor.RandomUniform(key.Fold(0), [count, 1]) * (2 * Math.PI);
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2)];
        Tensor ring = Tensor.From(labels, count, 1).Cast(DType.Float32);
        Tensor radius = 1 + 1.5 * ring + 0.2 * Tensor.RandomNormal(key.Fold(1), [count, 1]);
        return Dataset.Of(Tensor.Concat(1, radius * Tensor.Cos(angle), radius * Tensor.Sin(angle)), Tensor.From(labels, count));
    }
}
