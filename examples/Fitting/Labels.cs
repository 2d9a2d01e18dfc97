using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>Four things that are true or not of a digit, each with an output of its own.</summary>
internal static class Labels
{
    private static readonly string[] Names = ["even", "above four", "divisible by three", "with a loop"];

    public static int Run(ExampleOptions options)
    {
        Dataset digits = Datasets.Digits();
        float[][] labels = [.. digits.Labels.ToInts().Select(Of)];
        (Dataset train, Dataset test) = Dataset.Of(digits.Features, Tensor.From(labels)).Split(testShare: 0.25, seed: 4);

        TrainingRun run = Network.Input(64)
            .Dense(64, Activation.Relu).Dropout(0.2)
            .Dense(4, Activation.Sigmoid)
            .Build(seed: 1)
            .Fit(train, new FitOptions
            {
                Optimizer = Optimizer.Adam(0.003),
                Loss = Loss.BinaryCrossentropy,
                Metrics = [Metric.BinaryAccuracy, Metric.F1(Average.Macro, multiLabel: true)],
                Epochs = options.EpochsOr(40),
                BatchSize = 32,
            });

        Tensor said = (run.Model.Predict(test.Features) > 0.5).Cast(DType.Float32);
        Tensor right = Tensor.Equal(said, test.Labels);
        double[] each = right.Cast(DType.Float32).Mean(0).ToDoubles();
        double together = right.All(1).Cast(DType.Float32).Mean().ToDouble();
        for (int i = 0; i < Names.Length; i++)
        {
            Console.WriteLine($"{Names[i],-20} {each[i]:f4}");
        }

        Tensor shown = test.Features[..12].Reshape(12, 8, 8);
        string[] titles = [.. said[..12].ToRows().Select(row => string.Join("<br>", Names.Where((_, i) => row[i] > 0)))];
        options.Show(new Report("Several labels at a time")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddTable(["label", "accuracy"], Names.Zip(each, (name, value) => new[] { name, $"{value:f4}" }))
            .AddChart(Chart.Images(shown, new ImageGridOptions { Columns = 6, Titles = titles }), "What is said of digits"));
        Console.WriteLine($"F1, macro: {run.Model.Evaluate(test)["f1_score_macro"]:f4}");
        return options.Judge("digits with all four labels right", together, 0.93);
    }

    private static float[] Of(int digit) =>
        [digit % 2 == 0 ? 1 : 0, digit > 4 ? 1 : 0, digit % 3 == 0 ? 1 : 0, digit is 0 or 6 or 8 or 9 ? 1 : 0];
}
