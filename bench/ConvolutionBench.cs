using System.Diagnostics;
using Functional.Kernels;

namespace Bench;

/// <summary>Each direction of convolutions, and poolings, on one thread: the fastest of many runs.</summary>
internal static unsafe class ConvolutionBench
{
    private const double SecondsEach = 0.3;

    private static readonly (string Name, ConvolutionShape Shape)[] Others =
    [
        ("28x28x1 to 16, same", Same(128, 28, 1, 16)),
        ("14x14x16 to 8, same", Same(128, 14, 16, 8)),
        ("7x7x8 to 8, same", Same(128, 7, 8, 8)),
        ("28x28x16 to 1, same", Same(128, 28, 16, 1)),
        ("32x32x3 to 32, same", Same(32, 32, 3, 32)),
        ("32x32x32 to 32, same", Same(32, 32, 32, 32)),
        ("14x14x256 to 256, same", Same(8, 14, 256, 256)),
        ("32x32x64, depthwise", Same(32, 32, 64, 64) with { Groups = 64 }),
    ];

    public static void Run()
    {
        using KernelScope scope = KernelScope.UseThreads(1);
        double peak = Enumerable.Range(0, 5).Max(_ => Peak.Measure(1));
        Console.WriteLine($"one thread, {KernelScope.Level}, peak {peak:f0} GFLOP/s; batches of 128, then of other sizes");
        Console.WriteLine("3x3                       forward GFLOP/s   of input   of kernel");
        foreach ((int size, int channels, int filters) in Kernels.Convolutions)
            Convolve($"{size}x{size}x{channels} to {filters}", Valid(128, size, channels, filters), peak);
        foreach ((int size, int channels, int filters) in Kernels.Convolutions)
            Convolve($"{size}x{size}x{channels} to {filters}, one", Valid(1, size, channels, filters), peak);
        foreach ((string name, ConvolutionShape shape) in Others)
            Convolve(name, shape, peak);
        Console.WriteLine("2x2 pooling               forward GB/s    backward");
        Pool(128, 24, 32);
        Pool(128, 8, 64);
    }

    private static void Convolve(string name, in ConvolutionShape shape, double peak)
    {
        ConvolutionShape s = shape;
        using Memory x = new(s.Batch * s.Height * s.Width * s.Channels), y = new(s.Batch * s.OutHeight * s.OutWidth * s.Filters);
        using Memory kernel = new(9 * s.Channels / s.Groups * s.Filters);
        long taps = Taps(s.Height, s.OutHeight, s.PadTop) * Taps(s.Width, s.OutWidth, s.PadLeft);
        double work = 2e-9 * s.Batch * taps * s.Channels * s.Filters / s.Groups;
        double[] speeds =
        [
            work / Fastest(() => Convolution.Forward(s, x.Start, kernel.Start, y.Start)),
            work / Fastest(() => Convolution.InputGradient(s, y.Start, kernel.Start, x.Start)),
            work / Fastest(() => Convolution.KernelGradient(s, x.Start, y.Start, kernel.Start)),
        ];
        Console.WriteLine($"{name,-24}{string.Concat(speeds.Select(speed => $"{speed,7:f0} {speed / peak,5:p0}"))}");
    }

    private static void Pool(int batch, int size, int channels)
    {
        PoolingShape s = new(batch, size, size, channels, 2, 2, size / 2, size / 2, 2, 2, 0, 0);
        int inputs = batch * size * size * channels;
        using Memory x = new(inputs), y = new(inputs / 4), indices = new(inputs / 4);
        double bytes = 1e-9 * sizeof(float) * inputs * 3 / 2;
        double forward = bytes / Fastest(() => Pooling.Max(s, x.Start, y.Start, (int*)indices.Start));
        double backward = bytes / Fastest(() => Pooling.Scatter(s, y.Start, (int*)indices.Start, x.Start));
        Console.WriteLine($"{size}x{size}x{channels,-18}{forward,12:f0}{backward,12:f0}");
    }

    private static double Fastest(Action action)
    {
        action();
        double best = double.MaxValue;
        for (Stopwatch all = Stopwatch.StartNew(); all.Elapsed.TotalSeconds < SecondsEach;)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>The taps of 3 that meet an element, over all positions.</summary>
    private static long Taps(int size, int results, int pad) =>
        Enumerable.Range(0, results).Sum(at => Enumerable.Range(at - pad, 3).Count(i => i >= 0 && i < size));

    private static ConvolutionShape Valid(int batch, int size, int channels, int filters) =>
        new(batch, size, size, channels, 3, 3, size - 2, size - 2, filters, 1, 1, 0, 0, 1, 1, 1);

    private static ConvolutionShape Same(int batch, int size, int channels, int filters) =>
        new(batch, size, size, channels, 3, 3, size, size, filters, 1, 1, 1, 1, 1, 1, 1);

    /// <summary>Aligned memory that holds a half in each element.</summary>
    private sealed class Memory : IDisposable
    {
        public Memory(int length)
        {
            Start = (float*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
            new Span<float>(Start, length).Fill(0.5f);
        }

        public float* Start { get; }

        public void Dispose() => System.Runtime.InteropServices.NativeMemory.AlignedFree(Start);
    }
}
