using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>The widths of vector that kernels are compiled for.</summary>
public enum SimdLevel
{
    /// <summary>128-bit vectors: SSE or NEON, or scalar code where the machine has neither.</summary>
    Portable = 0,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2 = 1,

    /// <summary>512-bit vectors.</summary>
    Avx512 = 2,
}

/// <summary>
/// Execution settings of kernels: the number of threads and the vector width. The defaults are the machine's; a scope changes them for
/// the code that runs inside it, on this thread and the asynchronous calls it makes, and for no one else.
/// </summary>
public sealed class KernelScope : IDisposable
{
    private static readonly AsyncLocal<KernelScope?> Local = new();

    // The number of open scopes in the process: while it is 0, no thread looks one up.
    private static int open;

    private readonly KernelScope? outer;
    private readonly int threads;
    private readonly SimdLevel level;
    private int disposed;

    private KernelScope(KernelScope? outer, int threads, SimdLevel level)
    {
        this.outer = outer;
        this.threads = threads;
        this.level = level;
        Interlocked.Increment(ref open);
        Local.Value = this;
    }

    /// <summary>The widest vectors this machine has.</summary>
    public static SimdLevel DetectedLevel { get; } =
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported && Avx512DQ.IsSupported ? SimdLevel.Avx512
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? SimdLevel.Avx2
        : SimdLevel.Portable;

    /// <summary>
    /// The number of threads outside any scope: the environment variable FUNCTIONAL_THREADS, or else one for each processor.
    /// </summary>
    public static int DefaultThreads { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("FUNCTIONAL_THREADS"), out int n) && n >= 1
            ? Math.Min(n, WorkerPool.MaxThreads)
            : Math.Min(Environment.ProcessorCount, WorkerPool.MaxThreads);

    /// <summary>The number of threads that kernels called on this thread use.</summary>
    public static int Threads => Volatile.Read(ref open) == 0 ? DefaultThreads : Local.Value?.threads ?? DefaultThreads;

    /// <summary>The vectors that kernels called on this thread use.</summary>
    public static SimdLevel Level => Volatile.Read(ref open) == 0 ? DetectedLevel : Local.Value?.level ?? DetectedLevel;

    /// <summary>
    /// Until the result is disposed, kernels called here run on this many threads, the caller's included.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not within 1 and 256.</exception>
    public static KernelScope UseThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, WorkerPool.MaxThreads);
        return new KernelScope(Local.Value, threads, Level);
    }

    /// <summary>
    /// Until the result is disposed, kernels called here use vectors no wider than these, or than the machine's. For tests,
    /// which so run every path on one machine.
    /// </summary>
    public static KernelScope UseLevel(SimdLevel level) =>
        new(Local.Value, Threads, (SimdLevel)Math.Min((int)level, (int)DetectedLevel));

    /// <summary>Ends the scope; the one around it, if any, holds again.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Local.Value = outer;
            Interlocked.Decrement(ref open);
        }
    }
}
