using Functional.CSharp;

namespace Bench.Gpu;

/// <summary>The numbers that a model is trained in.</summary>
internal enum Precision
{
    Float32,
    Tf32,
    BFloat16,
}

/// <summary>A model with its options, and batches for it on the device that is current.</summary>
internal sealed record Training(Model Model, FitOptions Options, (Tensor X, Tensor Y)[] Batches);

/// <summary>Something that both sides do, step by step.</summary>
/// <param name="Id">Its name, the peer's too.</param>
/// <param name="Title">What is done.</param>
/// <param name="Precision">In which numbers.</param>
/// <param name="Flops">The operations of a step's products.</param>
/// <param name="Train">A training; null where it is none.</param>
/// <param name="Run">Otherwise: runs so many steps and waits for them.</param>
internal sealed record GpuWorkload(
    string Id, string Title, Precision Precision, double Flops, Func<Training>? Train, Func<Action<int>>? Run = null);

/// <summary>What is timed, in order.</summary>
internal static class GpuWorkloads
{
    public static IEnumerable<GpuWorkload> All(bool tiny)
    {
        foreach (int batch in (int[])[128, 8192])
        {
            int n = tiny ? batch / 16 : batch;
            yield return new(
                $"mlp-{batch}", $"train MLP 784-512-512-10, batch {n}, Adam", Precision.Float32,
                6.0 * n * ((784 * 512) + (512 * 512) + (512 * 10)),
                () => new(Models.MlpB(), Classify(n), Models.Classified(n, 10, 784)));
        }

        foreach (int batch in (int[])[128, 2048])
        {
            int n = tiny ? batch / 16 : batch;
            yield return new(
                $"cnn-{batch}", $"train MNIST CNN 28x28x1, batch {n}, Adam", Precision.Float32,
                6.0 * n * ((26 * 26 * 9 * 32) + (24 * 24 * 9 * 32 * 32) + (10 * 10 * 9 * 32 * 64) + (8 * 8 * 9 * 64 * 64) + (2 * 2 * 9 * 64 * 64)),
                () => new(Models.CnnD(), Classify(n), Models.Classified(n, 10, 28, 28, 1)));
        }

        (int rows, int steps) = tiny ? (8, 5) : (128, 40);
        yield return new(
            "lstm", $"train LSTM 128 on {steps} one-hot characters, batch {rows}, RMSprop", Precision.Float32,
            6.0 * rows * steps * 4 * 128 * (57 + 128),
            () => new(
                Network.Input(steps).CategoryEncoding(57, CategoryMode.OneHot).Lstm(128).Dense(57, Activation.Softmax).Build(seed: 1),
                Models.Classify(Optimizer.RmsProp(), rows), Characters(rows, steps)));

        foreach (Precision precision in Enum.GetValues<Precision>())
            yield return Encoder(tiny, precision);
        foreach (Precision precision in Enum.GetValues<Precision>())
            yield return Product(tiny ? 128 : 8192, precision);
    }

    private static GpuWorkload Encoder(bool tiny, Precision precision)
    {
        (int blocks, int width, int heads, int length, int batch) = tiny ? (2, 32, 4, 8, 4) : (6, 512, 8, 128, 64);
        double products = (double)batch * length * ((4.0 * width * width) + (8.0 * width * width) + (2.0 * length * width));
        return new(
            $"encoder-{Name(precision)}",
            $"train transformer encoder, {blocks} blocks, {width} wide, {heads} heads, length {length}, batch {batch}, Adam, {Name(precision)}",
            precision, 6 * blocks * products,
            () =>
            {
                Network network = Network.Input(length, width);
                for (int i = 0; i < blocks; i++)
                    network = network.TransformerEncoder(4 * width, heads);
                return new(
                    network.GlobalAveragePooling1D().Dense(10, Activation.Softmax).Build(seed: 1),
                    Classify(batch), Models.Classified(batch, 10, length, width));
            });
    }

    private static GpuWorkload Product(int n, Precision precision) => new(
        $"product-{Name(precision)}", $"product {n}x{n}x{n}, {Name(precision)}", precision, 2.0 * n * n * n, null,
        () =>
        {
            Random random = new(1);
            float[] numbers = new float[n * n];
            Tensor[] factors = new Tensor[2];
            for (int k = 0; k < 2; k++)
            {
                for (int i = 0; i < numbers.Length; i++)
                    numbers[i] = random.NextSingle();
                factors[k] = Tensor.From(numbers.AsSpan(), n, n);
                if (precision == Precision.BFloat16)
                    factors[k] = factors[k].Cast(DType.BFloat16);
            }

            return repeats =>
            {
                Tensor product = factors[0].MatMul(factors[1]);
                for (int i = 1; i < repeats; i++)
                {
                    product = factors[0].MatMul(factors[1]);
                    GC.Collect(0); // what the products before held goes back to the device
                }

                product[0, 0].ToDouble();
            };
        });

    private static FitOptions Classify(int batch) => Models.Classify(Optimizer.Adam(), batch);

    private static (Tensor X, Tensor Y)[] Characters(int rows, int steps)
    {
        Random random = new(1);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(57))];
        return [.. Enumerable.Range(0, 4).Select(_ => (Tensor.From(Ids(rows * steps), rows, steps), Tensor.From(Ids(rows))))];
    }

    private static string Name(Precision precision) => precision.ToString().ToLowerInvariant();
}
