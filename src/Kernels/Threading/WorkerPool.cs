using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Functional.Kernels;

/// <summary>A piece of work cut into slices that may run in any order, on any thread.</summary>
internal interface ISlices
{
    void Run(int slice);
}

/// <summary>
/// A fork-join pool. Workers spin for a moment after each job, then park, so that an idle library uses no processor. One
/// job runs at a time, and starting it allocates nothing; a caller that finds the pool busy, or that runs inside a job,
/// runs its slices itself. Callers cut work by its size only, never by the number of threads, so results do not depend
/// on the number of threads either. The caller takes slices from the first one on, workers from the last one back: jobs
/// cut alike leave the same parts of memory in the same processor's cache.
/// </summary>
public static unsafe class WorkerPool
{
    /// <summary>The largest number of threads that can be asked for.</summary>
    public const int MaxThreads = 256;

    private static int busy;
    private static WorkerTeam team = new(Ticket.MaxJobs);

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

        ExceptionDispatchInfo? thrown;
        try
        {
            if (team.IsUsedUp)
            {
                team.Retire();
                team = new WorkerTeam(Ticket.MaxJobs);
            }

            thrown = team.Run(&Invoke<TBody>, Unsafe.AsPointer(ref body), slices, threads - 1);
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }

        thrown?.Throw();
    }

    /// <summary>
    /// Replaces the team by one that is used up after so many jobs, so that tests see teams follow each other. Waits for
    /// the pool to be free.
    /// </summary>
    internal static void StartTeam(long jobs)
    {
        while (Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            Thread.Yield();
        }

        team.Retire();
        team = new WorkerTeam(jobs);
        Volatile.Write(ref busy, 0);
    }

    private static void Invoke<TBody>(void* body, int slice) where TBody : struct, ISlices =>
        Unsafe.AsRef<TBody>(body).Run(slice);

    private struct ActionSlices : ISlices
    {
        public Action<int> Body;

        public readonly void Run(int slice) => Body(slice);
    }
}
