using Examples;
using Functional.CSharp;

namespace Images;

/// <summary>A small dense network on MNIST.</summary>
internal static class Mlp
{
    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Rows(options);

        Model model = Network.Input(784)
            .Dense(16, Activation.Relu).Dropout(0.2)
            .Dense(32, Activation.Relu).Dropout(0.2)
            .Dense(10, Activation.Softmax)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(train, new FitOptions
        {
            Optimizer = Optimizer.RmsProp(),
            Loss = Loss.SparseCategoricalCrossentropy,
            Metrics = [Metric.Accuracy],
            Epochs = options.EpochsOr(5),
            BatchSize = 64,
            Progress = Progress.Bar(),
        });

        Evaluation evaluation = run.Model.Evaluate(test);
        Tensor images = test.Features[..20].Reshape(20, 28, 28);
        options.Show(new Report("Digits by a dense network")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddEvaluation(evaluation)
            .AddChart(Chart.ImagePredictions(images, test.Labels[..20], evaluation.Outputs[..20].ArgMax())));
        return options.Judge("test accuracy", evaluation["accuracy"], 0.92);
    }
}
