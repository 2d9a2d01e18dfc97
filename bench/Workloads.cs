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
        new("h-b", "predict one row through (b)",
            Work.Predicting(784, Layer.Dense(1, 784, 512), Layer.Dense(1, 512, 512), Layer.Dense(1, 512, 10)),
            () => Models.Predicting(Models.MlpB()),
            "h-b"),
        Product(64, 784, 16),
        Product(64, 784, 128),
        Product(128, 4102, 100),
        Product(1024, 1024, 1024),
        OneCore(Product(1024, 1024, 1024)),
        Convolutions,
        OneCore(Convolutions),
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
