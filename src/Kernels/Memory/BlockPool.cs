using System.Diagnostics;
using System.Numerics;

namespace Functional.Kernels;

/// <summary>
/// Native blocks for results that nobody holds any more, by size, for the next results of that size. Thread-safe.
/// </summary>
/// <remarks>
/// Sizes are rounded up to four classes an octave. Blocks beyond <see cref="MaxPooledBytes"/>, and those for which there is
/// no room, are freed. The garbage collector does not see native memory: when the blocks in use come to more than a limit,
/// the youngest generation is collected, and older ones only if that gave little back; the limit is the memory found in
/// use by the last full collection and half as much again. So a loop whose results die young runs in constant memory at
/// the cost of a collection of the youngest generation for each <see cref="Headroom"/> bytes of results.
/// </remarks>
internal static unsafe class BlockPool
{
    /// <summary>Bytes of results, beyond those in use, worth a collection.</summary>
    public const long Headroom = 32 << 20;

    /// <summary>The largest block that is kept.</summary>
    private const long MaxPooledBytes = 64 << 20;

    private const int FirstOctave = 12;
    private const int ClassesAnOctave = 4;

    private static readonly long MaxWaitTicks = Stopwatch.Frequency / 100; // 10 milliseconds
    private static readonly Shelf[] Shelves = [.. Enumerable.Range(0, ClassOf(MaxPooledBytes) + 1).Select(_ => new Shelf())];

    private static long live;
    private static long idle;
    private static long limit = Headroom;
    private static int reclaiming;

    public static long MaxIdleBytes { get; } =
        Math.Min(256 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16);

    public static long LiveBytes => Volatile.Read(ref live);

    public static long IdleBytes => Volatile.Read(ref idle);

    /// <summary>The size of the block that is taken for so many bytes.</summary>
    public static long Capacity(long bytes) => bytes > MaxPooledBytes ? bytes : SizeOf(ClassOf(bytes));

    /// <summary>The address of a block of a size that <see cref="Capacity"/> gave.</summary>
    public static nint Take(long capacity)
    {
        if (Interlocked.Add(ref live, capacity) > Volatile.Read(ref limit))
        {
            Reclaim();
        }

        try
        {
            if (capacity <= MaxPooledBytes && Shelves[ClassOf(capacity)].TryTake(out nint address))
            {
                Interlocked.Add(ref idle, -capacity);
                return address;
            }

            return Allocate(capacity);
        }
        catch (OutOfMemoryException)
        {
            Interlocked.Add(ref live, -capacity);
            throw;
        }
    }

    /// <summary>Takes back a block.</summary>
    public static void Return(nint address, long capacity)
    {
        if (capacity > MaxPooledBytes || Interlocked.Add(ref idle, capacity) > MaxIdleBytes)
        {
            if (capacity <= MaxPooledBytes)
            {
                Interlocked.Add(ref idle, -capacity);
            }

            NativeBlock.Free(address);
        }
        else
        {
            Shelves[ClassOf(capacity)].Put(address);
        }

        Interlocked.Add(ref live, -capacity);
    }

    private static int ClassOf(long bytes)
    {
        bytes = Math.Max(bytes, 1L << FirstOctave);
        int octave = BitOperations.Log2((ulong)bytes);
        long step = 1L << (octave - 2);
        return ((octave - FirstOctave) * ClassesAnOctave) + (int)((bytes - (1L << octave) + step - 1) / step);
    }

    private static long SizeOf(int index) =>
        (long)(ClassesAnOctave + (index % ClassesAnOctave)) << ((index / ClassesAnOctave) + FirstOctave - 2);

    private static nint Allocate(long capacity)
    {
        try
        {
            return NativeBlock.Allocate(capacity);
        }
        catch (OutOfMemoryException)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Trim();
            return NativeBlock.Allocate(capacity);
        }
    }

    // Frees all that nobody uses.
    private static void Trim()
    {
        for (int i = 0; i < Shelves.Length; i++)
        {
            while (Shelves[i].TryTake(out nint address))
            {
                Interlocked.Add(ref idle, -SizeOf(i));
                NativeBlock.Free(address);
            }
        }
    }

    // Collects garbage, first the youngest, until half of the headroom is free again.
    private static void Reclaim()
    {
        if (Interlocked.CompareExchange(ref reclaiming, 1, 0) != 0)
        {
            return;
        }

        try
        {
            long enough = limit - (Headroom / 2);
            for (int generation = 0; generation <= GC.MaxGeneration; generation++)
            {
                GC.Collect(generation, GCCollectionMode.Forced, blocking: true, compacting: false);
                AwaitReturns(enough);
                if (LiveBytes <= enough)
                {
                    return;
                }
            }

            long found = LiveBytes;
            Volatile.Write(ref limit, found + Math.Max(Headroom, found / 2));
        }
        finally
        {
            Volatile.Write(ref reclaiming, 0);
        }
    }

    // Blocks come back from the finalizers' thread: waits until enough of them have, none does any more, or for long.
    private static void AwaitReturns(long enough)
    {
        long start = Stopwatch.GetTimestamp(), changed = start, before = LiveBytes;
        SpinWait spin = default;
        while (LiveBytes > enough)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            long now = Stopwatch.GetTimestamp(), bytes = LiveBytes;
            (changed, before) = bytes != before ? (now, bytes) : (changed, before);
            if (now - start > MaxWaitTicks || now - changed > MaxWaitTicks / 10)
            {
                return;
            }
        }
    }

    /// <summary>Blocks of one size; the last that came back is the first to go, since it may still be in a cache.</summary>
    private sealed class Shelf
    {
        private nint[] addresses = new nint[4];
        private int count;

        public bool TryTake(out nint address)
        {
            lock (this)
            {
                address = count > 0 ? addresses[--count] : 0;
                return address != 0;
            }
        }

        public void Put(nint address)
        {
            lock (this)
            {
                if (count == addresses.Length)
                {
                    Array.Resize(ref addresses, 2 * count);
                }

                addresses[count++] = address;
            }
        }
    }
}
