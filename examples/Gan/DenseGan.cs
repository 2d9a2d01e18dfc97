using System.Diagnostics;
using Examples;
using Functional.CSharp;

namespace Gan;

/// <summary>
/// A generator of dense layers against a discriminator of dense layers (Goodfellow et al., 2014). Pixels lie between -1 and 1.
/// </summary>
internal static class DenseGan
{
    private const int Latent = 100;
    private const int BatchSize = 64;

    private static readonly Activation Leaky = Activation.LeakyRelu(0.2);
    private static readonly BatchNormalizationOptions Momentum = new() { Momentum = 0.8 };

    private static readonly Model Generator = Network.Input(Latent)
        .Dense(256, Leaky).BatchNormalization(Momentum)
        .Dense(512, Leaky).BatchNormalization(Momentum)
        .Dense(1024, Leaky).BatchNormalization(Momentum)
        .Dense(784, Activation.Tanh)
        .Build(seed: 1)
        .Named("generator");

    private static readonly Model Discriminator = Network.Input(784)
        .Dense(512, Leaky)
        .Dense(256, Leaky)
        .Dense(1, Activation.Sigmoid)
        .Build(seed: 2)
        .Named("discriminator");

    public static int Run(ExampleOptions options)
    {
        (Dataset digits, Dataset test) = Mnist.Rows(options);
        Model combined = Network.Input(Latent).Append(Generator).Append(Discriminator).Build(seed: 3).Freeze("discriminator");
        Console.WriteLine($"{Generator.Summary()}\n{Discriminator.Summary()}\n{combined.Summary()}");

        Step discriminate = Step.CreateWithValues(Own("discriminator"), ["accuracy"], Discriminate);
        Step generate = Step.CreateWithValues(Own("generator"), ["accuracy"], Generate);
        TrainingLoop loop = new(
            [discriminate, generate], ModelVariables.Of(("generator", Generator), ("discriminator", Discriminator)), seed: 4);

        Tensor noise = Tensor.RandomNormal(Key.Of(5), [25, Latent]);
        Report report = new Report("Digits by a generative adversarial network").AddSection("What the generator writes");
        List<double> discriminatorLosses = [], generatorLosses = [], accuracies = [];
        Stopwatch time = Stopwatch.StartNew();
        int epochs = options.EpochsOr(12);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            foreach (Dataset part in digits.ShuffledBatches(BatchSize, seed: epoch).Where(part => part.Count == BatchSize))
            {
                Batch real = new(part.Features * 2 - 1);
                discriminatorLosses.Add(loop.Run(discriminate, real));
                accuracies.Add(loop.Values(discriminate)["accuracy"]);
                generatorLosses.Add(loop.Run(generate, real));
                if (accuracies.Count % 100 == 0)
                {
                    Console.WriteLine($"step {accuracies.Count,6}  discriminator [{discriminatorLosses[^1]:f4}, {accuracies[^1]:f3}]  "
                        + $"generator [{generatorLosses[^1]:f4}, {loop.Values(generate)["accuracy"]:f3}]  {time.Elapsed.TotalSeconds:f0} s");
                }
            }

            if (epoch is 1 or 3 || epoch == epochs)
            {
                Tensor written = Trained(loop).Predict(noise).Reshape(25, 28, 28);
                report = report.AddChart(Chart.Images(written, new ImageGridOptions { Columns = 5 }), $"After epoch {epoch}");
            }
        }

        double[] steps = [.. Enumerable.Range(1, accuracies.Count).Select(i => (double)i)];
        report = report
            .AddSection("How both learned")
            .AddChart(Chart.Lines(steps, ("discriminator", [.. discriminatorLosses]), ("generator", [.. generatorLosses]))
                .WithXTitle("step").WithYTitle("loss"))
            .AddChart(Chart.Line(steps, accuracies).WithXTitle("step").WithYTitle("accuracy of the discriminator"));
        options.Show(report);
        return Judge.Digits(options, digits, test, (Trained(loop).Predict(Tensor.RandomNormal(Key.Of(6), [1000, Latent])) + 1) / 2);
    }

    private static Optimizer Own(string part) => Optimizer.ForPaths(([part], Optimizer.Adam(2e-4, beta1: 0.5)));

    private static Model Trained(TrainingLoop loop) => Generator.WithVariables(loop.Variables.Part("generator"));

    // Half a batch of real digits is to be called 1, half a batch of written ones 0.
    private static (Tensor, IReadOnlyList<Tensor>, ModelVariables) Discriminate(ModelVariables variables, StepRun run, Batch batch)
    {
        ModelVariables own = variables.Part("discriminator");
        Tensor noise = Tensor.RandomNormal(run.Key.Fold(1), [batch.Count, Latent]);
        Tensor written = Generator.Forward(variables.Part("generator"), run, noise);
        Tensor onReal = Discriminator.Forward(own, run, batch.Features), onWritten = Discriminator.Forward(own, run, written);
        Tensor loss = (Loss.BinaryCrossentropy.Value(Tensor.OnesLike(onReal), onReal)
            + Loss.BinaryCrossentropy.Value(Tensor.ZerosLike(onWritten), onWritten)) / 2;
        Tensor accuracy = ((onReal > 0.5).Cast(DType.Float32).Mean() + (onWritten < 0.5).Cast(DType.Float32).Mean()) / 2;
        return (loss, [accuracy], variables);
    }

    // What the generator writes is to be called 1. Its batch normalization remembers the averages of these batches.
    private static (Tensor, IReadOnlyList<Tensor>, ModelVariables) Generate(ModelVariables variables, StepRun run, Batch batch)
    {
        Tensor noise = Tensor.RandomNormal(run.Key.Fold(2), [batch.Count, Latent]);
        (Tensor[] written, ModelVariables next) = Generator.ForwardTraining(variables.Part("generator"), run, noise);
        Tensor judged = Discriminator.Forward(variables.Part("discriminator"), run, written[0]);
        Tensor accuracy = (judged > 0.5).Cast(DType.Float32).Mean();
        return (Loss.BinaryCrossentropy.Value(Tensor.OnesLike(judged), judged), [accuracy], variables.WithPart("generator", next));
    }
}
