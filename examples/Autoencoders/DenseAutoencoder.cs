using Examples;
using Functional.CSharp;

namespace Autoencoders;

/// <summary>The smallest autoencoder: one layer to 32 numbers, one back to 784 pixels.</summary>
internal static class DenseAutoencoder
{
    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Rows(options);

        Model autoencoder = Network.Input(784)
            .Block("encoder", n => n.Dense(32, Activation.Relu))
            .Block("decoder", n => n.Dense(784, Activation.Sigmoid))
            .Build(seed: 1);
        Console.WriteLine(autoencoder.Summary());

        TrainingRun run = autoencoder.Fit(Dataset.Of(train.Features, train.Features), new FitOptions
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.BinaryCrossentropy,
            Epochs = options.EpochsOr(10),
            BatchSize = 256,
            ValidationData = Dataset.Of(test.Features, test.Features),
            Progress = Progress.Bar(),
        });

        // Both halves are models over the same weights.
        Model encoder = run.Model.Part("encoder"), decoder = run.Model.Part("decoder");
        Tensor codes = encoder.Predict(test.Features), back = decoder.Predict(codes);
        options.Show(new Report("784 pixels through 32 numbers")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddChart(Pictures.Rows(test.Features, back), "Digits, and what came back")
            .AddChart(
                Chart.Images(codes[..10].Reshape(10, 4, 8), new ImageGridOptions { Columns = 10 }), "The 32 numbers of each"));
        return options.JudgeBelow("cross-entropy of the test images", run.History["val_loss"][^1], 0.10);
    }
}
