using Examples;
using Functional.CSharp;

namespace Images;

/// <summary>Convolutions with kernels that are given instead of learned.</summary>
internal static class Kernels
{
    private static readonly (string Name, float[] Kernel)[] All =
    [
        ("sharpen", [0, -1, 0, -1, 5, -1, 0, -1, 0]),
        ("horizontal edges", [1, 1, 1, 0, 0, 0, -1, -1, -1]),
        ("vertical edges", [1, 0, -1, 1, 0, -1, 1, 0, -1]),
        ("diagonal /", [-1, -1, 2, -1, 2, -1, 2, -1, -1]),
        ("diagonal \\", [2, -1, -1, -1, 2, -1, -1, -1, 2]),
        ("Laplacian", [0, 1, 0, 1, -4, 1, 0, 1, 0]),
    ];

    public static int Run(ExampleOptions options)
    {
        // By hand: 5 * 121 - 113 - 73 - 54 - 99 = 266 is the first number.
        Tensor pixels = Tensor.From(new double[,]
        {
            { 60, 113, 56, 139, 85 },
            { 73, 121, 54, 84, 128 },
            { 131, 99, 70, 129, 127 },
            { 80, 57, 115, 69, 134 },
            { 104, 126, 123, 95, 130 },
        });
        Tensor sharp = Convolution(All[0].Kernel, 5, 5).Apply(pixels.Reshape(1, 5, 5, 1)).Reshape(3, 3);
        Console.WriteLine($"Sharpened:\n{sharp}");
        bool right = sharp.ToArray().SequenceEqual([266f, -61, -30, 116, -47, 295, -135, 256, -128]);

        Dataset digits = Mnist.Images(options).Test;
        Tensor digit = digits.Features[0].Reshape(1, 28, 28, 1);
        Tensor filtered = Tensor.Concat(0, All.Select(one => Convolution(one.Kernel, 28, 28).Apply(digit).Reshape(1, 26, 26)));
        options.Show(new Report("Given kernels")
            .AddChart(Chart.Images(digit.Reshape(1, 28, 28)), "A digit")
            .AddChart(
                Chart.Images(filtered, new ImageGridOptions { Columns = 3, OwnScales = true, Titles = [.. All.Select(one => one.Name)] }),
                "What each kernel of 3x3 makes of it"));
        return right ? 0 : 1;
    }

    // A convolution is a layer like any other: its kernel is a weight, and can be set.
    private static Model Convolution(float[] kernel, int height, int width) =>
        Network.Input(height, width, 1).Conv2D(1, 3).Build(seed: 0).WithWeight("conv2d/kernel", kernel);
}
