using Deedle;
using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>
/// 208 echoes of mines and rocks, 60 numbers each. They are few, so each is judged by a network that was trained on four fifths of
/// the others.
/// </summary>
internal static class Sonar
{
    public static int Run(ExampleOptions options)
    {
        Frame<int, string> echoes = Csv.Read(
            DataFolder.Find(options.Data, "sonar", "sonar.csv"), new CsvOptions { HasHeader = false });
        Dataset named = echoes.ToDataset(echoes.ColumnKeys.Last()), all = named.MapLabels(y => y.Reshape(-1, 1));
        int[] kinds = named.Labels.ToInts();

        Network network = Network.Input(60)
            .Dense(60, Activation.Relu).Dropout(0.3)
            .Dense(30, Activation.Relu).Dropout(0.3)
            .Dense(1, Activation.Sigmoid);
        FitOptions fit = new()
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.BinaryCrossentropy,
            Metrics = [Metric.BinaryAccuracy],
            Epochs = options.EpochsOr(60),
            BatchSize = 8,
        };
        Console.WriteLine(network.Build(seed: 1).Summary());

        // Numbers are scaled by what the training part of each fold alone says of them.
        Estimator estimator = Estimator.Of(network, fit).After(train =>
        {
            Tensor mean = train.Features.Mean(0), deviation = train.Features.Std(0);
            return x => (x - mean) / deviation;
        });
        Tensor probabilities = CrossValidation.Predictions(estimator, all, Folds.Stratified(5, kinds, seed: 2));

        Console.WriteLine(ClassificationReport.Of(named.Labels, probabilities, [.. named.ClassNames]));
        RocCurve curve = RocCurve.Of(named.Labels, probabilities);
        OperatingPoint point = OperatingPoint.ByYouden(named.Labels, probabilities);
        options.Show(new Report("Mines and rocks")
            .AddDataset(named)
            .AddChart(
                Chart.Roc([("network", curve)], [("network", point)]),
                $"Positive is '{named.ClassNames[1]}'; the point has the largest sensitivity + specificity")
            .AddChart(Chart.ConfusionMatrix(ConfusionMatrix.Of(named.Labels, probabilities, [.. named.ClassNames]))));
        return options.Judge("area under the ROC curve", curve.Area, 0.9);
    }
}
