using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>Whether two images show the same digit, by two towers of the same weights.</summary>
internal static class Siamese
{
    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Datasets.Digits().Split(testShare: 0.25, stratified: true, seed: 4);
        Network left = Input.Of(64).Named("left"), right = Input.Of(64).Named("right");
        Network tower = Network.Shared(n => n.Dense(64, Activation.Relu).Dropout(0.2).Dense(32, Activation.Relu));
        Network apart = left.Append(tower).Then(right.Append(tower), (a, b) => Tensor.Abs(a - b));
        Model model = Network.Model([left, right], [apart.Dense(1, Activation.Sigmoid)]).Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(Pairs(train, 12000, 1), new FitOptions
        {
            Optimizer = Optimizer.Adam(2e-3),
            Loss = Loss.BinaryCrossentropy,
            Metrics = [Metric.BinaryAccuracy],
            Epochs = options.EpochsOr(20),
            BatchSize = 64,
        });

        Dataset unseen = Pairs(test, 2000, 2);
        Tensor[] shown = [.. unseen.Inputs.Select(x => x[..12])];
        double[] same = run.Model.PredictAll(shown)[0].ToDoubles();
        Tensor images = Tensor.Concat(2, shown.Select(x => x.Reshape(12, 8, 8)));
        options.Show(new Report("The same digit or not")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddSection("Pairs that were not learned")
            .AddChart(
                Chart.Images(images, new ImageGridOptions { Columns = 4, Titles = [.. same.Select(p => $"the same: {p:f2}")] })));
        return options.JudgeBelow("share of pairs judged wrongly", 1 - run.Model.Evaluate(unseen)["binary_accuracy"], 0.05);
    }

    // Pairs of images, half of which show the same digit.
    private static Dataset Pairs(Dataset digits, int count, int seed)
    {
        Random random = new(seed);
        int[] labels = digits.Labels.ToInts();
        ILookup<int, int> places = Enumerable.Range(0, labels.Length).ToLookup(i => labels[i]);
        int[] left = [.. Enumerable.Range(0, count).Select(_ => random.Next(labels.Length))];
        int[] right = [.. left.Select((place, i) =>
        {
            int[] others = [.. places[labels[place]]];
            return i % 2 == 0 ? others[random.Next(others.Length)] : random.Next(labels.Length);
        })];
        float[] same = [.. left.Zip(right, (a, b) => labels[a] == labels[b] ? 1f : 0f)];
        return Dataset.Of(
            [digits.Features.Gather(0, left), digits.Features.Gather(0, right)], [Tensor.From(same, count, 1)]);
    }
}
