using Examples;
using Functional.CSharp;

namespace Images;

/// <summary>Five convolutions of 3x3, which bring 28x28 pixels down to one place with 64 channels.</summary>
internal static class Cnn
{
    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Images(options);

        Model model = Network.Input(28, 28, 1)
            .Conv2D(32, 3, Activation.Relu)
            .Conv2D(32, 3, Activation.Relu)
            .MaxPooling2D()
            .Conv2D(64, 3, Activation.Relu)
            .Conv2D(64, 3, Activation.Relu)
            .MaxPooling2D()
            .Conv2D(64, 3, Activation.Relu)
            .MaxPooling2D()
            .Flatten()
            .Dropout(0.5)
            .Dense(10, Activation.Softmax)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.SparseCategoricalCrossentropy,
            Metrics = [Metric.Accuracy],
            Epochs = options.EpochsOr(5),
            BatchSize = 128,
            ValidationSplit = 0.1,
            Progress = Progress.Bar(),
        });

        Evaluation evaluation = run.Model.Evaluate(test);
        Tensor said = evaluation.Outputs.ArgMax();
        int[] labels = test.Labels.ToInts(), answers = said.ToInts();
        int[] wrong = [.. Enumerable.Range(0, test.Count).Where(i => labels[i] != answers[i]).Take(20)];
        Report report = new Report("Digits by a convolutional network")
            .AddModel(run.Model)
            .AddChart(Chart.Structure(run.Model), "The layers")
            .AddHistory(run.History)
            .AddEvaluation(evaluation);
        if (wrong.Length > 0)
        {
            Tensor images = test.Features.Gather(0, wrong).Squeeze(3);
            report = report.AddChart(
                Chart.ImagePredictions(images, test.Labels.Gather(0, wrong), said.Gather(0, wrong)), "Digits read wrongly");
        }

        options.Show(report);
        return options.Judge("test accuracy", evaluation["accuracy"], 0.99);
    }
}
