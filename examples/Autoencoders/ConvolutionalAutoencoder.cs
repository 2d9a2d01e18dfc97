using Examples;
using Functional.CSharp;

namespace Autoencoders;

/// <summary>Three poolings down to [4, 4, 8], three upsamplings back; encoder, decoder and the whole as models.</summary>
internal static class ConvolutionalAutoencoder
{
    private static readonly Conv2DOptions Same = new() { Padding = Padding.Same };

    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Images(options);

        Model encoder = Network.Input(28, 28, 1)
            .Conv2D(16, 3, Activation.Relu, Same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(8, 3, Activation.Relu, Same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(8, 3, Activation.Relu, Same).MaxPooling2D(padding: Padding.Same)
            .Build(seed: 1)
            .Named("encoder");
        Model decoder = Network.Input(4, 4, 8)
            .Conv2D(8, 3, Activation.Relu, Same).UpSampling2D()
            .Conv2D(8, 3, Activation.Relu, Same).UpSampling2D()
            .Conv2D(16, 3, Activation.Relu).UpSampling2D() // without padding: 16 by 16 to 14 by 14, and so to 28 by 28
            .Conv2D(1, 3, Activation.Sigmoid, Same)
            .Build(seed: 2)
            .Named("decoder");
        Model autoencoder = Network.Input(28, 28, 1).Append(encoder).Append(decoder).Build(seed: 3);
        Console.WriteLine($"{encoder.Summary()}\n{decoder.Summary()}\n{autoencoder.Summary()}");

        TrainingRun run = autoencoder.Fit(Dataset.Of(train.Features, train.Features), new FitOptions
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.BinaryCrossentropy,
            Epochs = options.EpochsOr(5),
            BatchSize = 128,
            ValidationData = Dataset.Of(test.Features, test.Features),
            Progress = Progress.Bar(),
        });

        Tensor codes = run.Model.Part("encoder").Predict(test.Features[..10]);
        Tensor back = run.Model.Part("decoder").Predict(codes);
        options.Show(new Report("Digits through [4, 4, 8]")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddChart(Pictures.Rows(test.Features, back), "Digits, and what came back")
            .AddChart(
                Chart.Images(codes.Transpose(0, 3, 1, 2).Reshape(80, 4, 4), new ImageGridOptions { Columns = 8 }),
                "The codes: a row a digit, 8 maps of 4x4"));
        return options.JudgeBelow("cross-entropy of the test images", run.History["val_loss"][^1], 0.12);
    }
}
