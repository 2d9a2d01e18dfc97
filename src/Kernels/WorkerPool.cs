using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Functional.Kernels;

/// <summary>A piece of work cut into slices that may run in any order, on any thread.</summary>
internal interface ISlices
{
    void Run(int slice);
}

/// <summary>
/// Threads that wait for slices of work: they spin for a moment after each job, then park, so that an idle library uses
/// no processor. One job runs at a time; a caller that finds the pool busy, or that runs inside a job, runs its slices
/// itself. How work is cut must depend on its size only, never on the number of threads: then neither do results.
/// </summary>
public static unsafe class WorkerPool
{
    /// <summary>The largest number of threads that can be asked for.</summary>
    public const int MaxThreads = 256;

    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000; // 100 microseconds
    private static readonly SemaphoreSlim Gate = new(0);
    private static Job? current;
    private static int busy;
    private static int sleepers;
    private static int workers;

    /// <summary>
    /// Runs <paramref name="body"/> for every slice from 0 up to <paramref name="slices"/>, and returns when all are
    /// done.
    /// </summary>
    /// <remarks>An exception in a slice is thrown to the caller: the one of the first slice that failed.</remarks>
    public static void Run(int slices, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Run(slices, new ActionSlices { Body = body });
    }

    internal static void Run<TBody>(int slices, TBody body) where TBody : struct, ISlices
    {
        if (slices <= 1)
        {
            if (slices == 1)
            {
                body.Run(0);
            }

            return;
        }

        int threads = Math.Min(KernelScope.Threads, slices);
        if (threads == 1 || Volatile.Read(ref busy) != 0 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (int i = 0; i < slices; i++)
            {
                body.Run(i);
            }

            return;
        }

        Job job;
        try
        {
            job = new Job(&Invoke<TBody>, Unsafe.AsPointer(ref body), slices, threads - 1);
            Publish(job, threads - 1);
            job.Work();
            job.Wait();
            Volatile.Write(ref current, null);
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }

        job.Rethrow();
    }

    private static void Invoke<TBody>(void* body, int slice) where TBody : struct, ISlices =>
        Unsafe.AsRef<TBody>(body).Run(slice);

    private static void Publish(Job job, int helpers)
    {
        while (workers < helpers)
        {
            new Thread(Loop) { IsBackground = true, Name = $"Functional worker {++workers}" }.Start();
        }

        Volatile.Write(ref current, job);
        Interlocked.MemoryBarrier();

        // Whoever lowers `sleepers` owes a release; whoever is woken for nothing just goes back to sleep.
        int asleep;
        while ((asleep = Volatile.Read(ref sleepers)) > 0)
        {
            int wake = Math.Min(asleep, helpers);
            if (Interlocked.CompareExchange(ref sleepers, asleep - wake, asleep) == asleep)
            {
                Gate.Release(wake);
                break;
            }
        }
    }

    private static void Loop()
    {
        Job? last = null;
        while (true)
        {
            Job? job = AwaitJob(last);
            if (job is not null)
            {
                last = job;
                if (job.Join())
                {
                    job.Work();
                }
            }
        }
    }

    private static Job? AwaitJob(Job? last)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < 16; i++)
            {
                Job? job = Volatile.Read(ref current);
                if (job is not null && job != last)
                {
                    return job;
                }

                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() - start < SpinTicks);

        Interlocked.Increment(ref sleepers);
        Job? late = Volatile.Read(ref current);
        if (late is not null && late != last)
        {
            int asleep;
            while ((asleep = Volatile.Read(ref sleepers)) > 0)
            {
                if (Interlocked.CompareExchange(ref sleepers, asleep - 1, asleep) == asleep)
                {
                    return late;
                }
            }
        }

        Gate.Wait();
        return null;
    }

    private struct ActionSlices : ISlices
    {
        public Action<int> Body;

        public readonly void Run(int slice) => Body(slice);
    }

    /// <summary>
    /// One call of Run. Each call has an object of its own, so that a worker that comes late meets a job with no slices
    /// left, never a half-changed one. The body lives on the caller's stack: it is touched only while a slice of it is
    /// unfinished.
    /// </summary>
    private sealed class Job(delegate*<void*, int, void> body, void* context, int count, int seats)
    {
        private int next;
        private int joined;
        private int done;
        private int waiting;
        private int failed = int.MaxValue;
        private ExceptionDispatchInfo? error;

        public bool Join() => Volatile.Read(ref next) < count && Interlocked.Increment(ref joined) <= seats;

        public void Work()
        {
            int slice;
            while ((slice = Interlocked.Increment(ref next) - 1) < count)
            {
                try
                {
                    body(context, slice);
                }
                catch (Exception e)
                {
                    Fail(slice, e);
                }

                if (Interlocked.Increment(ref done) == count && Volatile.Read(ref waiting) != 0)
                {
                    lock (this)
                    {
                        Monitor.PulseAll(this);
                    }
                }
            }
        }

        public void Wait()
        {
            if (Volatile.Read(ref done) == count)
            {
                return;
            }

            long start = Stopwatch.GetTimestamp();
            do
            {
                for (int i = 0; i < 16; i++)
                {
                    if (Volatile.Read(ref done) == count)
                    {
                        return;
                    }

                    Thread.SpinWait(1);
                }
            }
            while (Stopwatch.GetTimestamp() - start < SpinTicks);

            lock (this)
            {
                Interlocked.Exchange(ref waiting, 1);
                while (Volatile.Read(ref done) != count)
                {
                    Monitor.Wait(this);
                }
            }
        }

        public void Rethrow() => error?.Throw();

        private void Fail(int slice, Exception e)
        {
            lock (this)
            {
                if (slice < failed)
                {
                    failed = slice;
                    error = ExceptionDispatchInfo.Capture(e);
                }
            }
        }
    }
}
