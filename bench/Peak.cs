using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Functional.Kernels;

namespace Bench;

/// <summary>
/// The most that the machine can multiply and add: chains of fused operations that never leave the registers, as many as hide
/// their latency.
/// </summary>
internal static class Peak
{
    private const int Chains = 12;
    private const int Steps = 4_000_000;

    /// <summary>GFLOP/s in float32 on this many threads, with the vectors in use.</summary>
    public static double Measure(int threads)
    {
        double[] seconds = new double[threads];
        using Barrier together = new(threads);
        Thread[] all =
        [
            .. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                long start = Stopwatch.GetTimestamp();
                Loop();
                seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            })),
        ];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join();
        int lanes = KernelScope.Level == SimdLevel.Avx512 ? Vector512<float>.Count : Vector256<float>.Count;
        return 2.0 * Chains * Steps * lanes * threads / seconds.Max() / 1e9;
    }

    private static float Loop() => KernelScope.Level == SimdLevel.Avx512 ? Loop512(1.0001f, 0.0001f) : Loop256(1.0001f, 0.0001f);

    // Not inlined: a loop whose result nobody reads would be left out, and only the counting timed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop512(float scale, float shift)
    {
        Vector512<float> x = Vector512.Create(scale), y = Vector512.Create(shift);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Steps; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop256(float scale, float shift)
    {
        Vector256<float> x = Vector256.Create(scale), y = Vector256.Create(shift);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Steps; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
            k = Vector256.FusedMultiplyAdd(k, x, y);
            l = Vector256.FusedMultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
