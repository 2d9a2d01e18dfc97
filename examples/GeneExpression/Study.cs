using Deedle;
using Functional.CSharp;

namespace GeneExpression;

/// <summary>From a table of genes to two networks that are compared, as in a notebook; each step is printed and reported.</summary>
internal sealed class Study(string title, string label, Frame<string, string> table, Report report)
{
    private static readonly string[] Header = ["class", "precision", "sensitivity", "specificity", "F1", "samples"];

    public Report Report { get; private set; } = report;

    public double Accuracy { get; private set; }

    public int ClassCount { get; } = table.ClassNames(label).Count;

    public Study Run(double keptFrom, int epochs, int batchSize)
    {
        Console.WriteLine($"{title}: {table.RowCount} samples of {table.ColumnCount - 1} genes");
        (double[] variances, Frame<string, string> genes) = Varying(keptFrom);
        (Dataset train, Dataset test) = Parts(genes);
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
            .AddText($"{table.RowCount} samples of {table.ColumnCount - 1:n0} genes, of which the {genes.ColumnCount - 1:n0} that "
                + $"vary most are kept; {train.Count} samples to learn from, {test.Count} to be tested on.")
            .AddChart(
                Chart.Histogram(variances.Select(v => Math.Log10(v + 1e-6))).WithXTitle("decimal logarithm of the variance"),
                "How much the genes vary")
            .AddPreformatted(first.Model.Summary())
            .AddChart(Chart.Histories(("100", first.History), ("100, 10", second.History)), "Two networks learn")
            .AddTable(Header, scores)
            .AddChart(Chart.ConfusionMatrix(one.ConfusionMatrix()), "The network with a hidden layer of 100, on the test samples")
            .AddText($"McNemar's test of both networks: {comparison}");
        return this;
    }

    /// <summary>What comes of a network whose last layer has another size than there are classes.</summary>
    public string ErrorOf(int outputs)
    {
        (Dataset train, _) = Parts(Preparation.KeepColumns([.. table.ColumnKeys.Take(2)]).Fit(table, label).Apply(table));
        try
        {
            Fit(Network.Input(train.SampleShape).Dense(outputs, Activation.Softmax).Build(seed: 1), train, epochs: 1, batchSize: 32);
            return "";
        }
        catch (Functional.FunctionalException error)
        {
            return error.Message;
        }
    }

    /// <summary>The variances of all genes, and the table of those that reach a quantile of them.</summary>
    private (double[] Variances, Frame<string, string> Kept) Varying(double quantile)
    {
        string[] names = [.. table.ColumnKeys.Where(name => name != label)];
        double[] variances = [.. names.Select(name => Statistics.Variance(table.GetColumn<double>(name).Values))];
        Frame<string, string> kept = Selector.VarianceQuantile(quantile).Fit(table, label).Apply(table);

        string Shown(Range range) => string.Join(", ", names.Zip(variances).Take(range).Select(v => $"{v.First} {v.Second:f3}"));
        Console.WriteLine($"variances: {Shown(..5)}, ..., {Shown(^5..)}");
        Console.WriteLine($"quantile {quantile}: {Statistics.Quantile(variances, quantile):f4}, which {kept.ColumnCount - 1} genes reach");
        return (variances, kept);
    }

    /// <summary>
    /// Two thirds of the samples to learn from and a third to be tested on; each gene from 0 to 1, by what the first alone say of it;
    /// a column of 0 and 1 for each class.
    /// </summary>
    private (Dataset Train, Dataset Test) Parts(Frame<string, string> genes)
    {
        TrainTest split = Split.TrainTest(genes.RowCount, testShare: 0.33, trainShare: 0.66, seed: 42);
        Dataset scaled = Scaler.MinMax().Fit(split.Of(genes).Train, label).Apply(genes).ToDataset(label);
        return split.Of(scaled.MapLabels(classes => Tensor.OneHot(classes, ClassCount)));
    }

    private static Model Classifier(Dataset train, params int[] hidden)
    {
        Network network = Network.Input(train.SampleShape).Dense(hidden[0], Activation.Relu).Dropout(0.3);
        foreach (int units in hidden[1..])
        {
            network = network.Dense(units, Activation.Relu);
        }

        return network.Dense(train.ClassNames.Count, Activation.Softmax).Build(seed: 1);
    }

    private static TrainingRun Fit(Model model, Dataset train, int epochs, int batchSize) => model.Fit(train, new FitOptions
    {
        Optimizer = Optimizer.Adam(),
        Loss = Loss.CategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = epochs,
        BatchSize = batchSize,
        ValidationSplit = 0.2,
    });

    private static string[] Row(OneVsRestScores s) =>
        [s.ClassName, $"{s.Precision:f3}", $"{s.Sensitivity:f3}", $"{s.Specificity:f3}", $"{s.F1:f3}", $"{s.Support}"];
}
