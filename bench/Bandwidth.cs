using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Functional.Kernels;

namespace Bench;

/// <summary>
/// How fast memory can be read and written: a pass that changes every number of an array. What fits a cache is measured in
/// the cache.
/// </summary>
internal static unsafe class Bandwidth
{
    private const double Seconds = 0.05;

    /// <summary>
    /// GB/s, read and written, of passes over an array of this many bytes, cut into a piece a thread: the best of many.
    /// </summary>
    public static double Measure(int threads, double bytes)
    {
        int length = (int)Math.Clamp(bytes / threads / sizeof(float), 256, 64 << 20);
        double[] best = new double[threads];
        using Barrier together = new(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => best[i] = Piece(length, together)))];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join();
        return best.Sum();
    }

    private static double Piece(int length, Barrier together)
    {
        ResultMemory memory = ResultMemory.Allocate((long)length * sizeof(float));
        Span<float> piece = new((float*)memory.Address, length);
        piece.Fill(1);
        int passes = Math.Max(1, (1 << 18) / length);
        together.SignalAndWait();
        double best = 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            long from = Stopwatch.GetTimestamp();
            for (int i = 0; i < passes; i++)
                Pass(piece);
            double speed = 2.0 * sizeof(float) * length * passes / Stopwatch.GetElapsedTime(from).TotalSeconds / 1e9;
            best = Math.Max(best, speed);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds);
        GC.KeepAlive(memory);
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Pass(Span<float> piece)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(piece);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = -vectors[i];
    }
}
