using Examples;
using Functional.CSharp;

namespace Autoencoders;

/// <summary>Digits with noise go in, and the digits without it are to come out.</summary>
internal static class Denoising
{
    private static readonly Conv2DOptions Same = new() { Padding = Padding.Same };

    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Images(options);
        Tensor noisy = Noisy(test.Features, Key.Of(1));

        Model model = Network.Input(28, 28, 1)
            .Conv2D(32, 3, Activation.Relu, Same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(32, 3, Activation.Relu, Same).MaxPooling2D(padding: Padding.Same)
            .Conv2D(32, 3, Activation.Relu, Same).UpSampling2D()
            .Conv2D(32, 3, Activation.Relu, Same).UpSampling2D()
            .Conv2D(1, 3, Activation.Sigmoid, Same)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(Dataset.Of(Noisy(train.Features, Key.Of(2)), train.Features), new FitOptions
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.BinaryCrossentropy,
            Epochs = options.EpochsOr(5),
            BatchSize = 128,
            ValidationData = Dataset.Of(noisy, test.Features),
            Progress = Progress.Bar(),
        });

        Tensor clean = run.Model.Predict(noisy);
        double before = Tensor.Square(noisy - test.Features).Mean().ToDouble();
        double after = Tensor.Square(clean - test.Features).Mean().ToDouble();
        Console.WriteLine($"mean squared error {before:f4} with the noise, {after:f4} without");
        options.Show(new Report("Noise taken away")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddChart(Pictures.Rows(test.Features, noisy, clean), "Digits, with noise, and what the network makes of that"));
        return options.JudgeBelow("share of the squared error that is left", after / before, 0.12);
    }

    // Normal noise of deviation 0.5, clipped to grey values.
    private static Tensor Noisy(Tensor images, Key key) =>
        Tensor.Clamp(images + Tensor.RandomNormal(key, images.Shape) * 0.5, 0, 1);
}
