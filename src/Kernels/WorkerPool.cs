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
/// no processor. One job runs at a time, and starting it allocates nothing; a caller that finds the pool busy, or that runs
/// inside a job, runs its slices itself. How work is cut must depend on its size only, never on the number of threads: then
/// neither do results. The caller takes slices from the first one on, workers from the last one back: jobs that are cut
/// alike leave the same parts of memory in the same processor's cache.
/// </summary>
public static unsafe class WorkerPool
{
    /// <summary>The largest number of threads that can be asked for.</summary>
    public const int MaxThreads = 256;

    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000; // 100 microseconds
    private static readonly SemaphoreSlim Gate = new(0);
    private static readonly object Door = new();
    private static int busy;
    private static int sleepers;
    private static int workers;

    // The job that runs now. Who takes a slice, or a seat, does so by changing the ticket: its number tells jobs apart, so
    // that a worker that comes late can take nothing of another job. The other fields stay as they are while a slice of
    // the job is unfinished.
    private static long ticket = Ticket.Closed(0);
    private static delegate*<void*, int, void> body;
    private static void* context;
    private static int count;
    private static int seats;
    private static int done;
    private static int waiting;
    private static int failed;
    private static ExceptionDispatchInfo? error;

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
        if (threads == 1 || slices > Ticket.MaxSlices || Volatile.Read(ref busy) != 0 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
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
            int job = Publish(&Invoke<TBody>, Unsafe.AsPointer(ref body), slices, threads - 1);
            Work(job, Ticket.First);
            Wait();
            Volatile.Write(ref ticket, Ticket.Closed(job));
            thrown = error;
            error = null;
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }

        thrown?.Throw();
    }

    private static void Invoke<TBody>(void* body, int slice) where TBody : struct, ISlices =>
        Unsafe.AsRef<TBody>(body).Run(slice);

    private static int Publish(delegate*<void*, int, void> run, void* on, int slices, int helpers)
    {
        while (workers < helpers)
        {
            new Thread(Loop) { IsBackground = true, Name = $"Functional worker {++workers}" }.Start();
        }

        int job = Ticket.Next(ticket);
        body = run;
        context = on;
        count = slices;
        seats = helpers;
        done = 0;
        waiting = 0;
        failed = int.MaxValue;
        Volatile.Write(ref ticket, Ticket.Open(job));
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

        return job;
    }

    private static void Loop()
    {
        int last = 0;
        while (true)
        {
            int job = AwaitJob(last);
            if (job != last)
            {
                last = job;
                if (TakeSeat(job))
                {
                    Work(job, Ticket.Last);
                }
            }
        }
    }

    /// <summary>The number of a job that is not the last one; the last one again after a sleep.</summary>
    private static int AwaitJob(int last)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (OpenJob(last, out int job))
                {
                    return job;
                }

                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() - start < SpinTicks);

        Interlocked.Increment(ref sleepers);
        if (OpenJob(last, out int late))
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
        return last;
    }

    private static bool OpenJob(int last, out int job)
    {
        long now = Volatile.Read(ref ticket);
        job = Ticket.Job(now);
        return job != last && !Ticket.IsClosed(now);
    }

    private static bool TakeSeat(int job)
    {
        long now;
        while (Ticket.Job(now = Volatile.Read(ref ticket)) == job && !Ticket.IsClosed(now) && Ticket.Taken(now) < seats)
        {
            if (Interlocked.CompareExchange(ref ticket, now + Ticket.Seat, now) == now)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A slice of the job from that end; false when there is none left.</summary>
    private static bool TakeSlice(int job, long end, out int slice)
    {
        long now;
        while (Ticket.Job(now = Volatile.Read(ref ticket)) == job && !Ticket.IsClosed(now))
        {
            int all = Volatile.Read(ref count), first = Ticket.TakenFirst(now), last = Ticket.TakenLast(now);
            if (first + last >= all)
            {
                break;
            }

            if (Interlocked.CompareExchange(ref ticket, now + end, now) == now)
            {
                slice = end == Ticket.First ? first : all - 1 - last;
                return true;
            }
        }

        slice = -1;
        return false;
    }

    private static void Work(int job, long end)
    {
        while (TakeSlice(job, end, out int slice))
        {
            try
            {
                body(context, slice);
            }
            catch (Exception e)
            {
                Fail(slice, e);
            }

            int all = count;
            if (Interlocked.Increment(ref done) == all && Volatile.Read(ref waiting) != 0)
            {
                lock (Door)
                {
                    Monitor.PulseAll(Door);
                }
            }
        }
    }

    private static void Wait()
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

        lock (Door)
        {
            Interlocked.Exchange(ref waiting, 1);
            while (Volatile.Read(ref done) != count)
            {
                Monitor.Wait(Door);
            }
        }
    }

    private static void Fail(int slice, Exception e)
    {
        lock (Door)
        {
            if (slice < failed)
            {
                failed = slice;
                error = ExceptionDispatchInfo.Capture(e);
            }
        }
    }

    private struct ActionSlices : ISlices
    {
        public Action<int> Body;

        public readonly void Run(int slice) => Body(slice);
    }

    /// <summary>
    /// What there is left of a job, in one number: 12 bits tell which job it is, 8 count the seats that workers took, 22
    /// the slices that are taken from the last one back, and 22 those from the first one on. A closed job has all of them
    /// set.
    /// </summary>
    private static class Ticket
    {
        public const int MaxSlices = (1 << 22) - 1;
        public const long First = 1;
        public const long Last = 1L << 22;
        public const long Seat = 1L << 44;

        private const long Slices = Seat - 1;

        public static long Open(int job) => (long)job << 52;

        public static long Closed(int job) => Open(job) | Slices;

        public static int Next(long ticket) => (Job(ticket) + 1) & 0xfff;

        public static int Job(long ticket) => (int)(ticket >> 52) & 0xfff;

        public static int Taken(long ticket) => (int)(ticket >> 44) & 0xff;

        public static int TakenLast(long ticket) => (int)(ticket >> 22) & MaxSlices;

        public static int TakenFirst(long ticket) => (int)ticket & MaxSlices;

        public static bool IsClosed(long ticket) => (ticket & Slices) == Slices;
    }
}
