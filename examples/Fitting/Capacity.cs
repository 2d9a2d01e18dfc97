using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>
/// Iris, of which 50 flowers are learned: with too little capacity, with too much, and with four ways to hold a large network
/// back.
/// </summary>
internal static class Capacity
{
    private sealed record Fit(string Name, TrainingRun Run)
    {
        public double Last => Run.History["val_loss"][^1];

        public double Best => Run.History["val_loss"].Min();
    }

    public static int Run(ExampleOptions options)
    {
        (Dataset test, Dataset train) = Datasets.Iris().Split(testShare: 1.0 / 3, stratified: true, seed: 3);
        Tensor mean = train.Features.Mean(0), deviation = train.Features.Std(0);
        (train, test) = (train.MapFeatures(x => (x - mean) / deviation), test.MapFeatures(x => (x - mean) / deviation));

        int epochs = options.EpochsOr(400);
        Fit Of(string name, Network network, params Callback[] callbacks)
        {
            TrainingRun run = network.Dense(3, Activation.Softmax).Build(seed: 1).Fit(train, new FitOptions
            {
                Optimizer = Optimizer.Adam(0.005),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = epochs,
                BatchSize = 16,
                ValidationData = test,
                Callbacks = callbacks,
            });
            Console.WriteLine($"{name,-22} {run.Model.ParameterCount,7} parameters, loss {run.History["loss"][^1]:f4}, "
                + $"validation {run.History["val_loss"][^1]:f4}, at best {run.History["val_loss"].Min():f4}");
            return new(name, run);
        }

        Network Large(DenseOptions? dense = null, double dropout = 0) => Network.Input(4)
            .Dense(128, Activation.Relu, dense).Dropout(dropout)
            .Dense(128, Activation.Relu, dense).Dropout(dropout);

        Fit[] fits =
        [
            Of("too small", Network.Input(4).Then(x => x[.., ..1])),
            Of("just right", Network.Input(4).Dense(4, Activation.Tanh)),
            Of("too large", Large()),
            Of("with dropout", Large(dropout: 0.5)),
            Of("with L1", Large(new DenseOptions { KernelRegularizer = Regularizer.L1(0.002) })),
            Of("with L2", Large(new DenseOptions { KernelRegularizer = Regularizer.L2(0.005) })),
            Of("stopped early", Large(), Callback.EarlyStopping(patience: 30, restoreBestWeights: true)),
        ];

        Fit large = fits[2], stopped = fits[^1];
        Console.WriteLine($"stopped epoch: {stopped.Run.StoppedEpoch}, best epoch: {stopped.Run.BestEpoch}");
        options.Show(new Report("Capacity")
            .AddTable(
                ["network", "parameters", "loss", "validation loss", "at best", "validation accuracy"],
                fits.Select(fit => new[]
                {
                    fit.Name,
                    $"{fit.Run.Model.ParameterCount}",
                    $"{fit.Run.History["loss"][^1]:f4}",
                    $"{fit.Last:f4}",
                    $"{fit.Best:f4}",
                    $"{fit.Run.History["val_accuracy"][^1]:f3}",
                }))
            .AddChart(Chart.Subplots(2, fits.Select(fit => Losses(fit)))));

        // The large network forgets what it knew of other flowers; the one that is stopped does not.
        double kept = stopped.Run.Model.Evaluate(test).Loss!.Value;
        int missed = options.JudgeBelow("validation loss when stopped early", kept, large.Last);
        return Math.Max(missed, options.Judge("validation loss of the too small network", fits[0].Best, 2 * fits[1].Best));
    }

    private static Figure Losses(Fit fit)
    {
        IReadOnlyList<double> loss = fit.Run.History["loss"], validation = fit.Run.History["val_loss"];
        return Chart
            .Lines(Enumerable.Range(1, loss.Count).Select(i => (double)i), ("loss", [.. loss]), ("validation", [.. validation]))
            .WithTitle(fit.Name)
            .WithLogY();
    }
}
