using System.Diagnostics;
using Functional.Kernels;

namespace Bench;

/// <summary>Products of float32 matrices, each timed in turn with the machine's peak, as medians over the rounds.</summary>
internal static class MatMulBench
{
    private const int Rounds = 9;

    private static readonly (int M, int K, int N, bool Transposed)[] Shapes =
    [
        (1024, 1024, 1024, false),
        (1024, 1024, 1024, true),
        (128, 784, 512, false),
        (128, 512, 512, true),
        (128, 4102, 100, false),
        (64, 784, 16, false),
        (64, 16, 32, false),
        (1, 784, 512, false),
    ];

    public static void Run()
    {
        Console.WriteLine($"vectors: {KernelScope.Level}; medians of {Rounds} rounds, peak and product in turn");
        Console.WriteLine("product                  threads   GFLOP/s      peak   of peak");
        foreach ((int m, int k, int n, bool transposed) in Shapes)
        {
            foreach (int threads in new[] { 1, KernelScope.DefaultThreads }.Distinct())
            {
                using KernelScope scope = KernelScope.UseThreads(threads);
                List<double> speeds = [], peaks = [];
                for (int round = 0; round < Rounds; round++)
                {
                    peaks.Add(Peak.Measure(threads));
                    speeds.Add(Time(m, k, n, transposed));
                }

                double speed = Median(speeds), peak = Median(peaks);
                string name = $"{m}x{k}x{n}{(transposed ? " (B transposed)" : "")}";
                Console.WriteLine($"{name,-26} {threads,5} {speed,9:f1} {peak,9:f1} {speed / peak,8:p0}");
            }
        }
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static unsafe double Time(int m, int k, int n, bool transposed)
    {
        float[] a = AlignedMemory.Allocate<float>(m * k, out int atA);
        float[] b = AlignedMemory.Allocate<float>(k * n, out int atB);
        float[] c = AlignedMemory.Allocate<float>(m * n, out int atC);
        a.AsSpan(atA, m * k).Fill(0.5f);
        b.AsSpan(atB, k * n).Fill(0.25f);
        double work = 2.0 * m * n * k;
        int repeats = (int)Math.Clamp(1e9 / work, 1, 20_000);
        fixed (float* pa = &a[atA], pb = &b[atB], pc = &c[atC])
        {
            MatMul.Multiply(1, m, n, k, pa, 0, k, 1, pb, 0, transposed ? 1 : n, transposed ? k : 1, pc);
            Stopwatch watch = Stopwatch.StartNew();
            for (int i = 0; i < repeats; i++)
            {
                MatMul.Multiply(1, m, n, k, pa, 0, k, 1, pb, 0, transposed ? 1 : n, transposed ? k : 1, pc);
            }

            return work * repeats / watch.Elapsed.TotalSeconds / 1e9;
        }
    }
}
