using Functional.CSharp;

namespace Bench;

/// <summary>What is timed step by step, in order.</summary>
internal static class Workloads
{
    public static Workload[] All =>
    [
        new("a", "train MLP 784-16-32-10, batch 64, RMSprop",
            Work.Training(Work.RmsProp, 64 * 784,
                Layer.Dense(64, 784, 16), Layer.Dense(64, 16, 32), Layer.Dense(64, 32, 10)),
            () => Models.Training(
                Models.MlpA(), Models.Classify(Optimizer.RmsProp(), 64), Models.Classified(64, 10, 784)),
            "a"),
        new("a-epoch", $"fit a shuffled epoch of (a), {Models.EpochRows} rows, with accuracy", EpochOfA, Models.EpochA, "a-epoch"),
        new("b", "train MLP 784-512-512-10, batch 128, Adam",
            Work.Training(Work.Adam, 128 * 784,
                Layer.Dense(128, 784, 512), Layer.Dense(128, 512, 512), Layer.Dense(128, 512, 10)),
            () => Models.Training(
                Models.MlpB(), Models.Classify(Optimizer.Adam(), 128), Models.Classified(128, 10, 784)),
            "b"),
        new("c", "train 4102-100-5, dropout, batch 32, Adam",
            Work.Training(Work.Adam, 32 * 4102, Layer.Dense(32, 4102, 100), Layer.Dense(32, 100, 5)),
            () => Models.Training(
                Models.TableC(), Models.Classify(Optimizer.Adam(), 32), Models.Classified(32, 5, 4102)),
            "c"),
        new("d", "train MNIST CNN 28x28x1, batch 128, Adam",
            Work.Training(Work.Adam, 128 * 784, LayersOfD(128)),
            () => Models.Training(
                Models.CnnD(), Models.Classify(Optimizer.Adam(), 128), Models.Classified(128, 10, 28, 28, 1)),
            "d"),
        new("e", "train LSTM 128 on 40 one-hot characters, batch 128, RMSprop",
            Work.Training(Work.RmsProp, 128 * 40, Layer.Lstm(128, 40, 57, 128, oneHot: true), Layer.Dense(128, 128, 57)),
            () => Models.Training(
                Models.CharactersE(), Models.Classify(Optimizer.RmsProp(), 128), Models.Characters()),
            "e"),
        new("f", "train LSTM 50 on 24 steps of one feature, batch 32, Adam",
            Work.Training(Work.Adam, 32 * 24, Layer.Lstm(32, 24, 1, 50, oneHot: false), Layer.Dense(32, 50, 1)),
            () => Models.Training(
                Models.SeriesF(),
                new FitOptions { Optimizer = Optimizer.Adam(), Loss = Loss.MeanSquaredError, BatchSize = 32 },
                Models.Series()),
            "f"),
        new("g", "train convolutional autoencoder 28x28, batch 128, Adam",
            Work.Training(Work.Adam, 128 * 784,
                Layer.Convolution(128, 28, 1, 16), Layer.Convolution(128, 14, 16, 8), Layer.Convolution(128, 7, 8, 8),
                Layer.Convolution(128, 4, 8, 8), Layer.Convolution(128, 8, 8, 8), Layer.Convolution(128, 14, 8, 16),
                Layer.Convolution(128, 28, 16, 1)),
            () => Models.Training(
                Models.AutoencoderG(),
                new FitOptions { Optimizer = Optimizer.Adam(), Loss = Loss.BinaryCrossentropy, BatchSize = 128 },
                Models.Images()),
            "g"),
        new("h-b", "predict one row through (b)",
            Work.Predicting(784, Layer.Dense(1, 784, 512), Layer.Dense(1, 512, 512), Layer.Dense(1, 512, 10)),
            () => Models.Predicting(Models.MlpB()),
            "h-b"),
        new("h-d", "predict one row through (d)",
            Work.Predicting(784, LayersOfD(1)), () => Models.Predicting(Models.CnnD()), "h-d"),
        new("m", "train transformer encoder, 4 blocks, 256 wide, 4 heads, length 128, batch 16, Adam",
            Transformers.TrainingWork, Transformers.TrainEncoder, "m"),
        new("n", $"generate {Transformers.Generated} tokens by a decoder of the same blocks, with a cache",
            Transformers.GenerationWork, Transformers.Generate, "n"),
        new("o", "train GRU 128 on 40 one-hot characters, batch 128, RMSprop",
            Work.Training(Work.RmsProp, 128 * 40, Layer.Recurring(3, 128, 40, 57, 128), Layer.Dense(128, 128, 57)),
            CourseModels.TrainGru, "o"),
        new("u", "train SimpleRNN 128 on 40 one-hot characters, batch 128, RMSprop",
            Work.Training(Work.RmsProp, 128 * 40, Layer.Recurring(1, 128, 40, 57, 128), Layer.Dense(128, 128, 57)),
            CourseModels.TrainSimpleRnn, "u"),
        new("q", "train variational autoencoder 784-512-256-2, batch 128, Adam",
            CourseModels.VariationalWork, CourseModels.TrainVariational, "q"),
        new("r", "train GAN of dense layers, both networks, batch 64, Adam", CourseModels.GanWork, CourseModels.TrainGan, "r"),
        new("s", "train MNIST CNN with batch normalization, batch 128, Adam",
            Work.Training(Work.Adam, 128 * 784, LayersOfD(128)), CourseModels.TrainNormalizedCnn, "s"),
        Product(64, 784, 16),
        Product(64, 784, 128),
        Product(128, 4102, 100),
        Product(1024, 1024, 1024),
        OneCore(Product(1024, 1024, 1024)),
        Convolutions,
        OneCore(Convolutions),
    ];

    private static Work EpochOfA
    {
        get
        {
            double steps = Models.EpochRows / 64.0;
            Work step = Work.Training(Work.RmsProp, 64 * 784,
                Layer.Dense(64, 784, 16), Layer.Dense(64, 16, 32), Layer.Dense(64, 32, 10));
            return new(step.Flops * steps, step.Bytes * steps);
        }
    }

    private static Layer[] LayersOfD(int batch) =>
    [
        .. Kernels.Convolutions.Select(of => Layer.Convolution(batch, of.Size - 2, of.Channels, of.Filters)),
        Layer.Dense(batch, 64, 10),
    ];

    private static Workload Convolutions => new(
        "i-convolutions", "the convolutions of (d), forward and backward",
        Kernels.Convolutions.Select(Work.Convolution).Aggregate((first, second) => first + second),
        Kernels.AllConvolutions, "i-convolutions");

    private static Workload Product(int m, int k, int n) => new(
        $"i-{m}x{k}x{n}", $"product {m}x{k}x{n}", Work.Product(m, k, n), () => Kernels.Product(m, k, n), $"i-{m}x{k}x{n}");

    private static Workload OneCore(Workload of) => of with
    {
        Id = of.Id + "-1",
        Title = of.Title + ", one core",
        Threads = 1,
    };
}
