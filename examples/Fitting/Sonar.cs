using Deedle;
using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>208 echoes of mines and rocks, 60 numbers each.</summary>
internal static class Sonar
{
    public static int Run(ExampleOptions options)
    {
        Frame<int, string> echoes = Csv.Read(
            DataFolder.Find(options.Data, "sonar", "sonar.csv"), new CsvOptions { HasHeader = false });
        string kind = echoes.ColumnKeys.Last();
        Dataset all = echoes.ToDataset(kind);
        (Dataset train, Dataset test) = all.Split(testShare: 0.3, stratified: true, seed: 2);
        Tensor mean = train.Features.Mean(0), deviation = train.Features.Std(0);
        (train, test) = (train.MapFeatures(x => (x - mean) / deviation), test.MapFeatures(x => (x - mean) / deviation));

        TrainingRun run = Network.Input(60)
            .Dense(60, Activation.Relu).Dropout(0.3)
            .Dense(30, Activation.Relu).Dropout(0.3)
            .Dense(1, Activation.Sigmoid)
            .Build(seed: 1)
            .Fit(train.MapLabels(y => y.Reshape(-1, 1)), new FitOptions
            {
                Optimizer = Optimizer.Adam(),
                Loss = Loss.BinaryCrossentropy,
                Metrics = [Metric.BinaryAccuracy],
                Epochs = options.EpochsOr(60),
                BatchSize = 8,
            });

        Tensor probabilities = run.Model.Predict(test.Features);
        Evaluation evaluation = run.Model.Evaluate(test.MapLabels(y => y.Reshape(-1, 1)));
        Console.WriteLine(evaluation.Report());
        RocCurve curve = RocCurve.Of(test.Labels, probabilities);
        OperatingPoint point = OperatingPoint.ByYouden(test.Labels, probabilities);
        options.Show(new Report("Mines and rocks")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddEvaluation(evaluation)
            .AddChart(
                Chart.Roc([("network", curve)], [("network", point)]),
                $"Positive is '{all.ClassNames[1]}'; the point has the largest sensitivity + specificity"));
        return options.Judge("area under the ROC curve", curve.Area, 0.9);
    }
}
