using Examples;
using Functional.CSharp;

namespace Autoencoders;

/// <summary>
/// A variational autoencoder (Kingma and Welling, 2014): a digit is a normal distribution over the plane, near the standard
/// one, from which a decoder makes it again.
/// </summary>
internal static class Variational
{
    private const int Latent = 2;

    private static readonly Model Encoder = Network.Input(784)
        .Dense(512, Activation.Relu).Dense(256, Activation.Relu).Dense(2 * Latent).Build(seed: 1);

    private static readonly Model Decoder = Network.Input(Latent)
        .Dense(256, Activation.Relu).Dense(512, Activation.Relu).Dense(784, Activation.Sigmoid).Build(seed: 2);

    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Rows(options);
        Console.WriteLine($"{Encoder.Summary()}\n{Decoder.Summary()}");

        Step step = Step.CreateWithValues(Optimizer.Adam(), ["reconstruction", "divergence"], Bound);
        TrainingLoop loop = new([step], ModelVariables.Of(("encoder", Encoder), ("decoder", Decoder)), seed: 3);
        List<double> losses = [];
        int epochs = options.EpochsOr(15);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            loop.ResetLoss();
            foreach (Dataset part in train.ShuffledBatches(128, seed: epoch))
            {
                loop.Run(step, new Batch(part.Features));
            }

            losses.Add(loop.Loss(step));
            IReadOnlyDictionary<string, double> last = loop.Values(step);
            Console.WriteLine($"epoch {epoch,2}  loss {losses[^1]:f2}; last batch: reconstruction {last["reconstruction"]:f2}, divergence {last["divergence"]:f2}");
        }

        Model encoder = Encoder.WithVariables(loop.Variables.Part("encoder"));
        Model decoder = Decoder.WithVariables(loop.Variables.Part("decoder"));
        Tensor middles = encoder.Predict(test.Features).Slice(1, 0, Latent), back = decoder.Predict(middles);
        int shown = Math.Min(2000, test.Count);
        double[] numbers = [.. Enumerable.Range(1, epochs).Select(epoch => (double)epoch)];
        options.Show(new Report("A variational autoencoder of digits")
            .AddChart(Chart.Line(numbers, losses).WithXTitle("epoch").WithYTitle("loss"))
            .AddChart(Pictures.Rows(test.Features, back), "Digits, and what came back")
            .AddChart(Chart.LatentPlane(LatentPlane.Of(decoder, count: 20)), "What the decoder makes of the plane")
            .AddChart(Chart.Embedding(middles[..shown], test.Labels[..shown], "Where digits lie in the plane")));
        double error = Tensor.Square(back - test.Features).Mean().ToDouble();
        return options.JudgeBelow("mean squared error of the test images", error, 0.045);
    }

    // The negative of the evidence's lower bound, per image: the cross-entropy of all pixels, and the divergence of the code's
    // distribution from the standard normal one. The code is drawn by its mean and deviation, so that both have gradients.
    private static (Tensor, IReadOnlyList<Tensor>, ModelVariables) Bound(ModelVariables variables, StepRun run, Batch batch)
    {
        Tensor pixels = batch.Features;
        Tensor[] parts = Encoder.Forward(variables.Part("encoder"), run, pixels).SplitEqual(1, 2);
        Tensor mean = parts[0], logVariance = parts[1];
        Tensor code = mean + Tensor.Exp(logVariance / 2) * Tensor.RandomNormal(run.Key.Fold(1), [batch.Count, Latent]);
        Tensor made = Decoder.Forward(variables.Part("decoder"), run, code);
        Tensor reconstruction = Loss.BinaryCrossentropy.Value(pixels, made) * 784;
        Tensor divergence = (Tensor.Square(mean) + Tensor.Exp(logVariance) - 1 - logVariance).Sum(1).Mean() / 2;
        return (reconstruction + divergence, [reconstruction, divergence], variables);
    }
}
