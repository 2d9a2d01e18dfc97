using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Functional.Kernels;

/// <summary>
/// The threads of the pool and the job they run. A team serves one caller at a time, and a limited number of jobs: then
/// it is replaced.
/// </summary>
/// <remarks>
/// A worker cannot take a slice of another job than the one it read, however long it is descheduled (no ABA problem). A
/// slice is taken by a compare-and-swap of the ticket while the job is open, and a team never holds the same open ticket
/// twice: job numbers differ, because the team is replaced before they would wrap around, and within a job the counts of
/// what was taken only grow. So a swap that succeeds proves that the ticket was unchanged since it was read, hence the job
/// open, hence the job's fields, which are written only while the ticket is closed, those of that job. A worker of a
/// replaced team sees the ticket of its own team, which stays closed for ever.
/// </remarks>
internal sealed unsafe class WorkerTeam(long jobs)
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000; // 100 microseconds

    private readonly SemaphoreSlim gate = new(0);
    private readonly object door = new();
    private long jobsLeft = jobs;
    private int sleepers;
    private int workers;
    private bool retired;

    // The job. All fields but `done`, `waiting`, `failed` and `error` are constant while it is open.
    private long ticket = Ticket.Closed(0);
    private delegate*<void*, int, void> body;
    private void* context;
    private int slices;
    private int slicesAUnit;
    private int units;
    private int seats;
    private int done;
    private int waiting;
    private int failed;
    private ExceptionDispatchInfo? error;

    /// <summary>Whether the team has no job number left.</summary>
    public bool IsUsedUp => jobsLeft == 0;

    /// <summary>Runs a job on the caller and up to so many workers; gives the exception of the first slice that failed.</summary>
    public ExceptionDispatchInfo? Run(delegate*<void*, int, void> run, void* on, int count, int helpers)
    {
        while (workers < helpers)
        {
            new Thread(Loop) { IsBackground = true, Name = $"Functional worker {++workers}" }.Start();
        }

        jobsLeft--;
        body = run;
        context = on;
        slices = count;
        slicesAUnit = Slicing.Count(count, Ticket.MaxUnits);
        units = Slicing.Count(count, slicesAUnit);
        seats = helpers;
        done = 0;
        waiting = 0;
        failed = int.MaxValue;
        int job = Ticket.Next(ticket);
        Volatile.Write(ref ticket, Ticket.Open(job));
        Interlocked.MemoryBarrier();
        Wake(helpers);
        Work(job, Ticket.First);
        Wait();
        Volatile.Write(ref ticket, Ticket.Closed(job));
        ExceptionDispatchInfo? thrown = error;
        error = null;
        return thrown;
    }

    /// <summary>Ends the team's threads. It runs no more jobs.</summary>
    public void Retire()
    {
        Volatile.Write(ref retired, true);
        Interlocked.MemoryBarrier();
        Wake(int.MaxValue);
    }

    // Whoever lowers `sleepers` by n must release n waiters; a worker that is woken without work sleeps again.
    private void Wake(int most)
    {
        int asleep;
        while ((asleep = Volatile.Read(ref sleepers)) > 0)
        {
            int wake = Math.Min(asleep, most);
            if (Interlocked.CompareExchange(ref sleepers, asleep - wake, asleep) == asleep)
            {
                gate.Release(wake);
                break;
            }
        }
    }

    private void Loop()
    {
        int last = 0;
        while (!Volatile.Read(ref retired))
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

    /// <summary>Waits for an open job other than the last one. After a sleep gives the last one again.</summary>
    private int AwaitJob(int last)
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

        // Announce the sleep, then look once more: a job, or the end of the team, is either seen now or wakes this worker.
        Interlocked.Increment(ref sleepers);
        bool open = OpenJob(last, out int late);
        if (open || Volatile.Read(ref retired))
        {
            int asleep;
            while ((asleep = Volatile.Read(ref sleepers)) > 0)
            {
                if (Interlocked.CompareExchange(ref sleepers, asleep - 1, asleep) == asleep)
                {
                    return open ? late : last;
                }
            }
        }

        gate.Wait();
        return last;
    }

    private bool OpenJob(int last, out int job)
    {
        long now = Volatile.Read(ref ticket);
        job = Ticket.Job(now);
        return job != last && !Ticket.IsClosed(now);
    }

    private bool TakeSeat(int job)
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

    /// <summary>Takes the next unit of the job, from its first or its last one on; false when none is left.</summary>
    private bool TakeUnit(int job, long end, out int unit)
    {
        long now;
        while (Ticket.Job(now = Volatile.Read(ref ticket)) == job && !Ticket.IsClosed(now))
        {
            int all = Volatile.Read(ref units), first = Ticket.TakenFirst(now), last = Ticket.TakenLast(now);
            if (first + last >= all)
            {
                break;
            }

            if (Interlocked.CompareExchange(ref ticket, now + end, now) == now)
            {
                unit = end == Ticket.First ? first : all - 1 - last;
                return true;
            }
        }

        unit = -1;
        return false;
    }

    private void Work(int job, long end)
    {
        while (TakeUnit(job, end, out int unit))
        {
            int slice = unit * slicesAUnit;
            for (int left = Math.Min(slicesAUnit, slices - slice); left > 0; left--, slice++)
            {
                try
                {
                    body(context, slice);
                }
                catch (Exception e)
                {
                    Fail(slice, e);
                }
            }

            int all = units;
            if (Interlocked.Increment(ref done) == all && Volatile.Read(ref waiting) != 0)
            {
                lock (door)
                {
                    Monitor.PulseAll(door);
                }
            }
        }
    }

    private void Wait()
    {
        if (Volatile.Read(ref done) == units)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (Volatile.Read(ref done) == units)
                {
                    return;
                }

                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() - start < SpinTicks);

        lock (door)
        {
            Interlocked.Exchange(ref waiting, 1);
            while (Volatile.Read(ref done) != units)
            {
                Monitor.Wait(door);
            }
        }
    }

    private void Fail(int slice, Exception e)
    {
        lock (door)
        {
            if (slice < failed)
            {
                failed = slice;
                error = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}

/// <summary>
/// The state of a job in 64 bits: its number (32 bits), the workers that take part (8), the units taken from the last one
/// back (12) and from the first one on (12). Of a closed job all bits of the counts are set. A unit is one slice or, where
/// there are more slices than a count can hold, several.
/// </summary>
internal static class Ticket
{
    /// <summary>Units of a job.</summary>
    public const int MaxUnits = (1 << 12) - 1;

    /// <summary>The jobs of a team: one for each number but 0. At a microsecond a job they last 71 minutes.</summary>
    public const long MaxJobs = uint.MaxValue;

    public const long First = 1;
    public const long Last = 1L << 12;
    public const long Seat = 1L << 24;

    private const long Counts = (1L << 32) - 1;

    public static long Open(int job) => (long)job << 32;

    public static long Closed(int job) => Open(job) | Counts;

    public static int Next(long ticket) => unchecked(Job(ticket) + 1);

    public static int Job(long ticket) => (int)(ticket >> 32);

    public static int Taken(long ticket) => (int)(ticket >> 24) & 0xff;

    public static int TakenLast(long ticket) => (int)(ticket >> 12) & MaxUnits;

    public static int TakenFirst(long ticket) => (int)ticket & MaxUnits;

    public static bool IsClosed(long ticket) => (ticket & Counts) == Counts;
}
