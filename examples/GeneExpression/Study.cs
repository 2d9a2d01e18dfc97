using Functional.CSharp;

namespace GeneExpression;

/// <summary>From a table of genes to two networks that are compared, as in a notebook; each step is printed and reported.</summary>
internal sealed class Study(string title, Dataset table, Report report)
{
    private static readonly string[] Header = ["class", "precision", "sensitivity", "specificity", "F1", "samples"];

    public Report Report { get; private set; } = report;

    public double Accuracy { get; private set; }

    public Study Run(double keptFrom, int epochs, int batchSize)
    {
        Console.WriteLine($"{title}: {table}");
        Dataset genes = Varying(keptFrom);
        (Dataset train, Dataset test) = Split.TrainTest(genes.Count, testShare: 0.33, trainShare: 0.66, seed: 42).Of(genes);
        (train, test) = Scaled(train, test);
        Console.WriteLine($"{train.Count} samples to learn from, {test.Count} to be tested on");

        TrainingRun first = Fit(Classifier(train, 100), train, epochs, batchSize);
        TrainingRun second = Fit(Classifier(train, 100, 10), train, epochs, batchSize);
        Evaluation one = first.Model.Evaluate(test), two = second.Model.Evaluate(test);
        McNemar comparison = McNemar.Test(one, two);
        Accuracy = one["accuracy"];
        Console.WriteLine(first.Model.Summary());
        string[][] scores = [.. one.ConfusionMatrix().PerClass.Select(Row)];
        foreach (string[] row in scores.Prepend(Header))
        {
            Console.WriteLine(string.Concat(row.Select(cell => $"{cell,13}")));
        }

        Console.WriteLine($"test accuracy {one["accuracy"]:f4} with a hidden layer of 100, {two["accuracy"]:f4} with 100 and 10");
        Console.WriteLine($"McNemar's test: {comparison}\n");

        Report = Report
            .AddSection(title)
            .AddText($"{table.Count} samples of {table.FeatureNames.Count:n0} genes, of which the {genes.FeatureNames.Count:n0} that "
                + $"vary most are kept; {train.Count} samples to learn from, {test.Count} to be tested on.")
            .AddPreformatted(first.Model.Summary())
            .AddChart(Chart.Histories(("100", first.History), ("100, 10", second.History)), "Two networks learn")
            .AddTable(Header, scores)
            .AddChart(Chart.ConfusionMatrix(one.ConfusionMatrix()), "The network with a hidden layer of 100, on the test samples")
            .AddText($"McNemar's test of both networks: {comparison}");
        return this;
    }

    /// <summary>What comes of a network whose last layer has another size than there are classes.</summary>
    public static string ErrorOf(int outputs, Dataset table)
    {
        try
        {
            Fit(Network.Input(table.SampleShape).Dense(outputs, Activation.Softmax).Build(seed: 1), table, epochs: 1, batchSize: 32);
            return "";
        }
        catch (Functional.FunctionalException error)
        {
            return error.Message;
        }
    }

    /// <summary>The genes whose variance reaches a quantile of all variances.</summary>
    private Dataset Varying(double quantile)
    {
        double[] variances = table.Features.Var(ddof: 1, [0]).ToDoubles();
        double limit = Statistics.Quantile(variances, quantile);
        int[] kept = [.. Enumerable.Range(0, variances.Length).Where(i => variances[i] >= limit)];

        string Shown(Range range) => string.Join(", ", table.FeatureNames.Zip(variances).Take(range).Select(v => $"{v.First} {v.Second:f3}"));
        Console.WriteLine($"variances: {Shown(..5)}, ..., {Shown(^5..)}");
        Console.WriteLine($"quantile {quantile}: {limit:f4}, which {kept.Length} genes reach");
        return table
            .MapFeatures(x => x.Gather(1, kept))
            .WithFeatureNames([.. kept.Select(i => table.FeatureNames[i])]);
    }

    /// <summary>Each gene from 0 to 1, by what the training samples alone say of it.</summary>
    private static (Dataset Train, Dataset Test) Scaled(Dataset train, Dataset test)
    {
        Tensor least = train.Features.Min(0), range = Tensor.Maximum(train.Features.Max(0) - least, 1e-6);
        return (train.MapFeatures(x => (x - least) / range), test.MapFeatures(x => (x - least) / range));
    }

    private static Model Classifier(Dataset train, params int[] hidden)
    {
        Network network = Network.Input(train.SampleShape).Dense(hidden[0], Activation.Relu).Dropout(0.3);
        foreach (int units in hidden[1..])
        {
            network = network.Dense(units, Activation.Relu);
        }

        return network.Dense(train.ClassCount, Activation.Softmax).Build(seed: 1);
    }

    private static TrainingRun Fit(Model model, Dataset train, int epochs, int batchSize) => model.Fit(train, new FitOptions
    {
        Optimizer = Optimizer.Adam(),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = epochs,
        BatchSize = batchSize,
        ValidationSplit = 0.2,
    });

    private static string[] Row(OneVsRestScores s) =>
        [s.ClassName, $"{s.Precision:f3}", $"{s.Sensitivity:f3}", $"{s.Specificity:f3}", $"{s.F1:f3}", $"{s.Support}"];
}
