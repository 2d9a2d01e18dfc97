using Examples;
using Functional.CSharp;

namespace Gan;

/// <summary>
/// Networks that begin with 7x7 pixels, and grow to 14x14 and 28x28 (Karras et al., 2018). A new block of layers is faded in:
/// an input goes from 0, where the old networks alone count, to 1. Pixels lie between -1 and 1.
/// </summary>
internal static class ProgressiveGan
{
    private const int Latent = 64;
    private const int Channels = 32;
    private const int BatchSize = 64;

    private static readonly Activation Leaky = Activation.LeakyRelu(0.2);
    private static readonly Conv2DOptions Same = new() { Padding = Padding.Same };

    public static int Run(ExampleOptions options)
    {
        (Dataset digits, Dataset test) = Mnist.Images(options);
        Model? generator = null, discriminator = null;
        Report report = new("Digits that grow");
        for (int stage = 0; stage < 3; stage++)
        {
            int side = 7 << stage;
            Model nextGenerator = Generator(stage), nextDiscriminator = Discriminator(stage);
            (generator, discriminator) = (Grown(nextGenerator, generator), Grown(nextDiscriminator, discriminator));
            Console.WriteLine($"{side}x{side}: generator {generator.ParameterCount:n0}, discriminator {discriminator.ParameterCount:n0} parameters");
            (generator, discriminator) = Train(options, digits, stage, generator, discriminator);
            Tensor written = Written(generator, Key.Of(5), 30).Reshape(30, side, side);
            report = report.AddChart(Chart.Images(written, new ImageGridOptions { Columns = 10 }), $"{side}x{side} pixels");
        }

        options.Show(report);
        Tensor judged = (Written(generator!, Key.Of(6), 1000).Reshape(1000, 784) + 1) / 2;
        return Judge.Digits(options, digits.ReshapeFeatures(784), test.ReshapeFeatures(784), judged);
    }

    private static Model Generator(int stage)
    {
        Network noise = Input.Of(Latent).Named("noise"), fade = Input.Of(1, 1, 1).Named("fade");
        Network maps = noise.Dense(7 * 7 * Channels, Leaky).Named("start").Reshape(7, 7, Channels);
        Network old = maps;
        for (int i = 0; i <= stage; i++)
        {
            old = maps;
            maps = i == 0 ? maps : maps.UpSampling2D();
            maps = maps.Block($"block{i}", n => n
                .Conv2D(Channels, 3, Leaky, Same).BatchNormalization()
                .Conv2D(Channels, 3, Leaky, Same).BatchNormalization());
        }

        Network pixels = maps.Conv2D(1, 1, Activation.Tanh).Named($"pixels{stage}");
        if (stage > 0)
        {
            pixels = Faded(old.Conv2D(1, 1, Activation.Tanh).Named($"pixels{stage - 1}").UpSampling2D(), pixels, fade);
        }

        return Network.Model([noise, fade], [stage > 0 ? pixels : pixels.Add(fade.Then(x => x * 0))]).Build(seed: 10 + stage);
    }

    private static Model Discriminator(int stage)
    {
        int side = 7 << stage;
        Network image = Input.Of(side, side, 1).Named("image"), fade = Input.Of(1, 1, 1).Named("fade");
        Network maps = image.Conv2D(Channels, 1, Leaky).Named($"read{stage}");
        for (int i = stage; i > 0; i--)
        {
            maps = maps.Block($"block{i}", n => n.Conv2D(Channels, 3, Leaky, Same)).AveragePooling2D();
            if (i == stage)
            {
                maps = Faded(image.AveragePooling2D().Conv2D(Channels, 1, Leaky).Named($"read{i - 1}"), maps, fade);
            }
        }

        Network score = maps.Block("block0", n => n.Conv2D(Channels, 3, Leaky, Same).Flatten().Dropout(0.3).Dense(1));
        return Network.Model([image, fade], [stage > 0 ? score : score.Add(fade.Flatten().Then(x => x * 0))]).Build(seed: 20 + stage);
    }

    private static Network Faded(Network old, Network fresh, Network fade) =>
        old.Multiply(fade.Then(x => 1 - x)).Add(fresh.Multiply(fade));

    // The layers that the smaller network had go on from what they have learned.
    private static Model Grown(Model larger, Model? smaller) =>
        smaller is null
            ? larger
            : larger.WithWeightsInPart(smaller.Weights.Select(weight => KeyValuePair.Create(weight.Name, weight.Value)), out _, skipMismatch: true);

    private static (Model, Model) Train(ExampleOptions options, Dataset digits, int stage, Model generator, Model discriminator)
    {
        Tensor Judged(double label, ModelVariables variables, StepRun run, Tensor images, Tensor fade)
        {
            Tensor score = discriminator.ForwardTraining(variables.Part("discriminator"), run, images, fade).Outputs[0];
            return Loss.BinaryCrossentropyFromLogits.Value(Tensor.FullLike(label, score), score);
        }

        (Tensor, ModelVariables) Images(ModelVariables variables, StepRun run, Batch batch)
        {
            Tensor noise = Tensor.RandomNormal(run.Key.Fold(1), [batch.Count, Latent]);
            (Tensor[] images, ModelVariables next) = generator.ForwardTraining(variables.Part("generator"), run, noise, batch.Inputs[1]);
            return (images[0], variables.WithPart("generator", next));
        }

        Optimizer own(string part) => Optimizer.ForPaths(([part], Optimizer.Adam(4e-4, beta1: 0.5)));
        Step discriminate = Step.Create(own("discriminator"), (variables, run, batch) =>
            Judged(0.9, variables, run, batch.Inputs[0], batch.Inputs[1])
            + Judged(0, variables, run, Images(variables, run, batch).Item1, batch.Inputs[1]));
        Step generate = Step.CreateWith(own("generator"), (variables, run, batch) =>
        {
            (Tensor images, ModelVariables next) = Images(variables, run, batch);
            return (Judged(1, variables, run, images, batch.Inputs[1]), next);
        });

        TrainingLoop loop = new([discriminate, generate], ModelVariables.Of(("generator", generator), ("discriminator", discriminator)), seed: 4);
        int steps = options.Quick ? 10 : 900 * options.EpochsOr(1), half = steps / 2, size = 28 >> (2 - stage);
        foreach (Dataset part in Endless(digits).Take(steps))
        {
            Tensor images = part.Features * 2 - 1;
            images = size == 28 ? images : images.AveragePool2D(28 / size, 28 / size);
            double fade = Math.Min(1, (double)loop.Count / 2 / half);
            Batch real = new([images, Tensor.Full(fade, BatchSize, 1, 1, 1)], []);
            double lossOfDiscriminator = loop.Run(discriminate, real), lossOfGenerator = loop.Run(generate, real);
            if (loop.Count % 200 == 0)
            {
                Console.WriteLine($"step {loop.Count / 2,5}  discriminator {lossOfDiscriminator:f4}  generator {lossOfGenerator:f4}");
            }
        }

        return (generator.WithVariables(loop.Variables.Part("generator")), discriminator.WithVariables(loop.Variables.Part("discriminator")));
    }

    private static IEnumerable<Dataset> Endless(Dataset digits) =>
        from epoch in Enumerable.Range(0, int.MaxValue)
        from part in digits.ShuffledBatches(BatchSize, seed: epoch)
        where part.Count == BatchSize
        select part;

    private static Tensor Written(Model generator, Key key, int count) =>
        generator.PredictAll(Tensor.RandomNormal(key, [count, Latent]), Tensor.Ones(count, 1, 1, 1))[0];
}
