namespace Bench;

/// <summary>
/// Products of the shapes that the training of small models consists of: forward, the gradients of weights, for which
/// the first factor is transposed, and those of inputs, for which the second one is. They are many, and run only when
/// asked for.
/// </summary>
internal static class Products
{
    private static readonly (int M, int K, int N, bool TransposedA, bool TransposedB)[] Shapes =
    [
        (1024, 1024, 1024, false, false), (1024, 1024, 1024, true, false), (1024, 1024, 1024, false, true),
        (64, 784, 16, false, false), (64, 16, 32, false, false), (64, 32, 10, false, false),
        (784, 64, 16, true, false), (16, 64, 32, true, false), (32, 64, 10, true, false),
        (128, 784, 512, false, false), (128, 512, 512, false, false), (128, 512, 10, false, false),
        (784, 128, 512, true, false), (512, 128, 512, true, false), (512, 128, 10, true, false),
        (128, 512, 512, false, true), (128, 10, 512, false, true),
        (32, 4102, 100, false, false), (4102, 32, 100, true, false),
        (128, 4102, 100, false, false), (4102, 128, 100, true, false),
        (128, 57, 512, false, false), (128, 128, 512, false, false), (128, 512, 128, false, true),
        (5120, 128, 512, false, false), (128, 5120, 512, true, false),
        (32, 50, 200, false, false), (32, 200, 50, false, true),
        (1, 784, 512, false, false), (1, 784, 512, false, true),
    ];

    public static IEnumerable<Workload> All => Shapes.Select(of =>
    {
        string shape = $"{of.M}x{of.K}x{of.N}";
        string id = $"p-{shape}{(of.TransposedA ? "-at" : of.TransposedB ? "-bt" : "")}";
        string factor = of.TransposedA ? ", first factor transposed" : of.TransposedB ? ", second factor transposed" : "";
        return new Workload(
            id, $"product {shape}{factor}", Work.Product(of.M, of.K, of.N),
            () => Kernels.Product(of.M, of.K, of.N, of.TransposedA, of.TransposedB), id);
    });
}
