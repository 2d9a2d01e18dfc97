using System.Diagnostics;
using Examples;
using Functional.CSharp;

namespace Fitting;

/// <summary>One rate, and batches of all digits, of 32, and of one.</summary>
internal static class Descent
{
    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Datasets.Digits().Split(testShare: 0.25, stratified: true, seed: 4);
        Model model = Network.Input(64).Dense(32, Activation.Relu).Dense(10, Activation.Softmax).Build(seed: 1);
        int epochs = options.EpochsOr(20);

        (string Name, double[] Losses, double Seconds, double Accuracy) Of(string name, int batchSize)
        {
            Stopwatch time = Stopwatch.StartNew();
            TrainingRun run = model.Fit(train, new FitOptions
            {
                Optimizer = Optimizer.Sgd(0.05),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = epochs,
                BatchSize = batchSize,
            });
            double accuracy = run.Model.Evaluate(test)["accuracy"];
            Console.WriteLine($"{name,-12} {run.State.Step,6} steps, {time.Elapsed.TotalSeconds:f2} s, loss {run.History["loss"][^1]:f4}, test accuracy {accuracy:f4}");
            return (name, [.. run.History["loss"]], time.Elapsed.TotalSeconds, accuracy);
        }

        var runs = new[] { Of("batch", train.Count), Of("mini-batch", 32), Of("stochastic", 1) };
        double[] numbers = [.. Enumerable.Range(1, epochs).Select(epoch => (double)epoch)];
        options.Show(new Report("Kinds of descent")
            .AddText($"{train.Count} digits of 8x8 pixels, {model.ParameterCount} parameters, rate 0.05.")
            .AddTable(
                ["kind", "seconds", "loss", "test accuracy"],
                runs.Select(run => new[] { run.Name, $"{run.Seconds:f2}", $"{run.Losses[^1]:f4}", $"{run.Accuracy:f4}" }))
            .AddChart(Chart.Lines(numbers, runs.Select(run => (run.Name, run.Losses))).WithXTitle("epoch").WithYTitle("loss").WithLogY()));
        return options.Judge("test accuracy of mini-batches", runs[1].Accuracy, 0.94);
    }
}
