using Functional.CSharp;

namespace Autoencoders;

/// <summary>Rows of digits below each other.</summary>
internal static class Pictures
{
    /// <summary>The first ten images of each set as a row of its own; sets are [n, 784] or [n, 28, 28, 1].</summary>
    public static Figure Rows(params Tensor[] sets) =>
        Chart.Images(
            Tensor.Concat(0, sets.Select(set => set[..10].Reshape(10, 28, 28))),
            new ImageGridOptions { Columns = 10 });
}
